package console

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// goesOnFor is how long one request goes on with an act about many cases. What is left then is told,
// with a button that goes on: whoever waits sees how far it is, and no proxy gives up on it.
const goesOnFor = 8 * time.Second

// maxSoFar is how many bytes a form may say of what was freed before it.
const maxSoFar = 2 << 10

// through does an act about many cases, again with the same identity until nothing of it is left, or
// for as long as one request goes on. The tally has all that was freed, also where it ends with an
// error.
func (s *Server) through(v *visit, a docket.Act) (all docket.Tally, err error) {
	enough, cancel := context.WithTimeout(v.ctx(), s.goesOn)
	defer cancel()
	for {
		a.At = evenkeel.MomentOf(s.parts.Now())
		one, err := s.parts.Brakes.Undo(v.ctx(), a)
		if err != nil {
			return all, err
		}
		all.Add(one)
		switch {
		case one.Left == 0 || one.Dry || enough.Err() != nil:
			return all, nil
		case one.Cases == 0:
			return all, &evenkeel.Error{
				Kind: evenkeel.KindUnavailable, Says: fmt.Sprintf("%d measures are left, and none went on", one.Left),
				Hint: "the log says why; go on below, which begins where it ended",
			}
		}
	}
}

// tallyView is a count of what is undone.
type tallyView struct {
	docket.Tally
	Each  []string // by measure: "throttle: 14"
	Done  int      // measures that were undone, by all requests
	Over  int      // of all, in percent
	SoFar string   // for the form that goes on
}

func tallied(t docket.Tally) *tallyView {
	v := &tallyView{Tally: t, Done: t.Decisions + t.Held, Over: 100}
	if all := v.Done + t.Left; all > 0 {
		v.Over = int(int64(v.Done) * 100 / int64(all))
	}
	for _, m := range slices.Sorted(maps.Keys(t.Measures)) {
		v.Each = append(v.Each, fmt.Sprintf("%s: %d", m, t.Measures[m]))
	}
	t.Left = 0
	if text, err := json.Marshal(t); err == nil && len(text) <= maxSoFar {
		v.SoFar = string(text)
	}
	return v
}

// soFar is what a form says was freed before it, by the same act. It is shown and nothing else, so
// one that says nonsense counts from here.
func soFar(f form) (t docket.Tally) {
	text := f["so-far"]
	if text == "" || len(text) > maxSoFar || json.NewDecoder(strings.NewReader(text)).Decode(&t) != nil {
		return docket.Tally{}
	}
	numbers := []int64{int64(t.Tenants), int64(t.Cases), int64(t.Decisions), int64(t.Held), int64(t.Assets), t.Minutes}
	for m, n := range t.Measures {
		if _, err := evenkeel.ParseMeasure(m); err != nil {
			return docket.Tally{}
		}
		numbers = append(numbers, int64(n))
	}
	if slices.ContainsFunc(numbers, func(n int64) bool { return n < 0 || n > 1<<40 }) {
		return docket.Tally{}
	}
	return t
}
