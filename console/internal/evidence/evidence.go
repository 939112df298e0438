package evidence

import (
	"html/template"
	"math"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/plot"
)

// Words are what is written into the picture. The zero value is English.
type Words struct {
	plot.Words
	Window    string // the time that the rule looked at
	Threshold string // the level of a term
}

// Options say how a finding is drawn.
type Options struct {
	Title string // "" is what the finding is about
	Words Words
	// Most is how many windows are drawn; 0 is all, up to plot.MaxSeries.
	Most int
}

// Draw returns the picture of a finding as HTML. Without panes there is nothing to draw: "".
func Draw(f *evenkeel.Finding, o Options) template.HTML {
	c := Chart(f, o)
	if len(c.Series) == 0 {
		return ""
	}
	return plot.Draw(c)
}

// Chart makes the chart of a finding: a panel for each unit of its windows.
func Chart(f *evenkeel.Finding, o Options) plot.Chart {
	c := plot.Chart{
		ID: string(f.ID) + "-" + f.Revision.String(), Title: o.Title, Words: o.Words.Words,
		Bands: []plot.Band{{From: f.From.Time(), Until: f.Until.Time(), Label: or(o.Words.Window, "looked at")}},
	}
	if c.Title == "" {
		c.Title = f.Subject.String()
	}
	for i := range f.Panes {
		p := &f.Panes[i]
		if o.Most > 0 && len(c.Series) == o.Most {
			break
		}
		s := plot.Series{Name: p.Name, Unit: p.Unit, From: p.From.Time(), Step: time.Duration(p.Width), Values: values(p)}
		if s.Step <= 0 || len(s.Values) == 0 || p.From == 0 {
			continue
		}
		c.Series = append(c.Series, s)
		c.Lines = append(c.Lines, levels(f.Terms, p, or(o.Words.Threshold, "threshold"))...)
	}
	return c
}

// values are the readings of panes, NaN where one is not known.
func values(p *evenkeel.PaneSeries) []float64 {
	out := make([]float64, len(p.Values))
	for i, v := range p.Values {
		out[i] = math.NaN()
		if v.Known {
			out[i] = v.Value
		}
	}
	return out
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
