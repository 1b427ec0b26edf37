package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	ringcall "github.com/ringcall/ringcall/go"
	"github.com/ringcall/ringcall/tools/lessons/trial"
)

var ctx = context.Background()

func TestMain(m *testing.M) { trial.Main(m, map[string]func(){"lesson": main}) }

func start(t *testing.T) (*CalculatorClient, *exec.Cmd) {
	t.Helper()
	cmd := exec.Command(trial.Server(t, "arithmetic"))
	client, err := StartCalculator(ctx, cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client, cmd
}

func TestTheLessonRuns(t *testing.T) {
	out := trial.Output(t, trial.Program("lesson", trial.Server(t, "arithmetic")))
	for _, want := range []string{"= 2147483648:", "= 499999500000\n", `"界世 ,eßürG"`, "begins with byte 7", "Hello, Ada!\n", "9999 + 1 = 10000\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in what was printed: %q", want, out)
		}
	}
}

// The caller of a service is tested with the fake; here: that it passes errors on which it did not expect.
func TestTheLessonStopsAtAnErrorThatItDoesNotExpect(t *testing.T) {
	broken := errors.New("broken")
	fake := &CalculatorFake{
		AddFunc:     func(_ context.Context, a, b int32) (int64, error) { return int64(a) + int64(b), nil },
		SumFunc:     func(_ context.Context, numbers []int32) (int64, error) { return int64(len(numbers)), nil },
		ReverseFunc: func(_ context.Context, text string) (string, error) { return "", broken },
	}
	if err := lesson(ctx, fake, &strings.Builder{}); !errors.Is(err, broken) {
		t.Errorf("%v, not %v", err, broken)
	}
	if calls := fake.Calls(); calls["Add"] != 1 || calls["Reverse"] != 1 || calls["Greet"] != 0 {
		t.Errorf("%v", calls)
	}
}

func TestAddNeverOverflows(t *testing.T) {
	client, _ := start(t)
	for _, c := range [][2]int32{{3, 4}, {-3, 3}, {math.MaxInt32, math.MaxInt32}, {math.MinInt32, math.MinInt32}} {
		if sum, err := client.Add(ctx, c[0], c[1]); sum != int64(c[0])+int64(c[1]) || err != nil {
			t.Errorf("%d + %d is %d, %v", c[0], c[1], sum, err)
		}
	}
}

func TestSumOfSlicesOfAnySize(t *testing.T) {
	client, _ := start(t)
	for _, size := range []int{0, 1, 2, 3, 4, 11, 12, 13, 1000, 2_000_000} {
		numbers := make([]int32, size)
		want := int64(0)
		for i := range numbers {
			numbers[i] = math.MaxInt32 - int32(i)
			want += int64(numbers[i])
		}
		if sum, err := client.Sum(ctx, numbers); sum != want || err != nil {
			t.Errorf("of %d numbers: %d, not %d, %v", size, sum, want, err)
		}
	}
	var large *ringcall.TooLargeError
	if _, err := client.Sum(ctx, make([]int32, 3_000_000)); !errors.As(err, &large) {
		t.Errorf("12 MB into an arena of 8 MiB: %v", err)
	}
}

func reversed(text string) string {
	runes := []rune(text)
	slices.Reverse(runes)
	return string(runes)
}

func TestReverseGoesByCodePoint(t *testing.T) {
	client, _ := start(t)
	for _, text := range []string{"", "a", "ab", "Grüße, 世界", "\x00\x7f\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff", strings.Repeat("ä€😀x", 100_000)} {
		if answer, err := client.Reverse(ctx, text); answer != reversed(text) || err != nil {
			t.Errorf("%.40q: %.40q, %v", text, answer, err)
		}
	}
}

func TestInvalidUTF8IsAClearError(t *testing.T) {
	client, _ := start(t)
	for _, c := range []struct {
		text string
		at   int
	}{
		{"\xff", 0}, {"abc\x80", 3}, {"abc\xc3", 3}, {"\xc0\xaf", 0}, {"\xe0\x80\xaf", 0}, {"x\xed\xa0\x80", 1}, {"\xf4\x90\x80\x80", 0}, {"\xf5\x80\x80\x80", 0}, {"ä€\xf0\x9f\x98", 5},
		{strings.Repeat("x", 100_000) + "\xfe", 100_000},
	} {
		answer, err := client.Reverse(ctx, c.text)
		var failed *ringcall.HandlerError
		if !errors.Is(err, TextErrorNotUTF8) || !errors.As(err, &failed) || answer != "" {
			t.Errorf("%.20q: %.20q, %v", c.text, answer, err)
		} else if failed.Code != uint32(TextErrorNotUTF8) || !strings.HasSuffix(failed.Message, fmt.Sprintf("byte %d", c.at)) {
			t.Errorf("%.20q: code %d, %q; expected %d, and byte %d", c.text, failed.Code, failed.Message, TextErrorNotUTF8, c.at)
		}
	}
	if answer, err := client.Reverse(ctx, "ok"); answer != "ko" || err != nil {
		t.Errorf("after errors: %q, %v", answer, err)
	}
}

// Every first byte, with those on either side of all bounds behind it.
func TestReverseAcceptsExactlyWhatGoDoes(t *testing.T) {
	client, _ := start(t)
	var texts []string
	const second, more = "\x00\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xff", "a\x80\xbf\xc0"
	for first := range 256 {
		for _, b := range []byte(second) {
			for _, c := range []byte(more) {
				for _, d := range []byte(more) {
					texts = append(texts, string([]byte{byte(first), b, c, d}))
				}
			}
		}
	}
	post := func(ctx context.Context, i int) (ReversePending, error) { return client.PostReverse(ctx, texts[i]) }
	trial.InFlight(t, len(texts), post, func(ctx context.Context, i int, p ReversePending) error {
		answer, err := p.Await(ctx)
		if valid := utf8.ValidString(texts[i]); valid != (err == nil) || valid && answer != reversed(texts[i]) {
			t.Errorf("%q: %q, %v", texts[i], answer, err)
		}
		return nil
	})
}

func TestAllFormsOfACallAgree(t *testing.T) {
	client, _ := start(t)
	const count = 1000
	requests, sums := make([]AddRequest, count), make([]int64, count)
	run := client.NewAddRun(count)
	for i := range requests {
		requests[i] = AddRequest{A: int32(i), B: -7}
		if err := run.Add(int32(i), -7); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(client.AddEach(ctx, requests, sums), run.Do(ctx)); err != nil {
		t.Fatal(err)
	}
	batch := client.NewAddBatch()
	defer batch.Release()
	room, err := batch.Reserve(ctx, count)
	if err != nil {
		t.Fatal(err)
	}
	copy(room, requests)
	if err := batch.Do(ctx); err != nil {
		t.Fatal(err)
	}
	for i, batched := range batch.Answers() {
		want := int64(i) - 7
		if sum, err := run.Answer(i); sum != want || err != nil || sums[i] != want || batched != want {
			t.Errorf("%d: the run says %d, %v, the slice %d, the batch %d", i, sum, err, sums[i], batched)
		}
	}
}

func TestManyGoroutinesShareAClient(t *testing.T) {
	client, _ := start(t)
	var group sync.WaitGroup
	for n := range 16 {
		group.Add(1)
		go func() {
			defer group.Done()
			text := strings.Repeat("Grüße ", n*10)
			for i := range int32(500) {
				sum, err := client.Add(ctx, i, int32(n))
				answer, failure := client.Reverse(ctx, text)
				greeting, third := client.Greet(ctx, text)
				if err := errors.Join(err, failure, third); err != nil || sum != int64(i)+int64(n) || answer != reversed(text) || greeting != "Hello, "+text+"!" {
					t.Errorf("%d %q %q %v", sum, answer, greeting, err)
					return
				}
			}
		}()
	}
	group.Wait()
}
