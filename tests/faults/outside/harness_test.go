// Package outside tests what befalls a server and its clients from outside: signals, deaths, what they inherit and what they run out of.
package outside

import (
	"bufio"
	"context"
	"encoding/binary"
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
	methodAdd   = 1
	methodHash  = 3
	methodSleep = 5 // on a worker
	methodBlock = 10
	methodPrint = 12
	methodFork  = 13
)

var background = context.Background()

// long says whether the long forms are asked for.
var long = os.Getenv("RINGCALL_FAULTS_LONG") != ""

func count(short, inLong int) int {
	if long {
		return inLong
	}
	return short
}

// The test binary runs again as the process that a test wants.
const roleVariable = "RINGCALL_FAULTS_ROLE"

var roles = map[string]func(path string){"attach": attachRole, "call": callRole}

func TestMain(m *testing.M) {
	if role, ok := roles[os.Getenv(roleVariable)]; ok {
		role(os.Getenv("RINGCALL_FAULTS_PATH"))
		os.Exit(0)
	}
	syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
	os.Exit(m.Run())
}

// must is for roles.
func must(err error) {
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(99)
	}
}

// attachRole attaches, says so and waits for its end.
func attachRole(path string) {
	client, err := dial(path)
	must(err)
	must(addWith(background, client, 1, 2))
	fmt.Println("attached")
	select {}
}

// callRole calls for ever, in slots and through the arena, and says so every now and then.
func callRole(path string) {
	client, err := dial(path)
	must(err)
	large := make([]byte, 20_000)
	for i := int32(0); ; i++ {
		must(addWith(background, client, i, 7))
		if i%16 == 0 {
			pending, err := client.Post(background, methodHash, large)
			must(err)
			_, err = pending.Await(background, nil)
			must(err)
		}
		if i%1000 == 0 {
			fmt.Println("calls")
		}
	}
}

const attachPatience = time.Minute // a busy machine takes its time

func dial(path string, opts ...ringcall.Option) (*ringcall.Client, error) {
	ctx, cancel := context.WithTimeout(background, attachPatience)
	defer cancel()
	return ringcall.Dial(ctx, path, opts...)
}

func launch(cmd *exec.Cmd) (*ringcall.Client, error) {
	ctx, cancel := context.WithTimeout(background, attachPatience)
	defer cancel()
	return ringcall.Start(ctx, cmd, ringcall.WithOutput(func(string, string) {}))
}

// peer is this binary in a role.
type peer struct {
	cmd  *exec.Cmd
	said *bufio.Reader
}

func inRole(t testing.TB, role, path string) *peer {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), roleVariable+"="+role, "RINGCALL_FAULTS_PATH="+path, "GOMAXPROCS=2")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	return &peer{cmd, bufio.NewReader(out)}
}

// hears waits for the next line.
func (p *peer) hears(t testing.TB, want string) {
	t.Helper()
	if line, err := p.said.ReadString('\n'); err != nil || line != want+"\n" {
		t.Fatalf("the process says %q (%v), expected %q", line, err, want)
	}
}

func (p *peer) kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

func serverBinary(t testing.TB) string {
	t.Helper()
	path := os.Getenv("RINGCALL_TEST_SERVER")
	if path == "" {
		t.Skip("RINGCALL_TEST_SERVER does not name the ringcall-test-server to test against")
	}
	return path
}

type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) line(stream, line string) { fmt.Fprintln(j, line) }

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// server is a ringcall-test-server.
type server struct {
	t     testing.TB
	path  string
	cmd   *exec.Cmd
	said  journal
	ended chan struct{}
}

// listen starts a server with these flags, through these words of a shell if there are any, and returns once it answers.
func listen(t testing.TB, shell string, flags ...string) *server {
	t.Helper()
	directory, err := os.MkdirTemp("", "rc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(directory) })
	s := &server{t: t, path: filepath.Join(directory, "s"), ended: make(chan struct{})}
	words := append([]string{serverBinary(t), s.path}, flags...)
	if shell != "" {
		words = append([]string{"sh", "-c", `exec "$0" "$@" ` + shell}, words...)
	}
	s.cmd = exec.Command(words[0], words[1:]...)
	s.cmd.Stdout, s.cmd.Stderr = &s.said, &s.said
	s.cmd.WaitDelay = time.Second
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		s.cmd.Wait()
		close(s.ended)
	}()
	t.Cleanup(s.kill)
	eventually(t, "the server answers", func() bool {
		client, err := dial(s.path)
		if err == nil {
			client.Close()
		}
		return err == nil
	})
	return s
}

func (s *server) kill() {
	s.cmd.Process.Kill()
	<-s.ended
}

func (s *server) pid() int { return s.cmd.Process.Pid }

func (s *server) dial(opts ...ringcall.Option) *ringcall.Client {
	s.t.Helper()
	client, err := dial(s.path, opts...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { client.Close() })
	return client
}

func start(t testing.TB, flags ...string) (*ringcall.Client, *exec.Cmd) {
	t.Helper()
	cmd := exec.Command(serverBinary(t), append([]string{"co-process"}, flags...)...)
	client, err := launch(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client, cmd
}

// each runs f with a dialled and with a launched server, whose pid it gets.
func each(t *testing.T, flags []string, f func(t *testing.T, client *ringcall.Client, pid int)) {
	t.Run("dialled", func(t *testing.T) {
		s := listen(t, "", flags...)
		f(t, s.dial(), s.pid())
	})
	t.Run("started", func(t *testing.T) {
		client, cmd := start(t, flags...)
		f(t, client, cmd.Process.Pid)
	})
}

// stop returns once no thread of the process runs any more: a stop takes its time to reach them.
func stop(t testing.TB, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "every thread is stopped", func() bool {
		threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
		if err != nil {
			t.Fatal(err)
		}
		for _, thread := range threads {
			stat, _ := os.ReadFile(thread)
			if _, state, _ := strings.Cut(string(stat), ") "); !strings.HasPrefix(state, "T") {
				return false
			}
		}
		return len(threads) > 0
	})
}

func resume(pid int) { syscall.Kill(pid, syscall.SIGCONT) }

func addWith(ctx context.Context, client *ringcall.Client, a, b int32) error {
	request := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, uint32(a)), uint32(b))
	answer, err := client.Call(ctx, methodAdd, request, nil)
	if err == nil && (len(answer) != 8 || int64(binary.LittleEndian.Uint64(answer)) != int64(a)+int64(b)) {
		return fmt.Errorf("%d + %d is answered with %x", a, b, answer)
	}
	return err
}

func mustAdd(t testing.TB, client *ringcall.Client) {
	t.Helper()
	if err := addWith(background, client, 40, 2); err != nil {
		t.Error(err)
	}
}

func nanoseconds(d time.Duration) []byte { return binary.LittleEndian.AppendUint64(nil, uint64(d)) }

// eventually waits until condition holds; it is for what happens soon but announces itself to nobody.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never happened: %s", what)
		}
	}
}

func noRecoveredWakes(t testing.TB, client *ringcall.Client) {
	t.Helper()
	stats := client.Stats()
	if ours, theirs := stats.Client.RecoveredWakes, stats.Server.RecoveredWakes; ours != 0 || theirs != 0 {
		t.Errorf("the client had to recover %d wakes, the server %d: a wake was lost", ours, theirs)
	}
}

// holding is what a process holds.
type holding struct{ descriptors, segments, mappings, threads int }

func holdingOf(t testing.TB, pid int) holding {
	t.Helper()
	process := fmt.Sprintf("/proc/%d/", pid)
	maps, err := os.ReadFile(process + "maps")
	if err != nil {
		t.Fatal(err)
	}
	entries := func(directory string) int {
		all, err := os.ReadDir(process + directory)
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	text := string(maps)
	return holding{entries("fd"), strings.Count(text, "memfd:ringcall "), strings.Count(text, "\n"), entries("task")}
}

// statusOf is a number of /proc/PID/status, in KiB where it is a size.
func statusOf(t testing.TB, pid int, name string) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "\n"+name+":")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		t.Fatalf("/proc/%d/status has no %s", pid, name)
	}
	n, err := strconv.Atoi(fields[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}
