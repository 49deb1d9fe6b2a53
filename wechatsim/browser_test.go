package wechatsim

// A real browser for the tests of the page.

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// tab is one page of a browser.
type tab struct {
	t          *testing.T
	ctx        context.Context
	complaints []string
}

// newTab starts a browser with one page of the given size. Whatever the page complains of fails the test.
func newTab(t *testing.T, width, height int64, scheme string) *tab {
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
	base, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 3*time.Minute)
	t.Cleanup(cancel)
	base, cancel = chromedp.NewExecAllocator(base, options...)
	t.Cleanup(cancel)
	tb := &tab{t: t}
	ctx, cancel := chromedp.NewContext(base, chromedp.WithListener(tb.complain))
	t.Cleanup(cancel)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Error(err)
		}
		for _, c := range tb.complaints {
			t.Error(c)
		}
	})
	tb.ctx = ctx
	tb.run(chromedp.EmulateViewport(width, height))
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}); err != nil {
		t.Fatal(err)
	}
	return tb
}

// complain notes what the page throws and what the browser logs as an error. All calls come from one goroutine, which ends before the test.
func (tb *tab) complain(event any) {
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		tb.complaints = append(tb.complaints, fmt.Sprintf("the page threw: %s %+v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception))
	case *log.EventEntryAdded:
		if e.Entry.Level == "error" {
			tb.complaints = append(tb.complaints, fmt.Sprintf("the browser says: %s %s", e.Entry.Text, e.Entry.URL))
		}
	}
}

func (tb *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	tb.t.Helper()
	if err := chromedp.Do(tb.ctx, actions...); err != nil {
		tb.t.Fatal(err)
	}
}

// script runs in the page and nothing is expected of it.
func (tb *tab) script(code string) {
	tb.t.Helper()
	tb.run(chromedp.Evaluate[chromedp.Void](code))
}

// until waits for a condition in the page, looked at many times a second for 15 s.
func (tb *tab) until(condition string) {
	tb.t.Helper()
	script := fmt.Sprintf(`new Promise((done) => { const end = performance.now() + 15000; const look = () => {
		let yes = false; try { yes = !!(%s); } catch { }
		if (yes || performance.now() > end) done(yes); else setTimeout(look, 25); }; look(); })`, condition)
	ok, err := chromedp.Run(tb.ctx, chromedp.Evaluate[bool](script, chromedp.EvalAwaitPromise))
	if err != nil {
		tb.t.Fatal(err)
	}
	if !ok {
		words, err := chromedp.Run(tb.ctx, chromedp.Evaluate[string](`document.body.innerText`))
		tb.shoot("failed")
		tb.t.Fatalf("never: %s\nthe page reads (%v):\n%s", condition, err, words)
	}
}

func (tb *tab) click(selector string) {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, 15*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		tb.shoot("failed")
		tb.t.Fatalf("click %s: %v", selector, err)
	}
}

// write types into a field and presses Enter.
func (tb *tab) write(selector, text string) {
	tb.t.Helper()
	tb.click(selector)
	if _, err := chromedp.Call(tb.ctx, input.InsertText, input.InsertTextParams{Text: text}); err != nil {
		tb.t.Fatal(err)
	}
	key := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13}
	for _, key.Type = range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
		if _, err := chromedp.Call(tb.ctx, input.DispatchKeyEvent, key); err != nil {
			tb.t.Fatal(err)
		}
	}
}

// shoot keeps a picture of the page where SHOTS says, for somebody to look at.
func (tb *tab) shoot(name string) {
	tb.t.Helper()
	folder := os.Getenv("SHOTS")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(tb.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		tb.t.Fatal(err)
	}
	name = strings.ReplaceAll(tb.t.Name(), "/", "-") + "-" + name + ".png"
	if err := os.WriteFile(filepath.Join(folder, name), picture, 0o600); err != nil {
		tb.t.Fatal(err)
	}
}
