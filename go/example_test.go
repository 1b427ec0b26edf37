package ringcall_test

import (
	"context"
	"expvar"
	"fmt"
	"log/slog"
	"os"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

// Where the time of a method's calls went, while somebody has the server sample: `ringcall tune quotes --sample 64`, or top, stat and profile as long as they run.
func ExampleClient_Stats() {
	client, err := ringcall.Dial(context.Background(), "quotes")
	if err != nil {
		return
	}
	defer client.Close()
	for _, m := range client.Stats().Methods {
		fmt.Printf("%s: p99 %v, of that in the handler %v\n", m.Name, m.Total.Percentile(99), m.Handler.Percentile(99))
	}
}

func ExampleClient_Var() {
	client, err := ringcall.Dial(context.Background(), "quotes")
	if err != nil {
		return
	}
	defer client.Close()
	expvar.Publish("quotes", client.Var())
}

// A client that tells what becomes of its server, and keeps the black box of each that dies, for `ringcall postmortem`.
func ExampleWithLogger() {
	client, err := ringcall.Dial(context.Background(), "quotes",
		ringcall.WithRestart(),
		ringcall.WithLogger(slog.New(slog.NewJSONHandler(os.Stderr, nil))),
		ringcall.WithDumps("/var/tmp/quotes"))
	if err != nil {
		return
	}
	client.Close()
}

// Operations that took long are told, each with its method.
func ExampleWithInterceptor() {
	slow := func(ctx context.Context, call *ringcall.CallInfo, next func(context.Context) error) error {
		begin := time.Now()
		err := next(ctx)
		if took := time.Since(begin); took > 10*time.Millisecond {
			slog.WarnContext(ctx, "slow call", "method", call.Name, "form", call.Form, "took", took, "error", err)
		}
		return err
	}
	client, err := ringcall.Dial(context.Background(), "quotes", ringcall.WithInterceptor(slow))
	if err != nil {
		return
	}
	client.Close()
}

func ExampleHistogram() {
	var times []time.Duration
	for i := range 1000 {
		times = append(times, time.Duration(i+1)*time.Microsecond)
	}
	h := ringcall.NewHistogram(times...)
	fmt.Println(h.Count(), h.Mean(), h.Max())
	fmt.Println(h.Percentile(99) >= 990*time.Microsecond, h.Percentile(99) <= 990*time.Microsecond*33/32)
	fmt.Println(h)
	// Output:
	// 1000 500.5µs 1ms
	// true true
	// 1000 times, mean 501µs, p50 508µs, p99 999µs, max 1ms
}
