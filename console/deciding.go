package console

import (
	"crypto/rand"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

const (
	maxOffers = 16 // decisions that can be decided about on one page
	maxCovers = 8  // flags that are suggested
)

// decideView is the form under a case: what can be done, and what was typed so far.
type decideView struct {
	Case     evenkeel.CaseID
	Nonce    string
	Seen     int64 // the entry that was the last when the form was made
	Refused  string
	Hint     string
	Wrong    []wrongField
	News     []evenkeel.Entry // what happened since the form was made
	Criteria []criterionView
	Reason   string
	Offers   []offerView
	More     int // decisions that have no place on the page
	Chosen   string
	Clear    clearView
	Flag     flagForm // of an act that grants a flag and clears nothing
	Outcome  string   // of closing
	Two      bool     // something wants two persons
	Open     bool     // the case itself can be cleared and closed
	Burst    bool     // the case is about an announcement, which a flag allows
	Terms    string   // digest of the policy whose criteria are asked
}

// wrongField is what is wrong with what was typed, and where.
type wrongField struct{ ID, Says string }

// criterionView is a criterion to be answered.
type criterionView struct {
	N        int
	Text     string
	Speaks   docket.Speaks
	Note     string
	Innocent bool // it asks for the strongest innocent explanation
}

// offerView is a decision that can be decided about.
type offerView struct {
	Marks []Mark
	On    string
	Until evenkeel.Moment
	State evenkeel.DecisionState
	Acts  []actView
	Alone bool // the same, and there are no others
	Own   bool // it is appealed, and whoever looks took it: others decide
	// Isolated is when whoever looks isolated some of it, so short a time ago that they may not again; 0: they may.
	Isolated evenkeel.Moment
}

// actView is one thing that can be done about a decision.
type actView struct {
	Value    string // of the radio button: the act and the decision
	ID       string // of its field
	Field    string // the name of the measure that is chosen
	Label    string
	Hint     string
	Measures []measureView
	Unchosen bool // none of Measures is chosen beforehand
	Look     bool // it says what somebody found out, and weighs nothing against the tenant: a reason is enough
}

// measureView is a measure that can be chosen.
type measureView struct {
	Word    string
	Label   string
	Is      bool
	measure evenkeel.Measure // of a form about a review
	hold    *docket.Hold     // of such a form: in the place of a measure a lawful order, or its end
}

// clearView is what can be said to clear a case.
type clearView struct {
	flagForm
	Outcome string
	NoFlags []noFlagView
}

// flagForm is a flag that can be granted, and what was typed of it. Two such forms stand on a
// page; Before tells the names of their fields apart.
type flagForm struct {
	Before             string
	Covers             []coverView
	Cover              string
	Principal, Image   string // typed
	Days               string
	Count, VCPUs, Rate string
	Found              int
	Burst              *burstView             // of an announcement, which is granted from a time until another
	Wrong              func(id string) string // what is wrong with a field
}

// WrongAt says what is wrong with a field by its name without Before, or "".
func (g flagForm) WrongAt(name string) string { return g.Wrong(g.Before + name) }

// coverView is a flag that is suggested by what was found.
type coverView struct {
	Value string
	Label string
	Hint  string
}

type noFlagView struct{ Value, Label string }

// newDecide returns an empty form for a case, nil where nothing can be decided.
func (s *Server) newDecide(f *docket.Folder, terms *Terms, me evenkeel.PersonID) *decideView {
	waits, own := appealed(f), ownAppeals(f, me)
	if f.Case.State == evenkeel.CaseClosed && len(waits) == 0 && !slices.ContainsFunc(f.Decisions, waitsOrStands) {
		return nil
	}
	d := &decideView{Case: f.Case.ID, Nonce: rand.Text(), Seen: lastTelling(f.Entries), Open: f.Case.State != evenkeel.CaseClosed, Burst: f.Case.Family == docket.Announcements, Terms: terms.Digest}
	for _, c := range docket.PointsAsked(terms.Criteria) {
		d.Criteria = append(d.Criteria, criterionView{N: len(d.Criteria) + 1, Text: c, Innocent: docket.AsksInnocent(c)})
	}
	for i := range slices.Backward(f.Decisions) {
		x := &f.Decisions[i]
		if !waitsOrStands(*x) && waits[x.ID] == nil {
			continue
		}
		if len(d.Offers) == maxOffers {
			d.More++
			continue
		}
		d.Two = d.Two || x.Wanted.NeedsTwo()
		o := offerOf(x, terms, len(d.Offers)+1)
		if y := docket.IsolatedBy(f.Decisions, me, x.Assets, evenkeel.MomentOf(s.parts.Now())); y != nil {
			o.isolated(x, y)
		}
		if waits[x.ID] != nil {
			o.uphold(x, len(d.Offers)+1)
		} else if wayToFind(f, x) {
			o.look(x, len(d.Offers)+1)
		}
		if touches(x.Assets, own) {
			o.forOthers(alone(f))
		}
		d.Offers = append(d.Offers, o)
	}
	flag := flagForm{Days: "90", Found: len(f.Case.Assets), Covers: s.covers(f), Wrong: d.WrongAt}
	if d.Burst {
		flag.announced(f.Entries, terms.Announced)
	}
	d.Clear = clearView{flagForm: flag, Outcome: evenkeel.OutcomeFalsePositive.String(), NoFlags: noFlagWords}
	flag.Before = "flag-"
	d.Flag = flag
	return d
}

// waitsOrStands says whether something can be decided about a decision. What a lawful order says is changed
// by two persons.
func waitsOrStands(x evenkeel.Decision) bool {
	return x.Mode == evenkeel.ModeLive && !docket.Withholds(&x) && (x.State == evenkeel.Proposed || x.State == evenkeel.Held || x.State == evenkeel.InForce)
}

// lastTelling is the last entry that tells something about the case. Who looked, and what
// servers and nodes answered, changes nothing of what is to be decided.
func lastTelling(entries []evenkeel.Entry) int64 {
	for i := range slices.Backward(entries) {
		if telling(entries[i].Kind) {
			return entries[i].Seq
		}
	}
	return 0
}

func telling(k evenkeel.EntryKind) bool {
	switch k {
	case evenkeel.EntryFound, evenkeel.EntryDecided, evenkeel.EntrySaid, evenkeel.EntryActed, evenkeel.EntryFlagged, evenkeel.EntryCase:
		return true
	default:
		return false
	}
}

// offerOf says what can be done about a decision in its state.
func offerOf(x *evenkeel.Decision, terms *Terms, n int) offerView {
	o := offerView{On: list(x.Assets, 6), Until: x.Until, State: x.State}
	if x.State == evenkeel.InForce || x.State.Over() {
		o.Marks = []Mark{{measureKind(x.Measure), x.Measure.String()}, {stateKind(x.State), stateWord(x.State)}}
	}
	if x.State.Over() { // only an appeal against it waits
		return o
	}
	if x.State == evenkeel.InForce {
		o.add(x, n, docket.ActLift, "Lift it", "It ends now. The case stays open.", nil)
		if m := milder(x.Measure, terms); len(m) > 0 {
			o.add(x, n, docket.ActLower, "Lower it", "A milder measure takes its place and ends no later.", m)
		}
		if x.Measure.Enforced() && !x.Measure.NeedsTwo() {
			o.add(x, n, docket.ActRenew, "Renew it", "It stands for its time once more, from now. A person still has to decide, and the step down is put off once only.", nil)
		}
		return o
	}
	o.Marks = []Mark{measureMark(x.Measure), {stateKind(x.State), stateWord(x.State)}}
	if x.Wanted != x.Measure {
		o.Marks = append(o.Marks, Mark{"mute", "wanted: " + x.Wanted.String()})
	}
	o.add(x, n, docket.ActRefuse, "Refuse it", "It does not take effect.", nil)
	if m := approvable(x, terms); len(m) > 0 {
		o.add(x, n, docket.ActApprove, "Approve it", "The measure that stands here takes effect now, and the tenant is told.", m)
		o.Acts[len(o.Acts)-1].Unchosen = len(m) > 1 && !slices.ContainsFunc(m, func(v measureView) bool { return v.Is })
	}
	return o
}

// add offers an act about a decision, the nth of the page.
func (o *offerView) add(x *evenkeel.Decision, n int, kind docket.ActKind, label, hint string, m []measureView) {
	o.Acts = append(o.Acts, actView{
		Value: kind.String() + " " + string(x.ID), ID: fmt.Sprintf("%s-%d", kind, n), Field: "measure " + kind.String() + " " + string(x.ID),
		Label: label, Hint: hint, Measures: m,
	})
}

// isolated takes away what somebody who isolated some of it within a day may not do about it.
func (o *offerView) isolated(x, before *evenkeel.Decision) {
	isolates := func(m measureView) bool { return m.Word == evenkeel.MeasureIsolate.String() }
	o.Acts = slices.DeleteFunc(o.Acts, func(a actView) bool {
		word, _, _ := strings.Cut(a.Value, " ")
		kind, _ := docket.ParseActKind(word)
		takes := kind == docket.ActRenew && x.Measure == evenkeel.MeasureIsolate || kind == docket.ActApprove && slices.ContainsFunc(a.Measures, isolates)
		if takes {
			o.Isolated = before.From
		}
		return takes && (kind == docket.ActRenew || len(a.Measures) == 1)
	})
	for i := range o.Acts {
		if a := &o.Acts[i]; strings.HasPrefix(a.Value, docket.ActApprove.String()+" ") && slices.ContainsFunc(a.Measures, isolates) {
			a.Measures = slices.DeleteFunc(a.Measures, isolates)
			a.Unchosen = len(a.Measures) > 1 && !slices.ContainsFunc(a.Measures, func(v measureView) bool { return v.Is })
		}
	}
}

// uphold offers to decide on the appeal that it stays.
func (o *offerView) uphold(x *evenkeel.Decision, n int) {
	o.Marks = append(o.Marks, Mark{"danger", "appealed"})
	o.add(x, n, docket.ActUphold, "Uphold it", "It was right: that decides on the appeal, and the tenant is told why. Quote what it said, and name a fact of the case.", nil)
}

// wayToFind says whether somebody has to find out why a way to the data is cut under a decision. Where it is
// appealed, that is decided on first, by the same act.
func wayToFind(f *docket.Folder, x *evenkeel.Decision) bool {
	if open, _ := docket.AppealOf(x, f.Decisions, f.Clocks); open != nil {
		return false
	}
	return slices.ContainsFunc(f.Clocks, func(k docket.Clock) bool {
		return k.Kind == docket.ClockWay && k.Decision == x.ID && k.Ended == 0 && k.Renewed == ""
	})
}

// look offers to say that it is not the measure which cuts the way to the data.
func (o *offerView) look(x *evenkeel.Decision, n int) {
	o.Marks = append(o.Marks, Mark{"danger", "a way to the data is cut"})
	o.add(x, n, docket.ActUphold, "It is not the measure", "You looked why a way to the data is cut. The measure stays, and somebody looks again in a day if it is cut still. Where it is the measure, lower or lift it.", nil)
	o.Acts[len(o.Acts)-1].Look = true
}

// looks says whether what was chosen says what somebody found out of a way to the data.
func (d *decideView) looks() bool {
	return slices.ContainsFunc(d.Offers, func(o offerView) bool {
		return slices.ContainsFunc(o.Acts, func(a actView) bool { return a.Look && a.Value == d.Chosen })
	})
}

// lookedWord is added to the word of an act that says what somebody found out of a way to the data.
const lookedWord = "_way"

// forOthers takes away what somebody who took an appealed decision may not do about it.
// Who is alone may end and lower it all the same.
func (o *offerView) forOthers(alone bool) {
	o.Own, o.Alone = true, alone
	o.Acts = slices.DeleteFunc(o.Acts, func(a actView) bool {
		word, _, _ := strings.Cut(a.Value, " ")
		kind, _ := docket.ParseActKind(word)
		return !(alone && kind.Eases()) && kind != docket.ActRenew && kind != docket.ActRefuse
	})
}

// milder are the measures that can take the place of one: lower rungs of the ladder, what it
// steps down to, and notify.
func milder(than evenkeel.Measure, terms *Terms) []measureView {
	if than == evenkeel.MeasureNotify {
		return nil
	}
	var out []evenkeel.Measure
	for _, m := range terms.Ladder {
		if m == than {
			break
		}
		out = append(out, m)
	}
	for m := than.StepsDown(); m != evenkeel.MeasureNone; m = m.StepsDown() {
		out = append(out, m)
	}
	return choices(append(out, evenkeel.MeasureNotify))
}

// approvable are the measures as which a decision can be approved: what is wanted, and lower rungs.
// Where two persons would be needed for what is wanted, only lower ones are there. Chosen beforehand
// is the decision's own measure, which is what the page shows as proposed or held, and never more.
// Where it has none, nobody has proposed a measure yet, and the person has to name one.
func approvable(x *evenkeel.Decision, terms *Terms) []measureView {
	var out []evenkeel.Measure
	for _, m := range terms.Ladder {
		out = append(out, m)
		if m == x.Wanted {
			break
		}
	}
	if !slices.Contains(terms.Ladder, x.Wanted) {
		out = []evenkeel.Measure{evenkeel.MeasureNotify}
	}
	views := choices(out)
	for i := range views {
		v := &views[i]
		switch v.Word {
		case x.Measure.String():
			v.Is, v.Label = true, v.Label+", as "+x.State.String()
		case x.Wanted.String():
			v.Label += ", as wanted"
		}
	}
	return views
}

// choices are measures to choose from, the highest first, each once, none that takes two persons.
func choices(from []evenkeel.Measure) []measureView {
	from = slices.Clone(from)
	slices.Sort(from)
	slices.Reverse(from)
	var out []measureView
	for _, m := range slices.Compact(from) {
		if m.NeedsTwo() || m == evenkeel.MeasureNone {
			continue
		}
		label := m.String()
		if m == evenkeel.MeasureIsolate {
			label += " (one person: at most 4 h)"
		}
		out = append(out, measureView{Word: m.String(), Label: label})
	}
	return out
}

// covers are the flags that what was found suggests: how the machines are made, these machines,
// all of the tenant's.
func (s *Server) covers(f *docket.Folder) []coverView {
	var out []coverView
	add := func(q url.Values, label, hint string) {
		c := coverView{Value: q.Encode(), Label: label, Hint: hint}
		if len(out) < maxCovers && !slices.ContainsFunc(out, func(o coverView) bool { return o.Value == c.Value }) {
			out = append(out, c)
		}
	}
	made := func(principal, image, script string) {
		q := url.Values{}
		for k, v := range map[string]string{"principal": principal, "image": image, "script": script} {
			if v != "" {
				q.Set(k, v)
			}
		}
		if len(q) > 0 {
			add(q, "Machines"+madeWords(principal, image, script), "New ones too: what is made the same way next month stays clear.")
		}
	}
	for _, a := range f.Case.Assets[:min(len(f.Case.Assets), 64)] {
		if h, known := s.parts.Tenants.Holding(a); known && h.Tenant == f.Case.Tenant {
			made(h.Principal, h.Image, h.StartScript)
			made(h.Principal, h.Image, "")
		}
	}
	for i := range f.Findings {
		made(f.Findings[i].Subject.Principal, "", "")
	}
	if n := len(f.Case.Assets); n > 0 {
		add(url.Values{"assets": {"these"}}, fmt.Sprintf("Only these: %s", list(f.Case.Assets, 8)), "Not what is made next: the same job on new machines is found again.")
	}
	add(url.Values{"tenant": {"all"}}, "All of the tenant's machines", "The widest: bound it by a number below.")
	return out
}

// noFlagWords are the reasons for no flag.
var noFlagWords = []noFlagView{
	{docket.NoFlagOnce.String(), "It will not happen again"},
	{docket.NoFlagGone.String(), "The machines are gone"},
	{docket.NoFlagRuleAtFault.String(), "The rule was at fault and is being changed"},
	{docket.NoFlagTenantWishes.String(), "The tenant does not want one"},
}
