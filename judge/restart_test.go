package judge_test

import (
	"context"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/learning"
)

const lease = 4 * time.Hour // of a throttle, under the policy that comes with the program

// minesOn brings about a throttle at two minutes, and that the same is found ten minutes before
// its lease ends.
func minesOn(t *testing.T, b books) (d *judge.Docket, f func() docket.Folder) {
	t.Helper()
	d = withRota(t, b, desk{levels: [3][]evenkeel.PersonID{{"lea"}, {"ada"}, {"cid"}}})
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage, wire), finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire),
		finding("trial-1", "trial", 2*minute+lease-10*minute, evenkeel.Provisional, usage, wire))
	return d, func() docket.Folder { return folders(t, b)[0] }
}

// A, N: whoever mines on has no free hours for it: the throttle stands once more, told and with
// people called. No machine lets it stand a third time.
func TestAMinerWhoMinesOnIsThrottledOnceMoreAndPeopleAreCalled(t *testing.T) {
	d, folder := minesOn(t, newBooks())
	before := folder()
	play(t, d, 2*minute+lease)
	f := folder()
	last := f.Decisions[len(f.Decisions)-1]
	if last.Measure != evenkeel.MeasureThrottle || last.State != evenkeel.InForce || last.Until != start.Add(2*minute+2*lease) || !last.Actor.Automatic() {
		t.Fatalf("%+v; expected a throttle for one lease more", last)
	}
	if len(f.Pages) != 1 || f.Pages[0].Page.For[0] != "ada" || len(f.Notices) != len(before.Notices)+1 {
		t.Errorf("pages %+v and %d notices; expected that ada is called and the tenant told", f.Pages, len(f.Notices)-len(before.Notices))
	}
	play(t, d, finding("trial-1", "trial", 2*lease-5*minute, evenkeel.Provisional, usage, wire), 2*minute+2*lease)
	if f = folder(); f.Highest.Enforced() || len(f.Pages) != 1 {
		t.Errorf("%s is in force, %d pages; expected that it ends, whatever is found", f.Highest, len(f.Pages))
	}
	play(t, d, finding("trial-1", "trial", 2*lease+time.Hour, evenkeel.Provisional, usage, wire))
	f = folder()
	if last := f.Decisions[len(f.Decisions)-1]; last.State != evenkeel.Proposed || sentences(f, "no machine enters it a third time") == 0 {
		t.Errorf("%+v; expected a question to a person", last)
	}
}

// B, N: what holds machines back holds back this too: a pulled switch, and a notice that reached
// nobody.
func TestALeaseEndsWhereMachinesAreHeldBack(t *testing.T) {
	for name, hold := range map[string]func(t *testing.T, b books, f docket.Folder){
		"a switch was pulled": func(t *testing.T, b books, _ docket.Folder) {
			do(t, newDocket(t, b), world, houseAct(docket.ActPull, "ada", lease, scoped(docket.SwitchGlobal, "")))
		},
		"its rule was taken down": func(t *testing.T, b books, _ docket.Folder) {
			d := newDocket(t, b)
			load(t, d, 0, version("crypto-mining", "mining", 1, "a"))
			do(t, d, world, promotes("crypto-mining", 1, learning.StageConfirm, 0, lease))
		},
		"nobody was told": func(t *testing.T, b books, f docket.Folder) {
			n := f.Notices[len(f.Notices)-1]
			if err := newDocket(t, b).Untold(context.Background(), n.ID, "550 no such mailbox", start.Add(lease)); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBooks()
			d, folder := minesOn(t, b)
			hold(t, b, folder())
			play(t, d, 2*minute+lease)
			if f := folder(); f.Highest.Enforced() {
				t.Errorf("%s is in force; expected that it ended", f.Highest)
			}
		})
	}
}
