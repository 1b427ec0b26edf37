package ringcall

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// attachTo attaches to whatever serve does with its end of a connection, and checks that nothing stays open.
func attachTo(t *testing.T, serve func(*net.UnixConn)) error {
	t.Helper()
	return attachWithin(t, context.Background(), serve)
}

func attachWithin(t *testing.T, ctx context.Context, serve func(*net.UnixConn)) (err error) {
	t.Helper()
	keepsDescriptors(t, func() {
		client, server := connectionPair(t)
		done := make(chan struct{})
		go func() { defer close(done); serve(server) }()
		ctx, cancel := boundAttach(ctx)
		defer cancel()
		var c *channel
		if c, err = attach(ctx, client, makeOptions(nil)); err == nil {
			if closeErr := c.close(); closeErr != nil {
				t.Errorf("Close: %v", closeErr)
			}
		} else if closeErr := client.Close(); !errors.Is(closeErr, net.ErrClosed) {
			t.Errorf("the connection was left open after %v", err)
		}
		<-done
		server.Close()
	})
	return err
}

// reply answers the hello with these bytes and descriptors, which it closes.
func reply(message []byte, descriptors ...int) func(*net.UnixConn) {
	return func(conn *net.UnixConn) {
		io.ReadFull(conn, make([]byte, helloSize))
		var control []byte
		if len(descriptors) > 0 {
			control = syscall.UnixRights(descriptors...)
		}
		conn.WriteMsgUnix(message, control, nil)
		for _, descriptor := range descriptors {
			syscall.Close(descriptor)
		}
	}
}

func hangUpAfter(serve func(*net.UnixConn)) func(*net.UnixConn) {
	return func(conn *net.UnixConn) { serve(conn); conn.Close() }
}

func TestAttach(t *testing.T) {
	attachTo(t, func(conn *net.UnixConn) { fakeWelcome(conn) }) // so that the netpoller has its descriptors

	t.Run("an honest welcome makes a client", func(t *testing.T) {
		var served error
		if err := attachTo(t, func(conn *net.UnixConn) { served = fakeWelcome(conn) }); err != nil || served != nil {
			t.Errorf("attach: %v, the server: %v", err, served)
		}
	})
	t.Run("a welcome in pieces is read", func(t *testing.T) {
		err := attachTo(t, func(conn *net.UnixConn) {
			io.ReadFull(conn, make([]byte, helloSize))
			descriptor, err := fakeSegment()
			if err != nil {
				t.Error(err)
				return
			}
			message := welcomeOf(nil)
			conn.Write(message[:5])
			conn.WriteMsgUnix(message[5:20], syscall.UnixRights(descriptor), nil)
			syscall.Close(descriptor)
			for _, b := range message[20:] {
				conn.Write([]byte{b})
			}
		})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("a bell behind the welcome stays unread", func(t *testing.T) {
		client, server := connectionPair(t)
		go func() { fakeWelcome(server); server.Write([]byte{1}) }()
		_, unmap, _, err := receiveSegment(context.Background(), client, interfaceSend)
		if err != nil {
			t.Fatal(err)
		}
		unmap()
		if n, err := client.Read(make([]byte, 8)); n != 1 || err != nil {
			t.Errorf("%d bytes follow (%v), expected the bell's", n, err)
		}
	})
}

func TestAttachRefusals(t *testing.T) {
	good := func() int {
		descriptor, err := fakeSegment()
		if err != nil {
			t.Fatal(err)
		}
		return descriptor
	}
	status := func(status uint32, text string) []byte {
		return welcomeOf(func(w *welcome) { w.status = status; copy(w.message[:], text) })
	}
	for _, test := range []struct {
		name  string
		serve func(*net.UnixConn)
		is    error
		says  string
	}{
		{"no descriptor", reply(welcomeOf(nil)), ErrBadSegment, "came with 0 descriptors, expected exactly one"},
		{"two descriptors", reply(welcomeOf(nil), good(), good()), ErrBadSegment, "came with 2 descriptors, expected exactly one"},
		{"nine descriptors", reply(welcomeOf(nil), good(), good(), good(), good(), good(), good(), good(), good(), good()), ErrBadSegment,
			"came with more than 2 descriptors, expected exactly one"},
		{"a descriptor with every byte", func(conn *net.UnixConn) {
			descriptor := good()
			defer syscall.Close(descriptor)
			for _, b := range welcomeOf(nil) {
				conn.WriteMsgUnix([]byte{b}, syscall.UnixRights(descriptor), nil)
			}
		}, ErrBadSegment, "came with 2 descriptors, expected exactly one"},
		{"an unsealed segment", reply(welcomeOf(nil), memfd(t, fakeSegmentSize, 0)), ErrBadSegment, "it is not sealed against"},
		{"a segment of another size", reply(welcomeOf(nil), memfd(t, pageSize, allSeals)), ErrBadSegment,
			"it has 4096 bytes, the server stated 32768"},
		{"a segment of another epoch", reply(welcomeOf(func(w *welcome) { w.epoch = 8 }), good()), ErrBadSegment,
			"it is of the server's epoch 0x7, the welcome is of epoch 0x8"},
		{"a reason", reply(status(welcomeBusy, "256 channels are open, the limit"), good()), ErrRefused,
			"refused the attach (status 2): 256 channels are open, the limit"},
		{"no reason", reply(status(welcomeClosing, "")), ErrRefused, "refused the attach (status 6): it gave no reason"},
		{"another version", reply(welcomeOf(func(w *welcome) { w.abiVersion = 9; w.status = welcomeVersion })), ErrVersion,
			"this client speaks ABI version 1, the server version 9; rebuild the client"},
		{"another version in a shorter message", hangUpAfter(reply(welcomeOf(func(w *welcome) { w.abiVersion = 0; w.size = 16 })[:16])), ErrVersion,
			"this client speaks ABI version 1, the server version 0; rebuild the server"},
		{"another protocol", reply([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")), nil, "is no ringcall server"},
		{"another size of message", reply(welcomeOf(func(w *welcome) { w.size = 255 }), good()), nil, "states a size of 255 bytes, expected 256"},
		{"a hang-up at once", func(conn *net.UnixConn) { conn.Close() }, errHungUp, "the server hung up"},
		{"a hang-up in the middle", hangUpAfter(reply(welcomeOf(nil)[:100], good())), errHungUp, "after 100 of the welcome's 256 bytes"},
		{"a refusal before the hello is read", func(conn *net.UnixConn) {
			conn.Write(status(welcomeUser, "you are another user"))
			conn.Close()
		}, ErrRefused, "you are another user"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := attachTo(t, test.serve)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("the error is %v, expected to hear %q", err, test.says)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("%v is not %v", err, test.is)
			}
		})
	}
}

func TestAttachIsBounded(t *testing.T) {
	silence := func(quiet chan struct{}) func(*net.UnixConn) {
		return func(*net.UnixConn) { <-quiet }
	}
	t.Run("by a deadline", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		defer cancel()
		quiet := make(chan struct{})
		time.AfterFunc(40*time.Millisecond, func() { close(quiet) })
		err := attachWithin(t, ctx, silence(quiet))
		for _, is := range []error{ErrDeadline, os.ErrDeadlineExceeded, context.DeadlineExceeded} {
			if !errors.Is(err, is) {
				t.Errorf("%v is not %v", err, is)
			}
		}
	})
	t.Run("by a cancellation", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		quiet := make(chan struct{})
		time.AfterFunc(20*time.Millisecond, func() { cancel(); close(quiet) })
		if err := attachWithin(t, ctx, silence(quiet)); !errors.Is(err, context.Canceled) || errors.Is(err, ErrDeadline) {
			t.Errorf("the error is %v, expected context.Canceled alone", err)
		}
	})
	t.Run("by five seconds otherwise", func(t *testing.T) {
		ctx, cancel := boundAttach(context.Background())
		defer cancel()
		deadline, ok := ctx.Deadline()
		if left := time.Until(deadline); !ok || left > attachTimeout || left < attachTimeout-time.Second {
			t.Errorf("the deadline is %v away, expected %v", left, attachTimeout)
		}
	})
}
