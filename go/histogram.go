package ringcall

import (
	"fmt"
	"math"
	"time"
)

// Histogram is how often which time was measured. It is a value that does not change; the zero Histogram has no times. A time is known to within 1/32 of
// itself; below 64 ns, and in Max and Mean, exactly. Those of 68 s and more count as such and as no more.
type Histogram struct {
	count, sum, max uint64
	first           int // the bucket that counts begins with
	counts          []uint64
}

// NewHistogram is of times that were measured elsewhere; negative ones count as 0.
func NewHistogram(times ...time.Duration) Histogram {
	var b buckets
	for _, d := range times {
		b.add(uint64(max(d, 0)))
	}
	return b.read()
}

// Bucket is a part of a Histogram: Count times from From up to, and without, To.
type Bucket struct {
	From, To time.Duration
	Count    uint64
}

// Count is how many times were measured.
func (h Histogram) Count() uint64 { return h.count }

// Sum is that of all times.
func (h Histogram) Sum() time.Duration { return time.Duration(min(h.sum, math.MaxInt64)) }

// Max is the longest time; 0 if there is none.
func (h Histogram) Max() time.Duration { return time.Duration(min(h.max, math.MaxInt64)) }

// Mean is the mean time; 0 if there is none.
func (h Histogram) Mean() time.Duration {
	if h.count == 0 {
		return 0
	}
	return h.Sum() / time.Duration(h.count)
}

// Percentile is the time that p percent of all times do not exceed, rounded up to its bucket's end; 0 if there is none. p is taken to lie between 0 and 100.
func (h Histogram) Percentile(p float64) time.Duration {
	if h.count == 0 || math.IsNaN(p) {
		return 0
	}
	exact := min(max(p, 0), 100) / 100 * float64(h.count)
	rank := uint64(math.Ceil(exact * (1 - 1e-14))) // 99.9 % of 50,000 are 49,950, and 49,950.00000000001 in floating point
	rank = min(max(rank, 1), h.count)
	var seen uint64
	for i, n := range h.counts {
		if seen += n; seen >= rank {
			if h.first+i == histogramBuckets-1 {
				break
			}
			return min(time.Duration(bucketFrom(h.first+i+1)-1), max(h.Max(), time.Duration(bucketFrom(h.first+i))))
		}
	}
	return h.Max()
}

// Buckets are those that have a count, in increasing order. The last of all, that of 68 s and more, ends with the longest time that there is.
func (h Histogram) Buckets() []Bucket {
	var list []Bucket
	for i, n := range h.counts {
		if n == 0 {
			continue
		}
		b := Bucket{From: time.Duration(bucketFrom(h.first + i)), To: time.Duration(bucketFrom(h.first + i + 1)), Count: n}
		if h.first+i == histogramBuckets-1 {
			b.To = math.MaxInt64
		}
		list = append(list, b)
	}
	return list
}

// Since is what came after earlier, a value of the same histogram. Max is that of both together.
func (h Histogram) Since(earlier Histogram) Histogram {
	later := Histogram{sum: h.sum - min(earlier.sum, h.sum), first: h.first, counts: append([]uint64(nil), h.counts...)}
	for i, n := range earlier.counts {
		if at := earlier.first + i - h.first; at >= 0 && at < len(later.counts) {
			later.counts[at] -= min(n, later.counts[at])
		}
	}
	for _, n := range later.counts {
		later.count += n
	}
	if later.count != 0 {
		later.max = h.max
	}
	return later
}

// String is as "1234 times, mean 1.2µs, p50 1.1µs, p99 3.4µs, max 1.5ms".
func (h Histogram) String() string {
	if h.count == 0 {
		return "no times"
	}
	return fmt.Sprintf("%d times, mean %v, p50 %v, p99 %v, max %v", h.count, short(h.Mean()), short(h.Percentile(50)), short(h.Percentile(99)), short(h.Max()))
}

// short rounds to three digits.
func short(d time.Duration) time.Duration {
	for unit := time.Duration(1); ; unit *= 10 {
		if d/1000 < unit { // 1000*unit would overflow
			return d.Round(unit)
		}
	}
}
