package ledger_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/ledger"
)

func laterOfEach() []ledger.Leaf {
	d := decision(0)
	d.Grounds.Basis = []evenkeel.Basis{{Finding: "f-1", Rule: "crypto-mining", Version: 3}}
	return []ledger.Leaf{
		ledger.OfTurn(key, d, evenkeel.Actor{Policy: "sha256:abc", Person: "ada"}, "sha256:abc"),
		ledger.OfAct(key, "", start, "a family", "sha256:abc", true, []byte(`{"id":"a"}`)).Doing("answer"),
		ledger.OfCredit(key, ledger.Credit{Case: "c-1", Decision: "d-0", Minutes: 90, Amount: 1250, Currency: "EUR"}, start, "crypto-mining", "sha256:abc", []byte(`{"id":"cr-1"}`)),
	}
}

// TestLaterLeafNeverChanges holds the stored form of version 2. The commitment to the decision
// was computed a second time by another program, from the comment of Key.Decision.
func TestLaterLeafNeverChanges(t *testing.T) {
	want := []string{`evenkeel ledger leaf v2
at 2026-11-22T09:30:00Z
kind decision
family crypto-mining
policy sha256:abc
measure notify
wanted throttle
state in_force
mode live
from 2026-11-22T09:30:00Z
until 2026-11-25T09:30:00Z
assets 2
machine yes
subject SUBJECT
content CONTENT
rule crypto-mining
version 3
persons 1
decision ` + goldenDecision + "\n", `evenkeel ledger leaf v2
at 2026-11-22T09:30:00Z
kind act
family a%20family
policy sha256:abc
tenant yes
content ACT
act answer
`, `evenkeel ledger leaf v2
at 2026-11-22T09:30:00Z
kind credit
family crypto-mining
policy sha256:abc
subject SUBJECT
content CREDIT
minutes 90
amount 1250
currency EUR
decision ` + goldenDecision + "\n"}
	all := laterOfEach()
	commitments := strings.NewReplacer("SUBJECT", goldenSubject, "CONTENT", all[0].Content.String(), "ACT", goldenAct, "CREDIT", key.Content([]byte(`{"id":"cr-1"}`)).String())
	for i, l := range all {
		if got, want := string(l.Bytes()), commitments.Replace(want[i]); got != want {
			t.Errorf("leaf %d is\n%s\nexpected\n%s", i, got, want)
		}
		if got, err := ledger.ParseLeaf(l.Bytes()); err != nil || !bytes.Equal(got.Bytes(), l.Bytes()) {
			t.Errorf("leaf %d reads back as %+v (%v)", i, got, err)
		}
		for _, personal := range []string{"raisup", "c-1", "d-0", "f-1", "vm-1", "ada", "cr-1", "4.2"} {
			if bytes.Contains(l.Bytes(), []byte(personal)) {
				t.Errorf("the leaf of kind %s holds %q", l.Kind, personal)
			}
		}
	}
}

// TestLeavesOfOneDecisionAreToldApart: without the key nobody knows which decision it is, and
// everybody can see which leaves are about the same one.
func TestLeavesOfOneDecisionAreToldApart(t *testing.T) {
	ended := decision(0)
	ended.State = evenkeel.Lapsed
	who := evenkeel.Actor{Policy: "p"}
	a, b, c := ledger.OfTurn(key, decision(0), who, "p"), ledger.OfTurn(key, ended, who, "p"), ledger.OfTurn(key, decision(1), who, "p")
	if a.Decision != b.Decision || a.Decision == c.Decision || a.Persons != 0 {
		t.Errorf("%v, %v and %v, %d persons; expected the first two alike and no person", a.Decision, b.Decision, c.Decision, a.Persons)
	}
	if x := ledger.OfTurn(ledger.Key{9}, decision(0), who, "p"); x.Decision == a.Decision {
		t.Error("two tenants' keys give the same commitment")
	}
}

// TestBothVersionsStandInOneLog: a log that began with version 1 goes on with version 2.
func TestBothVersionsStandInOneLog(t *testing.T) {
	s := fixed(t)
	s.put(t, "raisup", laterOfEach()...)
	r, err := ledger.Verify(ledger.Log{Lines: all(s.lines), Key: func(evenkeel.TenantID) (ledger.Key, error) { return key, nil }}, nil, nil)
	if err != nil || r.Fault != nil || r.Leaves != 8 || r.Contents != 7 {
		t.Errorf("%+v (%v); expected 8 leaves and 7 contents that fit", r, err)
	}
}
