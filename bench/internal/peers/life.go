package peers

import (
	"context"
	"net"
	"time"

	"github.com/ringcall/ringcall/bench/internal/turns"
	"github.com/ringcall/ringcall/go"
)

// life is how long it takes to get a server, beside a process that listens on a Unix socket.
type life struct {
	place  Place
	server *listening
	echo   *streamPeer
}

func (*life) Name() string       { return "life" }
func (l *life) Processes() []int { return append(l.server.ids(), l.echo.Processes()...) }

func (l *life) Open(place Place) (err error) {
	l.place = place
	l.place.Scratch = place.Scratch + "/life"
	if l.echo, err = openEcho(l.place, "attach"); err != nil {
		return err
	}
	l.server, err = listenAt(l.place, "server.sock")
	return err
}

func (l *life) Close() error {
	err := l.server.stop()
	if l.echo != nil {
		if closed := l.echo.Close(); err == nil {
			err = closed
		}
	}
	return err
}

func (l *life) Rows() []turns.Row {
	row := func(name, what string, once func() (time.Duration, error)) turns.Row {
		return turns.Row{Name: name, What: what, Unit: "time", Group: groupLife,
			Run: func(count int) (sum time.Duration, err error) {
				for range count {
					took, err := once()
					if err != nil {
						return 0, err
					}
					sum += took
				}
				return sum, nil
			}}
	}
	unix := func(name, what string, once func() (time.Duration, error)) turns.Row {
		r := row("ringcall/"+name, what, once)
		r.Name = "unix/" + name
		return r
	}
	return []turns.Row{
		row("ringcall/start", "a server launched as a co-process, until its first answer", l.start),
		row("ringcall/attach", "Dial to a running server, until it returns", l.attach),
		row("ringcall/attach-call", "the same, until the first answer", l.attachAndCall),
		unix("start", "an echo server launched, until its first echo of 16 bytes", l.startEcho),
		unix("attach-call", "a connection to a running one, until the first echo", l.attachEcho),
	}
}

// Facts implements FactFinder.
func (l *life) Facts() ([]Fact, error) { return idleFacts(l.server) }

func (l *life) start() (time.Duration, error) {
	begin := time.Now()
	client, _, err := launch(l.place, l.place.Far, spin)
	if err != nil {
		return 0, err
	}
	err = typedCall(context.Background(), client, 35)
	return ended(time.Since(begin), err, client)
}

func (l *life) attach() (time.Duration, error) {
	begin := time.Now()
	client, err := ringcall.Dial(context.Background(), l.server.path)
	took := time.Since(begin)
	if err != nil {
		return 0, err
	}
	return ended(took, typedCall(context.Background(), client, 35), client)
}

func (l *life) attachAndCall() (time.Duration, error) {
	begin := time.Now()
	client, err := ringcall.Dial(context.Background(), l.server.path)
	if err != nil {
		return 0, err
	}
	err = typedCall(context.Background(), client, 35)
	return ended(time.Since(begin), err, client)
}

func ended(took time.Duration, err error, client *ringcall.Client) (time.Duration, error) {
	if closed := client.Close(); err == nil {
		err = closed
	}
	return took, err
}

func (l *life) startEcho() (time.Duration, error) {
	begin := time.Now()
	echo, err := openEcho(l.place, "start")
	if err != nil {
		return 0, err
	}
	_, err = echoes(echo.streams[shortEcho], shortEcho, 1)
	took := time.Since(begin)
	if closed := echo.Close(); err == nil {
		err = closed
	}
	return took, err
}

func (l *life) attachEcho() (time.Duration, error) {
	begin := time.Now()
	connection, err := net.Dial("unix", l.echo.address)
	if err != nil {
		return 0, err
	}
	defer connection.Close()
	if _, err := connection.Write([]byte{shortEcho, 0, 0, 0, 0, 0, 0, 0}); err != nil {
		return 0, err
	}
	if _, err := echoes(connection, shortEcho, 1); err != nil {
		return 0, err
	}
	return time.Since(begin), nil
}
