package procedure

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
)

// isolateAlone is how long one person may isolate: until a second has looked.
const isolateAlone = 4 * time.Hour

// isolateAgain is how long the same person may not isolate the same again: four hours are not
// stretched to days by approving them one after the other.
const isolateAgain = 24 * time.Hour

// approve lets a proposed or held decision take effect: as it was wanted, or, where the act
// names a measure, as that lesser one.
func (h *hearing) approve() error {
	x, err := h.pick(evenkeel.Proposed, evenkeel.Held)
	if err != nil {
		return err
	}
	m := x.Wanted
	if x.State == evenkeel.Held {
		m = x.Measure
	}
	if asked := h.a.Measure; asked != evenkeel.MeasureNone {
		switch {
		case rank(h.fam, asked) > rank(h.fam, x.Wanted):
			return evenkeel.Invalid("%s as %s; expected at most %s, which was wanted", x.ID, asked, x.Wanted)
		case !h.onLadder(asked) && !asked.NeedsTwo():
			return evenkeel.Invalid("%s as %s; expected a rung of the family's ladder", x.ID, asked)
		}
		m = asked
	}
	if err := h.mayEnter(&x, m); err != nil {
		return err
	}
	if err := h.isolatedBefore(&x, m); err != nil {
		return err
	}
	lease := h.fam.Terms[m].Lease
	if m == evenkeel.MeasureIsolate {
		lease = min(lease, isolateAlone)
	}
	why := fmt.Sprintf("%s approved %s", h.a.By, m)
	if m != x.Wanted {
		why += fmt.Sprintf("; wanted was %s", x.Wanted)
	}
	h.instead(&x, m, h.a.At.Add(lease), why+".")
	for _, y := range below(h.d.Decisions, h.fam, m, x.Assets, evenkeel.Proposed, evenkeel.Held, evenkeel.InForce) {
		if y.ID != x.ID {
			h.turn(evenkeel.Superseded, fmt.Sprintf("%s takes its place.", m), y)
		}
	}
	if rank(h.fam, m) < rank(h.fam, x.Wanted) {
		h.holdBack(&x, m)
	}
	h.decided()
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
	h.turn(evenkeel.Lifted, fmt.Sprintf("%s lifted it.", h.a.By), x)
	h.holdBack(&x, evenkeel.MeasureNone)
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
	if err := h.mayEnter(&x, m); err != nil {
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

// mayEnter says why one person may not let a measure take effect, or nil.
func (h *hearing) mayEnter(x *evenkeel.Decision, m evenkeel.Measure) error {
	if m.NeedsTwo() {
		return failure(evenkeel.KindDenied, "approve a lower measure; review by two persons is not built yet",
			"%s: %s takes two persons", x.ID, m)
	}
	if m.Enforced() && len(x.Assets) == 0 {
		return failure(evenkeel.KindDenied, "approve notify", "%s names no assets, and %s is for named ones only", x.ID, m)
	}
	if lacks := h.means.lacks(m); lacks != "" {
		return failure(evenkeel.KindDenied, "choose limit, throttle or notify, or let whoever enforces declare and prove its means",
			"%s: %s may not be entered: %s", x.ID, m, lacks)
	}
	if h.lease(m) <= 0 && !(m == evenkeel.MeasureNotify && x.State == evenkeel.InForce) {
		return evenkeel.Invalid("%s: the policy gives %s no lease under %s; expected one of %s", x.ID, m, h.d.Family, h.rungs())
	}
	return nil
}

// isolatedBefore says why the same person may not isolate once more, or nil. However the first
// isolation ended, it counts from when it took effect.
func (h *hearing) isolatedBefore(x *evenkeel.Decision, m evenkeel.Measure) error {
	if m != evenkeel.MeasureIsolate {
		return nil
	}
	if y := IsolatedBy(h.d.Decisions, h.a.By, x.Assets, h.a.At); y != nil {
		return failure(evenkeel.KindDenied, "a second person takes it from here",
			"%s: %s isolated some of it at %s already (%s)", x.ID, h.a.By, y.From, y.ID)
	}
	return nil
}

// IsolatedBy returns the isolation of some of these assets that the person let take effect so
// short a time ago that another person has to take it from here, or nil.
func IsolatedBy(decisions []evenkeel.Decision, by evenkeel.PersonID, assets []evenkeel.AssetID, now evenkeel.Moment) *evenkeel.Decision {
	for _, y := range live(decisions) {
		if y.Measure == evenkeel.MeasureIsolate && y.Actor.Person == by && now < y.From.Add(isolateAgain) && touch(y.Assets, assets) {
			return &y
		}
	}
	return nil
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

// below says which measures can come in the place of one, the mildest first.
func (h *hearing) below(x *evenkeel.Decision) string {
	var words []string
	for m := evenkeel.MeasureNotify; m <= evenkeel.MeasureDeny; m++ {
		if h.milder(m, x.Measure) && h.mayEnter(x, m) == nil {
			words = append(words, m.String())
		}
	}
	if len(words) == 0 {
		return "here nothing is, so lift it"
	}
	return "here " + strings.Join(words, " or ")
}

func (h *hearing) onLadder(m evenkeel.Measure) bool {
	return h.fam != nil && slices.Contains(h.fam.Ladder, m)
}

// lease is how long the policy lets a measure stand, 0 where it says nothing.
func (h *hearing) lease(m evenkeel.Measure) time.Duration {
	if h.fam == nil {
		return 0
	}
	return h.fam.Terms[m].Lease
}

func (h *hearing) rungs() string {
	var words []string
	if h.fam != nil {
		for _, m := range h.fam.Ladder {
			words = append(words, m.String())
		}
	}
	return strings.Join(words, ", ")
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
		case !slices.Contains(states, h.d.Decisions[i].State):
			x := &h.d.Decisions[i]
			return none, conflict("%s is %s since %s; expected one that is %s", x.ID, x.State, x.At, either(states))
		}
		return h.d.Decisions[i], nil
	}
	switch len(can) {
	case 0:
		return none, notFound("no decision of case %s is %s", c.ID, either(states))
	case 1:
		return can[0], nil
	}
	names := make([]string, len(can))
	for i := range can {
		names[i] = fmt.Sprintf("%s (%s, wanted %s)", can[i].ID, can[i].State, can[i].Wanted)
	}
	return none, conflict("%d decisions of case %s could be meant; expected the id of one of %s", len(can), c.ID, strings.Join(names, ", "))
}

func either(states []evenkeel.DecisionState) string {
	words := make([]string, len(states))
	for i, s := range states {
		words[i] = s.String()
	}
	return strings.Join(words, " or ")
}
