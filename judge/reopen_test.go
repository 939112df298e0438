package judge_test

import (
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/store/memory"
	"github.com/evenkeel/evenkeel/store/sqlite"
	"pgregory.net/rapid"
)

// held plays what leads to an isolation that is held at 62 minutes and takes effect at 92.
func held(t tester, d *judge.Docket) {
	t.Helper()
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage), finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire),
		finding("trial-1", "trial", 62*minute, evenkeel.Provisional, usage, stratum))
}

// reopen says that nobody judged between two times after the start.
func reopen(t tester, d *judge.Docket, since, now time.Duration) judge.Heard {
	t.Helper()
	from := start.Add(since)
	if since == 0 {
		from = 0
	}
	heard, err := d.Reopen(context.Background(), from, start.Add(now))
	if err != nil {
		t.Fatal(err)
	}
	return heard
}

// logged are books whose ledger can be read.
type logged interface {
	books
	Log(context.Context, func(ledger.Log) error) error
}

func TestAHearingGoesOnAfterAnOutage(t *testing.T) {
	for _, x := range []struct {
		name                 string
		since, now, inEffect time.Duration // since 0: it is not known
	}{
		{"it ended meanwhile", 70 * minute, 190 * minute, 205 * minute},
		{"it would end soon after", 70 * minute, 80 * minute, 95 * minute},
		{"it ends long after", 70 * minute, 72 * minute, 92 * minute},
		{"a restart", 91*minute + 30*time.Second, 92*minute + 30*time.Second, 92 * minute},
		{"a little longer than one", 91*minute + 30*time.Second, 92*minute + 31*time.Second, 107*minute + 31*time.Second},
		{"nobody knows since when", 0, 100 * minute, 115 * minute},
		{"the clock was set back", 300 * minute, 100 * minute, 115 * minute},
	} {
		t.Run(x.name, func(t *testing.T) {
			b := newBooks()
			d := newDocket(t, b)
			held(t, d)
			reopen(t, d, x.since, x.now)
			if got := stateOf(t, b, evenkeel.MeasureIsolate); got.State != evenkeel.Held || got.From != start.Add(x.inEffect) || got.Until <= got.From {
				t.Errorf("%s from %s until %s; expected that it is held until %s", got.State, got.From, got.Until, start.Add(x.inEffect))
			}
			play(t, d, x.inEffect-time.Second)
			if got := stateOf(t, b, evenkeel.MeasureIsolate); got.State != evenkeel.Held {
				t.Errorf("it is %s before", got.State)
			}
			play(t, d, x.inEffect)
			if got := stateOf(t, b, evenkeel.MeasureIsolate); got.State != evenkeel.InForce || got.From != start.Add(x.inEffect) {
				t.Errorf("it is %s from %s, and nobody spoke", got.State, got.From)
			}
		})
	}
}

func TestAnAnswerAfterAnOutageHoldsItBack(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	held(t, d)
	reopen(t, d, 70*minute, 190*minute)
	play(t, d, act(docket.ActAnswer, "trial", 204*minute), 400*minute)
	f := folders(t, b)[0]
	if slices.ContainsFunc(f.Orders, func(o evenkeel.Order) bool { return o.Measure == evenkeel.MeasureIsolate }) {
		t.Errorf("orders %+v; expected no isolation, as the tenant was heard", f.Orders)
	}
}

func TestTheTimelineSaysThatAHearingGoesOn(t *testing.T) {
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "books"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var all [][]docket.Folder
	for _, b := range []logged{memory.New(nil), db} {
		d := newDocket(t, b)
		held(t, d)
		clocks := folders(t, b)[0].Clocks
		for range 2 { // the second time changes nothing
			reopen(t, d, 70*minute, 190*minute)
		}
		f := folders(t, b)[0]
		var says []string
		for _, e := range f.Entries {
			if strings.Contains(e.Says, "nobody could be heard from "+start.Add(70*minute).String()+" to "+start.Add(190*minute).String()) {
				says = append(says, e.Kind.String())
			}
		}
		if !slices.Equal(says, []string{"clock", "decided"}) {
			t.Errorf("entries %v say it; expected one of the clock and one of the decision", says)
		}
		if n := len(f.Notices); n != len(folders(t, b)[0].Notices) || len(f.Clocks) != len(clocks) {
			t.Errorf("%d notices, clocks %+v", n, f.Clocks)
		}
		for _, k := range f.Clocks {
			if k.Kind == docket.ClockReminder && k.Decision != "" {
				if k.Started != start.Add(190*minute) {
					t.Errorf("%+v; expected that it reminds at half of the new hearing", k)
				}
				continue
			}
			same := slices.ContainsFunc(clocks, func(o docket.Clock) bool { return reflect.DeepEqual(o, k) })
			if hearing := k.Kind == docket.ClockHearing; same == hearing || hearing && (k.Ended != 0 || k.Started != start.Add(190*minute)) {
				t.Errorf("%+v; expected that the hearing began anew and the others run as before", k)
			}
		}
		var r ledger.Report
		err := b.Log(t.Context(), func(l ledger.Log) (err error) { r, err = ledger.Verify(l, nil, nil); return err })
		if err != nil || r.Fault != nil {
			t.Errorf("the ledger: %v, %v", r.Fault, err)
		}
		all = append(all, folders(t, b))
	}
	if a, b := fmt.Sprint(all[0]), fmt.Sprint(all[1]); a != b { // which of them is nil where nothing is there does not matter
		t.Errorf("the stores differ:\n%s\n%s", a, b)
	}
}

// What we missed ourselves stays missed: it only lowers what stands.
func TestAnOutageGivesUsNoTime(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage), finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire),
		act(docket.ActAnswer, "trial", 5*minute))
	if heard := reopen(t, d, 6*minute, 300*minute); len(heard.Changes) != 0 {
		t.Errorf("%+v changed; expected that nothing does", heard.Changes)
	}
}

func TestACaseThatFailsKeepsNoOtherHearingFromGoingOn(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	held(t, d)
	broken := newDocket(t, &failing{books: b, after: 1})
	if _, err := broken.Reopen(t.Context(), 0, start.Add(190*minute)); err == nil {
		t.Error("the error of keeping it is not told")
	}
	if x := stateOf(t, b, evenkeel.MeasureIsolate); x.From != start.Add(92*minute) {
		t.Errorf("something of it was kept: it begins at %s", x.From)
	}
}

// Property N: whatever had happened, and however long nobody was there: nothing that was held
// takes effect by a clock before the tenant had a quarter of an hour at an open door.
func TestNoHearingEndsBehindAShutDoor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := memory.New(nil)
		d := newDocket(t, b)
		var end evenkeel.Moment
		for _, x := range drawHistory(t) {
			_, _ = one(d, x) // some acts do not go with how things stand
			end = timeOf(x)
		}
		if rapid.Bool().Draw(t, "something is held") {
			after := end.Sub(start)
			for i, signs := range [][]sign{{usage}, {usage, wire}, {usage, stratum}} {
				play(t, d, finding("trial-9", "trial", after+time.Duration(i+1)*61*minute, evenkeel.Final, signs...))
			}
			end = end.Add(time.Duration(rapid.IntRange(183, 223).Draw(t, "minutes")) * minute)
		}
		for range rapid.IntRange(1, 3).Draw(t, "outages") {
			down := time.Duration(rapid.IntRange(61, 400*60).Draw(t, "seconds down")) * time.Second
			now := end.Add(down)
			waiting := map[evenkeel.DecisionID]bool{}
			for _, f := range folders(t, b) {
				for _, x := range f.Decisions {
					waiting[x.ID] = x.State == evenkeel.Held
				}
			}
			for range 2 {
				reopen(t, d, end.Sub(start), now.Sub(start))
			}
			end = now.Add(time.Duration(rapid.IntRange(0, 40*60).Draw(t, "seconds up")) * time.Second)
			play(t, d, end.Sub(start))
			for _, f := range folders(t, b) {
				checkFolder(t, f)
				for _, x := range f.Decisions {
					if waiting[x.ID] && x.State == evenkeel.InForce && x.From < now.Add(15*minute) {
						t.Fatalf("%s of %v is in force from %s, and nobody could be heard before %s", x.Measure, x.Assets, x.From, now)
					}
				}
			}
			var r ledger.Report
			err := b.Log(context.Background(), func(l ledger.Log) (err error) { r, err = ledger.Verify(l, nil, nil); return err })
			if err != nil || r.Fault != nil {
				t.Fatalf("the ledger: %v, %v", r.Fault, err)
			}
		}
	})
}
