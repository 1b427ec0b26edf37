package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	ringcall "github.com/ringcall/ringcall/go"
	"github.com/ringcall/ringcall/tools/lessons/trial"
)

var ctx = context.Background()

func TestMain(m *testing.M) { trial.Main(m, map[string]func(){"lesson": main}) }

func start(t *testing.T) (*ChecksumsClient, *exec.Cmd) {
	t.Helper()
	cmd := exec.Command(trial.Server(t, "checksum"))
	client, err := StartChecksums(ctx, cmd)
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

// reference is Go's own.
func reference(content []byte) string {
	return fmt.Sprintf("%08x", crc32.Checksum(content, crc32.MakeTable(crc32.Castagnoli)))
}

func random(size int) []byte {
	content := make([]byte, size)
	for i := range content {
		content[i] = byte(rand.Uint32())
	}
	return content
}

func plant(t *testing.T, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheLessonRuns(t *testing.T) {
	out := trial.Output(t, trial.Program("lesson", trial.Server(t, "checksum")))
	if !strings.Contains(out, "by its path") || !strings.Contains(out, "/no/such/file: No such file or directory") {
		t.Errorf("what was printed: %q", out)
	}
}

// The fake shows what the server must never do: know a file that is not there.
func TestTheLessonChecksThatAMissingFileIsAnError(t *testing.T) {
	fake := &ChecksumsFake{
		OfFileFunc:    func(context.Context, string) (string, error) { return "00000000", nil },
		OfContentFunc: func(_ context.Context, content []byte) (string, error) { return reference(content), nil },
	}
	if err := lesson(ctx, fake, plant(t, nil), &strings.Builder{}); err == nil {
		t.Error("the lesson did not notice")
	}
}

func TestFileAndContentHaveGosChecksum(t *testing.T) {
	client, _ := start(t)
	for _, size := range []int{0, 1, 15, 16, 17, 4096, 16*1024 - 1, 16 * 1024, 16*1024 + 1, 5_000_000} {
		content := random(size)
		want := reference(content)
		if sum, err := client.OfContent(ctx, content); sum != want || err != nil {
			t.Errorf("content of %d bytes: %q, not %q; %v", size, sum, want, err)
		}
		if sum, err := client.OfFile(ctx, plant(t, content)); sum != want || err != nil {
			t.Errorf("file of %d bytes: %q, not %q; %v", size, sum, want, err)
		}
	}
}

// A returned text is an ordinary Go string: nothing that happens later changes it, not even the server's end.
func TestTextsOutliveEverything(t *testing.T) {
	client, _ := start(t)
	var sums, wants []string
	for n := range 5000 {
		content := []byte(fmt.Sprint("content ", n))
		sum, err := client.OfContent(ctx, content)
		if err != nil {
			t.Fatal(err)
		}
		sums, wants = append(sums, sum), append(wants, reference(content))
	}
	client.Close()
	for n := range sums {
		if sums[n] != wants[n] {
			t.Fatalf("text %d became %q, it was %q", n, sums[n], wants[n])
		}
	}
}

func TestWhatIsNoFileIsAClearError(t *testing.T) {
	client, _ := start(t)
	directory := t.TempDir()
	pipe := filepath.Join(directory, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]FileError{
		filepath.Join(directory, "absent"): FileErrorCannotOpen, "": FileErrorCannotOpen, "/dev/null\x00": FileErrorCannotOpen, strings.Repeat("x", 5000): FileErrorCannotOpen,
		directory: FileErrorNotAFile, pipe: FileErrorNotAFile, "/dev/zero": FileErrorNotAFile,
	} {
		sum, err := client.OfFile(ctx, path)
		var failed *ringcall.HandlerError
		if !errors.Is(err, want) || !errors.As(err, &failed) || sum != "" || !strings.Contains(failed.Message, ": ") {
			t.Errorf("%.40q: %q, %v; expected %v", path, sum, err, want)
		}
	}
	var large *ringcall.TooLargeError
	if _, err := client.OfContent(ctx, make([]byte, 9<<20)); !errors.As(err, &large) {
		t.Errorf("9 MiB into an arena of 8: %v", err)
	}
}

func TestFilesAndContentsAtOnce(t *testing.T) {
	client, _ := start(t)
	content := bytes.Repeat(random(1000), 100)
	path, want := plant(t, content), reference(content)
	var group sync.WaitGroup
	for range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for range 100 {
				ofFile, err := client.OfFile(ctx, path)
				ofContent, failure := client.OfContent(ctx, content)
				if err := errors.Join(err, failure); err != nil || ofFile != want || ofContent != want {
					t.Errorf("%q, %q, not %q; %v", ofFile, ofContent, want, err)
					return
				}
			}
		}()
	}
	group.Wait()
}
