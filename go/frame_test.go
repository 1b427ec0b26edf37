package ringcall

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"unsafe"
)

// filled is a frame for a method, that holds payload(size).
func filled(t testing.TB, c *Client, m *Method, size int) *Frame {
	t.Helper()
	f, err := c.NewFrame(background, m, size)
	if err != nil {
		t.Fatal(err)
	}
	b := f.Bytes()
	if len(b) != size || cap(b) != size || size > 0 && uintptr(unsafe.Pointer(&b[0]))%8 != 0 || bytes.Count(b, []byte{0}) != size {
		t.Fatalf("a frame of %d bytes: %d at %p, room for %d: %x", size, len(b), unsafe.SliceData(b), cap(b), b)
	}
	copy(b, payload(size))
	return f
}

func expectOwn(t testing.TB, answer []byte, err error, size int) {
	t.Helper()
	if err != nil || !bytes.Equal(answer, payload(size)) {
		t.Fatalf("the echo of %d bytes has %d (%v), or other ones", size, len(answer), err)
	}
	if uintptr(unsafe.Pointer(unsafe.SliceData(answer)))%8 != 0 || cap(answer) > (size+7)&^7 {
		t.Fatalf("%d bytes at %p, room for %d", size, unsafe.SliceData(answer), cap(answer))
	}
}

func TestAFrameIsCalled(t *testing.T) {
	for _, stride := range []uint32{strideSmall, strideLarge} {
		t.Run(fmt.Sprint("stride=", stride), func(t *testing.T) {
			bothWays(t, func(t *testing.T, o testOptions) {
				o.stride = stride
				c, _ := serve(t, o)
				for _, size := range []int{0, 1, 7, 8, 12, 15, 16, 17, 47, 48, 49, 100, 1000, 4080} {
					answer, err := filled(t, c, typedEcho, size).Call(background)
					expectOwn(t, answer, err, size)
					p, err := filled(t, c, timedEcho, size).Post(background)
					if err != nil {
						t.Fatal(err)
					}
					answer, err = AwaitFrame(background, p, timedEcho)
					expectOwn(t, answer, err, size)
					v, err := filled(t, c, typedEcho, size).View(background)
					if err != nil || !bytes.Equal(v.Bytes(), payload(size)) {
						t.Fatalf("a view of %d bytes: %v", size, err)
					}
					v.Release()
					if err := filled(t, c, typedEcho, size).Send(background); err != nil {
						t.Fatal(err)
					}
					filled(t, c, typedEcho, size).Discard()
				}
				// All the room has come back.
				answer, err := filled(t, c, typedEcho, 4096-16).Call(background)
				expectOwn(t, answer, err, 4096-16)
			})
		})
	}
}

func TestAFramesErrorsNameItsMethod(t *testing.T) {
	c, _ := serve(t, defaults())
	var large *TooLargeError
	if _, err := c.NewFrame(background, typedEcho, 5000); !errors.As(err, &large) || err.Error()[:11] != "Sums.Echo: " {
		t.Errorf("beyond the arena: %v", err)
	}
	var failed *HandlerError
	if _, err := filled(t, c, typedFail, 100).Call(background); !errors.Is(err, errRefused) || !errors.As(err, &failed) || failed.Message != string(payload(100)) {
		t.Errorf("a failure: %v", err)
	}
	if _, err := filled(t, c, typedFail, 100).View(background); !errors.Is(err, errRefused) {
		t.Errorf("a failure instead of a view: %v", err)
	}
	p, err := filled(t, c, typedFail, 5).Post(background)
	if _, awaited := AwaitFrame(background, p, typedFail); err != nil || !errors.Is(awaited, errRefused) {
		t.Errorf("a failure of a posted one: %v, %v", err, awaited)
	}
	if _, again := AwaitFrame(background, p, typedFail); !errors.Is(again, ErrAwaited) {
		t.Errorf("awaited twice: %v", again)
	}
	ctx, cancel := context.WithCancel(background)
	cancel()
	for _, size := range []int{8, 1000} {
		if _, err := c.NewFrame(ctx, typedEcho, 1000); !errors.Is(err, context.Canceled) {
			t.Errorf("a cancelled context: %v", err)
		}
		for name, err := range map[string]error{
			"Call": second(filled(t, c, typedEcho, size).Call(ctx)), "Post": second(filled(t, c, typedEcho, size).Post(ctx)),
			"View": second(filled(t, c, typedEcho, size).View(ctx)), "Send": filled(t, c, typedEcho, size).Send(ctx),
		} {
			if !errors.Is(err, context.Canceled) || !errors.Is(err, ErrNeverStarted) {
				t.Errorf("%s, %d bytes, cancelled: %v", name, size, err)
			}
		}
	}
	expectEcho(t, c, 4080)
}

func second[T any](_ T, err error) error { return err }

func TestAFrameOutlivesClose(t *testing.T) {
	c, _ := serve(t, defaults())
	called, discarded := filled(t, c, typedEcho, 1000), filled(t, c, typedEcho, 1000)
	c.Close()
	copy(called.Bytes(), payload(1000))
	if _, err := called.Call(background); !errors.Is(err, ErrClosed) || !errors.Is(err, ErrNeverStarted) {
		t.Errorf("a frame of a closed client: %v", err)
	}
	discarded.Discard()
	if _, err := c.NewFrame(background, typedEcho, 1000); !errors.Is(err, ErrClosed) {
		t.Errorf("a new frame of a closed client: %v", err)
	}
}

func TestAFramesAnswerIsOneAllocation(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	c, _ := serve(t, defaults())
	for _, size := range []int{8, 13, 1000} {
		call := func() {
			f, err := c.NewFrame(background, timedEcho, size)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.Call(background); err != nil {
				t.Fatal(err)
			}
		}
		for range 20 {
			call()
		}
		if n := testing.AllocsPerRun(200, call); n != 1 {
			t.Errorf("a call with %d bytes allocates %v times", size, n)
		}
	}
}
