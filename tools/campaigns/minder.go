package campaigns

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// minder keeps one worker running: killed, it is replaced.
type minder struct {
	round  *round
	number int
	ended  chan struct{}

	mu     sync.Mutex
	client *client
	cmd    *exec.Cmd // nil between two
	stdin  io.WriteCloser
}

func (m *minder) mind() {
	defer close(m.ended)
	for generation := 0; ; generation++ {
		if err := m.start(generation); err != nil {
			m.round.trouble("starting worker %d: %v", m.number, err)
			return
		}
		m.round.mu.Lock()
		over := m.round.over
		m.round.mu.Unlock()
		if over {
			m.tell("stop")
		}
		err := m.cmd.Wait()
		m.mu.Lock()
		m.cmd = nil
		killed := m.client.killed
		if err != nil && !killed {
			m.client.exit = err.Error()
		}
		m.mu.Unlock()
		m.round.mu.Lock()
		over = m.round.over
		m.round.mu.Unlock()
		if over || !killed {
			return
		}
	}
}

func (m *minder) start(generation int) error {
	r := m.round
	directory := filepath.Join(r.directory, fmt.Sprintf("worker-%d.%d", m.number, generation))
	if err := os.Mkdir(directory, 0o700); err != nil {
		return err
	}
	text, err := json.Marshal(order{Seed: r.seed, Worker: m.number, Generation: generation, Lanes: lanes, Directory: directory, Name: r.service.Name,
		Coprocess: r.service.startsOwn(m.number), Server: r.service.Server})
	if err != nil {
		return err
	}
	errors, err := os.Create(filepath.Join(directory, "stderr"))
	if err != nil {
		return err
	}
	defer errors.Close()
	cmd := exec.Command(r.program, workerArgument, string(text))
	cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+r.runtime)
	cmd.Stdout, cmd.Stderr = errors, errors
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stdin, err = cmd.StdinPipe(); err != nil {
		return err
	}
	m.client = &client{worker: m.number, generation: generation, directory: directory, begin: now()}
	if err := spawn(cmd); err != nil {
		return err
	}
	m.cmd = cmd
	m.client.pid = cmd.Process.Pid
	r.mu.Lock()
	r.story.clients = append(r.story.clients, m.client)
	r.mu.Unlock()
	return nil
}

func (m *minder) tell(line string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cmd != nil {
		io.Copy(m.stdin, strings.NewReader(line+"\n")) // one that was killed does not hear it
	}
}

func (m *minder) pid() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cmd == nil {
		return 0
	}
	return m.cmd.Process.Pid
}

func (m *minder) directory() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.client == nil {
		return ""
	}
	return m.client.directory
}

// markKilled says that the worker's end is the driver's doing.
func (m *minder) markKilled(pid int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.client.pid == pid {
		m.client.killed = true
	}
}
