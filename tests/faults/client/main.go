// A client that does what it is told on its standard input, a line at a time, and says what came of it: "ok", or the error.
//
//	dial PATH      attaches, calls, closes
//	start PROGRAM  launches a co-process, calls, closes
//	open PATH      attaches
//	call           calls through what was opened, from sleep
//	goroutines     how many there are
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

const methodAdd = 1

var opened *ringcall.Client

func main() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		what, argument, _ := strings.Cut(lines.Text(), " ")
		fmt.Println(strings.ReplaceAll(obey(what, argument), "\n", " | "))
	}
}

func obey(what, argument string) string {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var err error
	switch what {
	case "dial":
		var client *ringcall.Client
		if client, err = ringcall.Dial(ctx, argument); err == nil {
			err = use(ctx, client)
		}
	case "start":
		var client *ringcall.Client
		if client, err = ringcall.Start(ctx, exec.Command(argument, "co-process"), ringcall.WithOutput(func(string, string) {})); err == nil {
			err = use(ctx, client)
		}
	case "open":
		if opened != nil {
			opened.Close()
		}
		opened, err = ringcall.Dial(ctx, argument, ringcall.WithSpin(0))
	case "call":
		err = add(ctx, opened)
	case "goroutines":
		return fmt.Sprint(runtime.NumGoroutine())
	}
	if err != nil {
		return err.Error()
	}
	return "ok"
}

func use(ctx context.Context, client *ringcall.Client) error {
	err := add(ctx, client)
	if closeErr := client.Close(); err == nil {
		err = closeErr
	}
	return err
}

func add(ctx context.Context, client *ringcall.Client) error {
	request := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, 40), 2)
	answer, err := client.Call(ctx, methodAdd, request, nil)
	if err == nil && (len(answer) != 8 || binary.LittleEndian.Uint64(answer) != 42) {
		return fmt.Errorf("wrong answer %x", answer)
	}
	return err
}
