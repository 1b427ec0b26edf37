package ringcall

import (
	"bytes"
	"context"
	"errors"
	"runtime/pprof"
	"runtime/trace"
	"strings"
	"testing"
)

func goroutineLabels() string {
	var text bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&text, 1)
	return text.String()
}

func TestAProfileTellsCallsApartByTheirMethods(t *testing.T) {
	c, s := serveWith(t, WithProfilerLabels())
	c.channel().profile.learn(&Interface{Name: "holder", Description: "holder 4: name hold"})
	request := addRequest{3, 4}
	ctx := pprof.WithLabels(background, pprof.Labels("of", "mine"))
	ended := make(chan string)
	go func() {
		pprof.SetGoroutineLabels(ctx)
		if _, err := c.Call(ctx, methodHold, nil, nil); err != nil {
			t.Error(err)
		}
		ended <- goroutineLabels()
	}()
	s.awaitHeld(1)
	if labels := goroutineLabels(); !strings.Contains(labels, `"of":"mine", "ringcall":"holder.hold"`) {
		t.Errorf("during the call the labels are not those of it: %s", labels)
	}
	s.answerHeld()
	if labels := <-ended; !strings.Contains(labels, `{"of":"mine"}`) || strings.Contains(labels, "ringcall\":") {
		t.Errorf("after the call the labels are not those before it: %s", labels)
	}
	var answer addAnswer
	if err := CallRecord(background, c, addMethod, &request, &answer); err != nil || answer.Sum != 7 {
		t.Errorf("3 + 4 is %d, %v", answer.Sum, err)
	}
}

func TestATraceShowsEachOperationByItsMethod(t *testing.T) {
	c, _ := serveWith(t)
	var taken bytes.Buffer
	if err := trace.Start(&taken); err != nil {
		t.Skip(err)
	}
	for name, operation := range eachOperation(t, c) {
		if _, err := operation(); err != nil && !errors.As(err, new(*HandlerError)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	trace.Stop()
	for name := range eachOperation(t, c) {
		region := "ringcall " + withoutCount(name)
		if !bytes.Contains(taken.Bytes(), []byte(region)) {
			t.Errorf("the trace has no region %q", region)
		}
	}
}

// withoutCount is a name of eachOperation without the number of calls at its end.
func withoutCount(name string) string {
	parts := strings.Split(name, ", ")
	return strings.Join(parts[:min(len(parts), 2)], ", ")
}

func TestWhileATraceIsTakenCallsSeeTheirContext(t *testing.T) {
	var taken bytes.Buffer
	if err := trace.Start(&taken); err != nil {
		t.Skip(err)
	}
	defer trace.Stop()
	c, s := serveWith(t)
	ctx, cancel := context.WithCancel(background)
	go func() {
		s.awaitHeld(1)
		cancel()
	}()
	if _, err := c.Call(ctx, methodHold, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a call that was cancelled returned %v", err)
	}
	s.answerHeld()
}
