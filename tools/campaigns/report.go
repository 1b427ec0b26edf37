package campaigns

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
)

// report is what a campaign comes to.
type report struct {
	Seed       uint64                    `json:"seed"`
	Rounds     int                       `json:"rounds"`
	Seconds    float64                   `json:"seconds"`
	Calls      int                       `json:"calls"`
	Executions int                       `json:"executions"`
	Forms      map[string]map[string]int `json:"calls_by_form"` // and outcome
	Faults     map[string]int            `json:"faults"`
	Skipped    int                       `json:"faults_skipped"`
	Writes     int                       `json:"writes_into_segments"`
	Deaths     int                       `json:"deaths_in_handlers"`
	Unchecked  int                       `json:"calls_on_segments_written_into"`
	Unended    int                       `json:"calls_of_killed_clients"`
	Channels   int                       `json:"channels"`
	Violations int                       `json:"violations"`
	Failing    []failing                 `json:"failing,omitempty"`

	begin time.Time
}

// failing is a round with violations.
type failing struct {
	Seed   uint64   `json:"seed"`
	Rules  []string `json:"rules"`
	Kept   string   `json:"kept"`
	Replay string   `json:"replay"`
}

func newReport(seed uint64) *report {
	return &report{Seed: seed, Forms: map[string]map[string]int{}, Faults: map[string]int{}, begin: time.Now()}
}

// add counts a round.
func (r *report) add(s *story) {
	r.Rounds++
	r.Seconds = time.Since(r.begin).Seconds()
	for _, w := range s.clients {
		r.Channels += len(w.channels)
		for _, k := range w.calls {
			r.addCall(k)
		}
	}
	for _, f := range s.faults {
		if f.skipped != "" {
			r.Skipped++
			continue
		}
		where := " a server"
		if !f.who.server {
			where = " a client"
		}
		r.Faults[f.kind.String()+where]++
		r.Writes += f.count
	}
	for _, e := range s.executions {
		if e.ran() {
			r.Executions++
		}
		if m := s.service.method(e.method); m != nil && m.Deadly && e.how == 0 {
			r.Deaths++
		}
	}
}

func (r *report) addCall(k *call) {
	r.Calls++
	of := r.Forms[k.form.String()]
	if of == nil {
		of = map[string]int{}
		r.Forms[k.form.String()] = of
	}
	if k.channel.touched {
		r.Unchecked++
	}
	if len(k.ends) == 0 {
		r.Unended++
		of["none"]++
		return
	}
	o := k.ends[0].outcome
	if o != o.plain() {
		of["never started"]++
		return
	}
	of[o.String()]++
}

func (r *report) writeJSON(out io.Writer) {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.Encode(r)
}

// columns are the outcomes of the table, and what it calls them.
var columns = []struct{ key, title string }{
	{"right", "right"}, {"failed", "failed"}, {"deadline", "deadline"}, {"cancelled", "cancelled"}, {"gone", "gone"}, {"never started", "unstarted"}, {"closed", "closed"},
	{"corrupt", "corrupt"}, {"refused", "refused"}, {"", "other"},
}

func (r *report) write(out io.Writer) {
	fmt.Fprintf(out, "%-11s%10s", "calls by", "calls")
	for _, c := range columns {
		fmt.Fprintf(out, "%10s", c.title)
	}
	fmt.Fprintln(out)
	total := map[string]int{}
	for f := range forms {
		of := r.Forms[f.String()]
		for key, n := range of {
			total[key] += n
		}
		writeRow(out, f.String(), of)
	}
	writeRow(out, "all", total)
	var faults []string
	sum := 0
	for k := range faultKinds {
		for _, where := range []string{" a server", " a client"} {
			if n := r.Faults[k.String()+where]; n != 0 {
				faults = append(faults, fmt.Sprintf("%s%s %s", k, where, grouped(n)))
				sum += n
			}
		}
	}
	fmt.Fprintf(out, "%s faults: %s; in handlers: die %s. %s writes into segments; %s calls on these, of which only the end is checked. %s calls of clients that were killed.\n",
		grouped(sum+r.Deaths), strings.Join(faults, ", "), grouped(r.Deaths), grouped(r.Writes), grouped(r.Unchecked), grouped(r.Unended))
	fmt.Fprintf(out, "%s rounds in %.1f s, %s channels, %s executions, %s violations.\n", grouped(r.Rounds), r.Seconds, grouped(r.Channels), grouped(r.Executions),
		grouped(r.Violations))
}

func writeRow(out io.Writer, name string, of map[string]int) {
	sum, known := 0, 0
	for _, n := range of {
		sum += n
	}
	fmt.Fprintf(out, "%-11s%10s", name, grouped(sum))
	for _, c := range columns {
		n := of[c.key]
		known += n
		if c.key == "" {
			n = sum - known
		}
		fmt.Fprintf(out, "%10s", grouped(n))
	}
	fmt.Fprintln(out)
}

// grouped is a number with commas.
func grouped(n int) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
