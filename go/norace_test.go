//go:build !race

package ringcall

const raceEnabled = false
