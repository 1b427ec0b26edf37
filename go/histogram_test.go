package ringcall

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestEveryValueHasABucketThatIsNarrow(t *testing.T) {
	last := -1
	for ns := uint64(0); ns < 1<<37; ns += 1 + ns/1000 {
		i := bucketOf(ns)
		if i != last && i != last+1 || i < 0 || i >= histogramBuckets {
			t.Fatalf("%d has bucket %d, what is below %d", ns, i, last)
		}
		last = i
		from, to := bucketFrom(i), bucketFrom(i+1)
		if i == histogramBuckets-1 {
			to = math.MaxUint64
		} else if to-from > 1 && (to-from)*32 > from {
			t.Fatalf("bucket %d, from %d to %d, is wider than 1/32", i, from, to)
		}
		if ns < from || ns >= to {
			t.Fatalf("%d is in bucket %d, from %d to %d", ns, i, from, to)
		}
	}
	for ns, want := range map[uint64]int{0: 0, 63: 63, 64: 64, 65: 64, 66: 65, 127: 95, 128: 96, 1<<36 - 1: 1023, 1 << 36: 1023, math.MaxUint64: 1023} {
		if got := bucketOf(ns); got != want {
			t.Errorf("%d has bucket %d, expected %d", ns, got, want)
		}
	}
}

func TestPercentilesAgreeWithTheValuesThemselves(t *testing.T) {
	var random *rand.Rand
	for name, draw := range map[string]func() uint64{
		"up to 100 ns":   func() uint64 { return random.Uint64N(100) },
		"of all lengths": func() uint64 { return uint64(math.Exp(random.Float64() * math.Log(60e9))) },
		"two humps":      func() uint64 { return 200 + random.Uint64N(20) + 50_000*random.Uint64N(2) },
	} {
		random = rand.New(rand.NewPCG(1, 2))
		var b buckets
		var all []uint64
		var sum uint64
		for range 20_000 {
			v := draw()
			b.add(v)
			all = append(all, v)
			sum += v
		}
		slices.Sort(all)
		h := b.read()
		if h.Count() != 20_000 || uint64(h.Sum()) != sum || uint64(h.Max()) != all[len(all)-1] || uint64(h.Mean()) != sum/20_000 {
			t.Errorf("%s: %v; expected a sum of %d and a maximum of %d", name, h, sum, all[len(all)-1])
		}
		for _, p := range []float64{0, 1, 25, 50, 90, 99, 99.9, 99.99, 100} {
			rank := max(int(math.Ceil(p*20_000/100)), 1)
			exact, got := all[rank-1], uint64(h.Percentile(p))
			if got < exact || got > exact+exact/32 {
				t.Errorf("%s: percentile %v is %d, exactly %d", name, p, got, exact)
			}
		}
	}
}

// A rank that is whole must not become the next one because a percentage is not exact in binary.
func TestPercentilesOfWholeRanks(t *testing.T) {
	for _, n := range []uint64{1_000, 2_000, 7_000, 50_000, 1_000_000} {
		for _, tenths := range []uint64{1, 70, 290, 499, 550, 570, 990, 999} {
			rank := tenths * n / 1000
			var b buckets
			b.max = 1_000_000
			b.counts[bucketOf(100)] = rank
			b.counts[bucketOf(1_000_000)] = n - rank
			if p := float64(tenths) / 10; b.read().Percentile(p) > 103 {
				t.Errorf("percentile %v of %d: one of the slow %d, expected the last of the quick %d", p, n, n-rank, rank)
			}
		}
	}
}

func TestAHistogramWithoutTimes(t *testing.T) {
	var h Histogram
	if h.Count() != 0 || h.Mean() != 0 || h.Max() != 0 || h.Percentile(50) != 0 || h.Buckets() != nil || h.String() != "no times" {
		t.Errorf("it says %v", h)
	}
}

func TestBucketsAreWhatWasAdded(t *testing.T) {
	var b buckets
	for _, ns := range []uint64{5, 5, 1000, 1 << 40} {
		b.add(ns)
	}
	want := []Bucket{{5, 6, 2}, {992, 1008, 1}, {time.Duration(bucketFrom(histogramBuckets - 1)), math.MaxInt64, 1}}
	if got := b.read().Buckets(); !slices.Equal(got, want) {
		t.Errorf("they are %v, expected %v", got, want)
	}
	if p := b.read().Percentile(100); p != 1<<40 {
		t.Errorf("the longest time is %v, expected %v", p, time.Duration(1<<40))
	}
}

func TestWhatCameSince(t *testing.T) {
	var b buckets
	b.add(100)
	b.add(5000)
	earlier := b.read()
	if since := earlier.Since(earlier); since.Count() != 0 || since.Max() != 0 {
		t.Errorf("since itself there is %v", since)
	}
	b.add(7)
	b.add(5000)
	since := b.read().Since(earlier)
	if since.Count() != 2 || since.Sum() != 5007 || since.Percentile(1) != 7 || since.Percentile(99) != 5000 {
		t.Errorf("since then there is %v", since)
	}
}

func TestAnyTimeIsRoundedToThreeDigits(t *testing.T) {
	for d, want := range map[time.Duration]time.Duration{
		0: 0, 999: 999, 1004: 1000, 99_999: 100_000, math.MaxInt64 / 1000 * 999: 9_210_000_000_000_000_000, math.MaxInt64: 9_220_000_000_000_000_000,
	} {
		if got := short(d); got != want {
			t.Errorf("%d ns are %d ns, expected %d", d, got, want)
		}
	}
}

func TestHistogramsPrintWell(t *testing.T) {
	var b buckets
	for i := range uint64(1000) {
		b.add(1000 + i)
	}
	b.add(1_234_567)
	if got, want := b.read().String(), "1001 times, mean 2.73µs, p50 1.5µs, p99 2.02µs, max 1.23ms"; got != want {
		t.Errorf("it is %q, expected %q", got, want)
	}
	m := MethodStats{Name: "quotes.add", Sampled: 1001, Calls: 64064, Total: b.read(), Failures: []FailureStats{{"expired", 0, 3}, {"failed", 42, 1}}}
	want := `quotes.add: 1001 calls sampled of about 64064
  total       1001 times, mean 2.73µs, p50 1.5µs, p99 2.02µs, max 1.23ms
  expired: 3
  failed with code 42: 1`
	if got := m.String(); got != want {
		t.Errorf("it is\n%s\nexpected\n%s", got, want)
	}
	if got := (Stats{Methods: []MethodStats{m}}).String(); !strings.HasPrefix(got, "client: 0 calls") || !strings.HasSuffix(got, want) {
		t.Errorf("all is\n%s", got)
	}
}
