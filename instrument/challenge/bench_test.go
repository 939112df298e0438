//go:build !race

package challenge

import (
	"strings"
	"testing"
	"time"
)

// TestWhatAFloodAsksForAllocatesNothing is not for the race detector, under which a sync.Pool throws away at
// random.
func TestWhatAFloodAsksForAllocatesNothing(t *testing.T) {
	k := keys(t, 1)
	answer := solved(t, issued(t, k, alice, Ask{FormWork, 4}, 1, noon), 4)
	forged := Answer{answer.Token[:42] + "A", answer.Nonce}
	lines := []string{"theme=dark; " + cookie(SecureJar, granted(t, k, alice, 1, time.Hour, noon))}
	bad := []string{"__Host-ek-00000000=" + strings.Repeat("A", passSize)}
	spent := NewSpent(1000)
	tk := ticket(t, k, alice, 1, noon)
	for _, c := range []struct {
		name string
		most float64
		f    func()
	}{
		{"an answer that is right", 0, func() { _, _ = k.Check(alice, answer, any1, noon) }},
		{"one that is forged", 0, func() { _, _ = k.Check(alice, forged, any1, noon) }},
		{"a cookie that is right", 0, func() { _, _ = k.Admit(SecureJar, alice, lines, noon) }},
		{"one that is not", 0, func() { _, _ = k.Admit(SecureJar, alice, bad, noon) }},
		{"a use", 0, func() { spent.Take(&tk) }},
		{"a token, which is a text of its own", 1, func() { _, _ = k.Issue(alice, Ask{FormWork, 4}, 1, noon) }},
	} {
		c.f()
		if n := testing.AllocsPerRun(1000, c.f); n > c.most {
			t.Errorf("%s: %v allocations, at most %v", c.name, n, c.most)
		}
	}
}

func BenchmarkChallenge(b *testing.B) {
	k := keys(b, 1)
	answer := solved(b, issued(b, k, alice, Ask{FormWork, 16}, 1, noon), 16)
	forged := Answer{answer.Token[:42] + "A", answer.Nonce}
	lines := []string{"theme=dark; " + cookie(SecureJar, granted(b, k, alice, 1, time.Hour, noon))}
	spent := NewSpent(MostRoom)
	b.Run("check", func(b *testing.B) {
		for b.Loop() {
			if _, err := k.Check(alice, answer, any1, noon); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "proofs/s")
	})
	b.Run("check and take", func(b *testing.B) {
		for b.Loop() {
			tk, err := k.Check(alice, answer, any1, noon)
			if err != nil || spent.Take(&tk) == Uncounted {
				b.Fatal(err)
			}
		}
	})
	b.Run("refuse a forged one", func(b *testing.B) {
		for b.Loop() {
			if _, err := k.Check(alice, forged, any1, noon); err == nil {
				b.Fatal("it is believed")
			}
		}
	})
	b.Run("admit", func(b *testing.B) {
		for b.Loop() {
			if _, err := k.Admit(SecureJar, alice, lines, noon); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("issue", func(b *testing.B) {
		lot := uint64(0)
		for b.Loop() {
			lot++
			if _, err := k.Issue(alice, Ask{FormWork, 16}, lot, noon); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("tried by a solver", func(b *testing.B) {
		from := uint64(0)
		for b.Loop() {
			_, _ = Solve(answer.Token, 60, from, 1000)
			from += 1000
		}
		b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "tries/s")
	})
}
