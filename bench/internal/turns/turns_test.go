package turns

import (
	"errors"
	"testing"
	"time"
)

func plan(laps int) Plan {
	return Plan{Laps: laps, Window: time.Millisecond, Warm: 100 * time.Microsecond, Settle: func() error { return nil }}
}

// costing is a row that only says that it took perUnit for each unit.
func costing(name string, perUnit time.Duration, step int, ran func(count int)) Row {
	return Row{Name: name, Step: step, Run: func(count int) (time.Duration, error) {
		if ran != nil {
			ran(count)
		}
		return perUnit * time.Duration(count), nil
	}}
}

func TestTurns(t *testing.T) {
	t.Run("every row gets one window a lap", func(t *testing.T) {
		measured, err := Measure([]Row{costing("a", 250, 0, nil), costing("b", 7000, 0, nil)}, plan(5))
		if err != nil {
			t.Fatal(err)
		}
		for r, want := range []float64{250, 7000} {
			if len(measured[r].Windows) != 5 || measured[r].Windows[4] != want {
				t.Errorf("row %d: got %v", r, measured[r])
			}
		}
	})
	t.Run("counts are multiples of the step", func(t *testing.T) {
		_, err := Measure([]Row{costing("a", 13, 64, func(count int) {
			if count%64 != 0 || count == 0 {
				t.Errorf("count %d", count)
			}
		})}, plan(3))
		if err != nil {
			t.Fatal(err)
		}
	})
	t.Run("a window lasts about as long as planned", func(t *testing.T) {
		last := 0
		if _, err := Measure([]Row{costing("a", 250, 0, func(count int) { last = count })}, plan(2)); err != nil {
			t.Fatal(err)
		}
		if last != 4000 {
			t.Errorf("last window had %d units of 250 ns, want 4000", last)
		}
	})
	t.Run("nor is it shorter for a machine that stood still while the count was found", func(t *testing.T) {
		ran, last := 0, 0
		row := Row{Name: "a", Run: func(count int) (time.Duration, error) {
			ran++
			last = count
			elapsed := 250 * time.Duration(count)
			if ran%3 != 0 {
				elapsed += 5 * time.Millisecond
			}
			return elapsed, nil
		}}
		if _, err := Measure([]Row{row}, plan(2)); err != nil {
			t.Fatal(err)
		}
		if last != 4000 {
			t.Errorf("last window had %d units of 250 ns, want 4000", last)
		}
	})
	t.Run("nor if it stood still for long", func(t *testing.T) {
		others, last := 0, 0
		other := costing("other", 7000, 0, func(int) { others++ })
		row := Row{Name: "a", Run: func(count int) (time.Duration, error) {
			last = count
			elapsed := 250 * time.Duration(count)
			if others < 20 { // the whole first pass over it
				elapsed += 5 * time.Millisecond
			}
			return elapsed, nil
		}}
		if _, err := Measure([]Row{row, other}, plan(2)); err != nil {
			t.Fatal(err)
		}
		if last != 4000 {
			t.Errorf("last window had %d units of 250 ns, want 4000", last)
		}
	})
	t.Run("nor if it stood still in each try", func(t *testing.T) {
		others, last := 0, 0
		other := costing("other", 7000, 0, func(int) { others++ })
		row := Row{Name: "a", Run: func(count int) (time.Duration, error) {
			last = count
			elapsed := 250 * time.Duration(count)
			if others < 60 { // all passes over it
				elapsed += 5 * time.Millisecond
			}
			return elapsed, nil
		}}
		measured, err := Measure([]Row{row, other}, plan(3))
		if err != nil {
			t.Fatal(err)
		}
		if last < 1000 || len(measured[0].Windows) != 3 {
			t.Errorf("last of %d windows had %d units of 250 ns, want 1000 at least", len(measured[0].Windows), last)
		}
		if m := measured[0]; m.Windows[1] != 250 || len(m.Program) != 3 || len(m.Helpers) != 3 || len(m.Stretches) != 3 {
			t.Errorf("the windows are %v; CPU time of %d, stretches of %d", m.Windows, len(m.Program), len(m.Stretches))
		}
	})
	t.Run("what takes no time ends all the same", func(t *testing.T) {
		if m, err := Measure([]Row{{Name: "a", Run: func(count int) (time.Duration, error) { return time.Duration(count>>10) + 1, nil }}}, plan(1)); err != nil || len(m[0].Windows) != 1 {
			t.Errorf("%v, %v", m, err)
		}
	})
	t.Run("CPU time is that between the two sides of a window, per unit", func(t *testing.T) {
		p := plan(3)
		now := time.Duration(0)
		p.CPU = func() (time.Duration, time.Duration, error) { return now, 3 * now, nil }
		measured, err := Measure([]Row{costing("a", 250, 0, func(count int) { now += 7 * time.Duration(count) })}, p)
		if err != nil {
			t.Fatal(err)
		}
		if m := measured[0]; len(m.Program) != 3 || m.Program[1] != 7 || m.Helpers[1] != 21 {
			t.Errorf("got %+v, want 7 and 21", m)
		}
	})
	t.Run("each window knows its stretch of the run", func(t *testing.T) {
		p := plan(3)
		windows := 0
		p.Stretch = func() (int, error) { windows++; return windows / 3, nil }
		measured, err := Measure([]Row{costing("a", 250, 0, nil), costing("b", 250, 0, nil)}, p)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := measured[0].Stretches, measured[1].Stretches; a[0]+b[0] != 0 || a[1]+b[1] != 2 || a[2]+b[2] != 3 {
			t.Errorf("got %v %v", a, b)
		}
	})
	t.Run("no lap but the first begins after the limit", func(t *testing.T) {
		p := plan(1000)
		p.Limit = 1
		measured, err := Measure([]Row{costing("a", 250, 0, nil)}, p)
		if err != nil || len(measured[0].Windows) != 1 {
			t.Errorf("got %d laps, %v", len(measured[0].Windows), err)
		}
	})
	t.Run("an error names its row", func(t *testing.T) {
		wrong := errors.New("answer 7 is wrong")
		_, err := Measure([]Row{{Name: "bad", Run: func(int) (time.Duration, error) { return 0, wrong }}}, plan(1))
		if !errors.Is(err, wrong) || err.Error() != "bad: answer 7 is wrong" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the machine settles before each window", func(t *testing.T) {
		settled := 0
		p := plan(4)
		p.Settle = func() error { settled++; return nil }
		if _, err := Measure([]Row{costing("a", 250, 0, nil), costing("b", 250, 0, nil)}, p); err != nil {
			t.Fatal(err)
		}
		if settled < 8 {
			t.Errorf("settled %d times for 8 windows", settled)
		}
	})
}

func TestSelect(t *testing.T) {
	rows := []Row{{Name: "cgo/call"}, {Name: "ringcall/call"}, {Name: "ringcall/run=64"}}
	for _, c := range []struct {
		name    string
		filters []string
		want    int
	}{
		{"no filter keeps all", nil, 3},
		{"a filter keeps what contains it", []string{"call/"}, 2},
		{"several filters add up", []string{"cgo", "run=64"}, 2},
		{"an unknown word keeps nothing", []string{"quic"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Select(rows, c.filters); len(got) != c.want {
				t.Errorf("got %d rows, want %d", len(got), c.want)
			}
		})
	}
}
