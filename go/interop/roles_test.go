package interop

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// The test binary runs again as the process that a test wants; roleVariable says which. The roles are beside the tests that want them.
const roleVariable = "RINGCALL_INTEROP_ROLE"

var roles = map[string]func(){
	"a parent":         parentRole,
	"a busy parent":    busyParentRole,
	"another user":     anotherUserRole,
	"one processor":    oneProcessorRole,
	"a ping-pong peer": pingPongPeerRole,
}

func inRole(t testing.TB, role string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), roleVariable+"="+role, "GORACE=atexit_sleep_ms=0")
	return cmd
}

// must is for roles, which have no testing.T.
func must(err error) {
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(99)
	}
}
