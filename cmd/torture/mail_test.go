package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"frontdesk/ticket"
)

// inAnswers begins the names of cases in a room that may only answer.
const inAnswers = "by answers: "

// TestWhatAFaultExcuses judges one letter beside one fault: what is not excused must be told.
func TestWhatAFaultExcuses(t *testing.T) {
	began := time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
	at := func(seconds float64) time.Time { return began.Add(time.Duration(seconds * float64(time.Second))) }
	fault := func(from, to float64, hit map[string]bool) span { return span{from: at(from), to: at(to), hit: hit} }
	mine, others := map[string]bool{"o1": true}, map[string]bool{"o2": true}
	for _, c := range []struct {
		name   string
		faults []span
		shown  []float64 // seconds after it was written
		fair   bool
	}{
		{"shown at once", nil, []float64{0.1}, true},
		{"shown twice for no reason", nil, []float64{0.1, 50}, false},
		{"shown twice because its sender died", []span{fault(0.2, 0.3, mine)}, []float64{0.1, 50}, true},
		{"shown twice because its sender died with it in hand later", []span{fault(1.5, 1.6, mine)}, []float64{0.1, 50}, true},
		{"shown twice although its sender had died long before", []span{fault(0, 0.1, mine)}, []float64{3, 50}, false},
		{"shown twice although another's sender died", []span{fault(0.2, 0.3, others)}, []float64{0.1, 50}, false},
		{"shown twice because Redis was away", []span{fault(0.2, 9, nil)}, []float64{0.1, 50}, true},
		{"shown twice because of a fault long after", []span{fault(5, 6, nil)}, []float64{0.1, 50}, false},
		{"shown twice because of a fault long before", []span{fault(1, 2, nil)}, []float64{3, 50}, false},
		{"shown twice although every answer was clear", []span{{from: at(0), to: at(9), clear: true}}, []float64{0.1, 50}, false},
		{"shown three times", []span{fault(0, 99, nil)}, []float64{0.1, 50, 99}, false},
		{inAnswers + "shown three times because two died with it", []span{fault(0.2, 0.3, mine), fault(3.2, 3.3, mine)}, []float64{0.1, 3.1, 50}, true},
		{inAnswers + "shown three times although one died with it", []span{fault(0.2, 0.3, mine)}, []float64{0.1, 0.2, 50}, false},
		{"a minute late for no reason", nil, []float64{61}, false},
		{"late because its sender died", []span{fault(30, 31, mine)}, []float64{90}, true},
		{"late although another's sender died", []span{fault(30, 31, others)}, []float64{90}, false},
		{"a minute after Redis was back", []span{fault(30, 40, nil)}, []float64{101}, false},
		{"while the platform was away", []span{{from: at(0), to: at(900), clear: true}}, []float64{600}, true},
		{"late because of a fault that came later", []span{fault(70, 71, nil)}, []float64{65}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var shown []time.Time
			for _, s := range c.shown {
				shown = append(shown, at(s))
			}
			l := letter{number: "123456789", openid: "o1", what: ticket.Reply, written: began}
			if err := l.fair(&town{faults: c.faults, answers: strings.HasPrefix(c.name, inAnswers)}, shown); (err == nil) != c.fair {
				t.Error(fmt.Sprint(c.shown, ": ", err))
			}
		})
	}
}
