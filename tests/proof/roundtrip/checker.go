package roundtrip

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync/atomic"

	ringcall "github.com/ringcall/ringcall/go"
)

// Service is what a generated program tells about one of its services.
type Service struct {
	Name    string
	Connect func(*ringcall.Client) (any, error) // NewAlphaClient
	Fake    any                                 // &AlphaFake{}
	Methods []string                            // in Go
}

// arenas are the capacities of the server's, and what fits a slot.
type arenas struct{ request, answer, record int }

// fits says whether a payload of this size can be sent.
func (a arenas) fits(size, capacity int) bool { return size <= max(capacity, a.record) }

// checker calls one method in every form that it has, on a client or a fake.
type checker struct {
	*filler
	on     reflect.Value
	name   string
	seed   uint64 // of the round
	rooms  arenas
	counts *counts

	call   reflect.Value
	args   []reflect.Type // without the context
	result reflect.Type   // nil: none
	batch  bool
}

// counts are of the values that came back unchanged, by form, and of those that were refused since they do not fit.
type counts struct {
	byForm  map[string]int
	methods int
	refused atomic.Int64
}

var (
	contextType = reflect.TypeFor[context.Context]()
	background  = reflect.ValueOf(context.Background())
)

func newChecker(f *filler, on reflect.Value, name string, rooms arenas, c *counts) *checker {
	k := &checker{filler: f, on: on, name: name, rooms: rooms, counts: c}
	k.call = k.method(name)
	t := k.call.Type()
	for i := 1; i < t.NumIn(); i++ {
		k.args = append(k.args, t.In(i))
	}
	if t.NumOut() == 2 {
		k.result = t.Out(0)
	}
	k.batch = t.NumOut() == 1 && len(k.args) == 2
	return k
}

// method is the client's method of this name, which must be there.
func (k *checker) method(name string) reflect.Value {
	m := k.on.MethodByName(name)
	if !m.IsValid() {
		panic(fmt.Sprintf("%v has no method %s", k.on.Type(), name))
	}
	return m
}

func (k *checker) has(name string) bool { return k.on.MethodByName(name).IsValid() }

// one is a call's arguments, and whether they and their answer can be sent.
type one struct {
	args            []reflect.Value
	request, answer int
}

func (k *checker) make() one {
	o := one{args: k.values(k.args)}
	o.request, o.answer = frameSize(o.args), frameSize(o.args)
	if k.result == nil {
		o.answer = 0
	}
	return o
}

func (k *checker) sendable(o one) bool { return k.rooms.fits(o.request, k.rooms.request) }

func (k *checker) with(o one) []reflect.Value { return append([]reflect.Value{background}, o.args...) }

// fail is an error that says how to get here again.
func (k *checker) fail(form, text string) error {
	return fmt.Errorf("%s, %s, round seed %d: %s", k.name, form, k.seed, text)
}

// outcome checks what a call returned: the result, if there is one, and the error.
func (k *checker) outcome(form string, o one, returned []reflect.Value) error {
	err, _ := returned[len(returned)-1].Interface().(error)
	fits := k.sendable(o) && k.rooms.fits(o.answer, k.rooms.answer)
	if !fits {
		return k.tooLarge(form, o, err)
	}
	if err != nil {
		return k.fail(form, fmt.Sprintf("%v (a request of %d bytes, arguments %s)", err, o.request, k.briefly(o)))
	}
	if text := k.changed(o, returned[:len(returned)-1]); text != "" {
		return k.fail(form, text+" (arguments "+k.briefly(o)+")")
	}
	k.counts.byForm[form]++
	return nil
}

func (k *checker) tooLarge(form string, o one, err error) error {
	var refusal *ringcall.TooLargeError
	if !errors.As(err, &refusal) || !errors.Is(err, ringcall.ErrTooLarge) {
		return k.fail(form, fmt.Sprintf("a request of %d bytes, an answer of %d, arenas %+v: expected a TooLargeError, got %v", o.request, o.answer, k.rooms, err))
	}
	if refusal.Answer == !k.sendable(o) {
		return k.fail(form, fmt.Sprintf("a request of %d bytes, an answer of %d, arenas %+v: the error blames the wrong one: %v", o.request, o.answer, k.rooms, err))
	}
	k.counts.refused.Add(1)
	return nil
}

// changed says where the answer is not what was sent.
func (k *checker) changed(o one, results []reflect.Value) string {
	if len(results) == 0 {
		return ""
	}
	if len(o.args) == 1 {
		return difference("value", o.args[0], results[0])
	}
	fields := fieldsOf(addressable(results[0]))
	for i, arg := range o.args {
		if text := difference(fmt.Sprintf("argument %d", i), arg, fields[i]); text != "" {
			return text
		}
	}
	return ""
}

func (k *checker) briefly(o one) string {
	text := ""
	for _, arg := range o.args {
		text += brief(arg) + "; "
	}
	return text
}
