package ringcall

import "testing"

func TestAWakeIsRecoveredOnlyIfTheSameAnswerIsMissedTwice(t *testing.T) {
	var doubt wakeDoubt
	for i, look := range []struct {
		position uint64
		want     bool
	}{{5, false}, {6, false}, {7, false}, {7, true}, {7, false}, {7, true}, {8, false}} {
		if got := doubt.confirmed(look.position); got != look.want {
			t.Errorf("look %d, at position %d: %v", i, look.position, got)
		}
	}
}
