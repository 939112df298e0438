package visit

import (
	"html/template"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// kinds are the acts that a link may bring in, which are those of a tenant. No other has a route.
var kinds = []docket.ActKind{
	docket.ActAnswer, docket.ActMessage, docket.ActAnnounce, docket.ActAppeal, docket.ActExtend, docket.ActDown, docket.ActAnswered, docket.ActVouch,
}

// urgent are the kinds that call a person at once, whichever contact says it.
var urgent = []docket.ActKind{docket.ActDown, docket.ActAnswered}

// besides are the acts that the boxes of an answer bring beside it: what is ticked there is as
// urgent as what is said by itself. They have an identity made from that of the answer, so that a
// form which comes twice counts once.
func (f *form) besides(answer docket.Act) (out []docket.Act) {
	if f.Kind != docket.ActAnswer {
		return nil
	}
	for i, ticked := range []bool{f.Down, f.Done} {
		if ticked {
			a := answer
			a.Kind = urgent[i]
			a.ID, a.Says = answer.ID+beside+a.Kind.String(), urgentMark(a.Kind)
			out = append(out, a)
		}
	}
	return out
}

// beside stands between the identity of an answer and the kind of what was said by a box of it.
const beside = "."

// besideOf returns the identity of the answer that an urgent act came with, or "".
func besideOf(ref string) string {
	for _, k := range urgent {
		if base, ok := strings.CutSuffix(ref, beside+k.String()); ok {
			return base
		}
	}
	return ""
}

// saidBeside says whether the answer that an urgent act came with stands in the case, and says it.
func (v *visitor) saidBeside(e *evenkeel.Entry) bool {
	base := besideOf(e.Ref)
	return base != "" && v.said(base) != nil
}

func urgentMark(k docket.ActKind) string {
	if k == docket.ActAnswered {
		return markDone
	}
	return markDown
}

// saidUrgently is when the tenant said what calls a person at once and nobody has decided since; 0
// where that is not so.
func (v *visitor) saidUrgently(k docket.ActKind) (at evenkeel.Moment) {
	c := &v.folder.Case
	for i := range v.folder.Entries {
		if e := &v.folder.Entries[i]; c.Waiting != 0 && e.Kind == evenkeel.EntrySaid && e.State == k.String() && e.At >= c.Waiting {
			at = e.At
		}
	}
	return at
}

// more is the time to answer that a tenant has who asks for more, and since when it cannot ask any
// more because it has; both 0 where nothing is asked, or the time is up.
func (v *visitor) moreTime() (until, asked evenkeel.Moment) {
	k := clockOf(&v.folder, docket.ClockTenantAnswer)
	switch {
	case k == nil || k.Due <= v.now:
		return 0, 0
	case k.Extended != 0:
		return 0, k.Extended
	}
	return k.Due.Add(k.Due.Sub(k.Started) - k.Stood), 0
}

// offered says whether the page has a form for a kind, as things stand.
func (v *visitor) offered(k docket.ActKind) bool {
	c := &v.folder.Case
	switch k {
	case docket.ActAppeal:
		return slices.ContainsFunc(v.contestable(), func(x contested) bool { return v.hears(&x.Decision) })
	case docket.ActExtend:
		until, _ := v.moreTime()
		return until != 0
	case docket.ActDown, docket.ActAnswered:
		return !(c.State == evenkeel.CaseClosed && c.Outcome.Cleared()) && v.saidUrgently(k) == 0
	case docket.ActVouch:
		return v.came.on == docket.FootingKnown && v.came.waits()
	}
	return true
}

// urgently says what was said that calls a person at once, while nobody has decided.
func (t tongue) urgently(v *visitor) (out []template.HTML) {
	if at := v.saidUrgently(docket.ActDown); at != 0 {
		out = append(out, say(t.DownSaid, t.moment(at)))
	}
	if at := v.saidUrgently(docket.ActAnswered); at != 0 {
		out = append(out, say(t.DoneSaid, t.moment(at)))
	}
	if len(out) > 0 && v.calls {
		out = append(out, say("%s", t.Calls))
	}
	return out
}
