package peers

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A process is a helper that ends when its standard input does.
type process struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	helpers []int // that it has started itself
	said    tail  // on its standard error
	ended   bool
}

// tail keeps the last of what is written to it. It belongs to the exec package until the process was waited for.
type tail struct{ last []byte }

const tailSize = 1024

func (t *tail) Write(b []byte) (int, error) {
	t.last = append(t.last, b...)
	if excess := len(t.last) - tailSize; excess > 0 {
		t.last = append(t.last[:0], t.last[excess:]...)
	}
	return len(b), nil
}

// start launches a program of the benchmark's own; files become its descriptors 3, 4, ...
func start(place Place, program string, arguments []string, files ...*os.File) (*process, error) {
	return startAt(filepath.Join(place.Servers, program), arguments, files...)
}

func startAt(path string, arguments []string, files ...*os.File) (*process, error) {
	command := exec.Command(path, arguments...)
	p := &process{command: command}
	command.Stderr = &p.said
	command.ExtraFiles = files
	var err error
	if p.in, err = command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", path, err)
	}
	return p, nil
}

// ready waits for the line "ready ..." and returns the numbers behind that word.
func (p *process) ready() ([]int, error) {
	line, err := p.out.ReadString('\n')
	words := strings.Fields(line)
	if err != nil || len(words) == 0 || words[0] != "ready" {
		return nil, fmt.Errorf("expected the line \"ready\" when it has started, found %q: %w", line, p.gone())
	}
	var numbers []int
	for _, word := range words[1:] {
		number, err := strconv.Atoi(word)
		if err != nil {
			return nil, fmt.Errorf("%s: expected numbers behind \"ready\", found %q", p.command.Path, line)
		}
		numbers = append(numbers, number)
	}
	return numbers, nil
}

// window has a program that measures itself (servers/windows.hpp) run one of its cases.
func (p *process) window(which, count int) (time.Duration, error) {
	var message [16]byte
	binary.NativeEndian.PutUint64(message[:], uint64(which))
	binary.NativeEndian.PutUint64(message[8:], uint64(count))
	if _, err := p.in.Write(message[:]); err != nil {
		return 0, p.gone()
	}
	if _, err := io.ReadFull(p.out, message[:8]); err != nil {
		return 0, p.gone()
	}
	return time.Duration(binary.NativeEndian.Uint64(message[:8])), nil
}

func (p *process) ids() []int {
	if p == nil {
		return nil
	}
	return append([]int{p.command.Process.Pid}, p.helpers...)
}

// gone is the error of a process that should not have ended, with what it said.
func (p *process) gone() error {
	if err := p.stop(); err != nil {
		return err
	}
	return fmt.Errorf("%s has gone", p.command.Path)
}

// stop ends the process and reports how it ended, once.
func (p *process) stop() error {
	if p == nil || p.ended {
		return nil
	}
	p.ended = true
	p.in.Close()
	if err := p.command.Wait(); err != nil {
		return fmt.Errorf("%s: %w: %s", p.command.Path, err, strings.TrimSpace(string(p.said.last)))
	}
	return nil
}

func core(n int) string { return strconv.Itoa(n) }
