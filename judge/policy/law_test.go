package policy

import (
	"slices"
	"testing"

	"github.com/evenkeel/evenkeel"
)

// proposalFor weighs evidence by the law alone: the ladder has every rung that the harm has, and
// the policy wants whatever is named.
func proposalFor(h Harm, mandate evenkeel.Measure, col column, wanted evenkeel.Measure, rate float64, terms ...evenkeel.Term) Proposal {
	e := evidenceOf(&evenkeel.Finding{Terms: terms})
	p := Proposal{Family: &Family{Name: "f", Harm: h, Ladder: climbs[h]}, Wanted: wanted}
	switch col {
	case flagged:
		p.Flag = "flag-1"
	case permitted:
		p.Safeguards = []evenkeel.Safeguard{{Name: "s", Says: evenkeel.Permit}, {Name: "n", Says: evenkeel.NotApplicable}}
	case protected:
		p.Safeguards = []evenkeel.Safeguard{{Name: "s", Says: evenkeel.Permit}, {Name: "u", Says: evenkeel.Unknown}}
	}
	r := rowOf(h, e, mandate)
	p.Row = r.name
	reduction{row: r, mandate: mandate, column: columnOf(p.Safeguards, p.Flag != ""), aimed: true, rate: rate}.apply(&p)
	return p
}

func spoof(e evenkeel.Evidence) evenkeel.Term {
	return evenkeel.Term{Name: "spoofed", Family: e, Conclusive: true, Weight: 4}
}

func term(e evenkeel.Evidence) evenkeel.Term {
	return evenkeel.Term{Name: e.String(), Family: e, Weight: 1}
}

// TestTheTableOfHowFarAMachineMayGoAlone has a case for each cell of that table, under the words
// of the row and the cell. The measures are written down here, not read from law.go.
func TestTheTableOfHowFarAMachineMayGoAlone(t *testing.T) {
	const (
		none, notify, throttle, isolate = evenkeel.MeasureNone, evenkeel.MeasureNotify, evenkeel.MeasureThrottle, evenkeel.MeasureIsolate
		limit, drop, freeze             = evenkeel.MeasureLimit, evenkeel.MeasureDropFlow, evenkeel.MeasureFreeze
		challenge, shut                 = evenkeel.MeasureChallenge, evenkeel.MeasureShut
	)
	usage, wire, report := term(evenkeel.EvidenceUsage), term(evenkeel.EvidenceWire), term(evenkeel.EvidenceReport)
	rows := []struct {
		row     string // as the proposal names it
		harm    Harm
		terms   []evenkeel.Term
		printed [3]string
		most    [3]evenkeel.Measure
		mandate evenkeel.Measure
	}{
		{"compute, one family", HarmCompute, []evenkeel.Term{usage, young}, [3]string{"notify", "notify", "record only"}, [3]evenkeel.Measure{notify, notify, none}, none},
		{"compute, one family", HarmCompute, []evenkeel.Term{stratum}, [3]string{"notify", "notify", "record only"}, [3]evenkeel.Measure{notify, notify, none}, none},
		{"compute, two families", HarmCompute, []evenkeel.Term{usage, wire}, [3]string{"throttle", "notify", "record only"}, [3]evenkeel.Measure{throttle, notify, none}, none},
		{"compute, two families", HarmCompute, []evenkeel.Term{stratum, miner}, [3]string{"throttle", "notify", "record only"}, [3]evenkeel.Measure{throttle, notify, none}, none},
		{"compute, two families and conclusive", HarmCompute, []evenkeel.Term{usage, stratum}, [3]string{"isolate", "throttle", "record only"}, [3]evenkeel.Measure{isolate, throttle, none}, none},
		{"packets, not measured at the port", HarmPackets, []evenkeel.Term{usage, spoof(evenkeel.EvidenceProcess)}, [3]string{"notify", "notify", "record only"}, [3]evenkeel.Measure{notify, notify, none}, none},
		{"packets, measured at the port", HarmPackets, []evenkeel.Term{wire}, [3]string{"limit, then drop-flow", "limit", "limit at the flag's envelope"}, [3]evenkeel.Measure{drop, limit, limit}, none},
		{"packets, measured at the port and conclusive", HarmPackets, []evenkeel.Term{spoof(evenkeel.EvidenceWire)}, [3]string{"isolate", "drop-flow", "drop-flow"}, [3]evenkeel.Measure{isolate, drop, drop}, none},
		{"control plane, new place and destructive burst", HarmControl, []evenkeel.Term{usage}, [3]string{"notify and ask the owner; freeze", "notify and ask the owner", "record only"}, [3]evenkeel.Measure{freeze, notify, none}, none},
		{"edge, no mandate", HarmEdge, []evenkeel.Term{wire}, [3]string{"notify", "the same", "the same"}, [3]evenkeel.Measure{notify, notify, notify}, none},
		{"edge, the tenant's mandate", HarmEdge, []evenkeel.Term{wire}, [3]string{"stages inside the mandate", "the same", "the same"}, [3]evenkeel.Measure{shut, shut, shut}, shut},
		{"edge, the tenant's mandate", HarmEdge, []evenkeel.Term{wire, usage}, [3]string{"stages inside the mandate", "the same", "the same"}, [3]evenkeel.Measure{challenge, challenge, challenge}, challenge},
		{"edge, no mandate", HarmEdge, []evenkeel.Term{usage}, [3]string{"notify", "the same", "the same"}, [3]evenkeel.Measure{notify, notify, notify}, shut},
		{"report alone", HarmEdge, []evenkeel.Term{report}, [3]string{"notify", "notify", "record only"}, [3]evenkeel.Measure{notify, notify, none}, shut},
		{"report alone", HarmReport, []evenkeel.Term{report, usage}, [3]string{"notify", "notify", "record only"}, [3]evenkeel.Measure{notify, notify, none}, none},
		{"report alone", HarmCompute, []evenkeel.Term{report}, [3]string{"notify", "notify", "record only"}, [3]evenkeel.Measure{notify, notify, none}, none},
		{"report alone", HarmPackets, []evenkeel.Term{report}, [3]string{"notify", "notify", "record only"}, [3]evenkeel.Measure{notify, notify, none}, none},
		{"report alone", HarmControl, []evenkeel.Term{report}, [3]string{"notify", "notify", "record only"}, [3]evenkeel.Measure{notify, notify, none}, none},
		{"no evidence", HarmCompute, []evenkeel.Term{paying}, [3]string{"record only", "record only", "record only"}, [3]evenkeel.Measure{none, none, none}, none},
	}
	for _, r := range rows {
		for col := range column(len(columns)) {
			t.Run(r.row+", "+columns[col]+": "+r.printed[col], func(t *testing.T) {
				if got := rowOf(r.harm, evidenceOf(&evenkeel.Finding{Terms: r.terms}), r.mandate); got.name != r.row || got.cells[col].says != r.printed[col] {
					t.Errorf("row %q says %q", got.name, got.cells[col].says)
				}
				for _, wanted := range []evenkeel.Measure{evenkeel.MeasureSuspend, evenkeel.MeasureDeny} { // above isolate, or account-wide: two persons
					got := proposalFor(r.harm, r.mandate, col, wanted, 5000, r.terms...)
					if got.Allowed != r.most[col] || got.Row != r.row {
						t.Errorf("of %s a machine may do %s on row %q; want %s", wanted, got.Allowed, got.Row, r.most[col])
					}
					if len(got.Why) == 0 || got.Why[0] != capital(wanted.String())+" takes two persons: a machine never does it alone." {
						t.Errorf("why %q", got.Why)
					}
				}
				for _, wanted := range climbs[r.harm] { // never above what is wanted, and always with a reason
					got := proposalFor(r.harm, r.mandate, col, wanted, 5000, r.terms...)
					if r.harm.rank(got.Allowed) > r.harm.rank(wanted) || r.harm.rank(got.Allowed) > r.harm.rank(r.most[col]) {
						t.Errorf("of %s a machine may do %s", wanted, got.Allowed)
					}
					if got.Allowed != wanted && len(got.Why) == 0 {
						t.Errorf("%s became %s without a reason", wanted, got.Allowed)
					}
				}
			})
		}
	}
	golden(t, "testdata/law.golden", LawTable())
}

// TestLimitComesBeforeDropFlow: the table says "limit, then drop-flow"; what is wanted decides.
func TestLimitComesBeforeDropFlow(t *testing.T) {
	for _, wanted := range []evenkeel.Measure{evenkeel.MeasureLimit, evenkeel.MeasureDropFlow} {
		if got := proposalFor(HarmPackets, evenkeel.MeasureNone, permitted, wanted, 0, pool); got.Allowed != wanted || got.Why != nil {
			t.Errorf("of %s a machine may do %s: %q", wanted, got.Allowed, got.Why)
		}
	}
}

// TestNobodyAskedIsNoPermission: a policy without safeguards is in the column of the unknown.
func TestNobodyAskedIsNoPermission(t *testing.T) {
	if got := columnOf(nil, false); got != protected {
		t.Errorf("column %d", got)
	}
	p := Proposal{Family: &Family{Name: "f", Harm: HarmCompute, Ladder: climbs[HarmCompute]}, Wanted: evenkeel.MeasureThrottle}
	reduction{row: &lawTwo, column: columnOf(nil, false)}.apply(&p)
	if p.Allowed != evenkeel.MeasureNotify || !slices.Equal(p.Why, []string{"No safeguard was asked: a machine may go up to notify alone."}) {
		t.Errorf("%s: %q", p.Allowed, p.Why)
	}
}

// TestALadderWithoutTheRungGivesTheNextLowerOne: a measure that no policy described is not taken.
func TestALadderWithoutTheRungGivesTheNextLowerOne(t *testing.T) {
	p := Proposal{
		Family: &Family{Name: "mining", Harm: HarmCompute, Ladder: []evenkeel.Measure{evenkeel.MeasureNotify, evenkeel.MeasureIsolate}},
		Wanted: evenkeel.MeasureIsolate, Safeguards: []evenkeel.Safeguard{{Name: "s", Says: evenkeel.Permit}},
	}
	reduction{row: &lawTwo, column: permitted}.apply(&p)
	want := []string{
		"On the evidence (compute, two families) a machine may go up to throttle alone.",
		"The ladder of mining has no throttle: notify is the next lower rung that is permitted.",
	}
	if p.Allowed != evenkeel.MeasureNotify || !slices.Equal(p.Why, want) {
		t.Errorf("%s: %q", p.Allowed, p.Why)
	}
}

// TestLessEvidenceAndMoreProtectionNeverAllowMore goes through all there is: every harm, every set
// of families of evidence and of conclusive ones among them, every column.
func TestLessEvidenceAndMoreProtectionNeverAllowMore(t *testing.T) {
	const sets = 1 << (families - 1)
	of := func(met, conclusive int) (out []evenkeel.Term) {
		for f := 1; f < families; f++ {
			if met&(1<<(f-1)) != 0 {
				out = append(out, evenkeel.Term{Family: evenkeel.Evidence(f), Weight: 1, Conclusive: conclusive&(1<<(f-1)) != 0})
			}
		}
		return out
	}
	for h := HarmCompute; h <= HarmReport+1; h++ {
		h, mandate := h, evenkeel.MeasureNone
		if h > HarmReport {
			h, mandate = HarmEdge, evenkeel.MeasureShut
		}
		for met := range sets {
			for conclusive := range sets {
				row := rowOf(h, evidenceOf(&evenkeel.Finding{Terms: of(met, conclusive)}), mandate)
				for col := range column(len(columns)) {
					may := row.cells[col].may
					if col > permitted && !within(may, row.cells[col-1].may) {
						t.Fatalf("%s %b/%b: %s allows %v, %s only %v", h, met, conclusive, columns[col], may, columns[col-1], row.cells[col-1].may)
					}
					for f := range families - 1 { // without one family, and without one conclusive sign
						for _, less := range [][2]int{{met &^ (1 << f), conclusive}, {met, conclusive &^ (1 << f)}} {
							other := rowOf(h, evidenceOf(&evenkeel.Finding{Terms: of(less[0], less[1])}), mandate)
							if !within(other.cells[col].may, may) {
								t.Fatalf("%s %b/%b allows %v; with less, %b/%b, %v", h, met, conclusive, may, less[0], less[1], other.cells[col].may)
							}
						}
					}
				}
			}
		}
	}
}

// within says whether every measure of a is one of b.
func within(a, b []evenkeel.Measure) bool {
	return !slices.ContainsFunc(a, func(m evenkeel.Measure) bool { return !slices.Contains(b, m) })
}

func TestTheFamiliesOfEvidenceAreThoseOfTheFinding(t *testing.T) {
	f := evenkeel.Finding{Terms: []evenkeel.Term{pinned, paying, stratum, young, miner}}
	e := evidenceOf(&f)
	if got := f.Families(); e.count != len(got) {
		t.Errorf("%d families, the finding has %v", e.count, got)
	}
	for _, family := range f.Families() {
		if !e.met[family] {
			t.Errorf("%s is not met", family)
		}
	}
	if e.conclusive[evenkeel.EvidenceFleet] {
		t.Error("a term that speaks for the tenant is conclusive against it")
	}
	if e := evidenceOf(&evenkeel.Finding{Terms: []evenkeel.Term{{Weight: 1}, {Weight: 1, Family: 99}}}); e.count != 0 {
		t.Errorf("families that are none: %+v", e)
	}
}

func TestEveryHarmHasAWordAndAClimb(t *testing.T) {
	for h := HarmCompute; h <= HarmReport; h++ {
		if again, err := ParseHarm(h.String()); err != nil || again != h {
			t.Errorf("%s: %v, %v", h, again, err)
		}
		for i, m := range climbs[h] {
			if h.rank(m) != i+1 || h.rank(evenkeel.MeasureSuspend) <= h.rank(m) || h.rank(evenkeel.MeasureDeny) <= h.rank(evenkeel.MeasureSuspend) {
				t.Errorf("%s: rank of %s", h, m)
			}
		}
	}
	if _, err := ParseHarm(""); err == nil || Harm(0).String() != "invalid" || Harm(9).String() != "invalid" {
		t.Error("a harm that is none")
	}
}
