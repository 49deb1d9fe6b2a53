package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestBrokenRequest lets one request break: it fails alone, the next is served, and the log holds nothing of what the handler knew.
func TestBrokenRequest(t *testing.T) {
	var log bytes.Buffer
	h := guarded(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/broken" {
			panic("陈阿姨 13800001234")
		}
	}), slog.New(slog.NewJSONHandler(&log, nil)))
	for path, want := range map[string]int{"/broken": http.StatusInternalServerError, "/whole": http.StatusOK} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != want {
			t.Errorf("%s answers %d, not %d", path, w.Code, want)
		}
	}
	if !strings.Contains(log.String(), "a request broke") || strings.Contains(log.String(), "13800001234") {
		t.Errorf("the log reads %s", log.String())
	}
}
