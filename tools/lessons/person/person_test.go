package main

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	ringcall "github.com/ringcall/ringcall/go"
	"github.com/ringcall/ringcall/tools/lessons/trial"
)

var ctx = context.Background()

func TestMain(m *testing.M) { trial.Main(m, map[string]func(){"lesson": main, "holder": hold}) }

func client(t *testing.T) *RegistryClient {
	t.Helper()
	c, err := DialRegistry(ctx, "person")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func create(t *testing.T, r Registry, name string) PersonID {
	t.Helper()
	id, err := r.Create(ctx, name, 40)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func wantCount(t *testing.T, r Registry, want uint64) {
	t.Helper()
	if count, err := r.Count(ctx); count != want || err != nil {
		t.Errorf("there are %d persons, not %d; %v", count, want, err)
	}
}

func TestTheLessonRuns(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	out := trial.Output(t, trial.Program("lesson", trial.Server(t, "person")))
	for _, want := range []string{"create Bob, 17: ", "details: Ada, 36\n", "client's handle: Registry.Details: ", "double free: Registry.Free: ", "has 3 persons; it is killed; now there are 0\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in what was printed: %q", want, out)
		}
	}
}

// The lesson, run against a registry that is no server: Ada's handle stays valid in it, whatever happens.
func TestTheLessonAsksForEveryMisuse(t *testing.T) {
	fake := &RegistryFake{
		CreateFunc: func(_ context.Context, _ string, age uint32) (PersonID, error) {
			if age < AgeMin {
				return 0, PersonErrorTooYoung
			}
			return 7, nil
		},
		DetailsFunc: func(context.Context, PersonID) (Person, error) { return Person{Name: "Ada", Age: 36}, nil },
		FreeFunc:    func(context.Context, PersonID) error { return nil },
	}
	if err := lesson(ctx, fake, fake, &strings.Builder{}); err != nil {
		t.Fatal(err)
	}
	if calls := fake.Calls(); calls["Create"] != 2 || calls["Details"] != 4 || calls["Free"] != 2 {
		t.Errorf("%v", calls)
	}
}

func TestAPersonLivesUntilItIsFreed(t *testing.T) {
	trial.Listen(t, "person")
	c := client(t)
	id, err := c.Create(ctx, "Ada", 36)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := c.Details(ctx, id); p.Name != "Ada" || p.Age != 36 || err != nil {
		t.Errorf("%+v, %v", p, err)
	}
	long := create(t, c, strings.Repeat("x", 10_000))
	if p, err := c.Details(ctx, long); len(p.Name) != 10_000 || err != nil {
		t.Errorf("a name of %d bytes came back, %v", len(p.Name), err)
	}
	wantCount(t, c, 2)
	if err := errors.Join(c.Free(ctx, id), c.Free(ctx, long)); err != nil {
		t.Error(err)
	}
	wantCount(t, c, 0)
}

func TestARefusalHasCodeAndMessage(t *testing.T) {
	trial.Listen(t, "person")
	c := client(t)
	for _, r := range []struct {
		name    string
		age     uint32
		want    PersonError
		message string
	}{
		{"Bob", AgeMin - 1, PersonErrorTooYoung, "the age is 17, expected 18 or more"},
		{"Bob", 0, PersonErrorTooYoung, "the age is 0, expected 18 or more"},
		{"", 50, PersonErrorNameless, "a person needs a name"},
	} {
		_, err := c.Create(ctx, r.name, r.age)
		var failed *ringcall.HandlerError
		if !errors.Is(err, r.want) || !errors.As(err, &failed) || failed.Code != uint32(r.want) || failed.Message != r.message {
			t.Errorf("%q, %d: %v", r.name, r.age, err)
		}
	}
	if _, err := c.Create(ctx, "Bob", AgeMin); err != nil {
		t.Error(err)
	}
	wantCount(t, c, 1)
}

func TestAHandleThatIsNotTheClientsOwnIsAnError(t *testing.T) {
	trial.Listen(t, "person")
	c, other := client(t), client(t)
	mine, freed, theirs := create(t, c, "mine"), create(t, c, "freed"), create(t, other, "theirs")
	if err := c.Free(ctx, freed); err != nil {
		t.Fatal(err)
	}
	bad := map[string]PersonID{"freed": freed, "another client's": theirs, "0": 0, "1": 1, "-1": math.MaxUint64, "the next": mine + 1, "the one before": mine - 1}
	for bit := range 64 {
		bad["one bit is wrong in "+string(rune('A'+bit))] = mine ^ 1<<bit
	}
	for range 1000 {
		bad["random"] = PersonID(rand.Uint64())
	}
	for what, id := range bad {
		if _, err := c.Details(ctx, id); !errors.Is(err, PersonErrorNoSuchPerson) {
			t.Errorf("details, %s: %v", what, err)
		}
		if err := c.Free(ctx, id); !errors.Is(err, PersonErrorNoSuchPerson) {
			t.Errorf("free, %s: %v", what, err)
		}
	}
	for c, id := range map[*RegistryClient]PersonID{c: mine, other: theirs} {
		if _, err := c.Details(ctx, id); err != nil {
			t.Errorf("an owner's handle: %v", err)
		}
	}
	wantCount(t, c, 2)
}

func TestAHandleIsNeverUsedAgain(t *testing.T) {
	trial.Listen(t, "person")
	c := client(t)
	seen := map[PersonID]bool{}
	for range 10_000 {
		id := create(t, c, "x")
		if seen[id] {
			t.Fatal("a handle was given out twice")
		}
		seen[id] = true
		if err := c.Free(ctx, id); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOfManyThatFreeAPersonOneDoes(t *testing.T) {
	trial.Listen(t, "person")
	c := client(t)
	for range 200 {
		id := create(t, c, "shared")
		var group sync.WaitGroup
		freed := make(chan bool, 8)
		for range cap(freed) {
			group.Add(1)
			go func() {
				defer group.Done()
				if p, err := c.Details(ctx, id); err == nil && p.Name != "shared" || err != nil && !errors.Is(err, PersonErrorNoSuchPerson) {
					t.Errorf("%+v, %v", p, err)
				}
				if err := c.Free(ctx, id); err == nil {
					freed <- true
				} else if !errors.Is(err, PersonErrorNoSuchPerson) {
					t.Error(err)
				}
			}()
		}
		group.Wait()
		if len(freed) != 1 {
			t.Fatalf("%d calls freed one person", len(freed))
		}
	}
	wantCount(t, c, 0)
}

func TestClientsWorkSideBySide(t *testing.T) {
	trial.Listen(t, "person")
	var group sync.WaitGroup
	for n := range 4 {
		c := client(t)
		group.Add(1)
		go func() {
			defer group.Done()
			name := strings.Repeat("n", n+1)
			for range 1000 {
				id, err := c.Create(ctx, name, 40)
				p, failure := c.Details(ctx, id)
				if err := errors.Join(err, failure, c.Free(ctx, id)); err != nil || p.Name != name {
					t.Errorf("%+v, %v", p, err)
					return
				}
			}
		}()
	}
	group.Wait()
	wantCount(t, client(t), 0)
}

// hold is a client with persons, which ends as its argument says.
func hold() {
	c, err := DialRegistry(ctx, "person")
	if err != nil {
		panic(err)
	}
	for i := 0; i < 100 || os.Args[1] == "is killed at work"; i++ {
		id, err := c.Create(ctx, "held", 40)
		if err == nil && i >= 100 {
			err = c.Free(ctx, id)
		}
		if err != nil {
			panic(err)
		}
	}
	os.Stdout.WriteString("ready\n")
	os.Stdin.Read(make([]byte, 1)) // until the test wants it to go
	switch os.Args[1] {
	case "closes":
		c.Close()
	case "panics":
		panic("as it should")
	}
}

func TestAClientsPersonsAreFreedHoweverItGoes(t *testing.T) {
	trial.Listen(t, "person")
	witness := client(t)
	own := create(t, witness, "survivor")
	for _, way := range []string{"closes", "exits", "panics", "is killed"} {
		t.Run(way, func(t *testing.T) {
			cmd := trial.Program("holder", way)
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if _, err := out.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			wantCount(t, witness, 101)
			if way == "is killed" {
				cmd.Process.Kill()
			} else {
				in.Close()
			}
			cmd.Wait()
			trial.Eventually(t, "its persons are freed", func() bool {
				count, err := witness.Count(ctx)
				return count == 1 && err == nil
			})
		})
	}
	if _, err := witness.Details(ctx, own); err != nil {
		t.Error(err)
	}
}

func TestAClientIsKilledInTheMidstOfItsCalls(t *testing.T) {
	trial.Listen(t, "person")
	witness := client(t)
	for range 20 {
		cmd := trial.Program("holder", "is killed at work")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		trial.Eventually(t, "it creates persons", func() bool {
			count, _ := witness.Count(ctx)
			return count > 0
		})
		cmd.Process.Kill()
		cmd.Wait()
		trial.Eventually(t, "its persons are freed", func() bool {
			count, _ := witness.Count(ctx)
			return count == 0
		})
	}
}

func TestACoProcessServesHandlesToo(t *testing.T) {
	c, err := StartRegistry(ctx, exec.Command(trial.Server(t, "person")))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if p, err := c.Details(ctx, create(t, c, "Ada")); p.Name != "Ada" || err != nil {
		t.Errorf("%+v, %v", p, err)
	}
}
