package ringcall

import (
	"math/bits"
	"sync/atomic"
)

const (
	histogramBits    = 5
	histogramBuckets = 1024
)

// buckets is a histogram of nanoseconds that is being filled: log-linear as struct ringcall_histogram is. One goroutine at a time adds; any number read meanwhile.
type buckets struct {
	sum    uint64
	max    uint64
	counts [histogramBuckets]uint64
}

// bucketOf is the number of the bucket that a value belongs to: the value itself below 64, above 32 buckets for each power of two.
func bucketOf(ns uint64) int {
	if ns < 2<<histogramBits {
		return int(ns)
	}
	exponent := bits.Len64(ns) - 1 - histogramBits
	return min(exponent<<histogramBits+int(ns>>exponent), histogramBuckets-1)
}

// bucketFrom is the least value of a bucket; of the one behind the last it is where that would end if it were like the others.
func bucketFrom(i int) uint64 {
	if i < 2<<histogramBits {
		return uint64(i)
	}
	exponent := i>>histogramBits - 1
	return uint64(i-exponent<<histogramBits) << exponent
}

func (b *buckets) add(ns uint64) {
	n := &b.counts[bucketOf(ns)]
	storeRelease(n, *n+1)
	storeRelease(&b.sum, b.sum+ns)
	if ns > b.max {
		storeRelease(&b.max, ns)
	}
}

// read is what it holds now. What is added meanwhile may be in its sum and not in its count, or the other way round.
func (b *buckets) read() Histogram {
	h := Histogram{sum: atomic.LoadUint64(&b.sum), max: atomic.LoadUint64(&b.max)}
	first, last := histogramBuckets, -1
	var counts [histogramBuckets]uint64
	for i := range counts {
		if n := atomic.LoadUint64(&b.counts[i]); n != 0 {
			counts[i] = n
			h.count += n
			first, last = min(first, i), i
		}
	}
	if last >= 0 {
		h.first = first
		h.counts = append([]uint64(nil), counts[first:last+1]...)
	}
	return h
}
