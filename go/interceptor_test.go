package ringcall

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"
)

var adderMethod = Method{ID: methodAdd, Name: "Adder.Add"}

// serveWith is serve for a client with options of its own.
func serveWith(t *testing.T, opts ...Option) (*Client, *testServer) {
	t.Helper()
	o := makeOptions(opts)
	ch, s := newTestServer(t, defaults(), o)
	c := newClient(ch)
	t.Cleanup(func() { s.end(c) })
	return c, s
}

// eachOperation makes one of each kind and names what an interceptor is to see of it. What they return is compared.
func eachOperation(t *testing.T, c *Client) map[string]func() (any, error) {
	request := addRequest{3, 4}
	raw := func(answer []byte, err error) (any, error) { return string(answer), err }
	posted := func() Pending {
		t.Helper()
		p, err := c.channel().startOf(background, subject{id: methodAdd}, add(3, 4))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	run := func() *Run {
		r := c.NewRun(2)
		r.Add(methodAdd, add(3, 4))
		r.Add(methodFail, nil)
		return r
	}
	frame := func(method uint16) *Frame {
		f, err := c.NewFrame(background, &Method{ID: method, Name: "Echo"}, 20)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	batch := func() *Batch {
		b := c.NewBatch(methodAdd, 8, 8)
		room, err := b.Reserve(background, 2)
		if err != nil {
			t.Fatal(err)
		}
		copy(room, append(add(3, 4), add(5, 6)...))
		return b
	}
	recordRun := func() *RecordRun[addRequest, addAnswer] {
		r := NewRecordRun[addRequest, addAnswer](c, &adderMethod, 3)
		for range 3 {
			r.Add(&request)
		}
		return r
	}
	answers := func(r *RecordRun[addRequest, addAnswer], err error) (any, error) {
		var a addAnswer
		if err == nil {
			err = r.Answer(2, &a)
		}
		return a.Sum, err
	}
	return map[string]func() (any, error){
		"method 2": func() (any, error) { return raw(c.Call(background, methodAdd, add(3, 4), make([]byte, 1))) },
		"method 3": func() (any, error) { return raw(c.Call(background, methodFail, []byte("no"), nil)) },
		"Adder.Add": func() (any, error) {
			var a addAnswer
			err := CallRecord(background, c, &adderMethod, &request, &a)
			return a.Sum, err
		},
		"method 1": func() (any, error) {
			v, err := c.View(background, methodEcho, payload(1000))
			defer v.Release()
			return string(v.Bytes()), err
		},
		"method 2, post": func() (any, error) { p, err := c.Post(background, methodAdd, add(3, 4)); p.Abandon(); return nil, err },
		"Adder.Add, post": func() (any, error) {
			p, err := PostRecord(background, c, &adderMethod, &request)
			p.Abandon()
			return nil, err
		},
		"method 2, await": func() (any, error) { return raw(posted().Await(background, nil)) },
		"Adder.Add, await": func() (any, error) {
			var a addAnswer
			err := AwaitRecord(background, posted(), &adderMethod, &a)
			return a.Sum, err
		},
		"method 1, send":  func() (any, error) { return nil, c.Send(background, methodEcho, nil) },
		"Adder.Add, send": func() (any, error) { return nil, SendRecord(background, c, &adderMethod, &request) },
		"Echo":            func() (any, error) { return raw(frame(methodEcho).Call(background)) },
		"Echo, post":      func() (any, error) { p, err := frame(methodEcho).Post(background); p.Abandon(); return nil, err },
		"Echo, send":      func() (any, error) { return nil, frame(methodEcho).Send(background) },
		"run, run, 2": func() (any, error) {
			r := run()
			if err := r.Do(background); err != nil {
				return nil, err
			}
			_, failure := r.Answer(1)
			answer, err := r.Answer(0)
			return string(answer) + fmt.Sprint(failure), err
		},
		"run, await, 2": func() (any, error) {
			r := run()
			r.postOf(background)
			if err := r.Await(background); err != nil {
				return nil, err
			}
			return raw(r.Answer(0))
		},
		"method 2, run, 2": func() (any, error) {
			b := batch()
			defer b.Release()
			err := b.Do(background)
			return string(b.Answers()), err
		},
		"Adder.Add, run, 3": func() (any, error) { r := recordRun(); return answers(r, r.Do(background)) },
		"Adder.Add, await, 3": func() (any, error) {
			r := recordRun()
			if err := r.postOf(background); err != nil {
				return nil, err
			}
			return answers(r, r.Await(background))
		},
		"Adder.Add, run, 5": func() (any, error) {
			var requests [5]addRequest
			var sums [5]addAnswer
			requests[4] = request
			err := CallEach(background, c, &adderMethod, requests[:], sums[:])
			return sums[4].Sum, err
		},
	}
}

func TestAnInterceptorSeesEachOperationOnce(t *testing.T) {
	plain, _ := serveWith(t)
	var seen []string
	var failures []error
	c, _ := serveWith(t, WithInterceptor(func(ctx context.Context, call *CallInfo, next func(context.Context) error) error {
		name := call.String()
		if call.Calls != 1 {
			name += fmt.Sprint(", ", call.Calls)
		}
		seen = append(seen, name)
		err := next(ctx)
		failures = append(failures, err)
		return err
	}))
	expected := eachOperation(t, plain)
	for name, operation := range eachOperation(t, c) {
		seen, failures = nil, nil
		got, err := operation()
		want, wantErr := expected[name]()
		if len(seen) != 1 || seen[0] != name || len(failures) != 1 || fmt.Sprint(failures[0]) != fmt.Sprint(wantErr) {
			t.Errorf("of %q it saw %q, %v", name, seen, failures)
		}
		if !reflect.DeepEqual(got, want) || fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Errorf("%q returned %v, %v; without an interceptor %v, %v", name, got, err, want, wantErr)
		}
	}
}

func TestInterceptorsRefuseReplaceAndNest(t *testing.T) {
	type key struct{}
	refusal, ours := errors.New("not today"), errors.New("ours")
	var order []string
	outer := func(ctx context.Context, call *CallInfo, next func(context.Context) error) error {
		order = append(order, "outer")
		return next(context.WithValue(ctx, key{}, "from outer"))
	}
	behave := func(ctx context.Context, next func(context.Context) error) error { return next(ctx) }
	inner := func(ctx context.Context, call *CallInfo, next func(context.Context) error) error {
		order = append(order, fmt.Sprint("inner ", ctx.Value(key{})))
		return behave(ctx, next)
	}
	c, s := serveWith(t, WithInterceptor(outer), WithInterceptor(inner))
	if _, err := c.Call(background, methodEcho, nil, nil); err != nil || fmt.Sprint(order) != "[outer inner from outer]" {
		t.Errorf("they were called as %v, %v", order, err)
	}
	behave = func(ctx context.Context, next func(context.Context) error) error { return refusal }
	before := c.Stats().Client.Calls
	for name, operation := range eachOperation(t, c) {
		if name == "method 2, await" || name == "Adder.Add, await" || name == "run, await, 2" || name == "Adder.Add, await, 3" {
			continue // what they await was posted
		}
		if _, err := operation(); err != refusal {
			t.Errorf("%q that was refused returned %v", name, err)
		}
	}
	if made := c.Stats().Client.Calls - before; made != 0 {
		t.Errorf("%d calls were made that were refused", made)
	}
	behave = func(ctx context.Context, next func(context.Context) error) error { return nil }
	if _, err := c.Call(background, methodEcho, nil, nil); err != errSkipped {
		t.Errorf("a call that was left out returned %v", err)
	}
	behave = func(ctx context.Context, next func(context.Context) error) error { next(ctx); return next(ctx) }
	if _, err := c.Call(background, methodEcho, nil, nil); err != errNextAgain {
		t.Errorf("a call that was made twice returned %v", err)
	}
	behave = func(ctx context.Context, next func(context.Context) error) error { next(ctx); return nil }
	var failed *HandlerError
	if _, err := c.Call(background, methodFail, nil, nil); !errors.As(err, &failed) {
		t.Errorf("a failure that was hidden is %v", err)
	}
	behave = func(ctx context.Context, next func(context.Context) error) error { next(ctx); return ours }
	p, err := c.Post(background, methodHold, nil)
	if _, again := p.Await(background, nil); err != ours || again != ErrAwaited {
		t.Errorf("a post that went well and was refused is %v, and its await %v", err, again)
	}
	behave = func(ctx context.Context, next func(context.Context) error) error {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		return next(ctx)
	}
	if _, err := c.Call(background, methodHold, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a call with a context that had ended returned %v", err)
	}
	s.answerHeld()
}

func TestAMethodsDeadlineIsInsideOfItsInterceptor(t *testing.T) {
	slow := Method{ID: methodHold, Name: "Slow", Deadline: 1}
	c, s := serveWith(t, WithInterceptor(func(ctx context.Context, call *CallInfo, next func(context.Context) error) error {
		if _, bounded := ctx.Deadline(); bounded {
			t.Error("the interceptor's context has the method's deadline")
		}
		return next(context.WithValue(ctx, slowKey{}, 1))
	}))
	if err := CallRecord(background, c, &slow, &addRequest{}, &addAnswer{}); !errors.Is(err, ErrDeadline) {
		t.Errorf("a method with a deadline of a nanosecond returned %v", err)
	}
	s.answerHeld()
}

type slowKey struct{}
