package interop

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

func TestManyGoroutinesOnOneChannel(t *testing.T) {
	for _, flags := range [][]string{{"--slots", "512"}, {"--slots", "16"}} {
		t.Run(strings.Join(flags, "=")[2:], func(t *testing.T) {
			each(t, flags, func(t *testing.T, client *ringcall.Client) {
				const goroutines, calls = 64, 1000
				var group sync.WaitGroup
				for g := range int32(goroutines) {
					group.Add(1)
					go func() {
						defer group.Done()
						buf := make([]byte, 0, 8)
						for i := range int32(calls) {
							answer, err := client.Call(background, methodAdd, addRequest(g, i), buf)
							wantSum(t, answer, err, g, i)
							if err != nil {
								return
							}
						}
					}()
				}
				group.Wait()
				if stats := client.Stats(); stats.Client.Calls != goroutines*calls || stats.Client.Answers != stats.Client.Calls {
					t.Errorf("%d calls and %d answers are counted, expected %d", stats.Client.Calls, stats.Client.Answers, goroutines*calls)
				}
			})
		})
	}
}

func TestWorkersAnswerOutOfOrder(t *testing.T) {
	each(t, []string{"--workers", "4"}, func(t *testing.T, client *ringcall.Client) {
		slow, err := client.Post(background, methodSleep, sleepRequest(long))
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		for range 20 {
			if _, err := client.Call(background, methodSleep, sleepRequest(time.Microsecond), nil); err != nil {
				t.Fatal(err)
			}
			mustAdd(t, client)
		}
		if took := time.Since(begin); took >= long {
			t.Errorf("the fast calls took %v: they waited for the slow one", took)
		}
		if answer, err := slow.Await(background, nil); err != nil || !bytes.Equal(answer, sleepRequest(long)) {
			t.Errorf("the slow call is answered with %x (%v)", answer, err)
		}
	})
}

func TestABlockedHandlerOfOneLoopDelaysNoOther(t *testing.T) {
	s := listen(t, "--loops", "2")
	slow, fast := s.dial(), s.dial()
	pending, err := slow.Post(background, methodBlock, sleepRequest(long))
	if err != nil {
		t.Fatal(err)
	}
	within(t, "a call on the other loop", long, func() { mustAdd(t, fast) })
	if _, err := pending.Await(background, nil); err != nil {
		t.Error(err)
	}
}

func TestManyClientsOnOneLoop(t *testing.T) {
	s := listen(t)
	const count = 256
	before := sharedMemory(t, s.cmd.Process.Pid)
	var clients []*ringcall.Client
	for range count {
		clients = append(clients, s.dial())
	}
	if used := sharedMemory(t, s.cmd.Process.Pid) - before; used > 64<<10 {
		t.Errorf("%d channels take %d KiB of the server, expected at most 64 MiB", count, used)
	}
	var group sync.WaitGroup
	for i, client := range clients {
		group.Add(1)
		go func() {
			defer group.Done()
			for round := range int32(20) {
				answer, err := client.Call(background, methodAdd, addRequest(int32(i), round), nil)
				wantSum(t, answer, err, int32(i), round)
				hash, err := client.Call(background, methodHash, pattern(i*100), nil)
				if err != nil || !bytes.Equal(hash, numbers(fnv1a(pattern(i*100)))) {
					t.Errorf("client %d: the hash is %x (%v)", i, hash, err)
				}
			}
		}()
	}
	group.Wait()
	// One death among them is nobody else's affair.
	clients[7].Close()
	for _, i := range []int{0, 6, 8, count - 1} {
		mustAdd(t, clients[i])
	}
}

// sharedMemory is what the process has touched of it, in KiB.
func sharedMemory(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(status), "RssShmem:")
	if !found {
		t.Skip("the system does not tell RssShmem")
	}
	size, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return size
}

func TestAttachingAndClosingLeavesNothing(t *testing.T) {
	t.Run("dialled", func(t *testing.T) {
		s := listen(t)
		cycle := func() {
			client, err := ringcall.Dial(background, s.path)
			if err != nil {
				t.Fatal(err)
			}
			mustAdd(t, client)
			if err := client.Close(); err != nil {
				t.Fatal(err)
			}
		}
		cycle()
		ours, theirs := leftovers{t, os.Getpid()}, leftovers{t, s.cmd.Process.Pid}
		ours.settle()
		theirs.settle()
		oursBefore, theirsBefore := ours.count(), theirs.count()
		for range 200 {
			cycle()
		}
		eventually(t, "our descriptors and mappings are as before", func() bool { return ours.count() == oursBefore })
		eventually(t, "the server's descriptors and mappings are as before", func() bool { return theirs.count() == theirsBefore })
	})
	t.Run("started", func(t *testing.T) {
		cycle := func() {
			client, _ := start(t, nil)
			mustAdd(t, client)
			if err := client.Close(); err != nil {
				t.Fatal(err)
			}
		}
		cycle()
		ours := leftovers{t, os.Getpid()}
		ours.settle()
		before := ours.count()
		for range 20 {
			cycle()
		}
		eventually(t, "our descriptors and mappings are as before", func() bool { return ours.count() == before })
	})
}

// leftovers counts what a process holds that belongs to channels.
type leftovers struct {
	t   *testing.T
	pid int
}

type holding struct{ descriptors, segments int }

func (l leftovers) count() holding {
	l.t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", l.pid))
	if err != nil {
		l.t.Fatal(err)
	}
	return holding{openDescriptors(l.t, l.pid), strings.Count(string(maps), "memfd:") - strings.Count(string(maps), "memfd:ringcall-stats")}
}

// settle waits until what was closed before is gone.
func (l leftovers) settle() {
	eventually(l.t, "no segment is mapped any more", func() bool { return l.count().segments == 0 })
}
