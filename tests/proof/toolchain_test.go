package proof

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	generatorVariable = "RINGCALL_GENERATOR"
	libraryVariable   = "RINGCALL_LIBRARY"
	seedVariable      = "RINGCALL_SEED"
	structsVariable   = "RINGCALL_PROOF_STRUCTS"
	longVariable      = "RINGCALL_PROOF_LONG"
)

// bench is a directory in which a header becomes programs.
type bench struct {
	*testing.T
	dir       string
	root      string // of ringcall's sources
	generator string
}

// newBench skips where no generator is named; one that is named and missing is a failure.
func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{T: t, generator: os.Getenv(generatorVariable)}
	if b.generator == "" || os.Getenv(libraryVariable) == "" {
		t.Skipf("%s and %s do not name ringcall-gen and libringcall.a; tools/test proof sets them", generatorVariable, libraryVariable)
	}
	for _, path := range []string{b.generator, os.Getenv(libraryVariable)} {
		if _, err := os.Stat(path); err != nil {
			t.Fatalf("%v; build it: tools/test proof does", err)
		}
	}
	var err error
	if b.root, err = filepath.Abs("../.."); err != nil {
		t.Fatal(err)
	}
	if b.dir, err = os.MkdirTemp("", "ringcall-proof."); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("what was generated is kept in %s", b.dir)
			return
		}
		os.RemoveAll(b.dir)
	})
	return b
}

func isLong() bool { return os.Getenv(longVariable) != "" }

// theSeed is another one each time, unless RINGCALL_SEED says which.
func theSeed(t *testing.T) uint64 {
	t.Helper()
	seed := rand.Uint64N(1 << 32)
	if text := os.Getenv(seedVariable); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("%s: %v", seedVariable, err)
		}
	}
	t.Logf("%s=%d replays this", seedVariable, seed)
	return seed
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

func (b *bench) write(name, text string) {
	b.Helper()
	if err := os.MkdirAll(filepath.Dir(b.path(name)), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(b.path(name), []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
}

func (b *bench) read(name string) string {
	b.Helper()
	text, err := os.ReadFile(b.path(name))
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

// try runs a program in the bench's directory and returns what it wrote.
func (b *bench) try(name string, arguments ...string) (stdout string, err error) {
	limit := 4 * time.Minute
	if isLong() {
		limit = 30 * time.Minute
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	var out, complaints bytes.Buffer
	cmd := exec.CommandContext(ctx, name, arguments...)
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod -buildvcs=false", "GOWORK=off", "GOTOOLCHAIN=local")
	cmd.Stdout, cmd.Stderr = &out, &complaints
	began := time.Now()
	err = cmd.Run()
	if p := cmd.ProcessState; p != nil {
		b.Logf("%.1f s, %.1f of CPU: %s %s", time.Since(began).Seconds(), (p.UserTime() + p.SystemTime()).Seconds(), filepath.Base(name), strings.Join(arguments, " "))
	}
	if err != nil {
		text := complaints.String()
		if most := 4096; len(text) > most {
			text = text[:most] + "..."
		}
		err = fmt.Errorf("%w\n%s", err, text)
	}
	return out.String(), err
}

// generate runs ringcall-gen over a header NAME.hpp, into NAME.ringcall.hpp and the Go package NAME.
func (b *bench) generate(name string) error {
	b.write(name+"/.keep", "")
	_, err := b.try(b.generator, name+".hpp", "-I", b.root+"/include", "--go", name+"/"+name+".go", "--package", name)
	return err
}

// compile runs the C++ compiler.
func (b *bench) compile(arguments ...string) error {
	compiler := os.Getenv("CXX")
	if compiler == "" {
		compiler = "c++"
	}
	_, err := b.try(compiler, append([]string{"-std=c++20", "-I" + b.root + "/include", "-Wall", "-Wextra"}, arguments...)...)
	return err
}

// build makes a Go program of program/main.go and a server of SERVER.cpp.
func (b *bench) build(program, server string, arguments ...string) {
	b.Helper()
	b.atOnce(2, func(i int) error {
		if i == 0 {
			return b.buildGo(program)
		}
		spdlog, err := b.try("pkg-config", "--cflags", "--libs", "spdlog")
		if err != nil {
			return err
		}
		arguments = append(arguments, "-o", server, server+".cpp", os.Getenv(libraryVariable))
		return b.compile(append(append(arguments, strings.Fields(spdlog)...), "-pthread")...)
	})
}

// atOnce does n jobs, two at a time.
func (b *bench) atOnce(n int, do func(i int) error) {
	b.Helper()
	var group sync.WaitGroup
	errs := make([]error, n)
	slots := make(chan struct{}, 2)
	for i := range n {
		slots <- struct{}{}
		group.Add(1)
		go func() {
			defer group.Done()
			errs[i] = do(i)
			<-slots
		}()
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		b.Fatal(err)
	}
}

// buildGo makes a Go program of program/main.go and the packages that were generated.
func (b *bench) buildGo(program string) error {
	const module = `module proved

go 1.23.0

require (
	github.com/ringcall/ringcall/go v0.0.0
	github.com/ringcall/ringcall/tests/proof v0.0.0
)

replace (
	github.com/ringcall/ringcall/go => %[1]s/go
	github.com/ringcall/ringcall/tests/proof => %[1]s/tests/proof
)
`
	b.write("go.mod", fmt.Sprintf(module, b.root))
	_, err := b.try("go", "build", "-gcflags=proved/...=-N -l", "-o", program, "./program")
	return err
}
