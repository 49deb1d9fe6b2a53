package ticket

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Home is where a resident's tickets go: the station, the grid below it, or one officer. It comes from the QR code that the resident
// scanned last; the zero Home is the account's first station.
type Home struct {
	Station string `json:"station,omitzero"`
	Grid    string `json:"grid,omitzero"`
	Officer string `json:"officer,omitzero"`
}

// Scene gives the scene string that a QR code for this home carries: o_ for an officer, g_ for a grid, s_ for a station, each followed by
// its id. The most particular wins. It is empty for the zero Home.
func (h Home) Scene() string {
	switch {
	case h.Officer != "":
		return "o_" + h.Officer
	case h.Grid != "":
		return "g_" + h.Grid
	case h.Station != "":
		return "s_" + h.Station
	}
	return ""
}

// ParseScene reads the scene of a QR code, with or without the platform's "qrscene_" before it. A scene that is not ours gives an error
// that wraps [ErrInvalid]; whether the station, grid or officer exists is for the caller to look up.
func ParseScene(scene string) (Home, error) {
	s := strings.TrimPrefix(scene, "qrscene_")
	if len(s) > 2 && len(s) <= 64 && utf8.ValidString(s) {
		switch s[:2] {
		case "s_":
			return Home{Station: s[2:]}, nil
		case "g_":
			return Home{Grid: s[2:]}, nil
		case "o_":
			return Home{Officer: s[2:]}, nil
		}
	}
	return Home{}, fmt.Errorf("%w: unknown QR scene", ErrInvalid)
}

// Station is a police room (警务室) that owns a queue.
type Station struct {
	ID    string   `json:"id"`
	Name  string   `json:"name"`
	Phone Personal `json:"phone,omitzero"` // the desk's public number, read out to residents
	Place string   `json:"place,omitzero"` // street address
	Grids []Grid   `json:"grids,omitzero"`
}

// Grid is a grid (网格) below a station.
type Grid struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Community string `json:"community,omitzero"`
}

// Account is one official account (公众号), the unit that is sharded. Secrets are not part of it.
type Account struct {
	ID       string    `json:"id"` // gh_…
	Name     string    `json:"name"`
	Hotline  string    `json:"hotline,omitzero"` // the room's own phone, named beside 110
	Keeps    string    `json:"keeps,omitzero"`   // how long records are kept, as said in the privacy notice
	Stations []Station `json:"stations"`
}

// Settle gives the home its station: of an officer's or grid's home the station above it, of the zero home the account's first. An
// unknown grid or station falls back to the first station, so that no ticket is ever without a queue.
func (a Account) Settle(h Home, officers func(id string) (Officer, bool)) Home {
	if h.Officer != "" && officers != nil {
		if o, ok := officers(h.Officer); ok && !o.Disabled {
			return Home{Station: a.station(o.Station), Grid: o.Grid, Officer: o.ID}
		}
		h.Officer = ""
	}
	if g, s, ok := a.GridOf(h.Grid); ok {
		return Home{Station: s.ID, Grid: g.ID, Officer: h.Officer}
	}
	h.Grid = ""
	h.Station = a.station(h.Station)
	return h
}

// station gives id when the account has it, else the first station's id, else "main".
func (a Account) station(id string) string {
	for _, s := range a.Stations {
		if s.ID == id {
			return id
		}
	}
	if len(a.Stations) > 0 {
		return a.Stations[0].ID
	}
	return "main"
}

// GridOf gives the grid under that id and the station that it lies in; false when the account has none such.
func (a Account) GridOf(id string) (Grid, Station, bool) {
	for _, s := range a.Stations {
		for _, g := range s.Grids {
			if g.ID == id {
				return g, s, true
			}
		}
	}
	return Grid{}, Station{}, false
}

// StationOf gives the station under that id; false when the account has none such.
func (a Account) StationOf(id string) (Station, bool) {
	for _, s := range a.Stations {
		if s.ID == id {
			return s, true
		}
	}
	return Station{}, false
}
