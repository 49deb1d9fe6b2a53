package bot

import (
	"github.com/prometheus/client_golang/prometheus"

	"frontdesk/ticket"
)

// SendMetrics count what goes out and what was fetched. All labels are of our own words.
type SendMetrics struct {
	letters *prometheus.CounterVec
	files   *prometheus.CounterVec
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
	}
	reg.MustRegister(m.letters, m.files)
	return m
}

func (m *SendMetrics) letter(d ticket.Delivery) {
	m.letters.WithLabelValues(string(d.Via), string(d.Fate)).Inc()
}

func (m *SendMetrics) file(s ticket.MediaState) { m.files.WithLabelValues(string(s)).Inc() }
