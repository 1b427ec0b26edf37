package ringcall

import "testing"

// chosen are the numbers, from 0, of the first n calls that are chosen.
func chosen(every uint32, n int) (at []uint64) {
	var c choice
	c.set(every)
	for next := c.left; len(at) < n; next += c.next() {
		at = append(at, next-1)
	}
	return at
}

func TestOfEachSoManyCallsOneIsChosen(t *testing.T) {
	for _, every := range []uint32{1, 2, 3, 7, 64, 100, 4096, 1<<32 - 1} {
		for i, at := range chosen(every, 1000) {
			if window := at / uint64(every); window != uint64(i) {
				t.Fatalf("every %d: choice %d is call %d, in window %d", every, i, at, window)
			}
		}
	}
}

func TestNoPatternOfCallsStaysInStepWithTheChoice(t *testing.T) {
	const n = 4000
	for _, every := range []uint32{2, 16, 64, 100, 1000} {
		for _, period := range []uint64{2, 3, 4, 16, 50, 64, 100} {
			if uint64(every) < period {
				continue // a call of the pattern may be rarer than the choice
			}
			counts := make([]int, period)
			for _, at := range chosen(every, n) {
				counts[at%period]++
			}
			for residue, count := range counts {
				if fair := n / int(period); count < fair/2 || count > 2*fair {
					t.Errorf("every %d: call %d of each %d was chosen %d times of %d, expected about %d", every, residue, period, count, n, fair)
				}
			}
		}
	}
}
