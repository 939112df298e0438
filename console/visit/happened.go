package visit

import (
	"cmp"
	"fmt"
	"html/template"
	"net/url"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/evidence"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// standing returns the live decisions that are in force, and those that are held, the highest
// measure first.
func (v *visitor) standing() (inForce, held []evenkeel.Decision) {
	for _, d := range v.folder.Decisions {
		switch {
		case d.Measure == evenkeel.MeasureNone:
		case d.State == evenkeel.InForce && d.Until > v.now:
			inForce = append(inForce, d)
		case d.State == evenkeel.Held:
			held = append(held, d)
		}
	}
	higher := func(a, b evenkeel.Decision) int { return cmp.Compare(b.Measure, a.Measure) }
	slices.SortStableFunc(inForce, higher)
	slices.SortStableFunc(held, higher)
	return inForce, held
}

// noticeOf returns the newest notice about a decision, or nil. One that says that the case was
// closed, and the receipt of an appeal, tell nothing of the decision that they are named after.
func (v *visitor) noticeOf(d evenkeel.DecisionID) *evenkeel.Notice {
	for i := len(v.folder.Notices) - 1; i >= 0; i-- {
		if n := &v.folder.Notices[i]; n.Decision == d && n.Receipt == "" && !closes(n) {
			return n
		}
	}
	return nil
}

// closes says whether a notice is the one that the case was closed.
func closes(n *evenkeel.Notice) bool { return n.ID == evenkeel.NewClosingID(n.Case, n.At) }

// because is why a person closed the case, in that person's words, which are written to the
// tenant; "" where nobody did.
func because(f *docket.Folder) string {
	for i := range f.Entries {
		if e := &f.Entries[i]; closing(e, &f.Case) {
			return e.Words
		}
	}
	return ""
}

// happened says in a sentence what happened and what still works, and returns the page's title.
func (t tongue) happened(v *visitor, p *sheetOf) string {
	c := &v.folder.Case
	inForce, held := v.standing()
	about, on := t.about(c.Family), t.machines(c.Assets)
	if c.Waiting == 0 { // else it is said to whoever has spoken
		defer func() { p.Lead = append(p.Lead, t.unheld(v, t.StoppedSo)...) }()
	}
	switch {
	case c.State == evenkeel.CaseClosed:
		outcome := say("%s", t.Outcomes[c.Outcome])
		if c.Family == docket.Announcements {
			outcome = t.became(v, &v.folder)
		}
		p.Lead = append(p.Lead, say(t.LeadClosed, t.moment(c.Since), outcome))
		if words := because(&v.folder); words != "" {
			p.Lead = append(p.Lead, say(t.ClosedBecause, t.pointed(words)))
		}
		for _, d := range inForce {
			if x, _ := v.order(d.ID); d.Measure.Enforced() && x.stands() {
				p.Lead = append(p.Lead, say(t.StillDone, t.Measures[d.Measure].Noun, t.machines(d.Assets), t.moment(d.Until)))
			}
		}
		p.Works = t.allTheirs(v.works(inForce))
		return t.TitleClosed
	case len(inForce) > 0 && inForce[0].Measure.Enforced():
		title := t.limited(v, p, inForce)
		t.begins(p, t.LeadNext, about, held)
		return title
	case len(held) > 0:
		t.begins(p, t.LeadHeld, about, held)
		return t.TitleHeld
	case len(inForce) > 0 && c.Family == reports:
		p.Lead = append(p.Lead, say(t.LeadReported, t.machines(inForce[0].Assets)))
		return t.TitleReported
	case len(inForce) > 0:
		p.Lead = append(p.Lead, say(t.LeadAsked, t.machines(inForce[0].Assets), about))
		return t.TitleAsked
	case c.Family == docket.Announcements:
		p.Lead = append(p.Lead, say("%s", t.LeadBurst))
		return t.TitleBurst
	}
	if c.Family == reports {
		p.Lead = append(p.Lead, say(t.LeadReported, on))
		return t.TitleReported
	}
	p.Lead = append(p.Lead, say(t.LeadSeen, on, about))
	return t.TitleSeen
}

// reports is the family of what others report.
const reports = "report"

// works is what still works under the highest measure in force that may be carried out, as its
// notice says.
func (v *visitor) works(inForce []evenkeel.Decision) []string {
	for _, d := range inForce {
		x, _ := v.order(d.ID)
		if n := v.noticeOf(d.ID); n != nil && d.Measure.Enforced() && x.stands() {
			return n.Keeps
		}
	}
	return nil
}

// mostSeen is how many findings a page shows, and mostNames how many machines of each.
const (
	mostSeen  = 6
	mostNames = 60
)

// seenPart is one finding.
type seenPart struct {
	About template.HTML
	From  template.HTML
	Names []string
	Facts []fact
	Plot  template.HTML
}

// fact is a term: what it measures, where there are words for it, what it says, its numbers, and
// whether it speaks for the tenant.
type fact struct {
	What             string
	Says             template.HTML
	Value, Threshold string
	For              bool
}

// seen shows what was seen, the newest first, each in its last revision: as much as one page has.
func (t tongue) seen(v *visitor, q url.Values) (parts []seenPart, more []template.HTML) {
	var all []*evenkeel.Finding
	for i := range v.folder.Findings {
		f := &v.folder.Findings[i]
		at := slices.IndexFunc(all, func(o *evenkeel.Finding) bool { return o.ID == f.ID })
		switch {
		case at < 0:
			all = append(all, f)
		case f.Revision >= all[at].Revision:
			all[at] = f
		}
	}
	slices.SortStableFunc(all, func(a, b *evenkeel.Finding) int { return cmp.Compare(b.At, a.At) })
	shown := t.stretch(v, q, "before", "seen", len(all), mostSeen)
	drawn := 0
	for _, f := range all[shown.From:shown.Until] {
		p := t.seenPart(f)
		if drawn < mostBytes {
			p.Plot = evidence.Draw(f, evidence.Options{Title: t.traced(f), Words: t.Plot})
			drawn += len(p.Plot)
		}
		parts = append(parts, p)
	}
	return parts, shown.Ways
}

func (t tongue) traced(f *evenkeel.Finding) string {
	switch f.Subject.Kind {
	case evenkeel.SubjectAsset:
		return fmt.Sprintf(t.Trace, string(f.Subject.Asset))
	case evenkeel.SubjectPrincipal:
		return fmt.Sprintf(t.Trace, f.Subject.Principal)
	}
	return fmt.Sprintf(t.Trace, t.Account)
}

func (t tongue) seenPart(f *evenkeel.Finding) seenPart {
	p := seenPart{From: say(t.SeenFrom, t.moment(f.From), t.moment(f.Until))}
	switch f.Subject.Kind {
	case evenkeel.SubjectAsset:
		p.About = say(t.SeenAbout, name(string(f.Subject.Asset)))
	case evenkeel.SubjectPrincipal:
		p.About = say(t.SeenPrincipal, name(f.Subject.Principal))
	default:
		p.About = say(t.SeenAbout, t.Account)
	}
	if f.Subject.Kind != evenkeel.SubjectAsset {
		p.Names = names(f.Named())
	}
	for _, x := range f.Terms {
		if x.Says != "" {
			p.Facts = append(p.Facts, t.fact(f.Family, &x, evidence.Unit(f, &x)))
		}
	}
	return p
}

func (t tongue) fact(family string, x *evenkeel.Term, unit string) fact {
	out := fact{Says: t.theirs(x.Says), Value: t.number(x.Value, unit), Threshold: t.number(x.Threshold, unit), For: x.Weight < 0}
	if t.Gloss != nil {
		out.What, _ = t.Gloss(family, x.Name)
	}
	return out
}

// number writes a reading with its unit in the words of the language.
func (t tongue) number(r evenkeel.Reading, unit string) string {
	w := sheet.Words{Unknown: t.Unknown, Beyond: t.Unknown, Length: t.length}
	return w.Number(r, unit)
}

// unitOf is the unit of a term of a notice, which keeps no trace: as in the finding that has the
// same term.
func (v *visitor) unitOf(x *evenkeel.Term) string {
	for i := range v.folder.Findings {
		f := &v.folder.Findings[i]
		for j := range f.Terms {
			if o := &f.Terms[j]; o.Name == x.Name && o.Value == x.Value && o.Threshold == x.Threshold {
				return evidence.Unit(f, o)
			}
		}
	}
	return x.Unit
}

// names lists machines, and that there are more than fit.
func names(assets []evenkeel.AssetID) []string {
	var out []string
	for i, a := range assets {
		if i == mostNames {
			return append(out, "…")
		}
		out = append(out, string(a))
	}
	return out
}

// donePart is one decision that stands.
type donePart struct {
	Does    string
	Names   []string
	Since   template.HTML
	Until   template.HTML
	Begins  template.HTML // of one that is held
	By      string
	Clause  template.HTML
	Carried template.HTML
}

// done shows the decisions that stand, the highest measure first.
func (t tongue) done(v *visitor) []donePart {
	inForce, held := v.standing()
	var out []donePart
	for _, d := range append(inForce, held...) {
		p := donePart{Does: t.does(&d), Names: names(d.Assets), Since: t.moment(d.From), Until: t.when(d.Until), By: t.ByPerson, Clause: t.theirs(d.Grounds.Clause)}
		machine := d.Actor.Automatic()
		if n := v.noticeOf(d.ID); n != nil {
			machine = n.Automatic
		}
		if machine {
			p.By = t.ByMachineYet
		}
		if d.State == evenkeel.Held {
			p.Since, p.Begins = "", say(t.BeginsUnless, t.when(d.From))
		}
		if d.State == evenkeel.InForce && d.Measure.Enforced() {
			p.Carried = t.carried(v, d.ID)
			if x, _ := v.order(d.ID); !x.stands() {
				p.Does = t.Measures[d.Measure].Noun // nothing is done
			}
		}
		out = append(out, p)
	}
	return out
}
