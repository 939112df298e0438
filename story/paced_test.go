package story

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/store/memory"
)

// written is what a transcript has of blocks, without times.
func written(blocks [][]Told) string {
	var b strings.Builder
	for _, rows := range blocks {
		for _, r := range rows {
			fmt.Fprintf(&b, "%-*s%s\n", word, r.Word, r.Text)
		}
	}
	return b.String()
}

func TestScenesAreTheTranscriptInItsOrder(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			s := builtinStory(t, name)
			var blocks [][]Told
			last := evenkeel.Moment(0)
			transcript, err := Show(s, Parts{Books: books}, func(scene Scene) error {
				if minute(scene.At) <= minute(last) {
					t.Errorf("a scene at %s after one at %s", scene.At, last)
				}
				last = scene.At
				blocks = append(blocks, scene.Blocks...)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if difference := s.Differs(transcript); difference != "" {
				t.Errorf("shown, the story plays otherwise\n%s", difference)
			}
			want := ""
			for line := range strings.Lines(transcript) {
				if strings.HasPrefix(line, "end ") {
					break
				}
				if len(line) > len(indent) && line[4] != '-' { // no date
					want += line[len(indent):]
				}
			}
			if got := written(blocks); got != want {
				t.Errorf("the scenes are\n%s\nthe transcript is\n%s", got, want)
			}
		})
	}
}

// What a scene shows can be read in the books, and what comes later cannot: a console beside
// the film shows the same.
func TestTheBooksStandWhereTheSceneDoes(t *testing.T) {
	db := memory.New(nil)
	s := builtinStory(t, "missed-clock")
	_, err := Show(s, Parts{Books: func() docket.Books { return db }}, func(scene Scene) error {
		rows, err := db.Cases(context.Background(), docket.Query{Closed: true})
		if err != nil {
			return err
		}
		for _, r := range rows {
			f, err := db.Folder(context.Background(), r.Case.ID)
			if err != nil {
				return err
			}
			if last := f.Entries[len(f.Entries)-1].At; last > scene.At.Add(time.Minute) {
				t.Errorf("the scene is at %s, and the books tell of %s", scene.At, last)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAStoryEndsWhereTheOneWhoLooksHasSeenEnough(t *testing.T) {
	enough := errors.New("enough")
	seen := 0
	_, err := Show(builtinStory(t, "raisup-first-lock"), Parts{Books: books}, func(Scene) error {
		seen++
		return enough
	})
	if !errors.Is(err, enough) || seen != 1 {
		t.Errorf("%d scenes, and the error %v; expected one, and that error", seen, err)
	}
}
