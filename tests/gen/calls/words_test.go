package calls

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	ringcall "github.com/ringcall/ringcall/go"
	"github.com/ringcall/ringcall/tests/gen/words"
)

// method calls a method with ctx and one argument for each further parameter, made of its place from 1.
func method(t *testing.T, ctx context.Context, of any, name string, argument func(place int) any) (any, error) {
	t.Helper()
	f := reflect.ValueOf(of).MethodByName(name)
	if !f.IsValid() {
		t.Fatalf("expected a method %s of %T, found none", name, of)
	}
	arguments := []reflect.Value{reflect.ValueOf(ctx)}
	for i := 1; i < f.Type().NumIn(); i++ {
		arguments = append(arguments, reflect.ValueOf(argument(i)))
	}
	results := f.Call(arguments)
	err, _ := results[1].Interface().(error)
	return results[0].Interface(), err
}

// TestWords calls through names that Go, or the generated code, has for something else.
func TestWords(t *testing.T) {
	c := start(t, "words", ringcall.Start)
	ctx := ctxOf(t)
	speaker, err := words.NewSpeakerClient(c)
	ok(t, err)
	read, err := words.NewReadClient(c)
	ok(t, err)

	t.Run("of parameters", func(t *testing.T) {
		count := reflect.TypeFor[words.FixedRequest]().NumField() - 1
		sum, joined := 0, ""
		for i := range count {
			sum += (i + 1) * (i + 1)
			joined += fmt.Sprint(i+1) + " "
		}
		number := func(place int) any { return uint32(place) }
		text := func(place int) any { return fmt.Sprint(place) }
		for _, of := range []words.Speaker{speaker, &words.SpeakerFake{FixedFunc: speaker.Fixed, TextFunc: speaker.Text}} {
			answer, err := method(t, ctx, of, "Fixed", number)
			want(t, answer, err, any(uint32(sum)))
			answer, err = method(t, ctx, of, "Text", text)
			want(t, answer, err, any(joined))
			pending, err := method(t, ctx, of, "PostText", text)
			ok(t, err)
			posted, err := pending.(words.TextPending).Await(ctx)
			want(t, posted, err, joined)
		}
		view, err := method(t, ctx, speaker, "TextView", text)
		ok(t, err)
		want(t, string(view.(words.TextView).Bytes()), nil, joined)
		view.(words.TextView).Release()
	})

	t.Run("of fields", func(t *testing.T) {
		var fields words.String
		texts := words.Range{}
		for i := range reflect.TypeOf(texts).NumField() {
			reflect.ValueOf(&fields).Elem().Field(i + 1).SetUint(uint64(i))
			reflect.ValueOf(&texts).Elem().Field(i).SetString(strings.Repeat("x", i))
		}
		answer, err := speaker.Fields(ctx, fields)
		want(t, answer, err, fields)
		answers, err := speaker.Texts(ctx, texts)
		want(t, answers, err, texts)
	})

	t.Run("of methods", func(t *testing.T) {
		for i, name := range strings.Fields("CloseCall ClientCall CallsCall Type String Error Len Ringcall Wire ReadByteCall") {
			answer, err := method(t, ctx, speaker, name, func(int) any { return uint32(1000) })
			want(t, answer, err, any(uint32(1010+i)))
		}
		text, err := read.All(ctx, "all")
		want(t, text, err, "all")
		run := read.NewAllRun(1)
		ok(t, run.Add("more"))
		ok(t, run.Do(ctx))
		text, err = run.Answer(0)
		want(t, text, err, "more")
		number, err := read.Done(ctx, 7)
		want(t, number, err, 7)
	})
}
