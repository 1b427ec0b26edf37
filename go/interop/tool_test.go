package interop

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

// tool runs the program ringcall with --json and decodes what it prints.
func tool(t *testing.T, into any, arguments ...string) {
	t.Helper()
	program := os.Getenv("RINGCALL_TOOL")
	if program == "" {
		t.Skip("RINGCALL_TOOL does not name the program ringcall")
	}
	var complaint strings.Builder
	cmd := exec.Command(program, append(arguments, "--json")...)
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, complaint.String())
	}
	if err := json.Unmarshal(out, into); err != nil {
		t.Fatalf("%v printed what is no JSON: %v\n%s", cmd, err, out)
	}
}

func TestTheToolReadsWhatWasKeptOfADeadServer(t *testing.T) {
	cause := ""
	for range 5 { // the connection's end may be there before the signal, which is not waited for for long
		if cause = causeOfADump(t); strings.Contains(cause, "signal") {
			return
		}
	}
	t.Errorf("five servers that a signal ended, and the last one's cause is %q", cause)
}

// causeOfADump has a server of its own crash, checks what is told of its dump, and returns the cause of death.
func causeOfADump(t *testing.T) string {
	t.Helper()
	directory := t.TempDir()
	client, cmd := start(t, nil, ringcall.WithDumps(directory))
	const sums = 5
	for range sums {
		mustAdd(t, client)
	}
	if _, err := client.Call(background, methodCrash, nil, nil); !errors.Is(err, ringcall.ErrMayHaveRun) {
		t.Fatalf("the call that crashes gives %v", err)
	}
	dumps, _ := filepath.Glob(filepath.Join(directory, "*.dump"))
	if len(dumps) != 1 {
		t.Fatalf("there are the dumps %v, expected one", dumps)
	}

	type record struct {
		Position uint64
		Method   uint16
		Count    int
		Ended    int
		Fate     string
	}
	var told struct {
		Channels []struct {
			Cause                 string
			Pid, Client           int
			Taken, Reaped, Posted uint64
			Calls, Runs           []record
			Running               *record
		}
	}
	tool(t, &told, "postmortem", dumps[0])
	if len(told.Channels) != 1 {
		t.Fatalf("it tells of %d channels, expected one", len(told.Channels))
	}
	c := told.Channels[0]
	if c.Pid != cmd.Process.Pid || c.Client != os.Getpid() {
		t.Errorf("it tells of server %d and client %d, expected %d and %d", c.Pid, c.Client, cmd.Process.Pid, os.Getpid())
	}
	if c.Reaped != sums || c.Posted != sums+1 || c.Taken != sums+1 {
		t.Errorf("posted %d, taken %d, reaped %d; expected %d, %d and %d", c.Posted, c.Taken, c.Reaped, sums+1, sums+1, sums)
	}
	if len(c.Calls) != 1 || c.Calls[0].Method != methodCrash || c.Calls[0].Position != sums || c.Calls[0].Fate != "may-have-run" {
		t.Errorf("without an answer were %+v, expected the call that crashed", c.Calls)
	}
	if c.Running == nil || c.Running.Method != methodCrash || c.Running.Position != sums {
		t.Errorf("running was %+v, expected the call that crashed", c.Running)
	}
	if len(c.Runs) != sums+1 {
		t.Fatalf("the black box has %d runs, expected %d", len(c.Runs), sums+1)
	}
	for back, run := range c.Runs { // the newest first
		method, ended := uint16(methodAdd), 1
		if back == 0 {
			method, ended = methodCrash, 0
		}
		if run.Method != method || run.Position != uint64(sums-back) || run.Count != 1 || run.Ended != ended {
			t.Errorf("run %d from the end is %+v, expected method %d at %d, %d ended", back, run, method, sums-back, ended)
		}
	}
	return c.Cause
}

// Sampling is asked for by the tool, done by both sides, and told by each: the same calls, the same stages.
func TestTheToolAndTheClientTellTheSameStages(t *testing.T) {
	const calls = 5000
	s := listen(t)
	client := s.dial()
	var tuned struct{}
	tool(t, &tuned, "tune", s.path, "--sample", "1")
	sampled := func() uint64 {
		if methods := client.Stats().Methods; len(methods) != 0 {
			return methods[0].Sampled
		}
		return 0
	}
	for answer := make([]byte, 0, 8); sampled() < calls; {
		if _, err := client.Call(background, methodAdd, addRequest(1, 1), answer); err != nil {
			t.Fatal(err)
		}
	}
	own := client.Stats().Methods
	if len(own) != 1 || own[0].Method != methodAdd || own[0].Sampled != calls || own[0].Total.Count() != calls {
		t.Fatalf("the client tells of %+v, expected %d sampled calls of the one method", own, calls)
	}

	type stage struct {
		Count uint64
		Sum   int64 `json:"sum_ns"`
	}
	var told struct {
		Methods []struct {
			Id             uint16
			Calls, Sampled uint64
			NotOk          uint64 `json:"not_ok"`
			Stages         map[string]stage
		}
	}
	eventually(t, "the server has counted the last call", func() bool {
		tool(t, &told, "stat", s.path, "--total")
		return len(told.Methods) == 1 && told.Methods[0].Stages["total"].Count == calls
	})
	m := told.Methods[0]
	total := m.Stages["total"]
	if m.Id != methodAdd || m.Calls < calls || m.NotOk != 0 || m.Sampled != calls {
		t.Errorf("of %d calls of method %d %d were sampled, %d were not ok", m.Calls, m.Id, m.Sampled, m.NotOk)
	}
	var parts int64
	for name, s := range m.Stages {
		if name != "total" {
			parts += s.Sum
		}
	}
	if off := parts - total.Sum; total.Sum <= 0 || off > total.Sum/100 || -off > total.Sum/100 {
		t.Errorf("the stages take %v together, the calls %v", time.Duration(parts), time.Duration(total.Sum))
	}
}
