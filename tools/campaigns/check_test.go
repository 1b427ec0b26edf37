package campaigns

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A made-up round: one worker, which called a named server once, with one execution that went well. Tests change it.
type made struct {
	*story
	worker    *client
	channel   *channel
	call      *call
	execution *execution
	server    *incarnation
}

const workerPid, serverPid, ownPid = 10, 20, 30

func honest() *made {
	m := &made{server: &incarnation{pid: serverPid, begin: 1, end: 1e9, well: true}}
	m.worker = &client{pid: workerPid}
	m.channel = &channel{worker: m.worker, number: 1, inode: 5, attached: 100}
	m.call = &call{number: 1, key: 7, method: 1, channel: m.channel, begin: 1e6, ends: []ending{{time: 5e6, outcome: outcomeRight}}}
	m.execution = &execution{key: 7, method: 1, begin: 2e6, end: 3e6, how: kindEnd, server: serverPid, client: workerPid}
	m.worker.channels = []*channel{m.channel}
	m.worker.calls = []*call{m.call}
	m.story = &story{
		service: &Service{Methods: []Method{{ID: 1}, {ID: 2, Idempotent: true}, {ID: 3, Deadly: true}, {ID: 4, Unserved: true}}},
		clients: []*client{m.worker}, servers: []*incarnation{m.server}, executions: []*execution{m.execution},
	}
	return m
}

func (m *made) ends(o outcome) *made { m.call.ends[0].outcome = o; return m }

func (m *made) unrun() *made { m.executions = nil; return m }

func (m *made) twice() *made {
	again := *m.execution
	m.executions = append(m.executions, &again)
	return m
}

func (m *made) fault(kind faultKind, pid int) *made {
	m.faults = append(m.faults, &fault{kind: kind, pid: pid, inode: 5, time: 4e6})
	return m
}

// died makes the server one that was killed.
func (m *made) died() *made {
	m.server.well = false
	return m.fault(faultKill, serverPid)
}

func (m *made) with(change func(m *made)) *made { change(m); return m }

func TestCheck(t *testing.T) {
	cases := []struct {
		name string
		made *made
		rule string // that is violated; "": none
	}{
		{"a call that ran once and ended once is in order", honest(), ""},
		{"a call without an end is found", honest().with(func(m *made) { m.call.ends = nil }), "every call ends"},
		{"a call without an end is in order if its process was killed", honest().with(func(m *made) { m.call.ends = nil; m.worker.killed = true }), ""},
		{"a call that ends twice is found", honest().with(func(m *made) { m.call.ends = append(m.call.ends, m.call.ends[0]) }), "no call ends twice"},
		{"a call that ends twice is found on a segment that was written into, too",
			honest().fault(faultCorrupt, workerPid).with(func(m *made) { m.call.ends = append(m.call.ends, m.call.ends[0]) }), "no call ends twice"},
		{"a success without an execution is found", honest().unrun(), "no success without an execution"},
		{"a success whose handler never came back is found", honest().with(func(m *made) { m.execution.how, m.execution.end = 0, 0 }), "no success without an execution"},
		{"a success of a record that was not touched is found", honest().with(func(m *made) { m.execution.how = kindUntouched }), "no success without an execution"},
		{"an answer before the handler returned is found", honest().with(func(m *made) { m.execution.end = 6e6 }), "no success without an execution"},
		{"a failure without an execution is found", honest().ends(outcomeFailed).unrun(), "no success without an execution"},
		{"a failure of a handler that threw is in order", honest().ends(outcomeFailed).with(func(m *made) { m.execution.how = kindFailed }), ""},
		{"a wrong answer is found", honest().ends(outcomeWrong), "an answer is right"},
		{"a call that never started but ran is found", honest().ends(outcomeGone | neverStarted).died(), "what never started did not run"},
		{"a call that never started but runs later is found",
			honest().ends(outcomeDeadline | neverStarted).with(func(m *made) { m.call.patience = patienceShort; m.execution.begin, m.execution.end = 9e6, 9e6 }), "what never started did not run"},
		{"a call that never started and did not run is in order", honest().ends(outcomeGone | neverStarted).died().unrun(), ""},
		{"a refused request that ran is found", honest().ends(outcomeRefused).with(func(m *made) { m.call.method, m.execution.method = 4, 4 }), "what never started did not run"},
		{"a call that may have run may have, or not", honest().ends(outcomeGone).died(), ""},
		{"and not", honest().ends(outcomeGone).died().unrun(), ""},
		{"a call that ran twice is found", honest().twice(), "nothing runs twice"},
		{"a call that ran twice is found whatever it was told", honest().twice().ends(outcomeGone).died(), "nothing runs twice"},
		{"an idempotent call runs once while nobody resends it", honest().twice().with(func(m *made) { m.call.method = 2 }), "nothing runs twice"},
		{"an idempotent call that is resent may run twice", honest().twice().with(func(m *made) { m.call.method = 2; m.service.Resends = true }), ""},
		{"another call may not, even then", honest().twice().with(func(m *made) { m.service.Resends = true }), "nothing runs twice"},
		{"an execution that nobody asked for is found", honest().with(func(m *made) {
			m.executions = append(m.executions, &execution{key: 8, how: kindEnd, client: workerPid})
		}), "nothing runs unasked"},
		{"an execution that nobody asked for is in order from a segment that was written into",
			honest().fault(faultCorrupt, workerPid).with(func(m *made) {
				m.executions = append(m.executions, &execution{key: 8, how: kindEnd, client: workerPid})
			}), ""},
		{"an execution before its call is found", honest().with(func(m *made) { m.execution.begin = 1 }), "nothing runs unasked"},
		{"another method than the one called is found", honest().with(func(m *made) { m.execution.method = 2 }), "an answer is right"},
		{"a corrupt channel that nobody wrote into is found", honest().ends(outcomeCorrupt), "an outcome has its reason"},
		{"a corrupt channel that somebody wrote into is in order", honest().ends(outcomeCorrupt).fault(faultCorrupt, workerPid), ""},
		{"a server that is said to be gone but is not is found", honest().ends(outcomeGone), "an outcome has its reason"},
		{"of a client that comes back by itself every channel counts as written into",
			honest().ends(outcomeCorrupt).with(func(m *made) {
				m.service.Resends = true
				m.faults = []*fault{{kind: faultCorrupt, inode: 9, clients: []int{workerPid}, time: 4e6}}
			}), ""},
		{"a client that comes back by itself may miss any server that was ended", honest().ends(outcomeGone).fault(faultKill, 50).with(func(m *made) { m.service.Resends = true }), ""},
		{"a client that is said to be closed but was not is found", honest().ends(outcomeClosed), "an outcome has its reason"},
		{"a client that was closed is in order", honest().ends(outcomeClosed).with(func(m *made) { m.channel.closed = 4e6 }), ""},
		{"a deadline that was never set is found", honest().ends(outcomeDeadline), "an outcome has its reason"},
		{"a cancellation by nobody is found", honest().ends(outcomeCancelled), "an outcome has its reason"},
		{"a good request that is refused is found", honest().ends(outcomeRefused).unrun(), "an outcome has its reason"},
		{"an error without a place is found", honest().ends(outcomeStrange), "an outcome has its reason"},
		{"a deadline that is missed by far is found", honest().ends(outcomeDeadline).with(func(m *made) { m.call.patience = patienceShort; m.call.ends[0].time = uint64(time.Minute) }), "a deadline is kept"},
		{"a server that died of nothing is found", honest().with(func(m *made) { m.server.well = false }), "a server dies of what was done to it"},
		{"a server that died when it was told to end is found", honest().with(func(m *made) { m.server.well, m.server.told = false, true }), "a server dies of what was done to it"},
		{"a server that was told to end before anybody had attached is in order",
			honest().with(func(m *made) { m.servers = append(m.servers, &incarnation{pid: 40, begin: 6e6, end: 7e6, told: true}) }), ""},
		{"a server that was stopped and died is found", honest().fault(faultStop, serverPid).with(func(m *made) { m.server.well = false }), "a server dies of what was done to it"},
		{"a server that random bytes have killed is found", honest().fault(faultCorrupt, serverPid).with(func(m *made) { m.server.well = false }), "a server dies of what was done to it"},
		{"a server that a handler ended is in order",
			honest().with(func(m *made) {
				m.server.well = false
				m.call.method, m.execution.method, m.execution.how, m.execution.end = 3, 3, 0, 0
			}).ends(outcomeGone), ""},
		{"a co-process that died of nothing is found",
			honest().with(func(m *made) {
				m.channel.server, m.channel.ended, m.channel.status = ownPid, true, uint32(syscall.SIGSEGV)
			}), "a server dies of what was done to it"},
		{"a co-process that Close has ended is in order",
			honest().with(func(m *made) {
				m.channel.server, m.channel.ended, m.channel.status, m.channel.closed = ownPid, true, uint32(syscall.SIGTERM), 6e6
			}), ""},
		{"a client's process that crashed is found", honest().with(func(m *made) { m.worker.exit = "exit status 2" }), "a client's process lives"},
		{"an attach that failed as it must not is found", honest().with(func(m *made) { m.worker.illegal = []refusal{{5e6, "versions differ"}} }), "an attach works, or says why not"},
		{"an attach that met a segment which was written into is in order",
			honest().fault(faultCorrupt, ownPid).with(func(m *made) { m.worker.illegal = []refusal{{5e6, "versions differ"}} }), ""},
		{"a segment of another client that was written into excuses no attach",
			honest().fault(faultCorrupt, ownPid).with(func(m *made) {
				m.worker.illegal = []refusal{{5e6, "versions differ"}}
				m.faults[0].clients = []int{workerPid + 1}
			}), "an attach works, or says why not"},
		{"a co-process that is left behind is found", honest().with(func(m *made) { m.left = []int{ownPid} }), "nothing is left behind"},
		{"of two same requests one may have run", honest().with(func(m *made) {
			same := *m.call
			same.ends = []ending{{time: 5e6, outcome: outcomeGone}}
			m.worker.calls = append(m.worker.calls, &same)
		}).died(), ""},
		{"of two same requests that both succeeded both have run", honest().with(func(m *made) {
			same := *m.call
			m.worker.calls = append(m.worker.calls, &same)
		}), "no success without an execution"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var rules []string
			found := check(c.made.story)
			for _, v := range found {
				rules = append(rules, v.rule)
			}
			switch {
			case c.rule == "" && len(rules) != 0:
				t.Errorf("expected no violation, found %q", rules)
			case c.rule != "" && !slices.Contains(rules, c.rule):
				t.Errorf("expected a violation of %q, found %q", c.rule, rules)
			}
			var words strings.Builder
			c.made.tell(&words, found)
			for _, rule := range rules {
				if !strings.Contains(words.String(), rule) {
					t.Errorf("the violation of %q is not told: %s", rule, words.String())
				}
			}
		})
	}
}
