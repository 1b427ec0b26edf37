package campaigns

import (
	"fmt"
	"slices"
	"time"
)

// violation is a promise that was not kept.
type violation struct {
	rule       string
	text       string
	calls      []*call
	executions []*execution
	faults     []*fault
}

// lateMost is how long after its deadline a call may end: as long as its own process may be stopped, and starved.
const lateMost = 8 * time.Second

// group is all that has one key: with requests that differ, one call and its executions.
type group struct {
	calls      []*call
	executions []*execution
}

// checker collects the violations of one round.
type checker struct {
	*story
	found  []violation
	groups map[uint64]*group
	deadly map[int]bool // servers that a handler was asked to end
	harmed map[int]bool // servers that the driver has killed or told to leave
	spoilt map[int]bool // workers with a channel that was written into
}

// check returns what is wrong with a round's history.
func check(s *story) []violation {
	c := &checker{story: s, groups: map[uint64]*group{}, deadly: map[int]bool{}, harmed: map[int]bool{}, spoilt: map[int]bool{}}
	c.collect()
	for _, w := range s.clients {
		c.checkClient(w)
		for _, k := range w.calls {
			c.checkCall(k)
		}
	}
	for _, g := range c.groups {
		c.checkGroup(g)
	}
	c.checkServers()
	for _, text := range s.trouble {
		c.add(violation{rule: "the round could not be led", text: text})
	}
	return c.found
}

func (c *checker) add(v violation) { c.found = append(c.found, v) }

func (c *checker) group(key uint64) *group {
	g := c.groups[key]
	if g == nil {
		g = &group{}
		c.groups[key] = g
	}
	return g
}

func (c *checker) collect() {
	touched := map[uint64]bool{}
	for _, f := range c.faults {
		switch {
		case f.skipped != "":
		case f.kind == faultCorrupt:
			touched[f.inode] = true
		case f.kind.ends():
			c.harmed[f.pid] = true
		}
	}
	for _, w := range c.clients {
		for _, ch := range w.channels {
			ch.touched = touched[ch.inode] || c.service.Resends && c.wroteInto(w)
			c.spoilt[w.pid] = c.spoilt[w.pid] || ch.touched
		}
		for _, k := range w.calls {
			g := c.group(k.key)
			g.calls = append(g.calls, k)
		}
	}
	for _, e := range c.executions {
		g := c.group(e.key)
		g.executions = append(g.executions, e)
		if m := c.service.method(e.method); m != nil && m.Deadly && e.ran() {
			c.deadly[e.server] = true
		}
	}
}

// wroteInto says whether a segment of the client was written into: of one that comes back by itself it is not known which channel that was.
func (c *checker) wroteInto(w *client) bool {
	return slices.ContainsFunc(c.faults, func(f *fault) bool { return f.kind == faultCorrupt && slices.Contains(f.clients, w.pid) })
}

// mayBeSpoilt says whether a segment that the client got at about that time may have been written into before it had it mapped: then nobody else had, either.
func (c *checker) mayBeSpoilt(w *client, at uint64) bool {
	return slices.ContainsFunc(c.faults, func(f *fault) bool {
		return f.kind == faultCorrupt && f.skipped == "" && f.time <= at && at <= f.time+uint64(f.lasts+attachPatience) && (len(f.clients) == 0 || slices.Contains(f.clients, w.pid))
	})
}

// checkCall has the rules of one call's own outcome.
func (c *checker) checkCall(k *call) {
	accuse := func(rule, text string) {
		c.add(violation{rule: rule, text: text, calls: []*call{k}, executions: c.group(k.key).executions})
	}
	if len(k.ends) == 0 {
		if !k.channel.worker.killed {
			accuse("every call ends", "it has no end, though its process lived on")
		}
		return
	}
	if len(k.ends) > 1 {
		accuse("no call ends twice", fmt.Sprintf("it has %d ends", len(k.ends)))
	}
	if k.channel.touched {
		return
	}
	e := k.ends[0]
	switch e.outcome.plain() {
	case outcomeWrong:
		accuse("an answer is right", "its answer, or its failure, is not the one that belongs to its request")
	case outcomeStrange:
		accuse("an outcome has its reason", "it ended with an error that has no place here")
	case outcomeDeadline:
		if k.patience != patienceLong && k.patience != patienceShort {
			accuse("an outcome has its reason", "it exceeded its deadline, but had none")
		}
	case outcomeCancelled:
		if k.patience != patienceCancel && k.patience != patienceLost {
			accuse("an outcome has its reason", "it was cancelled, but nobody cancelled it")
		}
	case outcomeCorrupt:
		accuse("an outcome has its reason", "its channel is corrupt, but nobody had written into it")
	case outcomeGone:
		if !c.canBeGone(k) {
			accuse("an outcome has its reason", "its server is gone, but nobody had ended it")
		}
	case outcomeClosed:
		if k.channel.closed == 0 || k.channel.closed > e.time {
			accuse("an outcome has its reason", "its client is closed, but nobody had closed it")
		}
	case outcomeRefused:
		if m := c.service.method(k.method); m != nil && !m.Unserved {
			accuse("an outcome has its reason", "a good request was refused")
		}
	}
	if k.patience == patienceShort && time.Duration(e.time-k.begin) > lateMost {
		accuse("a deadline is kept", fmt.Sprintf("it ended %v after its begin", time.Duration(e.time-k.begin)))
	}
}

// canBeGone says whether the server of the call's channel has, or may have, ended.
func (c *checker) canBeGone(k *call) bool {
	if c.service.Resends {
		return len(c.harmed)+len(c.deadly) > 0
	}
	if pid := k.channel.server; pid != 0 {
		return c.harmed[pid] || c.deadly[pid]
	}
	const doubt = uint64(time.Second) // an attach is noted a little later than it is made
	for _, s := range c.servers {
		if s.begin <= k.channel.attached && (s.end == 0 || k.channel.attached <= s.end+doubt) && (c.harmed[s.pid] || c.deadly[s.pid]) {
			return true
		}
	}
	return false
}

// checkGroup has the rules that bind what callers were told to what servers ran.
func (c *checker) checkGroup(g *group) {
	if len(g.calls) == 0 {
		if e := g.executions[0]; e.ran() && !c.spoilt[e.client] {
			c.add(violation{rule: "nothing runs unasked", text: "a handler ran for a request that nobody has sent", executions: g.executions})
		}
		return
	}
	most, least, anything := 0, 0, false
	for _, k := range g.calls {
		if k.channel.touched {
			return
		}
		if len(k.ends) == 0 || !k.ends[0].outcome.hasNotRun() {
			most++
		}
		if len(k.ends) > 0 && k.ends[0].outcome.hasRun() {
			least++
		}
	}
	var begun, ended int
	for _, e := range g.executions {
		if e.ran() {
			begun++
		}
		if e.how == kindEnd || e.how == kindFailed {
			ended++
		}
	}
	if m := c.service.method(g.calls[0].method); m != nil && m.Idempotent && c.service.Resends {
		anything = true
	}
	accuse := func(rule, text string) {
		c.add(violation{rule: rule, text: text, calls: g.calls, executions: g.executions})
	}
	switch {
	case ended < least:
		accuse("no success without an execution", fmt.Sprintf("%d of its callers were told that it ran, it ran to its end %d times", least, ended))
	case begun > most && most == 0:
		accuse("what never started did not run", "its caller was told that it never started, and it ran")
	case begun > most && !anything:
		accuse("nothing runs twice", fmt.Sprintf("it ran %d times, and may have run %d times", begun, most))
	}
	if len(g.calls) == 1 && len(g.executions) == 1 {
		c.checkOrder(g.calls[0], g.executions[0], accuse)
	}
}

// checkOrder has the rules of time.
func (c *checker) checkOrder(k *call, e *execution, accuse func(rule, text string)) {
	const skew = uint64(100 * time.Microsecond) // between the clocks of two cores
	if e.begin+skew < k.begin {
		accuse("nothing runs unasked", "it ran before it was called")
	}
	if len(k.ends) > 0 && k.ends[0].outcome.hasRun() && e.end > k.ends[0].time+skew {
		accuse("no success without an execution", "its caller had the answer before the handler had returned")
	}
	if e.method != k.method {
		accuse("an answer is right", fmt.Sprintf("it called method %d, and method %d ran", k.method, e.method))
	}
}

func (c *checker) checkClient(w *client) {
	if w.exit != "" {
		c.add(violation{rule: "a client's process lives", text: fmt.Sprintf("worker %d.%d (pid %d) ended with %s; see %s", w.worker, w.generation, w.pid, w.exit, w.directory)})
	}
	for _, r := range w.illegal {
		if !c.mayBeSpoilt(w, r.time) {
			c.add(violation{rule: "an attach works, or says why not", text: r.text})
		}
	}
	for _, ch := range w.channels {
		if ch.ended && !c.mayEndSo(ch) {
			c.add(violation{rule: "a server dies of what was done to it", text: fmt.Sprintf("the co-process with pid %d ended with %s, though nobody had harmed it", ch.server, statusText(ch.status))})
		}
	}
}

// mayEndSo says whether the end of a channel's co-process has its reason. Close sends SIGTERM and SIGKILL to one that is stopped, or too slow.
func (c *checker) mayEndSo(ch *channel) bool {
	if c.harmed[ch.server] || c.deadly[ch.server] {
		return true
	}
	return ch.status == 0 || ch.closed != 0 && isClosing(ch.status)
}

func (c *checker) checkServers() {
	for _, s := range c.servers {
		if !s.well && !c.harmed[s.pid] && !c.deadly[s.pid] && !(s.told && c.isNew(s)) {
			c.add(violation{rule: "a server dies of what was done to it", text: fmt.Sprintf("the server with pid %d ended with %s, though nobody had harmed it", s.pid, s.status), faults: c.faultsOn(s.pid)})
		}
	}
	for _, pid := range c.left {
		c.add(violation{rule: "nothing is left behind", text: fmt.Sprintf("a co-process (pid %d) outlived its client by %v", pid, leftPatience)})
	}
}

// isNew says that nobody had attached to the server: it may have been told to end before it could hear it.
func (c *checker) isNew(s *incarnation) bool {
	for _, w := range c.clients {
		for _, ch := range w.channels {
			if ch.server == 0 && ch.attached >= s.begin && ch.attached <= s.end {
				return false
			}
		}
	}
	return true
}

func (c *checker) faultsOn(pid int) []*fault {
	return slices.DeleteFunc(slices.Clone(c.faults), func(f *fault) bool { return f.pid != pid })
}
