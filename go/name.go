package ringcall

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// socketPathMax is the room in sockaddr_un.sun_path without its NUL.
const socketPathMax = 107

// socketPath tells where the server called name listens: a name with a slash is the path itself, any other lies in the user's runtime
// directory, which is returned too, "" for a path.
func socketPath(name string) (path, directory string, err error) {
	switch {
	case name == "":
		return "", "", fmt.Errorf("%w: it is empty; give a name such as \"calc\" or the path of a socket", ErrBadName)
	case strings.ContainsRune(name, 0):
		return "", "", fmt.Errorf("%w %q: it contains a NUL byte", ErrBadName, name)
	case strings.ContainsRune(name, '/'):
		path = name
	default:
		if err := checkName(name); err != nil {
			return "", "", err
		}
		directory = runtimeDirectory()
		path = filepath.Join(directory, name+".sock")
	}
	if path[0] == '@' {
		path = "./" + path // net takes a leading @ for the abstract namespace
	}
	if len(path) > socketPathMax {
		return "", "", fmt.Errorf("%w: the socket's path has %d bytes, the system's limit is %d; use a shorter one: %s",
			ErrBadName, len(path), socketPathMax, path)
	}
	return path, directory, nil
}

func checkName(name string) error {
	switch name[0] {
	case '.':
		return fmt.Errorf("%w %q: it starts with a dot", ErrBadName, name)
	case '-':
		return fmt.Errorf("%w %q: it starts with a dash, as an option of a command does", ErrBadName, name)
	}
	for _, c := range name {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.ContainsRune("._-", c):
		default:
			return fmt.Errorf("%w %q: %q is not one of A-Z a-z 0-9 . _ -; to give a path, write it with a slash", ErrBadName, name, c)
		}
	}
	return nil
}

// runtimeDirectory is the same on both sides, whatever the working directory: hence no relative XDG_RUNTIME_DIR.
func runtimeDirectory() string {
	if base := os.Getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(base) {
		return filepath.Join(base, "ringcall")
	}
	return fmt.Sprintf("/tmp/ringcall-%d", os.Geteuid())
}

// checkDirectory refuses a runtime directory in which somebody else could have put a socket. One that is missing is fs.ErrNotExist.
func checkDirectory(directory string) error {
	info, err := os.Lstat(directory)
	if errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err != nil {
		return fmt.Errorf("ringcall: looking at the runtime directory: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("%w: the runtime directory %s is no directory but %s; remove it", ErrUntrusted, directory, fileKind(info.Mode()))
	}
	if owner, self := info.Sys().(*syscall.Stat_t).Uid, uint32(os.Geteuid()); owner != self {
		return fmt.Errorf("%w: the runtime directory %s belongs to user %d, this process runs as user %d; "+
			"set XDG_RUNTIME_DIR to a directory of your own", ErrUntrusted, directory, owner, self)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return fmt.Errorf("%w: the runtime directory %s has mode %04o, so that others can get at it, expected 0700; run: chmod 700 %s",
			ErrUntrusted, directory, mode, directory)
	}
	return nil
}

func fileKind(mode fs.FileMode) string {
	switch mode.Type() {
	case 0:
		return "a regular file"
	case fs.ModeDir:
		return "a directory"
	case fs.ModeSymlink:
		return "a symbolic link"
	case fs.ModeNamedPipe:
		return "a pipe"
	case fs.ModeSocket:
		return "a socket"
	default:
		return "a device"
	}
}
