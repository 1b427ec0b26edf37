package report

import (
	"fmt"
	"io"

	"github.com/ringcall/ringcall/bench/internal/stats"
)

// Columns the rows are compared with.
const (
	floorRow = "floor/round"
	cgoRow   = "cgo/call"
)

// Text writes the report for people.
func (r *Report) Text(w io.Writer) error {
	out := &printer{w: w}
	r.writeHost(out)
	r.writeRows(out)
	r.writeTargets(out)
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

func (r *Report) writeHost(out *printer) {
	h := r.Host
	out.line("cpu          %s, %d cores", h.CPU, h.Cores)
	out.line("kernel       %s", h.Kernel)
	out.line("virtualised  %s", h.Virtualised)
	out.line("governor     %s", h.Governor)
	out.line("compiler     %s", h.Compiler)
	out.line("go           %s", h.Go)
	out.line("commit       %s", h.Commit)
	out.line("placement    %s", h.Placement)
	out.line("run          %s, %d windows of about %v a row, in turns; %.1f s",
		r.Started.UTC().Format("2006-01-02 15:04:05 UTC"), r.Laps, r.Window, r.Load.Elapsed.Seconds())
	out.line("steal        %.3f cores (bound %.2f)", r.Load.Steal, StealMax)
	out.line("foreign load %.3f cores (bound %.2f)%s", r.Load.Foreign, ForeignMax, mark(r.Disturbed(), "  host too noisy to judge"))
	out.line("")
}

func (r *Report) writeRows(out *printer) {
	floor, cgo := r.row(floorRow), r.row(cgoRow)
	out.line("%-26s %9s %9s %9s %7s  %-19s %-19s", "ns per call or record", "p10", "p50", "p99", "spread", "x floor", "x cgo")
	for i := range r.Rows {
		row := &r.Rows[i]
		s := row.Summary
		out.line("%-26s %9.4g %9.4g %9.4g %6.0f%%  %-19s %-19s%s", row.Name, s.P10, s.P50, s.P99, 100*s.Spread,
			against(row, floor), against(row, cgo), mark(row.Noisy, " host too noisy to judge"))
	}
	out.line("")
}

func (r *Report) writeTargets(out *printer) {
	if len(r.Targets) == 0 {
		return
	}
	out.line("%-26s %-13s %8s  %-19s", "target", "to", "at most", "measured")
	for _, t := range r.Targets {
		out.line("%-26s %-13s %7.2fx  %-19s %s", t.Row, t.Peer, t.AtMost, ratioText(t.Ratio), t.Verdict)
	}
}

func against(row, peer *Row) string {
	if peer == nil || row == peer {
		return "-"
	}
	return ratioText(stats.RatioOfMedians(row.Windows, peer.Windows))
}

func ratioText(r stats.Ratio) string { return fmt.Sprintf("%.3g (%.3g-%.3g)", r.Value, r.Low, r.High) }

func mark(on bool, text string) string {
	if on {
		return text
	}
	return ""
}
