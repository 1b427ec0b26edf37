package campaigns

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// spawn starts processes that die with this one, however it dies: the kernel sees to that as long as the thread lives that started them.
var spawn = func() func(cmd *exec.Cmd) error {
	type job struct {
		cmd  *exec.Cmd
		done chan error
	}
	jobs := make(chan job)
	go func() {
		runtime.LockOSThread()
		for j := range jobs {
			j.done <- j.cmd.Start()
		}
	}()
	return func(cmd *exec.Cmd) error {
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true} // Ctrl-C is for the driver
		j := job{cmd, make(chan error)}
		jobs <- j
		return <-j.done
	}
}()

func statusText(status uint32) string {
	w := syscall.WaitStatus(status)
	switch {
	case w.Signaled():
		return "signal: " + w.Signal().String()
	default:
		return fmt.Sprintf("exit status %d", w.ExitStatus())
	}
}

// isClosing says whether the status is that of a co-process which Close had to end.
func isClosing(status uint32) bool {
	w := syscall.WaitStatus(status)
	return w.Signaled() && (w.Signal() == syscall.SIGTERM || w.Signal() == syscall.SIGKILL)
}

// statFields are the fields of a stat file behind the program's name: state, parent and so on.
func statFields(path string) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
}

func parentOf(pid int) int {
	fields := statFields("/proc/" + strconv.Itoa(pid) + "/stat")
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(fields[1])
	return parent
}

// tasks are the threads of a process, as directories.
func tasks(pid int) []string {
	found, _ := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*")
	return found
}

// isStopped says whether no thread of the process runs, waiting some time for that.
func isStopped(pid int) bool {
	for range 200 {
		stopped, all := 0, tasks(pid)
		for _, task := range all {
			if fields := statFields(task + "/stat"); len(fields) > 0 && fields[0] == "T" {
				stopped++
			}
		}
		if len(all) == 0 {
			return false
		}
		if stopped == len(all) {
			return true
		}
		time.Sleep(500 * time.Microsecond)
	}
	return false
}

// slow gives all threads of a process a priority.
func slow(pid, priority int) {
	for _, task := range tasks(pid) {
		if tid, err := strconv.Atoi(filepath.Base(task)); err == nil {
			syscall.Setpriority(syscall.PRIO_PROCESS, tid, priority)
		}
	}
}

// serversBelow lists the pids of the servers that have a history in a directory.
func serversBelow(directory string) []int {
	files, _ := filepath.Glob(filepath.Join(directory, "server-*.history"))
	var pids []int
	for _, path := range files {
		pid, err := strconv.Atoi(strings.Split(strings.TrimPrefix(filepath.Base(path), "server-"), "-")[0])
		if err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// livesFor says whether the process is a server that writes its history into a directory.
func livesFor(pid int, directory string) bool {
	environment, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	if err != nil || !strings.Contains(string(environment), "RINGCALL_HISTORY="+directory+"\x00") {
		return false
	}
	fields := statFields("/proc/" + strconv.Itoa(pid) + "/stat")
	return len(fields) > 0 && fields[0] != "Z"
}

// burnArgument is the first argument of a process that burns a CPU for a time, its second.
const burnArgument = "campaign-burn"

func burn(text string) int {
	lasts, err := time.ParseDuration(text)
	if err != nil {
		return 2
	}
	for begin := time.Now(); time.Since(begin) < lasts; {
	}
	return 0
}
