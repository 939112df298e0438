package policy

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"pgregory.net/rapid"
)

// drawPolicy writes a document whose rows become true with more evidence, the strongest first:
// what is wanted then never grows when evidence is taken away.
func drawPolicy(t *rapid.T) *Policy {
	h := rapid.SampledFrom([]Harm{HarmCompute, HarmCompute, HarmPackets, HarmPackets, HarmControl, HarmEdge, HarmReport}).Draw(t, "harm")
	var ladder []string
	for _, m := range climbs[h] {
		if rapid.IntRange(0, 3).Draw(t, "rung "+m.String()) > 0 {
			ladder = append(ladder, m.String())
		}
	}
	if len(ladder) == 0 {
		ladder = []string{"notify"}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "policy: drawn\nversion: 1\nmode: live\nabout: Drawn.\nsafeguards:\n")
	for i, protects := range []string{`tenant.paid > 100.0`, `tenant.standing == "on_credit"`, `tenant.age > days(30)`, `assets.held < finding.span`, `tenant.clearances > 0`} {
		if rapid.Bool().Draw(t, "safeguard") {
			fmt.Fprintf(&b, "  - {name: s%d, asks: Is it so?, protects: '%s', because: {protect: yes it is, permit: no it is not}}\n", i, protects)
		}
	}
	if !strings.Contains(b.String(), "asks") {
		b.WriteString("  []\n")
	}
	fmt.Fprintf(&b, "families:\n  drawn:\n    harm: %s\n    clause: Do not.\n    ladder: [%s]\n    wants:\n", h, strings.Join(ladder, ", "))
	wants := append(slices.Clone(ladder), "suspend", "deny")
	slices.Reverse(wants)
	for _, m := range wants {
		when := rapid.SampledFrom([]string{"", "finding.families >= 2", "finding.conclusive", "evidence.wire", "finding.families >= 1", "evidence.usage && evidence.process"}).Draw(t, "when")
		switch {
		case when != "":
			fmt.Fprintf(&b, "      - {measure: %s, when: %s}\n", m, when)
		case m == wants[len(wants)-1]:
			fmt.Fprintf(&b, "      - {measure: %s}\n", m)
		}
	}
	fmt.Fprintf(&b, "      - {measure: %s, when: finding.families >= 1}\n    measures:\n", ladder[0])
	for _, m := range ladder {
		hearing := ""
		if m == "isolate" {
			hearing = "hearing: 15m, "
		}
		fmt.Fprintf(&b, "      %s: {lease: 1h, %skeeps: [all]}\n", m, hearing)
	}
	b.WriteString("    clocks: {tenant_answer: 1h, our_answer: 1h, appeal: 183d, latch: 30d}\n    criteria: [Why?]\n")
	doc := b.String()
	if n := strings.LastIndex(doc, "{measure: "+ladder[0]+"}\n"); n >= 0 { // nothing stands below a row that is always true
		doc = strings.Replace(doc, fmt.Sprintf("      - {measure: %s, when: finding.families >= 1}\n    measures", ladder[0]), "    measures", 1)
	}
	p, err := Parse("drawn.yaml", []byte(doc))
	if err != nil {
		t.Fatalf("%v\n%s", err, doc)
	}
	return p
}

// drawView draws a finding of any evidence about an account of which anything may be unknown.
func drawView(t *rapid.T) View {
	var terms []evenkeel.Term
	for e := evenkeel.EvidenceUsage; e <= evenkeel.EvidenceReport; e++ {
		if rapid.Bool().Draw(t, "met "+e.String()) {
			terms = append(terms, evenkeel.Term{
				Name: e.String(), Family: e, Weight: rapid.SampledFrom([]float64{1, 3, -1}).Draw(t, "weight"), Conclusive: rapid.Bool().Draw(t, "conclusive"),
			})
		}
	}
	v := minerAt(evenkeel.Standing(rapid.IntRange(0, 5).Draw(t, "standing")), rapid.SampledFrom([]time.Duration{day, 365 * day}).Draw(t, "age"),
		rapid.SampledFrom([]float64{0, 50, 5000}).Draw(t, "paid"), 100, terms...)
	v.Finding.Family = "drawn"
	seldom := func(what string) bool { return rapid.IntRange(0, 3).Draw(t, what) == 0 }
	if seldom("age unknown") {
		v.Account.Since = evenkeel.UnknownFact[evenkeel.Moment]("not told")
	}
	if seldom("paid unknown") {
		v.Account.Paid = evenkeel.UnknownFact[float64]("not told")
	}
	if seldom("held unknown") {
		v.Holdings, v.Running = nil, nil
	}
	v.Clearances = rapid.Int64Range(0, 1).Draw(t, "clearances")
	for range rapid.IntRange(0, 2).Draw(t, "flags") {
		v.Flags = append(v.Flags, drawFlag(t))
	}
	return v
}

func drawFlag(t *rapid.T) evenkeel.Flag {
	f := flagOf(rapid.SampledFrom([]evenkeel.PersonID{"", "reviewer-1"}).Draw(t, "by"), rapid.SampledFrom([]evenkeel.Selector{
		{TenantWide: true}, {Assets: []evenkeel.AssetID{"vm-1"}}, {Principal: "anna"}, {Image: "another"},
	}).Draw(t, "selector"))
	f.Family = "drawn"
	f.ID = evenkeel.FlagID(fmt.Sprint("flag-", rapid.IntRange(1, 9).Draw(t, "id")))
	f.Envelope.Rate = rapid.SampledFrom([]float64{0, 1000}).Draw(t, "rate")
	f.Revoked = rapid.SampledFrom([]evenkeel.Moment{0, 0, now}).Draw(t, "revoked")
	return f
}

// most is the table of mission and README, written a second time and in another way: the
// strongest measure that a machine may take alone.
func most(h Harm, f *evenkeel.Finding, asked []evenkeel.Safeguard, flag bool) evenkeel.Measure {
	met, conclusive := map[evenkeel.Evidence]bool{}, map[evenkeel.Evidence]bool{}
	for _, t := range f.Terms {
		if t.Weight > 0 {
			met[t.Family] = true
			conclusive[t.Family] = conclusive[t.Family] || t.Conclusive
		}
	}
	clear := len(asked) > 0
	for _, s := range asked {
		clear = clear && (s.Says == evenkeel.Permit || s.Says == evenkeel.NotApplicable)
	}
	pick := func(permit, protect, flagged evenkeel.Measure) evenkeel.Measure {
		switch {
		case flag:
			return flagged
		case clear:
			return permit
		}
		return protect
	}
	proof := conclusive[evenkeel.EvidenceWire] || conclusive[evenkeel.EvidenceProcess] || conclusive[evenkeel.EvidenceFleet] || conclusive[evenkeel.EvidenceReport]
	none, notify := evenkeel.MeasureNone, evenkeel.MeasureNotify
	switch {
	case len(met) == 0:
		return none
	case h == HarmReport, len(met) == 1 && met[evenkeel.EvidenceReport]:
		return pick(notify, notify, none)
	case h == HarmEdge:
		return notify
	case h == HarmControl:
		return pick(evenkeel.MeasureFreeze, notify, none)
	case h == HarmPackets && met[evenkeel.EvidenceWire] && (proof || conclusive[evenkeel.EvidenceUsage]):
		return pick(evenkeel.MeasureIsolate, evenkeel.MeasureDropFlow, evenkeel.MeasureDropFlow)
	case h == HarmPackets && met[evenkeel.EvidenceWire]:
		return pick(evenkeel.MeasureDropFlow, evenkeel.MeasureLimit, evenkeel.MeasureLimit)
	case h == HarmCompute && met[evenkeel.EvidenceUsage] && proof:
		return pick(evenkeel.MeasureIsolate, evenkeel.MeasureThrottle, none)
	case h == HarmCompute && len(met) >= 2:
		return pick(evenkeel.MeasureThrottle, notify, none)
	}
	return pick(notify, notify, none)
}

// TestAllowedNeverExceedsTheTable, whatever the document wants and whatever is known.
func TestAllowedNeverExceedsTheTable(t *testing.T) {
	enforced := 0
	rapid.Check(t, func(t *rapid.T) {
		p, v := drawPolicy(t), drawView(t)
		got := p.Weigh(v)
		h := got.Family.Harm
		limit := most(h, &v.Finding, got.Safeguards, got.Flag != "")
		if got.Allowed.Enforced() {
			enforced++
		}
		switch {
		case h.rank(got.Allowed) < 0 || h.rank(got.Allowed) > h.rank(limit):
			t.Fatalf("allowed %s, the table says %s (row %q, flag %q)", got.Allowed, limit, got.Row, got.Flag)
		case h.rank(got.Allowed) > h.rank(got.Wanted):
			t.Fatalf("allowed %s, wanted %s", got.Allowed, got.Wanted)
		case got.Allowed != evenkeel.MeasureNone && !slices.Contains(got.Family.Ladder, got.Allowed):
			t.Fatalf("allowed %s, no rung of %v", got.Allowed, got.Family.Ladder)
		case got.Allowed != got.Wanted && len(got.Why) == 0:
			t.Fatalf("wanted %s, allowed %s, and nothing says why", got.Wanted, got.Allowed)
		case got.Allowed == got.Wanted && got.Flag == "" && len(got.Why) > 0:
			t.Fatalf("all that is wanted is allowed, and yet %q", got.Why)
		case len(got.Safeguards) != len(p.safeguards):
			t.Fatalf("%d of %d safeguards", len(got.Safeguards), len(p.safeguards))
		}
		for _, s := range got.Safeguards {
			if s.Why == "" {
				t.Fatalf("safeguard %s is %s without a reason", s.Name, s.Says)
			}
		}
		if again := p.Weigh(v); !reflect.DeepEqual(got, again) {
			t.Fatalf("asked twice:\n%+v\n%+v", got, again)
		}
	})
	if enforced == 0 {
		t.Error("no case ever allowed more than a notice")
	}
}

// TestAllowedNeverRises when a fact is forgotten, a safeguard protects, a family of evidence is
// taken away, or a flag covers.
func TestAllowedNeverRises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, v := drawPolicy(t), drawView(t)
		before := p.Weigh(v)
		less := v
		change := rapid.SampledFrom([]string{"forget", "clear", "evidence", "flag"}).Draw(t, "change")
		switch change {
		case "forget": // turns permit into unknown
			less.Account.Since, less.Account.Paid = evenkeel.UnknownFact[evenkeel.Moment]("not told"), evenkeel.UnknownFact[float64]("not told")
			less.Account.Standing, less.Holdings = evenkeel.UnknownFact[evenkeel.Standing]("not told"), nil
			less.Flags, before = nil, p.Weigh(without(v))
		case "clear": // turns permit into protect
			less.Clearances = 1
		case "evidence":
			if len(v.Finding.Terms) == 0 {
				t.Skip("nothing to take away")
			}
			i := rapid.IntRange(0, len(v.Finding.Terms)-1).Draw(t, "term")
			less.Finding.Terms = slices.Delete(slices.Clone(v.Finding.Terms), i, i+1)
			// A flag for load covers what is left of load: that is no rise either.
		case "flag":
			f := flagOf("reviewer-1", evenkeel.Selector{TenantWide: true})
			f.Family = "drawn"
			less.Flags = append([]evenkeel.Flag{f}, v.Flags...)
			if before.Flag != "" {
				t.Skip("one covers already; another envelope is another matter")
			}
		}
		after := p.Weigh(less)
		if h := before.Family.Harm; h.rank(after.Allowed) > h.rank(before.Allowed) {
			t.Fatalf("%s: %s became %s\n%+v\n%+v", change, before.Allowed, after.Allowed, before, after)
		}
	})
}

func without(v View) View {
	v.Flags = nil
	return v
}

// TestAnyAnswerThatHoldsBackLowersTheDefault takes the default policy on its strongest evidence and
// turns each of its answers, one by one, from what lets pass into what does not.
func TestAnyAnswerThatHoldsBackLowersTheDefault(t *testing.T) {
	p, v := builtIn(t, "default"), trialMiner()
	answers := p.Weigh(v).Safeguards
	e := evidenceOf(&v.Finding)
	for i := range answers {
		for _, says := range []evenkeel.Answer{evenkeel.Unknown, evenkeel.Protect} {
			turned := slices.Clone(answers)
			turned[i].Says = says
			out := Proposal{Family: &p.families["mining"].Family, Wanted: evenkeel.MeasureIsolate, Safeguards: turned}
			reduction{row: rowOf(HarmCompute, e, evenkeel.MeasureNone), column: columnOf(turned, false)}.apply(&out)
			if out.Allowed != evenkeel.MeasureThrottle {
				t.Errorf("%s %s: %s", answers[i].Name, says, out.Allowed)
			}
		}
	}
}
