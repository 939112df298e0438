package policy

import (
	"fmt"
	"math"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

const now = evenkeel.Moment(1_709_542_500_000_000_000) // 2024-03-04T08:55:00Z

// minerAt is a machine that has been busy for 19 minutes, of an account that is known.
func minerAt(standing evenkeel.Standing, age time.Duration, paid, rate float64, terms ...evenkeel.Term) View {
	from := now.Add(-19 * time.Minute)
	h := evenkeel.Holding{
		Asset: "vm-1", Tenant: "acme", From: now.Add(-5 * time.Hour), Principal: "anna", Image: "ubuntu", StartScript: "5c1",
		VCPUs: evenkeel.KnownFact[int64](8, now),
	}
	return View{
		Finding: evenkeel.Finding{
			ID: "f-1", Revision: evenkeel.Final, Rule: "crypto-mining", Version: 1, Family: "mining", Mode: evenkeel.ModeLive,
			Subject: evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: "vm-1", Tenant: "acme"}, From: from, Until: now, At: now, Score: 7, Terms: terms,
			Aims: []evenkeel.Aim{{Protocol: "tcp", Address: netip.MustParseAddr("203.0.113.7"), Port: 80, Most: 9000}},
		},
		Account: evenkeel.Account{
			Tenant: "acme", Since: evenkeel.KnownFact(now.Add(-age), now), Standing: evenkeel.KnownFact(standing, now),
			Paid: evenkeel.KnownFact(paid, now), RunRate: evenkeel.KnownFact(rate, now), Currency: "EUR",
		},
		Holdings: []evenkeel.Holding{h}, Running: []evenkeel.Holding{h},
	}
}

var (
	pinned  = evenkeel.Term{Name: "pinned", Family: evenkeel.EvidenceUsage, Weight: 3}
	young   = evenkeel.Term{Name: "new-machine", Family: evenkeel.EvidenceUsage, Weight: 1}
	pool    = evenkeel.Term{Name: "pool", Family: evenkeel.EvidenceWire, Weight: 2}
	stratum = evenkeel.Term{Name: "stratum", Family: evenkeel.EvidenceWire, Conclusive: true, Weight: 4}
	miner   = evenkeel.Term{Name: "known-miner", Family: evenkeel.EvidenceProcess, Conclusive: true, Weight: 4}
	paying  = evenkeel.Term{Name: "paying-customer", Family: evenkeel.EvidenceFleet, Conclusive: true, Weight: -2}
)

// trialMiner is the story of that name; paidMiner is story miner.
func trialMiner() View {
	return minerAt(evenkeel.StandingTrial, 2*day, 0, 0, pinned, young, stratum)
}

func paidMiner() View {
	return minerAt(evenkeel.StandingPrepaid, 21*day, 25, 310, pinned, stratum)
}

// onCredit is Raisup's account: two years old, nothing paid on credit.
func onCredit(terms ...evenkeel.Term) View {
	v := minerAt(evenkeel.StandingOnCredit, 820*day, 0, 400, terms...)
	v.Account.Paid = evenkeel.UnknownFact[float64]("on credit: no payment history")
	return v
}

func says(p Proposal) string {
	var out []string
	for _, s := range p.Safeguards {
		out = append(out, s.Says.String())
	}
	return strings.Join(out, ", ")
}

func TestTheDefaultPolicyWeighs(t *testing.T) {
	p := builtIn(t, "default")
	with := func(v View, change func(*View)) View {
		change(&v)
		return v
	}
	cases := []struct {
		name            string
		view            View
		safeguards      string
		wanted, allowed evenkeel.Measure
		row             string
		why             []string
	}{
		{"a trial that never paid and speaks Stratum is isolated", trialMiner(),
			"n/a, n/a, permit, permit", evenkeel.MeasureIsolate, evenkeel.MeasureIsolate, "compute, two families and conclusive", nil},
		{"a new prepaid customer who speaks Stratum is isolated", paidMiner(),
			"permit, n/a, permit, permit", evenkeel.MeasureIsolate, evenkeel.MeasureIsolate, "compute, two families and conclusive", nil},
		{"a new prepaid customer who talks to a pool is throttled", minerAt(evenkeel.StandingPrepaid, 21*day, 25, 310, pinned, pool),
			"permit, n/a, permit, permit", evenkeel.MeasureThrottle, evenkeel.MeasureThrottle, "compute, two families", nil},
		{"all known and unfavourable, on usage alone, is asked and nothing more", minerAt(evenkeel.StandingTrial, 2*day, 0, 400, pinned, young),
			"n/a, n/a, permit, permit", evenkeel.MeasureNotify, evenkeel.MeasureNotify, "compute, one family", nil},
		{"Raisup on credit is asked and nothing more", onCredit(pinned, young),
			"unknown, protect, permit, permit", evenkeel.MeasureNotify, evenkeel.MeasureNotify, "compute, one family", nil},
		{"Raisup on credit with a pool's name on the wire is still only asked", onCredit(pinned, pool),
			"unknown, protect, permit, permit", evenkeel.MeasureThrottle, evenkeel.MeasureNotify, "compute, two families",
			[]string{"Safeguards protect the tenant (established-customer) or are unknown (payment-history): a machine may go up to notify alone."}},
		{"who was cleared before is throttled at most", with(trialMiner(), func(v *View) { v.Clearances = 1 }),
			"n/a, n/a, protect, permit", evenkeel.MeasureIsolate, evenkeel.MeasureThrottle, "compute, two families and conclusive",
			[]string{"Safeguards protect the tenant (prior-clearance): a machine may go up to throttle alone."}},
		{"a clearance does not protect once abuse was confirmed", with(trialMiner(), func(v *View) { v.Clearances, v.Confirmed = 2, 1 }),
			"n/a, n/a, permit, permit", evenkeel.MeasureIsolate, evenkeel.MeasureIsolate, "compute, two families and conclusive", nil},
		{"nobody is known to have held the machine", with(trialMiner(), func(v *View) { v.Holdings, v.Running = nil, nil }),
			"n/a, n/a, permit, unknown", evenkeel.MeasureIsolate, evenkeel.MeasureThrottle, "compute, two families and conclusive",
			[]string{"Safeguards are unknown (attribution): a machine may go up to throttle alone."}},
		{"the tenancy is younger than what was seen", with(trialMiner(), func(v *View) { v.Holdings[0].From = now.Add(-time.Minute) }),
			"n/a, n/a, permit, protect", evenkeel.MeasureIsolate, evenkeel.MeasureThrottle, "compute, two families and conclusive",
			[]string{"Safeguards protect the tenant (attribution): a machine may go up to throttle alone."}},
		{"another tenant holds the machine", with(trialMiner(), func(v *View) { v.Holdings[0].Tenant, v.Running = "other", nil }),
			"n/a, n/a, permit, protect", evenkeel.MeasureIsolate, evenkeel.MeasureThrottle, "compute, two families and conclusive",
			[]string{"Safeguards protect the tenant (attribution): a machine may go up to throttle alone."}},
		{"machines found by who made them may be younger than the burst", with(minerAt(evenkeel.StandingTrial, 2*day, 0, 0, pinned), func(v *View) {
			v.Finding.Family, v.Finding.Assets = "creation", []evenkeel.AssetID{"vm-1"}
			v.Finding.Subject = evenkeel.Subject{Kind: evenkeel.SubjectPrincipal, Tenant: "acme", Principal: "anna"}
			v.Holdings[0].From = now.Add(-time.Minute)
		}), "n/a, n/a, permit, permit", evenkeel.MeasureNotify, evenkeel.MeasureNotify, "compute, one family", nil},
		{"a burst of machines, however conclusive, is asked about", with(paidMiner(), func(v *View) { v.Finding.Family = "creation" }),
			"permit, n/a, permit, permit", evenkeel.MeasureNotify, evenkeel.MeasureNotify, "compute, two families and conclusive", nil},
		{"a family that has no section is asked about", with(paidMiner(), func(v *View) { v.Finding.Family = "novelty" }),
			"permit, n/a, permit, permit", evenkeel.MeasureNotify, evenkeel.MeasureNotify, "compute, two families and conclusive", nil},
		{"a flood that is told at once is limited", with(minerAt(evenkeel.StandingPrepaid, 21*day, 25, 310, pool), func(v *View) {
			v.Finding.Family, v.Finding.Revision = "flood", evenkeel.Provisional
		}), "permit, n/a, permit, permit", evenkeel.MeasureLimit, evenkeel.MeasureLimit, "packets, measured at the port", nil},
		{"a flood of a customer on credit is limited, not dropped", with(onCredit(pool), func(v *View) { v.Finding.Family = "flood" }),
			"unknown, protect, permit, permit", evenkeel.MeasureDropFlow, evenkeel.MeasureLimit, "packets, measured at the port",
			[]string{"Safeguards protect the tenant (established-customer) or are unknown (payment-history): a machine may go up to limit alone."}},
		{"a flood from invented addresses is cut off", with(minerAt(evenkeel.StandingPrepaid, 21*day, 25, 310, stratum), func(v *View) { v.Finding.Family = "flood" }),
			"permit, n/a, permit, permit", evenkeel.MeasureIsolate, evenkeel.MeasureIsolate, "packets, measured at the port and conclusive", nil},
		{"a flood that no port measured is asked about", with(minerAt(evenkeel.StandingPrepaid, 21*day, 25, 310, pinned), func(v *View) { v.Finding.Family = "flood" }),
			"permit, n/a, permit, permit", evenkeel.MeasureLimit, evenkeel.MeasureNotify, "packets, not measured at the port",
			[]string{"On the evidence (packets, not measured at the port) a machine may go up to notify alone."}},
		{"a new place and a destructive burst is frozen", with(paidMiner(), func(v *View) { v.Finding.Family = "takeover" }),
			"permit, n/a, permit, permit", evenkeel.MeasureFreeze, evenkeel.MeasureFreeze, "control plane, new place and destructive burst", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := p.Weigh(c.view)
			if says(got) != c.safeguards || got.Wanted != c.wanted || got.Allowed != c.allowed || got.Row != c.row || !reflect.DeepEqual(got.Why, c.why) {
				t.Errorf("%s; wanted %s, allowed %s, row %q, why %q\nwant %s; wanted %s, allowed %s, row %q, why %q",
					says(got), got.Wanted, got.Allowed, got.Row, got.Why, c.safeguards, c.wanted, c.allowed, c.row, c.why)
			}
			if got.Mode != evenkeel.ModeLive || got.Policy != p.Digest() || got.Family == nil || got.Flag != "" || got.Params != nil {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestWhatTheRuleOf2019WouldHaveDoneIsShownInShadow(t *testing.T) {
	p := builtIn(t, "raisup-2019")
	got := p.Weigh(onCredit(pinned, young))
	if got.Mode != evenkeel.ModeShadow || says(got) != "permit" || got.Wanted != evenkeel.MeasureSuspend || got.Allowed != evenkeel.MeasureNotify {
		t.Errorf("%+v", got)
	}
	want := []string{
		"Suspend takes two persons: a machine never does it alone.",
		"On the evidence (compute, one family) a machine may go up to notify alone.",
	}
	if !reflect.DeepEqual(got.Why, want) {
		t.Errorf("why %q", got.Why)
	}
	if why := got.Safeguards[0].Why; why != "The safety was not triggered: paid unknown (on credit: no payment history), used in a month 400." {
		t.Errorf("%s", why)
	}
	if got := p.Weigh(minerAt(evenkeel.StandingPrepaid, 820*day, 5000, 400, pinned)); got.Wanted != evenkeel.MeasureNotify || says(got) != "protect" {
		t.Errorf("who paid for a year: %+v", got)
	}
}

func TestAProposalIsInShadowIfThePolicyOrTheRuleIs(t *testing.T) {
	v := paidMiner()
	v.Finding.Mode = evenkeel.ModeShadow
	if got := builtIn(t, "default").Weigh(v); got.Mode != evenkeel.ModeShadow || got.Allowed != evenkeel.MeasureIsolate {
		t.Errorf("rule in shadow: %s, %s", got.Mode, got.Allowed)
	}
}

func TestAPolicyWithoutTheFamilyStillAsks(t *testing.T) {
	v := paidMiner()
	v.Finding.Family = "creation"
	got := mustParse(t, "good.yaml", mustRead(t, "testdata/good.yaml")).Weigh(v)
	if got.Family != nil || got.Wanted != 0 || got.Allowed != 0 || len(got.Safeguards) != 1 || len(got.Why) != 1 {
		t.Errorf("%+v", got)
	}
}

// TestMissingFactsNeverLetMorePass is F1: a missing safety input was read as "safety not
// triggered". Here no missing fact, alone or with others, lets a machine go further than the
// column "any protect or unknown", whatever the account is; and with one family of evidence it
// never goes above a notice. Only what is not asked may be missing: zero paid on a trial is a
// known fact, whatever the trial uses.
func TestMissingFactsNeverLetMorePass(t *testing.T) {
	p := builtIn(t, "default")
	facts := []string{"standing", "since", "paid", "run rate", "tenancy"}
	forget := [](func(*View)){
		func(v *View) { v.Account.Standing = evenkeel.UnknownFact[evenkeel.Standing]("not told") },
		func(v *View) { v.Account.Since = evenkeel.UnknownFact[evenkeel.Moment]("not told") },
		func(v *View) { v.Account.Paid = evenkeel.UnknownFact[float64]("not told") },
		func(v *View) { v.Account.RunRate = evenkeel.UnknownFact[float64]("not told") },
		func(v *View) { v.Holdings, v.Running = nil, nil },
	}
	for standing := evenkeel.StandingPrepaid; standing <= evenkeel.StandingDelinquent; standing++ {
		for _, age := range []time.Duration{2 * day, 820 * day} {
			for _, paid := range []float64{0, 25, 5000} {
				for subset := range 1 << len(facts) {
					strong := minerAt(standing, age, paid, 310, pinned, stratum, miner)
					weak := minerAt(standing, age, paid, 310, pinned, young)
					name := fmt.Sprintf("%s, %s, paid %v without", standing, long(age), paid)
					for i, f := range forget {
						if subset&(1<<i) != 0 {
							f(&strong)
							f(&weak)
							name += " " + facts[i]
						}
					}
					asked := subset != 0 && !(standing == evenkeel.StandingTrial && paid == 0 && subset == 1<<3)
					if got := p.Weigh(strong); asked && got.Allowed > evenkeel.MeasureThrottle {
						t.Errorf("%s: %s on the strongest evidence (%s)", name, got.Allowed, says(got))
					}
					if got := p.Weigh(weak); got.Allowed != evenkeel.MeasureNotify {
						t.Errorf("%s: %s on usage alone", name, got.Allowed)
					}
				}
			}
		}
	}
}

// TestAProposalSaysWhetherTheEvidenceIsConclusive: as the table of the law counts it, which is
// not whether some term says so of itself, and whatever the safeguards say.
func TestAProposalSaysWhetherTheEvidenceIsConclusive(t *testing.T) {
	p := builtIn(t, "default")
	of := func(v View, family string) View {
		v.Finding.Family = family
		return v
	}
	for _, c := range []struct {
		name string
		view View
		want bool
	}{
		{"usage, and Stratum on the wire", paidMiner(), true},
		{"the same of who is protected", onCredit(pinned, stratum), true},
		{"Stratum without usage: somebody may study it", minerAt(evenkeel.StandingTrial, 2*day, 0, 0, stratum), false},
		{"two families, of which none is conclusive", onCredit(pinned, pool), false},
		{"a conclusive term that speaks for the tenant", onCredit(pinned, pool, paying), false},
		{"a flood from invented addresses, on the wire", of(onCredit(stratum), "flood"), true},
		{"a flood that no port measured", of(onCredit(miner), "flood"), false},
	} {
		if got := p.Weigh(c.view); got.Conclusive != c.want {
			t.Errorf("%s: conclusive %v (%s)", c.name, got.Conclusive, got.Row)
		}
	}
}

// TestARatioOverNothingPaid is F2: run_rate > 3.0 * paid with nothing paid, with no number, and
// with an unknown total.
func TestARatioOverNothingPaid(t *testing.T) {
	doc := strings.Replace(string(mustRead(t, "testdata/good.yaml")), "mode: live", "mode: shadow", 1) // live refuses it
	doc = strings.Replace(doc, "tenant.paid > 0.0", "tenant.run_rate > 3.0 * tenant.paid", 1)
	p := mustParse(t, "ratio.yaml", []byte(doc))
	for _, c := range []struct {
		name string
		paid evenkeel.Fact[float64]
		want evenkeel.Answer
	}{
		{"zero is a number, and the ratio is true", evenkeel.KnownFact(0.0, now), evenkeel.Protect},
		{"no number is unknown, not false", evenkeel.KnownFact(math.NaN(), now), evenkeel.Unknown},
		{"an unknown total is unknown, not false", evenkeel.UnknownFact[float64]("on credit: no payment history"), evenkeel.Unknown},
	} {
		v := minerAt(evenkeel.StandingOnCredit, day, 0, 400, pinned)
		v.Account.Paid = c.paid
		if got := p.Weigh(v).Safeguards[0]; got.Says != c.want {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

// TestAllSafeguardsAreAskedAlsoWhereAFlagCovers: what was suppressed is recorded with what was
// wanted and with every answer.
func TestAllSafeguardsAreAskedAlsoWhereAFlagCovers(t *testing.T) {
	p := builtIn(t, "default")
	v := paidMiner()
	v.Flags = []evenkeel.Flag{flagOf("reviewer-1", evenkeel.Selector{TenantWide: true})}
	got := p.Weigh(v)
	if got.Flag != "flag-1" || got.Wanted != evenkeel.MeasureIsolate || got.Allowed != evenkeel.MeasureNone || len(got.Safeguards) != 4 || got.Row == "" {
		t.Errorf("%+v", got)
	}
	if want := []string{"Flag flag-1 covers it: it is only recorded."}; !reflect.DeepEqual(got.Why, want) {
		t.Errorf("why %q", got.Why)
	}
}

// TestTheSentencesOfTheDefaultPolicy has every sentence of its safeguards, so that all are read.
func TestTheSentencesOfTheDefaultPolicy(t *testing.T) {
	p := builtIn(t, "default")
	views := []View{trialMiner(), paidMiner(), onCredit(pinned), minerAt(evenkeel.StandingDelinquent, 820*day, 5000, 310.5, pinned)}
	recycled := paidMiner()
	recycled.Holdings[0].From, recycled.Clearances = now.Add(-time.Minute), 2
	nobody := View{Finding: evenkeel.Finding{At: now, Subject: evenkeel.Subject{Kind: evenkeel.SubjectTenant, Tenant: "acme"}}}
	nobody.Account.Standing = evenkeel.KnownFact(evenkeel.StandingUnknown, now)
	nobody.Account.Since = evenkeel.UnknownFact[evenkeel.Moment]("not told")
	nobody.Account.Paid = evenkeel.UnknownFact[float64]("not told")
	nobody.Account.RunRate = evenkeel.UnknownFact[float64]("told 60 days ago; expected within 45")
	said := map[string]bool{}
	var b strings.Builder
	for _, v := range append(views, recycled, nobody) {
		for i, s := range p.Weigh(v).Safeguards {
			if line := fmt.Sprintf("%s %s: %s\n", s.Name, s.Says, s.Why); !said[line] {
				b.WriteString(line)
				said[line] = true
			}
			said[p.safeguards[i].name+s.Says.String()] = true
		}
	}
	for _, s := range p.safeguards {
		for answer := range s.because {
			if !said[s.name+answer.String()] {
				t.Errorf("no view makes %s say %s", s.name, answer)
			}
		}
	}
	golden(t, "testdata/default-sentences.golden", b.String())
	golden(t, "testdata/default-table.golden", p.SafeguardTable())
}

func BenchmarkWeigh(b *testing.B) {
	p := builtIn(b, "default")
	plain, covered := onCredit(pinned, pool), onCredit(pinned, young)
	covered.Flags = []evenkeel.Flag{flagOf("reviewer-1", evenkeel.Selector{Principal: "anna", Image: "ubuntu", StartScript: "5c1"})}
	for _, c := range []struct {
		name string
		view View
	}{{"reduced", plain}, {"covered by a flag", covered}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.Weigh(c.view)
			}
		})
	}
}
