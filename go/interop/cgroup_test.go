package interop

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

// memoryGroup makes a memory cgroup of so many bytes, or skips.
func memoryGroup(t *testing.T, limit int) string {
	parent, file := "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		parent, file = "/sys/fs/cgroup", "memory.max"
	}
	group := filepath.Join(parent, fmt.Sprintf("ringcall-test-%d", os.Getpid()))
	if err := os.Mkdir(group, 0o755); err != nil {
		t.Skipf("no memory cgroup can be made here: %v", err)
	}
	t.Cleanup(func() { eventually(t, "the cgroup is empty", func() bool { return os.Remove(group) == nil }) })
	if err := os.WriteFile(filepath.Join(group, file), []byte(fmt.Sprint(limit)), 0); err != nil {
		t.Skipf("the memory controller is not ours to set: %v", err)
	}
	return group
}

// The kernel may fail the allocation or kill the server: the client must get an error at once either way, and no SIGBUS.
func TestAMemoryCgroupTooSmallForASegmentIsAnErrorAtAttach(t *testing.T) {
	group := memoryGroup(t, 16<<20)
	path := filepath.Join(socketDirectory(t), "s")
	s := launch(t, path, exec.Command("sh", "-c", `echo $$ > "$0"/cgroup.procs; exec "$@"`, group, serverBinary(t), path, "--request-arena", "67108864"))
	s.doomed = true
	var err error
	eventually(t, "the server listens", func() bool {
		var client *ringcall.Client
		within(t, "the refusal", 5*time.Second, func() { client, err = ringcall.Dial(background, path) })
		if err == nil {
			client.Close()
		}
		return !errors.Is(err, ringcall.ErrNoServer)
	})
	if err == nil {
		t.Fatal("64 MiB were attached in a cgroup of 16")
	}
	if text := err.Error(); !strings.Contains(text, "hung up") && !strings.Contains(text, "llocat") {
		t.Errorf("the error is %q, expected a server that hung up, or why it could not allocate", text)
	}
	s.kill()
}
