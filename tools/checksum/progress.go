package main

import (
	"fmt"
	"io"
	"os"
	"time"
)

// meter shows how far the job is: one line rewritten in place on a terminal, otherwise a line every few seconds.
type meter struct {
	out      io.Writer
	terminal bool
	total    int64
	begin    time.Time
	shown    time.Time
	stands   bool // a line that is to be written over
}

const (
	meterWidth = 79
	eraseToEnd = "\x1b[K"
)

func newMeter(out *os.File, total int64) *meter {
	info, err := out.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
	now := time.Now()
	return &meter{out: out, terminal: terminal, total: total, begin: now, shown: now}
}

func (m *meter) show(done int64, mode string) {
	now := time.Now()
	interval := 5 * time.Second
	if m.terminal {
		interval = 100 * time.Millisecond
	}
	if now.Sub(m.shown) < interval {
		return
	}
	m.shown = now
	m.write(m.line(done, mode, now.Sub(m.begin)))
}

func (m *meter) line(done int64, mode string, spent time.Duration) string {
	part := float64(done) / float64(max(m.total, done, 1))
	line := fmt.Sprintf("%3.0f %%  %s of %s, %.0f s", 100*part, size(done), size(m.total), spent.Seconds())
	if part > 0.02 {
		line += fmt.Sprintf(", about %.0f s to go", spent.Seconds()*(1-part)/part)
	}
	if mode != "" {
		line += "  " + mode
	}
	return line
}

func (m *meter) write(line string) {
	if !m.terminal {
		fmt.Fprintln(m.out, line)
		return
	}
	m.stands = true
	fmt.Fprint(m.out, "\r", line[:min(len(line), meterWidth)], eraseToEnd)
}

// end leaves a clean line behind.
func (m *meter) end() {
	if m.stands {
		fmt.Fprint(m.out, "\r", eraseToEnd)
		m.stands = false
	}
}
