package visit

import (
	"cmp"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
)

// upcoming are the decisions that are held, the one that begins first first. Those of one measure that begin in
// the same minute are one, about all of their machines: whoever reads of one has to know of the others.
func upcoming(held []evenkeel.Decision) (out []evenkeel.Decision) {
	minute := func(at evenkeel.Moment) time.Time { return at.Time().Truncate(time.Minute) }
	for _, d := range held {
		i := slices.IndexFunc(out, func(o evenkeel.Decision) bool { return o.Measure == d.Measure && minute(o.From).Equal(minute(d.From)) })
		if i < 0 {
			d.Assets = slices.Clone(d.Assets)
			out = append(out, d)
			continue
		}
		o := &out[i]
		o.Assets, o.From, o.Until = append(o.Assets, d.Assets...), min(o.From, d.From), max(o.Until, d.Until)
		slices.Sort(o.Assets)
		o.Assets = slices.Compact(o.Assets)
	}
	slices.SortStableFunc(out, func(a, b evenkeel.Decision) int { return cmp.Compare(a.From, b.From) })
	return out
}

// begins says of all that is announced what it is, on which machines, from when on, and what an answer does to it.
func (t tongue) begins(p *sheetOf, first string, about string, held []evenkeel.Decision) {
	for _, d := range upcoming(held) {
		p.Lead = append(p.Lead, say(first, t.listed(d.Assets), about, t.when(d.From), t.moment(d.Until), t.does(&d)))
		first = t.LeadNext
	}
	if len(held) > 0 {
		p.Lead = append(p.Lead, say("%s", t.AnswerStops))
	}
}

// askedBy is by when the tenant is asked to answer: the first of what its time to answer and what is
// announced come to; 0 where nothing is asked. stops says that an answer until then stops what is announced.
func (v *visitor) askedBy(due evenkeel.Moment) (by evenkeel.Moment, stops bool) {
	by = due
	_, held := v.standing()
	for _, d := range held {
		if d.From > v.now && (by <= v.now || d.From <= by) {
			by, stops = d.From, true
		}
	}
	return by, stops
}

// stopped says that what was announced does not take effect by itself any more, since the tenant has spoken; nil where
// nothing was.
func (t tongue) stopped(v *visitor) []template.HTML {
	if v.folder.Case.Waiting == 0 {
		return nil
	}
	return t.unheld(v, t.Stopped)
}

// unheld says of what was announced and waits for a person, in the words given, what it is; nil where nothing does.
func (t tongue) unheld(v *visitor, words string) []template.HTML {
	var was []evenkeel.Decision
	for _, d := range v.folder.Decisions {
		if n := v.noticeOf(d.ID); d.State == evenkeel.Proposed && d.Measure.Enforced() && n != nil && (n.State == evenkeel.Held || n.State == evenkeel.Proposed) {
			was = append(was, d)
		}
	}
	if len(was) == 0 || v.folder.Case.State == evenkeel.CaseClosed {
		return nil
	}
	var named []string
	for _, d := range upcoming(was) {
		named = append(named, string(say(t.Statement[evenkeel.Held], t.Measures[d.Measure].Noun, t.listed(d.Assets))))
	}
	return []template.HTML{say(words, template.HTML(strings.Join(named, "; ")))}
}

// listed are machines in a sentence, by their names: of many their number and the first.
func (t tongue) listed(assets []evenkeel.AssetID) template.HTML {
	const most = 8
	if len(assets) < 2 {
		return t.machines(assets)
	}
	var named []string
	for _, a := range assets[:min(len(assets), most)] {
		named = append(named, string(name(string(a))))
	}
	if len(assets) > most {
		named = append(named, "…")
	}
	return say("%s (%s)", t.machines(assets), template.HTML(strings.Join(named, template.HTMLEscapeString(t.Between))))
}
