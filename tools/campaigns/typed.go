package campaigns

import (
	"context"
	"unsafe"

	ringcall "github.com/ringcall/ringcall/go"
)

// typedForms are the typed forms of call for one pair of sizes, on bytes.
type typedForms struct {
	call  func(ctx context.Context, c *ringcall.Client, m *ringcall.Method, request []byte) ([]byte, error)
	post  func(ctx context.Context, c *ringcall.Client, m *ringcall.Method, request []byte) (ringcall.Pending, error)
	await func(ctx context.Context, p ringcall.Pending, m *ringcall.Method) ([]byte, error)
	run   func(c *ringcall.Client, m *ringcall.Method, requests [][]byte) typedRun
	each  func(ctx context.Context, c *ringcall.Client, m *ringcall.Method, requests [][]byte) ([][]byte, error)
}

type typedRun interface {
	Post(ctx context.Context) error
	Await(ctx context.Context) error
	Do(ctx context.Context) error
	Reset()
	answer(i int) ([]byte, error)
}

// typed has the sizes of requests and answers, in bytes, that the typed forms can call with.
var typed = map[[2]int]*typedForms{
	{16, 8}: typedOf[[2]uint64, uint64](),
	{8, 8}:  typedOf[[2]uint32, uint64](),
	{4, 4}:  typedOf[uint32, uint32](),
	{16, 0}: typedOf[[2]uint64, struct{}](),
}

type runOf[Q, A any] struct{ *ringcall.RecordRun[Q, A] }

func (r runOf[Q, A]) answer(i int) ([]byte, error) {
	answer := new(A)
	err := r.Answer(i, answer)
	return bytesOf(answer), err
}

func bytesOf[T any](v *T) []byte { return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v)) }

func from[T any](b []byte) *T {
	v := new(T)
	copy(bytesOf(v), b)
	return v
}

func typedOf[Q, A any]() *typedForms {
	return &typedForms{
		call: func(ctx context.Context, c *ringcall.Client, m *ringcall.Method, request []byte) ([]byte, error) {
			answer := new(A)
			err := ringcall.CallRecord(ctx, c, m, from[Q](request), answer)
			return bytesOf(answer), err
		},
		post: func(ctx context.Context, c *ringcall.Client, m *ringcall.Method, request []byte) (ringcall.Pending, error) {
			return ringcall.PostRecord(ctx, c, m, from[Q](request))
		},
		await: func(ctx context.Context, p ringcall.Pending, m *ringcall.Method) ([]byte, error) {
			answer := new(A)
			err := ringcall.AwaitRecord(ctx, p, m, answer)
			return bytesOf(answer), err
		},
		run: func(c *ringcall.Client, m *ringcall.Method, requests [][]byte) typedRun {
			r := ringcall.NewRecordRun[Q, A](c, m, len(requests))
			for _, request := range requests {
				r.Add(from[Q](request))
			}
			return runOf[Q, A]{r}
		},
		each: func(ctx context.Context, c *ringcall.Client, m *ringcall.Method, requests [][]byte) ([][]byte, error) {
			in, out, answers := make([]Q, len(requests)), make([]A, len(requests)), make([][]byte, len(requests))
			for i, request := range requests {
				in[i] = *from[Q](request)
				answers[i] = bytesOf(&out[i])
			}
			err := ringcall.CallEach(ctx, c, m, in, out)
			return answers, err
		},
	}
}
