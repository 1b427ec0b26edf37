package ringcall

import (
	"encoding/json"
	"time"
)

// Var returns the client's Stats as what package expvar publishes:
//
//	expvar.Publish("quotes", client.Var())
//
// It is JSON: all counters under "client" and "server", and under "methods" by name, or as "method 7" where several have the same name, what was sampled, each stage as its count, mean, p50, p90, p99, p999 and max
// in nanoseconds, and failures. Names of counters are those of the fields in lower case, as "batch_records". This package itself does not import expvar, which would bring an HTTP server with it.
func (c *Client) Var() Var { return Var{c} }

// Var is a client's Stats as a variable of package expvar.
type Var struct{ client *Client }

// String is the JSON.
func (v Var) String() string {
	text, err := json.Marshal(v.client.Stats())
	if err != nil {
		return "null" // it holds nothing but numbers and texts
	}
	return string(text)
}

// MarshalJSON is as Client.Var has it.
func (s Stats) MarshalJSON() ([]byte, error) {
	named := map[string]int{}
	for _, m := range s.Methods {
		named[m.Name]++
	}
	methods := map[string]MethodStats{}
	for _, m := range s.Methods {
		key := m.Name
		if named[key] > 1 {
			key = unnamed(m.Method)
		}
		methods[key] = m
	}
	return json.Marshal(struct {
		Client  ClientStats            `json:"client"`
		Server  ServerStats            `json:"server"`
		Methods map[string]MethodStats `json:"methods"`
	}{s.Client, s.Server, methods})
}

// MarshalJSON has the stages that there were.
func (m MethodStats) MarshalJSON() ([]byte, error) {
	stages := map[string]Histogram{}
	for i, h := range m.stages() {
		if h.Count() != 0 {
			stages[stageNames[i]] = *h
		}
	}
	return json.Marshal(struct {
		Method   uint16               `json:"method"`
		Sampled  uint64               `json:"sampled"`
		Calls    uint64               `json:"calls"`
		Stages   map[string]Histogram `json:"stages"`
		Failures []FailureStats       `json:"failures,omitempty"`
	}{m.Method, m.Sampled, m.Calls, stages, m.Failures})
}

// MarshalJSON has the count and, in nanoseconds, the mean, some percentiles and the maximum.
func (h Histogram) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Count uint64        `json:"count"`
		Mean  time.Duration `json:"mean"`
		P50   time.Duration `json:"p50"`
		P90   time.Duration `json:"p90"`
		P99   time.Duration `json:"p99"`
		P999  time.Duration `json:"p999"`
		Max   time.Duration `json:"max"`
	}{h.count, h.Mean(), h.Percentile(50), h.Percentile(90), h.Percentile(99), h.Percentile(99.9), h.Max()})
}
