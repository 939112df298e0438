package visit

import (
	"cmp"
	"html/template"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// contested is a decision that the tenant can appeal against, and until when it can.
type contested struct {
	evenkeel.Decision
	Before evenkeel.Moment
}

// mostContested is how many decisions one can choose from; the others are over longest.
const mostContested = 12

// contestable lists what the tenant can appeal against: what stands or stood, as long as its notice
// said. What is in force goes first, the highest measure before the others, as an appeal that names
// nothing is taken for it; then what was decided last.
func (v *visitor) contestable() (out []contested) {
	if c := &v.folder.Case; c.State == evenkeel.CaseClosed && c.Outcome.Cleared() {
		return nil
	}
	for _, d := range v.folder.Decisions {
		if until := v.appealUntil(d.ID); met(&d) && until >= v.now {
			out = append(out, contested{d, until})
		}
	}
	slices.SortStableFunc(out, func(a, b contested) int {
		stands := func(d *contested) int {
			switch d.State {
			case evenkeel.InForce:
				return 2
			case evenkeel.Held:
				return 1
			}
			return 0
		}
		x, y := stands(&a), stands(&b)
		if x != y || x == 0 {
			return cmp.Or(cmp.Compare(y, x), cmp.Compare(b.At, a.At))
		}
		return cmp.Compare(b.Measure, a.Measure)
	})
	return out[:min(len(out), mostContested)]
}

// met says whether a tenant met with a decision: it stands, is about to, or stood.
func met(d *evenkeel.Decision) bool {
	switch d.State {
	case evenkeel.InForce, evenkeel.Held, evenkeel.Lapsed, evenkeel.Lifted:
		return d.Measure != evenkeel.MeasureNone
	case evenkeel.Superseded: // not while it was only announced
		return d.Measure != evenkeel.MeasureNone && d.At >= d.From
	}
	return false
}

// appealUntil is until when a decision can be appealed, as its clock says; where it has none, as the notices
// about it and the one that closed the case say; 0 where none does.
func (v *visitor) appealUntil(d evenkeel.DecisionID) (until evenkeel.Moment) {
	for i := range v.folder.Clocks {
		if k := &v.folder.Clocks[i]; k.Kind == docket.ClockAppeal && k.Decision == d {
			return k.RunsOut(v.now)
		}
	}
	for i := range v.folder.Notices {
		if n := &v.folder.Notices[i]; n.Receipt == "" && (n.Decision == d || closes(n)) {
			until = max(until, n.Appeal)
		}
	}
	return until
}

// objectedUntil is until when the last of our decisions could be appealed, where that is over; 0 where it is not,
// and where nothing is left to appeal against.
func (v *visitor) objectedUntil() (until evenkeel.Moment) {
	if c := &v.folder.Case; c.State == evenkeel.CaseClosed && c.Outcome.Cleared() {
		return 0
	}
	for i := range v.folder.Decisions {
		if d := &v.folder.Decisions[i]; met(d) {
			until = max(until, v.appealUntil(d.ID))
		}
	}
	if until >= v.now {
		return 0
	}
	return until
}

// appeals returns the clocks of the appeals on which nobody has decided, the first due first.
func (v *visitor) appeals() []docket.Clock {
	open := slices.DeleteFunc(slices.Clone(v.folder.Clocks), func(k docket.Clock) bool { return k.Kind != docket.ClockAppealAnswer || k.Ended != 0 })
	slices.SortStableFunc(open, docket.CompareClocks)
	return open
}

// appealOf returns the clock of the appeal against a decision, or what it began as, on which nobody
// has decided, or nil.
func (v *visitor) appealOf(d *evenkeel.Decision) (open *docket.Clock) {
	if d != nil {
		open, _ = docket.AppealOf(d, v.folder.Decisions, v.folder.Clocks)
	}
	return open
}

// decision returns one of the case's, or nil.
func (v *visitor) decision(id evenkeel.DecisionID) *evenkeel.Decision {
	for i := range v.folder.Decisions {
		if d := &v.folder.Decisions[i]; d.ID == id {
			return d
		}
	}
	return nil
}

// choice is a decision as the form of an appeal offers it.
type choice struct {
	ID     evenkeel.DecisionID
	Says   template.HTML
	Chosen bool
}

// hears says whether an appeal against a decision is heard: none is open, and there were not as many
// as are heard.
func (v *visitor) hears(x *evenkeel.Decision) bool {
	open, heard := docket.AppealOf(x, v.folder.Decisions, v.folder.Clocks)
	return open == nil && len(heard) < docket.MostAppeals
}

// exhausted says whether as many appeals against a decision were decided on by a moment as are heard.
func (v *visitor) exhausted(x *evenkeel.Decision, at evenkeel.Moment) bool {
	open, heard := docket.AppealOf(x, v.folder.Decisions, v.folder.Clocks)
	if open != nil || len(heard) < docket.MostAppeals {
		return false
	}
	for i := range v.folder.Clocks {
		if k := &v.folder.Clocks[i]; k.Kind == docket.ClockAppealAnswer && len(k.Heard) == len(heard) && k.Ended <= at {
			if y := v.decision(k.Decision); y != nil && docket.Origin(y, v.folder.Decisions) == docket.Origin(x, v.folder.Decisions) {
				return true
			}
		}
	}
	return false
}

// choices are the decisions that the form offers: those against which an appeal is heard. The one that weighs most is
// chosen where nobody chose.
func (t tongue) choices(v *visitor, chosen evenkeel.DecisionID) (out []choice) {
	for _, x := range v.contestable() {
		if v.hears(&x.Decision) {
			first := chosen == "" && len(out) == 0
			out = append(out, choice{x.ID, say(t.Contest, t.Measures[x.Measure].Noun, plainly(t.machines(x.Assets)), x.From.Time().Format(t.Clock)), first || x.ID == chosen})
		}
	}
	return out
}

// contest finds the decision of the form of an appeal. One that is not there, or whose time is
// over, is the form's fault or that of a page which was open for long.
func (v *visitor) contest(f *form, t *texts) evenkeel.DecisionID {
	all := v.contestable()
	if i := slices.IndexFunc(all, func(x contested) bool { return x.ID == f.Decision }); i >= 0 {
		return all[i].ID
	}
	switch {
	case len(all) == 0:
		f.Wrong[""] = t.NoAppeal
	default:
		f.Wrong["decision"] = t.WrongDecision
	}
	return ""
}

// open says where the appeals stand on which nobody has decided.
func (t tongue) appealsOpen(v *visitor) (out []template.HTML) {
	for _, k := range v.appeals() {
		about := t.Account
		if d := v.decision(k.Decision); d != nil {
			about = t.Measures[d.Measure].Noun
		}
		if k.Due > v.now {
			out = append(out, say(one(v, t.SoloOpen, t.AppealOpen), about, t.when(k.Due)))
		} else {
			out = append(out, say(t.AppealLate, about, t.moment(k.Due)))
		}
		if len(k.Heard) == docket.MostAppeals-1 {
			out = append(out, say("%s", t.AppealLast))
		}
	}
	return out
}

// unheard says against what no appeal is heard any more, as long as one could be made; it is said
// once of what stands in the place of another.
func (t tongue) unheard(v *visitor) (out []template.HTML) {
	said := map[evenkeel.DecisionID]bool{}
	for _, x := range v.contestable() {
		origin := docket.Origin(&x.Decision, v.folder.Decisions)
		if said[origin] || !v.exhausted(&x.Decision, v.now) {
			continue
		}
		said[origin] = true
		out = append(out, say(t.AppealNoMore, t.Measures[x.Measure].Noun))
	}
	return out
}

// appealed says what became of an appeal: by when a person decides, or that one has.
func (t tongue) appealed(v *visitor, e *evenkeel.Entry) template.HTML {
	x := v.decision(e.Decision)
	if x != nil && v.exhausted(x, e.At) {
		return say("%s", t.AppealKept)
	}
	if k := v.appealOf(x); k != nil {
		if k.Due > v.now {
			return say(one(v, t.SoloBy, t.AppealBy), t.when(k.Due))
		}
		return say(t.Late, t.moment(k.Due))
	}
	for i := range v.folder.Clocks {
		if k := &v.folder.Clocks[i]; k.Kind == docket.ClockAppealAnswer && k.Decision == e.Decision && k.Ended > e.At {
			return say(t.AppealDone, t.moment(k.Ended))
		}
	}
	return ""
}

// receiptOf is the number of the receipt of an appeal.
func receiptOf(f *docket.Folder, e *evenkeel.Entry) template.HTML {
	return name(docket.ReceiptOf(f.Case.ID, e.Ref))
}

// one is what is said where one person works here, as the newest notice has it, or else what is said elsewhere:
// no other person is promised who is not there.
func one(v *visitor, solo, others string) string {
	if n := v.newest(); n != nil && n.Solo {
		return solo
	}
	return others
}
