package procedure

import (
	"fmt"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// entered is what an effect puts where, such as "suspend on vm-1".
func entered(e *Effect) string {
	var out []string
	for _, i := range e.Instead {
		s := fmt.Sprintf("%s on %v", i.Measure, i.Assets)
		if i.Rest {
			s += " still"
		}
		if i.Beside {
			s += " beside"
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

// R5, F13, G: two persons decide on what they looked at. What joined what the review is about meanwhile stays under
// what it is under, or is asked about still.
func TestTwoDecideOnWhatTheyLookedAt(t *testing.T) {
	const none, notify, throttle, isolate, suspend = evenkeel.MeasureNone, evenkeel.MeasureNotify, evenkeel.MeasureThrottle, evenkeel.MeasureIsolate, evenkeel.MeasureSuspend
	long := start.Add(9 * day)
	for _, c := range []struct {
		name          string
		of            evenkeel.Decision
		found         evenkeel.Measure
		until         evenkeel.Moment
		turns, enters string
		waits         bool // a question stays one
	}{
		{"more on what they saw, and the rest keeps its notice", decided("d-1", notify, evenkeel.InForce, "vm-1 vm-2"), suspend, 0, "", "suspend on [vm-1] beside", false},
		{"less on what they saw, and the rest stays as it is", decided("d-1", throttle, evenkeel.InForce, "vm-1 vm-2"), notify, 0, "", "notify on [vm-1], throttle on [vm-2] still", false},
		{"nothing on what they saw, and the rest stays as it is", decided("d-1", throttle, evenkeel.InForce, "vm-1 vm-2"), none, 0, "", "throttle on [vm-2] still", false},
		{"the same", decided("d-1", throttle, evenkeel.InForce, "vm-1 vm-2"), throttle, 0, "", "", false},
		{"the same, for longer", decided("d-1", isolate, evenkeel.InForce, "vm-1 vm-2"), isolate, long, "", "isolate on [vm-1], isolate on [vm-2] still", false},
		{"of a wider question, the rest is one", proposed("d-1", suspend, "vm-1 vm-2"), suspend, 0, "", "suspend on [vm-1] beside", true},
		{"nothing of a wider question, which stays one", proposed("d-1", suspend, "vm-1 vm-2"), none, 0, "", "", true},
		{"of what is held and wider, the rest is a question", decided("d-1", isolate, evenkeel.Held, "vm-1 vm-2"), throttle, 0, "d-1 proposed", "throttle on [vm-1] beside", true},
		{"nothing of what is held and wider", decided("d-1", isolate, evenkeel.Held, "vm-1 vm-2"), none, 0, "d-1 proposed", "", true},
		{"of what has lapsed", decided("d-1", throttle, evenkeel.Lapsed, "vm-1"), suspend, 0, "", "suspend on [vm-1]", false},
		{"nothing of what has lapsed", decided("d-1", throttle, evenkeel.Lapsed, "vm-1"), none, 0, "", "", false},
		{"of no more than they saw", decided("d-1", throttle, evenkeel.InForce, "vm-1"), suspend, 0, "", "suspend on [vm-1]", false},
		{"nothing of no more than they saw", decided("d-1", throttle, evenkeel.InForce, "vm-1"), none, 0, "d-1 lifted", "", false},
		{"nothing of a question of no more", proposed("d-1", suspend, "vm-1"), none, 0, "d-1 refused", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := docket.Review{ID: "r-1", Case: caseID, Decision: "d-1", Wanted: suspend, Assets: assets("vm-1"), By: "ada", State: docket.ReviewSettled, Result: c.found, Until: c.until}
			if c.until != 0 {
				r.Wanted = c.found
			}
			d := dossier(evenkeel.CaseUnderReview, c.of)
			e := Together(d, &r, mining(), shown, assets("vm-1"), later)
			if turned(e.Turns) != c.turns || entered(&e) != c.enters || proposes(after(&d, &e)) != c.waits {
				t.Errorf("turns %q, enters %q, something waits: %t; expected %q, %q and %t", turned(e.Turns), entered(&e), proposes(after(&d, &e)), c.turns, c.enters, c.waits)
			}
		})
	}
	r := docket.Review{ID: "r-1", Case: caseID, Decision: "d-1", Wanted: suspend, Assets: assets("vm-1"), By: "ada", State: docket.ReviewDrawn}
	for names, refused := range map[string]bool{"vm-1": true, "vm-1 vm-2": false} {
		d, of := dossier(evenkeel.CaseUnderReview, proposed("d-1", suspend, names)), r
		if e := Unseconded(d, &of, mining(), later); (turned(e.Turns) == "d-1 refused") != refused {
			t.Errorf("nobody seconds it, and of a question about %s follows %q", names, turned(e.Turns))
		}
		if e := Nothing(d, &r, mining(), later); (turned(e.Turns) == "d-1 refused") != refused {
			t.Errorf("nothing of it is the tenant's any more, and of a question about %s follows %q", names, turned(e.Turns))
		}
	}
	notice := dossier(evenkeel.CaseUnderReview, decided("d-1", notify, evenkeel.InForce, "vm-1"))
	if e := Nothing(notice, &r, mining(), later); len(e.Turns) > 0 || !e.Decided {
		t.Errorf("%+v; expected that a notice which stands meanwhile is left", e)
	}
}
