package report

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ringcall/ringcall/bench/internal/host"
	"github.com/ringcall/ringcall/bench/internal/latency"
)

// A Latency is the distribution of single calls made at a set rate, in ns from their intended start.
type Latency struct {
	Name      string    `json:"name"` // the call and its rate: "ringcall/call@5000"
	Rate      int       `json:"rate"` // calls a second
	Calls     int64     `json:"calls"`
	Late      int64     `json:"late"`             // began more than an interval after their intended start
	Unmade    int64     `json:"unmade,omitempty"` // whose turn did not come; counted with the time that they had waited
	Saturated bool      `json:"saturated"`
	Noisy     bool      `json:"noisy"`
	P50       float64   `json:"p50"`
	P90       float64   `json:"p90"`
	P99       float64   `json:"p99"`
	P999      float64   `json:"p99.9"`
	P9999     float64   `json:"p99.99"`
	Max       float64   `json:"max"`
	Curve     []float64 `json:"curve"` // at the parts that Nines gives
}

// Nines are the points of a Latency's Curve, as 1/(1-q): 2 is the median, 1000 the 99.9th percentile.
var Nines = []float64{1.25, 2, 4, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 100000}

// NewLatency judges by what others did to the machine in the meantime.
func NewLatency(r *latency.Recording, load host.Load) Latency {
	l := Latency{Name: fmt.Sprintf("%s@%d", r.Name, r.Rate), Rate: r.Rate, Calls: r.Count(), Late: r.Late, Unmade: r.Unmade, Saturated: r.Saturated(), Noisy: disturbed(load),
		P50: r.At(0.5), P90: r.At(0.9), P99: r.At(0.99), P999: r.At(0.999), P9999: r.At(0.9999), Max: r.Max()}
	for _, nine := range Nines {
		// Ten calls beyond a percentile at least, or it is one call's fate.
		if float64(r.Count()) >= 10*nine {
			l.Curve = append(l.Curve, r.At(1-1/nine))
		}
	}
	return l
}

// Note says why a latency is not to be trusted, or nothing.
func (l *Latency) Note() string {
	var notes []string
	if l.Saturated {
		notes = append(notes, "cannot keep this rate: a growing queue")
	}
	if l.Noisy {
		notes = append(notes, string(Noisy))
	}
	return strings.Join(notes, "; ")
}

// WritePercentiles writes one .hgrm file a recording.
func WritePercentiles(directory string, recordings []*latency.Recording) error {
	for _, r := range recordings {
		name := fmt.Sprintf("%s-%d.hgrm", strings.ReplaceAll(r.Name, "/", "-"), r.Rate)
		file, err := os.Create(filepath.Join(directory, name))
		if err != nil {
			return err
		}
		if err := r.Percentiles(file); err != nil {
			return err
		}
		if err := file.Close(); err != nil {
			return err
		}
	}
	return nil
}
