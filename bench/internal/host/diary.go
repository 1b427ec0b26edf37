package host

import "time"

// A Diary notes what others did to the machine, stretch by stretch of a run, so that the windows of a bad moment can be told from the rest.
type Diary struct {
	helpers []int
	length  time.Duration
	watch   *Watch
	closed  []Load
}

// StartDiary begins the first stretch. The kernel counts in steps of 10 ms: a length of less than half a second says little.
func StartDiary(helpers []int, length time.Duration) (*Diary, error) {
	watch, err := StartWatch(helpers)
	return &Diary{helpers: helpers, length: length, watch: watch}, err
}

// Stretch returns the number of the stretch that now is in; it begins a new one when the last has had its length.
func (d *Diary) Stretch() (int, error) {
	if time.Since(d.watch.begin) >= d.length {
		if err := d.end(); err != nil {
			return 0, err
		}
		var err error
		if d.watch, err = StartWatch(d.helpers); err != nil {
			return 0, err
		}
	}
	return len(d.closed), nil
}

// Close returns all stretches. A last one of less than half a length is part of the one before it.
func (d *Diary) Close() ([]Load, error) {
	if err := d.end(); err != nil {
		return nil, err
	}
	last := len(d.closed) - 1
	if last > 0 && d.closed[last].Elapsed < d.length/2 {
		d.closed = append(d.closed[:last-1], Together(d.closed[last-1:]))
	}
	return d.closed, nil
}

func (d *Diary) end() error {
	load, err := d.watch.Load()
	d.closed = append(d.closed, load)
	return err
}

// Together is the load of several stretches taken as one.
func Together(stretches []Load) Load {
	var sum Load
	for _, s := range stretches {
		sum.Elapsed += s.Elapsed
		sum.Steal += s.Steal * float64(s.Elapsed)
		sum.Foreign += s.Foreign * float64(s.Elapsed)
	}
	if sum.Elapsed > 0 {
		sum.Steal /= float64(sum.Elapsed)
		sum.Foreign /= float64(sum.Elapsed)
	}
	return sum
}
