package ringcall

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestSocketPath(t *testing.T) {
	fallback := fmt.Sprintf("/tmp/ringcall-%d", os.Geteuid())
	for _, test := range []struct{ name, runtime, path, directory string }{
		{"calc", "/run/user/7", "/run/user/7/ringcall/calc.sock", "/run/user/7/ringcall"},
		{"calc", "", fallback + "/calc.sock", fallback},
		{"calc", "relative/runtime", fallback + "/calc.sock", fallback},
		{"A-z_0.9", "/r", "/r/ringcall/A-z_0.9.sock", "/r/ringcall"},
		{"./calc", "/r", "./calc", ""},
		{"/srv/any name at all", "/r", "/srv/any name at all", ""},
		{"@a/b", "/r", "./@a/b", ""},
		{"/" + strings.Repeat("x", 106), "/r", "/" + strings.Repeat("x", 106), ""},
	} {
		t.Setenv("XDG_RUNTIME_DIR", test.runtime)
		path, directory, err := socketPath(test.name)
		if err != nil || path != test.path || directory != test.directory {
			t.Errorf("%q with XDG_RUNTIME_DIR=%q leads to %q in %q (%v), expected %q in %q",
				test.name, test.runtime, path, directory, err, test.path, test.directory)
		}
	}
}

func TestSocketPathRefusesBadNames(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", "/r")
	for _, test := range []struct{ name, says string }{
		{"", "it is empty"},
		{".calc", "starts with a dot"},
		{"..", "starts with a dot"},
		{"-x", "starts with a dash"},
		{"--help", "starts with a dash"},
		{"my calc", `' ' is not one of`},
		{"calc\x00", "NUL"},
		{"/a\x00b", "NUL"},
		{"kälc", `'ä' is not one of`},
		{"/" + strings.Repeat("x", 107), "the socket's path has 108 bytes, the system's limit is 107"},
		{strings.Repeat("x", 93), "the socket's path has 110 bytes, the system's limit is 107"},
	} {
		_, _, err := socketPath(test.name)
		if !errors.Is(err, ErrBadName) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%q: the error %v does not say %q", test.name, err, test.says)
		}
	}
}

func TestCheckDirectory(t *testing.T) {
	base := t.TempDir()
	at := func(name string) string { return filepath.Join(base, name) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Mkdir(at("good"), 0o700))
	must(os.Mkdir(at("open"), 0o700))
	must(os.Chmod(at("open"), 0o750))
	must(os.Symlink(at("good"), at("link")))
	must(os.WriteFile(at("file"), nil, 0o600))

	if err := checkDirectory(at("good")); err != nil {
		t.Errorf("a directory of our own alone is refused: %v", err)
	}
	if err := checkDirectory(at("missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing directory gives %v, expected fs.ErrNotExist", err)
	}
	for name, says := range map[string]string{
		"open": "has mode 0750, so that others can get at it, expected 0700; run: chmod 700 ",
		"link": "is no directory but a symbolic link",
		"file": "is no directory but a regular file",
	} {
		err := checkDirectory(at(name))
		if !errors.Is(err, ErrUntrusted) || !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: the error %v does not say %q", name, err, says)
		}
	}

	t.Run("another user's is refused", func(t *testing.T) {
		if os.Geteuid() != 0 {
			t.Skip("only root can give a directory away")
		}
		must(os.Mkdir(at("theirs"), 0o700))
		must(syscall.Chown(at("theirs"), 65534, 65534))
		err := checkDirectory(at("theirs"))
		if !errors.Is(err, ErrUntrusted) || !strings.Contains(err.Error(), "belongs to user 65534, this process runs as user 0") {
			t.Errorf("the error is %v", err)
		}
	})
}
