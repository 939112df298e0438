package judge_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/judge/procedure"
	"github.com/evenkeel/evenkeel/store/memory"
)

// TestVerifyDrawsAgain (R5, F13; R): a program that was changed seals what fits itself: a friend in the place of
// whom the lot fell on, with the hash of their list, or another lot for the second try. Verify draws again.
func TestVerifyDrawsAgain(t *testing.T) {
	who := []evenkeel.PersonID{"bea", "cem", "dov"}
	review := func(id docket.ReviewID, nonce string, at evenkeel.Moment, spoil func(*docket.Draw)) docket.Review {
		r := docket.Review{ID: id, Case: "c-1", Tenant: "trial", About: docket.AboutMeasure, State: docket.ReviewDrawn}
		d := procedure.NewDraw(&r, nonce, who, at)
		spoil(&d)
		r.Draws = []docket.Draw{d}
		return r
	}
	honest := func(*docket.Draw) {}
	other := func(d *docket.Draw) {
		for _, p := range who {
			if p != d.Drawn {
				d.Drawn = p
				return
			}
		}
	}
	day := start.Add(24 * 60 * minute)
	for name, c := range map[string]struct {
		leaves []any
		says   string
	}{
		"as it was drawn, and again":       {[]any{review("r-1", "n", start, honest), review("r-2", "n", day, honest)}, ""},
		"another lot once the first ended": {[]any{review("r-1", "n", start, honest), review("r-2", "m", start.Add(procedure.LotFor), honest)}, ""},
		"whom no lot fell on":              {[]any{review("r-1", "n", start, other)}, "the lot falls on"},
		"a list that was made shorter":     {[]any{review("r-1", "n", start, func(d *docket.Draw) { d.Candidates = who[:2] })}, "the hash of its candidates"},
		"another lot for the second try":   {[]any{review("r-1", "n", start, honest), review("r-2", "m", day, honest)}, "was by \"n\""},
		"a switch, whom no lot fell on": {[]any{func() docket.Switch {
			r := docket.Review{ID: "r-1", Tenant: docket.House, About: docket.AboutRelease, State: docket.ReviewDrawn}
			d := procedure.NewDraw(&r, "n", who, start)
			other(&d)
			r.Draws = []docket.Draw{d}
			return docket.Switch{Scope: docket.Scope{Kind: docket.SwitchGlobal}, Pulled: start, By: "ada", Review: &r}
		}()}, "the lot falls on"},
	} {
		fits := judge.DrawAgain()
		var said string
		for _, x := range c.leaves {
			l := ledger.Leaf{Kind: ledger.KindReview}
			if _, is := x.(docket.Switch); is {
				l.Kind, l.Act = ledger.KindAct, docket.ActRelease.String()
			}
			b, err := json.Marshal(x)
			must(t, err)
			if err := fits(l, b); err != nil {
				said += err.Error()
			}
		}
		if (said == "") != (c.says == "") || !strings.Contains(said, c.says) {
			t.Errorf("%s: it says %q; expected %q", name, said, c.says)
		}
	}
}

// TestAnUnfitDrawIsAFaultOfTheLedger: what a leaf commits to is asked for by verify, and names the leaf.
func TestAnUnfitDrawIsAFaultOfTheLedger(t *testing.T) {
	b := memory.New(nil)
	s := reviewIn(t, b, since(30, six...))
	must(t, s.propose("ada", evenkeel.MeasureSuspend))
	verify := func(fits func(ledger.Leaf, []byte) error) (r ledger.Report) {
		must(t, b.Log(t.Context(), func(l ledger.Log) (err error) {
			l.Fits = fits
			r, err = ledger.Verify(l, nil, nil)
			return err
		}))
		return r
	}
	if r := verify(judge.DrawAgain()); r.Fault != nil || r.Contents == 0 {
		t.Fatalf("%+v; expected that all of it fits", r.Fault)
	}
	asked := 0
	r := verify(func(l ledger.Leaf, value []byte) error {
		if l.Kind == ledger.KindReview {
			asked++
			return evenkeel.Invalid("the lot falls on bea")
		}
		return nil
	})
	if r.Fault == nil || r.Fault.How != ledger.Unfit || r.Fault.Kind != ledger.KindReview || asked != 1 {
		t.Errorf("%+v after %d reviews; expected that the first is named", r.Fault, asked)
	}
}
