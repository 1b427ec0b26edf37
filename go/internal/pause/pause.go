// Package pause tells the processor that the caller polls a word in a loop.
package pause

// Pause waits a moment (about 17 ns on x86-64). It is a Go function that is not inlined, so that a loop around it can be preempted: a loop of
// assembly alone cannot, and stalls the garbage collector.
//
//go:noinline
func Pause() { relax() }
