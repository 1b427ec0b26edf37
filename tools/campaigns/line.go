package campaigns

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

// A line is a worker's connection to its server: one client, which all lanes share, and, when that is of no use any more, another one.
type line struct {
	worker *worker

	mu      sync.Mutex
	client  *ringcall.Client
	channel uint64 // counts the attaches
	inode   uint64 // of the segment
	server  *exec.Cmd
	seen    map[uint64]bool // inodes of segments that were there before
	closing sync.WaitGroup
}

const attachPatience = time.Second

// get returns the client, and the number of its channel; it attaches if there is none, for as long as that takes. nil: the worker is to stop.
func (l *line) get() (*ringcall.Client, uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for pause := time.Millisecond; l.client == nil; pause = min(2*pause, 20*time.Millisecond) {
		if l.worker.stopping.Load() {
			return nil, 0
		}
		if err := l.attach(); err != nil {
			l.refuse(err)
			time.Sleep(pause)
		}
	}
	return l.client, l.channel
}

func (l *line) attach() error {
	ctx, cancel := context.WithTimeout(context.Background(), attachPatience)
	defer cancel()
	order := l.worker.order
	var server *exec.Cmd
	var client *ringcall.Client
	var err error
	if order.Coprocess {
		server = exec.Command(order.Server[0], order.Server[1:]...)
		server.Env = append(os.Environ(), "RINGCALL_HISTORY="+order.Directory)
		client, err = ringcall.Start(ctx, server, append(l.worker.service.Options, ringcall.WithGrace(2*time.Second), ringcall.WithOutput(l.worker.hear))...)
	} else {
		client, err = ringcall.Dial(ctx, order.Name, l.worker.service.Options...)
	}
	if err != nil {
		return err
	}
	l.client, l.server = client, server
	l.channel++
	l.inode = l.newSegment()
	l.worker.journal.add(record{kind: kindAttach, number: l.channel, client: l.channel, key: l.inode, pid: l.pid()})
	return nil
}

func (l *line) pid() int32 {
	if l.server == nil {
		return 0
	}
	return int32(l.server.Process.Pid)
}

// refuse notes an attach that failed if it must not fail so, whatever happens to the server.
func (l *line) refuse(err error) {
	for _, illegal := range []error{ringcall.ErrVersion, ringcall.ErrUntrusted, ringcall.ErrBadSegment, ringcall.ErrBadName, ringcall.ErrInterface} {
		if errors.Is(err, illegal) {
			l.worker.note(l.channel+1, err)
			l.worker.journal.add(record{kind: kindIllegal, number: l.channel + 1})
			return
		}
	}
}

// lost closes the channel, so that get attaches anew; nothing if that was done already.
func (l *line) lost(channel uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end(channel)
}

// touched is told that another process writes into a segment. Its calls may get no answer from now on, since the channel is allowed to starve; closing it ends
// them.
func (l *line) touched(inode uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	// A client that comes back by itself has other segments than the one it began with: whether this is one of its own shows at the end.
	resends := l.worker.service.Resends
	if l.client == nil || !resends && l.inode != inode {
		return
	}
	channel := l.channel
	time.AfterFunc(200*time.Millisecond, func() {
		isMapped := func(m mapping) bool { return m.inode == inode }
		if !resends || slices.ContainsFunc(segmentsOf(os.Getpid()), isMapped) {
			l.lost(channel)
		}
	})
}

// end closes the channel. mu is held.
func (l *line) end(channel uint64) {
	if l.client == nil || l.channel != channel {
		return
	}
	client, server, pid := l.client, l.server, l.pid()
	l.client, l.server = nil, nil
	l.worker.journal.add(record{kind: kindClose, number: channel, client: channel, pid: pid})
	l.closing.Add(1)
	go func() {
		defer l.closing.Done()
		client.Close()
		if server != nil && server.ProcessState != nil {
			status := server.ProcessState.Sys().(syscall.WaitStatus)
			l.worker.journal.add(record{kind: kindServerEnd, number: channel, client: channel, pid: pid, key: uint64(status)})
		}
	}()
}

// close ends the channel and waits until all that were ended are closed.
func (l *line) close() {
	l.mu.Lock()
	l.end(l.channel)
	l.mu.Unlock()
	l.closing.Wait()
}

// newSegment is the inode of the segment that was mapped last; 0: it is gone again.
func (l *line) newSegment() uint64 {
	for _, m := range segmentsOf(os.Getpid()) {
		if !l.seen[m.inode] {
			l.seen[m.inode] = true
			return m.inode
		}
	}
	return 0
}

// mapping is a segment in the memory of a process.
type mapping struct {
	begin, end, inode uint64
}

// segmentsOf lists the segments that a process has mapped.
func segmentsOf(pid int) []mapping {
	f, err := os.Open("/proc/" + strconv.Itoa(pid) + "/maps")
	if err != nil {
		return nil
	}
	defer f.Close()
	var found []mapping
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 6 || fields[5] != "/memfd:ringcall" {
			continue
		}
		begin, end, _ := strings.Cut(fields[0], "-")
		var m mapping
		m.begin, _ = strconv.ParseUint(begin, 16, 64)
		m.end, _ = strconv.ParseUint(end, 16, 64)
		m.inode, _ = strconv.ParseUint(fields[4], 10, 64)
		found = append(found, m)
	}
	return found
}
