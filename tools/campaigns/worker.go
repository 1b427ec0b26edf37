package campaigns

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// order is what a worker is told when it is started.
type order struct {
	Seed       uint64   `json:"seed"`
	Worker     int      `json:"worker"`
	Generation int      `json:"generation"` // counts those that were killed before it
	Lanes      int      `json:"lanes"`
	Directory  string   `json:"directory"` // for what it leaves, and for its server's history
	Name       string   `json:"name"`      // of the server to dial
	Coprocess  bool     `json:"coprocess"` // it starts a server of its own instead
	Server     []string `json:"server"`
}

// worker is a client process of a campaign.
type worker struct {
	service  *Service
	order    order
	journal  *journal
	line     *line
	stopping atomic.Bool

	mu    sync.Mutex
	notes *os.File
}

const (
	workerArgument = "campaign-worker" // the first argument of a worker; its order follows
	journalName    = "worker.history"
	notesName      = "worker.notes"
	endPatience    = 15 * time.Second // how long a call may take once everything is whole again
)

// work is the main function of a worker process.
func work(s *Service, text string) int {
	debug.SetTraceback("all")
	w := &worker{service: s}
	if err := w.prepare(text); err != nil {
		fmt.Fprintln(os.Stderr, "campaign: worker:", err)
		return 2
	}
	go w.obey()
	var lanes sync.WaitGroup
	for i := range w.order.Lanes {
		l := &lane{worker: w, actor: newActor(s, w.order.Seed, w.order.Worker, w.order.Generation, i)}
		l.number = uint64(w.order.Worker)<<56 | uint64(w.order.Generation)<<48 | uint64(i)<<40
		lanes.Add(1)
		go func() {
			defer lanes.Done()
			l.run()
		}()
	}
	lanes.Wait()
	w.line.close()
	return 0
}

func (w *worker) prepare(text string) (err error) {
	if err = json.Unmarshal([]byte(text), &w.order); err != nil {
		return err
	}
	if w.journal, err = newJournal(filepath.Join(w.order.Directory, journalName)); err != nil {
		return err
	}
	w.notes, err = os.OpenFile(filepath.Join(w.order.Directory, notesName), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	w.line = &line{worker: w, seen: map[uint64]bool{}}
	return err
}

// obey does what the driver says on standard input, whose end is the driver's.
func (w *worker) obey() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case "touched":
			inode, _ := strconv.ParseUint(rest, 10, 64)
			w.line.touched(inode)
		case "stop":
			w.stopping.Store(true)
			time.AfterFunc(endPatience, func() {
				fmt.Fprintln(os.Stderr, "campaign: calls have not ended; all goroutines:")
				pprof.Lookup("goroutine").WriteTo(os.Stderr, 2)
				os.Exit(4)
			})
		}
	}
	os.Exit(3)
}

// note keeps the text of what is wrong with a call, or with the attach of a channel.
func (w *worker) note(number uint64, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fmt.Fprintf(w.notes, "%d %q\n", number, err.Error())
}

// hear keeps what the co-process says.
func (w *worker) hear(stream, line string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fmt.Fprintf(w.notes, "0 %q\n", stream+": "+line)
}
