package witness_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/instrument/witness"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

const origin = "ledger.example.com"

// log is one that signs whatever it is told to: its leaves are bytes.
type log struct {
	hashes []tlog.Hash
	size   int64
	signer note.Signer
}

func (l *log) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = l.hashes[x]
	}
	return out, nil
}

func (l *log) add(leaf byte) {
	h, err := tlog.StoredHashes(l.size, []byte{leaf}, l)
	if err != nil {
		panic(err)
	}
	l.hashes, l.size = append(l.hashes, h...), l.size+1
}

func (l *log) checkpoint(size int64) string {
	root, err := tlog.TreeHash(size, l)
	if err != nil {
		panic(err)
	}
	signed, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", origin, size, root)}, l.signer)
	if err != nil {
		panic(err)
	}
	return string(signed)
}

func (l *log) proof(from, to int64) tlog.TreeProof {
	if from < 1 || from >= to {
		return nil
	}
	p, err := tlog.ProveTree(to, from, l)
	if err != nil {
		panic(err)
	}
	return p
}

func keys(t testing.TB, seed byte) (note.Signer, note.Verifier) {
	secret, public, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{seed}, 64)), origin)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := note.NewSigner(secret)
	v, _ := note.NewVerifier(public)
	return s, v
}

func known(v note.Verifier) func(string) (note.Verifier, bool) {
	return func(o string) (note.Verifier, bool) { return v, o == origin }
}

// TestWhatIsCosignedIsOneChain: whatever a log asks for that shows two histories, what a witness
// signs is of one of them, and never goes back.
func TestWhatIsCosignedIsOneChain(t *testing.T) {
	signer, v := keys(t, 1)
	refused, accepted := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		size, fork := int64(rapid.IntRange(1, 30).Draw(t, "size")), int64(rapid.IntRange(0, 29).Draw(t, "fork"))
		a, b := &log{signer: signer}, &log{signer: signer}
		for n := range size {
			a.add('a')
			b.add(map[bool]byte{true: 'a', false: 'b'}[n < fork])
		}
		var was witness.State
		chosen := byte(0) // which history it is of, once they differ
		for range rapid.IntRange(1, 20).Draw(t, "requests") {
			l, which := a, byte('a')
			if rapid.Bool().Draw(t, "of the other") {
				l, which = b, 'b'
			}
			to := int64(rapid.IntRange(0, int(size)).Draw(t, "to"))
			old := rapid.SampledFrom([]int64{was.Size, was.Size, 0, to}).Draw(t, "old")
			r := witness.Request{Old: old, Checkpoint: l.checkpoint(to)}
			switch rapid.IntRange(0, 3).Draw(t, "proof") {
			case 0: // none
			case 1:
				r.Proof = a.proof(old, to)
			default:
				r.Proof = l.proof(old, to)
			}
			got, err := witness.ParseRequest(r.String())
			if err != nil {
				t.Fatal(err)
			}
			c, no := witness.Open(got.Checkpoint, known(v))
			if no != nil {
				t.Fatal(no)
			}
			if no := witness.Consider(was, got, c); no != nil {
				refused++
				continue
			}
			accepted++
			if c.Size < was.Size || c.Size == was.Size && was.Size > 0 && c.Root != was.Root {
				t.Fatalf("%d leaves with %s are cosigned after %d with %s", c.Size, c.Root, was.Size, was.Root)
			}
			if c.Size > fork {
				if chosen != 0 && chosen != which {
					t.Fatalf("both histories are cosigned, at %d leaves and before; they part at %d", c.Size, fork)
				}
				chosen = which
			}
			was = c.State
		}
	})
	if refused < 50 || accepted < 50 {
		t.Errorf("%d were refused and %d cosigned; expected many of both", refused, accepted)
	}
}

// TestRefusalsHaveTheStatusOfTheProtocol is by the rules of C2SP tlog-witness.
func TestRefusalsHaveTheStatusOfTheProtocol(t *testing.T) {
	signer, v := keys(t, 1)
	stranger, _ := keys(t, 2)
	l, other := &log{signer: signer}, &log{signer: signer}
	for range 8 {
		l.add('a')
		other.add('b')
	}
	at := func(l *log, n int64) witness.State {
		root, _ := tlog.TreeHash(n, l)
		return witness.State{Size: n, Root: root}
	}
	forged := &log{signer: stranger, hashes: l.hashes, size: l.size}
	for _, c := range []struct {
		name   string
		was    witness.State
		r      witness.Request
		status int
		split  bool
	}{
		{"the first one", witness.State{}, witness.Request{Checkpoint: l.checkpoint(5)}, 0, false},
		{"one that goes on", at(l, 5), witness.Request{Old: 5, Proof: l.proof(5, 8), Checkpoint: l.checkpoint(8)}, 0, false},
		{"the same again", at(l, 5), witness.Request{Old: 5, Checkpoint: l.checkpoint(5)}, 0, false},
		{"a log that nobody named", witness.State{}, witness.Request{Checkpoint: strings.Replace(l.checkpoint(5), origin, "other.example.com", 1)}, 404, false},
		{"a stranger's signature", witness.State{}, witness.Request{Checkpoint: forged.checkpoint(5)}, 403, false},
		{"a changed text", witness.State{}, witness.Request{Checkpoint: strings.Replace(l.checkpoint(5), "\n5\n", "\n6\n", 1)}, 403, false},
		{"no checkpoint", witness.State{}, witness.Request{Checkpoint: "nothing\n"}, 400, false},
		{"from more leaves than it has", at(l, 5), witness.Request{Old: 7, Checkpoint: l.checkpoint(6)}, 400, false},
		{"from another size", at(l, 5), witness.Request{Old: 4, Proof: l.proof(4, 8), Checkpoint: l.checkpoint(8)}, 409, false},
		{"from nothing, after something was cosigned", at(l, 5), witness.Request{Checkpoint: l.checkpoint(8)}, 409, false},
		{"another tree of the same size", at(l, 5), witness.Request{Old: 5, Checkpoint: other.checkpoint(5)}, 409, true},
		{"another history, with its own proof", at(l, 5), witness.Request{Old: 5, Proof: other.proof(5, 8), Checkpoint: other.checkpoint(8)}, 422, true},
		{"no proof", at(l, 5), witness.Request{Old: 5, Checkpoint: l.checkpoint(8)}, 422, true},
		{"a proof where none can be", witness.State{}, witness.Request{Proof: l.proof(5, 8), Checkpoint: l.checkpoint(8)}, 422, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, no := witness.Open(c.r.Checkpoint, known(v))
			if no == nil {
				no = witness.Consider(c.was, c.r, p)
			}
			status, split := 0, false
			if no != nil {
				status, split = no.Status, no.Split
			}
			if status != c.status || split != c.split {
				t.Errorf("status %d, split %v (%v); expected %d and %v", status, split, no, c.status, c.split)
			}
			if status == 409 && no.Size != c.was.Size {
				t.Errorf("it says %d leaves; expected the %d that were cosigned last", no.Size, c.was.Size)
			}
		})
	}
}

// TestCosignatureIsOfANoteThatOthersRead: put under a checkpoint it verifies as a note's.
func TestCosignatureIsOfANoteThatOthersRead(t *testing.T) {
	signer, v := keys(t, 1)
	l := &log{signer: signer}
	l.add('a')
	secret, public, err := witness.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{5}, 32)), "witness.example.com")
	if err != nil {
		t.Fatal(err)
	}
	w, err := witness.NewCosigner(secret + "\n")
	if err != nil || w.Verifier() != public {
		t.Fatalf("%v: the key is %v", err, w)
	}
	wv, err := witness.NewVerifier(public + "\n")
	if err != nil {
		t.Fatal(err)
	}
	signed := l.checkpoint(1)
	text, _, _ := strings.Cut(signed, "\n\n")
	line := w.Cosign(text+"\n", time.Unix(1679315147, 0))
	n, err := note.Open([]byte(signed+line), note.VerifierList(v, wv))
	if err != nil || len(n.Sigs) != 2 {
		t.Fatalf("%v: %+v; expected two signatures that verify", err, n)
	}
	if _, err := note.Open([]byte(signed+w.Cosign("something else\n", time.Unix(0, 0))), note.VerifierList(wv)); err == nil {
		t.Error("a cosignature of another text verifies")
	}
	for _, bad := range []string{"", "x", secret, strings.Replace(public, "witness", "witless", 1), public[:len(public)-5], "a+b+c"} {
		if _, err := witness.NewVerifier(bad); err == nil || strings.Contains(err.Error(), "PRIVATE") {
			t.Errorf("%q is a public key (%v)", bad, err)
		}
	}
	for _, bad := range []string{"", public, strings.Replace(secret, "witness", "witless", 1), secret[:len(secret)-5]} {
		if _, err := witness.NewCosigner(bad); err == nil || strings.Contains(err.Error(), "BQUF") {
			t.Errorf("%q is a secret key (%v)", bad, err)
		}
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add("old 0\n\ncheckpoint\n")
	f.Add("old 12\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\na\n1\nb\n\n— a b\n")
	f.Add("old 01\n\n")
	f.Add("old 1\nAAAA\n\n")
	f.Fuzz(func(t *testing.T, body string) {
		r, err := witness.ParseRequest(body)
		if err == nil && r.String() != body {
			t.Fatalf("%q is written as %q", body, r)
		}
		if err == nil && len(r.Proof) > 63 {
			t.Fatalf("%d hashes", len(r.Proof))
		}
	})
}
