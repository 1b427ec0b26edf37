package campaigns

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"structs"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// record is one mark in a history file. The server's are those of struct history_record in src/history.hpp; the worker's use the same cells, some for other
// things.
type record struct {
	_       structs.HostLayout
	kind    uint64 // written last; 0: not complete
	time    uint64 // CLOCK_MONOTONIC, ns
	key     uint64 // of method and request; of an attach: the segment's inode; of a server's end: the wait status
	number  uint64 // server: of the begin; worker: of the call
	client  uint64 // server: the client's id; worker: the channel
	pid     int32  // server: the client's; worker: of the co-process, 0 if there is none
	size    uint32 // of the request in bytes
	method  uint32
	form    uint32 // worker: how it was called, and patience<<8
	outcome uint32 // worker: of an end
	code    uint32 // worker: the failure's
}

const recordSize = 64

const (
	kindBegin     = 1 // a handler is about to run
	kindEnd       = 2 // it has returned
	kindFailed    = 3 // it has thrown
	kindUntouched = 4 // it was not run after all
	kindServer    = 0x3130595253494852

	kindCall      = 101 // a call is about to begin
	kindOutcome   = 102 // it has ended
	kindAttach    = 103 // a channel is there
	kindClose     = 104 // this side is about to close it
	kindServerEnd = 105 // the co-process was reaped
	kindIllegal   = 106 // an attach failed in a way that it must not
)

// keyOf is history_key in src/history.cpp.
func keyOf(method uint16, request []byte) uint64 {
	const prime = 0x9e3779b97f4a7c15
	key := (uint64(len(request))<<16 | uint64(method)) * prime
	for at := 0; at < len(request); at += 8 {
		var word [8]byte
		copy(word[:], request[at:])
		key = (key ^ binary.LittleEndian.Uint64(word[:])) * prime
		key ^= key >> 29
	}
	return key
}

// now is CLOCK_MONOTONIC, which all processes share.
func now() uint64 {
	const clockMonotonic = 1
	var t syscall.Timespec
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&t)), 0)
	return uint64(t.Nano())
}

// A journal is a history file being written. What was added to it outlives a kill -9, since the file is mapped. Safe for any number of goroutines.
type journal struct {
	records []record
	next    atomic.Uint64
}

const journalMost = 4 << 20 // records; the file is sparse

func newJournal(path string) (*journal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if err := f.Truncate(journalMost * recordSize); err != nil {
		return nil, err
	}
	mem, err := syscall.Mmap(int(f.Fd()), 0, journalMost*recordSize, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED|syscall.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("mapping %s: %w", path, err)
	}
	return &journal{records: unsafe.Slice((*record)(unsafe.Pointer(unsafe.SliceData(mem))), journalMost)}, nil
}

// isFull says that no more calls are to be made: what is in flight still finds room.
func (j *journal) isFull() bool { return j.next.Load() > journalMost-1<<16 }

func (j *journal) add(r record) {
	to := &j.records[j.next.Add(1)-1]
	kind := r.kind
	r.kind = 0
	r.time = now()
	*to = r
	atomic.StoreUint64(&to.kind, kind)
}

// gapMost is how many marks in a row may be missing because their writers were killed just then.
const gapMost = 1024

// readHistory returns the whole marks of a file that nobody writes any more, or of which the newest do not matter.
func readHistory(path string) ([]record, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() < recordSize {
		return nil, err
	}
	mem, err := syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("mapping %s: %w", path, err)
	}
	defer syscall.Munmap(mem)
	all := unsafe.Slice((*record)(unsafe.Pointer(unsafe.SliceData(mem))), len(mem)/recordSize)
	var found []record
	for i, gap := 0, 0; i < len(all) && gap < gapMost; i++ {
		gap++
		if atomic.LoadUint64(&all[i].kind) != 0 {
			found = append(found, all[i])
			gap = 0
		}
	}
	return found, nil
}

// readServer is readHistory for what a server has written: its pid, and its executions.
func readServer(path string) (pid int, executions []*execution, err error) {
	marks, err := readHistory(path)
	if err != nil || len(marks) == 0 {
		return 0, nil, err
	}
	if marks[0].kind != kindServer {
		return 0, nil, errors.New(path + ": expected the history of a server")
	}
	pid = int(marks[0].pid)
	begun := map[uint64]*execution{}
	for _, m := range marks[1:] {
		switch m.kind {
		case kindBegin:
			e := &execution{key: m.key, method: uint16(m.method), begin: m.time, server: pid, client: int(m.pid)}
			begun[m.number] = e
			executions = append(executions, e)
		case kindEnd, kindFailed, kindUntouched:
			if e := begun[m.number]; e != nil {
				e.end, e.how = m.time, m.kind
			}
		default:
			return 0, nil, fmt.Errorf("%s: a mark of the unknown kind %d", path, m.kind)
		}
	}
	return pid, executions, nil
}

func since(begin uint64) time.Duration { return time.Duration(now() - begin) }
