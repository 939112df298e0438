package watch

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

func TestOneMayAskHowNearARuleWas(t *testing.T) {
	k := (&books{}).hold("vm-1", "acme", start.Add(-time.Hour), 0).paid("acme", 900).hold("vm-2", "other", start.Add(-time.Hour), 0)
	b := evenkeel.NewBatch("test", 0)
	busy(b, "vm-1", start, 15*time.Second, 30*time.Minute, 1)
	busy(b, "vm-2", start, 15*time.Second, 30*time.Minute, 0.5)
	e, err := New(rules(t, pinnedRule), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if found := e.Observe(b, k); len(found) > 0 {
		t.Fatalf("found %+v; expected a rule that does not fire", found)
	}
	at, before := start.Add(30*time.Minute), e.Tally()
	asked := e.Ask("vm-1", at, k)
	if len(asked) != 1 {
		t.Fatalf("%d statements; expected that of the one rule", len(asked))
	}
	near := asked[0]
	if near.Rule != "pinned" || near.ID != "" || near.Score != 3 || near.Subject.Tenant != "acme" || near.Until != at || len(near.Panes) == 0 {
		t.Errorf("%+v", near)
	}
	if len(near.Terms) != 1 || near.Terms[0].Name != "pinned" || near.Terms[0].Value.Value != 1 {
		t.Errorf("met: %+v", near.Terms)
	}
	if len(near.Unmet) != 2 || near.Unmet[0].Name != "unpaid" || near.Unmet[0].Value.Value != 900 {
		t.Errorf("not met: %+v", near.Unmet)
	}
	idle := e.Ask("vm-2", at, k)
	if len(idle) != 1 || idle[0].Score != 0 || idle[0].Unmet[0].Value.Value != 0.5 || idle[0].Unmet[1].Unknown == "" {
		t.Errorf("a machine that is half busy, of a tenant of whom nothing is known: %+v", idle)
	}
	if e.Tally() != before {
		t.Errorf("asking changed %+v to %+v", before, e.Tally())
	}
	if asked := e.Ask("vm-3", at, k); len(asked) > 0 {
		t.Errorf("of a machine that was never seen: %+v", asked)
	}
}
