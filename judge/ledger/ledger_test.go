package ledger_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"golang.org/x/mod/sumdb/tlog"
)

// shelf keeps a log in memory.
type shelf struct {
	lines  []ledger.Line
	hashes []tlog.Hash
}

func (s *shelf) Size() (int64, error) { return int64(len(s.lines)), nil }

func (s *shelf) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x >= int64(len(s.hashes)) {
			return nil, fmt.Errorf("hash %d of %d", x, len(s.hashes))
		}
		out[i] = s.hashes[x]
	}
	return out, nil
}

// put seals leaves and keeps them.
func (s *shelf) put(t testing.TB, tenant evenkeel.TenantID, leaves ...ledger.Leaf) {
	t.Helper()
	sealed, err := ledger.Seal(s, leaves...)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := sealed.Lines()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		if l.Content != nil {
			l.Tenant = tenant
		}
		s.lines, s.hashes = append(s.lines, l), append(s.hashes, l.Hashes...)
	}
}

var (
	start = evenkeel.MomentOf(time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC))
	key   = ledger.Key{1, 2, 3}
)

func decision(n int) *evenkeel.Decision {
	return &evenkeel.Decision{
		ID: evenkeel.DecisionID(fmt.Sprintf("d-%d", n)), Case: "c-1", Tenant: "raisup", Family: "crypto-mining",
		Measure: evenkeel.MeasureNotify, Wanted: evenkeel.MeasureThrottle, Assets: []evenkeel.AssetID{"vm-1", "vm-2"},
		From: start, Until: start.Add(72 * time.Hour), At: start.Add(time.Duration(n) * time.Second),
		Actor: evenkeel.Actor{Policy: "sha256:abc"}, State: evenkeel.InForce, Mode: evenkeel.ModeLive,
		Grounds: evenkeel.Grounds{Clause: "4.2", Says: "seen"},
	}
}

func caseOf() *evenkeel.Case {
	return &evenkeel.Case{
		ID: "c-1", Tenant: "raisup", Family: "crypto-mining", Opened: start, Since: start, State: evenkeel.CaseClosed,
		Outcome: evenkeel.OutcomeFalsePositive, Latest: start,
	}
}

func flagOf() *evenkeel.Flag {
	return &evenkeel.Flag{
		ID: "flag-1", Tenant: "raisup", Family: "crypto-mining", Selector: evenkeel.Selector{Assets: []evenkeel.AssetID{"vm-1"}},
		From: start, Until: start.Add(time.Hour), Case: "c-1", By: evenkeel.Actor{Person: "ada"}, Why: "the batch job",
	}
}

func oneOfEach() []ledger.Leaf {
	return []ledger.Leaf{
		ledger.OfPolicy("sha256:abc", start),
		ledger.OfCase(key, caseOf(), "sha256:abc"),
		ledger.OfDecision(key, decision(0), "sha256:abc"),
		ledger.OfFlag(key, flagOf(), start, "sha256:abc"),
		ledger.OfAct(key, "", start.Add(1), "a family", "sha256:abc", true, []byte(`{"id":"a"}`)),
	}
}

// fixed is a log whose bytes depend on nothing but the form of leaves.
func fixed(t testing.TB) *shelf {
	var s shelf
	s.put(t, "raisup", ledger.OfPolicy("sha256:abc", start))
	for n := range 4 {
		s.put(t, "raisup", ledger.OfAct(key, "c-1", start.Add(time.Duration(n)), "crypto-mining", "sha256:abc", n%2 == 0, fmt.Appendf(nil, `{"id":"a-%d"}`, n)))
	}
	return &s
}

// TestLeafNeverChanges holds the stored form of version 1: logs exist that are made of it.
func TestLeafNeverChanges(t *testing.T) {
	want := []string{`evenkeel ledger leaf v1
at 2026-11-22T09:30:00Z
kind policy
policy sha256:abc
`, `evenkeel ledger leaf v1
at 2026-11-22T09:30:00Z
kind case
family crypto-mining
policy sha256:abc
case closed
outcome false_positive
subject SUBJECT
content CASE
`, `evenkeel ledger leaf v1
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
content DECISION
`, `evenkeel ledger leaf v1
at 2026-11-22T09:30:00Z
kind flag
family crypto-mining
policy sha256:abc
from 2026-11-22T09:30:00Z
until 2026-11-22T10:30:00Z
assets 1
subject SUBJECT
content FLAG
`, `evenkeel ledger leaf v1
at 2026-11-22T09:30:00.000000001Z
kind act
family a%20family
policy sha256:abc
tenant yes
content ACT
`}
	of := func(v any) string { // the values themselves may gain fields
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return key.Content(b).String()
	}
	commitments := strings.NewReplacer(
		"SUBJECT", goldenSubject, "CASE", of(caseOf()), "DECISION", of(decision(0)), "FLAG", of(flagOf()), "ACT", goldenAct,
	)
	for i, l := range oneOfEach() {
		if got, want := string(l.Bytes()), commitments.Replace(want[i]); got != want {
			t.Errorf("leaf %d is\n%s\nexpected\n%s", i, got, want)
		}
	}
	s := fixed(t)
	_, root, err := ledger.Root(s)
	if err != nil || root.String() != goldenRoot {
		t.Errorf("the root is %s (%v); expected %s", root, err, goldenRoot)
	}
}

func TestLeafTellsNothingOfTheTenant(t *testing.T) {
	for _, l := range oneOfEach() {
		for _, personal := range []string{"raisup", "c-1", "d-0", "flag-1", "vm-1", "ada", "batch", "4.2"} {
			if bytes.Contains(l.Bytes(), []byte(personal)) {
				t.Errorf("the leaf of kind %s holds %q:\n%s", l.Kind, personal, l.Bytes())
			}
		}
	}
	other := ledger.Key{9}
	a, b := ledger.OfDecision(key, decision(0), "p"), ledger.OfDecision(other, decision(0), "p")
	if a.Subject == b.Subject || a.Content == b.Content {
		t.Error("two tenants' keys give the same commitment")
	}
	if c := ledger.OfDecision(key, decision(1), "p"); a.Subject != c.Subject || a.Content == c.Content {
		t.Error("two decisions of one case; expected one subject and two contents")
	}
	if key.Subject("x") == key.Content([]byte("x")) {
		t.Error("a subject and a content of the same bytes are alike")
	}
}

// TestContentIsTheWholeValue changes one field of a value after the other.
func TestContentIsTheWholeValue(t *testing.T) {
	was := ledger.OfDecision(key, decision(0), "p").Content
	for i := range reflect.TypeFor[evenkeel.Decision]().NumField() {
		d := decision(0)
		f := reflect.ValueOf(d).Elem().Field(i)
		switch f.Kind() {
		case reflect.String:
			f.SetString(f.String() + "!")
		case reflect.Int64:
			f.SetInt(f.Int() + 1)
		case reflect.Uint8:
			f.SetUint(f.Uint() - 1)
		case reflect.Slice:
			f.Set(reflect.Append(f, reflect.New(f.Type().Elem()).Elem()))
		case reflect.Map:
			f.Set(reflect.ValueOf(map[string]string{"changed": "1"}))
		case reflect.Struct:
			f.Field(0).SetString("changed")
		}
		if ledger.OfDecision(key, d, "p").Content == was {
			t.Errorf("%s was changed and the content is the same", reflect.TypeFor[evenkeel.Decision]().Field(i).Name)
		}
	}
}

func TestSealHandsOnWhatLeavesCommitTo(t *testing.T) {
	var s shelf
	sealed, err := ledger.Seal(&s, oneOfEach()...)
	if err != nil {
		t.Fatal(err)
	}
	d, _ := json.Marshal(decision(0))
	if sealed.Contents[0] != nil || !bytes.Equal(sealed.Contents[2], d) || string(sealed.Contents[4]) != `{"id":"a"}` {
		t.Errorf("contents are %q", sealed.Contents)
	}
}

func TestSealRefusesWhatCannotBeReadAgain(t *testing.T) {
	broken := decision(0)
	broken.Grounds.Basis = []evenkeel.Basis{{Terms: []evenkeel.Term{{Weight: math.NaN()}}}}
	unknown := decision(0)
	unknown.State = 99
	for _, c := range []struct {
		name string
		leaf ledger.Leaf
		says string
	}{
		{"a value that JSON cannot hold", ledger.OfDecision(key, broken, "p"), "commits to no content"},
		{"an act without a body", ledger.OfAct(key, "c", start, "f", "p", true, nil), "commits to no content"},
		{"a leaf that was put together by hand", ledger.Leaf{At: start, Kind: ledger.KindAct, Content: tlog.Hash{1}}, "its content is not known"},
		{"a leaf without a time", ledger.OfPolicy("p", 0), "expected both"},
		{"a policy without a digest", ledger.OfPolicy("", start), "expected its digest"},
		{"a word that does not exist", ledger.OfDecision(key, unknown, "p"), `"invalid"`},
		{"a family that is a book", ledger.OfAct(key, "c", start, strings.Repeat("x", 5000), "p", true, []byte("{}")), "at most 4096"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ledger.Seal(&shelf{}, ledger.OfPolicy("p", start), c.leaf)
			if evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "leaf 1") {
				t.Errorf("Seal says %v; expected %q of leaf 1", err, c.says)
			}
		})
	}
}

func TestKindsHaveWords(t *testing.T) {
	for k := ledger.KindDecision; k <= ledger.KindPolicy; k++ {
		if got, err := ledger.ParseKind(k.String()); got != k || err != nil {
			t.Errorf("%s reads as %s (%v)", k, got, err)
		}
	}
	if _, err := ledger.ParseKind(""); err == nil || ledger.Kind(99).String() != "invalid" {
		t.Error("no word is a kind")
	}
	for h := ledger.Altered; h <= ledger.HeadUnfit; h++ {
		if b, err := h.MarshalText(); string(b) == "invalid" || err != nil {
			t.Errorf("way %d has no word", h)
		}
	}
	if ledger.How(0).String() != "invalid" {
		t.Error("nothing is wrong in a way")
	}
}

func TestKeysAreMadeOfWhatIsHandedIn(t *testing.T) {
	k, err := ledger.NewKey(strings.NewReader(strings.Repeat("k", 32)))
	if err != nil || string(k[:]) != strings.Repeat("k", 32) {
		t.Errorf("key %v, %v", k, err)
	}
	if _, err := ledger.NewKey(strings.NewReader("short")); err == nil {
		t.Error("a key was made of five bytes")
	}
	if _, err := ledger.GenerateKey(broken{}, "ledger.example.com"); !errors.Is(err, errBroken) {
		t.Errorf("a signing key was made of nothing: %v", err)
	}
}

var errBroken = errors.New("no randomness")

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errBroken }
