package ringcall

import (
	"encoding/json"
	"expvar"
	"strings"
	"testing"
)

func TestStatsAreAVariableOfExpvar(t *testing.T) {
	c, s := serve(t, defaults())
	s.sampleEach(1)
	mustCall(t, c, methodEcho, 10)
	c.Call(background, methodFail, nil, nil)
	var v expvar.Var = c.Var()
	var said struct {
		Client  struct{ Calls uint64 }
		Server  struct{ Answers uint64 }
		Methods map[string]struct {
			Sampled  uint64
			Stages   map[string]map[string]uint64
			Failures []FailureStats
		}
	}
	if err := json.Unmarshal([]byte(v.String()), &said); err != nil {
		t.Fatalf("%v: %s", err, v)
	}
	echo := said.Methods["method 1"]
	if said.Client.Calls != 11 || said.Server.Answers != 11 || echo.Sampled != 10 || echo.Stages["total"]["count"] != 10 || echo.Stages["total"]["p99"] == 0 ||
		len(said.Methods["method 3"].Failures) != 1 {
		t.Errorf("it says %s", v)
	}
}

func TestMethodsOfOneNameAreAllInTheVariable(t *testing.T) {
	text, err := json.Marshal(Stats{Methods: []MethodStats{{Method: 1, Name: "a.x"}, {Method: 2, Name: "a.x"}, {Method: 3, Name: "a.y"}}})
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Methods map[string]struct{ Method uint16 }
	}
	if err := json.Unmarshal(text, &said); err != nil {
		t.Fatal(err)
	}
	if m := said.Methods; len(m) != 3 || m["method 1"].Method != 1 || m["method 2"].Method != 2 || m["a.y"].Method != 3 {
		t.Errorf("it says %s", text)
	}
}

func TestNamesAreLearntOfWhatTheServerImplements(t *testing.T) {
	c, _ := serve(t, defaults())
	i := &Interface{Name: "quotes", Fingerprint: 9, Description: "quotes 1: name echo\n"}
	if err := c.Implements(i); err == nil {
		t.Fatal("a server without interfaces has one")
	}
	if name := c.channel().profile.name(methodEcho); name != "method 1" {
		t.Errorf("of a service that it lacks it takes the name %s", name)
	}
	c.channel().serves.fits = []*Interface{i}
	if err := c.Implements(i); err != nil {
		t.Fatal(err)
	}
	if name := c.channel().profile.name(methodEcho); name != "quotes.echo" {
		t.Errorf("of a service that it has it takes the name %s", name)
	}
}

func TestCodesOfAMethodAreCountedApartUpToABound(t *testing.T) {
	var p profile
	for range 2 {
		for code := range uint32(failuresKnown + 6) {
			p.failed(7, statusFailed, code)
		}
	}
	p.failed(7, statusExpired, 5)
	p.failed(8, statusFailed, 5)
	list := p.read()
	if len(list) != 2 || len(list[0].Failures) != failuresKnown+2 {
		t.Fatalf("it counts %v", list)
	}
	for _, f := range list[0].Failures {
		want := uint64(2)
		switch {
		case f.Code == otherCodes:
			want = 2 * 6
		case f.Status == "expired":
			want = 1
		}
		if f.Count != want {
			t.Errorf("%+v, expected %d of them", f, want)
		}
	}
}

func TestEachNameInTheVariableIsInLowerCase(t *testing.T) {
	c, s := serve(t, defaults())
	s.sampleEach(1)
	mustCall(t, c, methodEcho, 10)
	c.Call(background, methodFail, nil, nil)
	var said any
	if err := json.Unmarshal([]byte(c.Var().String()), &said); err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	var walk func(value any)
	walk = func(value any) {
		switch value := value.(type) {
		case map[string]any:
			for name, inner := range value {
				if name != strings.ToLower(name) {
					t.Errorf("a name is %q", name)
				}
				names[name] = true
				walk(inner)
			}
		case []any:
			for _, inner := range value {
				walk(inner)
			}
		}
	}
	walk(said)
	for _, name := range []string{"client", "server", "methods", "batch_records", "no_room", "stages", "p99", "failures", "status", "code", "count"} {
		if !names[name] {
			t.Errorf("%q is not among its names: %v", name, names)
		}
	}
}
