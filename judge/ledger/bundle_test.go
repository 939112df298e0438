package ledger_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

type tester interface {
	Helper()
	Fatal(...any)
}

// signedBy makes the signer of a log and a head of a tree.
func signedBy(t tester, s ledger.Tree, seed byte) (signed string, signer *ledger.Signer) {
	t.Helper()
	secret, err := ledger.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{seed}, 64)), "ledger.example.com")
	if err != nil {
		t.Fatal(err)
	}
	if signer, err = ledger.NewSigner(secret); err != nil {
		t.Fatal(err)
	}
	if signed, err = signer.Sign(s, start); err != nil {
		t.Fatal(err)
	}
	return signed, signer
}

// TestProofShowsOneLeafAndNoOther is R10 and N: whoever has a notice and the public key can check
// that its decision was sealed, without asking anybody.
func TestProofShowsOneLeafAndNoOther(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s shelf
		for n := range rapid.IntRange(1, 40).Draw(t, "leaves") {
			putAct(t, &s, fmt.Sprint(n))
		}
		signed, signer := signedBy(t, &s, 7)
		for range rapid.IntRange(0, 9).Draw(t, "later") { // the head may be older than the log
			putAct(t, &s, "later")
		}
		head, _ := ledger.ParseHead(signed, nil)
		n := rapid.Int64Range(0, head.Size-1).Draw(t, "n")
		text, err := ledger.Prove(&s, n, s.lines[n].Leaf, signed)
		if err != nil {
			t.Fatal(err)
		}
		v, _ := ledger.NewVerifier(signer.Verifier())
		p, err := ledger.ParseProof(text)
		if err != nil || p.String() != text {
			t.Fatalf("%v: the proof reads back as %q", err, p)
		}
		if leaf, _, err := p.Check(v); err != nil || !bytes.Equal(leaf.Bytes(), s.lines[n].Leaf) {
			t.Fatalf("the proof of leaf %d shows %+v (%v)", n, leaf, err)
		}
		if ledger.HeadOf(text) != signed || ledger.HeadOf(signed) != signed {
			t.Fatal("the head is not found in the proof")
		}
		other := p
		if other.Index = rapid.Int64Range(0, head.Size-1).Draw(t, "other"); other.Index != n {
			if _, _, err := other.Check(v); evenkeel.KindOf(err) != evenkeel.KindDenied {
				t.Fatalf("the proof of leaf %d shows leaf %d too: %v", n, other.Index, err)
			}
		}
		changed := p
		changed.Leaf = bytes.Replace(bytes.Clone(p.Leaf), []byte("kind act"), []byte("kind flag"), 1)
		if _, _, err := changed.Check(v); evenkeel.KindOf(err) != evenkeel.KindDenied {
			t.Fatalf("a changed leaf passes: %v", err)
		}
		_, stranger := signedBy(t, &s, 9)
		if v, _ := ledger.NewVerifier(stranger.Verifier()); true {
			if _, _, err := p.Check(v); evenkeel.KindOf(err) != evenkeel.KindDenied {
				t.Fatalf("another log's key accepts it: %v", err)
			}
		}
	})
}

func putAct(t tester, s *shelf, id string) {
	t.Helper()
	sealed, err := ledger.Seal(s, ledger.OfAct(key, "c-1", start, "mining", "p", true, fmt.Appendf(nil, `{"id":%q}`, id)))
	if err != nil {
		t.Fatal(err)
	}
	lines, err := sealed.Lines()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		s.lines, s.hashes = append(s.lines, l), append(s.hashes, l.Hashes...)
	}
}

func TestProveRefusesWhatTheHeadDoesNotReach(t *testing.T) {
	s := fixed(t)
	signed, _ := signedBy(t, s, 7)
	for _, n := range []int64{-1, 5, 1 << 40} {
		if _, err := ledger.Prove(s, n, nil, signed); evenkeel.KindOf(err) != evenkeel.KindNotFound {
			t.Errorf("leaf %d of 5: %v; expected that it is not found", n, err)
		}
	}
}

func TestParseProofRefuses(t *testing.T) {
	s := fixed(t)
	signed, _ := signedBy(t, s, 7)
	good, err := ledger.Prove(s, 2, s.lines[2].Leaf, signed)
	if err != nil {
		t.Fatal(err)
	}
	hash := (tlog.Hash{}).String() + "\n"
	for _, c := range []struct{ name, text, says string }{
		{"nothing", "", "expected the line"},
		{"only a head", signed, "expected the line"},
		{"another version", strings.Replace(good, "@v1", "@v2", 1), "expected the line"},
		{"no leaf", strings.Replace(good, "extra ", "more ", 1), "expected extra"},
		{"a leaf that is no base64", strings.Replace(good, "extra ", "extra %", 1), "expected extra"},
		{"no number", strings.Replace(good, "index 2", "index two", 1), "expected index"},
		{"a number with a zero before it", strings.Replace(good, "index 2", "index 02", 1), "expected index"},
		{"a number below zero", strings.Replace(good, "index 2", "index -2", 1), "expected index"},
		{"what is no hash", strings.Replace(good, "index 2\n", "index 2\nAAAA\n", 1), "hash 1"},
		{"too many hashes", strings.Replace(good, "index 2\n", "index 2\n"+strings.Repeat(hash, 62), 1), "at most 63"},
		{"too long", good + strings.Repeat("x", ledger.MaxProof), "expected at most"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := ledger.ParseProof(c.text); evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), c.says) {
				t.Errorf("says %v; expected %q", err, c.says)
			}
		})
	}
}

func FuzzParseProof(f *testing.F) {
	s := fixed(f)
	signed, signer := signedBy(f, s, 7)
	good, err := ledger.Prove(s, 2, s.lines[2].Leaf, signed)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(signed)
	f.Add("c2sp.org/tlog-proof@v1\nextra \nindex 0\n\n")
	v, err := ledger.NewVerifier(signer.Verifier())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ledger.ParseProof(text)
		if err != nil {
			return
		}
		if p.String() != text {
			t.Fatalf("%q is written as %q", text, p)
		}
		if _, _, err := p.Check(v); err == nil && !bytes.Equal(p.Leaf, s.lines[p.Index].Leaf) {
			t.Fatalf("%q shows a leaf that is not in the log", text)
		}
	})
}

// TestEachHashIsReadOnce counts what a head and the proofs of its newest leaves read.
func TestEachHashIsReadOnce(t *testing.T) {
	var s shelf
	for range 100 {
		putAct(t, &s, "a")
	}
	c := &counting{Tree: &s, read: map[int64]int{}}
	tree := ledger.ReadOnce(c)
	signed, _ := signedBy(t, tree, 7)
	for n := int64(90); n < 100; n++ {
		if _, err := ledger.Prove(tree, n, s.lines[n].Leaf, signed); err != nil {
			t.Fatal(err)
		}
	}
	for x, n := range c.read {
		if n > 1 {
			t.Errorf("hash %d was read %d times", x, n)
		}
	}
	if len(c.read) == 0 {
		t.Error("nothing was read")
	}
}

type counting struct {
	ledger.Tree
	read map[int64]int
}

func (c *counting) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	for _, x := range indexes {
		c.read[x]++
	}
	return c.Tree.ReadHashes(indexes)
}
