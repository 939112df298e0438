package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/story"
)

// fileWide is how wide both columns are where standard output is no terminal.
const fileWide = 120

// twoSides prints a story in two columns: what it says that happened then, and beside it, at the same
// time, what happens here. At its end stands who was called when, and the highest measure that was in force.
type twoSides struct {
	film
	called  []string
	highest evenkeel.Measure
}

// besides plays a story and prints both sides. It returns how the transcript differs from the wanted one.
func besides(ctx context.Context, p *process, s *story.Script, parts story.Parts) (difference string, err error) {
	if !s.TellsThen() {
		return "", &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("story %s does not say what happened then", s.Name),
			Hint: "lines that begin with then say it (docs/stories.md); rehearse it without --then",
		}
	}
	wide := cmp.Or(p.columns, fileWide)
	both := &twoSides{film: film{
		screen: newScreen(p.stdout, wide, p.columns > 0), told: map[string]bool{},
		pause: func(ctx context.Context, _ time.Duration) error { return ctx.Err() }, at: func(evenkeel.Moment) {},
	}}
	for text := range strings.SplitSeq(strings.TrimSpace(s.Name+": "+s.About), "\n\n") {
		if err := cmp.Or(both.screen.paragraph(text), both.screen.print("")); err != nil {
			return "", err
		}
	}
	both.screen.head()
	transcript, err := story.Show(s, parts, func(scene story.Scene) error { return both.scene(ctx, scene) })
	if err != nil {
		return "", err
	}
	if err := both.screen.print(""); err != nil {
		return "", err
	}
	for _, text := range both.sum() {
		if err := both.screen.paragraph(text); err != nil {
			return "", err
		}
	}
	if s.Want == "" {
		return "", nil
	}
	return s.Differs(transcript), nil
}

// scene shows one minute: what happened then on the left, all else on the right.
func (b *twoSides) scene(ctx context.Context, scene story.Scene) error {
	fr, here := frame{at: scene.At}, story.Scene{At: scene.At}
	for _, block := range scene.Blocks {
		if block[0].Word == "then" {
			fr.then = append(fr.then, statement{clock: clockOf(scene.At), text: block[0].Text})
			continue
		}
		here.Blocks = append(here.Blocks, block)
		b.count(scene.At, block[0])
	}
	if fr.with = b.digest(here); len(fr.then) > 0 && len(fr.with) == 0 {
		fr.with = []statement{{clock: clockOf(scene.At), text: "(nothing new)"}}
	}
	return b.show(ctx, fr)
}

// count takes down who is called, and how high a measure stands.
func (b *twoSides) count(at evenkeel.Moment, first story.Told) {
	switch first.Word {
	case "page":
		if who, calls := strings.CutPrefix(first.Text, "Level "); calls {
			who, _, _ = strings.Cut(who, ". ")
			b.called = append(b.called, at.Time().Format("2006-01-02 15:04")+" level "+strings.TrimSuffix(strings.Replace(who, " is called", "", 1), "."))
		}
	case "decided":
		word, _, stands := strings.Cut(first.Text, " in force until ")
		if m, err := evenkeel.ParseMeasure(word); stands && err == nil {
			b.highest = max(b.highest, m)
		}
	}
}

// sum says what the right side comes to.
func (b *twoSides) sum() []string {
	called := "Here nobody is called."
	if len(b.called) > 0 {
		called = "Called here: " + strings.Join(b.called, "; ") + "."
	}
	return []string{called, "The highest measure in force here: " + b.highest.String() + "."}
}
