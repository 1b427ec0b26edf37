package outside

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

// leaveChild has the server fork a child that holds every descriptor of the server and outlives it.
func leaveChild(t *testing.T, client *ringcall.Client) (pid int) {
	t.Helper()
	answer, err := client.Call(background, methodFork, nil, nil)
	if err != nil || len(answer) != 8 {
		t.Fatalf("forking: %x (%v)", answer, err)
	}
	pid = int(binary.LittleEndian.Uint32(answer))
	t.Cleanup(func() { syscall.Kill(pid, syscall.SIGKILL) })
	return pid
}

// isAlive is false of a zombie.
func isAlive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z")
}

func TestAChildThatHoldsTheConnectionDoesNotHideTheServersDeath(t *testing.T) {
	each(t, []string{"--workers", "1"}, func(t *testing.T, client *ringcall.Client, pid int) {
		child := leaveChild(t, client)
		pending, err := client.Post(background, methodSleep, nanoseconds(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "the call is taken", func() bool { return client.Stats().Server.Calls == 2 })
		syscall.Kill(pid, syscall.SIGKILL)
		select {
		case <-client.Done():
		case <-time.After(20 * time.Second):
			t.Fatal("the server's death was not noticed")
		}
		if !isAlive(child) {
			t.Error("the child is dead, so that this shows nothing")
		}
		if _, err := pending.Await(background, nil); !errors.Is(err, ringcall.ErrServerGone) || !errors.Is(err, ringcall.ErrMayHaveRun) {
			t.Errorf("the call that ran ends with %v", err)
		}
		if err := addWith(background, client, 1, 1); !errors.Is(err, ringcall.ErrServerGone) || !errors.Is(err, ringcall.ErrNeverStarted) {
			t.Errorf("a call afterwards ends with %v", err)
		}
	})
}

func TestAForkedChildHasNoSegment(t *testing.T) {
	s := listen(t, "")
	client := s.dial()
	eventually(t, "the first dial has gone", func() bool { return holdingOf(t, s.pid()).segments == 1 })
	child := leaveChild(t, client)
	if now := holdingOf(t, s.pid()); now.segments != 1 {
		t.Errorf("the server maps %d segments, expected 1", now.segments)
	}
	if now := holdingOf(t, child); now.segments != 0 {
		t.Errorf("its child maps %d segments, expected none", now.segments)
	}
	mustAdd(t, client)
}

// A child that another thread of either process forks, and the program that it goes on to be.
func TestNothingOfAChannelIsInherited(t *testing.T) {
	s := listen(t, "", "--workers", "1", "--loops", "2")
	s.dial()
	start(t)
	for name, pid := range map[string]int{"the server": s.pid(), "this process": os.Getpid()} {
		smaps, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps", pid))
		if err != nil {
			t.Fatal(err)
		}
		segments := 0
		for _, mapping := range strings.Split(string(smaps), "VmFlags:")[:] {
			segments += strings.Count(mapping, "memfd:ringcall ")
		}
		kept := 0 // mappings with the flag "do not copy at fork"
		blocks := strings.SplitAfter(string(smaps), "\nVmFlags:")
		for i := 1; i < len(blocks); i++ {
			flags, _, _ := strings.Cut(blocks[i], "\n")
			if strings.Contains(blocks[i-1], "memfd:ringcall ") && strings.Contains(flags+" ", " dc ") {
				kept++
			}
		}
		if segments == 0 || kept != segments {
			t.Errorf("%s maps %d segments, of which %d stay out of a fork", name, segments, kept)
		}
		descriptors, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
		if err != nil {
			t.Fatal(err)
		}
		for _, descriptor := range descriptors {
			target, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, descriptor.Name()))
			info, infoErr := os.ReadFile(fmt.Sprintf("/proc/%d/fdinfo/%s", pid, descriptor.Name()))
			if err != nil || infoErr != nil {
				continue // the listing's own
			}
			ours := strings.HasPrefix(target, "socket:") || strings.Contains(target, "memfd:") || strings.HasPrefix(target, "anon_inode:")
			_, rest, _ := strings.Cut(string(info), "flags:")
			var flags int
			fmt.Sscanf(strings.TrimSpace(rest), "%o", &flags)
			if ours && flags&syscall.O_CLOEXEC == 0 {
				t.Errorf("%s leaves descriptor %s (%s) to the programs that it runs", name, descriptor.Name(), target)
			}
		}
	}
}
