package trial

import (
	"os"
	"strings"
	"testing"
)

var kept [][]byte

func TestALeakOfTheClientIsSeen(t *testing.T) {
	defer func() { kept = nil }()
	problems := Grown(t, os.Getpid(), callsMin, func(_ *testing.T, calls int) {
		for range calls {
			kept = append(kept, make([]byte, 16))
		}
	})
	if !strings.Contains(strings.Join(problems, "\n"), "the client's heap") {
		t.Errorf("16 bytes a call were kept, and this is all that was found: %q", problems)
	}
}
