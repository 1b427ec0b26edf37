package report

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/ringcall/ringcall/bench/internal/stats"
	"github.com/ringcall/ringcall/bench/internal/turns"
)

var csvParams = []string{turns.InFlight, turns.Payload, turns.Goroutines, turns.Clients, turns.HandlerNs}

// CSV writes one line a row; times are in ns, a parameter that does not apply is empty.
func (r *Report) CSV(w io.Writer) error {
	out := csv.NewWriter(w)
	header := []string{"row", "unit", "group", "workload", "series"}
	header = append(header, csvParams...)
	header = append(header, "p10", "p50", "p99", "spread", "cpu_program", "cpu_helpers", "x_floor", "x_floor_low", "x_floor_high", "x_cgo", "x_cgo_low", "x_cgo_high",
		"windows", "left_out", "noisy")
	if err := out.Write(header); err != nil {
		return err
	}
	for i := range r.Rows {
		row := &r.Rows[i]
		s := row.Summary
		line := []string{row.Name, row.Unit, row.Group, row.Workload, row.series()}
		for _, param := range csvParams {
			value, has := row.Params[param]
			line = append(line, numberIf(has, value))
		}
		line = append(line, number(s.P10), number(s.P50), number(s.P99), number(s.Spread), number(row.Program), number(row.Helpers))
		line = append(line, ratioFields(row.Floor)...)
		line = append(line, ratioFields(row.Cgo)...)
		line = append(line, strconv.Itoa(len(row.Windows)), strconv.Itoa(len(row.LeftOut)), row.Noisy)
		if err := out.Write(line); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func ratioFields(r *stats.Ratio) []string {
	if r == nil {
		return []string{"", "", ""}
	}
	return []string{number(r.Value), number(r.Low), number(r.High)}
}

func number(v float64) string { return strconv.FormatFloat(stats.Round(v, 5), 'g', -1, 64) }

func numberIf(is bool, v float64) string {
	if !is {
		return ""
	}
	return number(v)
}
