package main

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// plant makes a tree of the given files and returns its directory.
func plant(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for path, text := range files {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestWordsAreTheLongestRuns(t *testing.T) {
	for text, want := range map[string][]string{
		"":                      nil,
		" \n;":                  nil,
		"word":                  {"word"},
		"a b_c, d9{E}":          {"a", "b_c", "d9", "E"},
		"über":                  {"ber"},
		"x\x00y\xffz":           {"x", "y", "z"},
		" end ":                 {"end"},
		"@[`{/:  AZaz09_ -":     {"AZaz09_"},
		"\r\nif err != nil {\t": {"if", "err", "nil"},
	} {
		found, rest := findWords(nil, []byte(text), 0, true)
		var got []string
		for _, s := range found {
			got = append(got, text[s.offset:][:s.size])
		}
		if !slices.Equal(got, want) || rest != len(text) {
			t.Errorf("%q: %q, rest at %d; not %q", text, got, rest, want)
		}
	}
}

func TestAWordBeyondTheLimitIsCut(t *testing.T) {
	text := []byte(strings.Repeat("x", 2*wordSizeMax+5) + " y")
	found, _ := findWords(nil, text, 0, true)
	want := []span{{0, wordSizeMax}, {wordSizeMax, wordSizeMax}, {2 * wordSizeMax, 5}, {2*wordSizeMax + 6, 1}}
	if !slices.Equal(found, want) {
		t.Errorf("%v, not %v", found, want)
	}
}

// Chunks must hold each block and word exactly once, as if every file had been cut alone and whole.
func TestChunksHoldEveryBlockAndWordOnce(t *testing.T) {
	long := strings.Repeat("0123456789abcdef_", 2*chunkSize/17)
	files := map[string]string{
		"a":     "first words",
		"b":     "",
		"c/d":   strings.Repeat("some words of text; ", 3*chunkSize/20) + "end",
		"c/e":   "no space at the end",
		"f":     strings.Repeat("x", blockSize),
		"g":     strings.Repeat(" ", chunkSize-3*blockSize) + "crosses_here " + long,
		"h":     strings.Repeat(".", chunkSize-5) + "across_the_chunk's edge",
		"i":     strings.Repeat(".", chunkSize) + "z",
		"j/k/l": string(noise(chunkSize + 77)),
	}
	found, err := findFiles(plant(t, files))
	if err != nil {
		t.Fatal(err)
	}
	type place struct {
		path   string
		offset int64
		text   string
	}
	var words, blocks, wantWords, wantBlocks []place
	r := reader{tree: found}
	ended, size := 0, int64(0)
	for {
		c, err := r.read()
		if err != nil {
			t.Fatal(err)
		}
		if c == nil {
			break
		}
		at := func(s span) place {
			path, offset := c.where(s.offset)
			return place{path, offset, string(c.data[s.offset:][:s.size])}
		}
		for _, s := range c.words {
			words = append(words, at(s))
		}
		for _, s := range c.blocks {
			blocks = append(blocks, at(s))
		}
		ended += c.files
		size += c.bytes
	}
	for _, f := range found.files {
		text := files[f.path]
		spans, _ := findWords(nil, []byte(text), 0, true)
		for _, s := range spans {
			wantWords = append(wantWords, place{f.path, int64(s.offset), text[s.offset:][:s.size]})
		}
		for offset := 0; offset < len(text); offset += blockSize {
			wantBlocks = append(wantBlocks, place{f.path, int64(offset), text[offset:min(offset+blockSize, len(text))]})
		}
	}
	if !slices.Equal(words, wantWords) {
		t.Errorf("%d words, not the %d expected", len(words), len(wantWords))
	}
	if !slices.Equal(blocks, wantBlocks) {
		t.Errorf("%d blocks, not the %d expected", len(blocks), len(wantBlocks))
	}
	if ended != len(files) || size != found.bytes {
		t.Errorf("%d files of %d bytes, not %d of %d", ended, size, len(files), found.bytes)
	}
}

func TestATreeThatWillNotDoIsRefused(t *testing.T) {
	dir := plant(t, map[string]string{"file": "x", "empty/none": ""})
	for path, want := range map[string]string{"missing": "does not exist", "file": "is not a directory", "empty": "needs data"} {
		_, err := findFiles(filepath.Join(dir, path))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v; it is to say %q", path, err, want)
		}
	}
}

func TestAFileThatMayNotBeReadIsNamed(t *testing.T) {
	dir := plant(t, map[string]string{"open": "x", "secret": "x"})
	if err := os.Chmod(filepath.Join(dir, "secret"), 0); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	failure := make(chan error)
	go func() {
		const nobody = 65534
		runtime.LockOSThread() // never unlocked: the thread, and with it what follows, ends here
		if os.Geteuid() == 0 {
			syscall.RawSyscall(syscall.SYS_SETREUID, nobody, nobody, 0) // of this thread only
		}
		_, err := findFiles(dir)
		failure <- err
	}()
	if err := <-failure; err == nil || !strings.Contains(err.Error(), "secret may not be read") {
		t.Errorf("%v", err)
	}
}

func TestLinksAndPipesAreLeftAlone(t *testing.T) {
	dir := plant(t, map[string]string{"one": "x"})
	if err := os.Symlink("one", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(dir, dir+"-link"); err != nil {
		t.Fatal(err)
	}
	defer os.Remove(dir + "-link")
	for _, root := range []string{dir, dir + "-link"} {
		found, err := findFiles(root)
		if err != nil || len(found.files) != 1 || found.files[0].path != "one" {
			t.Errorf("%s: %v, %v", root, found.files, err)
		}
	}
}

func TestAFileThatVanishesIsNamed(t *testing.T) {
	dir := plant(t, map[string]string{"gone": "x"})
	found, err := findFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(filepath.Join(dir, "gone"))
	r := reader{tree: found}
	if _, err := r.read(); err == nil || !strings.Contains(err.Error(), "gone does not exist") {
		t.Errorf("%v", err)
	}
}
