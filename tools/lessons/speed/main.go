// speed: what typed calls cost beside cgo, and beside the raw calls beneath them. Run it: tools/lesson speed
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

//go:generate ringcall-gen speed.hpp -I ../../../include --go speed.ringcall.go --package main

var sizes = []int{16, 256, 4096}

func text(size int) string { return strings.Repeat("0123456789abcdef", size/16) }

func main() {
	if len(os.Args) != 2 {
		log.Fatal("expected the server's path and nothing else; tools/lesson speed knows it")
	}
	ctx := context.Background()
	client, err := StartSubject(ctx, exec.Command(os.Args[1]))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	fmt.Printf("%s/%s, %d cores, %s; medians of 101 windows of 5 ms, taken in turns\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())
	if err := report(ctx, client, os.Stdout, 101, 5*time.Millisecond); err != nil {
		log.Fatal(err)
	}
}

func report(ctx context.Context, client *SubjectClient, out io.Writer, laps int, window time.Duration) error {
	for _, size := range sizes {
		rows := textRows(client, text(size))
		medians, ratios, err := measure(ctx, rows, laps, window)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "\n%-44s %9s   of the first\n", fmt.Sprintf("a text of %d bytes, in and out", size), "ns/call")
		for i, r := range rows {
			fmt.Fprintf(out, "  %-42s %9.1f   %.2fx\n", r.name, medians[i], ratios[i])
		}
	}
	fmt.Fprintf(out, "\n%-44s %9s %9s   typed of raw\n", "typed calls beside raw ones, ns/call", "raw", "typed")
	for _, p := range pairs(client) {
		medians, ratios, err := measure(ctx, p.rows, laps, window)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "  %-42s %9.1f %9.1f   %.2fx\n", p.name, medians[0], medians[1], ratios[1])
	}
	return nil
}
