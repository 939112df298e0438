package visit

import (
	"cmp"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/announcement"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// owed says by when a person answers, and that we owe it.
func (t tongue) owed(v *visitor) []template.HTML {
	f := &v.folder
	c := &f.Case
	out := t.appealsOpen(v)
	ours := clockOf(f, docket.ClockOurAnswer)
	switch {
	case ours != nil: // what is due first goes first: the page begins with it
		at := len(out)
		if open := v.appeals(); at > 0 && ours.Due < open[0].Due {
			at = 0
		}
		out = slices.Insert(out, at, t.ours(c, ours))
	case len(out) > 0 && c.Waiting == 0: // an appeal is open, and nothing else
	case c.State == evenkeel.CaseClosed:
		out = append(out, say("%s", t.NobodyWaits))
	case c.Waiting != 0: // our clock ran out, and nothing was left that it could ease
		out = append(out, say(t.LateOpen, t.moment(c.Waiting)))
	case c.Spoke != 0:
		out = append(out, say("%s", t.Decided))
	default:
		out = append(out, t.notYet(v)...)
	}
	out = append(out, t.stopped(v)...)
	out = append(out, t.urgently(v)...)
	if inForce, _ := v.standing(); ours != nil && len(inForce) > 0 && inForce[0].Measure.Enforced() {
		out = append(out, say("%s", t.OweStep))
	}
	out = append(out, t.unheard(v)...)
	if a := v.objectUntil(); a > v.now {
		out = append(out, say(one(v, t.SoloObject, t.Object), t.moment(a)))
	} else if over := v.objectedUntil(); over != 0 {
		out = append(out, say(t.Objected, t.moment(over)))
	}
	return out
}

// ours says by when a person decides on what the tenant wrote.
func (t tongue) ours(c *evenkeel.Case, k *docket.Clock) template.HTML {
	if k.Due <= t.now {
		return say(t.Late, t.moment(k.Due))
	}
	return say(t.Owe, t.moment(cmp.Or(c.Waiting, k.Started)), t.when(k.Due))
}

// notYet is what is said to a tenant who has not spoken.
func (t tongue) notYet(v *visitor) []template.HTML {
	out := []template.HTML{say("%s", t.NotYetUnknown)}
	for _, n := range slices.Backward(v.folder.Notices) {
		if n.PersonBy > n.At {
			out[0] = say(t.NotYet, t.length(n.PersonBy.Sub(n.At)))
			break
		}
	}
	k, due := clockOf(&v.folder, docket.ClockTenantAnswer), evenkeel.Moment(0)
	if k != nil {
		due = k.Due
	}
	switch by, stops := v.askedBy(due); {
	case stops:
		out = append(out, say(t.AskBefore, t.when(by)))
	case k != nil && k.Due > v.now:
		out = append(out, say(t.AskBy, t.when(k.Due)))
		if _, asked := v.moreTime(); asked != 0 {
			out = append(out, say(t.MoreUsed, t.moment(asked)))
		}
	case k != nil:
		out = append(out, say(t.AskPast, t.moment(k.Due)))
	}
	return out
}

// objectUntil is until when the last of our decisions can be appealed.
func (v *visitor) objectUntil() (until evenkeel.Moment) {
	for _, x := range v.contestable() {
		if !v.exhausted(&x.Decision, v.now) {
			until = max(until, x.Before)
		}
	}
	return until
}

// saidPart is one thing that the tenant said or that we decided.
type saidPart struct {
	at     evenkeel.Moment
	order  int64
	Ours   bool
	Head   template.HTML
	Number template.HTML
	Marks  []string
	Words  string
	Then   template.HTML // what follows from an announcement, or what became of a decision
	N      *statement
	// Statement says in short what N says in full.
	Statement template.HTML
}

// statement is a notice: a decision with its reasons.
type statement struct {
	By     string
	Says   string // a person's reason
	Since  template.HTML
	Taken  template.HTML // from when until when the facts were measured
	Until  template.HTML // of what is not over
	Ended  template.HTML // of what is
	Names  []string
	Facts  []fact
	Keeps  []template.HTML
	Clause template.HTML
	Check  []template.HTML
	Ledger string
	// Again says that a notice tells nothing new of the decision: what it says in full stands at the one that did.
	Again bool
}

// mostSaid is how much of it a page shows.
const mostSaid = 60

// said is what the tenant said and what we decided, in the order of time: the newest, or what the
// address asks for, and the ways to the rest.
func (t tongue) said(v *visitor, q url.Values) (out []saidPart, more []template.HTML) {
	for _, f := range v.cases() {
		for i := range f.Entries {
			if e := &f.Entries[i]; e.Kind == evenkeel.EntrySaid && !v.saidBeside(e) {
				out = append(out, t.words(v, f, e))
			}
		}
	}
	for i := range v.folder.Notices {
		if n := &v.folder.Notices[i]; n.Receipt == "" { // which stands at the appeal
			out = append(out, t.notice(v, n, int64(i)))
		}
	}
	slices.SortStableFunc(out, func(a, b saidPart) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.order, b.order)) })
	n := len(out)
	shown := t.stretch(v, q, "earlier", "said", n, mostSaid)
	return out[n-shown.Until : n-shown.From], shown.Ways
}

// words is something that the tenant said.
func (t tongue) words(v *visitor, f *docket.Folder, e *evenkeel.Entry) saidPart {
	p := saidPart{at: e.At, order: e.Seq, Head: say(t.YouSaid, t.moment(e.At)), Number: say(t.Numbered, number(f, e))}
	if role := roleOf(e.Ref); role != "" {
		p.Head = say(t.YouSaidBy, t.moment(e.At), role)
	}
	if k := t.Kinds[e.State]; k != "" {
		p.Marks = append(p.Marks, k)
	}
	down, done, text := marked(announcement.Said(e))
	text, byMail, stranger := mailed(e, text)
	switch {
	case stranger:
		p.Head = say(t.StrangerMailed, t.moment(e.At))
	case byMail:
		p.Head = say(t.YouMailed, t.moment(e.At))
	}
	if down {
		p.Marks = append(p.Marks, t.ProductionDown)
	}
	if done {
		p.Marks = append(p.Marks, t.AllAnswered)
	}
	told, text := t.steps(text)
	p.Then, p.Words = told, text
	if e.State == docket.ActAppeal.String() {
		p.Number, p.Then = say(t.ReceiptNumber, receiptOf(f, e)), t.appealed(v, e)
	}
	if f != &v.folder { // an announcement that a person is asked about
		p.Then = t.answered(v, f)
	}
	return p
}

// became says what became of an announcement that a person was asked about, and that is closed. Nothing was found in it: who may
// run it reads what may run, and no word of what was not so.
func (t tongue) became(v *visitor, f *docket.Folder) template.HTML {
	for i := range v.flags {
		if x := &v.flags[i]; x.Case == f.Case.ID {
			return say(t.AskedYes, t.grant(x))
		}
	}
	if f.Case.Outcome.Cleared() || f.Case.Outcome == evenkeel.OutcomeCovered { // once, or its time is over
		return say("%s", t.AskedNo)
	}
	return say("%s%s%s", t.AskedNo, t.Blank, t.Outcomes[f.Case.Outcome])
}

// answered says where the question about an announcement stands.
func (t tongue) answered(v *visitor, f *docket.Folder) template.HTML {
	k := clockOf(f, docket.ClockOurAnswer)
	switch {
	case f.Case.State == evenkeel.CaseClosed:
		out := t.became(v, f)
		if words := because(f); words != "" {
			out = say("%s%s%s", out, t.Blank, say(t.ClosedBecause, docket.ReadReasons(words).Reason))
		}
		return out
	case k != nil && k.Due > t.now:
		return say(t.AskedOpen, t.when(k.Due))
	case k != nil:
		return say(t.Late, t.moment(k.Due))
	}
	return ""
}

// number is how a line of a case is called: the case and its place in it.
func number(f *docket.Folder, e *evenkeel.Entry) template.HTML {
	return name(string(f.Case.ID) + "-" + strconv.FormatInt(e.Seq, 10))
}

// roleOf is as whom an act spoke that came by a link, or "".
func roleOf(ref string) string {
	rest, ok := strings.CutPrefix(ref, announcement.ByLink)
	parts := strings.Split(rest, " ")
	if !ok || len(parts) != 3 {
		return ""
	}
	return strings.ReplaceAll(strings.ReplaceAll(parts[1], "%20", " "), "%25", "%")
}

// notice is a statement of reasons as it was sent.
func (t tongue) notice(v *visitor, n *evenkeel.Notice, order int64) saidPart {
	s := &statement{
		By: t.ByPerson, Says: t.pointed(n.Says), Since: t.moment(n.From), Until: t.moment(n.Until), Names: names(n.Assets), Keeps: t.allTheirs(n.Keeps), Clause: t.theirs(n.Clause), Ledger: n.Ledger,
		Check: []template.HTML{say(t.CheckNotice, name(string(n.ID)), name(string(n.Decision))), say(t.CheckPolicy, name(n.Policy))},
	}
	if n.Automatic {
		s.By = t.ByMachine
	}
	if n.Since != 0 && n.Measured != 0 {
		s.Taken = say(t.SeenFrom, t.moment(n.Since), t.moment(n.Measured))
	}
	switch {
	case n.State == evenkeel.Refused: // it never began
		s.Since, s.Until = "", ""
	case n.State.Over():
		s.Until, s.Ended = "", t.moment(n.At)
	}
	for i := range n.Seen {
		s.Facts = append(s.Facts, t.fact(n.Family, &n.Seen[i], v.unitOf(&n.Seen[i])))
	}
	p := saidPart{
		at: n.At, order: order, Ours: true, N: s, Head: say("%s", t.moment(n.At)),
		Statement: say(t.Statement[n.State], t.Measures[n.Measure].Noun, t.machines(n.Assets)),
	}
	if n.Measure == evenkeel.MeasureNone && n.Withheld.Authority != "" { // a lawful order, and no measure
		p.Statement, s.Keeps = t.withheld([]docket.Withholding{{Hold: docket.Hold{Authority: n.Withheld.Authority, Reference: n.Withheld.Reference, Until: n.Withheld.Until}}})[0], nil
		if n.State.Over() {
			p.Statement = say(t.GivenBack, name(n.Withheld.Reference), name(n.Withheld.Authority))
		}
	}
	if at := v.replaced(n); at != 0 {
		p.Then, s.Until, s.Ended = say(t.Replaced, t.moment(at)), "", t.moment(at)
	}
	if n.Undone { // and nothing is lost under it
		p.Statement, s.Keeps = say("%s", t.TitleUnfit+t.Stop), nil
	}
	if head, then := t.again(n); head != "" {
		p.Statement, p.Then, s.Again = head, then, true
	}
	if closes(n) {
		p.Statement = say("%s"+t.Blank+"%s", t.TitleClosed+t.Stop, t.Outcomes[n.Outcome])
		if n.State != evenkeel.InForce { // nothing stands that it would be the end of
			s.Since, s.Until, s.Ended, s.Keeps = "", "", "", nil
		}
	}
	return p
}

// again says what a notice told that decided nothing, and more of it; "" where it told of a decision.
func (t tongue) again(n *evenkeel.Notice) (head, then template.HTML) {
	switch c := &n.Contacts; {
	case c.Confirmed != "" && c.By != "":
		return say("%s", t.ContactPassed), say(t.PassedBy, c.Confirmed, t.moment(n.At), c.By)
	case c.Confirmed != "":
		return say("%s", t.ContactPassed), say(t.PassedByUs, c.Confirmed, t.moment(n.At))
	case c.Until != 0:
		return say("%s", t.ContactsChanged), say(t.ContactsUntil, t.moment(c.Until))
	case n.Cut:
		return say(t.WayCut, t.Measures[n.Measure].Noun, t.machines(n.Assets)), ""
	case n.Reminder:
		return say(t.Reminded, t.Measures[n.Measure].Noun, t.machines(n.Assets)), ""
	}
	return "", ""
}

// replaced is when another decision took the place of the one that a notice announced, or said to be
// in force; 0 where none did. Of that no notice is written: the one about the other says what is so.
func (v *visitor) replaced(n *evenkeel.Notice) evenkeel.Moment {
	if n.State.Over() || closes(n) {
		return 0
	}
	for i := range v.folder.Decisions {
		if d := &v.folder.Decisions[i]; d.ID == n.Decision && d.State == evenkeel.Superseded {
			return d.At
		}
	}
	return 0
}

// allowed lists what the tenant may run: what it announced, and what the case was cleared for.
func (t tongue) allowed(v *visitor) []template.HTML {
	var out []template.HTML
	for i := range v.flags {
		out = append(out, t.grant(&v.flags[i]))
	}
	return out
}

func (t tongue) grant(f *evenkeel.Flag) template.HTML {
	if f.Envelope.Count == 0 { // no bound
		return say(t.AllowedAny, t.covers(f), t.moment(f.From), t.moment(f.Until))
	}
	return say(t.Allowed, t.covers(f), t.Count.of(f.Envelope.Count), t.moment(f.From), t.moment(f.Until))
}
