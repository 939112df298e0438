package story

import (
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel"
)

// What a transcript shows can be written anew by a slip of the pen; what these stories are for is
// held here by itself.

// TestRaisupsSecondRunIsSilent (R4, F9, F10): from the clearance on until the job needs more than
// the flag covers, nobody is called, nobody is told or asked, nothing is ordered and no clock runs.
func TestRaisupsSecondRunIsSilent(t *testing.T) {
	pl := playedBuiltin(t, "raisup-whole")
	var cleared, more evenkeel.Moment
	for _, x := range pl.desk.cases {
		if x.Outcome != evenkeel.OutcomeFalsePositive || x.State != evenkeel.CaseClosed {
			t.Errorf("case %s is %s, %s", x.ID, x.State, x.Outcome)
		}
	}
	for _, f := range pl.desk.flags {
		if f.By.Person == "anna" {
			cleared = f.From
		}
	}
	for _, x := range pl.desk.decisions {
		if x.State == evenkeel.Refused && (more == 0 || x.From < more) {
			more = x.From
		}
	}
	if cleared == 0 || more <= cleared {
		t.Fatalf("cleared at %s, found beyond the flag at %s", cleared, more)
	}
	covered, first := 0, ""
	for _, c := range pl.desk.changes {
		for _, p := range c.Pages {
			if p.At > cleared && p.At < more {
				t.Errorf("%v are called at %s", p.For, p.At)
			}
			if first == "" && len(p.For) > 0 {
				first = string(p.For[0])
			}
		}
		for _, n := range c.Notices {
			if n.At > cleared && n.At < more {
				t.Errorf("the tenant is told of %s at %s", n.Measure, n.At)
			}
		}
		for _, k := range c.Clocks {
			if k.Started > cleared && k.Started < more {
				t.Errorf("clock %s begins at %s", k.Kind, k.Started)
			}
		}
		if len(c.Orders) > 0 {
			t.Errorf("%d orders: nothing of Raisup's is touched at any time", len(c.Orders))
		}
		for _, x := range c.Decisions {
			if x.At > cleared && x.At < more && x.SuppressedBy != "" {
				covered++
			}
		}
	}
	if covered != 10 || first != "anna" {
		t.Errorf("%d machines were covered, and called first was %q; expected ten, and anna by name", covered, first)
	}
}

// TestAMeasureGoesByStepsAndReachesWhatIsInEvidence (F3, F4, F5, F6, D): each step is one above the
// last, names the worker alone, destroys neither memory nor disk, and its notice says what is kept.
func TestAMeasureGoesByStepsAndReachesWhatIsInEvidence(t *testing.T) {
	pl := playedBuiltin(t, "worker-and-shop")
	var steps []evenkeel.Measure
	for _, c := range pl.desk.changes {
		for _, x := range c.Decisions {
			if x.State != evenkeel.InForce {
				continue
			}
			steps = append(steps, x.Measure)
			if !slices.Equal(x.Assets, []evenkeel.AssetID{"worker-1"}) {
				t.Errorf("%s reaches %v", x.Measure, x.Assets)
			}
			if d := x.Measure.Destroys(); d != "" && d != "connections" {
				t.Errorf("%s destroys %s", x.Measure, d)
			}
		}
		for _, o := range c.Orders {
			if !slices.Equal(o.Assets, []evenkeel.AssetID{"worker-1"}) {
				t.Errorf("an order of %s reaches %v", o.Measure, o.Assets)
			}
		}
		for _, n := range c.Notices {
			if len(n.Keeps) == 0 {
				t.Errorf("the notice of %s does not say what is kept", n.Measure)
			}
		}
	}
	if want := []evenkeel.Measure{evenkeel.MeasureNotify, evenkeel.MeasureThrottle, evenkeel.MeasureIsolate}; !slices.Equal(steps, want) {
		t.Errorf("in force were %v; expected %v", steps, want)
	}
}

// TestWhatIsMissingTakesNobodyFurther (F1, F2): of three who do the same, only the one of whom
// all is known is limited.
func TestWhatIsMissingTakesNobodyFurther(t *testing.T) {
	highest := map[evenkeel.TenantID]evenkeel.Measure{}
	for _, x := range playedBuiltin(t, "missing-facts").desk.decisions {
		highest[x.Tenant] = max(highest[x.Tenant], x.Measure)
	}
	for tenant, want := range map[evenkeel.TenantID]evenkeel.Measure{"known": evenkeel.MeasureThrottle, "credit": evenkeel.MeasureNotify, "stranger": evenkeel.MeasureNotify} {
		if highest[tenant] != want {
			t.Errorf("%s: %s; expected %s", tenant, highest[tenant], want)
		}
	}
}

// TestWhatOnePersonTriesAloneComesToNothing (R5, F13, F14): all that is refused is refused, and
// nobody is suspended; a denial takes two who wrote it themselves.
func TestWhatOnePersonTriesAloneComesToNothing(t *testing.T) {
	for name, c := range map[string]struct {
		refused int
		most    evenkeel.Measure
	}{"one-person-alone": {5, evenkeel.MeasureThrottle}, "template-refused": {2, evenkeel.MeasureDeny}} {
		pl := playedBuiltin(t, name)
		most := evenkeel.MeasureNone
		for _, x := range pl.desk.decisions {
			if x.State == evenkeel.InForce {
				most = max(most, x.Measure)
			}
			if x.Measure.NeedsTwo() && (x.Actor.Second == "" || x.Actor.Second == x.Actor.Person) {
				t.Errorf("%s: %s by %q and %q", name, x.Measure, x.Actor.Person, x.Actor.Second)
			}
		}
		if pl.desk.refused != c.refused || most != c.most {
			t.Errorf("%s: refused %d, the highest in force is %s; expected %d and %s", name, pl.desk.refused, most, c.refused, c.most)
		}
	}
}
