package trial

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"
)

// How often the leak tests make each call, unless RINGCALL_LEAK_CALLS has another count.
const callsDefault = 1_000_000

// The least count for which growth tells a leak from noise: a fifth of it, which is what refused calls get, times malloc's smallest piece, 32 bytes, is 3 MB.
const callsMin = 500_000

// What memory may grow by after the warm-up. RssAnon is VmRSS without files and without the shared segment, whose size is fixed, and whose pages count
// once they were touched. The Go runtime's own share, of stacks and spans it keeps, is less steady than a C++ heap.
const (
	serverSlack = 2 << 20  // RssAnon, VmData
	heapSlack   = 1 << 20  // the client's live heap
	clientSlack = 12 << 20 // the client's RssAnon. VmData says nothing of a Go program, which maps its heap in pieces of 64 MB
)

// Calls is how often each call is to be made.
func Calls(t testing.TB) int {
	t.Helper()
	text := os.Getenv("RINGCALL_LEAK_CALLS")
	if text == "" {
		return callsDefault
	}
	calls, err := strconv.Atoi(text)
	if err != nil || calls < callsMin {
		t.Fatalf("RINGCALL_LEAK_CALLS is %q, expected a number from %d on: with less a leak could not be told from noise", text, callsMin)
	}
	return calls
}

// Refusals is how often each call is to be refused: an exception takes microseconds.
func Refusals(t testing.TB) int { return Calls(t) / 5 }

// Flat fails if the memory of this process or of the server grows while work makes a number of calls. A tenth as many go before, unwatched: buffers
// grow to their job, threads get their heaps.
func Flat(t *testing.T, server int, calls int, work func(t *testing.T, calls int)) {
	t.Helper()
	if problems := Grown(t, server, calls, work); len(problems) > 0 {
		t.Errorf("after %d calls: %q", calls, problems)
	}
}

// Grown is Flat for a test that expects growth: it returns what grew.
func Grown(t *testing.T, server, calls int, work func(t *testing.T, calls int)) (problems []string) {
	t.Helper()
	work(t, calls/10)
	before := measure(t, server)
	work(t, calls)
	after := measure(t, server)
	for i, m := range after {
		if m.bytes > before[i].bytes+m.slack {
			problems = append(problems, fmt.Sprintf("%s grew from %d to %d KiB, by more than %d", m.name, before[i].bytes>>10, m.bytes>>10, m.slack>>10))
		}
	}
	return problems
}

type measurement struct {
	name         string
	bytes, slack int
}

func measure(t *testing.T, server int) []measurement {
	t.Helper()
	runtime.GC() // what finalizers and pools hold goes with the second
	debug.FreeOSMemory()
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	return []measurement{
		{"the server's RssAnon", status(t, server, "RssAnon"), serverSlack},
		{"the server's VmData", status(t, server, "VmData"), serverSlack},
		{"the client's RssAnon", status(t, os.Getpid(), "RssAnon"), clientSlack},
		{"the client's heap", int(heap.HeapAlloc), heapSlack},
	}
}

// status is a line of /proc/PID/status, in bytes.
func status(t *testing.T, pid int, name string) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatalf("the process is gone: %v", err)
	}
	for _, line := range bytes.Split(text, []byte{'\n'}) {
		fields := bytes.Fields(line)
		if len(fields) == 3 && string(fields[0]) == name+":" {
			kib, err := strconv.Atoi(string(fields[1]))
			if err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	t.Fatalf("/proc/%d/status has no %s", pid, name)
	return 0
}

// InFlight makes calls that are posted first and awaited later, up to 256 at once.
func InFlight[P any](t *testing.T, calls int, post func(ctx context.Context, i int) (P, error), await func(ctx context.Context, i int, p P) error) {
	t.Helper()
	const width = 256
	ctx := context.Background()
	var pending [width]P
	for i := range calls + width {
		if i >= width {
			if err := await(ctx, i-width, pending[i%width]); err != nil {
				t.Fatalf("call %d: %v", i-width, err)
			}
		}
		if i < calls {
			p, err := post(ctx, i)
			if err != nil {
				t.Fatalf("call %d: %v", i, err)
			}
			pending[i%width] = p
		}
	}
}
