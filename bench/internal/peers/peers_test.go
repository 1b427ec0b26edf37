package peers

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// These tests need RINGCALL_BENCH_SERVERS, the directory with the benchmark's programs; tools/test sets it.

func place(t *testing.T) Place {
	servers := os.Getenv("RINGCALL_BENCH_SERVERS")
	if servers == "" {
		t.Skip("RINGCALL_BENCH_SERVERS does not say where the benchmark's programs are; tools/test bench does")
	}
	return Place{Servers: servers, Scratch: t.TempDir(), Near: -1, Far: -1}
}

// open skips what cannot be had and closes the peer with the test.
func open(t *testing.T, peer Peer, at Place) {
	if absentee, may := peer.(Absentee); may {
		if why := absentee.Absent(at); why != "" {
			t.Skip(why)
		}
	}
	if err := peer.Open(at); err != nil {
		t.Fatal(errors.Join(err, peer.Close()))
	}
}

func TestPeers(t *testing.T) {
	at := place(t)
	for _, peer := range All() {
		t.Run(peer.Name()+" answers rightly in every row", func(t *testing.T) {
			open(t, peer, at)
			for _, row := range peer.Rows() {
				for range 2 {
					if _, err := row.Run(max(1, row.Step)); err != nil {
						t.Errorf("%s: %v", row.Name, err)
					}
				}
			}
			if err := peer.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// answerless are the rows that carry no answer which could be wrong, and in which C++ that lies has no part.
func answerless(name string) bool {
	return name == "floor/round" || strings.HasPrefix(name, "futex/") || strings.HasPrefix(name, "go/") || strings.HasPrefix(name, "cgo/") && !cgoLies
}

func TestLies(t *testing.T) {
	at := place(t)
	t.Setenv("RINGCALL_BENCH_LIES", "1")
	for n, peer := range All() {
		for r, row := range peer.Rows() {
			if answerless(row.Name) {
				continue
			}
			t.Run(row.Name+" notices a wrong answer", func(t *testing.T) {
				peer := All()[n] // anew: a program that has noticed one is gone
				at.Scratch = t.TempDir()
				open(t, peer, at)
				defer peer.Close()
				row := peer.Rows()[r]
				if _, err := row.Run(max(1, row.Step)); err == nil || !strings.Contains(err.Error(), "wrong answer") {
					t.Errorf("a wrong answer went unnoticed: %v", err)
				}
			})
		}
	}
}

func TestRowsAreTold(t *testing.T) {
	names := map[string]bool{}
	for _, peer := range All() {
		for _, row := range peer.Rows() {
			t.Run(row.Name+" has a name of its own, a group, a unit and a text", func(t *testing.T) {
				if names[row.Name] || row.Group == "" || row.Unit == "" || row.What == "" {
					t.Errorf("%+v", row)
				}
				names[row.Name] = true
			})
		}
	}
}

func TestAbsence(t *testing.T) {
	peer := &windowed{name: "other", variable: "RINGCALL_BENCH_NONE", origin: "it is nowhere"}
	t.Run("a peer without a program says what to set", func(t *testing.T) {
		if why := peer.Absent(Place{}); !strings.Contains(why, "it is nowhere") || !strings.Contains(why, "RINGCALL_BENCH_NONE") {
			t.Errorf("got %q", why)
		}
	})
	t.Run("a program that is not there is named", func(t *testing.T) {
		t.Setenv("RINGCALL_BENCH_NONE", "/nowhere/at/all")
		if why := peer.Absent(Place{}); !strings.Contains(why, "/nowhere/at/all") {
			t.Errorf("got %q", why)
		}
	})
	t.Run("a program that is there will do", func(t *testing.T) {
		t.Setenv("RINGCALL_BENCH_NONE", "/bin/true")
		if why := peer.Absent(Place{}); why != "" {
			t.Errorf("got %q", why)
		}
	})
	t.Run("a build that failed tells why", func(t *testing.T) {
		directory := t.TempDir()
		if err := os.WriteFile(directory+"/ringcall-bench-x.absent", []byte("no network\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		built := &windowed{name: "x", program: "ringcall-bench-x"}
		if why := built.Absent(Place{Servers: directory}); why != "no network" {
			t.Errorf("got %q", why)
		}
	})
}
