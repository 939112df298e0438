package ledger_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

func drawHash(t *rapid.T, name string) (h tlog.Hash) {
	copy(h[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, name))
	h[0] |= 1
	return h
}

// drawLeaf draws any leaf that says what every leaf has to.
func drawLeaf(t *rapid.T) ledger.Leaf {
	moment := rapid.Int64Range(-9e18, 9e18)
	l := ledger.Leaf{
		At: evenkeel.Moment(moment.Draw(t, "at")) | 1, Kind: ledger.Kind(rapid.IntRange(1, 5).Draw(t, "kind")),
		Family: rapid.StringN(0, 20, 100).Draw(t, "family"), Policy: string(rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(t, "policy")),
		Measure: evenkeel.Measure(rapid.IntRange(0, 10).Draw(t, "measure")), Wanted: evenkeel.Measure(rapid.IntRange(0, 10).Draw(t, "wanted")),
		State: evenkeel.DecisionState(rapid.IntRange(0, 8).Draw(t, "state")), Mode: evenkeel.Mode(rapid.IntRange(0, 2).Draw(t, "mode")),
		From: evenkeel.Moment(moment.Draw(t, "from")), Until: evenkeel.Moment(moment.Draw(t, "until")),
		Assets: rapid.IntRange(0, 9999).Draw(t, "assets"), Machine: rapid.Bool().Draw(t, "machine"), Tenant: rapid.Bool().Draw(t, "tenant"),
		Case: evenkeel.CaseState(rapid.IntRange(0, 4).Draw(t, "case")), Outcome: evenkeel.Outcome(rapid.IntRange(0, 6).Draw(t, "outcome")),
	}
	if rapid.Bool().Draw(t, "of version 2") {
		l.Rule, l.Act = rapid.StringN(0, 20, 100).Draw(t, "rule"), rapid.StringN(0, 9, 40).Draw(t, "act")
		l.Version, l.Persons = rapid.IntRange(0, 99).Draw(t, "version"), rapid.IntRange(0, 2).Draw(t, "persons")
		if rapid.Bool().Draw(t, "of a decision") {
			l.Decision = drawHash(t, "decision")
		}
		if rapid.Bool().Draw(t, "a credit") {
			l.Kind, l.Minutes, l.Amount, l.Currency = ledger.KindCredit, rapid.IntRange(1, 9999).Draw(t, "minutes"), rapid.IntRange(0, 9999).Draw(t, "amount"), "EUR"
		}
	}
	if l.Kind != ledger.KindPolicy {
		l.Content = drawHash(t, "content")
		if rapid.Bool().Draw(t, "of a case") {
			l.Subject = drawHash(t, "subject")
		}
	}
	return l
}

func TestEveryLeafReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLeaf(t)
		got, err := ledger.ParseLeaf(l.Bytes())
		if err != nil || got != l {
			t.Fatalf("%+v reads back as %+v (%v) from\n%s", l, got, err, l.Bytes())
		}
	})
}

func TestDifferentLeavesHaveDifferentBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawLeaf(t), drawLeaf(t)
		if (a == b) != bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Fatalf("%+v and %+v", a, b)
		}
	})
}

func TestParseLeafRefuses(t *testing.T) {
	good := string(oneOfEach()[2].Bytes())
	for _, c := range []struct{ name, leaf, says string }{
		{"nothing", "", "newline"},
		{"a leaf of another version", strings.Replace(good, "v1", "v9", 1), `expected "evenkeel ledger leaf v1"`},
		{"version 2 of what version 1 has lines for", strings.Replace(good, "v1", "v2", 1), "written as"},
		{"version 1 with a line of version 2", good + "rule mining\n", `"rule mining"`},
		{"a credit without what it is", strings.Replace(good, "kind decision", "kind credit", 1), "minutes or its amount"},
		{"no newline at the end", strings.TrimSuffix(good, "\n"), "newline"},
		{"a line too many", good + "more\n", `line 16 is "more"`},
		{"an empty line", good + "\n", `line 16 is ""`},
		{"a line twice", strings.Replace(good, "mode live\n", "mode live\nmode live\n", 1), `line 10 is "mode live"`},
		{"two lines in another order", strings.Replace(good, "measure notify\nwanted throttle\n", "wanted throttle\nmeasure notify\n", 1), `"measure notify"`},
		{"a time with another offset", strings.Replace(good, "until 2026-11-25T09:30:00Z", "until 2026-11-25T10:30:00+01:00", 1), "written as"},
		{"what is not a time", strings.Replace(good, "at 2026-11-22T09:30:00Z", "at noon", 1), "RFC 3339"},
		{"a word that does not exist", strings.Replace(good, "state in_force", "state forced", 1), "expected one of"},
		{"zero, which has no line", strings.Replace(good, "measure notify", "measure none", 1), "written as"},
		{"no assets, which have no line", strings.Replace(good, "assets 2", "assets 0", 1), "1 or more"},
		{"a number with a zero before it", strings.Replace(good, "assets 2", "assets 02", 1), "written as"},
		{"no, which has no line", strings.Replace(good, "machine yes", "machine no", 1), "expected yes"},
		{"a text with a space", strings.Replace(good, "family crypto-mining", "family crypto mining", 1), "written as"},
		{"a text with small digits", strings.Replace(good, "family crypto-mining", "family %c3%a4", 1), "written as"},
		{"a text that ends in the middle of a byte", strings.Replace(good, "family crypto-mining", "family x%4", 1), "hexadecimal"},
		{"an empty text, which has no line", strings.Replace(good, "family crypto-mining", "family ", 1), "written as"},
		{"a commitment that is too short", strings.Replace(good, "subject ", "subject AAAA", 1), "32 bytes"},
		{"no commitment", good[:strings.Index(good, "content ")], "commits to no content"},
		{"a policy that commits to something", strings.Replace(good, "kind decision", "kind policy", 1), "no commitment"},
		{"no kind", strings.Replace(good, "kind decision\n", "", 1), "expected both"},
		{"too much", good[:len(good)-1] + strings.Repeat("A", 4096) + "\n", "at most 4096"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ledger.ParseLeaf([]byte(c.leaf))
			if evenkeel.KindOf(err) != evenkeel.KindInvalid || err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("says %v; expected %q", err, c.says)
			}
		})
	}
}

func FuzzParseLeaf(f *testing.F) {
	for _, l := range oneOfEach() {
		f.Add(l.Bytes())
	}
	for _, l := range laterOfEach() {
		f.Add(l.Bytes())
	}
	f.Add([]byte("evenkeel ledger leaf v1\nat 1677-09-21T00:12:43.145224192Z\nkind policy\npolicy %00\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := ledger.ParseLeaf(data)
		if err == nil && !bytes.Equal(l.Bytes(), data) {
			t.Fatalf("%q was read and is written as %q", data, l.Bytes())
		}
		if err != nil && evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Fatalf("%q: %v", data, err)
		}
	})
}
