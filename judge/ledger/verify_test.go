package ledger_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// kept is a whole store: a log, its keys, what is in use and the heads that went out.
type kept struct {
	shelf
	keys   map[evenkeel.TenantID]ledger.Key
	rows   []ledger.Row
	heads  []string
	signer *ledger.Signer
	v      note.Verifier
}

// newKept makes a log of size leaves, with a head at each of the sizes.
func newKept(t testing.TB, size int, heads ...int) *kept {
	k := &kept{keys: map[evenkeel.TenantID]ledger.Key{"raisup": key}, signer: signerOf(t, "ledger.example.com", 7)}
	var err error
	if k.v, err = ledger.NewVerifier(k.signer.Verifier()); err != nil {
		t.Fatal(err)
	}
	for n := range size {
		k.put(t, "raisup", leafNo(n))
		k.rows = append(k.rows, ledger.Row{Kind: ledger.KindDecision, ID: fmt.Sprintf("d-%d", n), Tenant: "raisup", Value: k.lines[n].Content})
		if slices.Contains(heads, n+1) {
			head, err := k.signer.Sign(k, start.Add(1))
			if err != nil {
				t.Fatal(err)
			}
			k.heads = append(k.heads, head)
		}
	}
	return k
}

func (k *kept) log() ledger.Log {
	return ledger.Log{
		Lines: all(k.lines), Rows: all(k.rows),
		Key: func(t evenkeel.TenantID) (ledger.Key, error) {
			if key, ok := k.keys[t]; ok {
				return key, nil
			}
			return ledger.Key{}, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "erased"}
		},
	}
}

func all[T any](list []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, x := range list {
			if !yield(x, nil) {
				return
			}
		}
	}
}

// rewrite makes the log anew from leaf n on, so that it fits itself: content, hashes, rows.
func (k *kept) rewrite(t testing.TB, n int) {
	old := k.lines[n:]
	k.lines = k.lines[:n:n]
	k.hashes = k.hashes[:tlog.StoredHashCount(int64(n))]
	for i := range old {
		d := decision(n + i)
		d.Grounds.Says = "it was quite different"
		k.put(t, "raisup", ledger.OfDecision(key, d, "p"))
		k.rows[n+i].Value = k.lines[n+i].Content
	}
}

// alter makes leaf n another one.
func (k *kept) alter(n int) {
	k.lines[n].Leaf = bytes.Replace(k.lines[n].Leaf, []byte("measure notify"), []byte("measure shut"), 1)
}

// flip changes one stored hash.
func (k *kept) flip(n, level int) {
	k.lines[n].Hashes = slices.Clone(k.lines[n].Hashes)
	k.lines[n].Hashes[level][5] ^= 1
}

// swap puts two leaves in each other's place: the leaves only, or with their own hashes.
func (k *kept) swap(a, b int, hashes bool) {
	x, y := &k.lines[a], &k.lines[b]
	x.Leaf, y.Leaf = y.Leaf, x.Leaf
	x.Content, y.Content = y.Content, x.Content
	if hashes {
		x.Hashes, y.Hashes = slices.Clone(x.Hashes), slices.Clone(y.Hashes)
		x.Hashes[0], y.Hashes[0] = y.Hashes[0], x.Hashes[0]
	}
}

func TestVerifyFindsNothingInAGoodLog(t *testing.T) {
	for size := range 18 {
		k := newKept(t, size, 1, 5, 8, size)
		r, err := ledger.Verify(k.log(), k.heads, k.v)
		if err != nil || r.Fault != nil {
			t.Fatalf("a good log of %d leaves: %v, %v", size, r.Fault, err)
		}
		_, root, _ := ledger.Root(k)
		n := int64(size)
		if r.Leaves != n || r.Root != root || r.Heads != len(k.heads) || r.Contents != n || r.Rows != n || r.Erased+int64(r.Unchecked) != 0 {
			t.Errorf("of a good log of %d leaves and %d heads it says %+v", size, len(k.heads), r)
		}
	}
}

// TestVerifyNamesTheFirstLeafThatDoesNotFit tampers with a log of eleven leaves, with heads
// over four, seven and all of them.
func TestVerifyNamesTheFirstLeafThatDoesNotFit(t *testing.T) {
	for _, c := range []struct {
		name   string
		tamper func(t *testing.T, k *kept)
		how    ledger.How
		leaf   int64
		until  int64 // 0: the one leaf
		says   string
	}{
		{"a leaf at the left of a pair", func(_ *testing.T, k *kept) { k.alter(4) }, ledger.Altered, 4, 0, "not the leaf that was sealed"},
		{"a leaf at the right of a pair", func(_ *testing.T, k *kept) { k.alter(5) }, ledger.Altered, 5, 0, "not the leaf that was sealed"},
		{"the first leaf", func(_ *testing.T, k *kept) { k.alter(0) }, ledger.Altered, 0, 0, ""},
		{"the last leaf", func(_ *testing.T, k *kept) { k.alter(10) }, ledger.Altered, 10, 0, ""},
		{"two leaves, of which the first is named", func(_ *testing.T, k *kept) { k.alter(9); k.alter(6) }, ledger.Altered, 6, 0, ""},
		{"a leaf that is no leaf any more", func(_ *testing.T, k *kept) { k.lines[3].Leaf = []byte("x") }, ledger.Altered, 3, 0, ""},
		{"both leaves of a pair, with their own hashes", func(_ *testing.T, k *kept) {
			for _, n := range []int{4, 5} {
				k.alter(n)
				k.flip(n, 0)
				k.lines[n].Hashes[0] = tlog.RecordHash(k.lines[n].Leaf)
			}
		}, ledger.Altered, 4, 6, "at least one is not what was sealed"},

		{"the hash of a leaf at the left", func(_ *testing.T, k *kept) { k.flip(4, 0) }, ledger.HashAltered, 4, 0, "the leaf is the one that was sealed"},
		{"the hash of a leaf at the right", func(_ *testing.T, k *kept) { k.flip(5, 0) }, ledger.HashAltered, 5, 0, "the leaf is the one that was sealed"},
		{"the hash of the last leaf, which only a head speaks for", func(_ *testing.T, k *kept) { k.flip(10, 0) }, ledger.HashAltered, 10, 0, "the leaf is the one that was sealed"},
		{"the hash over a pair", func(_ *testing.T, k *kept) { k.flip(5, 1) }, ledger.HashAltered, 5, 0, "the leaves 4 to 5 are those that were sealed"},
		{"the hash over four", func(_ *testing.T, k *kept) { k.flip(3, 2) }, ledger.HashAltered, 3, 0, "the leaves 0 to 3 are"},
		{"the hash over a pair at the edge, which only a head speaks for", func(_ *testing.T, k *kept) { k.flip(9, 1) }, ledger.HashAltered, 9, 0, "the leaves 8 to 9 are"},
		{"all hashes of a leaf, which only those above speak for", func(_ *testing.T, k *kept) { k.flip(5, 0); k.flip(5, 1) }, ledger.HashAltered, 5, 0, "the leaf is the one that was sealed"},
		{"a hash that is gone", func(_ *testing.T, k *kept) { k.lines[5].Hashes = k.lines[5].Hashes[:1] }, ledger.HashAltered, 5, 0, "1 hashes are stored with it; expected 2"},

		{"two neighbours in each other's place", func(_ *testing.T, k *kept) { k.swap(4, 5, false) }, ledger.Moved, 4, 0, "stands at 5"},
		{"two neighbours with their hashes", func(_ *testing.T, k *kept) { k.swap(4, 5, true) }, ledger.Moved, 4, 0, "stands at 5"},
		{"two leaves far apart", func(_ *testing.T, k *kept) { k.swap(2, 9, false) }, ledger.Moved, 2, 0, "stands at 9"},
		{"two leaves far apart, with their hashes", func(_ *testing.T, k *kept) { k.swap(3, 8, true) }, ledger.Moved, 3, 0, "stands at 8"},
		{"the left one of a pair, with its hash, and one far away", func(_ *testing.T, k *kept) { k.swap(2, 9, true) }, ledger.Moved, 2, 0, "stands at 9"},
		{"a leaf that is there twice", func(_ *testing.T, k *kept) { k.lines[6].Leaf = k.lines[1].Leaf }, ledger.Moved, 6, 0, "sealed as number 1"},

		{"the tail", func(_ *testing.T, k *kept) { k.lines = k.lines[:9] }, ledger.Missing, 9, 11, "the log ends here; the head signed at"},
		{"the whole log", func(_ *testing.T, k *kept) { k.lines = nil }, ledger.Missing, 0, 11, "stands for 11 leaves"},
		{"a leaf in the middle", func(_ *testing.T, k *kept) { k.lines = slices.Delete(k.lines, 4, 5) }, ledger.Missing, 4, 0, "the next one is numbered 5"},

		{"all of it, consistently", func(t *testing.T, k *kept) { k.rewrite(t, 0) }, ledger.Rewritten, 0, 4, "no head before it"},
		{"all of it from some leaf on, consistently", func(t *testing.T, k *kept) { k.rewrite(t, 5) }, ledger.Rewritten, 4, 7, "those before fit a signed head"},
		{"the last leaf, consistently", func(t *testing.T, k *kept) { k.rewrite(t, 10) }, ledger.Rewritten, 7, 11, ""},

		{"the value beside a leaf", func(_ *testing.T, k *kept) { k.lines[2].Content = []byte(`{"id":"d-2"}`) }, ledger.ContentAltered, 2, 0, "not what it commits to"},
		{"a value that was taken away", func(_ *testing.T, k *kept) { k.lines[2].Content = nil }, ledger.ContentAltered, 2, 0, "and the tenant's key is"},
		{"a value that was taken away with whose it is", func(_ *testing.T, k *kept) { k.lines[2].Content, k.lines[2].Tenant = nil, "" }, ledger.ContentAltered, 2, 0, "not kept any more"},

		{"a decision in use, with the log as it was", func(_ *testing.T, k *kept) {
			k.rows[3].Value = bytes.Replace(k.rows[3].Value, []byte("in_force"), []byte("lifted"), 1)
		}, ledger.RowAltered, 3, 0, "decision d-3 in use is not what was sealed last"},
		{"a decision in use under another id", func(_ *testing.T, k *kept) { k.rows[3].Value = k.rows[4].Value }, ledger.RowAltered, 3, 0, ""},
		{"two decisions in use, of which the first is named", func(_ *testing.T, k *kept) {
			k.rows[1], k.rows[2], k.rows[8] = k.rows[8], k.rows[1], k.rows[2]
			k.rows[0].Value, k.rows[1].Value = []byte("{}"), []byte("{}")
		}, ledger.RowAltered, 0, 0, ""},
		{"a decision that is in use no more", func(_ *testing.T, k *kept) { k.rows = slices.Delete(k.rows, 6, 7) }, ledger.RowAltered, 6, 0, "not there any more"},
		{"a decision that nobody sealed", func(_ *testing.T, k *kept) {
			k.rows = append(k.rows, ledger.Row{Kind: ledger.KindDecision, ID: "d-99", Tenant: "raisup", Value: []byte("{}")})
		}, ledger.RowAltered, -1, -1, "no leaf tells of it"},

		{"a head that was signed by nobody", func(_ *testing.T, k *kept) { k.heads[1] = "x" }, ledger.HeadUnfit, -1, -1, "head 2 of 3"},
		{"a head that somebody else signed", func(t *testing.T, k *kept) { k.heads[2], _ = signerOf(t, "ledger.example.com", 9).Sign(k, start) }, ledger.HeadUnfit, -1, -1, "without a signature"},
		{"a bad head does not hide a bad leaf", func(_ *testing.T, k *kept) { k.heads[0] = "x"; k.alter(4) }, ledger.Altered, 4, 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := newKept(t, 11, 4, 7, 11)
			c.tamper(t, k)
			r, err := ledger.Verify(k.log(), k.heads, k.v)
			if err != nil || r.Fault == nil {
				t.Fatalf("it finds no fault (%v)", err)
			}
			f := r.Fault
			until := c.until
			if until == 0 {
				until = c.leaf + 1
			}
			if f.How != c.how || f.Leaf != c.leaf || f.Until != until || !strings.Contains(f.Says, c.says) {
				t.Errorf("it says %s, leaf %d until %d: %s\nexpected %s, leaf %d until %d: %s", f.How, f.Leaf, f.Until, f, c.how, c.leaf, until, c.says)
			}
			if c.until == 0 && c.how != ledger.Missing && c.name != "a leaf that is no leaf any more" && (f.Kind != ledger.KindDecision || f.At == 0) {
				t.Errorf("it does not say of what kind the leaf is, and of when: %+v", f)
			}
		})
	}
}

// TestEveryTamperingIsFound tampers with each leaf and each hash of logs of several sizes.
func TestEveryTamperingIsFound(t *testing.T) {
	for _, size := range []int{1, 2, 3, 7, 8, 13} {
		fault := func(n int, tamper func(k *kept)) *ledger.Fault {
			k := newKept(t, size, size)
			tamper(k)
			r, err := ledger.Verify(k.log(), k.heads, k.v)
			if err != nil || r.Fault == nil {
				t.Fatalf("leaf %d of %d: no fault (%v)", n, size, err)
			}
			return r.Fault
		}
		for n := range size {
			if f := fault(n, func(k *kept) { k.alter(n) }); f.Leaf != int64(n) || f.How != ledger.Altered {
				t.Errorf("leaf %d of %d was altered: %s", n, size, f)
			}
			for level := range newKept(t, size).lines[n].Hashes {
				if f := fault(n, func(k *kept) { k.flip(n, level) }); f.Leaf != int64(n) || f.How != ledger.HashAltered {
					t.Errorf("hash %d of leaf %d of %d was altered: %s", level, n, size, f)
				}
			}
			for m := range n {
				for _, hashes := range []bool{false, true} {
					if f := fault(n, func(k *kept) { k.swap(m, n, hashes) }); f.How == 0 || f.Leaf > int64(m) {
						t.Errorf("leaves %d and %d of %d were swapped: %s", m, n, size, f)
					}
				}
			}
			if f := fault(n, func(k *kept) { k.lines = k.lines[:n] }); f.How != ledger.Missing || f.Leaf != int64(n) {
				t.Errorf("the log of %d was cut at %d: %s", size, n, f)
			}
		}
	}
}

func TestOnlyHeadsShowAConsistentRewrite(t *testing.T) {
	k := newKept(t, 11, 7)
	k.rewrite(t, 3)
	if r, err := ledger.Verify(k.log(), nil, nil); err != nil || r.Fault != nil {
		t.Errorf("without a head: %v, %v; a log that fits itself cannot be told from the true one", r.Fault, err)
	}
	if r, err := ledger.Verify(k.log(), k.heads, nil); err != nil || r.Fault == nil || r.Unchecked != 1 {
		t.Errorf("with a head whose signature nobody checks: %+v, %v", r, err)
	}
}

func TestAnErasedKeyIsNoFault(t *testing.T) {
	k := newKept(t, 6, 6)
	k.put(t, "other", ledger.OfDecision(ledger.Key{7}, decision(6), "p"))
	k.keys["other"] = ledger.Key{7}
	k.rows = append(k.rows, ledger.Row{Kind: ledger.KindDecision, ID: "d-6", Tenant: "other", Value: k.lines[6].Content})
	delete(k.keys, "raisup")
	r, err := ledger.Verify(k.log(), k.heads, k.v)
	if err != nil || r.Fault != nil || r.Contents != 1 || r.Rows != 1 || r.Erased != 12 {
		t.Errorf("it says %+v, %v; expected 6 leaves and 6 rows that cannot be checked", r, err)
	}
	k.lines[2].Content = nil // nor is it one that what was personal is gone as well
	if r, err := ledger.Verify(k.log(), k.heads, k.v); err != nil || r.Fault != nil {
		t.Errorf("it says %v, %v", r.Fault, err)
	}
}

func TestWithoutKeysOnlyTheLogIsChecked(t *testing.T) {
	k := newKept(t, 6, 6)
	l := k.log()
	l.Key = nil
	k.lines[2].Content = nil
	if r, err := ledger.Verify(l, k.heads, k.v); err != nil || r.Fault != nil || r.Contents+r.Rows != 0 || r.Leaves != 6 {
		t.Errorf("it says %+v, %v", r, err)
	}
}

// TestACaseChangesBetweenItsLeaves: what was found and said lately is in use and not sealed.
func TestACaseChangesBetweenItsLeaves(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*evenkeel.Case)
		faulty bool
	}{
		{"it was seen again", func(c *evenkeel.Case) { c.AddAssets("vm-9"); c.Latest++ }, false},
		{"the tenant spoke", func(c *evenkeel.Case) { c.Waiting, c.Spoke = start, start }, false},
		{"somebody closed it by hand", func(c *evenkeel.Case) { c.State = evenkeel.CaseOpen }, true},
		{"somebody changed the outcome", func(c *evenkeel.Case) { c.Outcome = evenkeel.OutcomeConfirmed }, true},
		{"it is somebody else's", func(c *evenkeel.Case) { c.Tenant = "other" }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := newKept(t, 0)
			open := caseOf()
			open.State, open.Outcome = evenkeel.CaseOpen, 0
			k.put(t, "raisup", ledger.OfCase(key, open, "p"), ledger.OfCase(key, caseOf(), "p"), ledger.OfFlag(key, flagOf(), start, "p"))
			now := caseOf()
			c.change(now)
			for _, row := range []struct {
				kind  ledger.Kind
				id    string
				value any
			}{{ledger.KindCase, "c-1", now}, {ledger.KindFlag, "flag-1", flagOf()}} {
				b, _ := json.Marshal(row.value)
				k.rows = append(k.rows, ledger.Row{Kind: row.kind, ID: row.id, Tenant: "raisup", Value: b})
			}
			r, err := ledger.Verify(k.log(), nil, nil)
			if err != nil || (r.Fault != nil) != c.faulty || c.faulty && (r.Fault.Leaf != 1 || r.Fault.How != ledger.RowAltered) {
				t.Errorf("it says %v, %v", r.Fault, err)
			}
		})
	}
}

func TestVerifyPassesOnWhatCannotBeRead(t *testing.T) {
	sick := errors.New("disk is gone")
	k := newKept(t, 3)
	l := k.log()
	l.Lines = func(yield func(ledger.Line, error) bool) { _ = yield(k.lines[0], nil) && yield(ledger.Line{}, sick) }
	if _, err := ledger.Verify(l, nil, nil); !errors.Is(err, sick) || !strings.Contains(err.Error(), "leaf 1") {
		t.Errorf("a leaf that cannot be read: %v", err)
	}
	l = k.log()
	l.Rows = func(yield func(ledger.Row, error) bool) { yield(ledger.Row{}, sick) }
	if _, err := ledger.Verify(l, nil, nil); !errors.Is(err, sick) {
		t.Errorf("a row that cannot be read: %v", err)
	}
	l = k.log()
	l.Sent = func(yield func(ledger.Sent, error) bool) { yield(ledger.Sent{}, sick) }
	if _, err := ledger.Verify(l, nil, nil); !errors.Is(err, sick) {
		t.Errorf("a notice that cannot be read: %v", err)
	}
	l = k.log()
	l.Key = func(evenkeel.TenantID) (ledger.Key, error) { return ledger.Key{}, sick }
	if _, err := ledger.Verify(l, nil, nil); !errors.Is(err, sick) {
		t.Errorf("a key that cannot be read: %v", err)
	}
}

func TestFaultsAreSentences(t *testing.T) {
	for _, c := range []struct {
		fault ledger.Fault
		says  string
	}{
		{ledger.Fault{Leaf: -1, Until: -1, Says: "head 1 of 2: x"}, "head 1 of 2: x"},
		{ledger.Fault{Leaf: 3, Until: 7, Says: "they differ"}, "leaves 3 to 6: they differ"},
		{ledger.Fault{Leaf: 3, Until: 4, Says: "is not there"}, "leaf 3: is not there"},
		{ledger.Fault{Leaf: 3, Until: 4, Kind: ledger.KindCase, At: start, Says: "x"}, "leaf 3 (case at 2026-11-22T09:30:00Z): x"},
	} {
		if got := c.fault.String(); got != c.says {
			t.Errorf("%q; expected %q", got, c.says)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	k := newKept(b, 4096, 4096)
	for b.Loop() {
		if r, err := ledger.Verify(k.log(), k.heads, k.v); err != nil || r.Fault != nil {
			b.Fatal(r.Fault, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/4096, "ns/leaf")
}

// TestSealingAllocatesLittle counts what it takes to seal the leaves of a decision, which does not depend on how busy the
// machine is: it grows with the leaves, and not with the log, so that 2,000 can be appended in a second.
func TestSealingAllocatesLittle(t *testing.T) {
	leaf := leafNo(1)
	sealing := func(log int) float64 {
		k := newKept(t, log)
		return testing.AllocsPerRun(20, func() {
			if _, err := ledger.Seal(k, leaf, leaf, leaf); err != nil {
				t.Fatal(err)
			}
		})
	}
	few, many := sealing(63), sealing(4095)
	t.Logf("%.0f allocations for three leaves after 63, %.0f after 4,095", few, many)
	if many > 600 || many > few+60 {
		t.Errorf("three leaves take %.0f allocations after 63, and %.0f after 4,095; expected at most 600, and hardly more in a longer log", few, many)
	}
}

func BenchmarkSeal(b *testing.B) {
	k := newKept(b, 4095)
	leaf := leafNo(1)
	for b.Loop() {
		if _, err := ledger.Seal(k, leaf, leaf, leaf); err != nil {
			b.Fatal(err)
		}
	}
}

// sentBy are the leaves of a decision in some states, of which the last is in use.
func sentBy(k *kept, measure evenkeel.Measure, mode evenkeel.Mode, states ...evenkeel.DecisionState) []ledger.Leaf {
	d := decision(90)
	d.ID, d.Measure, d.Mode = "d-x", measure, mode
	var leaves []ledger.Leaf
	for _, s := range states {
		d.State = s
		leaves = append(leaves, ledger.OfDecision(key, d, "p"))
	}
	b, _ := json.Marshal(d)
	k.rows = append(k.rows, ledger.Row{Kind: ledger.KindDecision, ID: "d-x", Tenant: "raisup", Value: b})
	return leaves
}

// TestWhatTookEffectHasItsNoticeAndItsOrder takes each of them away in turn.
func TestWhatTookEffectHasItsNoticeAndItsOrder(t *testing.T) {
	notice := func(s evenkeel.DecisionState) string { return string(evenkeel.NewNoticeID("d-x", s)) }
	enforce, lift := string(evenkeel.NewOrderID("d-x", false)), string(evenkeel.NewOrderID("d-x", true))
	for _, c := range []struct {
		name    string
		measure evenkeel.Measure
		mode    evenkeel.Mode
		states  []evenkeel.DecisionState
		due     map[string]int64 // to the leaf that asks for it
	}{
		{"a notice", evenkeel.MeasureNotify, evenkeel.ModeLive, []evenkeel.DecisionState{evenkeel.InForce}, map[string]int64{notice(evenkeel.InForce): 0}},
		{"what is enforced, and lifted", evenkeel.MeasureThrottle, evenkeel.ModeLive, []evenkeel.DecisionState{evenkeel.Held, evenkeel.InForce, evenkeel.Lifted},
			map[string]int64{notice(evenkeel.Held): 0, notice(evenkeel.InForce): 1, enforce: 1, notice(evenkeel.Lifted): 2, lift: 2}},
		{"what is enforced, until it lapses", evenkeel.MeasureThrottle, evenkeel.ModeLive, []evenkeel.DecisionState{evenkeel.InForce, evenkeel.Lapsed},
			map[string]int64{notice(evenkeel.InForce): 0, enforce: 0, lift: 1}},
		{"what is proposed, and refused", evenkeel.MeasureThrottle, evenkeel.ModeLive, []evenkeel.DecisionState{evenkeel.Proposed, evenkeel.Refused}, nil},
		{"what is in shadow", evenkeel.MeasureThrottle, evenkeel.ModeShadow, []evenkeel.DecisionState{evenkeel.Proposed}, nil},
		{"what takes no effect", evenkeel.MeasureNone, evenkeel.ModeLive, []evenkeel.DecisionState{evenkeel.Suppressed}, nil},
	} {
		verify := func(sent []ledger.Sent) ledger.Report {
			k := newKept(t, 0)
			k.put(t, "raisup", sentBy(k, c.measure, c.mode, c.states...)...)
			l := k.log()
			l.Sent = all(sent)
			r, err := ledger.Verify(l, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		var whole []ledger.Sent
		for id := range c.due {
			whole = append(whole, ledger.Sent{ID: id})
		}
		if r := verify(whole); r.Fault != nil || r.Sent != int64(len(c.due)) {
			t.Errorf("%s: with all of it: %+v", c.name, r)
		}
		more := append(slices.Clone(whole), ledger.Sent{ID: string(evenkeel.NewUndoneID("d-x", true))}, ledger.Sent{ID: string(evenkeel.NewUndoneID("d-x", false))})
		if r := verify(more); r.Fault != nil || r.Sent != int64(len(c.due)) { // no leaf asks for corrections, and none is amiss by them
			t.Errorf("%s: with notices that correct others: %+v", c.name, r)
		}
		for i, s := range whole {
			r := verify(slices.Delete(slices.Clone(whole), i, i+1))
			if r.Fault == nil || r.Fault.How != ledger.Unsent || r.Fault.Leaf != c.due[s.ID] || !strings.Contains(r.Fault.Says, s.ID) {
				t.Errorf("%s: without %s: %v; expected leaf %d", c.name, s.ID, r.Fault, c.due[s.ID])
			}
			other := slices.Clone(whole)
			other[i].Unfit = "column decision says d-y; expected d-x"
			if r := verify(other); r.Fault == nil || r.Fault.How != ledger.Unsent || r.Fault.Leaf != c.due[s.ID] || !strings.Contains(r.Fault.Says, "says d-y") {
				t.Errorf("%s: with %s altered: %v", c.name, s.ID, r.Fault)
			}
		}
		if r := verify(append(whole, ledger.Sent{ID: "n-9", Unfit: "x"})); r.Fault == nil || r.Fault.How != ledger.RowAltered || r.Fault.Leaf != -1 {
			t.Errorf("%s: with another one that was altered: %v", c.name, r.Fault)
		}
	}
}

func TestWhatStandsBesideARowHasToAgreeWithIt(t *testing.T) {
	for _, erased := range []bool{false, true} {
		k := newKept(t, 3)
		k.rows[1].Unfit = "column state says lifted; expected in_force"
		leaf := int64(1)
		if erased {
			delete(k.keys, "raisup")
			leaf = -1 // whose leaves nobody can tell apart
		}
		r, err := ledger.Verify(k.log(), nil, nil)
		if err != nil || r.Fault == nil || r.Fault.How != ledger.RowAltered || r.Fault.Leaf != leaf || !strings.Contains(r.Fault.Says, k.rows[1].Unfit) {
			t.Errorf("erased %v: %v, %v; expected leaf %d", erased, r.Fault, err, leaf)
		}
	}
}

func TestARowOfWhomNoLeafIsAboutIsNotTakenForErased(t *testing.T) {
	k := newKept(t, 3)
	k.rows = append(k.rows, ledger.Row{Kind: ledger.KindCase, ID: "c-9", Tenant: "nobody", Value: []byte("{}")})
	if r, err := ledger.Verify(k.log(), nil, nil); err != nil || r.Fault == nil || !strings.Contains(r.Fault.Says, "no leaf tells of it") {
		t.Errorf("%+v, %v", r, err)
	}
}
