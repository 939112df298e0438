package plot

import (
	"math"
	"slices"
	"time"
)

// MaxPoints is how many points of one series are drawn, and how many rows a table has.
const MaxPoints = 300

// What one chart holds at most; what is beyond is not drawn.
const (
	MaxSeries = 8
	MaxBands  = 8
	MaxLines  = 8
	maxText   = 200 // characters of a label
)

// Chart is one picture: series over one axis of time, in a panel for each unit.
type Chart struct {
	// ID begins the ids of the picture's parts: letters, digits, "-" and "_"; all else is left
	// out. Charts on one page need different ones.
	ID     string
	Title  string // what a screen reader says first
	Series []Series
	Bands  []Band
	Lines  []Line
	Words  Words // of labels; the zero value is English
}

// Series are values at even steps of time.
type Series struct {
	Name string
	// Unit is "fraction" (0 to 1, shown in per cent), "bytes", "s", any other word, or "" for a
	// plain number.
	Unit   string
	From   time.Time // where the first value's step begins
	Step   time.Duration
	Values []float64 // NaN and infinities are not known
}

// Band is a half-open stretch of time that is shaded.
type Band struct {
	From, Until time.Time
	Label       string
}

// Line is a level. It is drawn in the panel of its unit; where there is none, nowhere.
type Line struct {
	At    float64
	Unit  string
	Label string
}

// Words are what the picture says of itself.
type Words struct {
	Data    string // above the table
	Time    string // head of the table's first column
	Unknown string // of a value
	None    string // in the place of a picture, or of a series, without a known value
	Lowest  string // heads of a table in which a row stands for several values
	Highest string
	Gaps    string // that a shaded gap means unknown
}

var english = Words{
	Data: "The numbers as a table", Time: "Time (UTC)", Unknown: "not known", None: "No value is known.",
	Lowest: "lowest", Highest: "highest", Gaps: "Hatched: not known.",
}

// or fills what is empty from other words.
func (w Words) or(o Words) Words {
	for _, p := range [...]struct {
		to   *string
		from string
	}{
		{&w.Data, o.Data}, {&w.Time, o.Time}, {&w.Unknown, o.Unknown}, {&w.None, o.None},
		{&w.Lowest, o.Lowest}, {&w.Highest, o.Highest}, {&w.Gaps, o.Gaps},
	} {
		if *p.to = label(*p.to); *p.to == "" {
			*p.to = p.from
		}
	}
	return w
}

// known says whether a value can be drawn.
func known(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// drawable says whether the steps of a series lie somewhere in time.
func (s *Series) drawable() bool {
	return s.Step > 0 && len(s.Values) > 0 && !s.From.IsZero()
}

// begin and end are in seconds since 1970: a float holds far more years than a Duration.
func (s *Series) begin() float64 { return seconds(s.From) }

func (s *Series) end() float64 { return s.at(len(s.Values)) }

// at is where the step of a value begins.
func (s *Series) at(i int) float64 { return s.begin() + float64(float64(i)*s.Step.Seconds()) }

func seconds(t time.Time) float64 { return float64(t.Unix()) + float64(float64(t.Nanosecond())/1e9) }

// bounded returns the chart without what it may not hold.
func (c Chart) bounded() Chart {
	var series []Series
	for _, s := range c.Series {
		if s.drawable() && len(series) < MaxSeries {
			series = append(series, s)
		}
	}
	c.Series = series
	c.Bands = c.Bands[:min(len(c.Bands), MaxBands)]
	c.Lines = c.Lines[:min(len(c.Lines), MaxLines)]
	c.Words = c.Words.or(english)
	return c
}

// split takes the series out of which no value is known. An empty panel would look like one with
// the lowest of values.
func (c *Chart) split() (empty []Series) {
	var drawn []Series
	for _, s := range c.Series {
		if slices.ContainsFunc(s.Values, known) {
			drawn = append(drawn, s)
		} else {
			empty = append(empty, s)
		}
	}
	c.Series = drawn
	return empty
}

// units are those of the series, in the order of their first.
func (c *Chart) units() []string {
	var out []string
	for i := range c.Series {
		seen := false
		for _, u := range out {
			seen = seen || u == c.Series[i].Unit
		}
		if !seen {
			out = append(out, c.Series[i].Unit)
		}
	}
	return out
}
