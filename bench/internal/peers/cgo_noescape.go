//go:build go1.24

package peers

/*
#cgo noescape ringcall_bench_add_unescaped
#cgo nocallback ringcall_bench_add_unescaped
#include "add.h"
static void ringcall_bench_add_unescaped(const struct ringcall_bench_pair* request, int64_t* answer) { ringcall_bench_add_at(request, answer); }
*/
import "C"

import "time"

const noescapeState = "it does"

func cgoNoescape(count int) (time.Duration, error) {
	begin := time.Now()
	for i := range int64(count) {
		request := C.struct_ringcall_bench_pair{a: C.int64_t(i), b: 7}
		var sum C.int64_t
		C.ringcall_bench_add_unescaped(&request, &sum)
		if int64(sum) != i+7 {
			return 0, wrong("sum", sum, i+7)
		}
	}
	return time.Since(begin), nil
}
