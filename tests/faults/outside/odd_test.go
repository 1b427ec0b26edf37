package outside

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

func TestStandardDescriptorsThatWereClosedAtTheStartHarmNothing(t *testing.T) {
	t.Setenv("RINGCALL_LOG", "trace") // as much as it can say
	for _, closed := range []string{"<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"} {
		t.Run("dialled "+closed, func(t *testing.T) {
			s := listen(t, closed, "--workers", "1")
			standardAreHarmless(t, s.pid())
			for range 20 {
				client := s.dial()
				for range 5 {
					mustAdd(t, client)
				}
				if _, err := client.Call(background, methodPrint, []byte("to stdout and stderr"), nil); err != nil {
					t.Error(err)
				}
				mustAdd(t, client)
				noRecoveredWakes(t, client)
				if err := client.Close(); err != nil {
					t.Error(err)
				}
			}
		})
		t.Run("started "+closed, func(t *testing.T) {
			cmd := exec.Command("sh", "-c", `exec "$0" co-process `+closed, serverBinary(t))
			client, err := launch(cmd)
			if err != nil {
				t.Fatal(err)
			}
			standardAreHarmless(t, cmd.Process.Pid)
			if _, err := client.Call(background, methodPrint, []byte("to stdout and stderr"), nil); err != nil {
				t.Error(err)
			}
			mustAdd(t, client)
			if err := client.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// standardAreHarmless says that what the process prints cannot reach a descriptor of a server.
func standardAreHarmless(t *testing.T, pid int) {
	t.Helper()
	for _, descriptor := range []string{"0", "1", "2"} {
		target, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, descriptor))
		if err != nil || !strings.HasPrefix(target, "/dev/null") && !strings.HasPrefix(target, "pipe:") {
			t.Errorf("descriptor %s is %q (%v), expected /dev/null or our pipe", descriptor, target, err)
		}
	}
}

// A Go client whose standard descriptors are closed: Go's runtime opens them, so this says that it still does.
func TestAClientWithoutStandardInputAndErrorCalls(t *testing.T) {
	s := listen(t, "")
	cmd := exec.Command("sh", "-c", `exec "$0" <&- 2>&-`, "/proc/self/exe")
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Args[3] = self
	cmd.Env = append(os.Environ(), roleVariable+"=attach", "RINGCALL_FAULTS_PATH="+s.path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	(&peer{cmd, bufio.NewReader(out)}).hears(t, "attached")
	cmd.Process.Kill()
	cmd.Wait()
}

// Both sides have the default action for SIGPIPE, which is to end, when they start.
func TestABellForAPeerThatIsGoneEndsNobody(t *testing.T) {
	s := listen(t, "", "--workers", "4")
	other := s.dial()
	for range count(20, 200) {
		p := inRole(t, "attach", s.path)
		p.hears(t, "attached")
		p.kill()
	}
	// Answers for those that have left already, from workers that are still busy.
	for range count(20, 200) {
		client := s.dial()
		for range 8 {
			if _, err := client.Post(background, methodSleep, nanoseconds(2*time.Millisecond)); err != nil {
				t.Fatal(err)
			}
		}
		client.Close()
	}
	mustAdd(t, other)
	doomed := listen(t, "")
	client := doomed.dial()
	doomed.cmd.Process.Signal(syscall.SIGKILL)
	for {
		if err := addWith(background, client, 1, 1); err != nil {
			if !errors.Is(err, ringcall.ErrServerGone) {
				t.Errorf("the error is %v", err)
			}
			break
		}
	}
}

func TestALogThatNobodyReadsAnyMoreEndsNobody(t *testing.T) {
	t.Setenv("RINGCALL_LOG", "trace")
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "s")
	cmd := exec.Command(serverBinary(t), path)
	cmd.Stdout, cmd.Stderr = writer, writer
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	writer.Close()
	reader.Close()
	for range 20 {
		var client *ringcall.Client
		eventually(t, "the server answers", func() bool {
			client, err = dial(path)
			return err == nil
		})
		mustAdd(t, client)
		client.Close()
	}
}

func TestAClientWithoutDescriptorsSaysSo(t *testing.T) {
	s := listen(t, "")
	path, err := ringcallClient(t)
	if err != nil {
		t.Skip(err)
	}
	seen := map[string]bool{}
	for limit := 5; limit < 16; limit++ {
		cmd := exec.Command("sh", "-c", `ulimit -n "$1"; exec "$0"`, path, string(rune('0'+limit/10))+string(rune('0'+limit%10)))
		cmd.Stdin = strings.NewReader("dial " + s.path + "\n")
		said, err := cmd.Output()
		text := strings.TrimSpace(string(said))
		if err != nil || text != "ok" && !strings.Contains(text, "too many open files") {
			t.Errorf("with %d descriptors: %q (%v)", limit, text, err)
		}
		seen[text] = true
	}
	if len(seen) < 3 || !seen["ok"] {
		t.Errorf("expected more ways to run out: %v", seen)
	}
	mustAdd(t, s.dial())
}

// ringcallClient is the program of client/, from tools/test.
func ringcallClient(t *testing.T) (string, error) {
	first, _, _ := strings.Cut(os.Getenv("RINGCALL_FAULTS_CLIENTS"), ":")
	if first == "" {
		return "", errors.New("RINGCALL_FAULTS_CLIENTS names no client; tools/test faults builds them")
	}
	return first, nil
}

func TestAServerWithoutDescriptorsServesThoseItHas(t *testing.T) {
	t.Setenv("RINGCALL_LOG", "info")
	s := listen(t, "")
	old := s.dial()
	eventually(t, "the first dial has gone", func() bool { return holdingOf(t, s.pid()).segments == 1 })
	limit := 0 // the lowest free number: with it as the limit there is none
	for _, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/0", s.pid())); err == nil; _, err = os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", s.pid(), limit)) {
		limit++
	}
	for room := range 3 {
		setDescriptorLimit(t, s.pid(), limit+room)
		ctx, cancel := context.WithTimeout(background, 300*time.Millisecond)
		client, err := ringcall.Dial(ctx, s.path)
		cancel()
		if err == nil {
			client.Close()
		} else if !errors.Is(err, ringcall.ErrDeadline) && !strings.Contains(err.Error(), "oo many open files") {
			t.Errorf("with room for %d descriptors: %v", room, err)
		}
		mustAdd(t, old)
	}
	eventually(t, "the server says that it has none left", func() bool { return strings.Contains(s.said.String(), "Too many open files") })
	setDescriptorLimit(t, s.pid(), 1024)
	eventually(t, "there is room again", func() bool {
		client, err := dial(s.path)
		if err == nil {
			client.Close()
		}
		return err == nil
	})
	mustAdd(t, old)
}

// The system's clock may be set: nothing here may ask it.
func TestOnlyTheMonotonicClockIsRead(t *testing.T) {
	wall := regexp.MustCompile(`system_clock|CLOCK_REALTIME|gettimeofday|\btime\(NULL\)|\btime\(nullptr\)|localtime|UnixNano\(\)|\.Unix\(\)|UnixMilli\(\)`)
	told := map[string]string{"stats_file.cpp": "CLOCK_REALTIME"} // once, when the server started: tools show it, and nothing is reckoned with it
	files := 0
	for _, pattern := range []string{"../../../src/*.cpp", "../../../src/*.hpp", "../../../include/ringcall/*.h*", "../../../go/*.go", "../../../go/*.c", "../../../go/internal/*/*.go"} {
		all, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range all {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			files++
			if found := wall.FindString(string(text)); found != "" && found != told[filepath.Base(file)] {
				t.Errorf("%s uses %s, which jumps when the clock is set", file, found)
			}
			if strings.Contains(string(text), "GODEBUG") {
				t.Errorf("%s touches GODEBUG, which is the program's", file)
			}
		}
	}
	if files < 60 {
		t.Errorf("only %d files were looked at", files)
	}
}
