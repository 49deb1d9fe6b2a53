package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"frontdesk/wechatsim"
)

// This file holds what scripts do on the platform's side: the account's backend, and posts that the platform would or would not make.

// platformCommand, "platform mode MODE" and "platform key KEY", changes the account's settings in the platform's backend; "platform checks"
// has it ask the front desk for its echo, as it does before it saves an address.
func platformCommand(ts *testscript.TestScript, neg bool, args []string) {
	sim := townOf(ts).sim
	ctx, cancel := context.WithTimeout(context.Background(), patienceTime)
	defer cancel()
	switch {
	case len(args) == 1 && args[0] == "checks":
		if err := sim.Verify(ctx, townAccount); (err != nil) != neg {
			ts.Fatalf("the platform's check: %v", err)
		}
	case len(args) == 2 && args[0] == "mode":
		ts.Check(sim.SetMode(townAccount, wechatsim.Mode(args[1])))
	case len(args) == 2 && args[0] == "key":
		ts.Check(sim.SetAESKey(townAccount, args[1]))
	default:
		ts.Fatalf("usage: platform checks | mode MODE | key KEY")
	}
}

// postCommand, "post HOW", posts the message 纠纷 of a resident 客 in a way that the platform would or would not; the status and
// the answer are the output. "post two-faced" says 咨询 in the clear beside it, "post sealed KEY" encrypts it with that key.
func postCommand(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) == 0 || len(args) != 1 && args[0] != "sealed" || args[0] == "sealed" && len(args) != 2 {
		ts.Fatalf("usage: post thrice|forged|unsigned|stale|plaintext|encrypted|two-faced|sealed KEY|torn|huge")
	}
	t := townOf(ts)
	message := t.sim.Message(townAccount, "客", "MsgType", "text", "Content", "纠纷")
	d := wechatsim.Delivery{Account: townAccount, XML: message}
	ctx, cancel := context.WithTimeout(context.Background(), patienceTime)
	defer cancel()
	switch args[0] {
	case "thrice":
		t.thrice(ctx, ts, message)
		return
	case "forged":
		d.Token = "notTheToken"
	case "unsigned":
		d.MsgSignature = strings.Repeat("0", 40)
	case "stale":
		d.Timestamp = t.sim.Now().Add(-6 * time.Minute).Unix()
	case "plaintext":
		d.Form = wechatsim.Plain
	case "encrypted":
		d.Form = wechatsim.Encrypted
	case "two-faced":
		d.Form, d.Beside = wechatsim.Both, strings.ReplaceAll(message, "纠纷", "咨询")
	case "sealed":
		d.AESKey = args[1]
	case "torn":
		d.XML = "<xml><ToUserName>"
	case "huge":
		d.Body = bytes.Repeat([]byte("x"), 10<<20)
	default:
		ts.Fatalf("the platform does not post %q", args[0])
	}
	a, err := t.sim.Deliver(ctx, d)
	ts.Check(err)
	_, err = fmt.Fprintln(ts.Stdout(), a.Status, string(a.Body), a.Text)
	ts.Check(err)
}
