package procedure

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// approve lets a proposed or held decision take effect: as the measure that it has, or, where
// the act names one, as that, up to what was wanted.
func (h *hearing) approve() error {
	x, err := h.pick(evenkeel.Proposed, evenkeel.Held)
	if err != nil {
		return cmp.Or(h.outOfReach(err), err)
	}
	m := asItIs(&x)
	if asked := h.a.Measure; asked != evenkeel.MeasureNone {
		switch {
		case rank(h.fam, asked) > rank(h.fam, x.Wanted):
			return evenkeel.Invalid("%s as %s; expected at most %s, which was wanted", x.ID, asked, x.Wanted)
		case !h.onLadder(asked) && !asked.NeedsTwo():
			return evenkeel.Invalid("%s as %s; expected a rung of the family's ladder: %s", x.ID, asked, listed(h.approvable(&x, rank(h.fam, x.Wanted))))
		}
		m = asked
	}
	if err := h.mayEnter(&x, m, h.insteadOf(&x, m)); err != nil {
		return err
	}
	if err := cmp.Or(h.isolatedBefore(&x, m, h.insteadOf(&x, m)), h.notOwn(h.onAppeal(x.Assets)...)); err != nil {
		return err
	}
	lease := h.fam.Terms[m].Lease
	if m == evenkeel.MeasureIsolate {
		lease = min(lease, docket.IsolateAlone)
	}
	h.instead(&x, m, h.a.At.Add(lease), h.approved(&x, m))
	for _, y := range replaced(h.d.Decisions, h.fam, m, x.Assets) {
		if y.ID != x.ID {
			h.turn(evenkeel.Superseded, fmt.Sprintf("%s takes its place.", m), y)
		}
	}
	if rank(h.fam, m) < rank(h.fam, x.Wanted) {
		h.holdBack(&x, m)
	}
	h.answer(h.onAppeal(x.Assets), h.a.By)
	h.decided()
	return nil
}

// asItIs is what takes effect where a person approves a decision and names no measure: the
// decision's own, in whatever state it is. Who approves lets happen what is shown, and what is
// wanted beyond it only by its name: a throttle that was held is a throttle still when the
// tenant's answer made a question of it. What was wanted takes its place only where the
// decision has no measure of its own, since then it shows no other.
func asItIs(x *evenkeel.Decision) evenkeel.Measure {
	if x.Measure != evenkeel.MeasureNone {
		return x.Measure
	}
	return x.Wanted
}

// approved says what a person lets take effect, and what else there was.
func (h *hearing) approved(x *evenkeel.Decision, m evenkeel.Measure) string {
	why := fmt.Sprintf("%s approved %s", h.a.By, m)
	switch {
	case m == x.Wanted && m == x.Measure:
	case m != x.Wanted:
		why += fmt.Sprintf("; wanted was %s", x.Wanted)
	case x.Measure == evenkeel.MeasureNone:
		why += ", as it was wanted"
	default:
		why += fmt.Sprintf(", as it was wanted; %s was %s", x.State, x.Measure)
	}
	return why + "."
}

// outOfReach says of a case in which nothing waits that more was wanted than anybody here can carry out, so that it was put before
// nobody, and what to do; nil where that is not why.
func (h *hearing) outOfReach(err error) error {
	if evenkeel.KindOf(err) != evenkeel.KindNotFound || h.d.Case == nil || h.a.Decision != "" {
		return nil
	}
	for _, x := range live(h.d.Decisions, evenkeel.InForce) {
		m := cmp.Or(h.a.Measure, x.Wanted)
		if why := h.means.Lacks(m); why != "" && rank(h.fam, x.Wanted) > rank(h.fam, x.Measure) {
			return failure(evenkeel.KindNotFound, "connect a receiver of orders that can (shield in the settings): what is found after that is put before a person again; until then act by hand, and say to the tenant what was done",
				"nothing waits in case %s: %s was wanted, and %s may not be entered: %s", h.d.Case.ID, x.Wanted, m, why)
		}
	}
	return nil
}

// refuse says no to a proposed or held decision.
func (h *hearing) refuse() error {
	x, err := h.pick(evenkeel.Proposed, evenkeel.Held)
	if err != nil {
		return err
	}
	h.turn(evenkeel.Refused, fmt.Sprintf("%s refused it.", h.a.By), x)
	h.holdBack(&x, evenkeel.MeasureNone)
	h.decided()
	return nil
}

// lift ends a measure.
func (h *hearing) lift() error {
	x, err := h.pick(evenkeel.InForce)
	if err != nil {
		return err
	}
	if err := h.notOwn(h.onAppeal(x.Assets)...); err != nil {
		return err
	}
	h.turn(evenkeel.Lifted, fmt.Sprintf("%s lifted it.", h.a.By), x)
	h.holdBack(&x, evenkeel.MeasureNone)
	h.answer(h.onAppeal(x.Assets), h.a.By)
	h.decided()
	return nil
}

// lower puts a milder measure in the place of one in force. It never lengthens what the
// tenant was told: the milder one ends when the other would have, or with its own lease,
// whichever is first.
func (h *hearing) lower() error {
	x, err := h.pick(evenkeel.InForce)
	if err != nil {
		return err
	}
	m := h.a.Measure
	switch {
	case m == evenkeel.MeasureNone:
		return evenkeel.Invalid("%s to none; expected a milder measure, or that it is lifted", x.ID)
	case !h.milder(m, x.Measure):
		return evenkeel.Invalid("%s from %s to %s; expected a lower rung of the ladder of %s, what it steps down to, or notify: %s", x.ID, x.Measure, m, h.d.Family, h.below(&x))
	}
	if err := cmp.Or(h.mayEnter(&x, m, h.lowerTo(&x)), h.notOwn(h.onAppeal(x.Assets)...)); err != nil {
		return err
	}
	until := x.Until
	if lease := h.lease(m); lease > 0 {
		until = min(until, h.a.At.Add(lease))
	}
	if until <= h.a.At {
		return conflict("%s ended at %s", x.ID, x.Until)
	}
	h.instead(&x, m, until, fmt.Sprintf("%s lowered %s to %s.", h.a.By, x.Measure, m))
	h.holdBack(&x, m)
	h.answer(h.onAppeal(x.Assets), h.a.By)
	h.decided()
	return nil
}

// instead puts a measure in the place of a decision.
func (h *hearing) instead(of *evenkeel.Decision, m evenkeel.Measure, until evenkeel.Moment, why string) {
	h.e.Instead = append(h.e.Instead, Instead{Of: of.ID, Measure: m, At: h.a.At, Until: until, Why: why, Says: h.a.Says})
}

// holdBack keeps a machine from entering by itself, a little later, what is held about the
// same assets and is more than a person has just chosen for them.
func (h *hearing) holdBack(x *evenkeel.Decision, chosen evenkeel.Measure) {
	for _, y := range live(h.d.Decisions, evenkeel.Held) {
		if y.ID != x.ID && touch(y.Assets, x.Assets) && rank(h.fam, y.Measure) > rank(h.fam, chosen) {
			h.turn(evenkeel.Proposed, fmt.Sprintf("%s decided about these assets: a person decides about this too.", h.a.By), y)
		}
	}
}

// milder says whether a measure is less than another: a lower rung, what the other steps down
// to, or notify.
func (h *hearing) milder(m, than evenkeel.Measure) bool {
	if than == evenkeel.MeasureNotify {
		return false
	}
	for down := than.StepsDown(); down != evenkeel.MeasureNone; down = down.StepsDown() {
		if down == m {
			return true
		}
	}
	return m == evenkeel.MeasureNotify || h.onLadder(m) && rank(h.fam, m) < rank(h.fam, than)
}

// below says which measures can come in the place of one.
func (h *hearing) below(x *evenkeel.Decision) string {
	if can := h.lowerable(x); len(can) > 0 {
		return "here " + listed(can)
	}
	return "here nothing is, so lift it"
}

// lowerTo says what a person can do where a measure may not come in the place of one.
func (h *hearing) lowerTo(x *evenkeel.Decision) string {
	if can := h.lowerable(x); len(can) > 0 {
		return "lower it to " + listed(can)
	}
	return "lift it"
}

// lowerable returns the measures that can come in the place of one, the mildest first.
func (h *hearing) lowerable(x *evenkeel.Decision) (out []evenkeel.Measure) {
	for m := evenkeel.MeasureNotify; m <= evenkeel.MeasureDeny; m++ {
		if says, _ := h.barred(x, m); h.milder(m, x.Measure) && says == "" && h.lasts(x, m) {
			out = append(out, m)
		}
	}
	return out
}

// listed is measures as they stand in a sentence that leaves the choice.
func listed(measures []evenkeel.Measure) string {
	words := make([]string, len(measures))
	for i, m := range measures {
		words[i] = m.String()
	}
	if n := len(words) - 1; n > 0 {
		return strings.Join(words[:n], ", ") + " or " + words[n]
	}
	return strings.Join(words, "")
}

func (h *hearing) onLadder(m evenkeel.Measure) bool {
	return h.fam != nil && slices.Contains(h.fam.Ladder, m)
}

// pick returns the live decision that the act is about: the one that it names, or the only
// one that is in one of some states.
func (h *hearing) pick(states ...evenkeel.DecisionState) (evenkeel.Decision, error) {
	var none evenkeel.Decision
	c, err := h.needCase()
	if err != nil {
		return none, err
	}
	can := live(h.d.Decisions, states...)
	if h.a.Decision != "" {
		i := slices.IndexFunc(h.d.Decisions, func(x evenkeel.Decision) bool { return x.ID == h.a.Decision })
		switch {
		case i < 0:
			return none, notFound("case %s has no decision %s", c.ID, h.a.Decision)
		case h.d.Decisions[i].Mode != evenkeel.ModeLive:
			return none, conflict("%s is in shadow, and nothing follows from it", h.a.Decision)
		case docket.Withholds(&h.d.Decisions[i]):
			return none, failure(evenkeel.KindDenied, "two persons end it before its time: ask them on the page of the case",
				"%s is what a lawful order says, and no one person changes it", h.a.Decision)
		case !slices.Contains(states, h.d.Decisions[i].State):
			x := &h.d.Decisions[i]
			return none, conflict("%s is %s since %s; expected one that is %s", x.ID, x.State, x.At, either(states))
		}
		return h.d.Decisions[i], nil
	}
	switch len(can) {
	case 0:
		return none, failure(evenkeel.KindNotFound, "evenkeel case show prints the decisions of a case, and how each stands",
			"no decision of case %s is %s", c.ID, either(states))
	case 1:
		return can[0], nil
	}
	names := make([]string, len(can))
	for i := range can {
		is := words(can[i].State)
		if m := can[i].Measure; m != evenkeel.MeasureNone {
			is = m.String() + ", " + is
		}
		names[i] = fmt.Sprintf("%s (%s, wanted %s)", can[i].ID, is, can[i].Wanted)
	}
	return none, failure(evenkeel.KindConflict, "name one: with --decision, or in the act's field decision",
		"%d decisions of case %s could be meant; expected the id of one of %s", len(can), c.ID, strings.Join(names, ", "))
}

func either(states []evenkeel.DecisionState) string {
	words := make([]string, len(states))
	for i, s := range states {
		words[i] = s.String()
	}
	return strings.Join(words, " or ")
}
