// Package prometheus has the statistics of ringcall clients collected by Prometheus:
//
//	prometheus.MustRegister(ringcallprometheus.NewCollector("quotes", client))
//
// It is a module of its own, so that the client itself depends on nothing.
package prometheus

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	ringcall "github.com/ringcall/ringcall/go"
)

// Source is what has statistics: a *ringcall.Client.
type Source interface{ Stats() ringcall.Stats }

// Collector collects the statistics of one client. What it reports:
//
//	ringcall_client_calls_total, ..._answers_total, ..._bells_rung_total, and so on: each field of ringcall.ClientStats
//	ringcall_server_calls_total, and so on: each field of ringcall.ServerStats
//	ringcall_method_sampled_total{method,method_id}, ringcall_method_calls_estimated_total{method,method_id}
//	ringcall_method_failures_total{method,method_id,status,code}
//	ringcall_method_stage_seconds{method,method_id,stage}: a histogram for each of the stages total, queue, handler, response, client_wake and hand_over
//
// All have the label client. Labels method and method_id are the method's name and number: several may have one name. Histograms count sampled calls alone, and have an upper bound for each power of two of nanoseconds from 128 ns to 68 s.
// Collecting reads; no call waits for it. It is safe for any number of goroutines.
type Collector struct {
	source   Source
	counters []counter
	sampled  *prometheus.Desc
	calls    *prometheus.Desc
	failures *prometheus.Desc
	stages   *prometheus.Desc
}

type counter struct {
	desc *prometheus.Desc
	read func(*ringcall.Stats) uint64
}

// NewCollector makes the collector of a client, which the label client tells from others of the process.
func NewCollector(client string, source Source) *Collector {
	labels := prometheus.Labels{"client": client}
	desc := func(name, help string, variable ...string) *prometheus.Desc {
		return prometheus.NewDesc("ringcall_"+name, help, variable, labels)
	}
	c := &Collector{
		source:   source,
		sampled:  desc("method_sampled_total", "Calls whose stages were measured.", "method", "method_id"),
		calls:    desc("method_calls_estimated_total", "About so many calls were made while calls were sampled.", "method", "method_id"),
		failures: desc("method_failures_total", "Answers that were not good, by their status and the handler's code.", "method", "method_id", "status", "code"),
		stages:   desc("method_stage_seconds", "Where the time of sampled calls went.", "method", "method_id", "stage"),
	}
	for _, f := range fields {
		c.counters = append(c.counters, counter{desc(f.name, f.help), f.read})
	}
	return c
}

// Describe sends what is described.
func (c *Collector) Describe(to chan<- *prometheus.Desc) {
	for _, f := range c.counters {
		to <- f.desc
	}
	for _, d := range []*prometheus.Desc{c.sampled, c.calls, c.failures, c.stages} {
		to <- d
	}
}

// Collect sends what there is now.
func (c *Collector) Collect(to chan<- prometheus.Metric) {
	stats := c.source.Stats()
	count := func(desc *prometheus.Desc, n uint64, labels ...string) {
		to <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(n), labels...)
	}
	for _, f := range c.counters {
		count(f.desc, f.read(&stats))
	}
	for _, m := range stats.Methods {
		id := decimal(uint32(m.Method))
		count(c.sampled, m.Sampled, m.Name, id)
		count(c.calls, m.Calls, m.Name, id)
		for _, f := range m.Failures {
			count(c.failures, f.Count, m.Name, id, f.Status, decimal(f.Code))
		}
		for _, s := range []struct {
			name string
			ringcall.Histogram
		}{{"total", m.Total}, {"queue", m.Queue}, {"handler", m.Handler}, {"response", m.Response}, {"client_wake", m.ClientWake}, {"hand_over", m.HandOver}} {
			if s.Count() != 0 {
				to <- prometheus.MustNewConstHistogram(c.stages, s.Count(), s.Sum().Seconds(), cumulate(s.Histogram), m.Name, id, s.name)
			}
		}
	}
}

const (
	boundLeast = 128 * time.Nanosecond
	boundMost  = 1 << 36 * time.Nanosecond
)

// cumulate counts, by upper bounds in seconds, the times up to there. Each bound is where a bucket of the histogram ends, so no count is a guess.
func cumulate(h ringcall.Histogram) map[float64]uint64 {
	counts := map[float64]uint64{}
	buckets := h.Buckets()
	var seen uint64
	for bound := boundLeast; bound <= boundMost; bound *= 2 {
		for len(buckets) != 0 && buckets[0].To <= bound {
			seen += buckets[0].Count
			buckets = buckets[1:]
		}
		counts[bound.Seconds()] = seen
	}
	return counts
}
