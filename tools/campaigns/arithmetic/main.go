// A campaign against a server of one's own, the one of tools/lessons/arithmetic: what has to be written is a Method for each method that is to be called.
//
//	go run ./arithmetic --server "../../build/tools/lessons/arithmetic-server" --name arithmetic
package main

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"

	ringcall "github.com/ringcall/ringcall/go"
	"github.com/ringcall/ringcall/tools/campaigns"
)

func main() {
	campaigns.Main(campaigns.Service{Methods: []campaigns.Method{
		{ID: 1, Name: "add", Weight: 1, Idempotent: true, RequestSize: 8, AnswerSize: 8, Request: numbers, Check: added},
	}})
}

// numbers makes two random 32-bit numbers as they lie in a record: hardly ever the same two again.
func numbers(r *rand.Rand) []byte { return binary.LittleEndian.AppendUint64(nil, r.Uint64()) }

func added(request, answer []byte, failed *ringcall.HandlerError) error {
	if failed != nil {
		return failed
	}
	a, b := int32(binary.LittleEndian.Uint32(request)), int32(binary.LittleEndian.Uint32(request[4:]))
	if sum := int64(binary.LittleEndian.Uint64(answer)); sum != int64(a)+int64(b) {
		return fmt.Errorf("%d + %d is not %d", a, b, sum)
	}
	return nil
}
