package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// The test binary is the demo itself when this is set.
const demoVariable = "RINGCALL_DEMO_MAIN"

func TestMain(m *testing.M) {
	if os.Getenv(demoVariable) != "" {
		main()
	}
	os.Exit(m.Run())
}

func demo(t *testing.T, arguments ...string) *exec.Cmd {
	t.Helper()
	server := os.Getenv("RINGCALL_DEMO_SERVER")
	if server == "" {
		t.Skip("RINGCALL_DEMO_SERVER does not name the demo's server; tools/test demo sets it")
	}
	cmd := exec.Command(os.Args[0], append([]string{"--server", server}, arguments...)...)
	cmd.Env = append(os.Environ(), demoVariable+"=1")
	return cmd
}

// finishes runs the demo to its end and returns what it wrote.
func finishes(t *testing.T, cmd *exec.Cmd, status int) (stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	cmd.Run()
	if cmd.ProcessState.ExitCode() != status {
		t.Errorf("%v: %v, not %d\n%s%s", cmd.Args[1:], cmd.ProcessState, status, out.String(), err.String())
	}
	return out.String(), err.String()
}

func TestTheDemoChecksEveryAnswerOfEveryMode(t *testing.T) {
	files := map[string]string{
		"words":  strings.Repeat("some_words of several lengths a_word_of_more_than_fifteen_bytes ", 1000),
		"noise":  strings.Repeat(". ", chunkSize/2) + string(noise(12345)),
		"long":   strings.Repeat("x", 3*wordSizeMax+1) + " " + strings.Repeat("y", 100) + " " + strings.Repeat("z", 49),
		"spaces": strings.Repeat(" ", 10000),
		"empty":  "",
	}
	out, _ := finishes(t, demo(t, "--json", "--seconds", "600", plant(t, files)), exitOK)
	var r report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	modes := 4 + len(cgoModes())
	for _, s := range r.Sections {
		if len(s.Rows) != modes || s.Files != len(files) || s.Calls == 0 {
			t.Errorf("%s: %d modes, %d files, %d calls", s.Kind, len(s.Rows), s.Files, s.Calls)
		}
		for _, one := range s.Rows {
			if one.Calls != s.Calls || one.Bytes != s.Bytes || one.Covered != 1 || one.NsPerCall <= 0 {
				t.Errorf("%s: %+v of %d", s.Kind, one, s.Calls)
			}
		}
	}
	if !r.Complete || r.Checked < int64(modes)*(r.Sections[0].Calls+r.Sections[1].Calls) {
		t.Errorf("%d answers checked, complete: %v", r.Checked, r.Complete)
	}
}

func TestOneWrongAnswerInAnyModeIsNamed(t *testing.T) {
	// Two words and a block, each sent twice by each mode: once to warm it up, once timed.
	dir := plant(t, map[string]string{"dir/file": "one two"})
	path := filepath.Join(dir, "dir/file")
	for _, c := range []struct {
		corrupt int
		want    string
	}{
		{1, "offset 0: word of 3 bytes, ringcall, call by call"},
		{4, "offset 4: word of 3 bytes, ringcall, call by call"},
		{7, "offset 0: word of 3 bytes, ringcall, pipelined"},
		{12, "offset 4: word of 3 bytes, ringcall, dense batches"},
		{14, "offset 0: block of 7 bytes, ringcall, call by call"},
		{16, "offset 0: block of 7 bytes, ringcall, pipelined"},
		{18, "offset 0: block of 7 bytes, ringcall, dense batches"},
	} {
		_, stderr := finishes(t, demo(t, "--corrupt", strconv.Itoa(c.corrupt), dir), exitFailed)
		if want := fmt.Sprintf("wrong answer: %s, %s: got 0x", path, c.want); !strings.Contains(stderr, want) {
			t.Errorf("answer %d: %q is missing in %s", c.corrupt, want, stderr)
		}
	}
	finishes(t, demo(t, "--corrupt", "19", dir), exitOK)
}

func TestWhatWillNotDoIsSaidAtOnce(t *testing.T) {
	_, stderr := finishes(t, demo(t, filepath.Join(t.TempDir(), "missing")), exitUsage)
	if !strings.Contains(stderr, "missing does not exist") {
		t.Error(stderr)
	}
	_, stderr = finishes(t, demo(t, t.TempDir()), exitUsage)
	if !strings.Contains(stderr, "no regular file") {
		t.Error(stderr)
	}
	_, stderr = finishes(t, demo(t, "--server", "/nonexistent/server", plant(t, map[string]string{"a": "x"})), exitFailed)
	if !strings.Contains(stderr, "cannot start the server") || !strings.Contains(stderr, "/nonexistent/server") {
		t.Error(stderr)
	}
}

// underway starts the demo on more than it can finish soon and returns when its server runs.
func underway(t *testing.T) (cmd *exec.Cmd, server int, stderr io.Reader) {
	t.Helper()
	cmd = demo(t, "--seconds", "600", plant(t, map[string]string{"many": strings.Repeat("word ", 40<<20/5)}))
	pipe, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	stderr = bufio.NewReader(pipe)
	for cmd.Process.Signal(syscall.Signal(0)) == nil {
		if server = childOf(cmd.Process.Pid); server != 0 {
			return cmd, server, stderr
		}
	}
	t.Fatal("it ended before its server ran")
	return
}

// childOf returns the one child of a process once it runs the server, else 0.
func childOf(pid int) int {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		text, _ := os.ReadFile(list)
		child, err := strconv.Atoi(strings.TrimSpace(string(text)))
		if err != nil {
			continue
		}
		if name, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", child)); strings.HasPrefix(string(name), "checksum-") {
			return child
		}
	}
	return 0
}

func TestCtrlCStopsItAndItsServer(t *testing.T) {
	cmd, server, stderr := underway(t)
	cmd.Process.Signal(os.Interrupt)
	text, _ := io.ReadAll(stderr)
	cmd.Wait()
	if cmd.ProcessState.ExitCode() != exitInterrupted || !strings.Contains(string(text), "interrupted") {
		t.Errorf("%v: %s", cmd.ProcessState, text)
	}
	if err := syscall.Kill(server, 0); err != syscall.ESRCH {
		t.Errorf("the server: %v", err)
	}
}

func TestAServerThatDiesIsSaid(t *testing.T) {
	cmd, server, stderr := underway(t)
	syscall.Kill(server, syscall.SIGKILL)
	text, _ := io.ReadAll(stderr)
	cmd.Wait()
	if cmd.ProcessState.ExitCode() != exitFailed || !strings.Contains(string(text), "demo: ") {
		t.Errorf("%v: %s", cmd.ProcessState, text)
	}
}
