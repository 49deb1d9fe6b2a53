package desk

// This file holds a real browser for the tests of the console: what keys, fingers and eyes meet.

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"frontdesk/ticket"
)

// screen is one page of a browser.
type screen struct {
	t   *testing.T
	ctx context.Context
}

// Keys that are held, as the browser's protocol counts them.
const alt, ctrl, meta, shift = 1, 2, 4, 8

// The two sizes that the console is made for.
const deskWide, phoneWide = 1440, 390

// newScreen starts a browser whose window is that wide.
func newScreen(t *testing.T, width int64) *screen {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if at, err := exec.LookPath(name); err == nil {
			program = at
			break
		}
	}
	if program == "" {
		t.Fatal("this test needs chromium on the PATH")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 3*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	s := &screen{t: t, ctx: ctx}
	if width < 500 {
		s.do(chromedp.EmulateViewport(width, 844, chromedp.EmulateMobile, chromedp.EmulateTouch))
	} else {
		s.do(chromedp.EmulateViewport(width, 900))
	}
	return s
}

func (s *screen) do(actions ...chromedp.Action[chromedp.Void]) {
	s.t.Helper()
	if err := chromedp.Do(s.ctx, actions...); err != nil {
		s.t.Fatal(err)
	}
}

// shows waits until the page answers true, looked at many times a second for 20 s. What it meets while a page loads is no failure.
func (s *screen) shows(format string, args ...any) {
	s.t.Helper()
	condition := fmt.Sprintf(format, args...)
	end := time.Now().Add(20 * time.Second)
	for {
		ok, err := chromedp.Run(s.ctx, chromedp.Evaluate[bool]("(() => { try { return !!("+condition+") } catch { return false } })()"))
		if ok {
			return
		}
		if time.Now().After(end) {
			words, _ := chromedp.Run(s.ctx, chromedp.Evaluate[string](`location.href + '\n' + document.activeElement.outerHTML.slice(0, 200) + '\n' + document.body.innerText.slice(0, 1500)`))
			s.t.Fatalf("never: %s (%v)\nthe page reads:\n%s", condition, err, words)
		}
	}
}

// tell runs a script in the page and gives what it answers, as text.
func (s *screen) tell(format string, args ...any) string {
	s.t.Helper()
	answer, err := chromedp.Run(s.ctx, chromedp.Evaluate[string]("(() => String(("+fmt.Sprintf(format, args...)+")))()"))
	if err != nil {
		s.t.Fatal(err)
	}
	return answer
}

// press presses keys as a keyboard does, one after the other: letters, signs, or the names Enter, Tab and Escape. A key that the page
// takes for itself writes nothing.
func (s *screen) press(held int64, keys ...string) {
	s.t.Helper()
	for _, key := range keys {
		p := input.DispatchKeyEventParams{Key: key, Text: key, Modifiers: held}
		switch key {
		case "Enter":
			p.Text, p.WindowsVirtualKeyCode = "\r", 13
		case "Tab":
			p.Text, p.WindowsVirtualKeyCode = "", 9
		case "Escape":
			p.Text, p.WindowsVirtualKeyCode = "", 27
		default:
			p.WindowsVirtualKeyCode = int64(strings.ToUpper(key)[0])
		}
		if held&^shift != 0 {
			p.Text = ""
		}
		for _, p.Type = range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
			if p.Type == input.DispatchKeyEventTypeKeyDown && p.Text == "" {
				p.Type = input.DispatchKeyEventTypeRawKeyDown
			}
			if _, err := chromedp.Call(s.ctx, input.DispatchKeyEvent, p); err != nil {
				s.t.Fatal(err)
			}
		}
	}
}

// scheme sets whether the officer's machine is light or dark.
func (s *screen) scheme(name string) {
	s.t.Helper()
	if _, err := chromedp.Call(s.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}}); err != nil {
		s.t.Fatal(err)
	}
}

// enters signs in as a person does and waits for the page that follows.
func (s *screen) enters(rm *room, id string) {
	s.t.Helper()
	s.opens(rm.url + "/desk/sign-in")
	s.signsIn(id)
	s.shows(`keys.j && document.querySelector('#tabs')`)
}

// signsIn fills the sign-in page that is shown.
func (s *screen) signsIn(id string) {
	s.t.Helper()
	s.shows(`document.activeElement.id === 'id'`)
	s.types(id)
	s.press(0, "Tab")
	s.types(password)
	s.press(0, "Enter")
}

// types puts words where the cursor is.
func (s *screen) types(words string) {
	s.t.Helper()
	s.do(chromedp.Evaluate[chromedp.Void](`void document.execCommand('insertText', false, ` + strconv.Quote(words) + `)`))
}

// opens goes to an address and waits for the page.
func (s *screen) opens(address string) {
	s.t.Helper()
	s.do(chromedp.Navigate(address))
}

// reads opens a ticket's page.
func (s *screen) reads(rm *room, n ticket.Number) {
	s.t.Helper()
	s.opens(rm.url + "/desk/tickets/" + string(n))
	s.at(string(n))
}

// at waits until the page of a ticket is shown and answers keys.
func (s *screen) at(number string) {
	s.t.Helper()
	s.shows(`keys.j && document.querySelector('article[data-ticket="%s"]')`, number)
}

// done waits for the page that follows a step, on which its success is said.
func (s *screen) done(said string) {
	s.t.Helper()
	s.shows(`keys.j && document.querySelector('#say .flash').innerText.includes('%s')`, said)
}
