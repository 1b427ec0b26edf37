//go:build !race

package ringcall

// storeRelease stores so that everything read and written before it has been so for who sees the value. On amd64 any store does: a locked instruction, as
// sync/atomic's stores are, waits until the word's line is here, which for the acks of a run would be one wait after the other.
func storeRelease(word *uint64, value uint64) { *word = value }
