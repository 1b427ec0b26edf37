package report

import (
	"fmt"
	"io"

	"github.com/ringcall/ringcall/bench/internal/plot"
	"github.com/ringcall/ringcall/bench/internal/stats"
)

// Text writes the report for people.
func (r *Report) Text(w io.Writer) error {
	out := &printer{w: w}
	for _, entry := range r.hostEntries() {
		out.line("%-12s %s", entry[0], entry[1])
	}
	out.line("")
	r.writeRows(out)
	r.writeLatencies(out)
	r.writeFacts(out)
	r.writeTargets(out)
	out.line("%s", Rule)
	return out.err
}

type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, values ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", values...)
	}
}

// hostEntries is the host block, for each kind of document.
func (r *Report) hostEntries() [][2]string {
	h := r.Host
	left := ""
	if r.LeftOut > 0 {
		left = fmt.Sprintf("; %d of %d seconds disturbed by others and left out", r.LeftOut, r.Stretches)
	}
	return [][2]string{
		{"cpu", fmt.Sprintf("%s, %d cores", h.CPU, h.Cores)},
		{"kernel", h.Kernel},
		{"virtualised", h.Virtualised},
		{"governor", h.Governor},
		{"compiler", h.Compiler},
		{"go", h.Go},
		{"commit", h.Commit},
		{"placement", h.Placement},
		{"run", fmt.Sprintf("%s, %d windows of about %v a row, in turns; %.1f s%s",
			r.Started.UTC().Format("2006-01-02 15:04:05 UTC"), r.Laps, r.Window, r.Load.Elapsed.Seconds(), left)},
		{"steal", fmt.Sprintf("%.3f cores (bound %.2f)", r.Load.Steal, StealMax)},
		{"foreign load", fmt.Sprintf("%.3f cores (bound %.2f)", r.Load.Foreign, ForeignMax)},
	}
}

func (r *Report) writeRows(out *printer) {
	if len(r.Rows) == 0 {
		return
	}
	out.line("%-32s %9s %9s %9s %6s %9s %9s  %-23s %-23s", "ns per call or record", "p10", "p50", "p99", "spread", "cpu go", "cpu c++", "x floor", "x cgo")
	for i := range r.Rows {
		row := &r.Rows[i]
		s := row.Summary
		out.line("%-32s %9s %9s %9s %5.0f%% %9s %9s  %-23s %-23s%s", row.Name, plain(s.P10), plain(s.P50), plain(s.P99), 100*s.Spread, plain(row.Program), plain(row.Helpers),
			ratioText(row.Floor), ratioText(row.Cgo), mark(row.Noisy != "", " "+string(Noisy)+": "+row.Noisy))
	}
	out.line("")
}

// plain writes ns without an exponent.
func plain(ns float64) string {
	if ns >= 1000 {
		return fmt.Sprintf("%.0f", ns)
	}
	return fmt.Sprintf("%.4g", ns)
}

func (r *Report) writeLatencies(out *printer) {
	if len(r.Latencies) == 0 {
		return
	}
	out.line("%-32s %9s %9s %9s %9s %9s %9s %9s", "open loop, from intended start", "calls", "p50", "p90", "p99", "p99.9", "p99.99", "max")
	for i := range r.Latencies {
		l := &r.Latencies[i]
		ns := plot.Nanoseconds.Write
		out.line("%-32s %9d %9s %9s %9s %9s %9s %9s%s", l.Name, l.Calls, ns(l.P50), ns(l.P90), ns(l.P99), ns(l.P999), ns(l.P9999), ns(l.Max),
			mark(l.Note() != "", "  "+l.Note()))
	}
	out.line("")
}

func (r *Report) writeFacts(out *printer) {
	for _, fact := range r.Facts {
		out.line("%-32s %8.4g %s: %s", fact.Name, fact.Value, fact.Unit, fact.What)
	}
	for _, absent := range r.Absent {
		out.line("%-32s absent: %s", absent.Name, absent.Reason)
	}
	if len(r.Facts)+len(r.Absent) > 0 {
		out.line("")
	}
}

func (r *Report) writeTargets(out *printer) {
	if len(r.Targets) == 0 {
		return
	}
	out.line("%-32s %-22s %9s  %-20s %s", "target", "to", "at most", "measured", "")
	for _, t := range r.Targets {
		out.line("%-32s %-22s %9s  %-20s %s", t.Subject(), t.Object(), t.Bound(), t.Measured(), t.Verdict)
	}
	out.line("")
}

// Subject names what is bounded.
func (t *Outcome) Subject() string {
	switch t.Figure {
	case Program:
		return t.Row + ", Go's CPU"
	case Tail:
		return t.Row + ", p99"
	default:
		return t.Row
	}
}

// Object names what it is compared with.
func (t *Outcome) Object() string {
	switch {
	case t.Figure == Tail:
		return "its own p50"
	case t.Peer == "":
		return "-"
	default:
		return t.Peer
	}
}

// Bound is the target with its unit.
func (t *Outcome) Bound() string { return t.write(t.AtMost) }

func (t *Outcome) write(v float64) string {
	if t.Peer == "" && t.Figure != Tail {
		return plot.Nanoseconds.Write(v)
	}
	return fmt.Sprintf("%.3gx", v)
}

// Measured is the figure with its interval.
func (t *Outcome) Measured() string {
	if t.Figure == Tail {
		return fmt.Sprintf("%.3g", t.Ratio.Value)
	}
	if t.Peer == "" {
		return fmt.Sprintf("%s (%s-%s)", t.write(t.Ratio.Value), t.write(t.Ratio.Low), t.write(t.Ratio.High))
	}
	return ratioText(&t.Ratio)
}

func ratioText(r *stats.Ratio) string {
	if r == nil {
		return "-"
	}
	return fmt.Sprintf("%.3g (%.3g-%.3g)", r.Value, r.Low, r.High)
}

func mark(on bool, text string) string {
	if on {
		return text
	}
	return ""
}
