package ringcall

import "time"

// An Option changes how Dial or Start sets a client up.
type Option func(*options)

const (
	graceDefault = 5 * time.Second
	spinDefault  = 50 * time.Microsecond
)

type options struct {
	spin   time.Duration
	grace  time.Duration
	output func(stream, line string)

	interfaces []*Interface

	restart *restart // nil without WithRestart
	profile *profile // of all channels of a client
	log     *events  // nil without WithLogger
	dumps   string   // the directory of WithDumps; "" without
	hooks   []Interceptor
	labels  bool
	server  string // by which it is called in events and dumps
	pid     int    // of the server; 0: not known

	// The same moment on Go's clock and the system's monotonic one, for all channels of a client with restart; else zero.
	clockAt time.Time
	clockNs uint64

	// Set by Start, nil after Dial. The client's Close calls process.stop once the channel is closed and returns its error;
	// whoever finds the peer gone asks process.exit for the GoneError's Cause.
	process *process

	// Set by Dial, or nil.
	peer *peerWatch
}

func makeOptions(opts []Option) options {
	o := options{spin: spinDefault, grace: graceDefault, profile: new(profile)}
	for _, option := range opts {
		option(&o)
	}
	for _, i := range o.interfaces {
		o.profile.learn(i)
	}
	return o
}

// WithSpin sets how long a goroutine that waits for an answer polls before it sleeps: longer costs CPU, shorter costs wake-ups of
// some 10 us each, or 100 on a virtual machine. For a server that sleeps and must wake first it polls up to eight times that. Polling that finds
// nothing becomes shorter by itself. 0 sleeps at once; beyond a minute or so more makes no difference. The default is 50 us. While the server has a policy for how
// long its clients poll, as the tool ringcall's tune may set it, that holds instead. On one CPU the client does not poll, whatever is set.
func WithSpin(budget time.Duration) Option {
	return func(o *options) { o.spin = max(budget, 0) }
}

// WithGrace sets how long Close waits for a co-process to exit by itself before it sends SIGTERM, and then again before SIGKILL.
// The default is 5 s. Dial has no use for it.
func WithGrace(grace time.Duration) Option {
	return func(o *options) { o.grace = max(grace, 0) }
}

// WithOutput sets where the lines go that a co-process writes to its standard output and error: stream is "stdout" or "stderr", line
// has no line end. sink is called by one goroutine, in the order of arrival within each stream. It may block: then the newest lines are
// kept, up to 1 MiB, and a line that tells how many were dropped stands where they are missing; the child never waits. Close
// waits for it, up to the grace (1 s at least). The default writes to os.Stdout and os.Stderr. Dial has no use for it, and
// neither has Start for a stream that the exec.Cmd already leads elsewhere.
func WithOutput(sink func(stream, line string)) Option {
	return func(o *options) { o.output = sink }
}
