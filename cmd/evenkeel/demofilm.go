package main

import (
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/story"
)

// film plays a story beside facts, a frame for each minute in which something happens.
type film struct {
	facts  []fact // by at; those that were not shown yet
	screen *screen
	pause  func(context.Context, time.Duration) error
	at     func(evenkeel.Moment) // told where the film stands
	told   map[string]bool       // what stood on the right already
}

// frame is what stands side by side.
type frame struct {
	at         evenkeel.Moment
	then, with []statement
}

// statement is what happened, as it is shown.
type statement struct {
	clock string // its time
	word  string // of the transcript
	text  string
	more  bool // it belongs to the statement before it
}

// play shows the whole film: the story, and what is only a fact before, between and after it.
func (f *film) play(ctx context.Context, s *story.Script, p story.Parts) error {
	f.told = map[string]bool{}
	if err := f.begin(ctx); err != nil {
		return err
	}
	f.screen.head()
	_, err := story.Show(s, p, func(scene story.Scene) error {
		minute := scene.At - scene.At%evenkeel.Moment(time.Minute)
		if err := f.catchUp(ctx, minute); err != nil {
			return err
		}
		return f.show(ctx, frame{at: scene.At, then: f.factsBefore(minute.Add(time.Minute)), with: f.digest(scene)})
	})
	if err != nil {
		return err
	}
	return f.catchUp(ctx, evenkeel.Moment(1<<63-1))
}

// begin says what will be seen, and leaves time to read it.
func (f *film) begin(ctx context.Context) error {
	for _, text := range opening {
		if err := f.screen.paragraph(text); err != nil {
			return err
		}
		if err := f.pause(ctx, reading(frame{then: []statement{{text: text}}})); err != nil {
			return err
		}
	}
	return f.screen.print("")
}

// catchUp shows what is only a fact, up to a moment.
func (f *film) catchUp(ctx context.Context, before evenkeel.Moment) error {
	for len(f.facts) > 0 && f.facts[0].at < before {
		at := f.facts[0].at
		if err := f.show(ctx, frame{at: at, then: f.factsBefore(at + 1)}); err != nil {
			return err
		}
	}
	return nil
}

// factsBefore takes the facts before a moment.
func (f *film) factsBefore(m evenkeel.Moment) (out []statement) {
	for len(f.facts) > 0 && f.facts[0].at < m {
		out = append(out, statement{clock: f.facts[0].clock, text: f.facts[0].says})
		f.facts = f.facts[1:]
	}
	return out
}

// show shows a frame, and leaves time to read it.
func (f *film) show(ctx context.Context, fr frame) error {
	if len(fr.then)+len(fr.with) == 0 {
		return ctx.Err()
	}
	f.at(fr.at)
	lines := f.screen.lay(fr)
	each := reading(fr) / time.Duration(max(len(lines), 1))
	for _, line := range lines {
		if err := f.screen.print(line); err != nil {
			return err
		}
		if err := f.pause(ctx, each); err != nil {
			return err
		}
	}
	return nil
}

// How long a frame stands: as long as it takes to read. So the film is as long on a wide
// terminal as on a narrow one.
const (
	readsWord  = 120 * time.Millisecond
	readsFrame = 800 * time.Millisecond
)

func reading(fr frame) time.Duration {
	words := 0
	for _, s := range append(fr.then[:len(fr.then):len(fr.then)], fr.with...) {
		words += len(strings.FieldsFunc(s.word+" "+s.text, unicode.IsSpace))
	}
	return readsFrame + time.Duration(words)*readsWord
}

// digest is what a minute of the transcript comes to: what follows from nothing new, and
// what stood there before in the same words, is left out. Nothing is added.
func (f *film) digest(scene story.Scene) (out []statement) {
	clock, said, assets := clockOf(scene.At), "", map[string]bool{}
	for _, block := range scene.Blocks {
		first := block[0]
		if !f.tells(first) {
			continue
		}
		if first.Word == "note" {
			first.Word = ""
		}
		out = append(out, statement{clock: clock, word: first.Word, text: first.Text})
		said += first.Text + "\n"
		for _, r := range block[1:] {
			words := strings.Trim(r.Text, `"`)
			known := f.told[words] || strings.Contains(said, words)
			if r.Word == "asset" {
				known = assets[words]
			}
			if known || leftOut(r.Word) {
				continue
			}
			f.told[words], assets[words] = true, true
			out = append(out, statement{clock: clock, word: r.Word, text: r.Text, more: true})
		}
	}
	return out
}

// leftOut says whether a row says what others say too, what nothing follows from, or what only
// whoever writes rules and policies reads: a term's weight, whose sentence is shown; one that could
// not be judged, which the safeguard that it is unknown to says in words; what permits; the row of
// the table of measures.
func leftOut(word string) bool {
	switch word {
	case "seen", "terms", "permit", "n/a", "from", "law", "?":
		return true
	}
	return strings.HasPrefix(word, "+") || strings.HasPrefix(word, "-")
}

// tells says whether a block is shown, by its first row.
func (f *film) tells(first story.Told) bool {
	switch first.Word {
	case "judged":
		return !strings.HasPrefix(first.Text, "nothing new.")
	case "clock":
		return strings.HasPrefix(first.Text, "a person has to decide") || strings.Contains(first.Text, "did not answer")
	case "decided":
		return !strings.Contains(first.Text, " superseded;")
	case "page":
		return !strings.Contains(first.Text, "are withdrawn")
	case "finding": // the final one says what the provisional one said
		provisional := strings.Replace(first.Text, ", final,", ", provisional,", 1)
		if provisional != first.Text && f.told[provisional] {
			return false
		}
		f.told[first.Text] = true
	}
	return true
}
