package ringcall

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"
	"unsafe"
)

// doorbell is the attach connection after the attach: a byte in either direction wakes a sleeping side, its end is the peer's.
type doorbell struct {
	conn *net.UnixConn
	raw  syscall.RawConn
	send func(fd uintptr) bool
	peer *peerWatch

	// Of who listens.
	room  [64]byte  // what was rung is read into here
	until time.Time // what bound has set; zero: something else was set since
}

var bellByte = [1]byte{1}

// newDoorbell also has peer, unless it is nil, end the connection when the server's process has ended.
func newDoorbell(conn *net.UnixConn, peer *peerWatch) (*doorbell, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("ringcall: the doorbell: %w", err)
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return nil, fmt.Errorf("ringcall: the doorbell: %w", err)
	}
	d := &doorbell{conn: conn, raw: raw, peer: peer}
	d.send = func(fd uintptr) bool {
		// A raw system call, since it cannot block. EAGAIN means that the bell is rung already; an end of the peer shows in listen; where the
		// system has no memory for a byte the server's bounded sleep ends by itself.
		for {
			_, _, errno := syscall.RawSyscall6(syscall.SYS_SENDTO, fd, uintptr(unsafe.Pointer(&bellByte)), 1, syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, 0, 0)
			if errno != syscall.EINTR {
				return true
			}
		}
	}
	if peer != nil {
		go peer.follow(conn)
	}
	return d, nil
}

// ring wakes the server. It never blocks and may be called by any goroutine.
func (d *doorbell) ring() { d.raw.Write(d.send) }

// listen waits for the bell and drains it. It returns false and no error when the time set by limit or bound has come. Errors last.
func (d *doorbell) listen() (rung bool, err error) {
	_, err = d.conn.Read(d.room[:])
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return false, nil
	}
	return err == nil, err
}

// limit bounds listen, also one that waits already; 0 removes the bound.
func (d *doorbell) limit(after time.Duration) {
	d.until = time.Time{}
	var when time.Time
	if after != 0 {
		when = time.Now().Add(after)
	}
	d.conn.SetReadDeadline(when)
}

// bounds are those of a listen: it ends between least and most from now, or at the deadline if that comes first.
type bounds struct {
	least, most time.Duration
	deadline    time.Time
	ends        bool // there is a deadline
}

// bound bounds the next listen. That there is a choice saves most calls the system's timer.
func (d *doorbell) bound(now time.Time, b bounds) {
	until := d.until
	if left := until.Sub(now); left < b.least || left > b.most {
		until = now.Add(b.most)
	}
	if b.ends && b.deadline.Before(until) {
		until = b.deadline
	}
	if until != d.until {
		d.until = until
		d.conn.SetReadDeadline(until)
	}
}

// interrupt ends a listen that is bounded, now or when it begins. Any goroutine may call it.
func (d *doorbell) interrupt() { d.conn.SetReadDeadline(time.Unix(1, 0)) }
