package rule

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/instrument/strict"
)

// document is what a rule says, before it is checked. Keys and their order are those of ruleKeys.
type document struct {
	Rule    strict.Text                                          `yaml:"rule,required"`
	Version strict.Located[int]                                  `yaml:"version,required"`
	Family  strict.Text                                          `yaml:"family,required"`
	Mode    strict.Text                                          `yaml:"mode,required"`
	Subject strict.Text                                          `yaml:"subject,required"`
	About   strict.Text                                          `yaml:"about,required"`
	Authors []strict.Text                                        `yaml:"authors"`
	Windows map[strict.Located[string]]strict.Located[windowDoc] `yaml:"windows"`
	Terms   []strict.Located[termDoc]                            `yaml:"terms,required"`
	Require []strict.Text                                        `yaml:"require"`
	Score   strict.Located[decimal]                              `yaml:"score"`
	Quiet   strict.Located[stretch]                              `yaml:"quiet"`
	Tests   strict.Located[testsDoc]                             `yaml:"tests,required"`
}

type windowDoc struct {
	Of       strict.Text             `yaml:"of,required"`
	Where    strict.Text             `yaml:"where"`
	For      strict.Located[stretch] `yaml:"for"`
	Pane     strict.Located[stretch] `yaml:"pane"`
	Keep     strict.Text             `yaml:"keep"`
	Sum      strict.Text             `yaml:"sum"`
	Distinct strict.Text             `yaml:"distinct"`
	Top      strict.Text             `yaml:"top"`
	Recent   strict.Located[stretch] `yaml:"recent"`
	Learn    strict.Located[stretch] `yaml:"learn"`
	History  bool                    `yaml:"history"`
	Cohort   strict.Text             `yaml:"cohort"`
}

type termDoc struct {
	Name       strict.Text             `yaml:"name,required"`
	Family     strict.Text             `yaml:"family,required"`
	Conclusive bool                    `yaml:"conclusive"`
	When       strict.Text             `yaml:"when,required"`
	Value      strict.Text             `yaml:"value"`
	Threshold  strict.Located[formula] `yaml:"threshold"`
	Weight     strict.Located[decimal] `yaml:"weight"`
	Says       strict.Text             `yaml:"says,required"`
}

type testsDoc struct {
	Hit  []strict.Text `yaml:"hit,required"`
	Miss []strict.Text `yaml:"miss,required"`
}

// decimal is a number of at most three decimals in steps, perPoint to a point.
type decimal int64

var decimalForm = regexp.MustCompile(`^-?[0-9]{1,6}(\.[0-9]{1,3})?$`)

// UnmarshalText reads a decimal exactly.
func (d *decimal) UnmarshalText(b []byte) error {
	s := string(b)
	if !decimalForm.MatchString(s) {
		return fmt.Errorf("the number %q; expected at most 3 decimals, such as 3 or 0.5", clip(s))
	}
	whole, rest, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole+(rest + "000")[:3], 10, 64)
	*d = decimal(n)
	return err
}

// String writes the decimal as a document does.
func (d decimal) String() string { return strconv.FormatFloat(points(int64(d)), 'f', -1, 64) }

// stretch is a duration; besides Go's units it takes whole days: 30d, 1d12h.
type stretch time.Duration

var daysForm = regexp.MustCompile(`^([0-9]{1,5})d(.*)$`)

// UnmarshalText reads a duration.
func (s *stretch) UnmarshalText(b []byte) error {
	rest, days := string(b), time.Duration(0)
	if m := daysForm.FindStringSubmatch(rest); m != nil {
		n, _ := strconv.Atoi(m[1])
		days, rest = time.Duration(n)*24*time.Hour, m[2]
		if rest == "" {
			rest = "0s"
		}
	}
	d, err := time.ParseDuration(rest)
	if err != nil || d < 0 {
		return fmt.Errorf("the duration %q; expected one like 90s, 20m, 24h or 30d", clip(string(b)))
	}
	*s = stretch(days + d)
	return nil
}

// String writes the duration as a document does.
func (s stretch) String() string {
	d := time.Duration(s)
	if d > 0 && d%(24*time.Hour) == 0 {
		return strconv.FormatInt(int64(d/(24*time.Hour)), 10) + "d"
	}
	out := d.String()
	if strings.HasSuffix(out, "m0s") {
		out = strings.TrimSuffix(out, "0s")
	}
	if strings.HasSuffix(out, "h0m") {
		out = strings.TrimSuffix(out, "0m")
	}
	return out
}

// formula is an expression that may be written as a plain number.
type formula string

// UnmarshalText takes the text as it is.
func (f *formula) UnmarshalText(b []byte) error {
	*f = formula(b)
	return nil
}

func clip(s string) string { return quiet(s) }

// spot is a place in the file; both count from 1.
type spot struct{ line, column int }

func spotOf[T any](l strict.Located[T]) spot { return spot{l.Line, l.Column} }

func textSpot(t strict.Text) spot { return spot{t.Line, t.Column} }

// said is whether the document has something there.
func (s spot) said() bool { return s.line > 0 }

// phrase is a text with a language of its own: where it stands, and where its characters do.
type phrase struct {
	spot
	text string
	at   func(line, column int) spot
}

func phraseOf(t strict.Text) phrase {
	return phrase{textSpot(t), t.Value, func(line, column int) spot {
		line, column = t.At(line, column)
		return spot{line, column}
	}}
}

func formulaOf(l strict.Located[formula]) phrase {
	return phrase{spotOf(l), string(l.Value), func(int, int) spot { return spotOf(l) }}
}

// namedWindow is a window of the document with its name.
type namedWindow struct {
	name strict.Located[string]
	windowDoc
}

// windows returns the windows in the order of the document.
func (d *document) windows() []namedWindow {
	out := make([]namedWindow, 0, len(d.Windows))
	for name, body := range d.Windows {
		out = append(out, namedWindow{name, body.Value})
	}
	slices.SortFunc(out, func(a, b namedWindow) int {
		return cmp.Or(cmp.Compare(a.name.Line, b.name.Line), cmp.Compare(a.name.Column, b.name.Column))
	})
	return out
}
