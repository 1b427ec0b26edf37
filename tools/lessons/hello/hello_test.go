package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/ringcall/ringcall/tools/lessons/trial"
)

func TestMain(m *testing.M) { trial.Main(m, map[string]func(){"lesson": main}) }

// A fake of the service: no server, no C++.
func TestTheLessonSaysWhatTheGreeterAnswers(t *testing.T) {
	fake := &GreeterFake{HelloFunc: func(_ context.Context, text string) (string, error) { return "you said " + text, nil }}
	var out strings.Builder
	if err := lesson(context.Background(), fake, &out); err != nil {
		t.Fatal(err)
	}
	if want := "C++ says: you said Hello, C++!\n"; out.String() != want {
		t.Errorf("the lesson printed %q, not %q", out.String(), want)
	}
}

func TestHelloPrintsInCppAndInGo(t *testing.T) {
	out := trial.Output(t, trial.Program("lesson", trial.Server(t, "hello")))
	for _, want := range []string{"Go says: Hello, C++!\n", "C++ says: Hello, Go! 11 bytes arrived.\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in what was printed: %q", want, out)
		}
	}
}

// start launches a server whose output goes nowhere.
func start(t *testing.T) (*GreeterClient, *exec.Cmd) {
	t.Helper()
	nowhere, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer nowhere.Close()
	cmd := exec.Command(trial.Server(t, "hello"))
	cmd.Stdout = nowhere
	client, err := StartGreeter(context.Background(), cmd)
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

func TestTextsOfAnySizeAndContentArrive(t *testing.T) {
	client, _ := start(t)
	for text, want := range map[string]string{"": "Hello, Go! 0 bytes arrived.", "a\x00b\xff": "Hello, Go! 4 bytes arrived.", strings.Repeat("x", 50000): "Hello, Go! 50000 bytes arrived."} {
		if answer, err := client.Hello(context.Background(), text); answer != want || err != nil {
			t.Errorf("a text of %d bytes: %q, %v", len(text), answer, err)
		}
	}
}

func TestManyGoroutinesSayHelloAtOnce(t *testing.T) {
	client, _ := start(t)
	var group sync.WaitGroup
	for n := range 16 {
		group.Add(1)
		go func() {
			defer group.Done()
			text := strings.Repeat("x", n)
			want := fmt.Sprintf("Hello, Go! %d bytes arrived.", n)
			for range 1000 {
				answer, err := client.Hello(context.Background(), text)
				if err != nil || answer != want {
					t.Errorf("%q, %v", answer, err)
					return
				}
			}
		}()
	}
	group.Wait()
}

func TestHelloLeaksNothing(t *testing.T) {
	client, cmd := start(t)
	trial.Flat(t, cmd.Process.Pid, trial.Calls(t), func(t *testing.T, calls int) {
		post := func(ctx context.Context, _ int) (HelloPending, error) { return client.PostHello(ctx, "Hello, C++!") }
		trial.InFlight(t, calls, post, func(ctx context.Context, _ int, p HelloPending) error {
			_, err := p.Await(ctx)
			return err
		})
	})
}
