package main

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

const stat = "cpu  100 20 30 4000 500 6 7 80 9 10\ncpu0 1 2 3 4 5 6 7 8 9 10\ncpu1 1 2 3 4 5 6 7 8 9 10\nintr 5 6 7 8 9 10 11 12 13\n"

func TestTheMachinesTimeIsReadWithoutIdlenessAndSteal(t *testing.T) {
	got := readStat(stat)
	if want := (usage{cores: 2, all: 1630 * time.Millisecond, stolen: 800 * time.Millisecond}); got != want {
		t.Errorf("%+v, not %+v", got, want)
	}
	for _, text := range []string{"", "cpu", "cpu 1 2 3\n", "intr 1 2 3 4 5 6 7 8 9\n"} {
		if got := readStat(text); got != (usage{}) {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func TestThisMachineTellsItsTime(t *testing.T) {
	before := usageNow()
	for end := time.Now().Add(100 * time.Millisecond); time.Now().Before(end); {
	}
	after := usageNow()
	if after.cores == 0 || after.all <= 0 || after.own <= before.own || !after.at.After(before.at) {
		t.Errorf("%+v, then %+v", before, after)
	}
}

func TestABusyMachineIsTold(t *testing.T) {
	const second = time.Second
	begin := time.Unix(1000, 0)
	for _, c := range []struct {
		name           string
		cores          int
		others, stolen time.Duration // in 10 s
		want           string
	}{
		{"alone on two cores", 2, second, 0, ""},
		{"a burner on two cores", 2, 9 * second, 0, "The machine was busy: other processes used 0.9 of its 2 cores.\nThese"},
		{"just too much on two cores", 2, 2600 * time.Millisecond, 0, "used 0.3 of its 2 cores"},
		{"two burners on four cores leave two", 4, 20 * second, 0, ""},
		{"three burners on four cores", 4, 30 * second, 0, "used 3.0 of its 4 cores"},
		{"one core is shared with anybody", 1, 5 * second, 0, "used 0.5 of its one core"},
		{"a little steal", 2, 0, second, ""},
		{"steal", 2, 0, 3 * second, "The machine was busy: its host took 15 % of its time (steal).\nThese"},
		{"both", 2, 20 * second, 3 * second, "used 2.0 of its 2 cores,\nand its host took 15 %"},
	} {
		own := 7 * second
		before := usage{begin, c.cores, 500 * second, 50 * second, 3 * second}
		after := usage{begin.Add(10 * second), c.cores, before.all + c.others + own, before.stolen + c.stolen, before.own + own}
		got := busyNote(before, after)
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, not %q", c.name, got, c.want)
		}
		for _, line := range strings.Split(got, "\n") {
			if len(line) > 80 {
				t.Errorf("%s: a line of %d columns: %s", c.name, len(line), line)
			}
		}
		if busyNote(usage{}, after) != "" || busyNote(before, usage{}) != "" || busyNote(after, before) != "" {
			t.Errorf("%s: told where nothing is known", c.name)
		}
	}
}

func TestThatTheMachineWasBusyIsTheLastThatIsPrinted(t *testing.T) {
	kept := os.Stdout
	defer func() { os.Stdout = kept }()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	os.Stdout = in
	status := settings{}.finish(context.Background(), report{Busy: "The machine was busy.\n"}, nil)
	in.Close()
	text, _ := io.ReadAll(out)
	if status != exitOK || !strings.HasSuffix(string(text), "s.\nThe machine was busy.\n") {
		t.Errorf("%d: %s", status, text)
	}
}
