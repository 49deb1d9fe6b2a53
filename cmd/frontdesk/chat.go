package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"

	"frontdesk/flows"
	"frontdesk/ticket"
)

// chatCommand talks to the bot in the terminal: the conversations alone, nothing is stored.
type chatCommand struct{}

const chatHelp = `像居民那样说话就行。还可以输入：
  /关注  /取关  /照片  /语音  /视频  /位置  /扫码 s_main  /菜单 dispute
  Ctrl-D 结束。什么都不会保存。
`

// Run talks until the input ends.
func (chatCommand) Run(ctx context.Context, env environment) error {
	account := sampleAccount("gh_chat", "长安路警务室")
	r := flows.Resident{Account: account.ID, OpenID: "terminal"}
	if _, err := fmt.Fprint(env.Stdout, chatHelp); err != nil {
		return err
	}
	lines := bufio.NewScanner(env.Stdin)
	lines.Buffer(nil, 1<<20)
	said := "/关注"
	for n := 1; ; n++ {
		in := heard(said)
		in.ID, in.At = strconv.Itoa(n), env.Now()
		number, err := ticket.NewNumber(rand.Reader)
		if err != nil {
			return err
		}
		change, err := flows.Decide(r, in, flows.World{Now: env.Now(), Account: account, Number: number})
		if err != nil {
			return fmt.Errorf("chat: %w", err)
		}
		r = r.After(change)
		if change.Answer != "" {
			if _, err := fmt.Fprintf(env.Stdout, "\n%s\n\n", indent(change.Answer)); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprint(env.Stdout, "您："); err != nil {
			return err
		}
		if !lines.Scan() || ctx.Err() != nil {
			_, err := fmt.Fprintln(env.Stdout)
			return err
		}
		said = lines.Text()
	}
}

func indent(text string) string { return "  " + strings.ReplaceAll(text, "\n", "\n  ") }

// heard turns a typed line into what a phone would send.
func heard(line string) flows.Input {
	word, rest, _ := strings.Cut(line, " ")
	file := func(kind ticket.MediaKind) *ticket.Attachment {
		return &ticket.Attachment{ID: "m" + rand.Text(), Kind: kind}
	}
	switch word {
	case "/关注":
		return flows.Input{Kind: flows.Follow, Key: strings.TrimSpace(rest)}
	case "/取关":
		return flows.Input{Kind: flows.Leave}
	case "/扫码":
		return flows.Input{Kind: flows.Scan, Key: strings.TrimSpace(rest)}
	case "/菜单":
		return flows.Input{Kind: flows.Menu, Key: strings.TrimSpace(rest)}
	case "/照片":
		return flows.Input{Kind: flows.Photo, File: file(ticket.Photo)}
	case "/语音":
		return flows.Input{Kind: flows.Voice, File: file(ticket.Voice)}
	case "/视频":
		return flows.Input{Kind: flows.Video, File: file(ticket.Video)}
	case "/位置":
		return flows.Input{Kind: flows.Place, Place: &ticket.Place{Lat: 30.2489, Lng: 120.1683, Label: "长安路8号"}}
	}
	return flows.Input{Kind: flows.Text, Text: ticket.Personal(line)}
}

// sampleAccount is a room to try things with.
func sampleAccount(id, name string) ticket.Account {
	return ticket.Account{
		ID: id, Name: name, Hotline: "0571-8700-0110", Keeps: "办结后三年",
		Stations: []ticket.Station{{
			ID: "main", Name: name, Phone: "0571-8700-0110", Place: "长安路8号",
			Grids: []ticket.Grid{{ID: "g1", Name: "第一网格", Community: "长安社区"}, {ID: "g2", Name: "第二网格", Community: "和平社区"}},
		}},
	}
}
