package ringcall

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// The test binary runs again as a co-process that behaves as hostileVariable says.
const hostileVariable = "RINGCALL_HOSTILE"

var hostileServers = map[string]func(h *hostile, random *rand.Rand){
	"writes any words anywhere, at any time": func(h *hostile, random *rand.Rand) {
		go func() {
			own := rand.New(rand.NewPCG(random.Uint64(), 1))
			for {
				h.scribble(own)
			}
		}()
		for i := 0; ; i++ {
			h.take()
			if len(h.ids) != 0 && i%4 == 0 {
				h.record(0, h.ids[0], statusOK, 8, [2]uint64{})
				h.ids = h.ids[1:]
				h.publish(1, 8)
			}
			runtime.Gosched()
		}
	},
	"rings for ever": func(h *hostile, _ *rand.Rand) {
		for {
			h.conn.Write(make([]byte, 64))
		}
	},
	"says nothing": func(h *hostile, _ *rand.Rand) { select {} },
	"sends descriptors for ever": func(h *hostile, _ *rand.Rand) {
		for {
			h.conn.WriteMsgUnix([]byte{1}, syscall.UnixRights(1, 1, 1, 1, 1), nil)
		}
	},
}

func init() {
	behaviour := os.Getenv(hostileVariable)
	if behaviour == "" {
		return
	}
	name, seed := behaviour[1:], uint64(behaviour[0])
	if err := hostileRole(hostileServers[name], rand.New(rand.NewPCG(seed, 2))); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func hostileRole(behave func(*hostile, *rand.Rand), random *rand.Rand) error {
	inherited, err := strconv.Atoi(os.Getenv("RINGCALL_FD"))
	if err != nil {
		return err
	}
	file := os.NewFile(uintptr(inherited), "connection")
	accepted, err := net.FileConn(file)
	if err != nil {
		return err
	}
	conn := accepted.(*net.UnixConn)
	descriptor, err := fakeSegment()
	if err != nil {
		return err
	}
	if _, err := io.ReadFull(conn, make([]byte, helloSize)); err != nil {
		return err
	}
	if _, _, err := conn.WriteMsgUnix(welcomeOf(nil), syscall.UnixRights(descriptor), nil); err != nil {
		return err
	}
	mem, unmap, err := mapSegment(descriptor, fakeSegmentSize)
	if err != nil {
		return err
	}
	// A moment for the client to take the header over; it is checked there, and scribbled on later.
	for atomic.LoadUint32((*uint32)(unsafe.Pointer(&mem[256]))) == 0 {
		runtime.Gosched()
	}
	h := &hostile{conn: conn}
	if h.segment, err = attachSegment(mem, unmap); err != nil {
		return err
	}
	h.requests = runReader{ring: h.segment.slots}
	go func() {
		io.Copy(io.Discard, conn) // the client's bells, and its end
		os.Exit(0)
	}()
	behave(h, random)
	return nil
}

// scribble writes a few words, most of them into the ring.
func (h *hostile) scribble(random *rand.Rand) {
	for range 10 {
		at, value := random.Uint64N(uint64(len(h.segment.mem)/8)), random.Uint64()
		if value&3 != 0 {
			at = uint64(h.segment.requestArena.offset)/8 - 1 - at%(16*strideSmall/8)
			value = makeWord(random.Uint64N(64), random.Uint32N(4), random.Uint32N(64), stateAnswer)
		}
		atomic.StoreUint64((*uint64)(unsafe.Pointer(&h.segment.mem[at*8])), value)
	}
	for range random.IntN(2000) {
		runtime.Gosched()
	}
}

func TestAHostileServerHarmsNothingButItsChannel(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name := range hostileServers {
		t.Run("one that "+name, func(t *testing.T) {
			honest, _ := serve(t, defaults())
			attachTo(t, func(conn *net.UnixConn) { fakeWelcome(conn) }) // so that the netpoller has its descriptors
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			keepsDescriptors(t, func() {
				for seed := byte('a'); seed < 'c'; seed++ {
					cmd := exec.Command(self)
					cmd.Env = append(os.Environ(), hostileVariable+"="+string(seed)+name, "GORACE=atexit_sleep_ms=0")
					c, err := Start(background, cmd)
					if err != nil {
						t.Fatal(err)
					}
					ctx, cancel := context.WithTimeout(background, 50*time.Millisecond)
					ended := startAll(outstandingCalls(t, ctx, c))
					for i := range int32(50) {
						if _, err := honest.Call(background, methodAdd, add(i, i), nil); err != nil {
							t.Errorf("beside it a call fails: %v", err)
						}
					}
					ended(t)
					cancel()
					var corrupt *CorruptError
					if err := c.Err(); err != nil && !errors.As(err, &corrupt) && !errors.As(err, new(*GoneError)) {
						t.Errorf("the channel ended with %v", err)
					}
					c.Close()
				}
			})
			runtime.GC()
			runtime.ReadMemStats(&after)
			if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 16<<20 {
				t.Errorf("%d bytes more are in use than before", grown)
			}
		})
	}
}
