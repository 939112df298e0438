package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/lab/sorted"
)

// scribe writes down what it is asked, and decides: notify about each finding, for an hour.
// An act whose words are "no" it refuses; one whose words are "broken" breaks it.
type scribe struct {
	lines []string
	force []evenkeel.Decision
	end   evenkeel.Moment // of the sweeps
}

func (s *scribe) write(format string, args ...any) {
	s.lines = append(s.lines, fmt.Sprintf(format, args...))
}

func clockTime(at evenkeel.Moment) string { return at.Time().Format("15:04:05") }

func (s *scribe) Enact(_ context.Context, at evenkeel.Moment) error {
	s.write("%s enact", clockTime(at))
	return nil
}

func (s *scribe) Consider(_ context.Context, found []evenkeel.Finding, known judge.Holder, now evenkeel.Moment) (judge.Heard, error) {
	var c docket.Changes
	for _, f := range found {
		if !f.Again { // else it goes on: nothing new is decided
			s.write("%s consider %s %s", clockTime(f.At), f.Subject.Asset, f.Revision)
		}
		if now != s.end || now < f.At {
			return judge.Heard{}, fmt.Errorf("now is %s, and the clocks ran to %s; expected that they ran up to the finding", now, s.end)
		}
		if h, ok := known.TenancyAt(f.Subject.Asset, f.At-1); !ok || h.Tenant != f.Subject.Tenant {
			return judge.Heard{}, fmt.Errorf("the holder does not know %s", f.Subject)
		}
		if f.Again {
			continue
		}
		d := evenkeel.Decision{
			ID: evenkeel.DecisionID("d-" + string(f.ID) + f.Revision.String()), Tenant: f.Subject.Tenant, Measure: evenkeel.MeasureNotify,
			Wanted: evenkeel.MeasureNotify, From: f.At, At: f.At, Until: f.At.Add(time.Hour), State: evenkeel.InForce, Mode: evenkeel.ModeLive,
		}
		s.force = append(s.force, d)
		c.Decisions = append(c.Decisions, d)
	}
	return judge.Heard{Changes: []docket.Changes{c}}, nil
}

func (s *scribe) Drifted(_ context.Context, f docket.Feed) (judge.Heard, error) {
	s.write("%s drift %s of %s", clockTime(f.At), f.Input, f.Source)
	return judge.Heard{}, nil
}

func (s *scribe) Do(_ context.Context, a docket.Act, _ judge.Holder) (judge.Heard, error) {
	s.write("%s %s by %s", clockTime(a.At), a.Kind, a.Tenant)
	switch a.Says {
	case "no":
		return judge.Heard{}, evenkeel.Invalid("it may not be done")
	case "broken":
		return judge.Heard{}, io.ErrUnexpectedEOF
	}
	return judge.Heard{}, nil
}

func (s *scribe) Sweep(_ context.Context, now evenkeel.Moment, _ judge.Holder) (judge.Heard, error) {
	if now < s.end {
		return judge.Heard{}, fmt.Errorf("the clock goes back from %s to %s", s.end, now)
	}
	s.end = now
	var c docket.Changes
	s.force = slices.DeleteFunc(s.force, func(d evenkeel.Decision) bool {
		if d.Until > now {
			return false
		}
		d.State, d.At = evenkeel.Lapsed, d.Until
		s.write("%s lapse", clockTime(d.At))
		c.Decisions = append(c.Decisions, d)
		return true
	})
	return judge.Heard{Changes: []docket.Changes{c}}, nil
}

func after(m int) evenkeel.Moment { return start.Add(time.Duration(m) * time.Minute) }

func act(id string, kind docket.ActKind, at evenkeel.Moment, says string) docket.Act {
	return docket.Act{ID: id, Kind: kind, At: at, Tenant: "trial", Says: says}
}

// judged replays the day with acts and returns the scribe and what was told, a word each.
func judged(t interface {
	Helper()
	Fatal(...any)
}, dir string, telemetry, books []string, acts []docket.Act) (s *scribe, told []string, sum Summary) {
	t.Helper()
	s = &scribe{}
	sum, err := Run(context.Background(), Script{
		Rules: shipped(t), Files: []string{write(t, dir, "telemetry.jsonl", telemetry)}, Inventory: []string{write(t, dir, "books.jsonl", books)},
		Docket: s, Acts: acts,
		Decided: func(d evenkeel.Decision) error {
			told = append(told, fmt.Sprintf("%s decision %s", clockTime(d.At), d.State))
			return nil
		},
		Refused: func(a docket.Act, err error) { told = append(told, fmt.Sprintf("%s refused: %v", a.ID, err)) },
	}, func(f evenkeel.Finding) error {
		told = append(told, fmt.Sprintf("%s finding %s %s", clockTime(f.At), f.Subject.Asset, f.Revision))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, told, sum
}

func TestWhatHappensHappensInTheOrderOfTime(t *testing.T) {
	telemetry, books := day()
	books = append(books, event("burst", "burst", after(17), `"tenant":"trial","count":3,"from":"2026-03-02T08:00:00Z","until":"2026-03-02T12:00:00Z","what":"vm"`))
	s, told, sum := judged(t, t.TempDir(), telemetry, books, []docket.Act{
		act("late", docket.ActAnswer, after(200), "after the last record"),
		act("early", docket.ActMessage, start.Add(-2*time.Hour), "before the first record"),
		act("refused", docket.ActClear, after(10), "no"),
		act("same", docket.ActFlag, after(30), ""),
		act("same-too", docket.ActAnswer, after(30), "a tenant comes first"),
		act("same", docket.ActFlag, after(30), ""),
	})
	wantAsked := []string{
		"06:00:00 enact", "06:00:00 message by trial", "08:10:00 clear by trial", "08:14:00 consider vm-trial provisional",
		"08:15:00 consider vm-trial final", "08:17:00 announce by trial", "08:30:00 answer by trial", "08:30:00 flag by trial",
		"09:14:00 lapse", "09:15:00 lapse", "11:20:00 answer by trial",
	}
	if got := strings.Join(s.lines, "\n"); got != strings.Join(wantAsked, "\n") {
		t.Errorf("asked:\n%s\nwant:\n%s", got, strings.Join(wantAsked, "\n"))
	}
	wantTold := []string{
		"refused refused: it may not be done", "08:14:00 finding vm-trial provisional", "08:14:00 decision in_force",
		"08:15:00 finding vm-trial final", "08:15:00 decision in_force", "09:14:00 decision lapsed", "09:15:00 decision lapsed",
	}
	if got := strings.Join(told[:min(len(told), len(wantTold))], "\n"); got != strings.Join(wantTold, "\n") {
		t.Errorf("told:\n%s\nwant first:\n%s", strings.Join(told, "\n"), strings.Join(wantTold, "\n"))
	}
	if s.end != after(200) {
		t.Errorf("the clocks ran to %s; want the last act, %s", s.end, after(200))
	}
	if sum.Decided.Acts != 5 || sum.Decided.Refused != 1 {
		t.Errorf("%d acts done and %d refused; want 5 and 1", sum.Decided.Acts, sum.Decided.Refused)
	}
	if got := sum.Decided.Decisions()[Outcome{evenkeel.MeasureNotify, evenkeel.Lapsed}]; got != 2 {
		t.Errorf("%d notices lapsed; want 2: %v", got, sum.Decided.Decisions())
	}
}

func TestTheClocksEndWithTheInput(t *testing.T) {
	telemetry, books := day()
	s, _, _ := judged(t, t.TempDir(), telemetry, books, nil)
	if last := start.Add(160 * 15 * time.Second); s.end != last { // when the last record's minute is over, and told of
		t.Errorf("the clocks ran to %s; want the end of the last record's minute, %s", s.end, last)
	}
	for _, line := range s.lines {
		if strings.Contains(line, "lapse") {
			t.Errorf("%s: after the end of the input", line)
		}
	}
}

func TestOrderOfActsAndFilesChangesNoDecision(t *testing.T) {
	telemetry, books := day()
	books = append(books, event("burst", "burst", after(17), `"tenant":"trial","count":3,"from":"2026-03-02T08:00:00Z","until":"2026-03-02T12:00:00Z","what":"vm"`))
	var acts []docket.Act
	for i := range 12 {
		acts = append(acts, act(fmt.Sprint("a", i), docket.ActKind(1+i%4), after(10+i/3), fmt.Sprint(i)))
	}
	acts = append(acts, act("a3", docket.ActAnswer, after(11), "another with an id that was used"))
	dir := t.TempDir()
	s, told, _ := judged(t, dir, telemetry, books, acts)
	wantAsked, wantTold := strings.Join(s.lines, "\n"), strings.Join(told, "\n")
	rapid.Check(t, func(rt *rapid.T) {
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		for _, lines := range [][]string{telemetry, books} {
			rnd.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		}
		rnd.Shuffle(len(acts), func(i, j int) { acts[i], acts[j] = acts[j], acts[i] })
		s, told, _ := judged(rt, dir, telemetry, books, acts)
		if got := strings.Join(s.lines, "\n"); got != wantAsked {
			rt.Fatalf("asked:\n%s\nwant:\n%s", got, wantAsked)
		}
		if got := strings.Join(told, "\n"); got != wantTold {
			rt.Fatalf("told:\n%s\nwant:\n%s", got, wantTold)
		}
	})
}

func TestWhatBreaksTheJudgeEndsTheReplay(t *testing.T) {
	telemetry, books := day()
	dir := t.TempDir()
	run := func(acts []docket.Act, decided func(evenkeel.Decision) error) error {
		_, err := Run(t.Context(), Script{
			Rules: shipped(t), Files: []string{write(t, dir, "telemetry", telemetry)}, Inventory: []string{write(t, dir, "books", books)},
			Docket: &scribe{}, Acts: acts, Decided: decided, Sort: sorted.Options{Dir: dir},
		}, func(evenkeel.Finding) error { return nil })
		return err
	}
	if err := run([]docket.Act{act("a", docket.ActAnswer, after(5), "broken")}, nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("an act that breaks the judge: %v", err)
	}
	if err := run(nil, func(evenkeel.Decision) error { return io.ErrClosedPipe }); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a consumer of decisions that ends: %v", err)
	}
}

func TestAPolicyInShadowIsComparedTenantByTenant(t *testing.T) {
	const none, notify, throttle, isolate = evenkeel.MeasureNone, evenkeel.MeasureNotify, evenkeel.MeasureThrottle, evenkeel.MeasureIsolate
	weighed := func(tenant evenkeel.TenantID, policy string, allowed, wanted evenkeel.Measure) judge.Weighed {
		return judge.Weighed{Tenant: tenant, Policy: policy, Allowed: allowed, Wanted: wanted}
	}
	var tally Tally
	tally.init()
	for _, w := range []judge.Weighed{
		weighed("alike", "now", throttle, isolate), weighed("alike", "new", throttle, isolate),
		weighed("higher", "now", notify, throttle), weighed("higher", "new", isolate, isolate),
		weighed("let-go", "now", notify, throttle), weighed("let-go", "new", none, none),
		weighed("alike-at-the-highest", "now", throttle, throttle), weighed("alike-at-the-highest", "new", throttle, throttle),
		weighed("alike-at-the-highest", "now", notify, notify), weighed("alike-at-the-highest", "new", none, none),
		weighed("wants-more", "now", notify, throttle), weighed("wants-more", "new", notify, isolate),
		weighed("newly", "new", notify, notify),
		weighed("never", "new", none, none),
		weighed("another-policy", "other", isolate, isolate),
	} {
		tally.weigh([]judge.Weighed{w})
	}
	want := []Change{
		{"higher", notify, isolate, throttle, isolate},
		{"let-go", notify, none, throttle, none},
		{"newly", none, notify, none, notify},
		{"wants-more", notify, notify, throttle, isolate},
	}
	if got := tally.Changes("now", "new"); !slices.Equal(got, want) {
		t.Errorf("changes %v; want %v", got, want)
	}
}

func TestTheTallyIsOfWhatStandsAtTheEnd(t *testing.T) {
	decided := func(id string, m, wanted evenkeel.Measure, s evenkeel.DecisionState, mode evenkeel.Mode, flag evenkeel.FlagID) docket.Changes {
		return docket.Changes{
			Cases: []evenkeel.Case{{ID: "c", State: evenkeel.CaseState(s)}},
			Decisions: []evenkeel.Decision{{
				ID: evenkeel.DecisionID(id), Measure: m, Wanted: wanted, State: s, Mode: mode, SuppressedBy: flag,
			}},
		}
	}
	var tally Tally
	tally.init()
	for _, c := range []docket.Changes{
		decided("a", evenkeel.MeasureThrottle, evenkeel.MeasureIsolate, evenkeel.InForce, evenkeel.ModeLive, ""),
		decided("b", evenkeel.MeasureNone, evenkeel.MeasureIsolate, evenkeel.Suppressed, evenkeel.ModeLive, "flag-1"),
		decided("c", evenkeel.MeasureNone, evenkeel.MeasureIsolate, evenkeel.Proposed, evenkeel.ModeShadow, ""),
		decided("d", evenkeel.MeasureNone, evenkeel.MeasureIsolate, evenkeel.Suppressed, evenkeel.ModeShadow, "flag-1"),
		decided("a", evenkeel.MeasureThrottle, evenkeel.MeasureIsolate, evenkeel.Lapsed, evenkeel.ModeLive, ""),
		{Cases: []evenkeel.Case{{ID: "c", State: evenkeel.CaseClosed}, {ID: "d", State: evenkeel.CaseOpen}}},
	} {
		tally.take(&c)
	}
	if got, want := tally.Decisions(), (map[Outcome]int{
		{evenkeel.MeasureThrottle, evenkeel.Lapsed}: 1, {evenkeel.MeasureIsolate, evenkeel.Suppressed}: 1,
	}); !maps.Equal(got, want) {
		t.Errorf("decisions %v; want %v", got, want)
	}
	if got, want := tally.Cases(), (map[evenkeel.CaseState]int{evenkeel.CaseClosed: 1, evenkeel.CaseOpen: 1}); !maps.Equal(got, want) {
		t.Errorf("cases %v; want %v", got, want)
	}
	if got, want := tally.Flags(), (map[evenkeel.FlagID]int{"flag-1": 1}); !maps.Equal(got, want) {
		t.Errorf("flags %v; want %v", got, want)
	}
}

func TestNothingIsEnactedWhereNothingHappens(t *testing.T) {
	s := &scribe{}
	sum, err := Run(t.Context(), Script{Files: []string{"-"}, Stdin: strings.NewReader("\n"), Docket: s}, func(evenkeel.Finding) error { return nil })
	if err != nil || len(s.lines) > 0 || sum.From != 0 {
		t.Errorf("%q, %+v, %v", s.lines, sum, err)
	}
}
