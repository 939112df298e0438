package policy

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

// flagOf is a flag of acme for mining, from a day ago for a month; by a policy where by is "".
func flagOf(by evenkeel.PersonID, s evenkeel.Selector) evenkeel.Flag {
	return evenkeel.Flag{
		ID: "flag-1", Tenant: "acme", Family: "mining", Selector: s, From: now.Add(-day), Until: now.Add(30 * day),
		By: evenkeel.Actor{Policy: "sha256:0", Person: by}, Why: "a batch job",
	}
}

func TestWhatAFlagCovers(t *testing.T) {
	all := evenkeel.Selector{TenantWide: true}
	job := evenkeel.Selector{Principal: "anna", Image: "ubuntu", StartScript: "5c1"}
	one := evenkeel.Selector{Assets: []evenkeel.AssetID{"vm-1", "vm-2"}}
	more := func(v *View, n int, vcpus evenkeel.Fact[int64], principal string) {
		for i := range n {
			v.Running = append(v.Running, evenkeel.Holding{
				Asset: evenkeel.AssetID("more-" + string(rune('a'+i))), Tenant: "acme", From: now.Add(-day), VCPUs: vcpus, Principal: principal, Image: "ubuntu", StartScript: "5c1",
			})
		}
	}
	eight := evenkeel.KnownFact[int64](8, now)
	cases := []struct {
		name string
		sel  evenkeel.Selector
		set  func(*evenkeel.Flag, *View)
		ok   bool
		why  string // "" and not ok: passed over silently
	}{
		{"all of the tenant's", all, nil, true, ""},
		{"the assets that it names", one, nil, true, ""},
		{"a principal, an image and a start script", job, nil, true, ""},
		{"a principal alone", evenkeel.Selector{Principal: "anna"}, nil, true, ""},
		{"another tenant's flag", all, func(f *evenkeel.Flag, _ *View) { f.Tenant = "other" }, false, ""},
		{"a flag of another family", all, func(f *evenkeel.Flag, _ *View) { f.Family = "creation" }, false, ""},
		{"one that is over", all, func(f *evenkeel.Flag, _ *View) { f.Until = now }, false, ""},
		{"one that ends just after", all, func(f *evenkeel.Flag, _ *View) { f.Until = now + 1 }, true, ""},
		{"one that begins just now", all, func(f *evenkeel.Flag, _ *View) { f.From = now }, true, ""},
		{"one that begins later", all, func(f *evenkeel.Flag, _ *View) { f.From = now + 1 }, false, "it begins only at 2024-03-04T08:55:00.000000001Z"},
		{"one that is revoked", all, func(f *evenkeel.Flag, _ *View) { f.Revoked = now }, false, ""},
		{"one that is revoked later", all, func(f *evenkeel.Flag, _ *View) { f.Revoked = now + 1 }, true, ""},
		{"an asset that it does not name", evenkeel.Selector{Assets: []evenkeel.AssetID{"vm-2"}}, nil, false, "it does not name vm-1"},
		{"one asset of two that it does not name", evenkeel.Selector{Assets: []evenkeel.AssetID{"vm-1"}},
			func(_ *evenkeel.Flag, v *View) { v.Finding.Assets = []evenkeel.AssetID{"vm-1", "vm-2"} }, false, "it does not name vm-2"},
		{"another principal", job, func(_ *evenkeel.Flag, v *View) { v.Holdings[0].Principal = "eve" }, false, "the principal of vm-1 is eve; the flag asks for anna"},
		{"an image that is not known", job, func(_ *evenkeel.Flag, v *View) { v.Holdings[0].Image = "" }, false, "the image of vm-1 is not known; the flag asks for ubuntu"},
		{"another start script", job, func(_ *evenkeel.Flag, v *View) { v.Holdings[0].StartScript = "666" }, false, "the start script of vm-1 is 666; the flag asks for 5c1"},
		{"a machine of which nothing is known", job, func(_ *evenkeel.Flag, v *View) { v.Holdings, v.Running = nil, nil }, false, "it is not known what vm-1 is"},
		{"a finding that names no asset", job, func(_ *evenkeel.Flag, v *View) { v.Finding.Subject.Kind = evenkeel.SubjectPrincipal }, false, "it is about certain assets, and the finding names none"},
		{"a selector of no form", evenkeel.Selector{}, nil, false, "it selects nothing"},
		{"as many machines as it covers", job, func(f *evenkeel.Flag, v *View) { f.Envelope.Count = 3; more(v, 2, eight, "anna") }, true, ""},
		{"one machine more than it covers", job, func(f *evenkeel.Flag, v *View) { f.Envelope.Count = 3; more(v, 3, eight, "anna") }, false, "4 of the machines that it selects run, and it covers 3"},
		{"a tenant of whom not all is looked at", job, func(f *evenkeel.Flag, v *View) { f.Envelope.Count, v.More = 3, true }, false,
			"it is not known how many of the machines that it selects run: the tenant holds more than the 1 that were looked at"},
		{"more machines that it does not select", job, func(f *evenkeel.Flag, v *View) { f.Envelope.Count = 3; more(v, 9, eight, "eve") }, true, ""},
		{"machines that are named and were never told to run", all, func(f *evenkeel.Flag, v *View) {
			f.Envelope.Count, v.Running, v.Finding.Assets = 1, nil, []evenkeel.AssetID{"vm-2"}
			v.Holdings = append(v.Holdings, evenkeel.Holding{Asset: "vm-2", Tenant: "acme", From: now - 1})
		}, false, "2 of the machines that it selects run, and it covers 1"},
		{"machines that are gone", all, func(f *evenkeel.Flag, v *View) {
			f.Envelope.Count = 1
			v.Running = append(v.Running, evenkeel.Holding{Asset: "gone", Tenant: "acme", From: 1, Until: now})
		}, true, ""},
		{"as many vCPUs as it covers", job, func(f *evenkeel.Flag, v *View) { f.Envelope.VCPUs = 24; more(v, 2, eight, "anna") }, true, ""},
		{"one vCPU too many", job, func(f *evenkeel.Flag, v *View) { f.Envelope.VCPUs = 23; more(v, 2, eight, "anna") }, false, "the machines that it selects have 24 vCPUs, and it covers 23"},
		{"vCPUs that are not known", job, func(f *evenkeel.Flag, v *View) {
			f.Envelope.VCPUs = 100
			more(v, 1, evenkeel.UnknownFact[int64]("not told"), "anna")
		}, false, "it covers 100 vCPUs, and it is not known how many more-a has"},
		{"vCPUs beyond what can be counted", all, func(f *evenkeel.Flag, v *View) {
			f.Envelope.VCPUs = 100
			more(v, 2, evenkeel.KnownFact[int64](1<<62, now), "anna")
		}, false, "the machines that it selects have 9223372036854775807 vCPUs, and it covers 100"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f, v := flagOf("reviewer-1", c.sel), paidMiner()
			if c.set != nil {
				c.set(&f, &v)
			}
			if ok, _, why := covers(&f, &v); ok != c.ok || why != c.why {
				t.Errorf("covers: %v, %q; want %v, %q", ok, why, c.ok, c.why)
			}
		})
	}
}

// TestAnAnnouncementOfLoadDoesNotExcuseStratum is property G: to announce in order to mine gains
// nothing beyond load.
func TestAnAnnouncementOfLoadDoesNotExcuseStratum(t *testing.T) {
	p := builtIn(t, "default")
	announced := flagOf("", evenkeel.Selector{TenantWide: true})
	load := minerAt(evenkeel.StandingPrepaid, 21*day, 25, 310, pinned, young)
	load.Flags = []evenkeel.Flag{announced}
	if got := p.Weigh(load); got.Flag != "flag-1" || got.Allowed != evenkeel.MeasureNone || got.NotCovered != nil {
		t.Errorf("load: %+v", got)
	}
	mining := paidMiner()
	mining.Finding.Terms = append(mining.Finding.Terms, miner)
	mining.Flags = []evenkeel.Flag{announced}
	got := p.Weigh(mining)
	want := []string{"Flag flag-1 does not cover it: it was granted for announced load, which does not excuse evidence of wire and process."}
	if got.Flag != "" || got.Allowed != evenkeel.MeasureIsolate || !reflect.DeepEqual(got.NotCovered, want) {
		t.Errorf("Stratum: flag %q, %s, %q", got.Flag, got.Allowed, got.NotCovered)
	}
	mining.Flags[0].By.Person = "reviewer-1"
	if got := p.Weigh(mining); got.Flag != "flag-1" || got.Allowed != evenkeel.MeasureNone {
		t.Errorf("a person who looked at it: %+v", got)
	}
}

func TestTheFirstFlagThatCoversCounts(t *testing.T) {
	v := paidMiner()
	narrow, over, wide, wider := flagOf("r", evenkeel.Selector{Assets: []evenkeel.AssetID{"vm-9"}}), flagOf("r", evenkeel.Selector{TenantWide: true}),
		flagOf("r", evenkeel.Selector{TenantWide: true}), flagOf("r", evenkeel.Selector{TenantWide: true})
	narrow.ID, over.ID, wide.ID, wider.ID = "narrow", "over", "wide", "wider"
	over.Until = now
	v.Flags = []evenkeel.Flag{narrow, over, wide, wider}
	got := builtIn(t, "default").Weigh(v)
	if want := []string{"Flag narrow does not cover it: it does not name vm-1."}; got.Flag != "wide" || !reflect.DeepEqual(got.NotCovered, want) {
		t.Errorf("flag %q, %q", got.Flag, got.NotCovered)
	}
}

func TestOfManyFlagsThatDoNotCoverItSomeAreTold(t *testing.T) {
	for flags, last := range map[int]string{
		5: "Flag n-4 does not cover it: it does not name vm-1.", 6: "… and 1 more flag does not cover it.", 256: "… and 251 more flags do not cover it.",
	} {
		v := paidMiner()
		for n := range flags {
			f := flagOf("r", evenkeel.Selector{Assets: []evenkeel.AssetID{"vm-9"}})
			f.ID = evenkeel.FlagID(fmt.Sprint("n-", n))
			v.Flags = append(v.Flags, f)
		}
		wide := flagOf("r", evenkeel.Selector{TenantWide: true})
		wide.ID = "wide"
		for _, want := range []evenkeel.FlagID{"", wide.ID} {
			if want != "" {
				v.Flags = append(v.Flags, wide)
			}
			got := builtIn(t, "default").Weigh(v)
			if n := len(got.NotCovered); got.Flag != want || n != min(flags, 6) || got.NotCovered[n-1] != last {
				t.Errorf("%d flags: flag %q, %q", flags, got.Flag, got.NotCovered)
			}
		}
	}
}

// TestAFlagLimitsPacketsAtItsEnvelope: what others receive has a bound also where it is cleared.
func TestAFlagLimitsPacketsAtItsEnvelope(t *testing.T) {
	p := builtIn(t, "default")
	weigh := func(rate float64, terms ...evenkeel.Term) Proposal {
		v := minerAt(evenkeel.StandingPrepaid, 21*day, 25, 310, terms...)
		v.Finding.Family = "flood"
		f := flagOf("reviewer-1", evenkeel.Selector{TenantWide: true})
		f.Family, f.Envelope.Rate = "flood", rate
		v.Flags = []evenkeel.Flag{f}
		return p.Weigh(v)
	}
	got := weigh(5000, pool)
	if got.Allowed != evenkeel.MeasureLimit || got.Params["rate"] != "5000" || got.Why[0] != "Flag flag-1 covers it up to 5000 packets a second: what is beyond is limited." {
		t.Errorf("with a rate: %+v", got)
	}
	if got := weigh(0, pool); got.Flag == "" || got.Allowed != evenkeel.MeasureNone || got.Params != nil {
		t.Errorf("without a rate there is no bound: %+v", got)
	}
	if got := weigh(5000, stratum); got.Allowed != evenkeel.MeasureDropFlow || got.Params != nil {
		t.Errorf("from invented addresses: %+v", got)
	}
	if got := weigh(0, stratum); got.Allowed != evenkeel.MeasureDropFlow {
		t.Errorf("from invented addresses, without a rate: %+v", got)
	}
	if got := weigh(5000, pinned); got.Allowed != evenkeel.MeasureNone || !strings.Contains(strings.Join(got.Why, " "), "only recorded") {
		t.Errorf("not measured at the port: %+v", got)
	}
}

// TestAFlowThatNobodyNamesIsLimited: an order to cut a flow says which; where the finding says none,
// what a machine may do of it is to limit, whatever stands beside the evidence.
func TestAFlowThatNobodyNamesIsLimited(t *testing.T) {
	p := builtIn(t, "default")
	for _, c := range []struct {
		name    string
		flag    bool
		rate    float64
		terms   []evenkeel.Term
		allowed evenkeel.Measure
		params  string
	}{
		{"all permit", false, 0, []evenkeel.Term{pool}, evenkeel.MeasureLimit, ""},
		{"all permit, and conclusive", false, 0, []evenkeel.Term{stratum}, evenkeel.MeasureIsolate, ""},
		{"a flag without a rate", true, 0, []evenkeel.Term{pool}, evenkeel.MeasureNone, ""},
		{"a flag without a rate, and conclusive", true, 0, []evenkeel.Term{stratum}, evenkeel.MeasureLimit, ""},
		{"a flag with a rate, and conclusive", true, 5000, []evenkeel.Term{stratum}, evenkeel.MeasureLimit, "5000"},
	} {
		v := minerAt(evenkeel.StandingPrepaid, 21*day, 25, 310, c.terms...)
		v.Finding.Family, v.Finding.Aims = "flood", nil
		if c.flag {
			f := flagOf("reviewer-1", evenkeel.Selector{TenantWide: true})
			f.Family, f.Envelope.Rate = "flood", c.rate
			v.Flags = []evenkeel.Flag{f}
		}
		if got := p.Weigh(v); got.Allowed != c.allowed || got.Params["rate"] != c.params || len(got.Why) == 0 && c.allowed != got.Wanted {
			t.Errorf("%s: wanted %s, allowed %s, params %v, why %q; want %s %q", c.name, got.Wanted, got.Allowed, got.Params, got.Why, c.allowed, c.params)
		}
	}
}
