package interop

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"testing"

	ringcall "github.com/ringcall/ringcall/go"
)

// One of each form of call; all take one request and give its answer.
var forms = map[string]func(c *ringcall.Client, method uint16, request []byte) ([]byte, error){
	"Call": func(c *ringcall.Client, method uint16, request []byte) ([]byte, error) {
		return c.Call(background, method, request, nil)
	},
	"Post": func(c *ringcall.Client, method uint16, request []byte) ([]byte, error) {
		pending, err := c.Post(background, method, request)
		if err != nil {
			return nil, err
		}
		return pending.Await(background, nil)
	},
	"View": func(c *ringcall.Client, method uint16, request []byte) ([]byte, error) {
		view, err := c.View(background, method, request)
		if err != nil {
			return nil, err
		}
		defer view.Release()
		return bytes.Clone(view.Bytes()), nil
	},
	"Run": func(c *ringcall.Client, method uint16, request []byte) ([]byte, error) {
		run := c.NewRun(1)
		if err := run.Add(method, request); err != nil {
			return nil, err
		}
		if err := run.Do(background); err != nil {
			return nil, err
		}
		answer, err := run.Answer(0)
		return bytes.Clone(answer), err
	},
	"FrameRun": func(c *ringcall.Client, method uint16, request []byte) ([]byte, error) {
		run := ringcall.NewFrameRun(c, &ringcall.Method{ID: method, Name: "Forms.Call"}, 1)
		if err := addFrame(run, request); err != nil {
			return nil, err
		}
		if err := run.Do(background); err != nil {
			return nil, err
		}
		return run.Answer(0)
	},
}

func addFrame(run *ringcall.FrameRun, request []byte) error {
	room, err := run.Reserve(len(request))
	copy(room, request)
	return err
}

func TestEveryFormAgrees(t *testing.T) {
	for _, stride := range []string{"32", "64"} {
		t.Run("stride="+stride, func(t *testing.T) {
			each(t, []string{"--stride", stride}, func(t *testing.T, client *ringcall.Client) {
				for name, form := range forms {
					t.Run(name, func(t *testing.T) {
						for _, size := range []int{0, 1, 7, 8, 15, 16, 17, 47, 48, 49, 64, 4095, 4096, 4097, 65520, 65521, 128 << 10} {
							request := pattern(size)
							answer, err := form(client, methodHash, request)
							if err != nil || !bytes.Equal(answer, numbers(fnv1a(request))) {
								t.Errorf("the hash of %d bytes is %x (%v), expected %x", size, answer, err, numbers(fnv1a(request)))
							}
							if size > 65520 {
								continue
							}
							if answer, err := form(client, methodEcho, request); err != nil || !bytes.Equal(answer, request) {
								t.Errorf("the echo of %d bytes has %d (%v), or other ones", size, len(answer), err)
							}
						}
						answer, err := form(client, methodAdd, addRequest(-3, 5))
						wantSum(t, answer, err, -3, 5)
					})
				}
			})
		})
	}
}

func TestRunsOfManySizes(t *testing.T) {
	each(t, []string{"--slots", "64"}, func(t *testing.T, client *ringcall.Client) {
		run := client.NewRun(1000)
		for _, count := range []int{1, 2, 63, 64, 65, 256, 257, 1000} {
			run.Reset()
			for i := range count {
				if err := run.Add(methodAdd, addRequest(int32(i), int32(count))); err != nil {
					t.Fatal(err)
				}
			}
			if err := run.Do(background); err != nil {
				t.Fatalf("a run of %d: %v", count, err)
			}
			for i := range count {
				answer, err := run.Answer(i)
				wantSum(t, answer, err, int32(i), int32(count))
			}
		}
	})
}

func TestARunMixesMethodsAndFates(t *testing.T) {
	each(t, nil, func(t *testing.T, client *ringcall.Client) {
		run := client.NewRun(8)
		for _, add := range []struct {
			method  uint16
			request []byte
		}{
			{methodAdd, addRequest(1, 2)}, {methodFail, []byte{7, 0, 0, 0}}, {methodHash, pattern(1000)}, {methodAbsent, nil}, {methodEcho, pattern(500)},
		} {
			if err := run.Add(add.method, add.request); err != nil {
				t.Fatal(err)
			}
		}
		if err := run.Do(background); err != nil {
			t.Logf("Do: %v", err)
		}
		sum, err := run.Answer(0)
		wantSum(t, sum, err, 1, 2)
		var failure *ringcall.HandlerError
		if _, err := run.Answer(1); !errors.As(err, &failure) || failure.Code != 7 {
			t.Errorf("the second record's error is %v, expected a failure with code 7", err)
		}
		if hash, err := run.Answer(2); err != nil || !bytes.Equal(hash, numbers(fnv1a(pattern(1000)))) {
			t.Errorf("the third record's answer is %x (%v)", hash, err)
		}
		if _, err := run.Answer(3); !errors.Is(err, ringcall.ErrUnknownMethod) {
			t.Errorf("the fourth record's error is %v, expected ErrUnknownMethod", err)
		}
		if echo, err := run.Answer(4); err != nil || !bytes.Equal(echo, pattern(500)) {
			t.Errorf("the fifth record's answer has %d bytes (%v)", len(echo), err)
		}
	})
}

type scaleRequest struct{ X, K float64 }
type scaleAnswer struct{ Product float64 }
type addRecord struct{ A, B int32 }

func TestBatches(t *testing.T) {
	each(t, nil, func(t *testing.T, client *ringcall.Client) {
		scale := client.NewBatch(methodScale, 16, 8)
		add := client.NewBatch(methodAdd, 8, 8)
		for _, count := range []int{1, 2, 255, 256, 1000, 4096, 1} {
			scaleBatch(t, scale, count)
			addBatch(t, add, count)
		}
		answer, err := client.Call(background, methodScale, floats(3, 4), nil)
		if err != nil || !bytes.Equal(answer, floats(12)) {
			t.Errorf("one call of a batch method gives %x (%v), expected 12", answer, err)
		}
	})
}

func floats(values ...float64) []byte {
	b, err := binary.Append(nil, binary.LittleEndian, values)
	if err != nil {
		panic(err)
	}
	return b
}

func scaleBatch(t *testing.T, batch *ringcall.Batch, count int) {
	t.Helper()
	room, err := batch.Reserve(background, count)
	if err != nil {
		t.Fatal(err)
	}
	requests := ringcall.Records[scaleRequest](room)
	if len(requests) != count {
		t.Fatalf("%d requests are reserved, expected %d", len(requests), count)
	}
	for i := range requests {
		requests[i] = scaleRequest{float64(i), 0.5}
	}
	if err := batch.Do(background); err != nil {
		t.Fatal(err)
	}
	for i, answer := range ringcall.Records[scaleAnswer](batch.Answers()) {
		if answer.Product != float64(i)/2 {
			t.Fatalf("answer %d of %d is %v", i, count, answer)
		}
	}
	batch.Release()
}

func addBatch(t *testing.T, batch *ringcall.Batch, count int) {
	t.Helper()
	room, err := batch.Reserve(background, count)
	if err != nil {
		t.Fatal(err)
	}
	for i := range ringcall.Records[addRecord](room) {
		ringcall.Records[addRecord](room)[i] = addRecord{int32(i), -7}
	}
	if err := batch.Post(background); err != nil {
		t.Fatal(err)
	}
	if err := batch.Await(background); err != nil {
		t.Fatal(err)
	}
	sums := ringcall.Records[int64](batch.Answers())
	if len(sums) != count {
		t.Fatalf("%d answers, expected %d", len(sums), count)
	}
	for i, sum := range sums {
		if sum != int64(i)-7 {
			t.Fatalf("answer %d of %d is %d", i, count, sum)
		}
	}
	batch.Release()
}

func TestBadRequestsAreNamed(t *testing.T) {
	each(t, nil, func(t *testing.T, client *ringcall.Client) {
		for name, form := range forms {
			t.Run(name, func(t *testing.T) {
				_, err := form(client, methodAbsent, []byte("any"))
				if !errors.Is(err, ringcall.ErrUnknownMethod) {
					t.Errorf("an unknown method gives %v", err)
				}
				if _, err := form(client, methodAdd, make([]byte, 9)); !errors.Is(err, ringcall.ErrBadRequest) {
					t.Errorf("a request of 9 bytes where 8 are asked for gives %v", err)
				}
				for _, code := range []uint32{0, 1, 42, 1<<32 - 1} {
					_, err = form(client, methodFail, binary.LittleEndian.AppendUint32(nil, code))
					wantFailure(t, err, methodFail, code, fmt.Sprint("as asked: ", code))
				}
				_, err = form(client, methodThrow, nil)
				wantFailure(t, err, methodThrow, 0, "plain")
				mustAdd(t, client)
			})
		}
		t.Run("Batch", func(t *testing.T) {
			for _, test := range []struct {
				method          uint16
				request, answer int
				want            error
			}{
				{methodAbsent, 8, 8, ringcall.ErrUnknownMethod},
				{methodScale, 8, 8, ringcall.ErrBadRequest},
				{methodScale, 16, 16, ringcall.ErrBadRequest},
			} {
				batch := client.NewBatch(test.method, test.request, test.answer)
				if _, err := batch.Reserve(background, 10); err != nil {
					t.Fatal(err)
				}
				if err := batch.Do(background); !errors.Is(err, test.want) {
					t.Errorf("method %d with records of %d and %d bytes gives %v, expected %v", test.method, test.request, test.answer, err, test.want)
				}
				batch.Release()
			}
			mustAdd(t, client)
		})
	})
}

func wantFailure(t *testing.T, err error, method uint16, code uint32, message string) {
	t.Helper()
	var failure *ringcall.HandlerError
	if !errors.As(err, &failure) {
		t.Errorf("the error is %v, expected a HandlerError", err)
		return
	}
	if want := (ringcall.HandlerError{Method: method, Code: code, Message: message}); *failure != want {
		t.Errorf("the failure is %+v, expected %+v", *failure, want)
	}
}

func TestManyPostsBeforeTheFirstAwait(t *testing.T) {
	each(t, []string{"--slots", "16"}, func(t *testing.T, client *ringcall.Client) {
		const count = 1000
		var posted []ringcall.Pending
		for i := range int32(count) {
			pending, err := client.Post(background, methodAdd, addRequest(i, i))
			if err != nil {
				t.Fatal(err)
			}
			posted = append(posted, pending)
		}
		for i, pending := range slices.Backward(posted) {
			answer, err := pending.Await(background, nil)
			wantSum(t, answer, err, int32(i), int32(i))
		}
		if _, err := posted[0].Await(background, nil); !errors.Is(err, ringcall.ErrAwaited) {
			t.Errorf("awaiting twice gives %v, expected ErrAwaited", err)
		}
	})
}
