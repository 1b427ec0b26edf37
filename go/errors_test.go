package ringcall

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

func TestErrorsAreWhatTheySay(t *testing.T) {
	for _, test := range []struct {
		err error
		is  []error
		not []error
	}{
		{ErrClosed, []error{os.ErrClosed, fs.ErrClosed}, []error{ErrServerGone}},
		{ErrDeadline, []error{os.ErrDeadlineExceeded, context.DeadlineExceeded}, []error{context.Canceled, ErrNeverStarted}},
		{errExpired, []error{ErrDeadline, context.DeadlineExceeded, ErrNeverStarted}, []error{ErrMayHaveRun}},
		{ErrUntrusted, []error{os.ErrPermission}, nil},
		{&GoneError{Fate: ErrMayHaveRun}, []error{ErrServerGone, ErrMayHaveRun}, []error{ErrNeverStarted, ErrServerClosed}},
		{&GoneError{Fate: ErrNeverStarted, Closed: true}, []error{ErrServerGone, ErrNeverStarted, ErrServerClosed}, []error{ErrMayHaveRun}},
		{&GoneError{Cause: syscall.ECONNRESET}, []error{ErrServerGone, syscall.ECONNRESET}, []error{ErrMayHaveRun, ErrNeverStarted}},
		{&TooLargeError{Size: 2, Capacity: 1}, []error{ErrTooLarge}, nil},
		{&VersionError{Client: 1, Server: 2}, []error{ErrVersion}, []error{ErrRefused}},
		{&CorruptError{}, []error{ErrCorrupt}, nil},
		{&RefusedError{Status: welcomeBusy}, []error{ErrRefused}, []error{ErrVersion}},
		{&NoServerError{Cause: syscall.ENOENT}, []error{ErrNoServer, os.ErrNotExist, syscall.ENOENT}, nil},
		{&StartError{Cause: ErrDeadline}, []error{ErrDeadline}, nil},
	} {
		wrapped := fmt.Errorf("in the middle of something: %w", test.err)
		for _, is := range test.is {
			if !errors.Is(wrapped, is) {
				t.Errorf("%v is not %v", test.err, is)
			}
		}
		for _, not := range test.not {
			if errors.Is(wrapped, not) {
				t.Errorf("%v is %v", test.err, not)
			}
		}
	}
	if !os.IsTimeout(ErrDeadline) || os.IsTimeout(ErrClosed) {
		t.Error("os.IsTimeout does not tell the deadline from other errors")
	}
}

func TestErrorTexts(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{&GoneError{Fate: ErrMayHaveRun, Cause: errors.New("signal: killed")},
			"ringcall: the server is gone (signal: killed); it had taken the request, whose handler may have run"},
		{&GoneError{Fate: ErrNeverStarted, Closed: true},
			"ringcall: the server closed the channel; it had not taken the request: a retry, on a new client, is safe"},
		{&TooLargeError{Size: 131073, Capacity: 131072},
			"ringcall: the request of 131073 bytes exceeds the request arena's capacity of 131072 bytes; " +
				"split it, or enlarge the server's options::request_arena"},
		{&TooLargeError{Size: 9, Capacity: 8, Answer: true},
			"ringcall: the answer of 9 bytes exceeds the answer arena's capacity of 8 bytes (the handler ran); " +
				"split it, or enlarge the server's options::answer_arena"},
		{&HandlerError{Method: 4, Code: 42, Message: "no such matrix"}, "ringcall: method 4 failed with code 42: no such matrix"},
		{&CorruptError{Violation: "a run of 9 answers where 3 calls are outstanding"},
			"ringcall: this client poisoned the channel, since the server broke the ABI: a run of 9 answers where 3 calls are outstanding; attach anew"},
		{&CorruptError{Violation: "a reserved shape", Server: true},
			"ringcall: the server poisoned the channel, since this client broke the ABI: a reserved shape; attach anew"},
	} {
		if got := test.err.Error(); got != test.want {
			t.Errorf("the error is\n%s, expected\n%s", got, test.want)
		}
	}
}

func TestEveryErrorSaysWhenItIsReturned(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, declaration := range file.Decls {
		group, ok := declaration.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range group.Specs {
			name, text := "", group.Doc.Text()
			switch spec := spec.(type) {
			case *ast.ValueSpec:
				name, text = spec.Names[0].Name, spec.Doc.Text()
			case *ast.TypeSpec:
				name = spec.Name.Name
			}
			if !ast.IsExported(name) {
				continue
			}
			count++
			if !strings.HasPrefix(text, name+" is returned") || !strings.Contains(text, " when ") && !strings.Contains(text, " where ") {
				t.Errorf("%s does not say when it is returned: %q", name, text)
			}
		}
	}
	if count < 20 {
		t.Errorf("%d errors were looked at", count)
	}
}

func TestAGoneErrorSaysWhatTheServerDiedOf(t *testing.T) {
	segfault := exec.Command("sh", "-c", "kill -SEGV $$").Run()
	exit := exec.Command("sh", "-c", "exit 3").Run()
	for _, test := range []struct {
		err  error
		want string
	}{
		{&GoneError{Cause: segfault, Fate: ErrMayHaveRun, Method: 7}, "ringcall: the server is gone (it was killed by signal 11 (segmentation fault)); it had taken the request of method 7, whose handler may have run"},
		{&GoneError{Cause: segfault, Running: &RunningCall{3, "quotes.add", 7, 1}}, "ringcall: the server is gone (it was killed by signal 11 (segmentation fault)) while it ran quotes.add at position 7"},
		{&GoneError{Fate: ErrNeverStarted, Running: &RunningCall{3, "method 3", 7, 2}}, "ringcall: the server is gone while it ran one of 2 calls of method 3 from position 7 on; it had not taken the request: a retry, on a new client, is safe"},
		{&GoneError{Cause: exit}, "ringcall: the server is gone (it exited with status 3)"},
		{&GoneError{Cause: errExitZero, Closed: true}, "ringcall: the server closed the channel (it exited with status 0)"},
	} {
		if got := test.err.Error(); got != test.want {
			t.Errorf("%s\nexpected %s", got, test.want)
		}
	}
	m := &Method{ID: 7, Name: "Sums.Add"}
	err := m.Error(&GoneError{Cause: exit, Fate: ErrNeverStarted})
	want := "Sums.Add: ringcall: the server is gone (it exited with status 3); it had not taken the request: a retry, on a new client, is safe"
	if err.Error() != want {
		t.Errorf("%v\nexpected %s", err, want)
	}
	var gone *GoneError
	if !errors.As(err, &gone) || gone.Method != 7 || gone.Name != "Sums.Add" {
		t.Errorf("%+v", gone)
	}
}

func TestEachFormOfCallSaysWhichMethodWasLost(t *testing.T) {
	c, s := serve(t, defaults())
	r, b := c.NewRun(1), c.NewBatch(methodHold, 8, 8)
	r.Add(methodHold, nil)
	if _, err := b.Reserve(background, 1); err != nil {
		t.Fatal(err)
	}
	defer b.Release()
	if err := errors.Join(r.Post(background), b.Post(background)); err != nil {
		t.Fatal(err)
	}
	p, err := c.Post(background, methodHold, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.awaitHeld(3)
	s.do(func() { s.dead = true })
	<-c.Done()
	r.Await(background)
	for name, call := range map[string]func() error{
		"Run":              func() (err error) { _, err = r.Answer(0); return },
		"Batch":            func() error { return b.Await(background) },
		"Pending":          func() (err error) { _, err = p.Await(background, nil); return },
		"Call, afterwards": func() (err error) { _, err = c.Call(background, methodHold, nil, nil); return },
		"View, afterwards": func() (err error) { _, err = c.View(background, methodHold, nil); return },
		"Post, afterwards": func() (err error) { _, err = c.Post(background, methodHold, nil); return },
		"Send, afterwards": func() error { return c.Send(background, methodHold, nil) },
	} {
		var gone *GoneError
		if err := call(); !errors.As(err, &gone) || gone.Method != methodHold {
			t.Errorf("%s: %v", name, err)
		}
	}
}
