package judge_test

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// TestWhatIsLimitedForOneThingIsNotSetFreeByAnother: a sweep is found while a flood is limited, and then the flow of the
// flood is dropped: each order holds what was found before it too.
func TestWhatIsLimitedForOneThingIsNotSetFreeByAnother(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	of := func(term string, after time.Duration, r evenkeel.Revision) evenkeel.Finding {
		f := finding("trial-1", "trial", after, r, wire)
		f.Rule, f.Family, f.Terms[0].Name = "about-"+term, "flood", term
		f.ID = evenkeel.NewFindingID(f.Rule, 1, f.Subject, start)
		return f
	}
	last := func() evenkeel.Order {
		all := folders(t, b)[0].Orders
		for len(all) > 0 && all[len(all)-1].Lift {
			all = all[:len(all)-1]
		}
		return all[len(all)-1]
	}
	for _, c := range []struct {
		term    string
		after   time.Duration
		r       evenkeel.Revision
		measure evenkeel.Measure
		syns    string
		to      string
	}{
		{"syn-flood", 0, evenkeel.Provisional, evenkeel.MeasureLimit, "200", ""},
		{"sweep", time.Minute, evenkeel.Provisional, evenkeel.MeasureLimit, "20", ""},
		{"udp-flood", 2 * time.Minute, evenkeel.Provisional, evenkeel.MeasureLimit, "20", "2000"},
		{"syn-flood", 3 * time.Minute, evenkeel.Final, evenkeel.MeasureDropFlow, "20", "2000"},
	} {
		playedIn(t, d, world, of(c.term, c.after, c.r))
		o := last()
		if o.Measure != c.measure || o.Params["syn_rate"] != c.syns || o.Params["rate_to"] != c.to {
			t.Errorf("%s is found: %s, %v; expected %s, %s SYNs a second and %q packets to each destination", c.term, o.Measure, o.Params, c.measure, c.syns, c.to)
		}
	}
	until := map[evenkeel.Moment]bool{}
	for _, x := range folders(t, b)[0].Decisions {
		if x.Measure == evenkeel.MeasureLimit {
			until[x.Until] = true
		}
	}
	if len(until) != 1 {
		t.Errorf("limits have %d ends; expected the one that the tenant was told of first", len(until))
	}
}
