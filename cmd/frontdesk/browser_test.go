package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

var screens = flag.String("screens", "", "folder to write the README's screenshots to")

// browser is a Chromium of the system's packages.
func browser(t *testing.T) *tab {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		t.Fatal("there is no Chromium on the PATH: run make setup")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 4*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	return &tab{t: t, ctx: ctx}
}

// tab is one page of the browser.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// startDemo runs the demo as a newcomer does and gives its address.
func startDemo(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"demo", "--listen", "127.0.0.1:0"}, environment{
			Stdin: strings.NewReader(""), Stdout: in, Stderr: os.Stderr, Getenv: func(string) string { return "" }, Now: time.Now,
		})
		_ = in.Close() // in memory
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-done; code != 0 {
			t.Errorf("the demo ends with %d", code)
		}
	})
	lines := bufio.NewScanner(out)
	base := ""
	for lines.Scan() {
		if _, rest, ok := strings.Cut(lines.Text(), "one page"); ok {
			base = strings.TrimSuffix(strings.Fields(rest)[0], "/")
		}
		if strings.Contains(lines.Text(), "Ctrl-C") {
			break
		}
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // until the demo closes it
	if base == "" {
		t.Fatal("the demo prints no address")
	}
	return base
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// open shows a page in a window of that size; below 500 pixels it is a phone.
func (b *tab) open(width, height int64, address string) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height), chromedp.Navigate(address))
}

// script runs in the page.
func (b *tab) script(format string, args ...any) {
	b.t.Helper()
	b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf("void (() => { %s })()", fmt.Sprintf(format, args...))))
}

// until waits for a condition in the page, looked at many times a second for 20 s. What it meets while a page loads is no failure.
func (b *tab) until(format string, args ...any) {
	b.t.Helper()
	condition := fmt.Sprintf(format, args...)
	end := time.Now().Add(20 * time.Second)
	for {
		ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](fmt.Sprintf("(() => { try { return !!(%s) } catch { return false } })()", condition)))
		if ok {
			return
		}
		if time.Now().After(end) {
			words, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string](allWords))
			b.t.Fatalf("never: %s (%v)\nthe page reads:\n%s", condition, err, words)
		}
	}
}

const allWords = `document.body.innerText + [...document.querySelectorAll('iframe')].map(f => '\n---\n' + f.contentDocument.body.innerText).join('')`

// shot keeps a picture for the README when one is asked for.
func (b *tab) shot(name string) {
	b.t.Helper()
	if *screens == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*screens, name+".png"), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// phone and console are the two sides of the demo's page.
const (
	phoneSide   = `document.querySelector('#phone iframe').contentDocument`
	consoleSide = `document.querySelector('#console iframe').contentDocument`
)
