package bot

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics count what the callback does. No label holds anything that a resident could choose freely.
type Metrics struct {
	callbacks *prometheus.CounterVec
	kinds     *prometheus.CounterVec
	consents  *prometheus.CounterVec
	seconds   prometheus.Histogram
}

// NewMetrics registers the callback's metrics; a registry that has them already panics, as it does for any programmer's mistake.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		callbacks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "frontdesk_callbacks_total", Help: "Callbacks of the platform by what became of them.",
		}, []string{"outcome"}),
		kinds: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "frontdesk_messages_total", Help: "Messages and events of residents by kind; what we do not know is kind unknown.",
		}, []string{"kind"}),
		consents: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "frontdesk_consents_total", Help: "Entries of subscription events by what was said.",
		}, []string{"status"}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "frontdesk_callback_seconds", Help: "Time from the last byte of a callback's head to its answer.",
			Buckets: []float64{.001, .002, .005, .01, .02, .05, .1, .25, .5, 1, 2, 3, 4, 4.5, 5},
		}),
	}
	reg.MustRegister(m.callbacks, m.kinds, m.consents, m.seconds)
	return m
}

// done counts one callback.
func (m *Metrics) done(outcome string, took time.Duration) {
	m.callbacks.WithLabelValues(outcome).Inc()
	m.seconds.Observe(took.Seconds())
}

// took counts what came.
func (m *Metrics) took(msg message) {
	kind := "unknown"
	if msg.known {
		kind = strings.ToLower(msg.kind)
	}
	m.kinds.WithLabelValues(kind).Inc()
	for _, c := range msg.consent {
		status := c.status
		if status != "accept" && status != "reject" && status != "ok" && status != "success" {
			status = "other"
		}
		m.consents.WithLabelValues(status).Inc()
	}
}
