package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"time"
)

const (
	visitorArgument = "--visitor"
	visitorPersons  = 3
)

// visit is this program's other half: a client that creates persons, says so, and waits for its end.
func visit() {
	ctx := context.Background()
	client, err := dial(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for range visitorPersons {
		if _, err := client.Create(ctx, "Eve", 40); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println("ready")
	select {}
}

// killed shows that a client that is killed leaves nothing behind in the server.
func killed(ctx context.Context, registry Registry, out io.Writer) error {
	visitor := exec.Command(os.Args[0], visitorArgument)
	visitor.Stderr = os.Stderr
	stdout, err := visitor.StdoutPipe()
	if err != nil {
		return err
	}
	if err := visitor.Start(); err != nil {
		return err
	}
	defer visitor.Wait()
	defer visitor.Process.Kill()
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "ready\n" {
		return fmt.Errorf("the other client did not come so far: expected ready, found %q (%v)", line, err)
	}
	before, err := registry.Count(ctx)
	if err != nil {
		return err
	}
	visitor.Process.Kill() // kill -9: it has no chance to free anything
	after := before
	for after == before && err == nil {
		time.Sleep(time.Millisecond)
		after, err = registry.Count(ctx)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "another client has %d persons; it is killed; now there are %d\n", before, after)
	return err
}
