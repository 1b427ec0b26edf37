package peers

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/ringcall/ringcall/bench/internal/turns"
)

const shortEcho = 16 // bytes: two ints and what stands around them

// streamPeer sends bytes through a connection of the operating system to a C++ process that blocks in read, and reads them back: both sides
// sleep each time.
type streamPeer struct {
	kind    string // "unix", "tcp" or "pipe"
	oneCore bool
	process *process
	address string
	streams map[int]stream // by message size; on a pipe there is one only
}

type stream interface {
	io.ReadWriter
	io.Closer
}

func (s *streamPeer) Name() string     { return placed(s.kind, s.oneCore) }
func (s *streamPeer) Processes() []int { return s.process.ids() }

// sizes are those that the server is asked to echo. What a pipe adds or takes shows in one size.
func (s *streamPeer) sizes() []int {
	if s.oneCore || s.kind == "pipe" {
		return []int{shortEcho}
	}
	return append([]int{shortEcho}, payloads...)
}

func (s *streamPeer) Rows() []turns.Row {
	var rows []turns.Row
	for _, size := range s.sizes() {
		row := turns.Row{Name: placed(s.kind+"/echo", s.oneCore), Unit: "echo", Group: groupCore, Params: turns.Params{turns.InFlight: 1},
			What: placedWhat(fmt.Sprintf("%d bytes to a blocking C++ server and back, %s", size, streamWhat[s.kind]), s.oneCore),
			Run:  func(count int) (time.Duration, error) { return echoes(s.streams[size], size, count) }}
		if size != shortEcho {
			row.Name = fmt.Sprintf("%s/echo=%d", s.kind, size)
			row.Group, row.Workload, row.Series = groupPayload, "echo", streamSeries[s.kind]
			row.Params = turns.Params{turns.InFlight: 1, turns.Payload: float64(size)}
		}
		rows = append(rows, row)
	}
	return rows
}

var streamSeries = map[string]string{"unix": "Unix socket", "tcp": "TCP", "pipe": "pipe"}

var streamWhat = map[string]string{"unix": "Unix socket, Go net.Conn", "tcp": "TCP on the loopback, Go net.Conn", "pipe": "two pipes, Go os.File"}

func (s *streamPeer) Open(place Place) error {
	s.streams = map[int]stream{}
	if s.kind == "pipe" {
		return s.openPipe(place)
	}
	s.address = filepath.Join(place.Scratch, s.Name()+".sock")
	var err error
	if s.process, err = start(place, "ringcall-bench-echo", []string{s.kind, s.address, core(place.far(s.oneCore))}); err != nil {
		return err
	}
	port, err := s.process.ready()
	if err != nil {
		return err
	}
	if s.kind == "tcp" {
		s.address = fmt.Sprintf("127.0.0.1:%d", port[0])
	}
	for _, size := range s.sizes() {
		connection, err := net.Dial(s.kind, s.address)
		if err != nil {
			return err
		}
		if err := s.greet(connection, size); err != nil {
			return err
		}
	}
	return nil
}

func (s *streamPeer) openPipe(place Place) error {
	theirIn, ourOut, err := os.Pipe()
	if err != nil {
		return err
	}
	defer theirIn.Close()
	ourIn, theirOut, err := os.Pipe()
	if err != nil {
		return err
	}
	defer theirOut.Close()
	if s.process, err = start(place, "ringcall-bench-echo", []string{"pipe", "-", core(place.Far)}, theirIn, theirOut); err != nil {
		return err
	}
	if _, err := s.process.ready(); err != nil {
		return err
	}
	return s.greet(twoPipes{ourIn, ourOut}, shortEcho)
}

// greet tells the server the size of the messages to come.
func (s *streamPeer) greet(to stream, size int) error {
	s.streams[size] = to
	_, err := to.Write(binary.NativeEndian.AppendUint64(nil, uint64(size)))
	return err
}

func (s *streamPeer) Close() error {
	for _, each := range s.streams {
		each.Close()
	}
	return s.process.stop()
}

type twoPipes struct{ in, out *os.File }

func (t twoPipes) Read(b []byte) (int, error)  { return t.in.Read(b) }
func (t twoPipes) Write(b []byte) (int, error) { return t.out.Write(b) }
func (t twoPipes) Close() error                { t.in.Close(); return t.out.Close() }

func echoes(over io.ReadWriter, size, count int) (time.Duration, error) {
	message, received := newMessage(size), make([]byte, size)
	begin := time.Now()
	for i := range count {
		if err := echoOnce(over, message.next(i), received); err != nil {
			return 0, err
		}
	}
	return time.Since(begin), nil
}

func echoOnce(over io.ReadWriter, sent, received []byte) error {
	if _, err := over.Write(sent); err != nil {
		return err
	}
	if _, err := io.ReadFull(over, received); err != nil {
		return err
	}
	if !bytes.Equal(received, sent) {
		return wrong("echo", received[:8], sent[:8])
	}
	return nil
}
