package interop

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

// The methods of ringcall-test-server.
const (
	methodAdd    = 1
	methodEcho   = 2
	methodHash   = 3
	methodFail   = 4
	methodSleep  = 5 // on a worker
	methodCrash  = 6
	methodGrow   = 7
	methodScale  = 8
	methodThrow  = 9
	methodBlock  = 10 // sleeps on the loop
	methodPid    = 11
	methodPrint  = 12
	methodAbsent = 999
)

var background = context.Background()

func TestMain(m *testing.M) {
	if role, ok := roles[os.Getenv(roleVariable)]; ok {
		os.Unsetenv(roleVariable)
		role()
		os.Exit(0)
	}
	// Crashes are wanted here; their core files are not.
	syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	os.Exit(m.Run())
}

func serverBinary(t testing.TB) string {
	t.Helper()
	path := os.Getenv("RINGCALL_TEST_SERVER")
	if path == "" {
		t.Skip("RINGCALL_TEST_SERVER does not name the ringcall-test-server to test against")
	}
	return path
}

// socketDirectory is short, unlike t.TempDir: a socket's path may have 107 bytes.
func socketDirectory(t testing.TB) string {
	t.Helper()
	directory, err := os.MkdirTemp("", "rc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(directory) })
	return directory
}

// journal collects what a process prints; it is safe for concurrent use.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) line(stream, line string) { fmt.Fprintf(j, "%s: %s\n", stream, line) }

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// server is a ringcall-test-server that listens at path.
type server struct {
	t      testing.TB
	path   string
	cmd    *exec.Cmd
	said   journal
	ended  chan struct{}
	result error // of cmd.Wait, once ended is closed
	doomed bool  // the test ends it in its own way
}

// launch runs cmd, which is to listen at path, and ends it with the test.
func launch(t testing.TB, path string, cmd *exec.Cmd) *server {
	t.Helper()
	s := &server{t: t, path: path, cmd: cmd, ended: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &s.said, &s.said
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = new(syscall.SysProcAttr)
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL // should the tests time out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		s.result = cmd.Wait()
		close(s.ended)
	}()
	t.Cleanup(s.finish)
	return s
}

// listen starts a server with these flags and returns once it answers.
func listen(t testing.TB, flags ...string) *server {
	t.Helper()
	path := filepath.Join(socketDirectory(t), "s")
	s := launch(t, path, exec.Command(serverBinary(t), append([]string{path}, flags...)...))
	s.ready()
	return s
}

func (s *server) ready() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(background, 10*time.Second)
	defer cancel()
	for {
		client, err := ringcall.Dial(ctx, s.path)
		if err == nil {
			client.Close()
			return
		}
		if !errors.Is(err, ringcall.ErrNoServer) {
			s.t.Fatalf("the server does not come up: %v\n%s", err, s.said.String())
		}
		select {
		case <-s.ended:
			s.t.Fatalf("the server ended: %v\n%s", s.result, s.said.String())
		case <-time.After(time.Millisecond):
		}
	}
}

// finish asks the server to end, which it must with status 0.
func (s *server) finish() {
	if !s.doomed {
		s.cmd.Process.Signal(syscall.SIGTERM)
	}
	if !s.waitEnd(10 * time.Second) {
		s.cmd.Process.Kill()
		<-s.ended
		s.t.Errorf("the server did not end by itself\n%s", s.said.String())
	}
	if !s.doomed && s.result != nil {
		s.t.Errorf("the server ended with %v\n%s", s.result, s.said.String())
	}
}

func (s *server) kill() {
	s.doomed = true
	s.cmd.Process.Kill()
}

func (s *server) waitEnd(patience time.Duration) bool {
	select {
	case <-s.ended:
		return true
	case <-time.After(patience):
		return false
	}
}

func (s *server) dial(opts ...ringcall.Option) *ringcall.Client {
	s.t.Helper()
	client, err := ringcall.Dial(background, s.path, opts...)
	if err != nil {
		s.t.Fatal(err)
	}
	closeWith(s.t, client)
	return client
}

// start launches a co-process, whose lines are shown if the test fails.
func start(t testing.TB, flags []string, opts ...ringcall.Option) (*ringcall.Client, *exec.Cmd) {
	t.Helper()
	cmd := exec.Command(serverBinary(t), append([]string{"co-process"}, flags...)...)
	var said journal
	client, err := ringcall.Start(background, cmd, append([]ringcall.Option{ringcall.WithOutput(said.line)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the co-process said:\n%s", said.String())
		}
	})
	closeWith(t, client)
	return client, cmd
}

// closeWith closes the client with the test, and checks that it never had to be woken by the clock.
func closeWith(t testing.TB, client *ringcall.Client) {
	t.Cleanup(func() {
		checkWakes(t, client)
		client.Close()
	})
}

// each runs f with a client of a server that listens and with one of a co-process.
func each(t *testing.T, flags []string, f func(t *testing.T, client *ringcall.Client)) {
	t.Run("dialled", func(t *testing.T) { f(t, listen(t, flags...).dial()) })
	t.Run("started", func(t *testing.T) {
		client, _ := start(t, flags)
		f(t, client)
	})
}

// checkWakes fails if a side slept past what it waited for and only the clock woke it.
func checkWakes(t testing.TB, client *ringcall.Client) {
	t.Helper()
	stats := client.Stats()
	if ours, theirs := stats.Client.RecoveredWakes, stats.Server.RecoveredWakes; ours != 0 || theirs != 0 {
		t.Errorf("the client had to recover %d wakes, the server %d: a wake was lost", ours, theirs)
	}
}

func numbers(values ...uint64) []byte {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	return b
}

func addRequest(a, b int32) []byte {
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, uint32(a)), uint32(b))
}

func wantSum(t testing.TB, answer []byte, err error, a, b int32) {
	t.Helper()
	if err != nil {
		t.Errorf("%d + %d: %v", a, b, err)
		return
	}
	if len(answer) != 8 {
		t.Errorf("%d + %d: the answer has %d bytes, expected 8", a, b, len(answer))
		return
	}
	if sum := int64(binary.LittleEndian.Uint64(answer)); sum != int64(a)+int64(b) {
		t.Errorf("%d + %d is %d", a, b, sum)
	}
}

// mustAdd shows that the channel works.
func mustAdd(t testing.TB, client *ringcall.Client) {
	t.Helper()
	answer, err := client.Call(background, methodAdd, addRequest(40, 2), nil)
	wantSum(t, answer, err, 40, 2)
}

func fnv1a(b []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, c := range b {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}

func pattern(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i * 7)
	}
	return b
}

func within(t testing.TB, what string, limit time.Duration, f func()) {
	t.Helper()
	begin := time.Now()
	f()
	if took := time.Since(begin); took > limit {
		t.Errorf("%s took %v, expected at most %v", what, took, limit)
	}
}

// eventually waits until condition holds; it is for what happens soon but announces itself to nobody.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never happened: %s", what)
		}
	}
}

func openDescriptors(t testing.TB, pid int) int {
	t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// hasExited is true for a zombie too: a new parent may take its time.
func hasExited(pid int) bool {
	fields := statFields(pid)
	return fields == nil || fields[0] == "Z"
}

// statFields are those of /proc/PID/stat behind the program's name; nil if there is no such process.
func statFields(pid int) []string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return nil
	}
	return strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
}

// cpuTicks is the processor time that the process has used, in clock ticks (10 ms).
func cpuTicks(t testing.TB, pid int) int {
	t.Helper()
	fields := statFields(pid)
	if fields == nil {
		t.Fatalf("process %d is gone", pid)
	}
	sum := 0
	for _, field := range fields[11:13] { // utime, stime
		ticks, err := strconv.Atoi(field)
		if err != nil {
			t.Fatal(err)
		}
		sum += ticks
	}
	return sum
}
