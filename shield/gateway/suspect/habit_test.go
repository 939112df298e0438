package suspect_test

import (
	"math"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

// TestAClientThatIsUnknownHereIsUnusualHoweverManyPlacesVisitorsComeFrom: what a habit counts of AS and countries hides no client.
func TestAClientThatIsUnknownHereIsUnusualHoweverManyPlacesVisitorsComeFrom(t *testing.T) {
	d := newDomain(21)
	few := func(n int, bend float64) int { return int(math.Pow(float64(n), math.Pow(d.lot.Float64(), bend))) } // a few often, many seldom
	h := suspect.NewHabit(key)
	for range 100_000 {
		v := suspect.Visit{Hello: uint64(1000 + few(100, 0.6)), HTTP: uint64(5000 + few(60, 0.5)), AS: uint32(few(20_000, 0.8))}
		v.Country = [2]byte{'A' + byte(v.AS%13), 'A' + byte(v.AS%11)}
		h.Note(&v)
	}
	h.Passed(time.Hour)
	known := suspect.Visit{Hello: 1001, HTTP: 5001}
	if !h.Usual(&known) {
		t.Fatal("what comes most is not usual")
	}
	const many = 4000
	hello, http := 0, 0
	for i := range uint64(many) {
		if h.Usual(&suspect.Visit{Hello: 900_000 + i, HTTP: known.HTTP}) {
			hello++
		}
		if h.Usual(&suspect.Visit{Hello: known.Hello, HTTP: 900_000 + i}) {
			http++
		}
	}
	if hello > many/8 || http > many/8 {
		t.Errorf("of %d clients that never came %d are usual by their hello, and %d by their print of HTTP; expected an eighth at most", many, hello, http)
	}
	if !h.Usual(&suspect.Visit{}) || !h.Usual(&suspect.Visit{Hello: known.Hello}) {
		t.Error("what is not known of a visit speaks against it")
	}
}
