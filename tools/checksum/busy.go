package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	wantedCores = 2    // one for the client, one for the server
	tolerable   = 0.25 // cores that others may use of those
	stolenMost  = 0.05 // part of the machine's time that its host may take
)

// usage is what had been used of the machine's processors at a moment.
type usage struct {
	at     time.Time
	cores  int
	all    time.Duration // of all processes, since the system started
	stolen time.Duration // by the host of a virtual machine
	own    time.Duration // of this process and of its children that have ended
}

// usageNow is empty where the system does not tell.
func usageNow() usage {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return usage{}
	}
	u := readStat(string(text))
	u.at = time.Now()
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var r syscall.Rusage
		if syscall.Getrusage(who, &r) != nil {
			return usage{}
		}
		u.own += time.Duration(r.Utime.Nano() + r.Stime.Nano())
	}
	return u
}

// readStat reads /proc/stat: "cpu user nice system idle iowait irq softirq steal ...", in hundredths of a second, then a line for each core.
func readStat(text string) usage {
	const tick = 10 * time.Millisecond
	var u usage
	for _, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		if len(words) < 9 || !strings.HasPrefix(words[0], "cpu") {
			continue
		}
		if words[0] != "cpu" {
			u.cores++
			continue
		}
		for _, i := range []int{1, 2, 3, 6, 7} {
			n, _ := strconv.ParseInt(words[i], 10, 64)
			u.all += time.Duration(n) * tick
		}
		n, _ := strconv.ParseInt(words[8], 10, 64)
		u.stolen = time.Duration(n) * tick
	}
	return u
}

// busyNote says in lines of 80 columns that others kept the processors from the demo; "" if they did not, or nothing is known.
func busyNote(before, after usage) string {
	wall := after.at.Sub(before.at)
	if wall <= 0 || before.cores == 0 || after.cores == 0 {
		return ""
	}
	others := float64((after.all-before.all)-(after.own-before.own)) / float64(wall)
	stolen := float64(after.stolen-before.stolen) / float64(wall) / float64(after.cores)
	var why []string
	if others > max(float64(after.cores-wantedCores), 0)+tolerable {
		why = append(why, fmt.Sprintf("other processes used %.1f of its %s", others, coresText(after.cores)))
	}
	if stolen > stolenMost {
		why = append(why, fmt.Sprintf("its host took %.0f %% of its time (steal)", 100*stolen))
	}
	if why == nil {
		return ""
	}
	return "The machine was busy: " + strings.Join(why, ",\nand ") + ".\nThese figures are not typical.\n"
}

func coresText(n int) string {
	if n == 1 {
		return "one core"
	}
	return fmt.Sprintf("%d cores", n)
}
