package ringcall

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// The stages of a sampled call, as a client sees them.
const (
	stageTotal      = iota // posted to observed
	stageQueue             // posted to taken, the server's wake among it
	stageHandler           // taken to answered
	stageResponse          // answered to observed, of a client that was awake
	stageClientWake        // the same of one that had to be woken
	stageHandOver          // observed to where the caller runs on, of a caller that slept while another goroutine reaped its answer
	stages
)

const (
	methodsProfiled = 512 // by one client, since each takes some 50 KiB
	failuresKnown   = 64  // codes of a method that are counted apart
)

// profile is what a client measures of its calls, over all its channels. Who reads it is waited for only by an answer that is not OK, and by no more than a copy.
type profile struct {
	methods atomic.Pointer[map[uint32]*methodProfile] // by id, which Go's maps find faster as 32 bits; replaced as a whole
	names   atomic.Pointer[map[uint16]string]

	mu      sync.Mutex // guards replacing, and what follows
	errors  map[outcomeKey]uint64
	codes   map[outcomeKey]int // how many codes errors has of a method and status, that key's code being 0
	learned []*Interface
}

// methodProfile is read without its locks.
type methodProfile struct {
	adding  sync.Mutex // held by a leader who adds: only those of two channels of one client ever meet
	handing sync.Mutex // held by who adds to the hand-overs, for which no leader is to wait
	sampled uint64
	calls   uint64
	stages  [stages]buckets
}

// outcomeKey is a way in which calls of a method end badly.
type outcomeKey struct {
	method uint16
	status uint16
	code   uint32
}

// of is the method's, made at its first sampled call; nil if too many others have one.
func (p *profile) of(method uint16) *methodProfile {
	if known := p.methods.Load(); known != nil {
		if m := (*known)[uint32(method)]; m != nil {
			return m
		}
	}
	return p.add(method)
}

func (p *profile) add(method uint16) *methodProfile {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := map[uint32]*methodProfile{}
	if known := p.methods.Load(); known != nil {
		if m := (*known)[uint32(method)]; m != nil || len(*known) == methodsProfiled {
			return m
		}
		all = maps.Clone(*known)
	}
	m := new(methodProfile)
	all[uint32(method)] = m
	p.methods.Store(&all)
	return m
}

// failed counts an answer that is not OK.
func (p *profile) failed(method, status uint16, code uint32) {
	if status != statusFailed && status != statusBatchFailed {
		code = 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.errors == nil {
		p.errors, p.codes = map[outcomeKey]uint64{}, map[outcomeKey]int{}
	}
	e, all := outcomeKey{method, status, code}, outcomeKey{method, status, 0}
	if p.errors[e] == 0 {
		if len(p.errors) >= methodsProfiled*failuresKnown || p.codes[all] >= failuresKnown {
			e.code = otherCodes
		}
		if p.errors[e] == 0 {
			p.codes[all]++
		}
	}
	p.errors[e]++
}

const otherCodes = ^uint32(0)

// learn notes the names of an interface's methods, as its description has them.
func (p *profile) learn(i *Interface) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if slices.Contains(p.learned, i) {
		return
	}
	p.learned = append(p.learned, i)
	all := map[uint16]string{}
	if known := p.names.Load(); known != nil {
		all = maps.Clone(*known)
	}
	for _, line := range strings.Split(i.Description, "\n") {
		key, attributes, _ := strings.Cut(line, ": ")
		service, number, _ := strings.Cut(key, " ")
		id, err := strconv.ParseUint(number, 10, 16)
		if err != nil || service != i.Name {
			continue
		}
		for _, a := range strings.Split(attributes, ", ") {
			if name, ok := strings.CutPrefix(a, "name "); ok {
				all[uint16(id)] = service + "." + name
			}
		}
	}
	p.names.Store(&all)
}

// name is as "service.method" if an interface tells, else as "method 7".
func (p *profile) name(method uint16) string {
	if names := p.names.Load(); names != nil {
		if name := (*names)[method]; name != "" {
			return name
		}
	}
	return unnamed(method)
}

func unnamed(method uint16) string { return fmt.Sprintf("method %d", method) }

// read is Stats.Methods.
func (p *profile) read() []MethodStats {
	byMethod := map[uint16]*MethodStats{}
	at := func(method uint16) *MethodStats {
		if byMethod[method] == nil {
			byMethod[method] = &MethodStats{Method: method, Name: p.name(method)}
		}
		return byMethod[method]
	}
	if known := p.methods.Load(); known != nil {
		for method, m := range *known {
			m.readInto(at(uint16(method)))
		}
	}
	p.mu.Lock() // which answers wait for too, so no longer than for a copy
	failures := maps.Clone(p.errors)
	p.mu.Unlock()
	for e, n := range failures {
		s := at(e.method)
		s.Failures = append(s.Failures, FailureStats{Status: statusName(e.status), Code: e.code, Count: n})
	}
	var list []MethodStats
	for _, s := range byMethod {
		slices.SortFunc(s.Failures, func(a, b FailureStats) int {
			return cmp.Or(strings.Compare(a.Status, b.Status), cmp.Compare(a.Code, b.Code))
		})
		list = append(list, *s)
	}
	slices.SortFunc(list, func(a, b MethodStats) int { return cmp.Compare(a.Method, b.Method) })
	return list
}

func (m *methodProfile) readInto(s *MethodStats) {
	s.Sampled, s.Calls = atomic.LoadUint64(&m.sampled), atomic.LoadUint64(&m.calls)
	for i, h := range s.stages() {
		*h = m.stages[i].read()
	}
}

func statusName(status uint16) string {
	names := [...]string{"ok", "unknown method", "expired", "failed", "no room", "too large", "bad request", "failed in a batch"}
	if int(status) < len(names) {
		return names[status]
	}
	return fmt.Sprintf("status %d", status)
}
