package ringcall

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The test binary runs again as the co-process that a test wants; roleVariable says which.
const roleVariable = "RINGCALL_TEST_ROLE"

var roles = map[string]func(){
	"serve":       func() { serveUntilEnd(inheritedConnection()) },
	"serve, fail": func() { serveUntilEnd(inheritedConnection()); os.Exit(4) },
	"print and serve": func() {
		fmt.Println("to stdout")
		fmt.Fprintln(os.Stderr, "to stderr")
		serveUntilEnd(inheritedConnection())
	},
	"print 1 MiB": func() {
		line := strings.Repeat("p", 1023) + "\n"
		conn := inheritedConnection()
		for range 1024 {
			io.WriteString(os.Stdout, line)
		}
		serveUntilEnd(conn)
	},
	"exit": func() {
		fmt.Fprintln(os.Stderr, "cannot open calibration.dat")
		os.Exit(3)
	},
	"exit with 0": func() {},
	"silence":     func() { time.Sleep(time.Hour) },
	"ignore the end": func() {
		serveUntilEnd(inheritedConnection())
		time.Sleep(time.Hour)
	},
	"ignore the end and SIGTERM": func() {
		signal.Ignore(syscall.SIGTERM)
		serveUntilEnd(inheritedConnection())
		time.Sleep(time.Hour)
	},
	"die soon": func() {
		conn := inheritedConnection()
		must(fakeWelcome(conn))
		conn.Read(make([]byte, 1))
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	},
	"a grandchild holds all": func() {
		descriptor, _ := strconv.Atoi(os.Getenv(descriptorVariable))
		grandchild := exec.Command("sleep", "10")
		grandchild.Stdout, grandchild.Stderr = os.Stdout, os.Stderr
		grandchild.ExtraFiles = []*os.File{os.NewFile(uintptr(descriptor), "")}
		must(grandchild.Start())
		os.Exit(5)
	},
	"report descriptors": func() {
		entries, err := os.ReadDir("/proc/self/fd")
		must(err)
		for _, entry := range entries {
			if target, err := os.Readlink("/proc/self/fd/" + entry.Name()); err == nil { // not the listing's own
				fmt.Println(entry.Name(), target)
			}
		}
		serveUntilEnd(inheritedConnection())
	},
	"a parent": parentRole,
}

func init() {
	role, ok := roles[os.Getenv(roleVariable)]
	if !ok {
		return
	}
	os.Unsetenv(roleVariable)
	role()
	os.Exit(0)
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(99)
	}
}

func inheritedConnection() *net.UnixConn {
	descriptor, err := strconv.Atoi(os.Getenv(descriptorVariable))
	must(err)
	file := os.NewFile(uintptr(descriptor), "inherited")
	conn, err := net.FileConn(file)
	must(err)
	file.Close()
	return conn.(*net.UnixConn)
}

func serveUntilEnd(conn *net.UnixConn) {
	must(fakeWelcome(conn))
	io.Copy(io.Discard, conn)
}

func coprocess(t testing.TB, role string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), roleVariable+"="+role, "GORACE=atexit_sleep_ms=0")
	return cmd
}

// lines collects output; safe while the sink runs.
type lines struct {
	mu   sync.Mutex
	text []string
}

func (l *lines) sink(stream, line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, stream+": "+line)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.text, "\n")
}

func mustStart(t *testing.T, cmd *exec.Cmd, opts ...Option) *Client {
	t.Helper()
	client, err := Start(context.Background(), cmd, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// strayDescriptors counts those above 2 that whoever started the tests lets every process inherit.
func strayDescriptors() int {
	count := 0
	for descriptor := uintptr(3); descriptor < 1024; descriptor++ {
		flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, descriptor, syscall.F_GETFD, 0)
		if errno == 0 && flags&syscall.FD_CLOEXEC == 0 {
			count++
		}
	}
	return count
}

func isReaped(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

func TestStart(t *testing.T) {
	var collected lines
	mustStart(t, coprocess(t, "serve"), WithOutput(collected.sink)).Close() // so that the netpoller has its descriptors

	t.Run("the co-process serves and ends with the client", func(t *testing.T) {
		keepsDescriptors(t, func() {
			cmd := coprocess(t, "serve")
			client := mustStart(t, cmd, WithOutput(collected.sink))
			if err := client.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
			if !isReaped(cmd.Process.Pid) {
				t.Error("the co-process was not reaped by Close")
			}
			client.Close()
		})
	})
	t.Run("its lines reach the sink before Close returns", func(t *testing.T) {
		var got lines
		mustStart(t, coprocess(t, "print and serve"), WithOutput(got.sink)).Close()
		if text := got.String(); !strings.Contains(text, "stdout: to stdout") || !strings.Contains(text, "stderr: to stderr") {
			t.Errorf("the sink got %q", text)
		}
	})
	t.Run("streams that the caller claims are left alone", func(t *testing.T) {
		var got lines
		var claimed bytes.Buffer
		cmd := coprocess(t, "print and serve")
		cmd.Stderr = &claimed
		mustStart(t, cmd, WithOutput(got.sink)).Close()
		if claimed.String() != "to stderr\n" || got.String() != "stdout: to stdout" {
			t.Errorf("the buffer has %q, the sink %q", claimed.String(), got.String())
		}
	})
	t.Run("a failing exit is Close's error", func(t *testing.T) {
		err := mustStart(t, coprocess(t, "serve, fail"), WithOutput(collected.sink)).Close()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 4 {
			t.Errorf("Close: %v, expected exit status 4", err)
		}
	})
	t.Run("it inherits its four descriptors and no more", func(t *testing.T) {
		var got lines
		mustStart(t, coprocess(t, "report descriptors"), WithOutput(got.sink)).Close()
		if count := strings.Count(got.String(), "stdout: "); count != 4+strayDescriptors() {
			t.Errorf("it has\n%s", got.String())
		}
	})
	t.Run("the command's own extra files and environment stay", func(t *testing.T) {
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		defer writer.Close()
		cmd := coprocess(t, "serve")
		cmd.ExtraFiles = []*os.File{reader}
		environment := len(cmd.Env)
		mustStart(t, cmd, WithOutput(collected.sink)).Close()
		if len(cmd.ExtraFiles) != 1 || len(cmd.Env) != environment || cmd.Stdout != nil || cmd.Stderr != nil {
			t.Errorf("afterwards cmd is %+v", cmd)
		}
	})
}

func TestCloseInsists(t *testing.T) {
	for role, test := range map[string]struct {
		grace time.Duration // which a busy machine may need to end what SIGTERM ends
		sent  string
	}{"ignore the end": {time.Second, "was sent SIGTERM"}, "ignore the end and SIGTERM": {50 * time.Millisecond, "was sent SIGTERM, then SIGKILL"}} {
		t.Run(role, func(t *testing.T) {
			cmd := coprocess(t, role)
			client := mustStart(t, cmd, WithGrace(test.grace), WithOutput(func(string, string) {}))
			err := client.Close()
			if err == nil || !strings.Contains(err.Error(), "did not exit within "+test.grace.String()) || !strings.HasSuffix(err.Error(), test.sent) {
				t.Errorf("Close: %v, expected it to say: %s", err, test.sent)
			}
			if !isReaped(cmd.Process.Pid) {
				t.Error("the co-process was not reaped")
			}
		})
	}
}

func TestStartNeverBlocksTheChild(t *testing.T) {
	unblock := make(chan struct{})
	cmd := coprocess(t, "print 1 MiB")
	// It says welcome after its last line only.
	client := mustStart(t, cmd, WithOutput(func(string, string) { <-unblock }))
	close(unblock)
	if err := client.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

func TestProcessTellsItsExit(t *testing.T) {
	p, conn, err := launch(coprocess(t, "die soon"), makeOptions([]Option{WithOutput(func(string, string) {})}))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, unmap, _, err := receiveSegment(context.Background(), conn, interfaceSend)
	if err != nil {
		t.Fatal(err)
	}
	defer unmap()
	if err := p.exit(0); err != nil {
		t.Errorf("a living process has ended with %v", err)
	}
	conn.Write([]byte{1})
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the connection did not end with the process")
	}
	if err := p.exit(5 * time.Second); err == nil || err.Error() != "signal: killed" {
		t.Errorf("it ended with %v, expected: signal: killed", err)
	}
}

// parentRole starts a co-process, tells its pid and waits to be killed.
func parentRole() {
	self, err := os.Executable()
	must(err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), roleVariable+"=serve")
	_, err = Start(context.Background(), cmd)
	must(err)
	fmt.Println(cmd.Process.Pid)
	time.Sleep(time.Hour)
}

func TestCoprocessEndsWithAKilledParent(t *testing.T) {
	parent := coprocess(t, "a parent")
	stdout, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	parent.Process.Kill()
	parent.Wait()
	for deadline := time.Now().Add(5 * time.Second); !hasExited(pid); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			syscall.Kill(pid, syscall.SIGKILL)
			t.Fatal("the co-process survived its parent")
		}
	}
}

// hasExited is true for a zombie too: its new parent may take its time.
func hasExited(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || bytes.HasPrefix(stat[bytes.LastIndexByte(stat, ')')+1:], []byte(" Z"))
}
