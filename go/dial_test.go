package ringcall

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// runtimeFor sets up a runtime directory for the test and returns the path of a name's socket in it.
func runtimeFor(t *testing.T, name string) string {
	t.Helper()
	base := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", base)
	if err := os.Mkdir(filepath.Join(base, "ringcall"), 0o700); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(base, "ringcall", name+".sock")
}

func listenAt(t *testing.T, path string) *net.UnixListener {
	t.Helper()
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

func TestDial(t *testing.T) {
	path := runtimeFor(t, "calc")
	listener := listenAt(t, path)
	go func() {
		for {
			conn, err := listener.AcceptUnix()
			if err != nil {
				return
			}
			if err := fakeWelcome(conn); err != nil {
				t.Error(err)
			}
			conn.Read(make([]byte, 1))
			conn.Close()
		}
	}()
	for _, name := range []string{"calc", path} {
		keepsDescriptors(t, func() {
			client, err := Dial(context.Background(), name)
			if err != nil {
				t.Fatal(err)
			}
			if err := client.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
	t.Run("a cancelled context attaches nothing", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := Dial(ctx, "calc"); !errors.Is(err, context.Canceled) {
			t.Errorf("the error is %v, expected context.Canceled", err)
		}
	})
}

func TestDialSaysWhatIsWrong(t *testing.T) {
	path := runtimeFor(t, "calc")
	directory := filepath.Dir(path)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	fails := func(t *testing.T, name string, is error, says ...string) {
		t.Helper()
		keepsDescriptors(t, func() {
			_, err := Dial(context.Background(), name)
			if !errors.Is(err, is) {
				t.Errorf("the error is %v, expected %v", err, is)
			}
			for _, part := range says {
				if err != nil && !strings.Contains(err.Error(), part) {
					t.Errorf("the error %q does not say %q", err, part)
				}
			}
		})
	}
	t.Run("no socket", func(t *testing.T) {
		fails(t, "calc", ErrNoServer, `no server "calc"`, "there is no socket "+path, "start the server")
		fails(t, "calc", os.ErrNotExist)
	})
	t.Run("no directory", func(t *testing.T) {
		t.Setenv("XDG_RUNTIME_DIR", directory)
		fails(t, "calc", ErrNoServer, filepath.Join(directory, "ringcall", "calc.sock"))
	})
	t.Run("a stale socket", func(t *testing.T) {
		listener := listenAt(t, path)
		listener.SetUnlinkOnClose(false)
		listener.Close()
		fails(t, "calc", ErrNoServer, path+" is stale", "start the server, it replaces the file")
		must(os.Remove(path))
	})
	t.Run("a file that is no socket", func(t *testing.T) {
		must(os.WriteFile(path, nil, 0o600))
		fails(t, "calc", ErrBadName, path+" is no socket but a regular file")
		fails(t, path+"/calc", ErrBadName, "a part of the path "+path+"/calc is no directory")
		must(os.Remove(path))
	})
	t.Run("a socket of another kind", func(t *testing.T) {
		conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
		must(err)
		defer os.Remove(path)
		defer conn.Close()
		fails(t, "calc", ErrBadName, path+" is the socket of another kind of server")
	})
	t.Run("an open directory", func(t *testing.T) {
		must(os.Chmod(directory, 0o777))
		fails(t, "calc", ErrUntrusted, "has mode 0777")
		must(os.Chmod(directory, 0o700))
	})
	t.Run("a path too long", func(t *testing.T) {
		fails(t, "/tmp/"+strings.Repeat("x", 200), ErrBadName, "has 205 bytes, the system's limit is 107", "xxx")
	})
}

func TestDialWaitsForAFullQueue(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	listener, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(listener)
	if err := syscall.Bind(listener, &syscall.SockaddrUnix{Name: path}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(listener, 0); err != nil {
		t.Fatal(err)
	}
	fill := func() {
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
	}
	fill()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := Dial(ctx, path); !errors.Is(err, ErrDeadline) || !strings.Contains(err.Error(), "its queue is full") {
		t.Errorf("the error is %v, expected ErrDeadline and the queue", err)
	}
	time.AfterFunc(20*time.Millisecond, func() {
		for range 2 {
			conn, _, err := syscall.Accept4(listener, syscall.SOCK_CLOEXEC)
			if err != nil {
				t.Error(err)
				return
			}
			syscall.Close(conn)
		}
	})
	if _, err := Dial(context.Background(), path); !errors.Is(err, errHungUp) {
		t.Errorf("the error is %v, expected to reach the server and its hang-up", err)
	}
}

func TestCheckPeerRefusesAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can take another user's place")
	}
	path := filepath.Join(t.TempDir(), "s")
	// The credentials that a client sees are those of the thread that called listen.
	listenAs(t, 65534, path)
	keepsDescriptors(t, func() {
		_, err := Dial(context.Background(), path)
		if !errors.Is(err, ErrUntrusted) || !strings.Contains(err.Error(), "the server runs as user 65534, this process as user 0") {
			t.Errorf("the error is %v", err)
		}
	})
}

// listenAs listens at path with a thread whose effective user is uid.
func listenAs(t *testing.T, uid int, path string) {
	t.Helper()
	socket, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(socket) })
	if err := syscall.Bind(socket, &syscall.SockaddrUnix{Name: path}); err != nil {
		t.Fatal(err)
	}
	result := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		keep := ^uintptr(0)
		if _, _, errno := syscall.RawSyscall(syscall.SYS_SETRESUID, keep, uintptr(uid), keep); errno != 0 {
			result <- errno
			return
		}
		result <- syscall.Listen(socket, 1)
	}()
	if err := <-result; err != nil {
		t.Fatal(err)
	}
}

func TestWhatTheSystemSaysOfAConnectionIsToldEvenIfTheContextEndsMeanwhile(t *testing.T) {
	path := runtimeFor(t, "calc")
	for name, test := range map[string]struct {
		first, last error
		want        error
	}{
		"at once":              {nil, syscall.ENOENT, ErrNoServer},
		"after a full queue":   {syscall.EAGAIN, syscall.ENOENT, ErrNoServer},
		"of the context alone": {syscall.EAGAIN, context.Canceled, context.Canceled},
	} {
		ctx, cancel := context.WithCancel(background)
		_, err := connectBy(ctx, "calc", path, func() (net.Conn, error) {
			said := test.first
			if test.first = nil; said == nil {
				said = test.last
				cancel()
			}
			return nil, &net.OpError{Op: "dial", Net: "unix", Err: said}
		})
		cancel()
		if !errors.Is(err, test.want) || strings.Contains(err.Error(), "queue is full") != (test.want == context.Canceled) {
			t.Errorf("%s: %v, expected %v", name, err, test.want)
		}
	}
}
