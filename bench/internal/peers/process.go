package peers

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// A process is a helper that ends when its standard input does.
type process struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
}

func start(place Place, program string, arguments ...string) (*process, error) {
	command := exec.Command(filepath.Join(place.Servers, program), arguments...)
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", program, err)
	}
	return &process{command: command, in: in, out: bufio.NewReader(out)}, nil
}

func (p *process) ids() []int {
	if p == nil {
		return nil
	}
	return []int{p.command.Process.Pid}
}

// stop reports how the process ended.
func (p *process) stop() error {
	if p == nil {
		return nil
	}
	p.in.Close()
	return p.command.Wait()
}

func core(n int) string { return strconv.Itoa(n) }
