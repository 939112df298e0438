package procedure

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// TestHowMuchOfADenialMayStandInAnother (F14): nine tenths and no more, whichever of the two is longer.
func TestHowMuchOfADenialMayStandInAnother(t *testing.T) {
	// of has shingles, of which so many from the first on are those of the earlier text.
	of := func(all, same int) string {
		var words []string
		for i := range all + shingle - 1 {
			if i < same+shingle-1 && same > 0 {
				words = append(words, fmt.Sprintf("w%d", i))
			} else {
				words = append(words, fmt.Sprintf("x%d", i))
			}
		}
		return strings.Join(words, " ")
	}
	for _, c := range []struct {
		name           string
		earlier, later string
		copied         bool
	}{
		{"nine tenths", of(100, 100), of(100, 90), false},
		{"one more", of(100, 100), of(100, 91), true},
		{"nine tenths of a longer one", of(100, 100), of(200, 90), false},
		{"more of it in a longer one", of(100, 100), of(200, 91), true},
		{"cut out of a longer one", of(200, 200), of(100, 100), true},
		{"half of it", of(100, 100), of(100, 50), false},
		{"other signs and letters", of(20, 20), strings.ToUpper(strings.ReplaceAll(of(20, 20), " ", ", ")), true},
		{"other numbers", "The port 3333 of machine 17 was asked 40 times by pool 9.", "The port 443 of machine 2 was asked 9 times by pool 14.", true},
		{"Chinese", "其他人也在挖矿这一点没有发现", "其他人也在挖矿这一点没有发现。工单四七", true},
		{"too short to be told apart", "It is no batch job of theirs.", "It is no batch job of theirs.", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			denial := func(id docket.ReviewID, says string) docket.Review {
				return docket.Review{ID: id, Says: says, Verdicts: []docket.Verdict{{Measure: evenkeel.MeasureDeny}}}
			}
			r := denial("r-2", c.later)
			got := copied(&r, &r.Verdicts[0], []docket.Review{r, denial("r-1", c.earlier)})
			if (got != "") != c.copied {
				t.Errorf("copied is %q; expected %v", got, c.copied)
			}
			milder := denial("r-1", c.earlier)
			milder.Verdicts[0].Measure = evenkeel.MeasureSuspend
			if got := copied(&r, &r.Verdicts[0], []docket.Review{r, milder}); got != "" {
				t.Errorf("of what was no denial %q is copied; expected that it is not asked", got)
			}
		})
	}
}

// BenchmarkCopied compares a denial with as many as are kept for it, each of the longest texts.
func BenchmarkCopied(b *testing.B) {
	text := func(n int) string {
		var s strings.Builder
		for i := 0; s.Len() < docket.MaxAnswer-16; i++ {
			fmt.Fprintf(&s, "w%dx%d ", n, i)
		}
		return s.String()
	}
	denial := func(n int) docket.Review {
		v := docket.Verdict{Measure: evenkeel.MeasureDeny, Innocent: text(n), Argument: text(n + 1000)}
		for i := range 5 {
			v.Answers = append(v.Answers, text(n+2000+i))
		}
		return docket.Review{ID: docket.ReviewID(fmt.Sprint("r-", n)), Opened: evenkeel.MomentOf(time.Unix(1, 0)), Says: text(n + 3000), Verdicts: []docket.Verdict{v, v}}
	}
	earlier := make([]docket.Review, docket.MaxDenials)
	for i := range earlier {
		earlier[i] = denial(i + 1)
	}
	r := denial(0)
	b.ReportAllocs()
	for b.Loop() {
		if what := copied(&r, &r.Verdicts[0], earlier); what != "" {
			b.Fatal(what)
		}
	}
}
