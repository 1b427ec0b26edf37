package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"
)

// row is one line of the report.
type row struct {
	Mode      string  `json:"mode"`
	Files     int     `json:"files"`
	Bytes     int64   `json:"bytes"`
	Calls     int64   `json:"calls"`
	NsPerCall float64 `json:"ns_per_call"`
	GBPerSec  float64 `json:"gb_per_s"`
	VersusCgo float64 `json:"ratio_to_cgo,omitempty"` // of the times per call
	Covered   float64 `json:"covered"`                // part of the tree's calls
}

type section struct {
	Kind  string `json:"kind"` // word or block
	Files int    `json:"files"`
	Bytes int64  `json:"bytes"`
	Calls int64  `json:"calls"`
	Rows  []row  `json:"modes"`
}

type report struct {
	Root     string    `json:"root"`
	Complete bool      `json:"complete"`
	Seconds  float64   `json:"seconds"`
	Checked  int64     `json:"answers_checked"`
	Sections []section `json:"sections"`
	Error    string    `json:"error,omitempty"`
	Busy     string    `json:"busy,omitempty"` // what kept the processors from it
}

func (j *job) report(spent time.Duration, failure error) report {
	r := report{Root: j.tree.root, Complete: failure == nil, Seconds: spent.Seconds()}
	if failure != nil {
		r.Error = failure.Error()
	}
	for k := range kinds {
		total := j.total[k]
		s := section{Kind: k.String(), Files: total.files, Bytes: total.bytes, Calls: total.calls}
		cgo := 0.0
		for i, m := range j.modes {
			if m.name == cgoEach && len(j.tallies) > i {
				cgo = j.tallies[i][k].nsPerCall()
			}
		}
		for i := range j.tallies {
			t := j.tallies[i][k]
			r.Checked += t.calls + j.warm[i][k].calls
			if t.calls == 0 {
				continue
			}
			one := row{Mode: j.modes[i].name, Files: t.files, Bytes: t.bytes, Calls: t.calls, NsPerCall: t.nsPerCall(),
				GBPerSec: float64(t.bytes) / float64(t.spent), Covered: float64(t.calls) / float64(total.calls)}
			if cgo > 0 {
				one.VersusCgo = one.NsPerCall / cgo
			}
			s.Rows = append(s.Rows, one)
		}
		r.Sections = append(r.Sections, s)
	}
	return r
}

func (t tally) nsPerCall() float64 { return float64(t.spent.Nanoseconds()) / float64(max(t.calls, 1)) }

func (r report) writeJSON(to io.Writer) error {
	encoder := json.NewEncoder(to)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

var titles = [kinds]string{"hash of every word", "CRC-32C of 4 KiB blocks"}

const explanation = `
Timed, alike in every mode: from a list of the words or blocks of 2 MiB of
files, read before, to a slice that holds all their answers. The modes take
turns on each 2 MiB. "of cgo": time per call beside that of cgo, call by call.
`

// writeTable keeps to 80 columns, and says of each mode that did not do everything how much it did.
func (r report) writeTable(to io.Writer) {
	for k, s := range r.Sections {
		fmt.Fprintf(to, "\n%-23s %7s %9s %11s %8s %8s %8s\n", titles[k], "files", "bytes", "calls", "ns/call", "GB/s", "of cgo")
		for _, one := range s.Rows {
			ratio := "-"
			if one.VersusCgo > 0 {
				ratio = fmt.Sprintf("%.2fx", one.VersusCgo)
			}
			fmt.Fprintf(to, "%-23s %7s %9s %11s %8.1f %8.3f %8s\n", one.Mode, count(int64(one.Files)), size(one.Bytes), count(one.Calls), one.NsPerCall, one.GBPerSec, ratio)
		}
	}
	fmt.Fprint(to, explanation)
	for _, s := range r.Sections {
		for _, one := range s.Rows {
			if one.Covered < 1 {
				fmt.Fprintf(to, "%s did %.1f %% of the %ss, within its time limit.\n", one.Mode, 100*one.Covered, s.Kind)
			}
		}
	}
}

// count writes 1234567 as 1,234,567.
func count(n int64) string {
	text := strconv.FormatInt(n, 10)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// size writes a number of bytes with three digits or so.
func size(n int64) string {
	for _, unit := range []struct {
		name  string
		bytes float64
	}{{"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}} {
		if float64(n) >= unit.bytes {
			return fmt.Sprintf("%.1f %s", float64(n)/unit.bytes, unit.name)
		}
	}
	return fmt.Sprintf("%d B", n)
}
