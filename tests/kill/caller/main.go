// The program kill-go is the Go side of the tests here: with call and a socket's path it makes the script's calls once, to be killed meanwhile; with
// survive it makes them as often as it is told to, and tells how each call ended.
package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	switch {
	case len(os.Args) == 3 && os.Args[1] == "call":
		var s script
		s.run(os.Args[2], func(int) {})
		for _, outcome := range s.outcomes {
			if outcome != "answered" {
				fmt.Fprintln(os.Stderr, s.outcomes)
				os.Exit(1)
			}
		}
	case len(os.Args) == 2 && os.Args[1] == "survive":
		survive()
	default:
		fmt.Fprintln(os.Stderr, "usage: kill-go call PATH | kill-go survive")
		os.Exit(2)
	}
}

// survive reads a path a line, and an empty line for each phase that may begin: "at N" is what it waits with. Then it writes "call N OUTCOME" for each
// call, and "end".
func survive() {
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var s script
		s.run(in.Text(), func(phase int) {
			fmt.Printf("at %d\n", phase)
			if phase < 8 {
				in.Scan()
			}
		})
		var text []byte
		for call, outcome := range s.outcomes {
			if outcome != "" {
				text = fmt.Appendf(text, "call %d %s\n", call, outcome)
			}
		}
		os.Stdout.Write(append(text, "end\n"...))
	}
}
