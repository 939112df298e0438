package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy/builtin"
	"github.com/evenkeel/evenkeel/watch/intake/report"
	"github.com/evenkeel/evenkeel/watch/intake/report/xarf"
)

// flooded is a case of a machine that attacked others, with what may not go out: what is known of the
// tenant, what others said, and what is not final or only watched.
func flooded(change func(*docket.Folder)) *docket.Folder {
	at := evenkeel.MomentOf(time.Date(2016, 1, 28, 3, 0, 0, 0, time.UTC))
	term := func(e evenkeel.Evidence, says string) evenkeel.Term {
		return evenkeel.Term{Name: "t", Family: e, Weight: 1, Says: says}
	}
	finding := func(r evenkeel.Revision, m evenkeel.Mode, terms ...evenkeel.Term) evenkeel.Finding {
		return evenkeel.Finding{Subject: evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: "203.0.113.9"}, Family: "flood", Revision: r, Mode: m, From: at, Until: at.Add(20 * time.Minute), Terms: terms}
	}
	f := &docket.Folder{
		Row: docket.Row{Case: evenkeel.Case{ID: "c-1", Tenant: "acme-gmbh", Family: "flood", Assets: []evenkeel.AssetID{"203.0.113.9"}}},
		Findings: []evenkeel.Finding{
			finding(evenkeel.Final, evenkeel.ModeLive, term(evenkeel.EvidenceWire, "41,000 connections a second were opened; ask noc@example.com."),
				term(evenkeel.EvidenceUsage, "The tenant has paid 12 in total."), term(evenkeel.EvidenceReport, "Others report attacks from it.")),
			finding(evenkeel.Provisional, evenkeel.ModeLive, term(evenkeel.EvidenceWire, "A guess.")),
			finding(evenkeel.Final, evenkeel.ModeShadow, term(evenkeel.EvidenceWire, "A rule on trial.")),
		},
	}
	if change != nil {
		change(f)
	}
	return f
}

func xarfOf() *caseXARFCmd {
	return &caseXARFCmd{
		Attacked: netip.MustParseAddr("198.51.100.7"), Port: 80, FromPort: 40123, Kind: "ddos", Protocol: "tcp", Org: "Example Cloud", Contact: "abuse@example.com", Policy: "default",
	}
}

// Row R17, P: those who were attacked read counts, and nothing of the tenant.
func TestWhatThoseAreToldWhoWereAttacked(t *testing.T) {
	now := time.Date(2016, 1, 28, 5, 0, 0, 0, time.UTC)
	a, err := xarfOf().attack(flooded(nil), now)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := a.Write()
	if err != nil {
		t.Fatal(err)
	}
	r, err := xarf.Read(doc)
	if err != nil {
		t.Fatalf("%v\n%s", err, doc)
	}
	if len(r.Evidence) != 1 || r.Evidence[0].Claim != report.ClaimAgrees || r.Source.Asset() != "203.0.113.9" || r.Reporter.Domain != "example.com" {
		t.Fatalf("read as %+v", r)
	}
	said := string(doc) + a.Evidence[0].Text
	for _, secret := range []string{"acme", "paid", "Others report", "guess", "trial", "noc@"} {
		if strings.Contains(said, secret) {
			t.Errorf("it tells %q:\n%s", secret, said)
		}
	}
	if !strings.Contains(a.Evidence[0].Text, "41,000 connections a second were opened") {
		t.Errorf("the evidence is %q", a.Evidence[0].Text)
	}
}

func TestWhatCannotBeToldIsRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*docket.Folder)
		says   string
	}{
		{"nothing was measured", func(f *docket.Folder) { f.Findings = f.Findings[1:] }, "nothing that was measured at the port"},
		{"it was measured at another machine", func(f *docket.Folder) {
			f.Case.Assets = append(f.Case.Assets, "203.0.113.10")
			f.Findings[0].Subject.Asset = "203.0.113.10"
		}, "expected --from"},
		{"a machine by a name", func(f *docket.Folder) { f.Case.Assets = []evenkeel.AssetID{"vm-1"} }, "expected --from"},
		{"it was cleared", func(f *docket.Folder) {
			f.Case.State, f.Case.Outcome = evenkeel.CaseClosed, evenkeel.OutcomeFalsePositive
		}, "was cleared (false_positive)"},
		{"it was cleared and found again, and nobody has looked", func(f *docket.Folder) {
			f.Case.State, f.Case.Outcome = evenkeel.CaseReopened, evenkeel.OutcomePolicyMismatch
		}, "was cleared (policy_mismatch)"},
		{"nothing could be found out", func(f *docket.Folder) {
			f.Case.State, f.Case.Outcome = evenkeel.CaseClosed, evenkeel.OutcomeInconclusive
		}, "nobody found that it was so"},
		{"several machines", func(f *docket.Folder) { f.Case.Assets = append(f.Case.Assets, "203.0.113.10") }, "expected --from"},
	} {
		if a, err := xarfOf().attack(flooded(c.change), time.Date(2016, 1, 28, 5, 0, 0, 0, time.UTC)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, %+v", c.name, err, a)
		}
	}
}

// Row R17: nobody is told of an address that is not the case's, nor is anybody told behind one that is
// nobody's in public; a machine that was taken over did attack.
func TestWhoAccusesNamesAnAddressOfTheCase(t *testing.T) {
	now := time.Date(2016, 1, 28, 5, 0, 0, 0, time.UTC)
	for _, c := range []struct{ name, from, attacked, says string }{
		{"the address beside it", "203.0.113.10", "198.51.100.7", "is about the address 203.0.113.9, and not about 203.0.113.10"},
		{"a private target", "203.0.113.9", "10.1.2.3", "private or reserved"},
		{"a target of a carrier's own", "203.0.113.9", "100.64.0.1", "private or reserved"},
		{"a group", "203.0.113.9", "239.0.0.1", "private or reserved"},
		{"a private target of IPv6", "203.0.113.9", "fd00::1", "private or reserved"},
		{"as it was", "203.0.113.9", "198.51.100.7", ""},
	} {
		x := xarfOf()
		x.From, x.Attacked = netip.MustParseAddr(c.from), netip.MustParseAddr(c.attacked)
		a, err := x.attack(flooded(func(f *docket.Folder) {
			f.Case.State, f.Case.Outcome = evenkeel.CaseClosed, evenkeel.OutcomeVictim
		}), now)
		if err == nil {
			_, err = a.Write()
		}
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; expected %q", c.name, err, c.says)
		}
	}
}

// Row R17, P: what was measured at another machine of the case is not told of the one that attacked.
func TestOnlyWhatWasMeasuredAtTheMachineIsTold(t *testing.T) {
	now := time.Date(2016, 1, 28, 5, 0, 0, 0, time.UTC)
	two := func(f *docket.Folder) {
		f.Case.Assets = append(f.Case.Assets, "203.0.113.10", "vm-1")
		f.Findings = append(f.Findings, f.Findings[0], f.Findings[0])
		f.Findings[3].Subject.Asset, f.Findings[3].Terms = "203.0.113.10", []evenkeel.Term{{Family: evenkeel.EvidenceWire, Weight: 1, Says: "Of the other."}}
		f.Findings[4].Subject.Asset, f.Findings[4].Terms = "vm-1", []evenkeel.Term{{Family: evenkeel.EvidenceWire, Weight: 1, Says: "Of the machine."}}
	}
	for _, c := range []struct {
		name, from string
		asset      evenkeel.AssetID
		want       string
	}{
		{"the address is an asset", "203.0.113.9", "", "41,000 connections"},
		{"the address is another one", "203.0.113.10", "", "Of the other."},
		{"the asset with the address is named", "203.0.113.77", "vm-1", "Of the machine."},
		{"an address of none of them", "203.0.113.77", "", ""},
		{"an asset of another case", "203.0.113.9", "vm-2", ""},
	} {
		x := xarfOf()
		x.From, x.Asset = netip.MustParseAddr(c.from), c.asset
		a, err := x.attack(flooded(two), now)
		if c.want == "" {
			if err == nil || !strings.Contains(evenkeel.HintOf(err), "--asset") {
				t.Errorf("%s: %v, %+v", c.name, err, a)
			}
			continue
		}
		if err != nil || strings.Count(a.Evidence[0].Text, "\n") != 1 || !strings.Contains(a.Evidence[0].Text, c.want) {
			t.Errorf("%s: %v, %+v", c.name, err, a)
		}
	}
}

func TestThePolicySaysWhetherAnybodyIsTold(t *testing.T) {
	c := xarfOf()
	if err := c.mayTell("flood"); evenkeel.KindOf(err) != evenkeel.KindDenied || evenkeel.HintOf(err) == "" {
		t.Errorf("the policy that comes with the program: %v", err)
	}
	text, err := builtin.Text("default")
	if err != nil {
		t.Fatal(err)
	}
	c.Policy = filepath.Join(t.TempDir(), "ours.yaml")
	ours := strings.Replace(string(text), "    harm: packets\n", "    harm: packets\n    tell_victims: true\n", 1)
	if err := os.WriteFile(c.Policy, []byte(ours), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.mayTell("flood"); err != nil {
		t.Error(err)
	}
	if err := c.mayTell("mining"); evenkeel.KindOf(err) != evenkeel.KindDenied {
		t.Errorf("another family: %v", err)
	}
}
