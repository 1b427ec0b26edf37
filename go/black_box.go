package ringcall

import (
	"fmt"
	"math"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"
)

// BlackBox is what a server notes of the runs that it takes, as it was when it was asked for, or when the server died. A record of a run is a call, a batch
// is one. All of it is the server's word.
type BlackBox struct {
	Runs    uint64        // taken so far
	Running *RunningCall  // whose handler ran; nil: none did, or on a worker
	Last    []BlackBoxRun // the last runs taken, up to 63, the oldest first
}

// RunningCall is a call whose handler ran.
type RunningCall struct {
	Method   uint16
	Name     string // as "quotes.add", or "method 7"
	Position uint64 // of the request
	Count    int    // so many requests to the method, from that position on, may have begun
}

// BlackBoxRun is a run that a server took.
type BlackBoxRun struct {
	Position uint64    // of its first record
	Taken    time.Time // about; zero if the clock is not known
	Count    int       // records
	Method   uint16    // of the first
	Name     string
	Ended    int    // handlers that returned, or refusals
	Failed   int    // of these, answered with anything but an answer
	OnWorker int    // handed to workers; their ends are not noted
	Status   string // of the last that failed
}

// BlackBox returns what the server notes of the runs it takes; of a server that died what it noted last, also after
// Close. It is false if the server keeps no black box, and once Close has unmapped that of a server that had not died. With restart it is of the last server that there was.
func (c *Client) BlackBox() (BlackBox, bool) {
	ch := c.channel()
	ch.mu.Lock()
	page := ch.boxed
	if page == nil && !ch.unmapped {
		page = ch.readBox()
	}
	ch.mu.Unlock()
	if page == nil {
		return BlackBox{}, false
	}
	return ch.decodeBox(page), true
}

// boxMost is how much of a black box is looked at.
const boxMost = 64 << 10

// readBox copies the black box; nil if there is none. The server may be writing to it. The segment is mapped.
func (c *channel) readBox() []uint64 {
	box := c.segment.box
	if box.size == 0 {
		return nil
	}
	page := make([]uint64, min(box.size, boxMost)/8)
	from := unsafe.Pointer(unsafe.SliceData(c.segment.bytes(box.offset, box.size)))
	for i := range page {
		page[i] = atomic.LoadUint64(wordAt(from, uint64(i)*8))
	}
	return page
}

func (c *channel) decodeBox(page []uint64) BlackBox {
	head := (*blackBox)(unsafe.Pointer(&page[0]))
	box := BlackBox{Runs: head.runs, Running: c.runningOf(page)}
	entries := uint64(min(len(page)*8/int(unsafe.Sizeof(blackBoxRun{}))-1, blackBoxRuns))
	if entries == 0 {
		return box
	}
	for n := head.runs - min(head.runs, entries); n != head.runs; n++ {
		at := uint64(unsafe.Sizeof(*head)) + n%blackBoxRuns*uint64(unsafe.Sizeof(blackBoxRun{}))
		if at/8+uint64(unsafe.Sizeof(blackBoxRun{}))/8 > uint64(len(page)) {
			continue
		}
		e := (*blackBoxRun)(unsafe.Pointer(&page[at/8]))
		run := BlackBoxRun{
			Position: e.position, Count: int(e.count), Method: e.method, Name: c.profile.name(e.method),
			Ended: int(e.ended), Failed: int(e.failed), OnWorker: int(e.onWorker), Taken: c.timeOf(e.taken),
		}
		if e.failed != 0 {
			run.Status = statusName(uint16(min(e.lastStatus, math.MaxUint16)))
		}
		box.Last = append(box.Last, run)
	}
	return box
}

// runningOf is whose handler ran; nil if none did.
func (c *channel) runningOf(page []uint64) *RunningCall {
	if page == nil {
		return nil
	}
	head := (*blackBox)(unsafe.Pointer(&page[0]))
	if head.runs == 0 || head.runningPosition == wantNone || head.runningCount == 0 {
		return nil
	}
	return &RunningCall{Method: head.runningMethod, Name: c.profile.name(head.runningMethod), Position: head.runningPosition, Count: int(head.runningCount)}
}

// timeOf is when the segment's clock had a count; zero if that is not known, or nowhere near.
func (c *channel) timeOf(count uint64) time.Time {
	if c.segment.times == nil || count == 0 {
		return time.Time{}
	}
	from := time.Duration(c.segment.clock.At(count) - c.segment.clockBaseNs - uint64(c.clockTicks))
	if from < -distanceFar || from > distanceFar {
		return time.Time{}
	}
	return c.clockAt.Add(from).Round(0)
}

// String is a line for what runs, and one for each run, the newest first.
func (b BlackBox) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%d runs taken; ", b.Runs)
	if b.Running == nil {
		text.WriteString("no handler was running")
	} else {
		fmt.Fprintf(&text, "running: %v", b.Running)
	}
	for i := range b.Last {
		r := &b.Last[len(b.Last)-1-i]
		fmt.Fprintf(&text, "\n  at %d: %d calls, the first of %s; %d ended", r.Position, r.Count, r.Name, r.Ended)
		if r.Failed != 0 {
			fmt.Fprintf(&text, ", %d failed, the last: %s", r.Failed, r.Status)
		}
		if r.OnWorker != 0 {
			fmt.Fprintf(&text, ", %d handed to workers", r.OnWorker)
		}
	}
	return text.String()
}

// String is as "quotes.add at position 7", or "one of 3 calls of quotes.add from position 7 on".
func (r *RunningCall) String() string {
	if r.Count > 1 {
		return fmt.Sprintf("one of %d calls of %s from position %d on", r.Count, r.Name, r.Position)
	}
	return fmt.Sprintf("%s at position %d", r.Name, r.Position)
}
