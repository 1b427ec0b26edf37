//go:build !amd64 || race

package ringcall

import "sync/atomic"

// storeRelease stores so that everything read and written before it has been so for who sees the value.
func storeRelease(word *uint64, value uint64) { atomic.StoreUint64(word, value) }
