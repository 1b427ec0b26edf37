//go:build amd64 || arm64

package tick

const hasCycles = true

// readCycles reads the time stamp counter, or cntvct_el0, where the instruction stands: some nanoseconds to either side, as the processor reorders it.
//
//go:noescape
func readCycles() uint64
