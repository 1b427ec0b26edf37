package interop

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	ringcall "github.com/ringcall/ringcall/go"
)

// hello and welcome as abi.h has them.
const (
	helloMagic       = "RCCHELLO"
	welcomeMagic     = "RCSWELCM"
	welcomeSize      = 256
	welcomeMessageAt = 64
	statusVersion    = 1
	statusUser       = 4
	statusMalformed  = 5
)

// hello sends a hello by hand and returns the welcome's version, status and message, and how the connection went on.
func hello(path string, message []byte) (version, status uint32, text string, after error) {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return 0, 0, "", err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	conn.Write(message) // a server that refuses before it reads may have closed
	welcome := make([]byte, welcomeSize)
	if _, err := io.ReadFull(conn, welcome); err != nil {
		return 0, 0, "", fmt.Errorf("reading the welcome: %w", err)
	}
	if string(welcome[:8]) != welcomeMagic {
		return 0, 0, "", fmt.Errorf("the welcome begins with %q", welcome[:8])
	}
	_, after = conn.Read(make([]byte, 1))
	text, _, _ = strings.Cut(string(welcome[welcomeMessageAt:]), "\x00")
	return binary.LittleEndian.Uint32(welcome[8:]), binary.LittleEndian.Uint32(welcome[16:]), text, after
}

func helloOf(version, size, kind uint32) []byte {
	message := append([]byte(helloMagic), make([]byte, 56)...)
	binary.LittleEndian.PutUint32(message[8:], version)
	binary.LittleEndian.PutUint32(message[12:], size)
	binary.LittleEndian.PutUint32(message[16:], kind)
	return message
}

func TestTheServerRefusesBadHellos(t *testing.T) {
	s := listen(t)
	for _, test := range []struct {
		name    string
		message []byte
		status  uint32
		says    []string
	}{
		{"a newer version", helloOf(99, 64, 1), statusVersion, []string{"99", "1"}},
		{"an older version", helloOf(0, 64, 1), statusVersion, []string{"0", "1"}},
		{"another version's shorter hello", helloOf(2, 16, 1)[:16], statusVersion, []string{"2", "1"}},
		{"another size", helloOf(1, 65, 1), statusMalformed, []string{"65", "64"}},
		{"another kind", helloOf(1, 64, 77), statusMalformed, []string{"77"}},
		{"another protocol", []byte("GET / HTTP/1.1\r\nHost: calc\r\n\r\n"), statusMalformed, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			version, status, text, after := hello(s.path, test.message)
			if version != 1 || status != test.status {
				t.Errorf("the welcome has version %d and status %d, expected 1 and %d", version, status, test.status)
			}
			for _, part := range test.says {
				if !strings.Contains(text, part) {
					t.Errorf("the message %q does not say %q", text, part)
				}
			}
			if !errors.Is(after, io.EOF) && !errors.Is(after, syscall.ECONNRESET) {
				t.Errorf("the connection went on with %v, expected its end", after)
			}
		})
	}
	mustAdd(t, s.dial())
}

func TestASilentConnectionHoldsNobodyUp(t *testing.T) {
	s := listen(t)
	silent, err := net.Dial("unix", s.path)
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	within(t, "attaching beside it", 1900*time.Millisecond, func() { mustAdd(t, s.dial()) })
	silent.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.Copy(io.Discard, silent); err != nil {
		t.Errorf("the silent connection was not ended by the server: %v", err)
	}
}

// publicDirectory is one in which any user may make a socket, with a copy of the binary that any user may run.
func publicDirectory(t *testing.T, binary string) (directory, program string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can run a process as another user")
	}
	directory = socketDirectory(t)
	if err := os.Chmod(directory, 0o777); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	program = filepath.Join(directory, "program")
	if err := os.WriteFile(program, content, 0o755); err != nil {
		t.Fatal(err)
	}
	return directory, program
}

func asNobody(cmd *exec.Cmd) *exec.Cmd {
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	cmd.Dir = "/"
	return cmd
}

func TestAnotherUsersServerIsNotTrusted(t *testing.T) {
	directory, program := publicDirectory(t, serverBinary(t))
	path := filepath.Join(directory, "s")
	s := launch(t, path, asNobody(exec.Command(program, path)))
	eventually(t, "the server listens", func() bool {
		_, err := ringcall.Dial(background, path)
		if err == nil || !errors.Is(err, ringcall.ErrNoServer) && !errors.Is(err, ringcall.ErrUntrusted) {
			t.Fatalf("the error is %v", err)
		}
		return errors.Is(err, ringcall.ErrUntrusted) && strings.Contains(err.Error(), "user 65534")
	})
	s.cmd.Process.Signal(syscall.SIGTERM)
	s.waitEnd(10 * time.Second)
	if strings.Contains(s.said.String(), "attached") {
		t.Errorf("the server said\n%s", s.said.String())
	}
}

// anotherUserRole attaches by hand and as a client should, and tells what came of it.
func anotherUserRole() {
	path := os.Getenv("RINGCALL_PATH")
	_, status, text, err := hello(path, helloOf(1, 64, 1))
	fmt.Printf("status %d: %s (%v)\n", status, text, err)
	_, err = ringcall.Dial(background, path)
	fmt.Println(errors.Is(err, ringcall.ErrUntrusted), err)
}

func TestAnotherUsersClientIsRefused(t *testing.T) {
	serverBinary(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	directory, program := publicDirectory(t, self)
	path := filepath.Join(directory, "s")
	s := launch(t, path, exec.Command(serverBinary(t), path))
	s.ready()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the socket has mode %v, expected it to be its owner's alone", info.Mode())
	}
	// Even where the file's mode lets them in.
	if err := os.Chmod(path, 0o777); err != nil {
		t.Fatal(err)
	}
	cmd := asNobody(exec.Command(program))
	cmd.Env = []string{roleVariable + "=another user", "RINGCALL_PATH=" + path}
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	text := string(said)
	for _, part := range []string{fmt.Sprintf("status %d: ", statusUser), "65534", "true ringcall: not ours alone: the server runs as user 0"} {
		if !strings.Contains(text, part) {
			t.Errorf("the other user's process does not say %q:\n%s", part, text)
		}
	}
	mustAdd(t, s.dial())
}

func TestAStaleSocketIsNamedAndReplaced(t *testing.T) {
	s := listen(t)
	s.kill()
	<-s.ended
	_, err := ringcall.Dial(background, s.path)
	var none *ringcall.NoServerError
	if !errors.As(err, &none) || !none.Stale || none.Path != s.path {
		t.Errorf("the error is %v, expected to hear of a stale socket", err)
	}
	next := launch(t, s.path, exec.Command(serverBinary(t), s.path))
	next.ready()
	mustAdd(t, next.dial())
}

func TestTheSecondServerOfANameGivesWay(t *testing.T) {
	s := listen(t)
	second, err := exec.Command(serverBinary(t), s.path).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("the second server ended with %v, expected status 1", err)
	}
	if !strings.Contains(string(second), s.path) {
		t.Errorf("the second server does not name the socket: %s", second)
	}
	mustAdd(t, s.dial())
}

func TestNamesLeadToTheRuntimeDirectory(t *testing.T) {
	base := socketDirectory(t)
	t.Setenv("XDG_RUNTIME_DIR", base)
	s := launch(t, "calc-1", exec.Command(serverBinary(t), "calc-1"))
	s.ready()
	mustAdd(t, s.dial())
	info, err := os.Stat(filepath.Join(base, "ringcall"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o700 {
		t.Errorf("the runtime directory has mode %v, expected 0700", info.Mode())
	}
	if err := os.Chmod(filepath.Join(base, "ringcall"), 0o755); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(filepath.Join(base, "ringcall"), 0o700)
	if _, err := ringcall.Dial(background, "calc-1"); !errors.Is(err, ringcall.ErrUntrusted) {
		t.Errorf("in a directory open to others Dial gives %v, expected ErrUntrusted", err)
	}
	if said, err := exec.Command(serverBinary(t), "calc-2").CombinedOutput(); err == nil || !strings.Contains(string(said), "0700") {
		t.Errorf("in a directory open to others the server ends with %v and says %s", err, said)
	}
}

func TestTheServerSaysWhyItCannotListen(t *testing.T) {
	binary := serverBinary(t)
	fails := func(t *testing.T, cmd *exec.Cmd, says ...string) {
		t.Helper()
		said, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 {
			t.Errorf("the server ended with %v, expected status 1", err)
		}
		for _, part := range says {
			if !strings.Contains(string(said), part) {
				t.Errorf("the server does not say %q: %s", part, said)
			}
		}
	}
	t.Run("the path is too long", func(t *testing.T) {
		path := "/tmp/" + strings.Repeat("x", 200)
		fails(t, exec.Command(binary, path), "205", "107", path)
	})
	t.Run("the name is bad", func(t *testing.T) { fails(t, exec.Command(binary, "my calc"), "my calc") })
	t.Run("the directory is missing", func(t *testing.T) { fails(t, exec.Command(binary, "/no/such/directory/s"), "/no/such/directory") })
	t.Run("the directory is not writable", func(t *testing.T) {
		directory, program := publicDirectory(t, binary)
		if err := os.Chmod(directory, 0o755); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(directory, "s")
		fails(t, asNobody(exec.Command(program, path)), path, "Permission denied")
	})
}

func TestAFileSizeLimitIsACleanRefusal(t *testing.T) {
	s := listen(t)
	type limits struct{ soft, hard uint64 }
	var all limits
	limit := func(to, from *limits) {
		t.Helper()
		_, _, errno := syscall.Syscall6(syscall.SYS_PRLIMIT64, uintptr(s.cmd.Process.Pid), syscall.RLIMIT_FSIZE, uintptr(unsafe.Pointer(to)), uintptr(unsafe.Pointer(from)), 0, 0)
		if errno != 0 {
			t.Fatal(errno)
		}
	}
	limit(nil, &all)
	limit(&limits{64 << 10, all.hard}, nil)
	for range 3 {
		client, err := ringcall.Dial(background, s.path)
		if err == nil {
			client.Close()
		}
		var refusal *ringcall.RefusedError
		if !errors.As(err, &refusal) || refusal.Status != 3 || !strings.Contains(strings.ToLower(refusal.Message), "file too large") {
			t.Errorf("the error is %v, expected a refusal with status 3 for a file too large", err)
		}
	}
	limit(&limits{all.hard, all.hard}, nil)
	mustAdd(t, s.dial())
}

func TestTheChannelsLimitIsARefusal(t *testing.T) {
	s := listen(t, "--channels", "2")
	var clients []*ringcall.Client
	eventually(t, "the probe's channel is closed", func() bool {
		client, err := ringcall.Dial(background, s.path)
		if err == nil {
			clients = append(clients, client)
			closeWith(t, client)
		}
		return len(clients) == 2
	})
	if _, err := ringcall.Dial(background, s.path); !errors.Is(err, ringcall.ErrRefused) || !strings.Contains(err.Error(), "2 channels") {
		t.Errorf("the third client's error is %v, expected ErrRefused with the limit", err)
	}
	clients[0].Close()
	eventually(t, "there is room again", func() bool {
		client, err := ringcall.Dial(background, s.path)
		if err == nil {
			client.Close()
		}
		return err == nil
	})
	mustAdd(t, clients[1])
}

func TestACoprocessThatCannotServeSaysWhy(t *testing.T) {
	cmd := exec.Command(serverBinary(t), "co-process", "--slots", "3")
	_, err := ringcall.Start(background, cmd, ringcall.WithOutput(func(string, string) {}))
	var failure *ringcall.StartError
	if !errors.As(err, &failure) || failure.Exit == nil || len(failure.Stderr) == 0 || !strings.Contains(err.Error(), "slots") {
		t.Errorf("the error is %v, expected the exit status and what the server said of slots", err)
	}
}
