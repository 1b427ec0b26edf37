// person: an object that C++ owns and Go holds a handle to, and all that goes wrong with handles elsewhere. Run it: tools/lesson person
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

//go:generate ringcall-gen person.hpp -I ../../../include --go person.ringcall.go --package main

func main() {
	if len(os.Args) != 2 {
		log.Fatal("expected the server's path and nothing else; tools/lesson person knows it")
	}
	if os.Args[1] == visitorArgument {
		visit()
	}
	if err := run(context.Background(), exec.Command(os.Args[1]), os.Stdout); err != nil {
		log.Fatal(err)
	}
}

// run starts the server as a process that listens under its name, for it is to have several clients.
func run(ctx context.Context, server *exec.Cmd, out io.Writer) error {
	server.Stderr = os.Stderr
	server.Env = append(os.Environ(), "RINGCALL_LOG=warn")
	if err := server.Start(); err != nil {
		return err
	}
	defer server.Wait()
	defer server.Process.Signal(os.Interrupt)

	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	mine, err := dial(ctx)
	if err != nil {
		return err
	}
	defer mine.Close()
	theirs, err := dial(ctx)
	if err != nil {
		return err
	}
	defer theirs.Close()
	return errors.Join(lesson(ctx, mine, theirs, out), killed(ctx, mine, out))
}

// dial waits for the server to come up.
func dial(ctx context.Context) (*RegistryClient, error) {
	for {
		client, err := DialRegistry(ctx, "person")
		if !errors.Is(err, ringcall.ErrNoServer) || ctx.Err() != nil {
			return client, err
		}
		time.Sleep(time.Millisecond)
	}
}

func lesson(ctx context.Context, mine, theirs Registry, out io.Writer) error {
	_, err := mine.Create(ctx, "Bob", 17)
	fmt.Fprintln(out, "create Bob, 17:", err)
	if !errors.Is(err, PersonErrorTooYoung) {
		return fmt.Errorf("creating a person of 17: expected %v, found %v", PersonErrorTooYoung, err)
	}

	ada, err := mine.Create(ctx, "Ada", 36)
	if err != nil {
		return err
	}
	details, err := mine.Details(ctx, ada)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "create Ada, 36: a handle; its details: %s, %d\n", details.Name, details.Age)

	_, err = theirs.Details(ctx, ada)
	fmt.Fprintln(out, "another client's handle:", err)
	_, err = mine.Details(ctx, ada+1)
	fmt.Fprintln(out, "a forged handle:", err)
	if err := mine.Free(ctx, ada); err != nil {
		return err
	}
	_, err = mine.Details(ctx, ada)
	fmt.Fprintln(out, "use after free:", err)
	fmt.Fprintln(out, "double free:", mine.Free(ctx, ada))
	return nil
}
