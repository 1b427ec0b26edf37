package ringcall

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"
)

// note is what a server writes to its black box: a run that it took, and whose handler runs.
func (s *testServer) note(run blackBoxRun, running uint64, method uint16) {
	page := s.segment.box
	head := (*blackBox)(unsafe.Pointer(&s.segment.mem[page.offset]))
	at := page.offset + uint32(unsafe.Sizeof(*head)) + uint32(head.runs%blackBoxRuns)*uint32(unsafe.Sizeof(run))
	from, to := (*[8]uint64)(unsafe.Pointer(&run)), (*[8]uint64)(unsafe.Pointer(&s.segment.mem[at]))
	for i := range to {
		atomic.StoreUint64(&to[i], from[i])
	}
	atomic.StoreUint64(wordAt(unsafe.Pointer(head), 16), 1|uint64(method)<<32) // running_count, running_method
	atomic.StoreUint64(&head.runningPosition, running)
	atomic.AddUint64(&head.runs, 1)
}

func TestABlackBoxTellsOfTheRunsTakenLast(t *testing.T) {
	c, s := serve(t, defaults())
	c.channel().profile.learn(&Interface{Name: "quotes", Description: "service quotes: version 1\nquotes 7: name add, kind call\n"})
	if box, ok := c.BlackBox(); !ok || box.Runs != 0 || box.Running != nil || len(box.Last) != 0 {
		t.Errorf("of a server that took nothing it says %v, %v", box, ok)
	}
	now := s.segment.clock.Now()
	s.do(func() {
		for i := range uint64(100) {
			s.note(blackBoxRun{position: 10 * i, taken: now, count: 10, method: 7, ended: 10, failed: 1, lastStatus: statusExpired}, wantNone, 0)
		}
		s.note(blackBoxRun{position: 1000, taken: now, count: 3, method: 7, ended: 1, onWorker: 1}, 1001, 7)
	})
	box, ok := c.BlackBox()
	if !ok || box.Runs != 101 || len(box.Last) != blackBoxRuns || box.Last[0].Position != 380 || box.Last[62].Position != 1000 {
		t.Fatalf("it says %v, %v", box, ok)
	}
	if r := box.Running; r == nil || *r != (RunningCall{7, "quotes.add", 1001, 1}) {
		t.Errorf("running: %v", r)
	}
	first := box.Last[0]
	if age := time.Since(first.Taken); age < 0 || age > time.Minute {
		t.Errorf("a run taken just now was taken %v ago", age)
	}
	first.Taken = time.Time{}
	if first != (BlackBoxRun{Position: 380, Count: 10, Method: 7, Name: "quotes.add", Ended: 10, Failed: 1, Status: "expired"}) {
		t.Errorf("its oldest run is %+v", first)
	}
	text := box.String()
	for _, want := range []string{"101 runs taken; running: quotes.add at position 1001\n", "at 1000: 3 calls, the first of quotes.add; 1 ended, 1 handed to workers\n", "1 failed, the last: expired"} {
		if !strings.Contains(text, want) {
			t.Errorf("it prints\n%s\nwithout %q", text, want)
		}
	}
}

func TestALossSaysWhoseHandlerRan(t *testing.T) {
	c, s := serve(t, defaults())
	p, err := c.Post(background, methodHold, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.awaitHeld(1)
	s.do(func() { s.note(blackBoxRun{count: 1, method: methodHold}, 0, methodHold) })
	s.die()
	_, err = p.Await(background, nil)
	var gone *GoneError
	if !errors.As(err, &gone) || gone.Running == nil || gone.Running.Method != methodHold || !strings.Contains(err.Error(), "is gone while it ran method 4 at position 0; it had taken") {
		t.Errorf("it is %v", err)
	}
	if box, ok := c.BlackBox(); !ok || box.Runs != 1 || box.Running == nil {
		t.Errorf("after the loss the black box says %v, %v", box, ok)
	}
	c.Close()
	if box, ok := c.BlackBox(); !ok || box.Runs != 1 {
		t.Errorf("after Close too: %v, %v", box, ok)
	}
}

func TestABlackBoxMaySayAnything(t *testing.T) {
	c, s := serve(t, defaults())
	page := s.segment.box
	for _, fill := range []uint64{0, 1, 62, 63, 64, 1 << 63, ^uint64(0), 0xfffffffffffffffe} {
		s.do(func() {
			for i := uint32(0); i < page.size; i += 8 {
				atomic.StoreUint64(wordAt(unsafe.Pointer(&s.segment.mem[page.offset]), uint64(i)), fill)
			}
		})
		box, ok := c.BlackBox()
		if !ok || box.Runs != fill || uint64(len(box.Last)) != min(fill, blackBoxRuns) {
			t.Errorf("filled with %#x it says %v, %v", fill, box, ok)
		}
		_ = box.String()
	}
}

func TestADumpIsThereBeforeTheLossIsTold(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "dumps")
	path := filepath.Join(directory, "ringcall-0000000000000007.dump")
	ch, s := newTestServer(t, defaults(), options{dumps: directory, server: "quotes\nof mine", pid: 99})
	c := newClient(ch)
	ch.profile.learn(&Interface{Name: "quotes", Description: "quotes 4: name hold\n"})
	var pending [2]Pending
	for i := range pending {
		var err error
		if pending[i], err = c.Post(background, methodHold, nil); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			s.awaitHeld(1)
		}
	}
	s.awaitHeld(2)
	mustCall(t, c, methodEcho, 1) // the third is answered first
	s.do(func() {
		s.note(blackBoxRun{count: 1, method: methodHold}, 1, methodHold)
		atomic.StoreUint64(s.segment.taken, 1) // as if it had died with the second one before it
	})
	s.die()
	<-c.Done()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, box, _ := bytes.Cut(content, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	for _, want := range []string{
		"server: quotes of mine", "epoch: 0000000000000007", "pid: 99", fmt.Sprint("client: ", os.Getpid()), "cause: the connection ended",
		"taken: 1", "reaped: 1", "posted: 3", "method: 4 quotes.hold", "call: 0 4 may-have-run", "call: 1 4 never-started", "black-box: 4096",
	} {
		found := false
		for _, line := range lines {
			found = found || line == want
		}
		if !found {
			t.Errorf("there is no line %q in\n%s", want, head)
		}
	}
	if lines[0] != "ringcall-dump: 1" || len(box) != pageSize || (*blackBox)(unsafe.Pointer(&box[0])).runs != 1 {
		t.Errorf("it begins with %q and ends with %d bytes", lines[0], len(box))
	}
	if entries, _ := os.ReadDir(directory); len(entries) != 1 {
		t.Errorf("there are %d files, expected one", len(entries))
	}
	for _, p := range pending {
		if _, err := p.Await(background, nil); !errors.Is(err, ErrServerGone) {
			t.Errorf("a call returned %v", err)
		}
	}
	s.end(c)
}

// The lock is free while the dump is written: all that goes on meanwhile comes to its end.
func TestWhileADumpIsWrittenCallsAndCloseGoOn(t *testing.T) {
	for round := range 20 {
		directory := t.TempDir()
		ch, s := newTestServer(t, defaults(), options{dumps: directory})
		c := newClient(ch)
		var group sync.WaitGroup
		each := func(f func() error) {
			group.Add(1)
			go func() {
				defer group.Done()
				for {
					if err := f(); err != nil {
						if !errors.Is(err, ErrServerGone) && !errors.Is(err, ErrClosed) {
							t.Error(err)
						}
						return
					}
				}
			}()
		}
		for range 2 {
			each(func() error { _, err := c.Call(background, methodEcho, payload(8), nil); return err })
			each(func() error { _, err := c.Call(background, methodEcho, payload(3000), nil); return err }) // waits for room, too
			each(func() error { _ = c.Stats(); return c.Err() })
		}
		for range 10 {
			each(func() error {
				p, err := c.Post(background, methodHold, nil)
				if err != nil {
					return err
				}
				_, err = p.Await(background, nil)
				return err
			})
		}
		s.awaitHeld(10)
		s.die()
		if round%2 == 0 {
			group.Add(1)
			go func() { defer group.Done(); c.Close() }()
		}
		group.Wait()
		s.end(c)
		if entries, _ := os.ReadDir(directory); len(entries) != 1 && round%2 != 0 {
			t.Errorf("there are %d files, expected one", len(entries))
		}
	}
}

func TestAServerThatLeavesOnPurposeLeavesNoDump(t *testing.T) {
	directory := t.TempDir()
	ch, s := newTestServer(t, defaults(), options{dumps: directory})
	c := newClient(ch)
	s.do(func() { atomic.StoreUint32(&s.segment.server.state, stateClosed) })
	s.die()
	<-c.Done()
	if entries, _ := os.ReadDir(directory); len(entries) != 0 {
		t.Errorf("there are %d files, expected none", len(entries))
	}
	s.end(c)
}
