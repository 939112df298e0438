package console

import (
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// pulled are the switches that are pulled: no machine enters a measure of their scope.
func (s *Server) pulled(v *visit) ([]docket.Switch, error) {
	b, err := s.parts.Brakes.Board(v.ctx())
	return slices.DeleteFunc(slices.Clone(b.Switches), func(x docket.Switch) bool { return x.Released() }), err
}

// haltedBy is the first of the switches that keeps a machine from entering what is held, or nil.
func haltedBy(pulled []docket.Switch, x *evenkeel.Decision) *docket.Switch {
	if x == nil || x.State != evenkeel.Held || x.Mode != evenkeel.ModeLive || !x.Measure.Enforced() {
		return nil
	}
	for i := range pulled {
		for j := range x.Grounds.Basis {
			if b := &x.Grounds.Basis[j]; pulled[i].Met(x.Measure, b.Rule, x.Tenant, b.Terms) {
				return &pulled[i]
			}
		}
	}
	return nil
}

// haltOf is the first of the switches that keeps machines from every measure on a tenant, or nil.
func haltOf(pulled []docket.Switch, t evenkeel.TenantID) *docket.Switch {
	if i := slices.IndexFunc(pulled, func(x docket.Switch) bool { return x.Met(evenkeel.MeasureNone, "", t, nil) }); i >= 0 {
		return &pulled[i]
	}
	return nil
}

// halted says of the end of a hearing that nothing takes effect by itself at it, as a switch is pulled.
func (c *clockView) halted(k docket.ClockKind, by *docket.Switch) {
	if k == docket.ClockHearing && by != nil {
		c.Says, c.Then = "It would take effect", fmt.Sprintf("a person is asked, as no machine enters it while the switch %s is pulled", by.Scope)
	}
}

// mutely says of the call at the end of a clock that it reaches nobody where nobody can be called.
func (c *clockView) mutely(k docket.ClockKind, mute bool) {
	if mute && (k == docket.ClockPage || k == docket.ClockSecondLevel || k == docket.ClockUrgent) {
		c.Says = "Nobody can be called, as no channel is set. A call is due"
	}
}

// heldUp fills in what keeps machines back in a case, and that nobody can be called to it.
func (v *caseView) heldUp(f *docket.Folder, pulled []docket.Switch, mute bool) {
	if mute && f.Urgent != 0 {
		v.Marks = append(v.Marks, muteMark)
	}
	if f.Case.State == evenkeel.CaseClosed {
		return
	}
	if v.Halt = haltOf(pulled, f.Case.Tenant); v.Halt != nil {
		return
	}
	for i := range f.Decisions {
		if v.Halt = haltedBy(pulled, &f.Decisions[i]); v.Halt != nil {
			return
		}
	}
}

// outOfReach is why nobody here can carry out what was wanted in a case, where nothing of it waits for a person; "" where
// that is not so.
func (s *Server) outOfReach(r *docket.Row) string {
	if s.parts.Lacks == nil || r.Case.State == evenkeel.CaseClosed || r.Proposed+r.Held > 0 || r.Wanted <= r.Highest {
		return ""
	}
	return s.parts.Lacks(r.Wanted)
}

// wantedMark stands at such a case: strong evidence is not lost from view because nobody can act on it.
func wantedMark(m evenkeel.Measure) Mark {
	return Mark{"danger", "wanted: " + m.String() + "; nobody here can carry it out"}
}

// muteMark stands at a case in which the tenant asks us to be quick, where nobody can be called.
var muteMark = Mark{"danger", "nobody can be called"}

// brakeMarks are what keeps people and machines from what pages else say of them.
func brakeMarks(pulled []docket.Switch, mute bool) (m []linkedMark) {
	for i := range pulled {
		if pulled[i].Kind == docket.SwitchGlobal {
			m = append(m, linkedMark{Mark{"danger", "no machine enters a measure: the switch global is pulled"}, "/switches#pulled"})
		}
	}
	if len(m) == 0 && len(pulled) > 0 {
		m = append(m, linkedMark{Mark{"warn", sheet.Count(len(pulled), "switch is pulled", "switches are pulled")}, "/switches#pulled"})
	}
	if mute {
		m = append(m, linkedMark{Mark{"warn", "nobody can be called: no channel is set"}, "/oncall"})
	}
	return m
}
