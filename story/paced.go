package story

import (
	"time"

	"github.com/evenkeel/evenkeel"
)

// Scene is what a transcript tells of one minute, while the story goes on.
type Scene struct {
	At     evenkeel.Moment // of the story's clock, when the first of it happened
	Blocks [][]Told        // the first row of a block says what happened
}

// Told is one row of a block: a word of the transcript, and what is said. Without a word it
// goes on with the row before it.
type Told struct{ Word, Text string }

// Show plays a story as Play does, and tells see each minute of the transcript before
// anything of a later one arrives: so the books stand where the scene does, and who takes
// time in see makes the story wait. Where the clock jumps, all that was due on the way is done
// before it is shown. Where see returns an error, the story ends with it.
func Show(s *Script, p Parts, see func(Scene) error) (transcript string, err error) {
	p.see = see
	return Play(s, p)
}

// showing is how far a story was shown; nil where nobody looks.
type showing struct {
	see   func(Scene) error
	w     writer
	shown int // events
}

func show(see func(Scene) error) *showing {
	if see == nil {
		return nil
	}
	return &showing{see: see}
}

// before shows what was told of minutes before a moment. Nothing is added to them any more,
// and nothing is told as one across minutes, so these are the blocks of the transcript.
func (s *showing) before(m evenkeel.Moment, told []event) error {
	for s != nil && s.shown < len(told) && minute(told[s.shown].at) < minute(m) {
		if err := s.next(told); err != nil {
			return err
		}
	}
	return nil
}

// all shows what is left.
func (s *showing) all(told []event) error {
	for s != nil && s.shown < len(told) {
		if err := s.next(told); err != nil {
			return err
		}
	}
	return nil
}

// next shows one minute.
func (s *showing) next(told []event) error {
	n := s.shown
	for n < len(told) && minute(told[n].at) == minute(told[s.shown].at) {
		n++
	}
	scene := Scene{At: told[s.shown].at}
	for _, g := range fold(told[s.shown:n]) {
		s.w.told = nil
		s.w.group(g)
		s.w.b.Reset()
		scene.Blocks = append(scene.Blocks, s.w.told)
	}
	s.shown = n
	return s.see(scene)
}

func minute(m evenkeel.Moment) evenkeel.Moment { return m / evenkeel.Moment(time.Minute) }
