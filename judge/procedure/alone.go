package procedure

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// mayEnter says why one person may not let a measure take effect, or nil. what is what the
// person can do in its place.
func (h *hearing) mayEnter(x *evenkeel.Decision, m evenkeel.Measure, what string) error {
	says, later := h.barred(x, m)
	switch {
	case says != "":
		return failure(evenkeel.KindDenied, what+later, "%s: %s", x.ID, says)
	case !h.lasts(x, m):
		return evenkeel.Invalid("%s: the policy gives %s no lease under %s; expected one of %s", x.ID, m, h.d.Family, h.rungs())
	}
	return nil
}

// barred says why one person may not let a measure take effect, and what would have to come
// before, or "".
func (h *hearing) barred(x *evenkeel.Decision, m evenkeel.Measure) (says, later string) {
	lacks := h.means.Lacks(m)
	switch {
	case m.NeedsTwo():
		return fmt.Sprintf("%s takes two persons", m), "; or propose it to a second person"
	case m.Enforced() && len(x.Assets) == 0:
		return fmt.Sprintf("it names no assets, and %s is for named ones only", m), ""
	case lacks != "":
		return fmt.Sprintf("%s may not be entered: %s", m, lacks), "; or let whoever enforces declare and prove its means"
	}
	return "", ""
}

// lasts says whether there is an end for a measure in the place of a decision.
func (h *hearing) lasts(x *evenkeel.Decision, m evenkeel.Measure) bool {
	return h.lease(m) > 0 || m == evenkeel.MeasureNotify && x.State == evenkeel.InForce
}

// approvable returns the rungs of the ladder, up to a rank, as which one person may approve a
// decision, the mildest first.
func (h *hearing) approvable(x *evenkeel.Decision, most int) (out []evenkeel.Measure) {
	if h.fam == nil {
		return nil
	}
	for _, m := range h.fam.Ladder {
		if says, _ := h.barred(x, m); says == "" && h.lasts(x, m) && rank(h.fam, m) <= most {
			out = append(out, m)
		}
	}
	return out
}

// insteadOf says what a person can do where a decision may not be approved as a measure.
func (h *hearing) insteadOf(x *evenkeel.Decision, m evenkeel.Measure) string {
	can := slices.DeleteFunc(h.approvable(x, rank(h.fam, m)), func(lower evenkeel.Measure) bool { return lower == m })
	if len(can) > 0 {
		return "approve it with a lower measure: " + listed(can)
	}
	return "refuse it: no lower measure may be approved either"
}

// isolatedBefore says why the same person may not isolate once more, or nil. However the first isolation ended, it
// counts from when it took effect. what is what the person can do in its place, as there may be no other.
func (h *hearing) isolatedBefore(x *evenkeel.Decision, m evenkeel.Measure, what string) error {
	if m != evenkeel.MeasureIsolate {
		return nil
	}
	if y := docket.IsolatedBy(h.d.Decisions, h.a.By, x.Assets, h.a.At); y != nil {
		return failure(evenkeel.KindDenied, "let another person do it, where there is one; else "+what,
			"%s: %s isolated some of it at %s already (%s)", x.ID, h.a.By, y.From, y.ID)
	}
	return nil
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
