package interop

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

func TestLinesOfBothStreamsArrive(t *testing.T) {
	var said journal
	client, _ := start(t, nil, ringcall.WithOutput(said.line))
	for i := range 100 {
		if _, err := client.Call(background, methodPrint, fmt.Appendf(nil, "line %d.", i), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	// Close has waited for all of them.
	text := said.String()
	for i := range 100 {
		for _, stream := range []string{"stdout", "stderr"} {
			if line := fmt.Sprintf("%s: line %d.\n", stream, i); !strings.Contains(text, line) {
				t.Errorf("%q did not arrive", line)
			}
		}
	}
}

func TestABlockedSinkNeverBlocksTheServer(t *testing.T) {
	unblock := make(chan struct{})
	client, _ := start(t, nil, ringcall.WithOutput(func(string, string) { <-unblock }))
	line := bytes.Repeat([]byte("x"), 32<<10)
	within(t, "printing 4 MiB to a blocked sink", 5*time.Second, func() {
		for range 64 { // to each of two streams
			if _, err := client.Call(background, methodPrint, line, nil); err != nil {
				t.Fatal(err)
			}
		}
	})
	mustAdd(t, client)
	close(unblock)
	if err := client.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}
