package campaigns

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// read adds to the story what its processes left in the round's directory.
func (s *story) read(directory string) error {
	for _, w := range s.clients {
		if err := s.readClient(w); err != nil {
			return err
		}
		if err := s.readServers(w.directory); err != nil {
			return err
		}
	}
	return s.readServers(filepath.Join(directory, "server"))
}

func (s *story) readServers(directory string) error {
	files, err := filepath.Glob(filepath.Join(directory, "server-*.history"))
	if err != nil {
		return err
	}
	for _, path := range files {
		_, executions, err := readServer(path)
		if err != nil {
			return err
		}
		s.executions = append(s.executions, executions...)
	}
	return nil
}

func (s *story) readClient(w *client) error {
	marks, err := readHistory(filepath.Join(w.directory, journalName))
	if err != nil && !os.IsNotExist(err) { // it may have been killed before it made one
		return err
	}
	notes := readNotes(filepath.Join(w.directory, notesName))
	channels := map[uint64]*channel{}
	calls := map[uint64]*call{}
	for _, m := range marks {
		switch m.kind {
		case kindAttach:
			ch := &channel{worker: w, number: m.number, inode: m.key, attached: m.time, server: int(m.pid)}
			channels[m.number] = ch
			w.channels = append(w.channels, ch)
		case kindClose, kindServerEnd, kindCall:
			ch := channels[m.client]
			if ch == nil {
				return fmt.Errorf("%s: channel %d was used before it was attached", w.directory, m.client)
			}
			switch m.kind {
			case kindClose:
				ch.closed = m.time
			case kindServerEnd:
				ch.ended, ch.status = true, uint32(m.key)
			default:
				k := &call{number: m.number, key: m.key, method: uint16(m.method), form: form(m.form & 0xff), patience: patience(m.form >> 8), size: m.size,
					channel: ch, begin: m.time, note: notes[m.number]}
				calls[m.number] = k
				w.calls = append(w.calls, k)
			}
		case kindOutcome:
			k := calls[m.number]
			if k == nil {
				return fmt.Errorf("%s: call %x ended before it began", w.directory, m.number)
			}
			k.ends = append(k.ends, ending{time: m.time, outcome: outcome(m.outcome), code: m.code})
		case kindIllegal:
			w.illegal = append(w.illegal, refusal{m.time, fmt.Sprintf("worker %d.%d, channel %d: %s", w.worker, w.generation, m.number, notes[m.number])})
		}
	}
	return nil
}

// readNotes reads lines of a number and a quoted text. Number 0 is what a co-process said.
func readNotes(path string) map[uint64]string {
	notes := map[uint64]string{}
	f, err := os.Open(path)
	if err != nil {
		return notes
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		head, quoted, _ := strings.Cut(lines.Text(), " ")
		number, err := strconv.ParseUint(head, 10, 64)
		text, quoteErr := strconv.Unquote(quoted)
		if err == nil && quoteErr == nil && number != 0 {
			notes[number] = text
		}
	}
	return notes
}
