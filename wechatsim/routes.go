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
		mux.Handle("/", http.FileServerFS(page))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "" { // the prefix without its slash: relative addresses need it
			http.Redirect(w, r, p.cfg.Prefix+"/", http.StatusMovedPermanently)
			return
		}
		mux.ServeHTTP(w, r)
	})
}
