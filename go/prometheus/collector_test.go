package prometheus

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	ringcall "github.com/ringcall/ringcall/go"
)

var _ Source = (*ringcall.Client)(nil)

type source ringcall.Stats

func (s source) Stats() ringcall.Stats { return ringcall.Stats(s) }

func gather(t *testing.T, clients map[string]Source) map[string]*dto.MetricFamily {
	t.Helper()
	registry := prometheus.NewPedanticRegistry() // which checks that what is collected was described
	for name, client := range clients {
		if err := registry.Register(NewCollector(name, client)); err != nil {
			t.Fatal(err)
		}
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*dto.MetricFamily{}
	for _, f := range families {
		byName[f.GetName()] = f
	}
	return byName
}

func labelsOf(m *dto.Metric) string {
	var text []string
	for _, l := range m.GetLabel() {
		text = append(text, l.GetName()+"="+l.GetValue())
	}
	return strings.Join(text, ",")
}

func TestEveryCounterIsCollected(t *testing.T) {
	var s source
	n := uint64(0)
	for _, side := range []reflect.Value{reflect.ValueOf(&s.Client).Elem(), reflect.ValueOf(&s.Server).Elem()} {
		for i := range side.NumField() {
			n++
			side.Field(i).SetUint(n)
		}
	}
	families := gather(t, map[string]Source{"quotes": s})
	seen := map[float64]bool{}
	for name, f := range families {
		m := f.GetMetric()[0]
		if !strings.HasSuffix(name, "_total") || labelsOf(m) != "client=quotes" || f.GetHelp() == "" {
			t.Errorf("%s has the labels %s and the help %q", name, labelsOf(m), f.GetHelp())
		}
		seen[m.GetCounter().GetValue()] = true
	}
	if len(families) != int(n) || len(seen) != int(n) || seen[0] {
		t.Errorf("of %d counters %d are collected, with %d values", n, len(families), len(seen))
	}
}

func TestMethodsAreCollected(t *testing.T) {
	s := source{Methods: []ringcall.MethodStats{{
		Method: 7, Name: "quotes.add", Sampled: 4, Calls: 256,
		Total:    ringcall.NewHistogram(100, 1000, 1000, 70*time.Second),
		Failures: []ringcall.FailureStats{{Status: "failed", Code: 42, Count: 3}},
	}}}
	families := gather(t, map[string]Source{"a": s, "b": source{}})
	counter := func(name string) float64 { return families[name].GetMetric()[0].GetCounter().GetValue() }
	if counter("ringcall_method_sampled_total") != 4 || counter("ringcall_method_calls_estimated_total") != 256 || counter("ringcall_method_failures_total") != 3 {
		t.Error("the counters of a method are not its own")
	}
	if labels := labelsOf(families["ringcall_method_failures_total"].GetMetric()[0]); labels != "client=a,code=42,method=quotes.add,method_id=7,status=failed" {
		t.Errorf("a failure has the labels %s", labels)
	}
	stages := families["ringcall_method_stage_seconds"].GetMetric()
	if len(stages) != 1 || labelsOf(stages[0]) != "client=a,method=quotes.add,method_id=7,stage=total" {
		t.Fatalf("the stages are %v", stages)
	}
	h := stages[0].GetHistogram()
	if h.GetSampleCount() != 4 || h.GetSampleSum() < 70 || h.GetSampleSum() > 70.1 {
		t.Errorf("it has %d times, %v s", h.GetSampleCount(), h.GetSampleSum())
	}
	for _, b := range h.GetBucket() {
		want := uint64(0)
		for _, ns := range []float64{100, 1000, 1000, 70e9} {
			if ns < b.GetUpperBound()*1e9 {
				want++
			}
		}
		if b.GetCumulativeCount() != want {
			t.Errorf("up to %v s there are %d, expected %d", b.GetUpperBound(), b.GetCumulativeCount(), want)
		}
	}
	if n := len(h.GetBucket()); n != 30 {
		t.Errorf("it has %d buckets, expected 30", n)
	}
}

func TestMethodsOfOneNameAreToldApart(t *testing.T) {
	s := source{}
	for method := range uint16(3) {
		s.Methods = append(s.Methods, ringcall.MethodStats{
			Method: method, Name: "quotes.add", Sampled: 1, Calls: 1, Total: ringcall.NewHistogram(100),
			Failures: []ringcall.FailureStats{{Status: "failed", Code: 42, Count: 3}},
		})
	}
	families := gather(t, map[string]Source{"a": s})
	for _, name := range []string{"sampled_total", "calls_estimated_total", "failures_total", "stage_seconds"} {
		if n := len(families["ringcall_method_"+name].GetMetric()); n != 3 {
			t.Errorf("of 3 methods %s has %d", name, n)
		}
	}
}

// What is collected is a real client's too, which has to be dialled first.
func ExampleNewCollector() {
	client, err := ringcall.Dial(context.Background(), "quotes")
	if err != nil {
		return
	}
	defer client.Close()
	prometheus.MustRegister(NewCollector("quotes", client))
}
