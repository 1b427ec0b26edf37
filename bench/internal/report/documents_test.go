package report

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"flag"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ringcall/ringcall/bench/internal/plot"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestText(t *testing.T) {
	t.Run("the terminal's report is as it is kept", func(t *testing.T) {
		r := full()
		var text strings.Builder
		if err := r.Text(&text); err != nil {
			t.Fatal(err)
		}
		golden(t, "text.golden", text.String())
	})
	t.Run("what is noisy says why instead of passing for a figure", func(t *testing.T) {
		r := pair(shaky(120), steady(100), quiet)
		var text strings.Builder
		if err := r.Text(&text); err != nil || !strings.Contains(text.String(), "host too noisy to judge: interval") {
			t.Errorf("got %v\n%s", err, text.String())
		}
	})
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update writes it anew); got\n%s", path, got)
	}
}

func pageOf(t *testing.T, r Report) string {
	t.Helper()
	var text strings.Builder
	if err := r.HTML(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestPage(t *testing.T) {
	r := full()
	text := pageOf(t, r)
	t.Run("it needs nothing beside itself", func(t *testing.T) {
		for _, banned := range []string{"<script", "<link", "<img", "<iframe", "@import", "url(", "src=", "href=", "http:", "https:", " on"} {
			if banned == " on" {
				if found := regexp.MustCompile(`\son[a-z]+=`).FindString(text); found != "" {
					t.Errorf("there is %q", found)
				}
				continue
			}
			if strings.Contains(text, banned) {
				t.Errorf("there is %q", banned)
			}
		}
	})
	t.Run("the first picture is the cost against calls in flight, with where it passes cgo", func(t *testing.T) {
		first := strings.Index(text, "<h2")
		if !strings.HasPrefix(text[first:], `<h2 id="inflight">`) {
			t.Errorf("the first picture is %.60q", text[first:])
		}
		drawing := text[first : first+strings.Index(text[first:], "</figure>")]
		for _, want := range []string{"<svg", "one cgo call", ">from 5<", "ringcall, typed runs", "Cheaper than a cgo call (51.1 ns) from: ringcall, typed runs at 5", "the knee at"} {
			if !strings.Contains(drawing, want) {
				t.Errorf("%q is missing in the first picture", want)
			}
		}
	})
	t.Run("each kind of curve is there, and the latencies", func(t *testing.T) {
		for _, id := range []string{"inflight", "payload", "goroutines", "clients", "handler_ns", "latency", "rows", "table", "targets", "facts", "absent"} {
			if strings.Count(text, `<h2 id="`+id+`">`) != 1 {
				t.Errorf("%q is there %d times, want once", id, strings.Count(text, `<h2 id="`+id+`">`))
			}
		}
		if strings.Count(text, "<svg") != 7 {
			t.Errorf("%d drawings, want 7", strings.Count(text, "<svg"))
		}
	})
	t.Run("its tags nest, and what was measured cannot break them", func(t *testing.T) {
		if !strings.Contains(text, "Invented CPU &lt;2&gt;") {
			t.Error("the CPU's name is not escaped")
		}
		wellFormed(t, strings.NewReplacer("<!doctype html>", "", `<meta charset="utf-8">`, "", `<meta name="viewport" content="width=device-width">`, "",
			`<meta name="color-scheme" content="light dark">`, "", "</html>", "", `<html lang="en">`, "", "<body>", "<body>").Replace("<x>"+text+"</x>"))
	})
	t.Run("it follows light and dark", func(t *testing.T) {
		if strings.Count(text, "prefers-color-scheme:dark") != 2 {
			t.Error("page and drawings do not both have a dark side")
		}
	})
	t.Run("a run that cannot show a curve says so", func(t *testing.T) {
		if text := pageOf(t, pair(steady(120), steady(100), quiet)); !strings.Contains(text, "Not in this run: Cost of a call against calls in flight") {
			t.Error("it does not")
		}
	})
}

func wellFormed(t *testing.T, text string) {
	t.Helper()
	for decoder := xml.NewDecoder(strings.NewReader(text)); ; {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestFiles(t *testing.T) {
	r := full()
	directory := t.TempDir()
	if err := r.WriteAll(directory); err != nil {
		t.Fatal(err)
	}
	pictures, missing := r.Pictures()
	if len(pictures) != 7 || len(missing) != 0 {
		t.Fatalf("%d pictures, missing %v", len(pictures), missing)
	}
	t.Run("every picture is there as SVG that stands alone, and as PNG", func(t *testing.T) {
		for _, p := range pictures {
			svg, err := os.ReadFile(filepath.Join(directory, p.Name()+".svg"))
			if err != nil {
				t.Fatal(err)
			}
			title, _ := p.Caption()
			if !strings.Contains(string(svg), `xmlns="http://www.w3.org/2000/svg"`) || !strings.Contains(string(svg), ">"+title+"</text>") {
				t.Errorf("%s does not stand alone", p.Name())
			}
			wellFormed(t, string(svg))
			pixels, err := os.ReadFile(filepath.Join(directory, p.Name()+".png"))
			if err != nil {
				t.Fatal(err)
			}
			image, err := png.Decode(bytes.NewReader(pixels))
			if err != nil {
				t.Fatal(err)
			}
			colours := map[any]bool{}
			for x := 0; x < image.Bounds().Dx(); x += 2 {
				for y := 0; y < image.Bounds().Dy(); y += 2 {
					colours[image.At(x, y)] = true
				}
			}
			if len(colours) < 20 {
				t.Errorf("%s.png has %d colours: is it empty?", p.Name(), len(colours))
			}
		}
	})
	t.Run("the CSV has a line for each row, with its parameters", func(t *testing.T) {
		file, err := os.Open(filepath.Join(directory, "rows.csv"))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		lines, err := csv.NewReader(file).ReadAll()
		if err != nil || len(lines) != len(r.Rows)+1 {
			t.Fatalf("%d lines for %d rows, %v", len(lines), len(r.Rows), err)
		}
		at := func(line []string, column string) string {
			for i, name := range lines[0] {
				if name == column {
					return line[i]
				}
			}
			t.Fatalf("there is no column %s", column)
			return ""
		}
		for _, line := range lines[1:] {
			if line[0] == "ringcall/records=16" && (at(line, "inflight") != "16" || at(line, "p50") != number(r.Row(line[0]).Summary.P50) || at(line, "payload") != "") {
				t.Errorf("got %v", line)
			}
		}
	})
}

func TestCrossing(t *testing.T) {
	t.Run("a curve crosses where it would on logarithmic paper", func(t *testing.T) {
		x, y, ok := crossing([]plot.Point{{X: 1, Y: 400}, {X: 4, Y: 100}, {X: 16, Y: 25}}, 50)
		if !ok || x < 7.99 || x > 8.01 || y != 50 {
			t.Errorf("got %v %v %v, want 8 50", x, y, ok)
		}
	})
	t.Run("a crossing, or a law, that hangs on a point too noisy to judge is none", func(t *testing.T) {
		points := []plot.Point{{X: 1, Y: 400}, {X: 4, Y: 100, Muted: true}, {X: 16, Y: 25}}
		if _, _, ok := crossing(points, 50); ok {
			t.Error("crosses")
		}
		if law := views[0].law(plot.Series{Points: points}); law != "" {
			t.Errorf("got %q", law)
		}
	})
	t.Run("a noisy row says so below its curve", func(t *testing.T) {
		if notes := untrusted([]plot.Series{{Points: []plot.Point{{Muted: true}, {}}}}); len(notes) != 1 || !strings.Contains(notes[0], "1 of 2 points") {
			t.Errorf("got %v", notes)
		}
	})
	t.Run("one that stays above or begins below crosses nowhere", func(t *testing.T) {
		for _, points := range [][]plot.Point{{{X: 1, Y: 400}, {X: 4, Y: 100}}, {{X: 1, Y: 40}, {X: 4, Y: 10}}, nil} {
			if _, _, ok := crossing(points, 50); ok {
				t.Errorf("%v crosses 50", points)
			}
		}
	})
}
