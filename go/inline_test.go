package ringcall

import (
	"os/exec"
	"strings"
	"testing"
)

func TestWhatIsCalledForEachCallIsInlined(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector's calls count against the budget")
	}
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("there is no go command to compile with")
	}
	said, err := exec.Command(tool, "test", "-c", "-gcflags=-m", "-o", "/dev/null", ".").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	for _, function := range []string{
		"(*Client).Call", "(*Client).Post", "(*Client).View", "(*Client).Send", "(*channel).watched", "(*channel).enter", "(*runWriter).publish",
		"(*RecordRun[go.shape.struct { A int32; B int32 },go.shape.struct { Sum int64 }]).Add",
		"(*RecordRun[go.shape.struct { A int32; B int32 },go.shape.struct { Sum int64 }]).Answer",
	} {
		if !strings.Contains(string(said), "can inline "+function+"\n") {
			t.Errorf("%s is not inlined any more: it exceeds the compiler's budget", function)
		}
	}
}
