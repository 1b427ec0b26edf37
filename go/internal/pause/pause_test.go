package pause

import (
	"runtime"
	"testing"
	"time"
)

func TestAPauseLoopCanBePreempted(t *testing.T) {
	stop := make(chan struct{})
	spinning := make(chan struct{})
	go func() {
		close(spinning)
		for {
			for range 64 {
				Pause()
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	<-spinning
	begin := time.Now()
	runtime.GC()
	close(stop)
	if took := time.Since(begin); took > 5*time.Second {
		t.Fatalf("a garbage collection took %v beside a pause loop", took)
	}
}

func BenchmarkPause(b *testing.B) {
	for range b.N {
		Pause()
	}
}
