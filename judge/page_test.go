package judge_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

// desk is a rota: who is on call at each level, who leads, and from when to when we are at work.
type desk struct {
	levels [3][]evenkeel.PersonID // by level; the lead at 0
	from   evenkeel.Moment
	until  evenkeel.Moment
}

func (r desk) OnCall(level int, _ evenkeel.Moment) []evenkeel.PersonID { return r.levels[level] }
func (r desk) Lead(evenkeel.Moment) []evenkeel.PersonID                { return r.levels[0] }
func (r desk) Staffed(at evenkeel.Moment) bool                         { return at >= r.from && at < r.until }

func withRota(t tester, b docket.Books, r judge.Rota) *judge.Docket {
	t.Helper()
	d, err := judge.New(judge.Parts{Books: b, Policy: defaultPolicy(t), Means: paper, Rota: r})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// answered brings about that a machine of the trial tenant is throttled, and that the tenant
// has answered a minute after that.
func answered(t tester, d *judge.Docket) {
	t.Helper()
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage, wire), finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire),
		act(docket.ActAnswer, "trial", 3*minute))
}

// called says of each page of a folder when it was, for which level and whom.
func called(f docket.Folder) (out []string) {
	for _, c := range f.Pages {
		who := []string{c.Page.At.Sub(start).String(), strings.Repeat("!", c.Page.Level)}
		for _, p := range c.Page.For {
			who = append(who, string(p))
		}
		out = append(out, strings.Join(who, " "))
	}
	return out
}

func sentences(f docket.Folder, sentence string) (n int) {
	for _, e := range f.Entries {
		if strings.Contains(e.Says, sentence) {
			n++
		}
	}
	return n
}

// F8: the tenant answers and nobody looks. Whoever is on call is called at T+15, the second
// level at T+30, and at T+60 the measure steps down and the lead is called.
func TestATenantWhoAnsweredIsNotForgotten(t *testing.T) {
	b := newBooks()
	d := withRota(t, b, desk{levels: [3][]evenkeel.PersonID{{"lea"}, {"ada", "ben", "ada"}, {"cid"}}})
	answered(t, d)
	play(t, d, 62*minute)
	if f := folders(t, b)[0]; len(standing(f)) != 1 {
		t.Errorf("%v stands a minute before; expected the throttle", standing(f))
	}
	play(t, d, 70*minute)
	f := folders(t, b)[0]
	if want := []string{"18m0s ! ada ben", "33m0s !! cid", "1h3m0s !!! lea"}; !slices.Equal(called(f), want) || len(standing(f)) != 0 {
		t.Errorf("called are %q and %v stands; expected %q and nothing", called(f), standing(f), want)
	}
	if f.DueKind != docket.ClockOurAnswer {
		t.Errorf("due next is %s; expected our answer: who waits is called about again", f.DueKind)
	}
}

// R21: nobody was on call is an entry, and the page goes to the lead.
func TestNobodyOnCallIsSaidAndReachesTheLead(t *testing.T) {
	b := newBooks()
	d := withRota(t, b, desk{levels: [3][]evenkeel.PersonID{{"lea"}, nil, {"cid"}}})
	answered(t, d)
	play(t, d, 20*minute)
	f := folders(t, b)[0]
	if want := []string{"18m0s ! lea"}; !slices.Equal(called(f), want) || sentences(f, "Nobody was on call at level 1: the lead is called, lea.") != 1 {
		t.Errorf("called are %q; expected %q, and an entry that says so", called(f), want)
	}
	none := newBooks()
	d = withRota(t, none, desk{})
	answered(t, d)
	play(t, d, 20*minute)
	if f := folders(t, none)[0]; len(f.Pages) != 1 || sentences(f, "and there is no lead") != 1 {
		t.Errorf("pages %+v; expected one for nobody, and an entry", f.Pages)
	}
}

// A page that was taken is written down and stops nothing; F8: an acknowledgement that stopped
// the clock would be forgotten.
func TestToHaveBeenCalledStopsNoClock(t *testing.T) {
	ctx := context.Background()
	b := newBooks()
	d := withRota(t, b, desk{levels: [3][]evenkeel.PersonID{{"lea"}, {"ada"}, {"cid"}}})
	answered(t, d)
	play(t, d, 40*minute)
	f := folders(t, b)[0]
	clocks := len(f.Clocks)
	now := start.Add(41 * minute)
	first, second := f.Pages[0].Page.ID, f.Pages[1].Page.ID
	for range 2 { // twice is once
		for _, err := range []error{
			d.Called(ctx, judge.Reached{Page: first, Person: "ada", Channel: "mail", At: now, Says: "250 queued for ada@example.org"}, now),
			d.AllCalled(ctx, first, now),
			d.Called(ctx, judge.Reached{Page: second, Person: "cid", Channel: "command", At: now, Failed: true}, now),
			d.Called(ctx, judge.Reached{Page: second, Person: "dan", At: now, Failed: true}, now),
			d.Uncalled(ctx, second, "the command said no", now),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	f = folders(t, b)[0]
	if f.Pages[0].Over != now || f.Pages[0].Failed || !f.Pages[1].Failed || len(f.Clocks) != clocks {
		t.Errorf("%+v, and %d clocks; expected one taken, one failed, and %d clocks", f.Pages, len(f.Clocks), clocks)
	}
	for sentence, n := range map[string]int{"ada was called by mail.": 1, "cid could not be called by command.": 1, "dan could not be called.": 1, "Nobody could be called at level 2.": 1} {
		if got := sentences(f, sentence); got != n {
			t.Errorf("%d entries say %q; expected %d", got, sentence, n)
		}
	}
	for _, e := range f.Entries {
		if strings.Contains(e.Words, "@") {
			t.Errorf("an entry has an address: %q", e.Words)
		}
	}
	play(t, d, 64*minute)
	if f := folders(t, b)[0]; len(standing(f)) != 0 {
		t.Errorf("%v stands; expected that the step down came all the same", standing(f))
	}
	if err := d.AllCalled(ctx, "p-none", now); evenkeel.KindOf(err) != evenkeel.KindNotFound {
		t.Errorf("it says %v; expected that there is no such page", err)
	}
}

// N: a named person renews; the measure stands in a new decision, told to the tenant, and our
// clock runs on.
func TestARenewalIsANewDecisionAndTheClockRunsOn(t *testing.T) {
	b := newBooks()
	d := withRota(t, b, nil)
	answered(t, d)
	play(t, d, act(docket.ActRenew, "trial", 50*minute), 70*minute)
	f := folders(t, b)[0]
	last := f.Decisions[len(f.Decisions)-1]
	if len(standing(f)) != 1 || last.Actor.Person != "ada" || last.Until != start.Add(50*minute+4*time.Hour) || f.Case.Waiting == 0 {
		t.Errorf("%v stands, the last decision is %+v; expected ada's throttle for a lease, and a tenant who waits", standing(f), last)
	}
	play(t, d, 124*minute)
	if f := folders(t, b)[0]; len(standing(f)) != 0 || f.Pages[len(f.Pages)-1].Page.Level != docket.LevelLead {
		t.Errorf("%v stands; expected that it steps down an hour later, and the lead is called", standing(f))
	}
}

// Two judges on one store: each breach happens once, and a clock that jumps back changes
// nothing.
func TestTwoJudgesOnOneStoreBreachOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "books.db")
	open := func() *sqlite.DB {
		b, err := sqlite.Open(path, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { b.Close() })
		return b
	}
	b := open()
	rota := desk{levels: [3][]evenkeel.PersonID{{"lea"}, {"ada"}, {"cid"}}}
	judges := []*judge.Docket{withRota(t, b, rota), withRota(t, open(), rota)}
	answered(t, judges[0])
	for _, after := range []time.Duration{20, 40, 30, 70, 10, 200} { // minutes: the clock jumps about
		var all sync.WaitGroup
		errs := make(chan error, 4) // one of each goroutine
		for i := range cap(errs) {
			all.Go(func() {
				_, err := judges[i%2].Sweep(context.Background(), start.Add(after*minute), world)
				errs <- err
			})
		}
		all.Wait()
		for range cap(errs) {
			if err := <-errs; err != nil && evenkeel.KindOf(err) != evenkeel.KindUnavailable {
				t.Fatal(err)
			}
		}
	}
	f := folders(t, b)[0]
	if want := []string{"18m0s ! ada", "33m0s !! cid", "1h3m0s !!! lea", "3h3m0s !!! lea"}; !slices.Equal(called(f), want) {
		t.Errorf("called are %q; expected each once: %q", called(f), want)
	}
	if n := sentences(f, "throttle ends."); n != 1 {
		t.Errorf("the throttle ended %d times; expected once", n)
	}
	again := withRota(t, open(), rota) // a restart: what was due is over
	if heard := play(t, again, 200*minute); len(heard.Changes) != 0 {
		t.Errorf("%+v follows after a restart; expected nothing", heard.Changes)
	}
}

// R21: a telephone that is off does not cost whoever waits a quarter of an hour: the second level is
// called as soon as the first round came to nothing, once.
func TestWhereNobodyCanBeReachedTheNextLevelIsCalledAtOnce(t *testing.T) {
	ctx := context.Background()
	b := newBooks()
	d := withRota(t, b, desk{levels: [3][]evenkeel.PersonID{{"lea"}, {"ada"}, {"cid"}}})
	answered(t, d)
	play(t, d, 19*minute)
	now := start.Add(19 * minute)
	page := folders(t, b)[0].Pages[0].Page
	for range 2 { // twice is once
		if err := d.Unreached(ctx, page.ID, "ada by ntfy: 502 from ada@example.org", now); err != nil {
			t.Fatal(err)
		}
	}
	f := folders(t, b)[0]
	if want := []string{"18m0s ! ada", "19m0s !! cid"}; !slices.Equal(called(f), want) || sentences(f, "Nobody could be called at level 1 so far") != 1 {
		t.Errorf("called are %q; expected %q, and one entry that says why", called(f), want)
	}
	if err := d.Called(ctx, judge.Reached{Page: page.ID, Person: "ada", Channel: "ntfy", At: now, Failed: true, Says: "502"}, now); err != nil {
		t.Fatal(err)
	}
	later := now.Add(minute)
	if err := d.Called(ctx, judge.Reached{Page: page.ID, Person: "ada", Channel: "ntfy", At: later}, later); err != nil {
		t.Fatal(err)
	}
	if tried := folders(t, b)[0].Pages[0].Tried; len(tried) != 2 || tried[0].Taken || !tried[1].Taken || tried[1].At != later {
		t.Errorf("kept is %+v; expected one that failed, and that it was taken after that", tried)
	}
	if err := d.AllCalled(ctx, page.ID, now); err != nil {
		t.Fatal(err)
	}
	second := folders(t, b)[0].Pages[1].Page.ID
	for _, err := range []error{d.Unreached(ctx, page.ID, "late", now), d.Unreached(ctx, second, "off", now)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := called(folders(t, b)[0]); len(got) != 2 {
		t.Errorf("called are %q; expected nobody more: the lead was tried in each round", got)
	}
}

// R21: a switch that is pulled is about no case, and whoever leads is called to it all the same.
func TestAPulledSwitchCallsTheLead(t *testing.T) {
	ctx := context.Background()
	b := newBooks()
	d := withRota(t, b, desk{levels: [3][]evenkeel.PersonID{{"lea"}, {"ada"}, {"cid"}}})
	pull := docket.Act{ID: "pull-1", Kind: docket.ActPull, At: start, By: "ada", Says: "A feed changed.", Scope: &docket.Scope{Kind: docket.SwitchRule, Key: "crypto-mining"}}
	for range 2 {
		if _, err := d.Do(ctx, pull, nil); err != nil {
			t.Fatal(err)
		}
	}
	waits, err := b.(docket.PageOutbox).PendingPages(ctx, start, 9)
	if err != nil || len(waits) != 1 || !slices.Equal(waits[0].Page.For, []evenkeel.PersonID{"lea"}) || waits[0].Page.Case != "" ||
		!strings.Contains(waits[0].Page.Why, "ada pulled the switch rule crypto-mining") {
		t.Fatalf("%+v (%v); expected a page for lea", waits, err)
	}
	id := waits[0].Page.ID
	for _, err := range []error{
		d.Called(ctx, judge.Reached{Page: id, Person: "lea", Channel: "mail", At: start, Failed: true, Says: "busy"}, start), d.Unreached(ctx, id, "busy", start),
		d.Called(ctx, judge.Reached{Page: id, Person: "lea", Channel: "ntfy", At: start}, start), d.AllCalled(ctx, id, start),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if waits, err := b.(docket.PageOutbox).PendingPages(ctx, start, 9); err != nil || len(waits) != 0 {
		t.Errorf("%+v (%v); expected that nothing waits", waits, err)
	}
}

// R5: an appeal calls first whoever on call may decide on it; where none of them may, the lead is told so.
func TestAnAppealCallsWhoMayDecideOnIt(t *testing.T) {
	type persons = []evenkeel.PersonID
	for _, c := range []struct {
		name        string
		first, next persons
		by          evenkeel.PersonID
		want        persons
		says        string
	}{
		{"nobody on call took it", persons{"ada"}, persons{"ben"}, "cid", persons{"ada"}, "Level 1 is called: ada."},
		{"the one beside may", persons{"ada", "ben"}, nil, "ada", persons{"ben"}, "Level 1 is called: ben."},
		{"the second level may", persons{"ada"}, persons{"ben"}, "ada", persons{"ben"}, "Nobody on call at level 1 may decide on it: level 2 is called, ben."},
		{"none of them may", persons{"ada"}, persons{"ada"}, "ada", persons{"lea"}, "Nobody who may decide on it is on call: the lead is called, lea."},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBooks()
			d := withRota(t, b, desk{levels: [3][]evenkeel.PersonID{{"lea"}, c.first, c.next}})
			x := heldIsolation(t, d, b)
			approve := act(docket.ActApprove, "trial", 62*minute)
			approve.By, approve.Decision = c.by, x.ID
			before := len(folders(t, b)[0].Pages)
			play(t, d, approve, act(docket.ActAppeal, "trial", 65*minute))
			f := folders(t, b)[0]
			if len(f.Pages) != before+1 || !slices.Equal(f.Pages[before].Page.For, c.want) {
				t.Fatalf("pages %+v; expected one more, for %v", f.Pages, c.want)
			}
			if sentences(f, c.says) != 1 {
				t.Errorf("the timeline does not say %q", c.says)
			}
			if none := c.want[0] == "lea"; strings.Contains(f.Pages[before].Page.Why, "Nobody who is on call may decide on it: find somebody who may.") != none {
				t.Errorf("the page says %q; nobody may: %v", f.Pages[before].Page.Why, none)
			}
		})
	}
}
