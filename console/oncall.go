package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// OnCall is who can be called, and who was.
type OnCall struct {
	Rota    string // its name; "" where there is none, and then nobody is called
	Staffed bool   // somebody is at the desk now
	Shifts  []Shift
	Ahead   evenkeel.Moment  // how far Shifts look: no end that is planned is known of one that ends here
	Calls   []docket.Calling // the newest first
}

// Shift is who is on call at a level for a while; without persons, nobody.
type Shift struct {
	Level       int // from 1; 0: who leads
	From, Until evenkeel.Moment
	Persons     []evenkeel.PersonID
}

const (
	maxShifts = 12 // of a level
	maxCalls  = 100
)

// onCallView is who is on call, and who was called.
type onCallView struct {
	Rota    string
	Staffed bool
	Levels  []levelView
	Calls   []callView
	Part    part
	Now     evenkeel.Moment
	Ahead   evenkeel.Moment
}

// levelView is a level of the rota: who is called now, who is next, and when nobody is.
type levelView struct {
	Name  string
	Who   string          // now; "" nobody
	Until evenkeel.Moment // 0: no end is planned as far as the rota was asked
	Next  []shiftView
	More  int
}

// shiftView is a shift that begins later.
type shiftView struct {
	Who         string          // "" nobody
	From, Until evenkeel.Moment // Until 0: as far as the rota was asked
}

// callView is a page, and what became of it.
type callView struct {
	docket.Page
	Name   string
	Who    string // is to be called; "" nobody was known
	Mark   Mark
	Tries  string
	Why    string // the last attempt came to nothing
	Next   evenkeel.Moment
	Nobody bool
	Each   []docket.Tried // attempts that were written down
}

// onCall shows who is on call, and whom pages reached.
func (s *Server) onCall(v *visit) error {
	c, err := s.parts.OnCall(v.ctx(), v.now)
	if err != nil {
		return err
	}
	d := onCallView{Rota: c.Rota, Staffed: c.Staffed, Levels: levelsOf(c.Shifts, v.now, c.Ahead), Now: v.now, Ahead: c.Ahead}
	d.Part = v.pages("/oncall").of("from", len(c.Calls), maxCalls, "calls", "pages")
	for i := range c.Calls[d.Part.From:d.Part.Until] {
		d.Calls = append(d.Calls, callOf(docket.BlindCall(c.Calls[d.Part.From+i], v.who.Person.ID)))
	}
	return s.show(v, http.StatusOK, sheet.Page{Title: "On call"}, "oncall", d)
}

// levelName is a level as a person says it.
func levelName(level int) string {
	switch level {
	case 0:
		return "Who leads, where nobody else can be reached"
	case docket.LevelOnCall:
		return "Called first"
	case docket.LevelSecond:
		return "Called second"
	default:
		return "Called third or later"
	}
}

// levelsOf puts shifts together by their level, and cuts off what is over. What goes on for as far as
// the rota was asked has no end.
func levelsOf(shifts []Shift, now, ahead evenkeel.Moment) (out []levelView) {
	shifts = slices.DeleteFunc(slices.Clone(shifts), func(x Shift) bool { return x.Until <= now })
	slices.SortStableFunc(shifts, func(a, b Shift) int { return cmp.Or(cmp.Compare(a.Level, b.Level), cmp.Compare(a.From, b.From)) })
	level := -1
	for _, x := range shifts {
		if x.Level != level {
			level, out = x.Level, append(out, levelView{Name: levelName(x.Level)})
		}
		l := &out[len(out)-1]
		if ahead != 0 && x.Until >= ahead {
			x.Until = 0
		}
		switch {
		case x.From <= now:
			l.Who, l.Until = persons(x.Persons), x.Until
		case len(l.Next) < maxShifts:
			l.Next = append(l.Next, shiftView{persons(x.Persons), x.From, x.Until})
		default:
			l.More++
		}
	}
	if len(out) > 1 && shifts[0].Level == 0 { // who leads comes last
		out = append(out[1:], out[0])
	}
	return out
}

// persons names people: "ada, ben".
func persons(all []evenkeel.PersonID) string {
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = string(p)
	}
	return strings.Join(names, ", ")
}

// callOf is a page as it may be read.
func callOf(c docket.Calling) callView {
	v := callView{Page: c.Page, Name: levelName(c.Page.Level), Who: persons(c.Page.For), Why: c.Why, Nobody: len(c.Page.For) == 0 && !c.Page.Drawn, Each: c.Tried}
	if c.Page.Drawn {
		v.Name = "Whoever was drawn by lot"
	}
	if c.Page.Level == docket.LevelLead {
		v.Name = levelName(0)
	}
	if c.Attempts > 0 {
		v.Tries = sheet.Count(c.Attempts, "attempt", "attempts") + " came to nothing"
	}
	switch {
	case c.Over != 0 && c.Failed:
		v.Mark = Mark{"danger", "nobody was reached"}
	case c.Over != 0 && !slices.ContainsFunc(c.Tried, func(t docket.Tried) bool { return t.Taken }):
		v.Mark = Mark{"warn", "withdrawn before anybody was reached"}
	case c.Over != 0:
		v.Mark = Mark{"good", "somebody was reached"}
	default:
		v.Mark, v.Next = Mark{"warn", "not reached yet"}, c.Next
	}
	return v
}
