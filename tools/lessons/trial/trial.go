// Package trial is what the lessons' tests share: their servers, client processes to kill, and the watch over memory.
package trial

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

// A test binary that finds this in its environment plays the role it names instead of running tests.
const roleVariable = "RINGCALL_LESSON_ROLE"

// Main runs the tests, or plays a role.
func Main(m *testing.M, roles map[string]func()) {
	if role := roles[os.Getenv(roleVariable)]; role != nil {
		role()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Program is this test binary in a role. It dies with the tests.
func Program(role string, arguments ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], arguments...)
	cmd.Env = append(os.Environ(), roleVariable+"="+role)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// Output runs a program to its end, which must be a success, and returns what it printed.
func Output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out.String())
	}
	return out.String()
}

// Server is the path of a lesson's server.
func Server(t testing.TB, lesson string) string {
	t.Helper()
	directory := os.Getenv("RINGCALL_LESSON_SERVERS")
	if directory == "" {
		t.Skip("RINGCALL_LESSON_SERVERS does not name the directory of the lessons' servers; tools/test lessons sets it")
	}
	return filepath.Join(directory, lesson+"-server")
}

// Listen starts a lesson's server as a process that listens under the lesson's name, and returns its pid once clients can dial it. It
// ends with the test, and must end well.
func Listen(t testing.TB, lesson string) (pid int) {
	t.Helper()
	path := Server(t, lesson)
	directory, err := os.MkdirTemp("", "rc") // short, for a socket's path may have 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(directory) })
	t.Setenv("XDG_RUNTIME_DIR", directory)

	var said journal
	cmd := exec.Command(path)
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("the server ended with %v\n%s", err, said.String())
			}
		case <-time.After(10 * time.Second):
			cmd.Process.Kill()
			t.Errorf("the server did not end by itself\n%s", said.String())
		}
	})
	Eventually(t, "the server listens", func() bool {
		client, err := ringcall.Dial(context.Background(), lesson)
		if err == nil {
			client.Close()
		} else if !errors.Is(err, ringcall.ErrNoServer) {
			t.Fatalf("%v\n%s", err, said.String())
		}
		return err == nil
	})
	return cmd.Process.Pid
}

// Eventually waits for what happens soon but announces itself to nobody.
func Eventually(t testing.TB, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !happened(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never came about: %s", what)
		}
	}
}

// journal collects what a process prints.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}
