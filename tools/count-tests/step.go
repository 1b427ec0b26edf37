package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// step is one command of a suite.
type step struct {
	suite, kind, log, testlog string
	limit                     time.Duration
	command                   []string
}

// counters read what a step left behind.
var counters = map[string]func(s step, output string) result{
	"check": func(step, string) result { return result{} },
	"meson": func(s step, _ string) result { return countMeson(s.testlog) },
	"go":    func(_ step, output string) result { return countGo(strings.NewReader(output)) },
}

const patience = 5 * time.Second // between SIGTERM and SIGKILL

// run executes the step's command and counts. What ended a command early, or an exit status that no counted failure explains, is a failure.
func (s step) run(ctx context.Context) result {
	if s.testlog != "" {
		os.Remove(s.testlog) // an old one would count for the new
	}
	begin := time.Now()
	ended := s.execute(ctx)
	output, err := os.ReadFile(s.log)
	if err != nil {
		ended = errors.Join(ended, err)
	}
	r := counters[s.kind](s, string(output))
	r.Suite = s.suite
	r.Seconds = time.Since(begin).Seconds()
	var status *exec.ExitError
	if ended != nil && (len(r.Failures) == 0 || !errors.As(ended, &status)) {
		r.fail(strings.Join(s.command, " "), fmt.Sprintf("%v\n%s", ended, lastLines(string(output), 60)))
	}
	if s.kind != "check" && r.Passed == 0 && len(r.Failures) == 0 {
		r.fail(strings.Join(s.command, " "), "ran no test\n"+lastLines(string(output), 20))
	}
	return r
}

// execute runs the command in a process group of its own, with its output in the log, and leaves nothing of the group behind.
func (s step) execute(ctx context.Context) error {
	log, err := os.Create(s.log)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(s.command[0], s.command[1:]...)
	cmd.Stdout, cmd.Stderr = log, log // a file, not a pipe: Wait does not wait for grandchildren
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	limit := time.NewTimer(s.limit)
	defer limit.Stop()
	var why error
	select {
	case err := <-ended:
		return err
	case <-limit.C:
		why = fmt.Errorf("timed out after %v", s.limit)
	case <-ctx.Done():
		why = errors.New("interrupted")
	}
	syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
	select {
	case <-ended:
	case <-time.After(patience):
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
	}
	return why
}

func lastLines(text string, count int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if left := len(lines) - count; left > 0 {
		lines = append([]string{fmt.Sprintf("(%d lines before)", left)}, lines[left:]...)
	}
	return strings.Join(lines, "\n")
}
