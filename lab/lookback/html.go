package lookback

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"time"

	"github.com/evenkeel/evenkeel/instrument/plot"
)

//go:embed report.html.tmpl
var pageText string

//go:embed report.css
var pageStyle string

var page = template.Must(template.New("report").Funcs(template.FuncMap{
	"at": minuteOf, "percent": percent, "weight": weight, "unmet": unmet, "many": many, "old": oldText, "new": newText,
}).Parse(pageText))

// HTML writes the report as one page that needs nothing else: no script, nothing from elsewhere.
func (r *Report) HTML(out io.Writer) error {
	return page.Execute(out, view{Report: r, Style: template.CSS(pageStyle + plot.Style), About2019: About2019}) //nolint:gosec // both are ours
}

// view is the report with what only a page shows.
type view struct {
	*Report
	Style     template.CSS
	About2019 string
}

// Short is the report in sentences.
func (v view) Short() []string { return v.short() }

// Seen says what there was to see.
func (v view) Seen() []string { return v.coverageText() }

// Source says what was asked, and by which rules.
func (v view) Source() string { return v.from() }

// Calms are the busy machines that no rule found.
func (v view) Calms() []calm { return v.calm() }

// Given and Whom say on what the rule of 2019 goes.
func (v view) Given() string { return v.given() }

// Whom is the head over those whom it locks.
func (v view) Whom() string { return v.whom() }

// Month draws a suspect's whole time.
func (v view) Month(i int) template.HTML {
	s := &v.Suspects[i]
	c := chart(fmt.Sprintf("suspect-%d", i), "CPU of "+string(s.Asset)+", hour by hour.", s.Month)
	for _, g := range s.Times {
		c.Bands = append(c.Bands, plot.Band{From: g.From.Time(), Until: g.Until.Time()})
	}
	return plot.Draw(c)
}

// Close draws what was found first, with what lay around it.
func (v view) Close(i int) template.HTML {
	s := &v.Suspects[i]
	c := chart(fmt.Sprintf("close-%d", i), "CPU of "+string(s.Asset)+" around the first finding.", s.Close)
	first := s.Says[0]
	c.Bands = append(c.Bands, plot.Band{From: first.From.Time(), Until: first.Until.Time(), Label: "the rule's window"})
	for _, t := range first.Terms {
		if t.Unit == "fraction" && t.Threshold.Known {
			c.Lines = append(c.Lines, plot.Line{At: t.Threshold.Value, Unit: t.Unit, Label: "threshold of " + t.Name})
		}
	}
	return plot.Draw(c)
}

// Calm draws a busy machine's whole time.
func (v view) Calm(group, i int) template.HTML {
	s := &v.calm()[group].Busy[i]
	c := chart(fmt.Sprintf("busy-%d-%d", group, i), "CPU of "+string(s.Asset)+", hour by hour.", s.Month)
	c.Bands = append(c.Bands, plot.Band{From: s.PeakAt.Time(), Until: s.PeakAt.Add(bucket).Time(), Label: "its busiest hour"})
	return plot.Draw(c)
}

// chart draws a trace from the first to the last value that is known, with a little room: three
// hours in a month could not be seen.
func chart(id, title string, t Trace) plot.Chart {
	values := make([]float64, len(t.Busy))
	first, last := len(values), -1
	for i, s := range t.Busy {
		if values[i] = float64(s); !s.Known() {
			values[i] = math.NaN()
			continue
		}
		first, last = min(first, i), i
	}
	from := t.From
	if last >= 0 {
		room := max(1, (last-first)/20)
		first, last = max(first-room, 0), min(last+room, len(values)-1)
		from, values = from.Add(time.Duration(first)*time.Duration(t.Step)), values[first:last+1]
	}
	return plot.Chart{ID: id, Title: title, Series: []plot.Series{{
		Name: "CPU busy", Unit: "fraction", From: from.Time(), Step: time.Duration(t.Step), Values: values,
	}}}
}
