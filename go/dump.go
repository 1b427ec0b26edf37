package ringcall

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unsafe"
)

// WithDumps has the client keep, of each server that dies, a file in this directory, which is made if need be: which server it was, what it died of, which calls had
// no answer, and its black box. `ringcall postmortem` reads it; ABI.md describes it. It is there before any call returns that the server is gone. What
// goes wrong with it goes to WithLogger. A server that leaves on purpose leaves no dump.
func WithDumps(directory string) Option {
	return func(o *options) { o.dumps = directory }
}

const dumpCallsMost = 256

// dump is what is known of a server that died.
type dump struct {
	server                string
	epoch                 uint64
	pid                   int
	cause                 string
	at                    time.Time
	clock                 string
	taken, reaped, posted uint64
	calls                 []dumpCall
	names                 map[uint16]string
	box                   []uint64
}

type dumpCall struct {
	position uint64
	method   uint16
	started  bool
}

// dumpOf gathers what is known of a server that has died. mu is held by the leader, and the segment mapped. The dump is the caller's own: it needs no lock.
func (c *channel) dumpOf(gone *GoneError) *dump {
	d := &dump{
		server: c.server, epoch: c.segment.epoch, pid: c.pid, cause: "the connection ended", at: time.Now(),
		taken: atomic.LoadUint64(c.segment.taken), reaped: c.ring.reaped.position, posted: c.ring.posted.position, names: map[uint16]string{}, box: c.boxed,
	}
	if gone.Cause != nil {
		d.cause = endOf(gone.Cause)
	}
	h := (*segmentHeader)(unsafe.Pointer(unsafe.SliceData(c.segment.mem)))
	if c.segment.times != nil {
		d.clock = fmt.Sprintf("%d %d %d %d %d", h.clockKind, h.clockScale, h.clockCount, h.clockNs, c.segment.clock.Now())
	}
	if known := c.profile.names.Load(); known != nil {
		d.names = *known
	}
	slots := c.segment.slots.count()
	for id := range c.pending {
		entry := &c.pending[id]
		k := entry.call
		if k == nil {
			continue
		}
		back := uint32(d.posted) - atomic.LoadUint32(&entry.position)
		position := d.posted - uint64(back)
		d.calls = append(d.calls, dumpCall{position, k.methodAt(entry.index), !entry.isFrom(d.taken, slots)})
	}
	slices.SortFunc(d.calls, func(a, b dumpCall) int { return cmp.Compare(a.position, b.position) })
	d.calls = d.calls[:min(len(d.calls), dumpCallsMost)]
	return d
}

func (d *dump) bytes() []byte {
	var text bytes.Buffer
	line := func(key, format string, values ...any) {
		value := strings.Map(func(r rune) rune {
			if unicode.IsControl(r) || r == unicode.ReplacementChar {
				return ' '
			}
			return r
		}, fmt.Sprintf(format, values...))
		fmt.Fprintf(&text, "%s: %s\n", key, value)
	}
	line("ringcall-dump", "1")
	line("server", "%s", d.server)
	line("epoch", "%016x", d.epoch)
	if d.pid != 0 {
		line("pid", "%d", d.pid)
	}
	line("client", "%d", os.Getpid())
	line("cause", "%s", d.cause)
	line("time", "%s", d.at.UTC().Format(time.RFC3339Nano))
	if d.clock != "" {
		line("clock", "%s", d.clock)
	}
	line("taken", "%d", d.taken)
	line("reaped", "%d", d.reaped)
	line("posted", "%d", d.posted)
	for _, id := range sortedKeys(d.names) {
		line("method", "%d %s", id, d.names[id])
	}
	for _, k := range d.calls {
		fate := "never-started"
		if k.started {
			fate = "may-have-run"
		}
		line("call", "%d %d %s", k.position, k.method, fate)
	}
	line("black-box", "%d", len(d.box)*8)
	text.WriteByte('\n')
	if len(d.box) != 0 {
		text.Write(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(d.box))), len(d.box)*8))
	}
	return text.Bytes()
}

func sortedKeys(m map[uint16]string) []uint16 {
	keys := make([]uint16, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// write makes the file and returns its path. It appears whole.
func (d *dump) write(directory string) (path string, err error) {
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return "", fmt.Errorf("ringcall: the directory for dumps: %w", err)
	}
	path = filepath.Join(directory, fmt.Sprintf("ringcall-%016x.dump", d.epoch))
	file, err := os.CreateTemp(directory, ".ringcall-*.dump")
	if err != nil {
		return "", fmt.Errorf("ringcall: writing a dump: %w", err)
	}
	_, err = file.Write(d.bytes())
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		if removeErr := os.Remove(file.Name()); removeErr != nil && !os.IsNotExist(removeErr) {
			err = fmt.Errorf("%w; and %w", err, removeErr)
		}
		return "", fmt.Errorf("ringcall: writing a dump: %w", err)
	}
	return path, nil
}
