// campaign leads campaigns against ringcall's own campaign server, whose handlers are of every kind; and with --server and --requests against any other server.
// Run it: tools/campaign
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"

	ringcall "github.com/ringcall/ringcall/go"
	"github.com/ringcall/ringcall/tools/campaigns"
)

func main() {
	campaigns.Main(campaigns.Service{Server: []string{os.Getenv("RINGCALL_CAMPAIGN_SERVER")}, Name: "campaign", Methods: methods})
}

// The twin of method_id in server.cpp.
const (
	mix = 1 + iota
	mixWorker
	echo
	echoWorker
	rest
	restWorker
	refuse
	note
	dense
	die
	unserved = 99
)

var methods = []campaigns.Method{
	{ID: mix, Name: "mix", Weight: 6, Frames: true, RequestSize: 16, AnswerSize: 8, Request: pair(0), Check: mixed},
	{ID: mixWorker, Name: "mix_worker", Weight: 3, RequestSize: 16, AnswerSize: 8, Request: pair(0), Check: mixed},
	{ID: echo, Name: "echo", Weight: 3, Frames: true, Idempotent: true, Request: text, Check: echoed},
	{ID: echoWorker, Name: "echo_worker", Weight: 2, Idempotent: true, Request: text, Check: echoed},
	{ID: rest, Name: "rest", Weight: 1, Frames: true, RequestSize: 16, AnswerSize: 8, Request: pair(500), Check: mixed},
	{ID: restWorker, Name: "rest_worker", Weight: 1, RequestSize: 16, AnswerSize: 8, Request: pair(4000), Check: mixed},
	{ID: refuse, Name: "refuse", Weight: 2, Frames: true, RequestSize: 16, AnswerSize: 8, Request: pair(64), Check: refused},
	{ID: note, Name: "note", Weight: 1, Oneway: true, RequestSize: 16, Request: pair(0)},
	{ID: dense, Name: "dense", Weight: 2, Frames: true, Idempotent: true, RequestSize: 16, AnswerSize: 8, Request: pair(0), Check: mixed},
	{ID: die, Name: "die", Deadly: true, RequestSize: 16, AnswerSize: 8, Request: death},
	{ID: unserved, Name: "unserved", Weight: 1, Unserved: true, Request: pair(0)},
}

// pair makes requests of a random word and an argument below a bound, or any at 0.
func pair(bound uint64) func(r *rand.Rand) []byte {
	return func(r *rand.Rand) []byte {
		argument := r.Uint64()
		if bound != 0 {
			argument %= bound
		}
		return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, r.Uint64()), argument)
	}
}

func death(r *rand.Rand) []byte {
	const word = 0x6561746820706c73
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, word), r.Uint64())
}

// text makes requests of 8 to 40 bytes, which mostly fit a slot or nearly so, and now and then of up to 16 KiB.
func text(r *rand.Rand) []byte {
	size := 8 + r.IntN(33)
	if r.IntN(4) == 0 {
		size = 8 + r.IntN(16<<10)
	}
	b := make([]byte, 0, size+8)
	for len(b) < size {
		b = binary.LittleEndian.AppendUint64(b, r.Uint64())
	}
	return b[:size]
}

func mixed(request, answer []byte, failed *ringcall.HandlerError) error {
	if failed != nil {
		return fmt.Errorf("the handler never fails, but failed: %w", failed)
	}
	word, argument := binary.LittleEndian.Uint64(request), binary.LittleEndian.Uint64(request[8:])
	expected := binary.LittleEndian.AppendUint64(nil, (word^argument)*0x9e3779b97f4a7c15)
	if !bytes.Equal(answer, expected) {
		return fmt.Errorf("expected %x, found %x", expected, answer)
	}
	return nil
}

// refused is mixed for the handler that fails for every fourth argument, with the word's lower half as its code.
func refused(request, answer []byte, failed *ringcall.HandlerError) error {
	word, argument := binary.LittleEndian.Uint64(request), binary.LittleEndian.Uint64(request[8:])
	if argument%4 != 0 {
		return mixed(request, answer, failed)
	}
	if failed == nil {
		return fmt.Errorf("expected a failure, found the answer %x", answer)
	}
	if failed.Code != uint32(word) || failed.Message != "as asked" {
		return fmt.Errorf("expected a failure with code %d, found %w", uint32(word), failed)
	}
	return nil
}

func echoed(request, answer []byte, failed *ringcall.HandlerError) error {
	if failed != nil {
		return fmt.Errorf("the handler never fails, but failed: %w", failed)
	}
	if len(answer) != len(request) {
		return fmt.Errorf("expected %d bytes, found %d", len(request), len(answer))
	}
	for i, b := range request {
		if answer[i] != b+1 {
			return fmt.Errorf("expected %d at byte %d of %d, found %d", b+1, i, len(request), answer[i])
		}
	}
	return nil
}
