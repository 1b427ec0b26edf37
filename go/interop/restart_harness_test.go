package interop

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

const methodNote = 14

// What methodNote does once the number is noted.
const (
	noteAnswers = iota
	noteAborts
	noteExits
	noteFails
	noteRests // a third of a millisecond
)

type noteRequest struct {
	Number       uint64
	Action, Zero uint32
}

type noteAnswer struct{ Number uint64 }

var (
	noteOnce  = &ringcall.Method{ID: methodNote, Name: "Notes.Once"}
	noteAgain = &ringcall.Method{ID: methodNote, Name: "Notes.Again", Idempotent: true}
)

// notes is the file in which servers note what they run.
type notes struct {
	t    testing.TB
	path string
}

func newNotes(t testing.TB) *notes {
	n := &notes{t, filepath.Join(t.TempDir(), "notes")}
	if err := os.WriteFile(n.path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return n
}

func (n *notes) variable() string { return "RINGCALL_TEST_NOTES=" + n.path }

// runs says how often each number was run.
func (n *notes) runs() map[uint64]int {
	n.t.Helper()
	text, err := os.ReadFile(n.path)
	if err != nil {
		n.t.Fatal(err)
	}
	runs := make(map[uint64]int)
	for _, line := range strings.Fields(string(text)) {
		number, err := strconv.ParseUint(line, 10, 64)
		if err != nil {
			n.t.Fatal(err)
		}
		runs[number]++
	}
	return runs
}

func (n *notes) expect(number uint64, times int) {
	n.t.Helper()
	if ran := n.runs()[number]; ran != times {
		n.t.Errorf("number %d was run %d times, expected %d", number, ran, times)
	}
}

// restarting starts a co-process that comes back, and notes what it runs.
func restarting(t testing.TB, flags ...string) (*ringcall.Client, *notes) {
	t.Helper()
	return restartingCommand(t, exec.Command(serverBinary(t), append([]string{"co-process"}, flags...)...))
}

func restartingCommand(t testing.TB, cmd *exec.Cmd, opts ...ringcall.Option) (*ringcall.Client, *notes) {
	t.Helper()
	n := newNotes(t)
	cmd.Env = append(os.Environ(), n.variable())
	said := new(journal)
	client, err := ringcall.Start(background, cmd, append([]ringcall.Option{ringcall.WithRestart(), ringcall.WithOutput(said.line)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the servers said:\n%s", said.String())
		}
	})
	closeWith(t, client)
	return client, n
}

func pidOf(t testing.TB, client *ringcall.Client) int {
	t.Helper()
	answer, err := client.Call(background, methodPid, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return int(binary.LittleEndian.Uint32(answer))
}

func killServer(t testing.TB, client *ringcall.Client) {
	t.Helper()
	kill(t, pidOf(t, client))
}

func kill(t testing.TB, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Error(err)
	}
}

func callNote(ctx context.Context, client *ringcall.Client, m *ringcall.Method, number uint64, action uint32) error {
	var answer noteAnswer
	err := ringcall.CallRecord(ctx, client, m, &noteRequest{number, action, 0}, &answer)
	if err == nil && answer.Number != number {
		return errors.New("the answer is another request's")
	}
	return err
}

// inTime is a deadline that is met unless something hangs.
func inTime(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(background, 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

var pidOfTests = os.Getpid()

func touch(t testing.TB, file string) {
	t.Helper()
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func remove(t testing.TB, file string) {
	t.Helper()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}

// childrenOf lists a process's children, zombies too.
func childrenOf(pid int) (children []string) {
	files, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/children")
	for _, file := range files {
		text, _ := os.ReadFile(file)
		children = append(children, strings.Fields(string(text))...)
	}
	return children
}
