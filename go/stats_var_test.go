package ringcall

import (
	"encoding/json"
	"expvar"
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
