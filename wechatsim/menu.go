package wechatsim

// The account's own menu at the foot of the chat.

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"
)

// Button is one entry of an account's menu.
type Button struct {
	Type     string   `json:"type,omitempty"`
	Name     string   `json:"name"`
	Key      string   `json:"key,omitempty"`
	URL      string   `json:"url,omitempty"`
	MediaID  string   `json:"media_id,omitempty"`
	AppID    string   `json:"appid,omitempty"`
	PagePath string   `json:"pagepath,omitempty"`
	Sub      []Button `json:"sub_button,omitempty"`
}

// keyed are the types of entry that carry a key.
func keyed(kind string) bool {
	return slices.Contains([]string{"click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin",
		"location_select"}, kind)
}

// createMenu answers menu/create.
func (p *Platform) createMenu(r request) outcome {
	var in struct {
		Button []Button `json:"button"`
	}
	if err := decodeJSON(r.body, &in); err != nil || !utf8.Valid(r.body) {
		return refuse(47001)
	}
	if code := checkMenu(in.Button); code != 0 {
		return refuse(code)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.accounts[r.account.ID]
	d.menu = encodeJSON(in)
	for _, res := range d.residents {
		res.touch()
	}
	return outcome{}
}

// checkMenu gives the platform's error for a menu; the numbers of entries and of their sub-entries differ.
func checkMenu(buttons []Button) int {
	if len(buttons) < 1 || len(buttons) > 3 {
		return 40016
	}
	for _, b := range buttons {
		if !nameFits(b.Name, 4) {
			return 40018
		}
		if len(b.Sub) > 5 {
			return 40023
		}
		if len(b.Sub) == 0 {
			if code := checkEntry(b, 40017, 40019, 40020); code != 0 {
				return code
			}
		}
		for _, s := range b.Sub {
			if !nameFits(s.Name, 8) {
				return 40025
			}
			if len(s.Sub) > 0 {
				return 40022
			}
			if code := checkEntry(s, 40024, 40026, 40027); code != 0 {
				return code
			}
		}
	}
	return 0
}

func checkEntry(b Button, badType, badKey, badURL int) int {
	switch {
	case keyed(b.Type):
		if b.Key == "" || len(b.Key) > 128 {
			return badKey
		}
	case b.Type == "view":
		if b.URL == "" || len(b.URL) > 1024 || !strings.Contains(b.URL, "://") {
			return badURL
		}
	case b.Type == "miniprogram":
		if b.URL == "" || b.AppID == "" || b.PagePath == "" {
			return badURL
		}
	case b.Type == "media_id" || b.Type == "view_limited":
		if b.MediaID == "" {
			return 40007
		}
	default:
		return badType
	}
	return 0
}

// nameFits measures a name in Chinese characters; two of the others are as wide as one.
func nameFits(name string, width int) bool {
	halves := 0
	for _, r := range name {
		if halves++; r > 0x7f {
			halves++
		}
	}
	return halves > 0 && halves <= 2*width
}

// getMenu answers menu/get.
func (p *Platform) getMenu(r request) outcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	menu := p.accounts[r.account.ID].menu
	if menu == nil {
		return refuse(46003)
	}
	return outcome{bare: true, fields: map[string]any{"menu": json.RawMessage(menu)}}
}

// deleteMenu answers menu/delete.
func (p *Platform) deleteMenu(r request) outcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.accounts[r.account.ID]
	d.menu = nil
	for _, res := range d.residents {
		res.touch()
	}
	return outcome{}
}

// Menu is the account's menu as it was created; none when there is no menu.
func (p *Platform) Menu(account string) []Button {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.accounts[account]
	if d == nil || d.menu == nil {
		return []Button{}
	}
	var in struct {
		Button []Button `json:"button"`
	}
	if err := json.Unmarshal(d.menu, &in); err != nil {
		return []Button{}
	}
	return in.Button
}
