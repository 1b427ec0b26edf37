package ringcall

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// Against ringcall-test-server. The rate is written where the server writes it, which the client has mapped too.

const (
	serverAdd   = 1
	serverSleep = 5  // on a worker
	serverBlock = 10 // sleeps on the loop
)

func startSampled(t *testing.T, every uint32) (*Client, *exec.Cmd) {
	t.Helper()
	path := os.Getenv("RINGCALL_TEST_SERVER")
	if path == "" {
		t.Skip("RINGCALL_TEST_SERVER does not name the ringcall-test-server to test against")
	}
	cmd := exec.Command(path)
	c, err := Start(context.Background(), cmd, WithSpin(200*time.Microsecond))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	s := c.channel().segment
	if s.times == nil {
		t.Fatalf("the client does not trust the server's clock: %v", s.clockError)
	}
	if _, err := c.Call(background, serverAdd, make([]byte, 8), nil); err != nil { // behind which the server has written it for the last time
		t.Fatal(err)
	}
	atomic.StoreUint32(s.sampleEvery, every)
	return c, cmd
}

func mustSleep(t *testing.T, c *Client, method uint16, long time.Duration, n int) {
	t.Helper()
	for range n {
		if _, err := c.Call(background, method, binary.LittleEndian.AppendUint64(nil, uint64(long)), nil); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAServersHandlerIsSeenInItsStage(t *testing.T) {
	const long = 20 * time.Millisecond // half of it is what a busy machine lets a call wait for a core, with luck
	for name, method := range map[string]uint16{"on the loop": serverBlock, "on a worker": serverSleep} {
		t.Run(name, func(t *testing.T) {
			c, _ := startSampled(t, 1)
			mustSleep(t, c, method, 0, 21)
			before := methodStats(c, method)
			mustSleep(t, c, method, long, 21)
			after := methodStats(c, method)
			isSane(t, after)
			slow := after.Handler.Since(before.Handler)
			if slow.Count() != 21 || slow.Percentile(1) < long-long/16 {
				t.Errorf("handlers of %v took %v", long, slow)
			}
			if quick := before.Handler.Percentile(50); quick > long/2 {
				t.Errorf("handlers that do not sleep took %v", before.Handler)
			}
			if queue := after.Queue.Since(before.Queue).Percentile(50); queue > long/2 {
				t.Errorf("handlers of %v have the queue take %v", long, queue)
			}
		})
	}
}

func TestAServerThatIsStoppedIsSeenAsQueueing(t *testing.T) {
	const stop = 50 * time.Millisecond
	c, cmd := startSampled(t, 1)
	request := binary.LittleEndian.AppendUint64(nil, 7)
	if _, err := c.Call(background, serverAdd, request, nil); err != nil {
		t.Fatal(err)
	}
	cmd.Process.Signal(syscall.SIGSTOP)
	eventually(t, "all of the server's threads have stopped", func() bool { return isStopped(t, cmd.Process.Pid) })
	p, err := c.Post(background, serverAdd, request)
	time.Sleep(stop)
	cmd.Process.Signal(syscall.SIGCONT)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Await(background, nil); err != nil {
		t.Fatal(err)
	}
	m := methodStats(c, serverAdd)
	isSane(t, m)
	if m.Queue.Max() < stop {
		t.Errorf("the server was stopped for %v: %v", stop, m)
	}
}

func isStopped(t *testing.T, pid int) bool {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	if err != nil || len(tasks) == 0 {
		t.Fatal("the server has no threads", err)
	}
	for _, task := range tasks {
		if stat, err := os.ReadFile(task); err == nil && !bytes.Contains(stat, []byte(") T ")) {
			return false
		}
	}
	return true
}

func TestBothSidesStampOnOneClock(t *testing.T) {
	c, _ := startSampled(t, 1)
	s := c.channel().segment
	for range 1000 {
		before := s.clock.Now()
		if _, err := c.Call(background, serverAdd, make([]byte, 8), nil); err != nil {
			t.Fatal(err)
		}
		after := s.clock.Now()
		for id := range s.slots.count() {
			entry := s.timesOf(uint16(id))
			if entry.posted < before {
				continue // of an earlier call
			}
			// The processor may read its counter some instructions early or late: a microsecond is far more than that, and far less than a calibration's error.
			slack := uint64(1000<<32) / s.clock.Scale()
			taken, answered := atomic.LoadUint64(&entry.taken), atomic.LoadUint64(&entry.answered)
			if taken+slack < entry.posted || answered < taken || answered > after+slack {
				t.Fatalf("posted %d, taken %d, answered %d, the call returned at %d", entry.posted, taken, answered, after)
			}
		}
	}
}
