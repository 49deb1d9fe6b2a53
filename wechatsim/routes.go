package wechatsim

// What Handler serves, and where.

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed page
var pageFiles embed.FS

// routes are all paths below the prefix.
func (p *Platform) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/cgi-bin/", p.apiHandler())
	mux.HandleFunc("GET /cgi-bin/showqrcode", p.showCode)
	mux.HandleFunc("GET /media/{id}", p.serveMedia)
	mux.HandleFunc("GET /api/accounts", p.listAccounts)
	mux.HandleFunc("GET /api/people/{account}", p.listPeople)
	mux.HandleFunc("POST /api/people/{account}", p.postPerson)
	mux.HandleFunc("GET /api/residents/{account}/{openid}/screen", p.readScreen)
	mux.HandleFunc("GET /api/residents/{account}/{openid}/events", p.streamScreens)
	mux.HandleFunc("POST /api/residents/{account}/{openid}/{act}", p.act)
	mux.HandleFunc("GET /api/residents/{account}/events", p.streamScreens)
	mux.HandleFunc("GET /faults", p.readFaults)
	mux.HandleFunc("POST /faults", p.writeFault)
	mux.HandleFunc("DELETE /faults", p.clearFaults)
	mux.HandleFunc("POST /clock", p.moveClock)
	mux.HandleFunc("GET /log", p.readLog)
	page, err := fs.Sub(pageFiles, "page")
	if err == nil { // the folder is part of the binary
		mux.Handle("/", guardPage(http.FileServerFS(page)))
	}
	// Another site that is open in the same browser must not write in a resident's name.
	guarded := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "" { // the prefix without its slash: relative addresses need it
			http.Redirect(w, r, p.cfg.Prefix+"/", http.StatusMovedPermanently)
			return
		}
		guarded.ServeHTTP(w, r)
	})
}

// guardPage says what the page may do: nothing but talk to where it came from. A page of the same origin may frame it.
func guardPage(next http.Handler) http.Handler {
	const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Frame-Options", "SAMEORIGIN")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		next.ServeHTTP(w, r)
	})
}
