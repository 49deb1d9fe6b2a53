package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/rogpeppe/go-internal/testscript"

	"frontdesk/store"
	"frontdesk/ticket"
	"frontdesk/wechatsim"
)

// This file holds what can be done in the town: the commands of the scripts.

// accountCommand, "account KIND", makes the town's account one of another kind.
func accountCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: account KIND")
	}
	t := townOf(ts)
	t.close()
	ts.Check(t.open(wechatsim.Kind(args[0])))
	for name, value := range t.settings(wechatsim.Kind(args[0])) {
		ts.Setenv(name, value)
	}
}

// readyCommand, "ready", waits until the front desk takes messages.
func readyCommand(ts *testscript.TestScript, _ bool, _ []string) {
	t := townOf(ts)
	ts.Check(until(func() (bool, error) {
		resp, err := http.Get(t.base + "/readyz")
		if err != nil {
			return false, nil // not yet
		}
		return resp.StatusCode == http.StatusOK, resp.Body.Close()
	}))
}

// clockCommand, "clock 49h", lets time pass for platform and front desk alike.
func clockCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: clock DURATION")
	}
	d, err := time.ParseDuration(args[0])
	ts.Check(err)
	townOf(ts).sim.Advance(d)
}

// spokenNumber is how an answer tells the ticket's number.
var spokenNumber = regexp.MustCompile(`工单号是 (\d{3}) (\d{3}) (\d{3})`)

// residentCommand, "resident NAME says WORDS…", sends each of the words as a message of its own; the last answer is the output. "thrice"
// sends one message three times at once. Also "follows", "leaves", "scans SCENE", "photo", "place". The number of a new ticket is put into TICKET_NAME.
func residentCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 || len(args) < 3 && slices.Contains([]string{"says", "thrice", "scans"}, args[1]) {
		ts.Fatalf("usage: resident NAME follows|leaves|scans SCENE|photo|place|thrice WORD|says WORDS…")
	}
	who := townOf(ts).sim.Resident(townAccount, args[0])
	ctx, cancel := context.WithTimeout(context.Background(), patienceTime)
	defer cancel()
	var all []wechatsim.Exchange
	switch args[1] {
	case "follows":
		all = append(all, who.Follow(ctx, ""))
	case "photo":
		all = append(all, who.Image(ctx, wechatsim.SamplePicture()))
	case "place":
		all = append(all, who.Place(ctx, 30.2489, 120.1683, "长安路8号3幢"))
	case "leaves":
		who.Unfollow(ctx)
		return
	case "scans":
		all = append(all, who.Scan(ctx, args[2]))
	case "thrice":
		t := townOf(ts)
		t.thrice(ctx, ts, t.sim.Message(townAccount, args[0], "MsgType", "text", "Content", args[2]))
		return
	case "says":
		for _, words := range args[2:] {
			all = append(all, who.Text(ctx, words))
		}
	default:
		ts.Fatalf("a resident does not %q", args[1])
	}
	for _, x := range all {
		if x.Failed || x.Err != nil || x.Attempts != 1 {
			ts.Fatalf("a message failed: status %d after %d attempts: %s %v", x.Status, x.Attempts, x.Why, x.Err)
		}
		if m := spokenNumber.FindStringSubmatch(x.Answer); m != nil {
			ts.Setenv("TICKET_"+args[0], m[1]+m[2]+m[3])
		}
	}
	_, err := fmt.Fprintln(ts.Stdout(), all[len(all)-1].Answer)
	ts.Check(err)
}

// phoneCommand, "phone NAME shows WORDS", waits until the account has shown them; "! phone" looks once and wants them missing. The whole
// screen is the output.
func phoneCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 || args[1] != "shows" {
		ts.Fatalf("usage: phone NAME shows WORDS")
	}
	who := townOf(ts).sim.Resident(townAccount, args[0])
	seen := func(screen []wechatsim.Line) bool {
		return slices.ContainsFunc(screen, func(l wechatsim.Line) bool {
			return l.From != "resident" && strings.Contains(l.Text, args[2])
		})
	}
	if neg {
		if seen(who.Screen()) {
			ts.Fatalf("the phone shows %q", args[2])
		}
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patienceTime)
	defer cancel()
	err := who.Await(ctx, seen)
	for _, l := range who.Screen() {
		_, e := fmt.Fprintf(ts.Stdout(), "%s %s: %s\n", l.From, l.Kind, l.Text)
		ts.Check(e)
	}
	ts.Check(err)
}

// getCommand, "get PATH WORDS", reads a page of the front desk until it holds the words. The page is the output.
func getCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: get PATH WORDS")
	}
	var page string
	err := until(func() (bool, error) {
		var err error
		page, err = visit(http.Get(townOf(ts).base + args[0]))
		return strings.Contains(page, args[1]), err
	})
	_, e := fmt.Fprintln(ts.Stdout(), page)
	ts.Check(e)
	ts.Check(err)
}

// callsCommand, "calls PART", prints the calls of the account to the platform whose path contains the part, and their number.
func callsCommand(ts *testscript.TestScript, _ bool, args []string) {
	n := 0
	for _, c := range townOf(ts).sim.Calls() {
		if len(args) == 0 || strings.Contains(c.Path, args[0]) {
			n++
			_, err := fmt.Fprintln(ts.Stdout(), c.Path, c.Errcode)
			ts.Check(err)
		}
	}
	_, err := fmt.Fprintln(ts.Stdout(), n, "calls")
	ts.Check(err)
}

// thrice posts exactly the same message three times at once and prints what each got.
func (t *town) thrice(ctx context.Context, ts *testscript.TestScript, message string) {
	answers, err := t.sim.Same(ctx, townAccount, message, 3)
	ts.Check(err)
	for _, a := range answers {
		_, err := fmt.Fprintln(ts.Stdout(), a.Status, strings.ReplaceAll(a.Text, "\n", " "))
		ts.Check(err)
	}
}

// dumpCommand, "dump FILE", writes down every key of the front desk's own Redis with its content.
func dumpCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: dump FILE")
	}
	options, err := store.Attach(filepath.Join(townOf(ts).data, "redis"))
	ts.Check(err)
	client := redis.NewClient(options)
	ctx, cancel := context.WithTimeout(context.Background(), patienceTime)
	defer cancel()
	var lines []string
	keys := client.Scan(ctx, 0, "*", 1000).Iterator()
	for keys.Next(ctx) {
		value, err := client.Dump(ctx, keys.Val()).Result()
		ts.Check(err)
		lines = append(lines, fmt.Sprintf("%q %q", keys.Val(), value))
	}
	ts.Check(keys.Err())
	ts.Check(client.Close())
	slices.Sort(lines)
	_, err = fmt.Fprintln(ts.Stdout(), len(lines), "keys")
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Join(lines, "\n")+"\n"), 0o600))
}

// formIdentity is what makes two sendings of a form of the console one step.
var formIdentity = regexp.MustCompile(`name="request" value="([^"]+)"`)

// officerCommandOfTown, "officer ID enters PASSWORD", "officer ID queue", "officer ID opens PATH", "officer ID watches", "officer ID NUMBER reads WORDS" and "officer ID NUMBER STEP
// [WORDS]" work in the console as a browser does. The page is the output.
func officerCommandOfTown(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: officer ID enters PASSWORD | queue | opens PATH | watches | NUMBER reads WORDS | NUMBER STEP [WORDS]")
	}
	t := townOf(ts)
	b, err := t.browser(args[0])
	ts.Check(err)
	var page string
	switch {
	case args[1] == "enters" && len(args) == 3:
		page, err = visit(b.PostForm(t.base+"/desk/sign-in", url.Values{"id": {args[0]}, "password": {args[2]}, "next": {"/desk/"}}))
	case args[1] == "watches":
		err = t.watch(ts, b)
	case args[1] == "opens" && len(args) == 3:
		page, err = visit(b.Get(t.base + args[2]))
	case args[1] == "queue":
		page, err = visit(b.Get(t.base + "/desk/"))
	case len(args) == 4 && args[2] == "reads":
		err = until(func() (bool, error) {
			var err error
			page, err = visit(b.Get(t.base + "/desk/tickets/" + args[1]))
			return strings.Contains(page, args[3]), err
		})
	case len(args) >= 3:
		page, err = t.step(b, args[1], ticket.What(args[2]), strings.Join(args[3:], " "))
	default:
		ts.Fatalf("an officer does not %q", args[1])
	}
	_, e := fmt.Fprintln(ts.Stdout(), page)
	ts.Check(e)
	ts.Check(err)
}

// watch opens the console's live updates and leaves them open to the end of the script.
func (t *town) watch(ts *testscript.TestScript, b *http.Client) error {
	resp, err := (&http.Client{Jar: b.Jar}).Get(t.base + "/desk/events")
	if err != nil {
		return err
	}
	ts.Defer(func() { _ = resp.Body.Close() }) // the server has ended it
	if kind := resp.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/event-stream") {
		return fmt.Errorf("the live updates are %q", kind)
	}
	return nil
}

// step sends the form of a ticket's page.
func (t *town) step(b *http.Client, number string, what ticket.What, words string) (string, error) {
	address := t.base + "/desk/tickets/" + number
	page, err := visit(b.Get(address))
	if err != nil {
		return page, err
	}
	m := formIdentity.FindStringSubmatch(page)
	if m == nil {
		return page, fmt.Errorf("the page offers no form")
	}
	return visit(b.PostForm(address+"/act", url.Values{"request": {m[1]}, "what": {string(what)}, "text": {words}}))
}

// visit reads a page; a status other than 200 is an error.
func visit(resp *http.Response, err error) (string, error) {
	if err != nil {
		return "", err
	}
	page, err := io.ReadAll(resp.Body)
	if e := resp.Body.Close(); err == nil {
		err = e
	}
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("the console answers %s", resp.Status)
	}
	return string(page), err
}
