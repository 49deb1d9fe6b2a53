package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"frontdesk/bot"
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

// TestAnAccountThatCannotBeSealedLeavesNoOtherOpen ends a house of two accounts, the first of which has seals that nobody can read.
func TestAnAccountThatCannotBeSealedLeavesNoOtherOpen(t *testing.T) {
	w := newTimely(t)
	w.tells("wang")
	w.accounts = append([]bot.Account{{ID: "gh_broken"}}, w.accounts...)
	if err := w.client.Set(t.Context(), "frontdesk:{gh_broken}:seals", "no list", 0).Err(); err != nil {
		t.Fatal(err)
	}
	err := w.sealLast(t.Context())
	if err == nil || !strings.Contains(err.Error(), "gh_broken") || strings.Contains(err.Error(), townAccount) {
		t.Errorf("sealing ends with %v", err)
	}
	if n, err := w.client.Exists(t.Context(), "frontdesk:{"+townAccount+"}:seals").Result(); n != 1 || err != nil {
		t.Errorf("the account behind it was left open: %d, %v", n, err)
	}
}
