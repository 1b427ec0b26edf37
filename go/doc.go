// Package ringcall calls C++ handlers in another process through shared memory.
//
// A [Client] has a channel to a server: a ring of slots in a sealed memfd, on which calls are posted and answered in place. [Dial] attaches
// to a server that listens under a name, [Start] launches one as a co-process. A Client is safe for any number of goroutines.
//
// There are five forms of call, from the simplest to the cheapest per record:
//
//	Call    one request, waits for its answer; the answer is copied into the caller's buffer
//	View    the same, but the answer is read where the server wrote it, until Release
//	Post    starts a call and returns a Pending, awaited later
//	Run     many records, published and answered together
//	Batch   many records of one method and size, filled in and read from the segment itself: no copies
//
// None of them allocates per call or per record once its buffers have grown to the job. Sizes are in bytes, and a request or an answer may be
// as large as its arena; a larger one is refused at once with a [TooLargeError].
//
// A sixth, Send, starts a call whose answer nobody wants. Code that ringcall-gen generates from a C++ header uses the typed forms of these: [CallRecord] and its
// like for methods of fixed layout, [Frame] for all others; [RecordRun] and
// [FrameRun], runs whose requests travel side by side; [CallEach] for slices of requests; with a [Method] that describes what is called.
// [WithInterface] has an attach check that both sides were generated from headers that fit.
//
// A context that is cancelled or times out ends the wait at once, a sleeping one within a millisecond. The call itself may still run; its answer is
// discarded when it comes, and the channel stays whole. A context's deadline travels with the request, and a server does not run a request that has expired.
//
// When the server dies every waiting call returns a [GoneError] that says whether its handler may have run. [WithRestart] makes a client that outlives its server:
// calls that never started, and those of idempotent methods, go to the next one, and a request of which three servers died is refused with a [PoisonedError].
//
// # Where the time goes
//
// [Client.Stats] has the counters of both sides and, while the server has calls sampled, for each method a [Histogram] of each stage: queueing, handler, the answer's way
// back, and the wake of a client that slept. The server is asked to sample by the tool ringcall, at run time, as often as is wanted; calls that are not sampled pay for it with a
// look at one word. [Client.Var] has all that for expvar; a collector for Prometheus is in a module of its own, github.com/ringcall/ringcall/go/prometheus.
//
// [WithLogger] tells of attach, loss, poison, restart and close. [WithInterceptor] puts code around operations. While an execution trace is taken each operation is
// a region by its method's name, and [WithProfilerLabels] has CPU profiles tell methods apart. [Client.BlackBox] has what the server took last and which
// handler ran, also after its death; a [GoneError] says so in words, and [WithDumps] keeps it in a file.
//
// # Servers that break rules
//
// A server that breaks a rule of the shared memory poisons the channel: every call then returns a [CorruptError] that names the violation.
package ringcall
