package visit

import (
	"strings"

	"github.com/evenkeel/evenkeel/instrument/rescue"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// What the two boxes of an answer say. They stand before the visitor's own words, in the language
// of whoever reads them at the operator.
const (
	markDown = "Production is down."
	markDone = "All questions are answered."
)

// words is what an answer, a message or another form without times says. What production is down
// or all questions are answered by itself says so too, whether words go with it or not.
func (f *form) words() string {
	var lines []string
	if f.Down || f.Kind == docket.ActDown {
		lines = append(lines, markDown)
	}
	if f.Done || f.Kind == docket.ActAnswered {
		lines = append(lines, markDone)
	}
	if f.Rescue {
		lines = append(lines, rescue.Say(f.Steps))
	}
	if f.Text != "" {
		lines = append(lines, f.Text)
	}
	return strings.Join(lines, "\n")
}

// marked takes the marks off what was said, to show them in the visitor's language. Who types one
// says the same by it.
func marked(words string) (down, done bool, text string) {
	text = words
	for _, m := range []struct {
		mark string
		is   *bool
	}{{markDown, &down}, {markDone, &done}} {
		if rest, ok := strings.CutPrefix(text, m.mark); ok && (rest == "" || rest[0] == '\n') {
			*m.is, text = true, strings.TrimPrefix(rest, "\n")
		}
	}
	return down, done, text
}
