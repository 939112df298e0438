package report

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/plot"
)

//go:embed page.html.tmpl
var pageText string

//go:embed page.css
var pageStyle string

var page = template.Must(template.New("report").Parse(pageText))

// HTML writes the report as one page that needs nothing else, in one of Langs: no script, nothing
// from elsewhere. KindInvalid for another language.
func (r *Report) HTML(out io.Writer, lang string) error { return r.write(out, lang, page.Name()) }

// JSON writes the report for machines, indented.
func (r *Report) JSON(out io.Writer) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// Body writes what the page says, without the page: for a page that has a frame and a style of its own.
func (r *Report) Body(out io.Writer, lang string) error {
	if err := r.write(out, lang, "lead"); err != nil {
		return err
	}
	return r.write(out, lang, "body")
}

func (r *Report) write(out io.Writer, lang, part string) error {
	v := view{Report: r, Style: template.CSS(pageStyle + plot.Style)} //nolint:gosec // both are ours
	switch lang {
	case english.Lang:
		v.W = &english
	case chinese.Lang:
		v.W = &chinese
	default:
		return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("report in the language %.20q; expected one of %s", lang, strings.Join(Langs, ", ")), Hint: "name one of them"}
	}
	return page.ExecuteTemplate(out, part, v)
}

// view is the report with what only a page shows.
type view struct {
	*Report
	W     *words
	Style template.CSS
}

// Day is a moment's day in UTC.
func (v view) Day(at evenkeel.Moment) string { return at.Time().UTC().Format("2006-01-02") }

// LastDay is the last day of the quarter.
func (v view) LastDay() string { return v.Day(v.Until - 1) }

// Percent is a share in per cent, with a decimal, or that it is not known.
func (v view) Percent(s Share) string {
	if s.Is == nil {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100**s.Is)
}

// Parts is a share in numbers.
func (v view) Parts(s Share) string { return fmt.Sprintf(v.W.Of, s.Part, s.Of) }

// Number writes a number that may not be known.
func (v view) Number(n *int64) string {
	if n == nil {
		return v.W.Unknown
	}
	return strconv.FormatInt(*n, 10)
}

// For is how long something took: the two largest of its units.
func (v view) For(seconds *int64) string {
	if seconds == nil {
		return v.W.Unknown
	}
	h, m, s := *seconds/3600, *seconds/60%60, *seconds%60
	switch {
	case h > 0:
		return fmt.Sprintf("%d %s %d %s", h, v.W.Hour, m, v.W.Minute)
	case m > 0:
		return fmt.Sprintf("%d %s %d %s", m, v.W.Minute, s, v.W.Second)
	default:
		return fmt.Sprintf("%d %s", s, v.W.Second)
	}
}

// Said is a text, or that the ledger does not say it.
func (v view) Said(s string) string {
	if s == "" {
		return v.W.NotSaid
	}
	return s
}

// Named is a measure in words.
func (v view) Named(m evenkeel.Measure) string {
	if s := v.W.Measures[m]; s != "" {
		return s
	}
	return m.String()
}

// Money is an amount with two decimals.
func (v view) Money(a Amount) string {
	return fmt.Sprintf("%d.%02d %s", a.Hundredths/100, a.Hundredths%100, a.Currency)
}

// line is a figure in a table.
type line struct{ Name, Value string }

// Rest are the figures that have no place of their own.
func (v view) Rest() (out []line) {
	add := func(name string, n int) { out = append(out, line{name, fmt.Sprint(n)}) }
	add(v.W.Opened, v.Cases.Opened)
	for _, o := range slices.Sorted(maps.Keys(v.Cases.Closed)) {
		add(v.W.Closed+": "+v.W.Outcomes[o], v.Cases.Closed[o])
	}
	out = append(out, line{v.W.Appeals, v.appealed()})
	add(v.W.Held, v.Not.Held)
	add(v.W.Proposed, v.Not.Proposed)
	add(v.W.Refused, v.Not.Refused)
	add(v.W.Suppressed, v.Not.Suppressed)
	add(v.W.Flags, v.Flags)
	add(v.W.Lawful, v.Lawful)
	add(v.W.Shadow, v.Not.Shadow)
	return out
}

func (v view) appealed() string {
	if !v.Appeals.Known {
		return v.W.Unknown
	}
	return fmt.Sprint(v.Appeals.Count)
}

// Made says of which log the report is.
func (v view) Made() string { return fmt.Sprintf(v.W.From, v.Log.Leaves) }

// Less says how much of the log says less; "" where none does.
func (v view) Less() string {
	if v.Log.Earlier == 0 {
		return ""
	}
	return fmt.Sprintf(v.W.Earlier, v.Log.Earlier)
}

// Ends says whether the log goes beyond the quarter.
func (v view) Ends() bool { return v.Log.Newest >= v.Until }

// Chart draws the weeks.
func (v view) Chart() template.HTML {
	machine, person := make([]float64, len(v.Weeks)), make([]float64, len(v.Weeks))
	for i, w := range v.Weeks {
		machine[i], person[i] = float64(w.Machine), float64(w.Person)
	}
	series := func(name string, values []float64) plot.Series {
		return plot.Series{Name: name, From: v.From.Time(), Step: week, Values: values}
	}
	return plot.Draw(plot.Chart{
		ID: "weeks", Title: v.W.Weeks, Series: []plot.Series{series(v.W.Machine, machine), series(v.W.Person, person)},
		Words: plot.Words{Data: v.W.Data, Time: v.W.Time, Unknown: v.W.Unknown, None: v.W.None, Lowest: v.W.Lowest, Highest: v.W.Highest, Gaps: v.W.Gaps},
	})
}
