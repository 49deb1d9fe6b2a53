package bot

import (
	"context"
	"testing"
	"time"
)

func TestAPauseEndsWithACall(t *testing.T) {
	called := make(chan struct{}, 1)
	called <- struct{}{}
	if !idle(t.Context(), time.Hour, called) {
		t.Error("it is told that everything ends")
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if idle(ended, time.Hour, called) {
		t.Error("nobody tells it that everything ends")
	}
	if !idle(t.Context(), time.Millisecond, nil) {
		t.Error("it does not end by itself")
	}
}
