package campaigns

import (
	"fmt"
	"io"
	"strings"
	"time"
)

const toldMost = 5 // violations that are told in full

// tell writes the violations in words, each with the whole history of the calls concerned.
func (s *story) tell(out io.Writer, found []violation) {
	for i, v := range found {
		if i == toldMost {
			fmt.Fprintf(out, "... and %d more\n", len(found)-i)
			return
		}
		fmt.Fprintf(out, "Violation of %q: %s.\n", v.rule, v.text)
		for _, k := range v.calls {
			s.tellCall(out, k)
		}
		for _, e := range v.executions {
			s.tellExecution(out, e)
		}
		for _, f := range s.faultsNear(v) {
			fmt.Fprintf(out, "  %s  fault: %s\n", s.at(f.time), f)
		}
	}
}

// at is a time since the round's begin.
func (s *story) at(time uint64) string {
	return fmt.Sprintf("%11.3f ms", float64(int64(time-s.begin))/1e6)
}

func (s *story) tellCall(out io.Writer, k *call) {
	ch := k.channel
	fmt.Fprintf(out, "  %s  worker %d.%d (pid %d) begins call %x: %s of method %d (%s), %d bytes, key %016x, %s, on channel %d", s.at(k.begin), ch.worker.worker,
		ch.worker.generation, ch.worker.pid, k.number, k.form, k.method, s.service.nameOf(k.method), k.size, k.key, k.patience, ch.number)
	fmt.Fprintf(out, " (attached at %s", strings.TrimSpace(s.at(ch.attached)))
	if ch.closed != 0 {
		fmt.Fprintf(out, ", closed by its own side at %s", strings.TrimSpace(s.at(ch.closed)))
	}
	if ch.touched {
		fmt.Fprint(out, ", written into by the driver")
	}
	fmt.Fprintln(out, ")")
	for _, e := range k.ends {
		fmt.Fprintf(out, "  %s  ... it ends: %s", s.at(e.time), e.outcome)
		if e.code != 0 {
			fmt.Fprintf(out, " (code %d)", e.code)
		}
		fmt.Fprintln(out)
	}
	if k.note != "" {
		fmt.Fprintf(out, "  %14s  %s\n", "", k.note)
	}
}

func (s *story) tellExecution(out io.Writer, e *execution) {
	how := map[uint64]string{kindEnd: "returned", kindFailed: "threw", kindUntouched: "was not run after all", 0: "never came back"}[e.how]
	fmt.Fprintf(out, "  %s  the server with pid %d enters the handler of method %d (%s) for pid %d, key %016x; it %s", s.at(e.begin), e.server, e.method,
		s.service.nameOf(e.method), e.client, e.key, how)
	if e.end != 0 {
		fmt.Fprintf(out, " at %s", strings.TrimSpace(s.at(e.end)))
	}
	fmt.Fprintln(out)
}

func (f *fault) String() string {
	text := fmt.Sprintf("%s %s (pid %d)", f.kind, f.who, f.pid)
	if f.lasts != 0 {
		text += fmt.Sprintf(" for %v", f.lasts)
	}
	if f.count != 0 {
		text += fmt.Sprintf(", %d writes into the segment with inode %d", f.count, f.inode)
	}
	return text
}

// faultsNear lists what was done to anybody while the calls of a violation were under way, and shortly before.
func (s *story) faultsNear(v violation) []*fault {
	if len(v.calls) == 0 {
		return v.faults
	}
	from, to := v.calls[0].begin, s.end
	for _, k := range v.calls {
		from = min(from, k.begin)
		if len(k.ends) > 0 {
			to = k.ends[len(k.ends)-1].time
		}
	}
	var near []*fault
	for _, f := range s.faults {
		if f.skipped == "" && f.time != 0 && f.time+uint64(f.lasts)+uint64(500*time.Millisecond) > from && f.time < to {
			near = append(near, f)
		}
	}
	return near
}

func (p patience) String() string {
	switch p {
	case patienceNone:
		return "without a deadline"
	case patienceLong:
		return "with a long deadline"
	case patienceShort:
		return "with a short deadline"
	case patienceCancel:
		return "to be cancelled on its way"
	case patienceLost:
		return "cancelled before"
	case patienceAbandon:
		return "to be abandoned"
	}
	return "with an unknown patience"
}
