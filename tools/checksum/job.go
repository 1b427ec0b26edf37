package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"
)

// tally is what one mode did for one kind.
type tally struct {
	files int
	bytes int64
	calls int64
	spent time.Duration
}

func (t *tally) add(spans []span, spent time.Duration) {
	for _, s := range spans {
		t.bytes += int64(s.size)
	}
	t.calls += int64(len(spans))
	t.spent += spent
}

// job runs every mode over a tree, chunk by chunk. Only mode.run is timed, for all modes alike: from the spans of a chunk that was read and
// tokenised before to a slice with all its answers, so copying into and out of shared memory counts. Reading, tokenising and checking do
// not. The modes take turns on each chunk, a different one first each time, so that a machine that slows down slows all of them.
type job struct {
	tree     tree
	modes    []mode
	budget   time.Duration // for each kind, of a mode that is limited
	progress func(done int64, now string)

	total   [kinds]tally   // of what is done
	tallies [][kinds]tally // by mode
	warm    [][kinds]tally // the first few, apart from tallies: to start every mode up and to estimate what limited ones can do

	want, got []uint64
}

// mismatch is a wrong answer.
type mismatch struct {
	mode, path string
	kind       kind
	offset     int64
	size       uint32
	got, want  uint64
}

func (m *mismatch) Error() string {
	return fmt.Sprintf("wrong answer: %s, offset %d: %s of %d bytes, %s: got %#x, Go says %#x", m.path, m.offset, m.kind, m.size, m.mode, m.got, m.want)
}

const warmCount = 512

// run does the whole tree, or stops at the first error: a *mismatch, a file that cannot be read, a call that failed, ctx.
func (j *job) run(ctx context.Context) error {
	files := reader{tree: j.tree}
	defer files.close()
	j.tallies = make([][kinds]tally, len(j.modes))
	j.warm = make([][kinds]tally, len(j.modes))
	var done int64
	for turn := 0; ; turn++ {
		c, err := files.read()
		if err != nil || c == nil {
			return err
		}
		for k, spans := range [kinds][]span{c.words, c.blocks} {
			j.total[k].add(spans, 0)
			j.total[k].files += c.files
			if err := j.work(ctx, c, kind(k), spans, turn, done); err != nil {
				return err
			}
		}
		done += c.bytes
		j.progress(done, "")
	}
}

func (j *job) work(ctx context.Context, c *chunk, kind kind, spans []span, turn int, done int64) error {
	if len(spans) == 0 {
		for at := range j.tallies {
			j.tallies[at][kind].files += c.files
		}
		return nil
	}
	j.want, j.got = sized(j.want, len(spans)), sized(j.got, len(spans))
	if err := reference(ctx, kind, c.data, spans, j.want); err != nil {
		return err
	}
	for i := range j.modes {
		at := (i + turn) % len(j.modes)
		j.progress(done, j.modes[at].name)
		if j.warm[at][kind].calls == 0 {
			if err := j.measure(ctx, c, kind, at, spans[:min(len(spans), warmCount)], &j.warm[at][kind]); err != nil {
				return err
			}
		}
		part := spans[:j.within(at, kind, len(spans), done+c.bytes)]
		if len(part) == 0 {
			continue // nothing left of its budget
		}
		if err := j.measure(ctx, c, kind, at, part, &j.tallies[at][kind]); err != nil {
			return err
		}
		j.tallies[at][kind].files += c.filesWith(spans, len(part))
	}
	return ctx.Err()
}

func (j *job) measure(ctx context.Context, c *chunk, kind kind, at int, spans []span, into *tally) error {
	got, m := j.got[:len(spans)], j.modes[at]
	for i := range got {
		got[i] = ^j.want[i]
	}
	begin := time.Now()
	err := m.run(ctx, kind, c.data, spans, got)
	spent := time.Since(begin)
	if err != nil {
		return fmt.Errorf("%s, in or after %s: %w", m.name, filepath.Join(j.tree.root, c.pieces[0].path), err)
	}
	into.add(spans, spent)
	for i, s := range spans {
		if got[i] != j.want[i] {
			path, offset := c.where(s.offset)
			return &mismatch{m.name, filepath.Join(j.tree.root, path), kind, offset, s.size, got[i], j.want[i]}
		}
	}
	return nil
}

// within is how many of count calls a mode may do: all, or if it is limited what it can be expected to finish within its share of the
// budget, by the part of the tree that is done once this chunk is.
func (j *job) within(at int, kind kind, count int, done int64) int {
	if !j.modes[at].limited {
		return count
	}
	allowed := float64(j.budget) * float64(done) / float64(max(j.tree.bytes, done))
	spent, known := j.tallies[at][kind], j.warm[at][kind]
	left := allowed - float64(spent.spent)
	each := float64(spent.spent+known.spent) / float64(spent.calls+known.calls)
	return max(0, min(count, int(left/max(each, 1))))
}

func sized(s []uint64, n int) []uint64 {
	if cap(s) < n {
		return make([]uint64, n+n/4)[:n]
	}
	return s[:n]
}
