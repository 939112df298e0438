package ledger_test

import (
	"testing"

	"github.com/evenkeel/evenkeel/judge/ledger"
	"pgregory.net/rapid"
)

// TestRememberedHeadsAreHeldAgainstTheLog: a head that was kept fits the log that it is of, and
// one of a log that was written anew from some leaf on does not, wherever that was.
func TestRememberedHeadsAreHeldAgainstTheLog(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 40).Draw(t, "leaves")
		fork := rapid.IntRange(0, size).Draw(t, "written anew from")
		var is, was shelf
		var heads []ledger.Head
		for n := range size {
			putAct(t, &is, "a")
			if n < fork {
				putAct(t, &was, "a")
			} else {
				putAct(t, &was, "b")
			}
			signed, _ := signedBy(t, &was, 7)
			h, err := ledger.ParseHead(signed, nil)
			if err != nil {
				t.Fatal(err)
			}
			heads = append(heads, h)
		}
		cut := rapid.IntRange(0, size).Draw(t, "leaves that are left")
		got, err := ledger.Recall(all(is.lines[:cut]), heads)
		if err != nil || len(got) != size {
			t.Fatalf("%d answers (%v); expected %d", len(got), err, size)
		}
		for i, r := range got {
			want := ledger.Same
			switch {
			case i >= cut:
				want = ledger.Shorter
			case i >= fork:
				want = ledger.Different
			}
			if r.Is != want || r.Head != heads[i] || (r.Root == r.Head.Root) != (want == ledger.Same) {
				t.Fatalf("head over %d, written anew from %d, %d left: %s; expected %s", r.Head.Size, fork, cut, r.Is, want)
			}
		}
	})
}

// TestSplitViewIsFoundWithoutTheLog: two roots for as many leaves.
func TestSplitViewIsFoundWithoutTheLog(t *testing.T) {
	a := ledger.Head{Origin: "a", Size: 5, Root: [32]byte{1}}
	b, c, d := a, a, a
	b.Root, c.Size, d.Origin, d.Root = [32]byte{2}, 6, "d", [32]byte{3}
	for _, x := range []struct {
		name  string
		heads []ledger.Head
		found bool
	}{
		{"none", nil, false}, {"one", []ledger.Head{a}, false}, {"the same twice", []ledger.Head{a, a}, false},
		{"other sizes", []ledger.Head{a, c}, false}, {"other logs", []ledger.Head{a, d}, false}, {"two roots", []ledger.Head{c, a, d, b}, true},
	} {
		t.Run(x.name, func(t *testing.T) {
			p, q, found := ledger.Split(x.heads)
			if found != x.found || found && (p != a || q != b) {
				t.Errorf("%+v and %+v, %v; expected %v", p, q, found, x.found)
			}
		})
	}
}

// TestCopyProvesWhatTheStoreProves.
func TestCopyProvesWhatTheStoreProves(t *testing.T) {
	s := fixed(t)
	n := 0
	c, err := ledger.CopyOf(all(s.lines), func(ledger.Line) error { n++; return nil })
	if err != nil || n != 5 {
		t.Fatalf("%d lines (%v)", n, err)
	}
	_, want, _ := ledger.Root(s)
	if size, root, err := ledger.Root(c); err != nil || size != 5 || root != want {
		t.Errorf("the copy has %d leaves with root %s (%v); expected 5 with %s", size, root, err, want)
	}
	if _, err := ledger.CopyOf(all(s.lines[1:]), nil); err == nil {
		t.Error("a log without its first leaf is copied")
	}
}

// BenchmarkVerifyMillion verifies 1,000,000 leaves with their hashes: to reach, 30 s.
func BenchmarkVerifyMillion(b *testing.B) {
	var s shelf
	for range 500 {
		leaves := make([]ledger.Leaf, 2000)
		for i := range leaves {
			leaves[i] = ledger.OfAct(key, "c-1", start.Add(1), "mining", "p", true, []byte(`{"id":"a"}`))
		}
		s.put(b, "raisup", leaves...)
	}
	signed, signer := signedBy(b, &s, 7)
	v, err := ledger.NewVerifier(signer.Verifier())
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for b.Loop() {
		r, err := ledger.Verify(ledger.Log{Lines: all(s.lines)}, []string{signed}, v)
		if err != nil || r.Fault != nil || r.Leaves != 1_000_000 {
			b.Fatalf("%+v (%v)", r, err)
		}
	}
}
