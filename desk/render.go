package desk

// This file holds the embedded templates and static files.

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"

	"frontdesk/ticket"
)

//go:embed pages/*.html
var pageFiles embed.FS

//go:embed static
var staticFiles embed.FS

// pages are the parsed templates by name.
type pages map[string]*template.Template

// parsePages parses every page with the layout and the parts (files that begin with an underscore) around it.
func parsePages() (pages, error) {
	names, err := fs.Glob(pageFiles, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	base, err := template.New("").Option("missingkey=error").Funcs(template.FuncMap{"dict": dict, "face": face}).ParseFS(pageFiles, "pages/_*.html")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	out := pages{}
	for _, file := range names {
		name := strings.TrimSuffix(path.Base(file), ".html")
		if strings.HasPrefix(name, "_") {
			continue
		}
		t, err := base.Clone()
		if err != nil {
			return nil, fmt.Errorf("template %s: %w", name, err)
		}
		if out[name], err = t.ParseFS(pageFiles, file); err != nil {
			return nil, fmt.Errorf("template %s: %w", name, err)
		}
	}
	return out, nil
}

// dict gives a part of a page several values by name.
func dict(pairs ...any) (map[string]any, error) {
	out := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("%w: a name is no text", ticket.ErrInvalid)
		}
		out[name] = pairs[i+1]
	}
	return out, nil
}

// face is the one character that stands for an officer.
func face(name string) string {
	for _, r := range name {
		return string(r)
	}
	return ""
}

func (p pages) render(w io.Writer, name string, data any) error {
	t, ok := p[name]
	if !ok {
		return fmt.Errorf("page %s: %w", name, ticket.ErrNotFound)
	}
	if err := t.ExecuteTemplate(w, "layout", data); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	return nil
}

// staticVersion names the static files by what is in them, so that browsers may keep them for ever.
var staticVersion = sync.OnceValue(func() string {
	sum := sha256.New()
	for _, name := range []string{"desk.css", "desk.js"} {
		b, err := staticFiles.ReadFile("static/" + name)
		if err != nil { // embedded at build time: it is there or nothing was built
			panic(err)
		}
		_, _ = sum.Write(b)
	}
	return hex.EncodeToString(sum.Sum(nil)[:6])
})

// static serves the embedded files to anybody: the sign-in page needs them.
func (d *console) static(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	b, err := staticFiles.ReadFile("static/" + path.Base(name))
	if err != nil {
		d.fail(w, r, ticket.Officer{}, fmt.Errorf("static file: %w", ticket.ErrNotFound))
		return
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	if r.PathValue("version") == staticVersion() {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	_, _ = w.Write(b)
}
