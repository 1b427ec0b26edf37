package ringcall

import "testing"

func TestAResetRunWithPayloadsMovesToAServerWithOtherSlots(t *testing.T) {
	c, all := serveAgain(t, defaults())
	s := all.last()
	run := c.NewRun(4)
	add := func() {
		t.Helper()
		for range 3 {
			if err := run.Add(methodEcho, payload(600)); err != nil {
				t.Fatal(err)
			}
		}
	}
	add()
	if err := run.Do(background); err != nil {
		t.Fatal(err)
	}
	run.Reset()
	add()
	all.mu.Lock()
	all.o.stride = strideLarge
	all.mu.Unlock()
	s.die()
	all.next(2)
	eventually(t, "the next channel is used", func() bool { return c.channel().recordSize == 48 })
	if err := run.Do(background); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		a, err := run.Answer(i)
		if err != nil {
			t.Fatal(err)
		}
		expectPayload(t, a, 600)
	}
}
