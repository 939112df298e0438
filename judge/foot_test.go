package judge_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/store/memory"
)

// TestEveryNoticeProvesWhatItTells is N and R10: with a notice and the log's public key its
// recipient can check that the decision was sealed as it is told, over histories that nobody wrote.
func TestEveryNoticeProvesWhatItTells(t *testing.T) {
	secret, err := ledger.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{7}, 64)), "ledger.example.com")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ledger.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	v, err := ledger.NewVerifier(signer.Verifier())
	if err != nil {
		t.Fatal(err)
	}
	proofs := 0
	rapid.Check(t, func(t *rapid.T) {
		b := memory.New(nil)
		d, err := judge.New(judge.Parts{Books: b, Policy: defaultPolicy(t), Means: paper, Head: signer.Sign})
		if err != nil {
			t.Fatal(err)
		}
		things := drawHistory(t)
		for _, x := range append(things, time.Duration(timeOf(things[len(things)-1]).Sub(start))+20*24*time.Hour) {
			heard, err := one(d, x)
			if err != nil {
				continue
			}
			for _, c := range heard.Changes {
				for i := range c.Notices {
					proofs += checkFoot(t, v.Name(), &c.Notices[i], &c, func(p ledger.Proof) (ledger.Leaf, error) {
						l, _, err := p.Check(v)
						return l, err
					})
				}
			}
		}
		if err := b.Log(context.Background(), func(l ledger.Log) error {
			r, err := ledger.Verify(l, nil, nil)
			if err == nil && r.Fault != nil {
				t.Fatal(r.Fault)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
	if proofs < 50 {
		t.Errorf("only %d notices had a proof", proofs)
	}
}

// checkFoot holds what stands at the foot of a notice to what it tells, and returns how many proofs
// that were.
func checkFoot(t *rapid.T, origin string, n *evenkeel.Notice, c *docket.Changes, check func(ledger.Proof) (ledger.Leaf, error)) int {
	if !strings.HasPrefix(ledger.HeadOf(n.Ledger), origin+"\n") {
		t.Fatalf("notice %s, %s: no signed head at its foot: %q", n.ID, n.State, n.Ledger)
	}
	p, err := ledger.ParseProof(n.Ledger)
	if err != nil {
		for _, d := range c.Decisions {
			if d.ID == n.Decision && d.State == n.State {
				t.Fatalf("the notice of what was decided now has no proof: %v", err)
			}
		}
		return 0
	}
	l, err := check(p)
	if err != nil {
		t.Fatal(err)
	}
	told := l.Kind == ledger.KindDecision && l.State == n.State && l.Measure == n.Measure
	if closed := l.Kind == ledger.KindCase && l.Outcome == n.Outcome; !told && !closed {
		t.Fatalf("the notice tells of %s, %s; its leaf is\n%s", n.Measure, n.State, p.Leaf)
	}
	if len(n.Ledger) > 4<<10 {
		t.Fatalf("the proof has %d bytes", len(n.Ledger))
	}
	return 1
}
