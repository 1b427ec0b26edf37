package campaigns

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func someService() *Service {
	request := func(r *rand.Rand) []byte {
		return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, r.Uint64()), 0)
	}
	return &Service{Name: "some", Methods: []Method{
		{ID: 1, Weight: 2, RequestSize: 16, AnswerSize: 8, Request: request},
		{ID: 2, Weight: 1, Request: request},
		{ID: 3, Weight: 1, Oneway: true, Request: request},
	}}
}

func TestSeed(t *testing.T) {
	all, _ := faultsNamed(strings.Join(faultNames[:], ","))
	t.Run("the same seed makes the same faults at the same times, another one others", func(t *testing.T) {
		a, b, other := plan(someService(), 7, 5*time.Second, all), plan(someService(), 7, 5*time.Second, all), plan(someService(), 8, 5*time.Second, all)
		if len(a) < 10 || !reflect.DeepEqual(a, b) {
			t.Errorf("expected the same faults twice, found %d and %d", len(a), len(b))
		}
		if reflect.DeepEqual(a, other) {
			t.Error("expected other faults for another seed")
		}
	})
	t.Run("the same seed makes the same calls in each goroutine, and others in another", func(t *testing.T) {
		requests := func(seed uint64, lane int) (all [][]byte) {
			a := newActor(someService(), seed, 1, 0, lane)
			for range 200 {
				k := a.next()
				all = append(all, []byte{byte(k.form), byte(k.patience)})
				all = append(all, k.requests...)
			}
			return all
		}
		if !reflect.DeepEqual(requests(7, 1), requests(7, 1)) {
			t.Error("expected the same calls twice")
		}
		if reflect.DeepEqual(requests(7, 1), requests(7, 2)) || reflect.DeepEqual(requests(7, 1), requests(8, 1)) {
			t.Error("expected other calls in another goroutine, and for another seed")
		}
	})
	t.Run("only the faults that were asked for are done", func(t *testing.T) {
		kinds, err := faultsNamed("stop,kill")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range plan(someService(), 1, 5*time.Second, kinds) {
			if !slices.Contains(kinds, f.kind) {
				t.Errorf("expected stop and kill alone, found %s", f.kind)
			}
		}
		if none := plan(someService(), 1, 5*time.Second, nil); len(none) != 0 {
			t.Errorf("expected no fault, found %d", len(none))
		}
		if _, err := faultsNamed("kill,tickle"); err == nil || !strings.Contains(err.Error(), "tickle") {
			t.Errorf("expected to be told that there is no such fault, found %v", err)
		}
	})
}

func TestJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), journalName)
	j, err := newJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	j.add(record{kind: kindCall, number: 1})
	j.next.Add(1) // one whose writer was killed
	j.records[1].number = 2
	j.add(record{kind: kindCall, number: 3})
	t.Run("what was added is read, but not what was cut short", func(t *testing.T) {
		marks, err := readHistory(path)
		if err != nil || len(marks) != 2 || marks[0].number != 1 || marks[1].number != 3 {
			t.Errorf("expected the records 1 and 3, found %+v and %v", marks, err)
		}
	})
}

func TestRequests(t *testing.T) {
	write := func(t *testing.T, text string) string {
		path := filepath.Join(t.TempDir(), "requests")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Run("a file of requests makes methods that expect the answers in it", func(t *testing.T) {
		methods, err := readRequests(write(t, "# two methods\n4 0102 03\n4 0102 03\n2 - ff\n5 07 01\n5 07 02 # not always the same\n"))
		if err != nil || len(methods) != 3 || methods[0].ID != 2 || methods[1].ID != 4 {
			t.Fatalf("expected methods 2, 4 and 5, found %+v and %v", methods, err)
		}
		request := methods[1].Request(rand.New(rand.NewPCG(1, 1)))
		if methods[1].Check(request, []byte{3}, nil) != nil || methods[1].Check(request, []byte{4}, nil) == nil {
			t.Errorf("expected only the answer 03 to the request %x to be right", request)
		}
		if methods[2].Check([]byte{7}, []byte{9}, nil) != nil {
			t.Error("expected any answer to be right where there were several")
		}
	})
	for text, expected := range map[string]string{"1 0102": "expected METHOD REQUEST ANSWER", "x 01 02": "a method's number", "1 0g 00": "hexadecimal", "# none\n": "no request"} {
		t.Run("a file without sense is refused: "+strings.TrimSpace(text), func(t *testing.T) {
			if _, err := readRequests(write(t, text)); err == nil || !strings.Contains(err.Error(), expected) {
				t.Errorf("expected %q, found %v", expected, err)
			}
		})
	}
}
