package host

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const settleLimit = time.Second

// A Settler waits until helper processes are asleep.
type Settler struct{ stats []*os.File }

// NewSettler watches the threads that the processes have now.
func NewSettler(processes []int) (*Settler, error) {
	s := &Settler{}
	for _, process := range processes {
		paths, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", process))
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			stat, err := os.Open(path)
			if err != nil {
				s.Close()
				return nil, err
			}
			s.stats = append(s.stats, stat)
		}
	}
	return s, nil
}

// Settle returns once each thread was seen asleep, after at most a second otherwise, with an error that names the thread.
func (s *Settler) Settle() error {
	deadline := time.Now().Add(settleLimit)
	for _, stat := range s.stats {
		for {
			asleep, err := sleeps(stat)
			if err != nil {
				return err
			}
			if asleep {
				break
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("%s: still running %v after its last request", stat.Name(), settleLimit)
			}
			time.Sleep(50 * time.Microsecond)
		}
	}
	return nil
}

// Close releases what NewSettler opened.
func (s *Settler) Close() {
	for _, stat := range s.stats {
		stat.Close()
	}
}

func sleeps(stat *os.File) (bool, error) {
	var text [512]byte
	n, err := stat.ReadAt(text[:], 0)
	if n == 0 {
		return false, fmt.Errorf("%s: %w", stat.Name(), err)
	}
	end := bytes.LastIndexByte(text[:n], ')')
	return end >= 0 && end+2 < n && text[end+2] == 'S', nil
}
