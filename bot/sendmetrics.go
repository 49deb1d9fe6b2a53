package bot

import (
	"errors"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"frontdesk/ticket"
)

// SendMetrics count what goes out and what was fetched. All labels are of our own words. A nil one counts nothing.
type SendMetrics struct {
	letters *prometheus.CounterVec
	files   *prometheus.CounterVec
	calls   *prometheus.CounterVec
}

// NewSendMetrics registers the metrics of sending and fetching.
func NewSendMetrics(reg prometheus.Registerer) *SendMetrics {
	m := &SendMetrics{
		letters: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "frontdesk_letters_total", Help: "What became of letters to residents, by way and fate.",
		}, []string{"via", "fate"}),
		files: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "frontdesk_files_total", Help: "What became of files that residents sent.",
		}, []string{"state"}),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "frontdesk_api_calls_total", Help: "Calls of the platform by what they are and how they were answered; stable_token is a refresh.",
		}, []string{"call", "answer"}),
	}
	reg.MustRegister(m.letters, m.files, m.calls)
	return m
}

func (m *SendMetrics) letter(d ticket.Delivery) {
	if m != nil {
		m.letters.WithLabelValues(string(d.Via), string(d.Fate)).Inc()
	}
}

func (m *SendMetrics) file(s ticket.MediaState) {
	if m != nil {
		m.files.WithLabelValues(string(s)).Inc()
	}
}

// call counts one call: ok, a code that we know, another code, unclear, or away.
func (m *SendMetrics) call(path string, err error) {
	if m == nil {
		return
	}
	answer := "ok"
	var refused apiError
	switch {
	case errors.As(err, &refused):
		answer = "other"
		if _, known := errcodes[refused.code]; known {
			answer = strconv.Itoa(refused.code)
		}
	case errors.Is(err, errUnclear):
		answer = "unclear"
	case err != nil:
		answer = "away"
	}
	m.calls.WithLabelValues(strings.TrimPrefix(path, "/cgi-bin/"), answer).Inc()
}
