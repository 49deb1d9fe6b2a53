package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"frontdesk/ticket"
)

// listOf is a list of n tickets that is read a page at a time, and the largest page that was asked for.
func listOf(n int, largest *int) pager {
	return func(before string, limit int) (ticket.Page, error) {
		*largest = max(*largest, limit)
		from := 0
		if before != "" {
			var err error
			if from, err = strconv.Atoi(before); err != nil {
				return ticket.Page{}, err
			}
		}
		page := ticket.Page{Total: n}
		for i := from; i < min(from+limit, n); i++ {
			page.Rows = append(page.Rows, ticket.Header{Number: ticket.Number(fmt.Sprint(100_000_000 + i)), Kind: ticket.Dispute, Status: ticket.Queued})
		}
		if from+limit < n {
			page.Next = strconv.Itoa(from + limit)
		}
		return page, nil
	}
}

func TestAListForASpreadsheet(t *testing.T) {
	at := time.Date(2026, 3, 5, 4, 0, 0, 0, time.UTC)
	h := ticket.Header{
		Number: "482719365", Kind: ticket.Dispute, Status: ticket.Confirmed, Resident: "oLin", Title: "楼上 13800001234", Asked: "门牌号", Complaint: "赵某",
		AssigneeName: "林元众", CreatedAt: at, DueAt: at.Add(48 * time.Hour), ClosedAt: at.Add(time.Hour), Rating: 5,
	}
	var out bytes.Buffer
	list, err := newCSVList(&out)
	if err != nil {
		t.Fatal(err)
	}
	young := ticket.Header{Number: "123456789", Kind: ticket.Consult, Status: ticket.Queued, AssigneeName: "=周,敏", CreatedAt: at, DueAt: at}
	if err := errors.Join(list.add(h), list.add(young)); err != nil {
		t.Fatal(err)
	}
	want := "\ufeff编号,类别,状态,承办人,登记时间,办理时限,办结时间,评价\r\n" +
		"482719365,纠纷,居民已确认,林元众,2026-03-05 12:00,2026-03-07 12:00,2026-03-05 13:00,5\r\n" +
		"123456789,咨询,待受理,\"'=周,敏\",2026-03-05 12:00,2026-03-05 12:00,,\r\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestAListHasAllItsPages(t *testing.T) {
	for _, c := range []struct {
		list ticketsList
		has  int
		want int
	}{
		{ticketsList{CSV: true}, 1001, 1002}, {ticketsList{CSV: true}, 400, 401}, {ticketsList{CSV: true}, 0, 1},
		{ticketsList{CSV: true, Limit: 250}, 1001, 251}, {ticketsList{}, 1001, 50}, {ticketsList{Limit: 450}, 1001, 450},
	} {
		var out bytes.Buffer
		largest := 0
		if err := c.list.print(environment{Stdout: &out}, listOf(c.has, &largest)); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		distinct := map[string]bool{}
		for _, l := range lines {
			distinct[l] = true
		}
		if len(lines) != c.want || len(distinct) != c.want || largest > pageRows {
			t.Errorf("%+v of %d: %d lines, %d distinct, at most %d at once; want %d lines", c.list, c.has, len(lines), len(distinct), largest, c.want)
		}
	}
	broken := errors.New("no Redis")
	err := ticketsList{CSV: true}.print(environment{Stdout: &bytes.Buffer{}}, func(string, int) (ticket.Page, error) { return ticket.Page{}, broken })
	if !errors.Is(err, broken) {
		t.Errorf("a list that broke off: %v", err)
	}
}

func TestALongTableInJSON(t *testing.T) {
	var out bytes.Buffer
	largest := 0
	if err := (ticketsList{JSON: true, Limit: 250}).print(environment{Stdout: &out}, listOf(300, &largest)); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(out.String(), `"number"`); n != 250 || largest > pageRows {
		t.Errorf("%d tickets, %d at once", n, largest)
	}
}

// TestTheOperatorSeesEveryComplaint holds that no words of a complaint hide it from whoever holds the data itself.
func TestTheOperatorSeesEveryComplaint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SampledFrom([]string{"夜里没人值守", "operator", "值队长不接电话"}).Draw(t, "known") + rapid.String().Draw(t, "words")
		h := ticket.Header{Account: "gh_1", Restricted: true, Complaint: ticket.Personal(words)}
		if !operator("gh_1").MaySee(h) {
			t.Fatalf("%q is hidden", words)
		}
	})
}

// cellSays checks what a spreadsheet makes of a cell: no formula, and the words that were meant.
func cellSays(t interface{ Fatalf(string, ...any) }, text string) {
	var out bytes.Buffer
	list := &csvList{csv.NewWriter(&out)}
	list.w.UseCRLF = true
	if err := list.write([]string{"before", text, "after"}); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	if !utf8.Valid(out.Bytes()) {
		t.Fatalf("%q is written as %q, which is no UTF-8", text, out.Bytes())
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil || len(rows) != 1 || len(rows[0]) != 3 || rows[0][0] != "before" || rows[0][2] != "after" {
		t.Fatalf("%q is read as %q, %v", text, rows, err)
	}
	cell := rows[0][1]
	if seen := strings.TrimLeft(cell, " \u00a0\u3000\u200b\ufeff\x00"); seen != "" {
		if first, _ := utf8.DecodeRuneInString(seen); strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
			t.Fatalf("%q is a formula: %q", text, cell)
		}
	}
	want := strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\r", "") // a line ends in one way only
	if cell = strings.ReplaceAll(cell, "\r", ""); cell != want && cell != "'"+want {
		t.Fatalf("%q became %q", text, cell)
	}
}

var risky = []string{
	"", "林元众", "=1+1", "+86", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠SUM", " =1", "\u3000=1", "\ufeff=1", "\x00=1",
	"\u200b＝cmd|' /C calc'!A0", "a=1", "O'Brien", "\"", "a,b", "\xff=1", "'=1", "周\r\n敏", "\r\r\n",
}

func TestNoCellIsAFormula(t *testing.T) {
	for _, text := range risky {
		cellSays(t, text)
	}
	rapid.Check(t, func(t *rapid.T) {
		cellSays(t, rapid.SampledFrom(risky).Draw(t, "begins")+rapid.String().Draw(t, "text"))
	})
}

// FuzzCell lets a cell hold anything.
func FuzzCell(f *testing.F) {
	for _, text := range risky {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { cellSays(t, text) })
}
