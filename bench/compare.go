package main

import (
	"errors"
	"os"

	"github.com/ringcall/ringcall/bench/internal/report"
)

// compareRuns compares the two saved runs that stand where filters otherwise do.
func compareRuns(s settings) (code int, err error) {
	before, err := report.Load(s.filters[0])
	if err != nil {
		return exitUsage, err
	}
	after, err := report.Load(s.filters[1])
	if err != nil {
		return exitUsage, err
	}
	comparison, err := report.Compare(&before, &after)
	if err != nil {
		return exitUsage, err
	}
	if err := writeComparison(comparison, s.json); err != nil {
		return exitUsage, err
	}
	switch {
	case comparison.Counts[report.Regressed] > 0:
		return exitNotReached, nil
	case !comparison.Judged():
		return exitUsage, errors.New("no row could be judged: all are too noisy in one of the runs")
	default:
		return exitDone, nil
	}
}

func writeComparison(c report.Comparison, path string) error {
	if path == "-" {
		return c.JSON(os.Stdout)
	}
	if path != "" {
		file, err := os.Create(path)
		if err != nil {
			return err
		}
		if err := errors.Join(c.JSON(file), file.Close()); err != nil {
			return err
		}
	}
	return c.Text(os.Stdout)
}
