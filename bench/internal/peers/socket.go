package peers

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"time"

	"github.com/ringcall/ringcall/bench/internal/turns"
)

// unixSocket sends 16 bytes through a net.Conn to a C++ process that blocks in read, and reads them back: both sides sleep each time.
type unixSocket struct {
	oneCore    bool
	process    *process
	connection net.Conn
}

func (u *unixSocket) Name() string     { return placed("unix", u.oneCore) }
func (u *unixSocket) Processes() []int { return u.process.ids() }

func (u *unixSocket) Open(place Place) (err error) {
	path := filepath.Join(place.Scratch, u.Name()+".sock")
	if u.process, err = start(place, "ringcall-bench-echo", path, core(place.far(u.oneCore))); err != nil {
		return err
	}
	if line, err := u.process.out.ReadString('\n'); err != nil {
		return fmt.Errorf("the echo server did not start (it said %q): %w", line, err)
	}
	u.connection, err = net.Dial("unix", path)
	return err
}

func (u *unixSocket) Close() error {
	if u.connection != nil {
		u.connection.Close()
	}
	return u.process.stop()
}

func (u *unixSocket) Rows() []turns.Row {
	return []turns.Row{{Name: placed("unix/echo", u.oneCore), What: placedWhat("16 bytes to a blocking C++ server and back, Go net.Conn", u.oneCore), Unit: "round trip", Run: u.echoes}}
}

func (u *unixSocket) echoes(count int) (time.Duration, error) {
	var sent, received [16]byte
	begin := time.Now()
	for i := range count {
		binary.LittleEndian.PutUint64(sent[:], uint64(i))
		if _, err := u.connection.Write(sent[:]); err != nil {
			return 0, err
		}
		if _, err := io.ReadFull(u.connection, received[:]); err != nil {
			return 0, err
		}
		if received != sent {
			return 0, wrong("echo", received, sent)
		}
	}
	return time.Since(begin), nil
}
