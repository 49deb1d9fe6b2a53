package desk

// This file holds the search by ticket number and the page of keys.

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"unicode"

	"frontdesk/ticket"
)

// search opens the ticket of that number, or says on the queue's page what is wrong with it.
func (d *console) search(w http.ResponseWriter, r *http.Request, o ticket.Officer) error {
	typed := strings.TrimSpace(r.URL.Query().Get("q"))
	n, err := ticket.ParseNumber(typed)
	status, trouble := http.StatusUnprocessableEntity, mistyped(typed)
	if err == nil {
		v, found := d.Tickets.Find(r.Context(), o, n)
		switch {
		case found == nil && o.MaySee(v.Header):
			http.Redirect(w, r, d.ticketLink(n, ""), http.StatusSeeOther)
			return nil
		case found == nil || errors.Is(found, ticket.ErrNotFound):
			status, trouble = http.StatusNotFound, "号码本身没有错，但没有找到 "+n.Spoken()+"，或者它不归您看。"
		default:
			return found
		}
	}
	page, err := d.queuePage(r, o)
	if err != nil {
		return err
	}
	if len([]rune(typed)) > 40 {
		typed = string([]rune(typed)[:40])
	}
	page.Search = searchBox{Typed: typed, Trouble: trouble}
	page.Refresh, page.Self = "", d.listLink(ticket.ListQueue, "")
	return d.show(w, status, "queue", page)
}

// mistyped says what is wrong with a number that [ticket.ParseNumber] refused.
func mistyped(typed string) string {
	digits, others := 0, false
	for _, r := range typed {
		switch {
		case r >= '0' && r <= '9', r >= '\uFF10' && r <= '\uFF19':
			digits++
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r), r == '.', r == '#':
		default:
			others = true
		}
	}
	switch {
	case typed == "":
		return "请输入工单号，一共 9 位数字。"
	case others:
		return "工单号只有数字，一共 9 位。"
	case digits != 9:
		return "工单号是 9 位数字，这里是 " + strconv.Itoa(digits) + " 位，再核对一下。"
	}
	return "这个号码里有一位不对（也可能是相邻两位写反了），请再核对一遍。"
}

func (d *console) help(w http.ResponseWriter, r *http.Request, o ticket.Officer) error {
	a, err := d.Officers.Account(r.Context(), o.Account)
	if err != nil {
		return err
	}
	return d.show(w, http.StatusOK, "help", d.signedFrame(r, o, a, "按键和用法"))
}
