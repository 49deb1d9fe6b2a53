package wechatsim

// Reply windows: how many customer-service messages an account may send to a resident, and until when.

import (
	"slices"
	"time"
)

// trigger is what a resident did to open a window.
type trigger string

const (
	wrote    trigger = "message"
	tapped   trigger = "tap"
	followed trigger = "follow"
	scanned  trigger = "scan"
)

// window is open until a moment, for so many messages.
type window struct {
	trigger trigger
	left    int
	until   time.Time
}

// triggerOf says what window a message opens; "" for none.
func triggerOf(h header) trigger {
	switch h.MsgType {
	case "text", "image", "voice", "video", "shortvideo", "location", "link":
		return wrote
	case "event":
		switch h.Event {
		case "CLICK", "scancode_push", "scancode_waitmsg":
			return tapped
		case "subscribe":
			return followed
		case "SCAN":
			return scanned
		}
	}
	return ""
}

// openWindow starts the window of a trigger afresh; those of other triggers stay.
func openWindow(ws []window, t trigger, now time.Time) []window {
	if t == "" {
		return ws
	}
	w := window{trigger: t, left: 3, until: now.Add(time.Minute)}
	if t == wrote {
		w = window{trigger: t, left: 5, until: now.Add(48 * time.Hour)}
	}
	ws = slices.DeleteFunc(ws, func(old window) bool { return old.trigger == t })
	return append(ws, w)
}

// findWindow returns the index of the window that one message would use, or the platform's error. At the very end of a window it is closed.
func findWindow(ws []window, now time.Time) (int, int) {
	best, open := -1, false
	for i, w := range ws {
		if !now.Before(w.until) {
			continue
		}
		open = true
		if w.left > 0 && (best < 0 || w.until.Before(ws[best].until)) {
			best = i
		}
	}
	switch {
	case best >= 0:
		return best, 0
	case open:
		return -1, 45047
	default:
		return -1, 45015
	}
}
