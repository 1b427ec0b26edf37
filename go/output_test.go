package ringcall

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestSplitLines(t *testing.T) {
	long := strings.Repeat("x", lineSizeMax)
	for _, test := range []struct {
		name, input string
		want        []string
	}{
		{"lines lose their ends", "one\ntwo\n\nfour\n", []string{"one", "two", "", "four"}},
		{"a last line needs no end", "one\ntwo", []string{"one", "two"}},
		{"nothing is no line", "", nil},
		{"a line as long as may be is whole", long[1:] + "\nnext\n", []string{long[1:], "next"}},
		{"a line that fills the buffer leaves no empty one", long + "\nnext\n", []string{long, "next"}},
		{"a longer line comes in parts", long + long + "y\nnext", []string{long, long, "y", "next"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			splitLines(strings.NewReader(test.input), func(line string) { got = append(got, line) })
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %d lines, expected %d", len(got), len(test.want))
			}
		})
	}
}

func TestOutput(t *testing.T) {
	t.Run("every line of both streams arrives in order", func(t *testing.T) {
		got := map[string][]string{}
		o := newOutput(func(stream, line string) { got[stream] = append(got[stream], line) })
		want := map[string][]string{}
		keepsDescriptors(t, func() {
			for _, stream := range []string{streamStdout, streamStderr} {
				theirs, err := o.open(stream)
				if err != nil {
					t.Fatal(err)
				}
				go func() {
					for i := range 1000 {
						fmt.Fprintf(theirs, "%s %d\n", stream, i)
					}
					theirs.Close()
				}()
				for i := range 1000 {
					want[stream] = append(want[stream], fmt.Sprintf("%s %d", stream, i))
				}
			}
			o.start()
			if !o.finish(10 * time.Second) {
				t.Fatal("the output was not drained")
			}
		})
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got %d and %d lines, expected 1000 of each in order", len(got[streamStdout]), len(got[streamStderr]))
		}
	})

	t.Run("a blocked sink blocks nobody and learns what it missed", func(t *testing.T) {
		const count, size = 200, 32 << 10 // 6.4 MB, six times what is kept
		blocked := make(chan struct{})
		var got []string
		o := newOutput(func(stream, line string) {
			<-blocked
			got = append(got, line)
		})
		theirs, err := o.open(streamStdout)
		if err != nil {
			t.Fatal(err)
		}
		o.start()
		filler := strings.Repeat("z", size)
		written := make(chan struct{})
		go func() {
			for i := range count {
				fmt.Fprintf(theirs, "%d %s\n", i, filler)
			}
			theirs.Close()
			close(written)
		}()
		if !waitFor(written, 10*time.Second) {
			t.Fatal("the writer was blocked by the sink")
		}
		eventually(t, "all was read", func() bool {
			o.mu.Lock()
			defer o.mu.Unlock()
			return o.reading == 0
		})
		if o.finish(10 * time.Millisecond) {
			t.Error("the output claims to be drained while the sink is blocked")
		}
		close(blocked)
		if !o.finish(10 * time.Second) {
			t.Fatal("the output was not drained")
		}
		checkKept(t, got, count)
	})
}

// checkKept checks that each of count numbered lines came in its turn, or is counted by a note that stands in its place. A note that was in
// the sink's hands when more were dropped has another behind it.
func checkKept(t *testing.T, got []string, count int) {
	t.Helper()
	next, notes := 0, 0
	for _, line := range got {
		var dropped int
		if _, err := fmt.Sscanf(line, "ringcall: %d lines dropped", &dropped); err == nil {
			next += dropped
			notes++
			continue
		}
		if want := fmt.Sprintf("%d ", next); !strings.HasPrefix(line, want) {
			t.Fatalf("%.40q came where %q was expected", line, want)
		}
		next++
	}
	if next != count || notes == 0 {
		t.Errorf("lines and %d notes account for %d lines of %d", notes, next, count)
	}
}

func TestOutputKeepsTheLastLinesOfStderr(t *testing.T) {
	o := newOutput(func(string, string) {})
	for i := range 2 * tailCount {
		o.put(streamStdout, "out")
		o.put(streamStderr, fmt.Sprint(i))
	}
	got := o.lastLines()
	if len(got) != tailCount || got[0] != fmt.Sprint(tailCount) || got[tailCount-1] != fmt.Sprint(2*tailCount-1) {
		t.Errorf("kept %q", got)
	}
}

func TestOutputIsBoundedForEmptyLinesToo(t *testing.T) {
	o := newOutput(func(string, string) {})
	for range 10 * outputSizeMax / lineOverhead {
		o.put(streamStdout, "")
	}
	if len(o.queue) > outputSizeMax/lineOverhead {
		t.Errorf("%d lines are queued", len(o.queue))
	}
}
