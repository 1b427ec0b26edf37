package ringcall

import (
	"fmt"
	"strings"
)

// MethodStats are of one method: where the time of its sampled calls went, and how calls ended badly. A server samples while somebody asks it to: the tool
// ringcall, by stat, top, profile or tune. With restart they are of all servers together.
//
// A batch, or a run of frames, is one call. Total is the sum of Queue, Handler, and Response or ClientWake.
type MethodStats struct {
	Method  uint16
	Name    string // as "quotes.add", from the interface's description; or "method 7"
	Sampled uint64 // calls whose stages were measured
	Calls   uint64 // about so many were made while calls were sampled: each sampled one stands for as many as the rate said

	Total      Histogram // from the post to the answer's being reaped
	Queue      Histogram // until the server took the request, its wake from sleep included
	Handler    Histogram // until the handler had ended
	Response   Histogram // until the answer was reaped, by a client that was awake
	ClientWake Histogram // the same of a client that slept and had to be rung
	HandOver   Histogram // from then until the caller ran on, where another goroutine had reaped for it. It is no part of Total

	Failures []FailureStats // all there were, whether or not calls are sampled; sorted
}

// FailureStats count the answers of one kind that were not good. What failed inside a run of frames is not among them.
type FailureStats struct {
	Status string `json:"status"` // as "failed", "expired", "unknown method"
	Code   uint32 `json:"code"`   // the handler's; of those with more than 64 codes the rest is counted as 2^32-1
	Count  uint64 `json:"count"`
}

// stages are the histograms in the order of the constants.
func (m *MethodStats) stages() [stages]*Histogram {
	return [stages]*Histogram{&m.Total, &m.Queue, &m.Handler, &m.Response, &m.ClientWake, &m.HandOver}
}

// stageNames are in the order of the constants.
var stageNames = [stages]string{"total", "queue", "handler", "response", "client wake", "hand-over"}

// String is a line for the method, and one for each stage and failure that there was.
func (m MethodStats) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %d calls sampled of about %d", m.Name, m.Sampled, m.Calls)
	for i, h := range m.stages() {
		if h.Count() != 0 {
			fmt.Fprintf(&text, "\n  %-11s %v", stageNames[i], h)
		}
	}
	for _, f := range m.Failures {
		fmt.Fprintf(&text, "\n  %s", f.Status)
		if f.Code != 0 {
			fmt.Fprintf(&text, " with code %d", f.Code)
		}
		fmt.Fprintf(&text, ": %d", f.Count)
	}
	return text.String()
}
