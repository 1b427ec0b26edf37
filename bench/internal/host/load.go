package host

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

const tick = 10 * time.Millisecond // USER_HZ is 100 on every Linux that Go runs on

// A Load is what happened to the machine's cores during a run.
type Load struct {
	Elapsed time.Duration `json:"elapsed_ns"`
	Steal   float64       `json:"steal"`   // time the hypervisor gave to others, in cores
	Foreign float64       `json:"foreign"` // time other processes and the kernel used, in cores
}

// A Watch adds up CPU time from its start on.
type Watch struct {
	helpers           []int
	begin             time.Time
	steal, busy, ours time.Duration
}

// StartWatch counts this process and its helpers as ours.
func StartWatch(helpers []int) (*Watch, error) {
	w := &Watch{helpers: helpers, begin: time.Now()}
	var err error
	w.steal, w.busy, w.ours, err = w.account()
	return w, err
}

// Load returns what happened since the start.
func (w *Watch) Load() (Load, error) {
	steal, busy, ours, err := w.account()
	elapsed := time.Since(w.begin)
	cores := func(d time.Duration) float64 { return max(0, float64(d)/float64(elapsed)) }
	return Load{Elapsed: elapsed, Steal: cores(steal - w.steal), Foreign: cores((busy - w.busy) - (ours - w.ours))}, err
}

func (w *Watch) account() (steal, busy, ours time.Duration, err error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0, 0, err
	}
	if steal, busy, err = parseStat(string(text)); err != nil {
		return 0, 0, 0, err
	}
	program, helpers, err := CPU(w.helpers)
	if err != nil {
		return 0, 0, 0, err
	}
	return steal, busy, program + helpers, nil
}

// parseStat reads the first line of /proc/stat: user nice system idle iowait irq softirq steal ...
func parseStat(text string) (steal, busy time.Duration, err error) {
	line, _, _ := strings.Cut(text, "\n")
	columns := strings.Fields(line)
	if len(columns) < 9 || columns[0] != "cpu" {
		return 0, 0, fmt.Errorf("/proc/stat begins with %q, not with a cpu line of 8 columns", line)
	}
	var ticks [8]int64
	for i := range ticks {
		if ticks[i], err = strconv.ParseInt(columns[i+1], 10, 64); err != nil {
			return 0, 0, fmt.Errorf("/proc/stat: %w", err)
		}
	}
	return time.Duration(ticks[7]) * tick, time.Duration(ticks[0]+ticks[1]+ticks[2]+ticks[5]+ticks[6]) * tick, nil
}
