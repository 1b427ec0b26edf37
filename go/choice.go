package ringcall

// choice chooses which calls are sampled: one of every so many that are posted, at a place that moves from one to the next as the multiples of the golden
// ratio do. So the rate is exact, whatever the length of the run, and no pattern of calls stays in step with it: with every 64th, two goroutines that take
// turns, or a run of 64 calls, would have one and the same of their calls sampled for ever. The places are spread as evenly as can be, which random ones
// are not, and cost an addition and a multiplication.
type choice struct {
	every uint32 // 0: none was chosen yet
	phase uint32 // where in its so many the last one lies, as a fraction of 2^32
	left  uint64 // calls up to and with the next one
}

const goldenRatio = 0x9e3779b9 // of 2^32

func (c *choice) place() uint64 { return uint64(c.phase) * uint64(c.every) >> 32 }

// set has the choice be anew one of every so many.
func (c *choice) set(every uint32) {
	c.every = every
	c.left = c.place() + 1
}

// next goes to the next one, and says how far off it is.
func (c *choice) next() uint64 {
	rest := uint64(c.every) - c.place()
	c.phase += goldenRatio
	return rest + c.place()
}
