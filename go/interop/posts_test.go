package interop

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

// A goroutine may post far more than ring and arenas hold before it awaits any, and loses nothing.
func TestMorePostsThanRingAndArenasHoldAreAllAnswered(t *testing.T) {
	for _, form := range []struct{ size, calls int }{{8, 5000}, {100, 3000}, {4096, 500}, {60000, 40}} {
		t.Run(fmt.Sprintf("size=%d", form.size), func(t *testing.T) {
			client := listen(t).dial()
			posted := make([]ringcall.Pending, form.calls)
			ctx, cancel := context.WithTimeout(background, 20*time.Second) // a stall is an error, not a hang
			defer cancel()
			for i := range posted {
				request := bytes.Repeat([]byte{byte(i)}, form.size)
				binary.LittleEndian.PutUint32(request, uint32(i))
				p, err := client.Post(ctx, 2, request)
				if err != nil {
					t.Fatalf("post %d: %v", i, err)
				}
				posted[i] = p
			}
			var buf []byte
			for i, p := range posted {
				answer, err := p.Await(background, buf)
				if err != nil || len(answer) != form.size || binary.LittleEndian.Uint32(answer) != uint32(i) || answer[form.size-1] != byte(i) && form.size > 4 {
					t.Fatalf("call %d: %d bytes, %v", i, len(answer), err)
				}
				buf = answer
			}
			checkWakes(t, client)
		})
	}
}
