package edge

import (
	"html/template"
	"io"
	"math"
	"time"

	"github.com/evenkeel/evenkeel/instrument/plot"
)

// Page writes a page of HTML with the plots of all attacks: the share of requests answered in time, second by second.
func Page(w io.Writer, list []Result) error {
	type attack struct {
		Name    string
		Figures []template.HTML
	}
	var all []attack
	for i := 0; i < len(list); {
		end := i
		for end < len(list) && list[end].Letter == list[i].Letter {
			end++
		}
		a := attack{Name: list[i].Letter + ": " + list[i].Attack}
		a.Figures = append(a.Figures, draw(list[i:end], "attacked", "at the attacked site", func(r *Result) []float64 { return r.Seconds }),
			draw(list[i:end], "others", "at the others", func(r *Result) []float64 { return r.SecondsOther }))
		all = append(all, a)
		i = end
	}
	return sheet.Execute(w, map[string]any{"Style": template.CSS(plot.Style), "Attacks": all})
}

// zero is where the axis of time begins: plots are of seconds since the beginning, on no day that matters.
var zero = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func draw(list []Result, id, where string, of func(*Result) []float64) template.HTML {
	c := plot.Chart{ID: "edge-" + list[0].Letter + "-" + id, Title: "Answered within a second " + where, Bands: []plot.Band{{From: zero.Add(list[0].From), Until: zero.Add(list[0].Until), Label: "attack"}}}
	for i := range list {
		values := append([]float64(nil), of(&list[i])...)
		for k, v := range values {
			if v < 0 {
				values[k] = math.NaN()
			}
		}
		c.Series = append(c.Series, plot.Series{Name: list[i].Contender, Unit: "fraction", From: zero, Step: time.Second, Values: values})
	}
	return plot.Draw(c)
}

var sheet = template.Must(template.New("").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>Goodput of HTTP edges under attack</title>
<style>body{font-family:system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}{{.Style}}</style></head><body>
<h1>Goodput of HTTP edges under attack</h1>
{{range .Attacks}}<h2>Attack {{.Name}}</h2>{{range .Figures}}{{.}}{{end}}{{end}}
</body></html>
`))
