//go:build race

package ringcall

const raceEnabled = true
