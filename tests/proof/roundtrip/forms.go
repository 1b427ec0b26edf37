package roundtrip

import (
	"errors"
	"fmt"
	"reflect"
	"sync"

	ringcall "github.com/ringcall/ringcall/go"
)

// round calls the method with new values, once in each form that it has.
func (k *checker) round() error {
	if k.batch {
		return errors.Join(k.each(k.name, k.call, k.args), k.dense())
	}
	steps := []func() error{k.blocking, k.posted}
	if k.has(k.name + "View") {
		steps = append(steps, k.viewed)
	}
	if k.has("New" + k.name + "Run") {
		steps = append(steps, k.run)
	}
	if k.has(k.name + "Each") {
		steps = append(steps, func() error {
			each := k.method(k.name + "Each")
			return k.each("each", each, []reflect.Type{each.Type().In(1), each.Type().In(2)})
		})
	}
	if k.has("New" + k.name + "Batch") {
		steps = append(steps, k.dense)
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (k *checker) blocking() error {
	o := k.make()
	return k.outcome("call", o, k.call.Call(k.with(o)))
}

// posted posts several calls before it awaits the first, and awaits them in another order; it abandons some.
func (k *checker) posted() error {
	post := k.method("Post" + k.name)
	type flying struct {
		one
		pending reflect.Value
	}
	var inFlight []flying
	for range 1 + k.IntN(6) {
		o := k.make()
		returned := post.Call(k.with(o))
		if !k.sendable(o) || !returned[1].IsNil() {
			if err := k.outcome("posted", o, returned[1:]); err != nil {
				return err
			}
			continue
		}
		inFlight = append(inFlight, flying{o, returned[0]})
	}
	for _, i := range k.Perm(len(inFlight)) {
		f := inFlight[i]
		if k.IntN(8) == 0 {
			f.pending.MethodByName("Abandon").Call(nil)
			continue
		}
		if err := k.outcome("posted", f.one, f.pending.MethodByName("Await").Call([]reflect.Value{background})); err != nil {
			return err
		}
	}
	return nil
}

// run uses a run twice: what the first left behind must not show in the second.
func (k *checker) run() error {
	const capacity = 7
	run := k.method("New" + k.name + "Run").Call([]reflect.Value{reflect.ValueOf(capacity)})[0]
	of := func(name string, args ...reflect.Value) []reflect.Value { return run.MethodByName(name).Call(args) }
	for range 2 {
		added, total, err := k.addTo(of, 1+k.IntN(capacity))
		if err != nil {
			return err
		}
		if n := int(of("Len")[0].Int()); n != len(added) {
			return k.fail("run", fmt.Sprintf("Len is %d, %d were added", n, len(added)))
		}
		var returned reflect.Value
		if k.IntN(2) == 0 {
			returned = of("Do", background)[0]
		} else if returned = of("Post", background)[0]; returned.IsNil() {
			returned = of("Await", background)[0]
		}
		if err, _ := returned.Interface().(error); err != nil {
			// Runs of fixed records take room for all together.
			if errors.Is(err, ringcall.ErrTooLarge) && total > k.rooms.request {
				k.counts.refused.Add(1)
				of("Reset")
				continue
			}
			return k.fail("run", fmt.Sprintf("of %d calls, %d bytes: %v", len(added), total, err))
		}
		for _, i := range k.Perm(len(added)) {
			if err := k.outcome("run", added[i], of("Answer", reflect.ValueOf(i))); err != nil {
				return err
			}
		}
		of("Reset")
	}
	return nil
}

// addTo adds up to n calls to a run, as many as the arena takes. total is the room that they take in a dense batch.
func (k *checker) addTo(of func(string, ...reflect.Value) []reflect.Value, n int) (added []one, total int, err error) {
	for range n {
		o := k.make()
		err, _ := of("Add", o.args...)[0].Interface().(error)
		switch {
		case errors.Is(err, ringcall.ErrArenaFull) && k.sendable(o):
			return added, total, nil
		case errors.Is(err, ringcall.ErrTooLarge) && !k.sendable(o):
			k.counts.refused.Add(1)
		case err != nil:
			return nil, 0, k.fail("run", fmt.Sprintf("Add of %d bytes: %v", o.request, err))
		default:
			added = append(added, o)
			total += up(o.request, 16) + o.answer
		}
	}
	return added, total, nil
}

// each calls with a slice of requests and one of answers.
func (k *checker) each(form string, each reflect.Value, slices []reflect.Type) error {
	if k.batch {
		form = "batch method"
	}
	const most = 120
	n := k.IntN(most)
	requests, answers := reflect.MakeSlice(slices[0], n, n), reflect.MakeSlice(slices[1], n, n)
	all := k.requests(requests)
	returned := each.Call([]reflect.Value{background, requests, answers})[0]
	return k.compareAll(form, all, answers, returned)
}

// requests fills in a slice of requests and returns them as the arguments of calls.
func (k *checker) requests(requests reflect.Value) []one {
	all := make([]one, requests.Len())
	for i := range all {
		request := requests.Index(i)
		if k.batch || len(k.args) == 1 && request.Type() == k.args[0] {
			all[i].args = k.values([]reflect.Type{request.Type()})
			request.Set(all[i].args[0])
		} else {
			all[i].args = k.values(k.args)
			for j, field := range fieldsOf(request) {
				field.Set(all[i].args[j])
			}
		}
		all[i].request = frameSize(all[i].args)
		all[i].answer = all[i].request
		if k.result == nil && !k.batch {
			all[i].answer = 0
		}
	}
	return all
}

func (k *checker) compareAll(form string, all []one, answers, returned reflect.Value) error {
	if err, _ := returned.Interface().(error); err != nil {
		if n := len(all); n > 0 && errors.Is(err, ringcall.ErrTooLarge) && up(all[0].request, 16)+all[0].answer > k.rooms.request {
			k.counts.refused.Add(1)
			return nil
		}
		return k.fail(form, fmt.Sprintf("of %d records: %v", len(all), err))
	}
	if answers.Len() != len(all) {
		return k.fail(form, fmt.Sprintf("%d answers to %d requests", answers.Len(), len(all)))
	}
	for i, o := range all {
		if text := k.changed(o, []reflect.Value{answers.Index(i)}); text != "" {
			return k.fail(form, fmt.Sprintf("record %d of %d: %s", i, len(all), text))
		}
		k.counts.byForm[form]++
	}
	return nil
}

// dense fills requests in where the server reads them.
func (k *checker) dense() error {
	batch := k.method("New" + k.name + "Batch").Call(nil)[0]
	of := func(name string, args ...reflect.Value) []reflect.Value { return batch.MethodByName(name).Call(args) }
	for range 2 {
		returned := of("Reserve", background, reflect.ValueOf(1+k.IntN(30)))
		if err, _ := returned[1].Interface().(error); err != nil {
			if errors.Is(err, ringcall.ErrTooLarge) && k.rooms.request < 1<<16 {
				k.counts.refused.Add(1)
				continue
			}
			return k.fail("dense batch", err.Error())
		}
		all := k.requests(returned[0])
		err := reflect.ValueOf((*error)(nil)).Elem()
		if k.IntN(2) == 0 {
			err = of("Do", background)[0]
		} else if err = of("Post", background)[0]; err.IsNil() {
			err = of("Await", background)[0]
		}
		answers := of("Answers")[0]
		if wrong := k.compareAll("dense batch", all, answers, err); wrong != nil {
			return wrong
		}
		of("Release")
	}
	return nil
}

func (k *checker) viewed() error {
	o := k.make()
	returned := k.method(k.name + "View").Call(k.with(o))
	if !returned[1].IsNil() || !k.sendable(o) || !k.rooms.fits(o.answer, k.rooms.answer) {
		return k.outcome("view", o, returned[1:])
	}
	view := returned[0]
	for _, name := range []string{"Values", "Bytes"} {
		show := view.MethodByName(name)
		if !show.IsValid() {
			continue
		}
		shown := show.Call(nil)[0]
		if len(o.args) == 1 && o.args[0].Kind() == reflect.String && shown.Kind() == reflect.Slice {
			shown = reflect.ValueOf(string(shown.Bytes()))
		}
		if text := k.changed(o, []reflect.Value{shown}); text != "" {
			return k.fail("view", text)
		}
		k.counts.byForm["view"]++
	}
	view.MethodByName("Release").Call(nil)
	return nil
}

// crowd calls from several goroutines at once.
func (k *checker) crowd() error {
	const callers = 4
	var (
		group    sync.WaitGroup
		errs     [callers]error
		together = make([]*checker, callers)
	)
	for i := range together {
		copied := *k
		copied.filler = newFiller(k.seed+uint64(i), k.makers, k.longest)
		copied.counts = &counts{byForm: map[string]int{}}
		together[i] = &copied
		group.Add(1)
		go func() {
			defer group.Done()
			for range 3 {
				errs[i] = errors.Join(errs[i], copied.blocking())
			}
		}()
	}
	group.Wait()
	for _, one := range together {
		k.counts.byForm["call, 4 at once"] += one.counts.byForm["call"]
		k.counts.refused.Add(one.counts.refused.Load())
	}
	return errors.Join(errs[:]...)
}

// pretend gives a fake the function of a method: it returns its arguments, as the server does.
func (k *checker) pretend(fake reflect.Value) {
	field := fake.Elem().FieldByName(k.name + "Func")
	if !field.IsValid() {
		panic(fmt.Sprintf("%v has no field %sFunc", fake.Type(), k.name))
	}
	none := reflect.Zero(reflect.TypeFor[error]())
	field.Set(reflect.MakeFunc(field.Type(), func(in []reflect.Value) []reflect.Value {
		if k.batch {
			for i := range in[1].Len() {
				convert(in[2].Index(i), in[1].Index(i))
			}
			return []reflect.Value{none}
		}
		if k.result == nil {
			return []reflect.Value{none}
		}
		result := reflect.New(k.result).Elem()
		if len(in) == 2 {
			convert(result, in[1])
		} else {
			for i, field := range fieldsOf(result) {
				convert(field, in[i+1])
			}
		}
		return []reflect.Value{result, none}
	}))
}
