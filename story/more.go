package story

import (
	"fmt"
	"time"

	"github.com/evenkeel/evenkeel"
)

// moreVerb is what a machine does that writes letters for somebody.
var moreVerb = verb{name: "more", form: "more 199 [every 10s]", about: "what a tenant said in the line before is said so many times more, each time in words that a machine made of it. They are told as one",
	least: 1, most: 1, args: []string{"every"}, play: (*stage).more}

// mostMore bounds how often something is said again in other words.
const mostMore = 10_000

// more lets a tenant say the same in other words. Each is an act of its own, of which the judge
// knows nothing before.
func (s *stage) more(l *line) error {
	var n int64
	var err error
	if n, err = parseCount(l.words[0]); err != nil {
		return err
	}
	every := time.Duration(0)
	if err := arg(l, "every", parseSpan, &every); err != nil {
		return err
	}
	if len(s.previous) != 1 || !s.previous[0].act.spoken() {
		return evenkeel.Invalid("more, but the line before it is not what one tenant said; expected one such as appeal before it")
	}
	if n > mostMore {
		return evenkeel.Invalid("more %d; expected at most %d", n, mostMore)
	}
	first := s.previous[0].act
	at := s.clock
	for i := range int(n) {
		at = at.Add(every)
		a := *first
		a.many, a.line, a.At, a.Says = true, l.number, at, otherwise(first.Says, i)
		a.ID = fmt.Sprintf("%s line %d, %d", s.source, l.number, i+1)
		s.deliveries = append(s.deliveries, delivery{at: at, act: &a})
	}
	return nil
}

// spoken says whether an act is what a tenant said.
func (a *act) spoken() bool { return a != nil && a.By == "" && a.Says != "" && !a.bounces && !a.posted }

// The parts of letters that a machine writes: each with each gives another one.
var (
	openings = []string{"To whom it may concern:", "Dear abuse team,", "Hello again,", "As I wrote before,", "Please read this:", "I must insist.", "Good day,"}
	closings = []string{"Kindly restore it.", "We lose money each minute.", "Our lawyers read this.", "Thank you for your help.", "This is urgent.", "Nobody has answered yet."}
)

// otherwise is a text in the words of the nth letter.
func otherwise(says string, n int) string {
	text := fmt.Sprintf("%s %s %s", openings[n%len(openings)], says, closings[n/len(openings)%len(closings)])
	if round := n / (len(openings) * len(closings)); round > 0 {
		text += fmt.Sprintf(" (%d)", round+1)
	}
	return text
}

// fewer marks a block of an act that is one of many, so that all of them are told as one.
func (a *act) fewer(b *block) {
	if a.many && len(b.assets) == 0 && len(b.rows) > 0 {
		b.many = fmt.Sprintf("%s line %d, %s %s", b.tenant, a.line, a.Kind, b.rows[0].head)
	}
}
