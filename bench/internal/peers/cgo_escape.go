//go:build !go1.24

package peers

import "time"

const noescapeState = "it does not before 1.24, so this is cgo/pointers"

func cgoNoescape(count int) (time.Duration, error) { return cgoPointers(count) }
