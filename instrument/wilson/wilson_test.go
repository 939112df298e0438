package wilson

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func drawCount(t *rapid.T) Count {
	n := rapid.OneOf(rapid.Int64Range(0, 400), rapid.Int64Range(0, 1<<40))
	return Count{n.Draw(t, "right"), n.Draw(t, "wrong")}
}

// Precision gates: how many cases in a row it takes without a wrong one.
func TestTheEndsAreThoseThatAreKnown(t *testing.T) {
	for _, c := range []struct {
		says      string
		is        Count
		low, high Share
	}{
		{"nothing counted is everything", Count{}, 0, One},
		{"sixteen right", Count{16, 0}, 806_392, One},
		{"nine wrong", Count{0, 9}, 0, 299_146},
		{"one of each", Count{1, 1}, 94_531, 905_469},
	} {
		if low, high := c.is.Low(), c.is.High(); low != c.low || high != c.high {
			t.Errorf("%s: %d to %d; expected %d to %d", c.says, low, high, c.low, c.high)
		}
	}
	for _, c := range []struct {
		right int64
		share Share
	}{{16, 800_000}, {35, 900_000}, {73, 950_000}, {381, 990_000}} {
		if !(Count{Right: c.right}).AtLeast(c.share) || (Count{Right: c.right - 1}).AtLeast(c.share) {
			t.Errorf("%d right in a row are not the fewest for %d", c.right, c.share)
		}
	}
}

func TestNoCountIsWithoutChance(t *testing.T) {
	for _, n := range []int64{1, 1000, 1_920_726, 1 << 40} {
		if c := (Count{Right: n}); c.AtLeast(One) || c.Low() >= One {
			t.Errorf("%d right in a row are at least all of it: they begin at %d", n, c.Low())
		}
		if c := (Count{Wrong: n}); c.Below(0) || c.High() <= 0 {
			t.Errorf("%d wrong in a row are below nothing: they end at %d", n, c.High())
		}
	}
}

// The exact comparison agrees with the formula as it is written in books, where that is not within what
// floating point may err.
func TestTheIntervalIsWilsons(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawCount(t)
		n, z := float64(x.Right+x.Wrong), 1.959964
		if n == 0 {
			return
		}
		p := float64(x.Right) / n
		middle, half := p+z*z/(2*n), z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
		low, high := (middle-half)/(1+z*z/n), (middle+half)/(1+z*z/n)
		if got := float64(x.Low()) / 1e6; got > low+1e-6 || got < low-2e-6 {
			t.Fatalf("%+v begins at %g; expected %g, rounded down", x, got, low)
		}
		if got := float64(x.High()) / 1e6; got < high-1e-6 || got > high+2e-6 {
			t.Fatalf("%+v ends at %g; expected %g, rounded up", x, got, high)
		}
	})
}

func TestTheEndsAndTheQuestionsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, g := drawCount(t), Share(rapid.Int64Range(-2, int64(One)+2).Draw(t, "share"))
		if x.AtLeast(g) != (g <= x.Low()) {
			t.Fatalf("%+v is at least %d: %v; it begins at %d", x, g, x.AtLeast(g), x.Low())
		}
		if x.Below(g) && g < x.High() || !x.Below(g) && g > x.High() {
			t.Fatalf("%+v is below %d: %v; it ends at %d", x, g, x.Below(g), x.High())
		}
		if x.AtLeast(g) && x.Below(g) && g > 0 {
			t.Fatalf("%+v is at least %d, and below", x, g)
		}
	})
}

func TestOneMoreThatIsWrongRaisesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawCount(t)
		for says, moved := range map[string][2]Count{"wrong": {{x.Right, x.Wrong + 1}, x}, "right": {x, {x.Right + 1, x.Wrong}}} {
			if less, more := moved[0], moved[1]; less.Low() > more.Low() || less.High() > more.High() {
				t.Fatalf("%+v: one more that is %s: %d to %d, and %d to %d", x, says, less.Low(), less.High(), more.Low(), more.High())
			}
		}
	})
}
