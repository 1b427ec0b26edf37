// arithmetic: numbers and texts in, numbers and texts out, and an error that C++ returns. Run it: tools/lesson arithmetic
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"os/exec"
)

//go:generate ringcall-gen arithmetic.hpp -I ../../../include --go arithmetic.ringcall.go --package main

func main() {
	if len(os.Args) != 2 {
		log.Fatal("expected the server's path and nothing else; tools/lesson arithmetic knows it")
	}
	ctx := context.Background()
	calculator, err := StartCalculator(ctx, exec.Command(os.Args[1]))
	if err != nil {
		log.Fatal(err)
	}
	if err := errors.Join(lesson(ctx, calculator, os.Stdout), manyCalls(ctx, calculator, os.Stdout), calculator.Close()); err != nil {
		log.Fatal(err)
	}
}

func lesson(ctx context.Context, calculator Calculator, out io.Writer) error {
	sum, err := calculator.Add(ctx, math.MaxInt32, 1)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d + 1 = %d: no overflow, the sum has 64 bits\n", math.MaxInt32, sum)

	numbers := make([]int32, 1_000_000)
	for i := range numbers {
		numbers[i] = int32(i)
	}
	if sum, err = calculator.Sum(ctx, numbers); err != nil { // one copy of 4 MB into shared memory; C++ reads it there
		return err
	}
	fmt.Fprintf(out, "0 + 1 + ... + 999999 = %d\n", sum)

	for _, text := range []string{"Grüße, 世界", "broken \xff text"} {
		reversed, err := calculator.Reverse(ctx, text)
		switch {
		case errors.Is(err, TextErrorNotUTF8): // the C++ enumerator text_error::not_utf8
			fmt.Fprintf(out, "reverse %q: %v\n", text, err)
		case err != nil:
			return err
		default:
			fmt.Fprintf(out, "reverse %q: %q\n", text, reversed)
		}
	}

	greeting, err := calculator.Greet(ctx, "Ada")
	if err != nil {
		return err
	}
	fmt.Fprintln(out, greeting)
	return nil
}

// manyCalls shows the same method in its quicker forms.
func manyCalls(ctx context.Context, calculator *CalculatorClient, out io.Writer) error {
	pending, err := calculator.PostAdd(ctx, 1, 2) // goes on at once
	if err != nil {
		return err
	}
	sum, err := pending.Await(ctx)
	if err != nil {
		return err
	}

	requests := make([]AddRequest, 10_000) // many requests, packed side by side
	for i := range requests {
		requests[i] = AddRequest{A: int32(i), B: 1}
	}
	sums := make([]int64, len(requests))
	if err := calculator.AddEach(ctx, requests, sums); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "awaited later: 1 + 2 = %d; ten thousand at once, the last: 9999 + 1 = %d\n", sum, sums[len(sums)-1])
	return err
}
