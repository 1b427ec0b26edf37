package ringcall

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"
)

const (
	lineSizeMax   = 64 << 10
	outputSizeMax = 1 << 20 // of undelivered lines
	lineOverhead  = 64      // what an empty line counts, so that many of them are bounded too
	tailCount     = 10      // last lines of stderr kept for errors
)

const (
	streamStdout = "stdout"
	streamStderr = "stderr"
)

type outputLine struct{ stream, text string }

// output carries a child's lines to a sink. One goroutine a stream always reads, so that the child never waits; one delivers. Between
// them lies a queue that loses its oldest lines when the sink is slower than the child.
type output struct {
	sink    func(stream, line string)
	sources []*os.File
	drained chan struct{} // closed when every source has ended and the sink has seen every line

	mu      sync.Mutex
	changed sync.Cond // queue, reading
	queue   []outputLine
	size    int // of queue, with overhead
	reading int // sources that have not ended
	dropped map[string]int
	tail    []string
}

func newOutput(sink func(stream, line string)) *output {
	if sink == nil {
		sink = printLine
	}
	o := &output{sink: sink, drained: make(chan struct{}), dropped: make(map[string]int)}
	o.changed.L = &o.mu
	return o
}

func printLine(stream, line string) {
	to := os.Stdout
	if stream == streamStderr {
		to = os.Stderr
	}
	io.WriteString(to, line+"\n")
}

// open makes a pipe for one of the child's streams and reads it until it ends. It returns the child's end, as a blocking descriptor. All
// calls come before start.
func (o *output) open(stream string) (theirs *os.File, err error) {
	var pair [2]int
	if err := syscall.Pipe2(pair[:], syscall.O_CLOEXEC); err != nil {
		return nil, fmt.Errorf("making a pipe for %s: %w", stream, err)
	}
	if err := syscall.SetNonblock(pair[0], true); err != nil { // ours waits in the netpoller
		syscall.Close(pair[0])
		syscall.Close(pair[1])
		return nil, fmt.Errorf("making a pipe for %s non-blocking: %w", stream, err)
	}
	ours := os.NewFile(uintptr(pair[0]), stream)
	o.mu.Lock()
	o.sources = append(o.sources, ours)
	o.reading++
	o.mu.Unlock()
	go func() {
		defer ours.Close()
		splitLines(ours, func(line string) { o.put(stream, line) })
		o.mu.Lock()
		o.reading--
		o.changed.Broadcast()
		o.mu.Unlock()
	}()
	return os.NewFile(uintptr(pair[1]), stream), nil
}

func (o *output) start() {
	go func() {
		defer close(o.drained)
		for line, ok := o.take(); ok; line, ok = o.take() {
			o.sink(line.stream, line.text)
		}
	}()
}

// splitLines passes on each line without its end, a longer one than lineSizeMax in parts, until source ends or fails.
func splitLines(source io.Reader, put func(line string)) {
	reader := bufio.NewReaderSize(source, lineSizeMax)
	cut := false // the line began in an earlier part
	for {
		part, err := reader.ReadSlice('\n')
		full := errors.Is(err, bufio.ErrBufferFull)
		ended := err == nil
		if ended {
			part = part[:len(part)-1]
		}
		if len(part) > 0 || ended && !cut {
			put(string(part))
		}
		if err != nil && !full {
			return
		}
		cut = full
	}
}

func (o *output) put(stream, text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if stream == streamStderr {
		if len(o.tail) == tailCount {
			o.tail = append(o.tail[:0], o.tail[1:]...)
		}
		o.tail = append(o.tail, text)
	}
	o.queue = append(o.queue, outputLine{stream, text})
	o.size += len(text) + lineOverhead
	for o.size > outputSizeMax {
		o.dropped[o.pop().stream]++
	}
	o.changed.Broadcast()
}

func (o *output) pop() outputLine {
	line := o.queue[0]
	o.queue[0] = outputLine{}
	o.queue = o.queue[1:]
	o.size -= len(line.text) + lineOverhead
	return line
}

// take waits for a line; false when there will be none.
func (o *output) take() (outputLine, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.queue) == 0 && o.reading > 0 {
		o.changed.Wait()
	}
	// The oldest go first, so whatever was dropped is missing here.
	for stream, count := range o.dropped {
		delete(o.dropped, stream)
		return outputLine{stream, fmt.Sprintf("ringcall: %d lines dropped, the sink was too slow", count)}, true
	}
	if len(o.queue) == 0 {
		return outputLine{}, false
	}
	return o.pop(), true
}

// lastLines of stderr, the newest last.
func (o *output) lastLines() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]string(nil), o.tail...)
}

// finish waits until the sink has seen everything, at most for patience: a grandchild may hold the stream open and a sink may block.
// Then it stops reading. False if something was left.
func (o *output) finish(patience time.Duration) bool {
	complete := waitFor(o.drained, patience)
	for _, source := range o.sources {
		source.Close()
	}
	return complete
}

// waitFor reports whether done was closed within patience.
func waitFor(done <-chan struct{}, patience time.Duration) bool {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
	}
	select {
	case <-done:
		return true
	default:
		return false
	}
}
