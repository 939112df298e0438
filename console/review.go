package console

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// maxReviews is how many reviews of a case a page shows, the newest.
const maxReviews = 8

// twoView is what takes two persons in a case: its reviews, the newest first, and what whoever
// looks can say to them.
type twoView struct {
	Reviews []reviewView
	More    int          // older ones that have no place on the page
	Form    *verdictForm // to answer the open one, or to open one; nil where neither is theirs
	Recuse  *recuseForm  // nil where whoever looks was not drawn
}

// Yours says whether whoever looks is waited for.
func (t *twoView) Yours() bool { return t != nil && t.Form != nil && t.Form.Review != nil }

// reviewView is a review as whoever looks may read it: the folder is blind already.
type reviewView struct {
	ID       docket.ReviewID
	Asks     string
	Mark     Mark
	Opened   evenkeel.Moment
	By       string // who opened it; "" while that is hidden
	Hidden   bool   // what was found is not for whoever looks, yet
	Waits    string // for whom, as a sentence
	Why      string // how it ended
	Draws    []docket.Draw
	Verdicts []verdictView
}

// verdictView is what one person found.
type verdictView struct {
	Person                     string
	At                         evenkeel.Moment
	Finds                      Mark
	Points                     []docket.Point
	Innocent, Ground, Argument string
	Facts                      []factView
	Second                     bool // it was given by somebody who was drawn
}

// factView is a fact of a case that a verdict can name.
type factView struct {
	Ref   string // as docket.Verdict has it
	Label string
	Is    bool
}

// two fills in what takes two persons. The folder has to be blind.
func (s *Server) two(v *visit, f *docket.Folder, terms *Terms) *twoView {
	me := v.who.Person.ID
	t := &twoView{}
	labels := factLabels(f)
	for i := range slices.Backward(f.Reviews) {
		if len(t.Reviews) == maxReviews {
			t.More++
			continue
		}
		t.Reviews = append(t.Reviews, reviewOf(&f.Reviews[i], me, labels))
	}
	t.Form, t.Recuse = s.newVerdict(v, f, terms), newRecuse(f, me)
	if t.Form == nil && len(t.Reviews) == 0 {
		return nil
	}
	return t
}

func reviewOf(r *docket.Review, me evenkeel.PersonID, labels map[string]string) reviewView {
	v := reviewView{
		ID: r.ID, Asks: asks(r), Mark: Mark{reviewKind(r.State), reviewWord(r.State)}, Opened: r.Opened, By: string(r.By), Why: r.Why, Draws: r.Draws,
		Hidden: !r.State.Over() && r.By == "",
	}
	switch waits := r.Waits(); {
	case r.State.Over():
	case waits == me && waits != "":
		v.Waits = "It waits for you."
	case waits != "":
		v.Waits = "It waits for " + string(waits) + "."
	default:
		v.Waits = "It waits for a person who is not you."
	}
	for i := range r.Verdicts {
		v.Verdicts = append(v.Verdicts, verdictOf(r, &r.Verdicts[i], labels))
	}
	return v
}

// asks is the question of a review, as a person says it.
func asks(r *docket.Review) string {
	until := ""
	if r.Until != 0 {
		until = ", until " + r.Until.Time().Format("2006-01-02 15:04") + " UTC"
	}
	switch what := r.Wanted.String(); {
	case r.Hold != nil:
		return asksOrder(r.Hold)
	case r.About == docket.AboutRelease:
		return "Whether the kill switch " + r.Switch + " is released"
	case r.Wanted == evenkeel.MeasureNone:
		return "Which measure, if any, is right here"
	case r.About == docket.AboutAccount:
		return what + " on all that the tenant runs" + until
	case r.About == docket.AboutBlock:
		return what + " for longer than its lease" + until
	default:
		return what + " on " + list(r.Assets, 6) + until
	}
}

// verdictOf is a verdict as it is shown beside others.
func verdictOf(r *docket.Review, x *docket.Verdict, labels map[string]string) verdictView {
	v := verdictView{
		Person: string(x.Person), At: x.At, Finds: Mark{measureKind(x.Measure), finds(x.Measure)},
		Innocent: x.Innocent, Ground: x.Ground, Argument: x.Argument, Second: x.Person != r.By,
	}
	if !r.About.OfMeasure() {
		v.Finds = Mark{"good", "no"}
		if x.Grant {
			v.Finds = Mark{"danger", "yes"}
		}
		if r.Hold != nil && r.Hold.Ends { // yes gives back
			v.Finds.Kind = "good"
		}
	}
	for i, c := range r.Criteria {
		p := docket.Point{Criterion: docket.OneLine(c)}
		if i < len(x.Answers) && !p.Take(x.Answers[i]) {
			p.Note = x.Answers[i] // in no form of ours
		}
		v.Points = append(v.Points, p)
	}
	for _, ref := range x.Facts {
		v.Facts = append(v.Facts, factView{Ref: ref, Label: cmp.Or(labels[ref], ref)})
	}
	return v
}

// finds is a measure as what somebody found.
func finds(m evenkeel.Measure) string {
	if m == evenkeel.MeasureNone {
		return "nothing may be done"
	}
	return m.String()
}

func reviewKind(s docket.ReviewState) string {
	switch s {
	case docket.ReviewAsked, docket.ReviewDrawn, docket.ReviewSplit:
		return "warn"
	case docket.ReviewAgreed, docket.ReviewSettled:
		return "info"
	default:
		return "mute"
	}
}

// reviewWord is the state of a review as a person says it.
func reviewWord(s docket.ReviewState) string {
	switch s {
	case docket.ReviewAsked:
		return "the first verdict is missing"
	case docket.ReviewDrawn:
		return "a second person was drawn"
	case docket.ReviewSplit:
		return "two differ, a third was drawn"
	case docket.ReviewAgreed:
		return "both found the same"
	case docket.ReviewSettled:
		return "settled among those who differed"
	case docket.ReviewUnseconded:
		return "nobody could be the second"
	case docket.ReviewOvertaken:
		return "over: it was decided otherwise"
	default:
		return s.String()
	}
}

const (
	maxTermFacts  = 24 // findings and their terms that a form offers as facts
	maxEntryFacts = 40 // and entries, the newest
	maxFactWords  = 120
)

// factsOf are what a verdict can name, each by its reference: findings on which something was
// decided, their terms, and entries that tell something.
func factsOf(f *docket.Folder) (out []factView) {
	seen := map[string]bool{}
	add := func(ref, label string, most int) {
		if ref != "" && !seen[ref] && len(out) < most {
			seen[ref] = true
			out = append(out, factView{Ref: ref, Label: clipped(label)})
		}
	}
	for i := range f.Decisions {
		for _, b := range f.Decisions[i].Grounds.Basis {
			add(string(b.Finding), fmt.Sprintf("found by %s, version %d", b.Rule, b.Version), maxTermFacts)
			for j := range b.Terms {
				add(b.Terms[j].Name, b.Terms[j].Name+": "+b.Terms[j].Says, maxTermFacts)
			}
		}
	}
	most := len(out) + maxEntryFacts
	for i := range slices.Backward(f.Entries) {
		if e := &f.Entries[i]; telling(e.Kind) && e.Actor.Person == "" && e.Says != "" {
			says := e.Says
			if e.Kind == evenkeel.EntrySaid && e.Words != "" {
				says += " " + e.Words
			}
			add(docket.FactOfEntry(e.Seq), docket.FactOfEntry(e.Seq)+" "+says, most)
		}
	}
	return out
}

// factLabels are what facts of a case say, by their references.
func factLabels(f *docket.Folder) map[string]string {
	out := map[string]string{}
	for _, x := range factsOf(f) {
		out[x.Ref] = x.Label
	}
	return out
}

// clipped is a text on one line that fits beside a box.
func clipped(s string) string {
	s = docket.OneLine(sheet.Seconds(s))
	if runes := []rune(s); len(runes) > maxFactWords {
		return strings.TrimSpace(string(runes[:maxFactWords])) + " …"
	}
	return s
}
