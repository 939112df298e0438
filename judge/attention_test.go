package judge_test

import (
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/ledger"
)

// Issue 3, "human minutes per case": from who opened the page until they decided, without the pause in
// between, kept for the rule and written into the leaf of the case.
func TestWhatACaseTakesOfPeopleIsKept(t *testing.T) {
	for _, c := range []struct {
		name  string
		looks map[time.Duration]evenkeel.PersonID
		human int64 // seconds
		leaf  int   // minutes
	}{
		{"whoever decides without having looked took a minute", nil, 60, 1},
		{"eight minutes from the look to the decision", map[time.Duration]evenkeel.PersonID{22 * minute: "ada"}, 60 + 8*60, 9},
		{"two looked: each of them counts", map[time.Duration]evenkeel.PersonID{22 * minute: "ada", 23 * minute: "ben"}, 60 + 8*60 + 60, 10},
		{"a begun minute is a whole one in the leaf", map[time.Duration]evenkeel.PersonID{22*minute + 30*time.Second: "ada"}, 60 + 450, 9},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBooks()
			d := auditing(t, b, since(30, "ada"), "audit: {share: 0}\n")
			play(t, d, caught()...)
			for at, by := range c.looks {
				if err := d.Look(ctx, folders(t, b)[0].Case.ID, by, start.Add(at)); err != nil {
					t.Fatal(err)
				}
			}
			last := play(t, d, cleared(30*minute)).Changes
			leaf := 0
			for _, ch := range last {
				for _, x := range ch.Sealed.Leaves {
					if l, err := ledger.ParseLeaf(x); err != nil {
						t.Fatal(err)
					} else if l.Kind == ledger.KindCase && l.Case == evenkeel.CaseClosed {
						leaf = l.Minutes
					}
				}
			}
			all, err := b.Learned(ctx)
			if err != nil || len(all) == 0 {
				t.Fatal(all, err)
			}
			for _, l := range all {
				if l.HumanSeconds != c.human || l.HumanMeasured != 1 {
					t.Errorf("%s: %d s of %d cases; expected %d of one", l.Rule, l.HumanSeconds, l.HumanMeasured, c.human)
				}
			}
			f := folders(t, b)[0]
			if leaf != c.leaf || f.Attention() != time.Duration(c.human)*time.Second {
				t.Errorf("the leaf says %d minutes, the case %s; expected %d and %d s", leaf, f.Attention(), c.leaf, c.human)
			}
		})
	}
	b := newBooks()
	play(t, auditing(t, b, since(30, "ada"), "audit: {share: 0}\n"), append(caught(), 32*day)...)
	all, err := b.Learned(ctx)
	if err != nil || len(all) == 0 || all[0].HumanSeconds != 0 || all[0].HumanMeasured != 1 {
		t.Errorf("what silence closed cost %+v (%v); expected nothing, and that it is known", all, err)
	}
}
