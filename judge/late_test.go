package judge_test

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"pgregory.net/rapid"
)

// afterwards is when a process reads what came while it was down.
const afterwards = 40 * time.Minute

// late considers a finding whose records arrived at its own time, so long after the start.
func late(t tester, d *judge.Docket, f evenkeel.Finding, after time.Duration) judge.Heard {
	t.Helper()
	heard, err := d.ConsiderLate(context.Background(), []evenkeel.Finding{f}, world, f.At, start.Add(after))
	if err != nil {
		t.Fatal(err)
	}
	return heard
}

// stateOf returns the newest live decision with a measure.
func stateOf(t tester, b books, m evenkeel.Measure) (out evenkeel.Decision) {
	t.Helper()
	for _, f := range folders(t, b) {
		for _, x := range f.Decisions {
			if x.Measure == m && x.Mode == evenkeel.ModeLive {
				out = x
			}
		}
	}
	return out
}

// What lay two minutes apart is judged in one second after a backlog: the notice and what
// follows it would leave together, and nobody could have read the first.
func TestNobodyIsThrottledBeforeTheyCouldRead(t *testing.T) {
	backlog := func(t *testing.T) (*judge.Docket, books) {
		b := newBooks()
		d := newDocket(t, b)
		late(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage), afterwards)
		heard := late(t, d, finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire), afterwards+time.Second)
		for _, c := range heard.Changes {
			if len(c.Orders) != 0 {
				t.Errorf("orders %+v a second after the notice", c.Orders)
			}
			if len(c.Notices) != 1 || c.Notices[0].State != evenkeel.Held || c.Notices[0].AnswerBy != start.Add(afterwards+15*minute) {
				t.Errorf("notices %+v; expected one that it is held, and until when it can be answered", c.Notices)
			}
		}
		return d, b
	}
	t.Run("it takes effect once the notice could be read", func(t *testing.T) {
		d, b := backlog(t)
		play(t, d, afterwards+14*minute)
		if x := stateOf(t, b, evenkeel.MeasureThrottle); x.State != evenkeel.Held {
			t.Errorf("%s after fourteen minutes", x.State)
		}
		play(t, d, afterwards+15*minute)
		if x := stateOf(t, b, evenkeel.MeasureThrottle); x.State != evenkeel.InForce || x.From != start.Add(afterwards+15*minute) {
			t.Errorf("%s from %s; expected that nobody spoke, and it is in force", x.State, x.From)
		}
		if got := standing(folders(t, b)[0]); !slices.Equal(got, []string{"throttle of trial-1"}) {
			t.Errorf("%v stands; expected that the throttle took the place of the notice", got)
		}
	})
	t.Run("an answer within that time holds it back", func(t *testing.T) {
		d, b := backlog(t)
		play(t, d, act(docket.ActAnswer, "trial", afterwards+10*minute), afterwards+20*minute)
		if x := stateOf(t, b, evenkeel.MeasureThrottle); x.State == evenkeel.InForce {
			t.Error("it is in force though the tenant was heard")
		}
	})
	t.Run("whoever was told long before is throttled at once", func(t *testing.T) {
		b := newBooks()
		d := newDocket(t, b)
		play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage))
		late(t, d, finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire), afterwards)
		if x := stateOf(t, b, evenkeel.MeasureThrottle); x.State != evenkeel.InForce {
			t.Errorf("%s; expected that it is in force", x.State)
		}
	})
	t.Run("nothing waits where others are hurt", func(t *testing.T) {
		b := newBooks()
		f := finding("trial-1", "trial", 0, evenkeel.Final, wire)
		f.Family = "flood"
		late(t, newDocket(t, b), f, 9*minute)
		if x := stateOf(t, b, evenkeel.MeasureLimit); x.State != evenkeel.InForce {
			t.Errorf("a limit is %s; expected that it is in force", x.State)
		}
	})
}

func TestAHearingIsCountedFromWhenItIsWritten(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage), finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire))
	late(t, d, finding("trial-1", "trial", 62*minute, evenkeel.Provisional, usage, stratum), 62*minute+afterwards)
	if x := stateOf(t, b, evenkeel.MeasureIsolate); x.State != evenkeel.Held || x.From != start.Add(62*minute+afterwards+30*minute) {
		t.Errorf("%s from %s; expected that it is held for half an hour from now", x.State, x.From)
	}
}

// What the tenant said while nobody judged stands in the log behind the finding: until it was
// read, no clock may run out that it would have stopped.
func TestClocksDoNotRunAheadOfTheLog(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	play(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage), finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire),
		finding("trial-1", "trial", 62*minute, evenkeel.Provisional, usage, stratum)) // isolated at 92 minutes, if nobody speaks
	late(t, d, finding("trial-2", "trial", 70*minute, evenkeel.Provisional, usage), 70*minute+afterwards)
	if x := stateOf(t, b, evenkeel.MeasureIsolate); x.State != evenkeel.Held {
		t.Fatalf("the isolation is %s, and the log was read for 70 minutes only", x.State)
	}
	play(t, d, act(docket.ActAnswer, "trial", 80*minute), 70*minute+afterwards)
	if x := stateOf(t, b, evenkeel.MeasureIsolate); x.State == evenkeel.InForce || x.State == evenkeel.Lapsed {
		t.Errorf("the isolation is %s though the tenant was heard in time", x.State)
	}
}

// While we are down, senders keep what they measure, and it arrives in one second after: it had
// not waited for us in the log, and nobody could read anything before all the same.
func TestWhatSendersKeptIsLateToo(t *testing.T) {
	arrive := func(t *testing.T, f evenkeel.Finding, after time.Duration, d *judge.Docket) judge.Heard {
		t.Helper()
		at := start.Add(after)
		heard, err := d.ConsiderLate(context.Background(), []evenkeel.Finding{f}, world, at, at)
		if err != nil {
			t.Fatal(err)
		}
		return heard
	}
	asked := finding("trial-1", "trial", 0, evenkeel.Provisional, usage)
	for _, c := range []struct {
		name         string
		told, joined time.Duration // when what was found arrived
		seen         time.Duration // when the second was seen
		want         evenkeel.DecisionState
	}{
		{"both at once", 40 * minute, 40*minute + time.Second, 2 * minute, evenkeel.Held},
		{"the second is seen as it happens, seconds after a late notice", 40 * minute, 40*minute + 3*time.Second, 40*minute + 3*time.Second, evenkeel.Held},
		{"the notice was late, and a quarter of an hour has passed", 40 * minute, 55 * minute, 55 * minute, evenkeel.InForce},
		{"both as they happen", 0, 3 * time.Second, 3 * time.Second, evenkeel.InForce},
		{"so long ago that it may be over", 40 * minute, 65 * minute, 2 * minute, evenkeel.Proposed},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBooks()
			d := newDocket(t, b)
			arrive(t, asked, c.told, d)
			arrive(t, finding("trial-1", "trial", c.seen, evenkeel.Final, usage, wire), c.joined, d)
			all := folders(t, b)[0].Decisions
			if x := all[len(all)-1]; len(all) != 2 || x.State != c.want {
				t.Errorf("%d decisions, the last of them %s, %s: %v; expected %s", len(all), x.Measure, x.State, x.Why, c.want)
			}
		})
	}
}

func TestAnOldFloodIsForAPerson(t *testing.T) {
	for _, c := range []struct {
		after time.Duration
		want  evenkeel.DecisionState
	}{{9 * minute, evenkeel.InForce}, {11 * minute, evenkeel.Proposed}} {
		b := newBooks()
		f := finding("trial-1", "trial", 0, evenkeel.Final, wire)
		f.Family = "flood"
		late(t, newDocket(t, b), f, c.after)
		if x := folders(t, b)[0].Decisions[0]; x.State != c.want {
			t.Errorf("seen %s before, it is %s; expected %s", c.after, x.State, c.want)
		}
	}
}

// Property O: a person's flag covers what is judged under it, whenever it was seen; what the
// tenant announced after it was seen does not.
func TestWhatIsAllowedByNowIsNotStoppedForBefore(t *testing.T) {
	for _, c := range []struct {
		name string
		by   evenkeel.Actor
		want evenkeel.DecisionState
	}{
		{"a person's", evenkeel.Actor{Person: "anna"}, evenkeel.Suppressed},
		{"announced", evenkeel.Actor{Policy: "sha256:1"}, evenkeel.InForce},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBooks()
			d := newDocket(t, b)
			flag := evenkeel.Flag{
				Tenant: "trial", Family: "mining", Selector: evenkeel.Selector{TenantWide: true}, By: c.by, Why: "a yearly job",
				From: start.Add(20 * minute), Until: start.Add(48 * time.Hour),
			}
			flag.ID = evenkeel.NewFlagID(&flag)
			if err := b.Transact(context.Background(), func(tx docket.Tx) error {
				return tx.Put(docket.Changes{Tenant: "trial", Family: "mining", Flags: []evenkeel.Flag{flag}})
			}); err != nil {
				t.Fatal(err)
			}
			late(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage), 30*minute)
			if x := folders(t, b)[0].Decisions[0]; x.State != c.want {
				t.Errorf("%s: %v; expected %s", x.State, x.Why, c.want)
			}
		})
	}
}

// Property O: the final form of what lay before whoever cleared the case opens nothing again.
func TestTheFinalFormOfWhatWasClearedOpensNothing(t *testing.T) {
	for _, c := range []struct {
		name   string
		met    []sign
		closed bool
	}{
		{"the same evidence", []sign{usage}, true},
		{"evidence that nobody saw yet", []sign{usage, wire}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBooks()
			d := newDocket(t, b)
			first := finding("trial-1", "trial", 0, evenkeel.Provisional, usage)
			last := finding("trial-1", "trial", 2*minute, evenkeel.Final, c.met...)
			last.ID = first.ID
			clear := act(docket.ActClear, "trial", minute)
			clear.NoFlag = docket.NoFlagOnce
			play(t, d, first, clear, last)
			if got := folders(t, b)[0].Case.State == evenkeel.CaseClosed; got != c.closed {
				t.Errorf("closed: %t; expected %t", got, c.closed)
			}
		})
	}
}

// What was made about what had waited ends no earlier than it was made, also where the news
// that the machine is somebody else's lay in the log before it.
func TestWhatWaitedEndsNoEarlierThanItBegan(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	late(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage), afterwards)
	late(t, d, finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire), afterwards+minute)
	if _, err := d.Release(context.Background(), []evenkeel.AssetID{"trial-1"}, nobody{}, start.Add(afterwards)); err != nil {
		t.Fatal(err)
	}
	for _, x := range folders(t, b)[0].Decisions {
		if x.Measure == evenkeel.MeasureThrottle && (x.State != evenkeel.Refused || x.At != start.Add(afterwards+minute)) {
			t.Errorf("%s is %s since %s; expected that it ended when it was made", x.Measure, x.State, x.At)
		}
	}
}

// nobody holds anything.
type nobody struct{}

func (nobody) TenancyAt(evenkeel.AssetID, evenkeel.Moment) (*evenkeel.Holding, bool) {
	return nil, false
}

func (nobody) AccountAt(evenkeel.TenantID, evenkeel.Moment) (a evenkeel.Account) { return a }

func (nobody) HeldBy(evenkeel.TenantID, evenkeel.Moment, int) []*evenkeel.Holding { return nil }

// Property R: however fast a log is judged, it gives the same decisions, as long as nobody has
// to wait for them.
func TestTheSameLogGivesTheSameDecisionsHoweverFast(t *testing.T) {
	judged := func(behind time.Duration) (out []evenkeel.Decision) {
		b := newBooks()
		d := newDocket(t, b)
		for n, f := range []evenkeel.Finding{
			finding("trial-1", "trial", 0, evenkeel.Provisional, usage), finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, wire),
			finding("trial-1", "trial", 62*minute, evenkeel.Provisional, usage, stratum),
		} {
			late(t, d, f, f.At.Sub(start)+behind*time.Duration(n+1)/3)
		}
		return folders(t, b)[0].Decisions
	}
	at, behind := judged(0), judged(59*time.Second)
	if !reflect.DeepEqual(at, behind) {
		t.Errorf("judged at once:\n%+v\nand up to a minute later:\n%+v", at, behind)
	}
}

// Some of a log may have waited for more than a minute and some for less: nothing is decided
// before what was decided before it.
func TestWhatFollowsIsNeverDatedBefore(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	late(t, d, finding("trial-1", "trial", 0, evenkeel.Provisional, usage), 61*time.Second)
	late(t, d, finding("trial-1", "trial", 5*time.Second, evenkeel.Final, usage, wire), 62*time.Second)
	all := folders(t, b)[0].Decisions
	if len(all) != 2 || all[0].From != start.Add(61*time.Second) || all[1].From < all[0].From {
		t.Errorf("%+v; expected two, the second not before the first", all)
	}
}

// Whatever had waited: nothing is enforced against a tenant within a quarter of an hour of the
// first notice of its case.
func TestABacklogEnforcesNothingUnread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBooks()
		d := newDocket(t, b)
		now := 90 * 24 * time.Hour
		for _, x := range drawHistory(t) {
			f, ok := x.(evenkeel.Finding)
			if !ok {
				continue
			}
			now += time.Duration(rapid.IntRange(1, 600).Draw(t, "seconds")) * time.Second
			late(t, d, f, now)
			play(t, d, now)
		}
		for _, f := range folders(t, b) {
			first := evenkeel.Moment(0)
			for _, n := range f.Notices {
				if first == 0 || n.At < first {
					first = n.At
				}
			}
			for _, o := range f.Orders {
				if !o.Lift && o.From < first.Add(15*minute) {
					t.Fatalf("%s of %v from %s, and the tenant was first written to at %s", o.Measure, o.Assets, o.From, first)
				}
			}
		}
	})
}
