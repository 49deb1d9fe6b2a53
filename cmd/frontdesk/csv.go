package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"frontdesk/ticket"
)

// This file holds the list of tickets as spreadsheets read it.

// csvHead names the columns. None holds what a resident wrote, who they are or how to reach them.
var csvHead = []string{"编号", "类别", "状态", "承办人", "登记时间", "办理时限", "办结时间", "评价"}

// csvList writes tickets as CSV: in UTF-8 with a byte order mark, without which Excel and WPS take Chinese for something else, and lines
// ended as they end them.
type csvList struct{ w *csv.Writer }

// newCSVList writes the mark and the names of the columns.
func newCSVList(out io.Writer) (*csvList, error) {
	if _, err := io.WriteString(out, "\ufeff"); err != nil {
		return nil, fmt.Errorf("write the list: %w", err)
	}
	l := &csvList{csv.NewWriter(out)}
	l.w.UseCRLF = true
	return l, l.write(csvHead)
}

// add writes one ticket. What it does not have yet is an empty cell.
func (l *csvList) add(h ticket.Header) error {
	rating := ""
	if h.Rating != 0 {
		rating = strconv.Itoa(h.Rating)
	}
	return l.write([]string{
		string(h.Number), h.Kind.Name(), h.Status.Name(), h.AssigneeName, csvTime(h.CreatedAt), csvTime(h.DueAt), csvTime(h.ClosedAt), rating,
	})
}

// write writes a row with every cell made harmless, out to the last byte: whoever reads along loses nothing when the list is long.
func (l *csvList) write(row []string) error {
	cells := make([]string, len(row))
	for i, text := range row {
		cells[i] = csvCell(text)
	}
	if err := l.w.Write(cells); err != nil {
		return fmt.Errorf("write the list: %w", err)
	}
	l.w.Flush()
	if err := l.w.Error(); err != nil {
		return fmt.Errorf("write the list: %w", err)
	}
	return nil
}

func csvTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.In(ticket.Shanghai).Format("2006-01-02 15:04")
}

// csvCell is text that no spreadsheet works out: one that would begin a formula, in full-width signs or behind blanks that are not seen
// as well, is led by an apostrophe. A name is typed by somebody, and a list is opened by somebody else.
func csvCell(text string) string {
	text = strings.ToValidUTF8(text, "")
	begins := strings.TrimLeftFunc(text, func(r rune) bool { return r == 0 || unicode.In(r, unicode.Zs, unicode.Cf) })
	if r, size := utf8.DecodeRuneInString(begins); size > 0 && strings.ContainsRune("=+-@\t\r\n＝＋－＠", r) {
		return "'" + text
	}
	return text
}
