package evenkeel_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
)

// throttled is a decision that lacks nothing.
func throttled() evenkeel.Decision {
	return evenkeel.Decision{
		ID: "d-1", Case: "c-1", Tenant: "t-1", Family: "mining",
		Measure: evenkeel.MeasureThrottle, Wanted: evenkeel.MeasureIsolate, Assets: []evenkeel.AssetID{"vm-1"},
		From: noon, Until: noon.Add(4 * time.Hour), At: noon,
		Actor: evenkeel.Actor{Policy: "sha256:ab"}, State: evenkeel.InForce, Mode: evenkeel.ModeLive,
		Grounds: evenkeel.Grounds{Clause: "Mining is not allowed.", Row: "compute, two families", Basis: []evenkeel.Basis{{
			Finding: "f-1", Revision: evenkeel.Final, Rule: "crypto-mining", Version: 1, From: noon.Add(-time.Hour), Until: noon,
			Terms: []evenkeel.Term{{Name: "pinned", Family: evenkeel.EvidenceUsage, Value: evenkeel.Reading{Value: 0.999, Known: true}, Weight: 3, Says: "Busy."}},
		}}},
		Safeguards: []evenkeel.Safeguard{{Name: "age", Says: evenkeel.Permit, Why: "3 days"}},
	}
}

func TestADecisionLacksNothing(t *testing.T) {
	whole := throttled()
	if err := whole.Check(); err != nil {
		t.Fatalf("the whole one: %v", err)
	}
	for _, c := range []struct {
		name  string
		spoil func(d *evenkeel.Decision)
		says  string
	}{
		{"without an id", func(d *evenkeel.Decision) { d.ID = "" }, "all three"},
		{"without a case", func(d *evenkeel.Decision) { d.Case = "" }, "all three"},
		{"without a tenant", func(d *evenkeel.Decision) { d.Tenant = "" }, "all three"},
		{"without a state", func(d *evenkeel.Decision) { d.State = 0 }, "expected a measure, a state and a mode"},
		{"without a mode", func(d *evenkeel.Decision) { d.Mode = 0 }, "expected a measure, a state and a mode"},
		{"without an end", func(d *evenkeel.Decision) { d.Until = 0 }, "an end after the beginning"},
		{"ending as it begins", func(d *evenkeel.Decision) { d.Until = d.From }, "an end after the beginning"},
		{"without a beginning", func(d *evenkeel.Decision) { d.From = 0 }, "an end after the beginning"},
		{"without a clause", func(d *evenkeel.Decision) { d.Grounds.Clause = "" }, "no grounds"},
		{"on no finding and no reason", func(d *evenkeel.Decision) { d.Grounds.Basis = nil }, "no grounds"},
		{"taken by nobody", func(d *evenkeel.Decision) { d.Actor = evenkeel.Actor{} }, "nobody took it"},
		{"enforced on nothing", func(d *evenkeel.Decision) { d.Assets = nil }, "names no assets"},
		{"suppressed by no flag", func(d *evenkeel.Decision) { d.State = evenkeel.Suppressed }, "names no flag"},
		{"in force in shadow", func(d *evenkeel.Decision) { d.Mode = evenkeel.ModeShadow }, "takes no effect"},
		{"held in shadow", func(d *evenkeel.Decision) { d.Mode, d.State = evenkeel.ModeShadow, evenkeel.Held }, "takes no effect"},
		{"suspending, by one person", func(d *evenkeel.Decision) { d.Measure, d.Actor.Person = evenkeel.MeasureSuspend, "anna" }, "two persons"},
		{"denying, by nobody", func(d *evenkeel.Decision) { d.Measure = evenkeel.MeasureDeny }, "two persons"},
		{"denying, by one person twice", func(d *evenkeel.Decision) {
			d.Measure, d.Actor.Person, d.Actor.Second = evenkeel.MeasureDeny, "anna", "anna"
		}, "two persons"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := throttled()
			c.spoil(&d)
			if err := d.Check(); evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v; expected an error that says %q", err, c.says)
			}
		})
	}
	byReason := throttled()
	byReason.Grounds.Basis, byReason.Grounds.Says = nil, "A customer wrote to us."
	if err := byReason.Check(); err != nil {
		t.Errorf("a person's reason is a ground: %v", err)
	}
}

func TestADecisionIsALineOfReplay(t *testing.T) {
	d := throttled()
	line, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		t.Fatal(err)
	}
	for _, f := range strings.Fields("type id case tenant measure wanted assets from until at actor state mode grounds safeguards suppressed_by") {
		if _, told := fields[f]; !told {
			t.Errorf("%s is missing in %s", f, line)
		}
	}
	if got := string(fields["type"]); got != `"decision"` {
		t.Errorf("type is %s", got)
	}
	var back evenkeel.Decision
	if err := json.Unmarshal(line, &back); err != nil || !reflect.DeepEqual(back, d) {
		t.Errorf("read back (%v):\n%+v\nexpected\n%+v", err, back, d)
	}
	empty := evenkeel.Decision{Measure: evenkeel.MeasureNone, Wanted: evenkeel.MeasureNotify, State: evenkeel.Suppressed, Mode: evenkeel.ModeLive}
	if line, err := json.Marshal(empty); err != nil || strings.Contains(string(line), "null") {
		t.Errorf("lists of none are empty lists: %s, %v", line, err)
	}
}

// TestDerivedIDsNeverChange: twice is once only as long as the same is named the same.
func TestDerivedIDsNeverChange(t *testing.T) {
	c := evenkeel.NewCaseID("t-1", "mining", noon)
	d := evenkeel.NewDecisionID(c, noon, "f-1 final", "sha256:ab", evenkeel.ModeLive)
	f := evenkeel.Flag{
		Tenant: "t-1", Family: "mining", Selector: evenkeel.Selector{Principal: "ci", Image: "sim"}, Envelope: evenkeel.Envelope{Count: 10, VCPUs: 160, Rate: 0.5},
		From: noon, Until: noon.Add(24 * time.Hour), Case: c, By: evenkeel.Actor{Person: "ada"}, Why: "a batch job",
	}
	for _, x := range []struct{ what, got, want string }{
		{"case", string(c), "c-5ghuqq6nwmy4qxwr5b6grzprjj"},
		{"decision", string(d), "d-suhl6cckt6pxyh7taov4nvitix"},
		{"flag", string(evenkeel.NewFlagID(&f)), "flag-tpxy5f7g27ejiof25sdei6djps"},
		{"order", string(evenkeel.NewOrderID(d, false)), "o-hn2siepfv3tqluyti567lwxvx6"},
		{"order to lift", string(evenkeel.NewOrderID(d, true)), "o-ytbdbgmvt7ahenfxls5cuujvvp"},
		{"notice", string(evenkeel.NewNoticeID(d, evenkeel.InForce)), "n-5vni7kh52djtl62nd2cv4gaqhp"},
		{"notice that it could not be carried out", string(evenkeel.NewUndoneID(d, true)), "n-zrbxqr4ut7fxxqxw4lab5qxr2u"},
		{"notice that it was after all", string(evenkeel.NewUndoneID(d, false)), "n-5w4cfls57opuszqicirn6fce6b"},
	} {
		if x.got != x.want {
			t.Errorf("%s: %s; expected %s", x.what, x.got, x.want)
		}
	}
}

func TestStatesOfADecisionFollowTheTable(t *testing.T) {
	next := map[evenkeel.DecisionState][]evenkeel.DecisionState{
		evenkeel.Held:     {evenkeel.Proposed, evenkeel.InForce, evenkeel.Refused, evenkeel.Superseded},
		evenkeel.Proposed: {evenkeel.InForce, evenkeel.Refused, evenkeel.Superseded},
		evenkeel.InForce:  {evenkeel.Lapsed, evenkeel.Lifted, evenkeel.Superseded},
	}
	for s := evenkeel.Proposed; s <= evenkeel.Refused; s++ {
		for to := evenkeel.Proposed; to <= evenkeel.Refused; to++ {
			if got, want := s.CanBecome(to), slices.Contains(next[s], to); got != want {
				t.Errorf("%s can become %s: %v", s, to, got)
			}
		}
		if over := len(next[s]) == 0; over != s.Over() {
			t.Errorf("%s is over: %v", s, s.Over())
		}
	}
}

func TestSteppingDownEndsAndAddsNoNewHarm(t *testing.T) {
	// Where a measure stands, as the table of measures in the mission says.
	axes := map[evenkeel.Measure]string{
		evenkeel.MeasureChallenge: "i", evenkeel.MeasureShut: "i", evenkeel.MeasureLimit: "e", evenkeel.MeasureDropFlow: "e",
		evenkeel.MeasureThrottle: "c", evenkeel.MeasureFreeze: "p", evenkeel.MeasureIsolate: "ie", evenkeel.MeasureSuspend: "iec", evenkeel.MeasureDeny: "iecp",
	}
	for m := evenkeel.MeasureNone; m <= evenkeel.MeasureDeny; m++ {
		steps := 0
		for at := m; at != evenkeel.MeasureNone; at = at.StepsDown() {
			next := at.StepsDown()
			for _, axis := range axes[next] {
				if !strings.ContainsRune(axes[at], axis) {
					t.Errorf("%s steps down to %s, which is another kind of harm", at, next)
				}
			}
			if steps++; steps > 10 {
				t.Fatalf("%s never steps down to none", m)
			}
		}
		if d := m.Destroys(); d != "" && d != "connections" {
			t.Errorf("%s destroys %s", m, d)
		}
		if m.NeedsTwo() != (m > evenkeel.MeasureIsolate) {
			t.Errorf("%s needs two persons: %v", m, m.NeedsTwo())
		}
		if m.Enforced() != (m > evenkeel.MeasureNotify) {
			t.Errorf("%s is enforced: %v", m, m.Enforced())
		}
	}
}

func TestAnUnsetAnswerProtects(t *testing.T) {
	var s evenkeel.Safeguard
	if s.Says != evenkeel.Unknown {
		t.Errorf("the zero answer is %s; expected unknown", s.Says)
	}
}

func TestAFlagHasAScopeAnEndAndAReason(t *testing.T) {
	whole := func() evenkeel.Flag {
		return evenkeel.Flag{
			Tenant: "t-1", Family: "mining", Selector: evenkeel.Selector{Assets: []evenkeel.AssetID{"vm-1"}},
			From: noon, Until: noon.Add(24 * time.Hour), By: evenkeel.Actor{Person: "ada"}, Why: "a batch job",
		}
	}
	f := whole()
	if err := f.Check(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		spoil func(f *evenkeel.Flag)
		says  string
	}{
		{"of nobody", func(f *evenkeel.Flag) { f.Tenant = "" }, "expected both"},
		{"for no family", func(f *evenkeel.Flag) { f.Family = "" }, "expected both"},
		{"about nothing", func(f *evenkeel.Flag) { f.Selector = evenkeel.Selector{} }, "0 forms"},
		{"about two forms of things", func(f *evenkeel.Flag) { f.Selector.Image = "sim" }, "2 forms"},
		{"about all and some", func(f *evenkeel.Flag) { f.Selector.TenantWide = true }, "2 forms"},
		{"without an end", func(f *evenkeel.Flag) { f.Until = 0 }, "an end after"},
		{"for ever", func(f *evenkeel.Flag) { f.Until = f.From.Add(367 * 24 * time.Hour) }, "at most 366 days"},
		{"of less than nothing", func(f *evenkeel.Flag) { f.Envelope.Count = -1 }, "0 or more"},
		{"without a reason", func(f *evenkeel.Flag) { f.Why = "" }, "no reason"},
		{"granted by nobody", func(f *evenkeel.Flag) { f.By = evenkeel.Actor{} }, "nobody granted it"},
	} {
		f := whole()
		c.spoil(&f)
		if err := f.Check(); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("a flag %s: %v; expected an error that says %q", c.name, err, c.says)
		}
	}
}

func TestFlagsThatDifferHaveOtherIDs(t *testing.T) {
	draw := rapid.Custom(func(t *rapid.T) evenkeel.Flag {
		word := rapid.SampledFrom([]string{"", "a", "b"})
		return evenkeel.Flag{
			Tenant: evenkeel.TenantID(word.Draw(t, "tenant")), Family: word.Draw(t, "family"),
			Selector: evenkeel.Selector{Principal: word.Draw(t, "principal"), Image: word.Draw(t, "image"), StartScript: word.Draw(t, "script")},
			Envelope: evenkeel.Envelope{Count: rapid.Int64Range(0, 1).Draw(t, "count"), VCPUs: rapid.Int64Range(0, 1).Draw(t, "vcpus")},
			From:     evenkeel.Moment(rapid.Int64Range(0, 1).Draw(t, "from")), Until: 2, Why: word.Draw(t, "why"),
			By: evenkeel.Actor{Policy: word.Draw(t, "policy"), Person: evenkeel.PersonID(word.Draw(t, "person"))},
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw.Draw(t, "a"), draw.Draw(t, "b")
		if same := evenkeel.NewFlagID(&a) == evenkeel.NewFlagID(&b); same != reflect.DeepEqual(a, b) {
			t.Fatalf("the ids of %+v and %+v are the same: %v", a, b, same)
		}
	})
}

func TestANoticeWithoutAFactCannotBeBuilt(t *testing.T) {
	d := throttled()
	whole := func() evenkeel.Notice {
		return evenkeel.Notice{
			ID: "n-1", Case: d.Case, Decision: d.ID, Tenant: d.Tenant, State: d.State, Measure: d.Measure, Assets: d.Assets,
			Seen: slices.Clone(d.Grounds.Basis[0].Terms), Keeps: []string{"the console"}, Clause: d.Grounds.Clause, PersonBy: noon,
		}
	}
	n := whole()
	if err := n.Check(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		spoil func(n *evenkeel.Notice)
		says  string
	}{
		{"to nobody", func(n *evenkeel.Notice) { n.Tenant = "" }, "all three"},
		{"about no decision", func(n *evenkeel.Notice) { n.Decision = "" }, "all three"},
		{"without a fact", func(n *evenkeel.Notice) { n.Seen = nil }, "no fact"},
		{"with a fact that says nothing", func(n *evenkeel.Notice) { n.Seen[0].Says = "" }, "no sentence"},
		{"without a clause", func(n *evenkeel.Notice) { n.Clause = "" }, "no clause"},
		{"without a person at the end", func(n *evenkeel.Notice) { n.PersonBy = 0 }, "by when a person"},
		{"that what never took effect could not be carried out", func(n *evenkeel.Notice) { n.Undone, n.State = true, evenkeel.Held }, "could not be carried out"},
		{"that a question could not be carried out", func(n *evenkeel.Notice) { n.Undone, n.Measure = true, evenkeel.MeasureNotify }, "could not be carried out"},
		{"that does not say what keeps working", func(n *evenkeel.Notice) { n.Keeps = nil }, "keeps"},
		{"that names no asset", func(n *evenkeel.Notice) { n.Assets = nil }, "assets"},
	} {
		n := whole()
		c.spoil(&n)
		if err := n.Check(); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("a notice %s: %v; expected an error that says %q", c.name, err, c.says)
		}
	}
}

func TestACaseNamesItsAssetsOnceAndSorted(t *testing.T) {
	c := evenkeel.Case{}
	before := c
	if !c.AddAssets("vm-2", "vm-1", "vm-2") || c.AddAssets("vm-1") {
		t.Error("AddAssets says wrongly whether one was new")
	}
	if want := []evenkeel.AssetID{"vm-1", "vm-2"}; !slices.Equal(c.Assets, want) || len(before.Assets) != 0 {
		t.Errorf("%v; expected %v", c.Assets, want)
	}
	kept := c
	c.AddAssets("vm-0")
	if !slices.Equal(kept.Assets, []evenkeel.AssetID{"vm-1", "vm-2"}) {
		t.Errorf("a copy of the case changed: %v", kept.Assets)
	}
	many := make([]evenkeel.AssetID, evenkeel.MaxCaseAssets+10)
	for i := range many {
		many[i] = evenkeel.AssetID("x" + strings.Repeat("y", i%200) + string(rune('a'+i%26)) + time.Duration(i).String())
	}
	c.AddAssets(many...)
	if len(c.Assets) != evenkeel.MaxCaseAssets {
		t.Errorf("%d assets; expected at most %d", len(c.Assets), evenkeel.MaxCaseAssets)
	}
}
