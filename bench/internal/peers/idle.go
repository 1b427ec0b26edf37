package peers

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/ringcall/ringcall/bench/internal/turns"
	"github.com/ringcall/ringcall/go"
)

const (
	idleTime    = 2 * time.Second
	idleClients = 256
)

// idleFacts is what a server costs that nobody calls, and what a channel takes.
func idleFacts(server *listening) (facts []Fact, err error) {
	var clients []*ringcall.Client
	defer func() {
		for _, client := range clients {
			err = errors.Join(err, client.Close())
		}
	}()
	pid := server.command.Process.Pid
	var anonymous, mapped [2]float64
	for at, count := range []int{1, idleClients} {
		for len(clients) < count {
			client, err := ringcall.Dial(context.Background(), server.path)
			if err != nil {
				return nil, err
			}
			clients = append(clients, client)
			if err := typedCall(context.Background(), client, 35); err != nil {
				return nil, err
			}
		}
		cpu, err := cpuWhileIdle(pid, idleTime)
		if err != nil {
			return nil, err
		}
		facts = append(facts, Fact{Name: fmt.Sprintf("ringcall/idle-cpu=%d", count), Unit: "ns of CPU per second", Value: cpu, Params: turns.Params{turns.Clients: float64(count)},
			What: fmt.Sprintf("CPU time of a server with %d clients attached, none of which calls, over %v", count, idleTime)})
		if anonymous[at], mapped[at], err = memoryOf(pid); err != nil {
			return nil, err
		}
	}
	perChannel := func(name, what string, of [2]float64) {
		facts = append(facts, Fact{Name: name, What: what, Unit: "byte", Value: (of[1] - of[0]) / (idleClients - 1)})
	}
	perChannel("ringcall/channel-segment", "shared memory of a channel with the default options", mapped)
	perChannel("ringcall/channel-private", "private memory that a channel costs the server", anonymous)
	return facts, nil
}

// cpuWhileIdle waits until the process has come to rest, then that long, and returns what it used of a second.
func cpuWhileIdle(pid int, span time.Duration) (float64, error) {
	time.Sleep(100 * time.Millisecond)
	before, err := cpuOf(pid)
	if err != nil {
		return 0, err
	}
	time.Sleep(span)
	after, err := cpuOf(pid)
	return float64(after-before) / span.Seconds(), err
}

// cpuOf sums what the scheduler has counted for the process's threads, in ns.
func cpuOf(pid int) (sum int64, err error) {
	paths, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(paths) == 0 {
		return 0, fmt.Errorf("process %d has no /proc/%d/task/*/schedstat (%v)", pid, pid, err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return 0, err
		}
		first, _, _ := strings.Cut(string(text), " ")
		ns, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", path, err)
		}
		sum += ns
	}
	return sum, nil
}

// memoryOf returns the process's private memory and that of all memfds it maps, in bytes.
func memoryOf(pid int) (anonymous, mapped float64, err error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/smaps", pid))
	if err != nil {
		return 0, 0, err
	}
	defer file.Close()
	shared := false
	for lines := bufio.NewScanner(file); lines.Scan(); {
		words := strings.Fields(lines.Text())
		switch {
		case len(words) >= 5 && !strings.HasSuffix(words[0], ":"):
			shared = strings.Contains(lines.Text(), "/memfd:")
		case len(words) == 3 && words[0] == "Size:" && shared:
			mapped += kibibytes(words[1])
		case len(words) == 3 && words[0] == "Anonymous:" && !shared:
			anonymous += kibibytes(words[1])
		}
	}
	return anonymous, mapped, nil
}

func kibibytes(word string) float64 {
	value, _ := strconv.ParseFloat(word, 64)
	return value * 1024
}
