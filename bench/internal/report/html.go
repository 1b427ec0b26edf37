package report

import (
	_ "embed"
	"html/template"
	"io"
	"os"
	"path/filepath"

	"github.com/ringcall/ringcall/bench/internal/plot"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"ns": plot.Nanoseconds.Write, "ratio": ratioText, "percent": func(v float64) float64 { return 100 * v },
}).Parse(pageText))

type figure struct {
	ID, Title, Note string
	Drawing         template.HTML
}

// HTML writes one page that needs nothing beside itself: no script, no network.
func (r *Report) HTML(w io.Writer) error {
	pictures, missing := r.Pictures()
	var figures []figure
	for _, p := range pictures {
		title, note := p.Caption()
		figures = append(figures, figure{p.Name(), title, note, template.HTML(plot.Inline(p))})
	}
	return page.Execute(w, map[string]any{"Report": r, "Host": r.hostEntries(), "Figures": figures, "Missing": missing, "Rule": Rule, "Style": template.CSS(plot.Style)})
}

// WritePictures writes each picture as SVG and PNG.
func (r *Report) WritePictures(directory string) error {
	pictures, _ := r.Pictures()
	for _, p := range pictures {
		if err := writeTo(filepath.Join(directory, p.Name()+".svg"), func(w io.Writer) error { return plot.SVG(w, p) }); err != nil {
			return err
		}
		if err := writeTo(filepath.Join(directory, p.Name()+".png"), func(w io.Writer) error { return plot.PNG(w, p) }); err != nil {
			return err
		}
	}
	return nil
}

// WriteAll writes run.json, rows.csv, report.html and the pictures into a directory.
func (r *Report) WriteAll(directory string) error {
	if err := r.Save(filepath.Join(directory, "run.json")); err != nil {
		return err
	}
	if err := writeTo(filepath.Join(directory, "rows.csv"), r.CSV); err != nil {
		return err
	}
	if err := writeTo(filepath.Join(directory, "report.html"), r.HTML); err != nil {
		return err
	}
	return r.WritePictures(directory)
}

func writeTo(path string, write func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := write(file); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}
