// hello: Go sends a text, C++ prints it and returns a text, Go prints that. Run it: tools/lesson hello
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
)

//go:generate ringcall-gen hello.hpp -I ../../../include --go hello.ringcall.go --package main

func main() {
	if len(os.Args) != 2 {
		log.Fatal("expected the server's path and nothing else; tools/lesson hello knows it")
	}
	ctx := context.Background()
	server := exec.Command(os.Args[1]) // a process of its own, which ends with this one
	server.Stdout = os.Stdout          // where C++ prints
	greeter, err := StartGreeter(ctx, server)
	if err != nil {
		log.Fatal(err)
	}
	if err := lesson(ctx, greeter, os.Stdout); err != nil {
		log.Fatal(err)
	}
	if err := greeter.Close(); err != nil {
		log.Fatal(err)
	}
}

// lesson takes the interface Greeter, not the client: a test hands it a fake.
func lesson(ctx context.Context, greeter Greeter, out io.Writer) error {
	answer, err := greeter.Hello(ctx, "Hello, C++!")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, "C++ says:", answer) // answer is a Go string like any other
	return err
}
