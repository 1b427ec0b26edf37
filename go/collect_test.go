package ringcall

import (
	"bytes"
	"sync/atomic"
	"testing"
	"time"
)

// A server that waits for room in its arena, asleep, is rung once an answer was taken out of it, whichever way.
func TestWhoTakesAnAnswerRingsAServerThatWaitsForItsRoom(t *testing.T) {
	o := defaults()
	o.spin, o.spins = time.Hour, 1<<40 // the server reads no bell: the test does
	for _, size := range []int{100, shortAnswer, shortAnswer + 1} {
		for name, take := range map[string]func(c *Client, request []byte) ([]byte, error){
			"a call": func(c *Client, request []byte) ([]byte, error) { return c.Call(background, methodEcho, request, nil) },
			"a call that is awaited later": func(c *Client, request []byte) ([]byte, error) {
				p, err := c.Post(background, methodEcho, request)
				if err != nil {
					return nil, err
				}
				return p.Await(background, nil)
			},
			"a view": func(c *Client, request []byte) ([]byte, error) {
				v, err := c.View(background, methodEcho, request)
				answer := bytes.Clone(v.Bytes())
				v.Release()
				return answer, err
			},
		} {
			c, s := serve(t, o)
			atomic.StoreUint64(s.segment.wantAck, 1)
			request := payload(size)
			answer, err := take(c, request)
			if err != nil || !bytes.Equal(answer, request) {
				t.Fatalf("%s of %d bytes: %d bytes came back (%v)", name, size, len(answer), err)
			}
			s.conn.SetReadDeadline(time.Now().Add(10 * time.Second))
			if n, err := s.conn.Read(make([]byte, 8)); n == 0 {
				t.Errorf("%s of %d bytes rang no bell (%v)", name, size, err)
			}
		}
	}
}
