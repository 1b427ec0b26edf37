package ringcall

import (
	"context"
	"runtime/pprof"
	"runtime/trace"
)

// WithProfilerLabels has CPU profiles tell calls apart: while an operation goes on its goroutine has the label "ringcall", whose value is CallInfo.String. Labels of
// the operation's context stay. That costs an allocation or two for each operation.
func WithProfilerLabels() Option {
	return func(o *options) { o.labels = true }
}

// watched says whether operations go by way of what watches them: interceptors, labels, or a trace that is being taken. Where it is false, that was all.
func (c *channel) watched() bool { return c.hooked || trace.IsEnabled() }

// watch is an operation that is seen in a trace or profile.
type watch struct {
	region *trace.Region
	ctx    context.Context // whose labels the goroutine has again afterwards; nil: they were not changed
}

// begin begins a region, as an execution trace has it, and sets labels.
func (c *channel) begin(ctx context.Context, info *CallInfo) (w watch) {
	if !c.labels && !trace.IsEnabled() {
		return w
	}
	name := info.String()
	if trace.IsEnabled() {
		w.region = trace.StartRegion(ctx, "ringcall "+name)
	}
	if c.labels {
		w.ctx = ctx
		pprof.SetGoroutineLabels(pprof.WithLabels(ctx, pprof.Labels("ringcall", name)))
	}
	return w
}

func (w watch) end() {
	if w.ctx != nil {
		pprof.SetGoroutineLabels(w.ctx)
	}
	if w.region != nil {
		w.region.End()
	}
}

// around makes an operation, of which do holds nothing that may lie on its caller's stack: that would be allocated for every caller, watched or not.
func (c *channel) around(ctx context.Context, info CallInfo, do func(context.Context) error) error {
	w := c.begin(ctx, &info)
	defer w.end()
	if len(c.hooks) == 0 {
		return do(ctx)
	}
	return intercept(ctx, c.hooks, &info, do)
}

// infoOf is that of a call to a method, of which name is known to typed forms of call.
func (c *channel) infoOf(method uint16, name string, form Form, calls int) CallInfo {
	if name == "" {
		name = c.profile.name(method)
	}
	return CallInfo{Method: method, Name: name, Form: form, Calls: calls}
}
