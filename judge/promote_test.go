package judge_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/learning"
)

func version(rule, family string, n int, digest string) docket.Loaded {
	return docket.Loaded{RuleVersion: docket.RuleVersion{Rule: rule, Version: n}, Family: family, Digest: digest}
}

// load starts a docket with versions of rules.
func load(t tester, d *judge.Docket, after time.Duration, rules ...docket.Loaded) []docket.Staged {
	t.Helper()
	below, err := d.Load(ctx, start.Add(after), rules)
	if err != nil {
		t.Fatal(err)
	}
	return below
}

// stageOf is where a version stands.
func stageOf(t tester, b books, rule string, n int) (out docket.Promoted) {
	t.Helper()
	all, err := b.Promoted(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if p.Rule == rule && p.Version == n {
			return p
		}
	}
	return out
}

func promotes(rule string, n int, to docket.Stage, upTo evenkeel.Measure, after time.Duration) docket.Act {
	return houseAct(docket.ActPromote, "ada", after, func(a *docket.Act) {
		a.ID += rule + to.String() + upTo.String()
		a.Rule, a.Promote = rule, &docket.Promotion{Version: n, Stage: to, UpTo: upTo}
	})
}

// F16: a version that nobody has seen at work acts on nobody, and whom it would have met is seen.
func TestANewVersionOfARuleIsWatchedFirst(t *testing.T) {
	for _, c := range []struct {
		name, policy string
		loaded       []docket.Loaded // after the first
		wants        docket.Stage    // of version 2
	}{
		{"in shadow", "", []docket.Loaded{version("crypto-mining", "mining", 2, "b")}, learning.StageShadow},
		{"or where the policy says", "promotion: {new_version: confirm}\n", []docket.Loaded{version("crypto-mining", "mining", 2, "b")}, learning.StageConfirm},
		{"or live, where it says so of the rule", "promotion: {new_version: draft, live: [crypto-mining]}\n", []docket.Loaded{version("crypto-mining", "mining", 2, "b")}, learning.StageLive},
		{"live where packets hurt others meanwhile", "", []docket.Loaded{version("flood-out", "flood", 1, "a"), version("flood-out", "flood", 2, "b")}, learning.StageLive},
		{"but where the policy says otherwise", "promotion: {new_version: shadow}\n", []docket.Loaded{version("flood-out", "flood", 1, "a"), version("flood-out", "flood", 2, "b")}, learning.StageShadow},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBooks()
			d := under(t, b, c.policy)
			if below := load(t, d, 0, version("crypto-mining", "mining", 1, "a")); len(below) != 0 {
				t.Fatalf("the first version begins below live: %+v", below)
			}
			for range 2 { // once more is once
				load(t, d, minute, c.loaded...)
			}
			last := c.loaded[len(c.loaded)-1]
			if got := stageOf(t, b, last.Rule, 2); got.Stage != c.wants || got.By != "" || got.Since != start.Add(minute) {
				t.Errorf("it begins at %s, by %q since %s; expected at %s", got.Stage, got.By, got.Since, c.wants)
			}
		})
	}
	t.Run("what it finds is written down, and nothing follows", func(t *testing.T) {
		b := newBooks()
		d := newDocket(t, b)
		load(t, d, 0, version("crypto-mining", "mining", 1, "a"))
		load(t, d, 0, version("crypto-mining", "mining", 2, "b"))
		f := finding("trial-1", "trial", minute, evenkeel.Final, usage, stratum)
		f.Version, f.ID = 2, "f-of-2"
		heard := play(t, d, f, f)
		all := folders(t, b)
		if len(all) != 1 || len(all[0].Decisions) != 1 || all[0].Decisions[0].Mode != evenkeel.ModeShadow || all[0].Decisions[0].Wanted != evenkeel.MeasureIsolate {
			t.Fatalf("%+v; expected one decision in shadow that wanted isolate", all)
		}
		for _, c := range heard.Changes {
			if len(c.Notices)+len(c.Orders) > 0 {
				t.Errorf("a tenant is told or restricted: %+v", c)
			}
		}
		if got := stageOf(t, b, "crypto-mining", 2); got.Hits != 1 {
			t.Errorf("it found %d; expected 1", got.Hits)
		}
		f = finding("trial-1", "trial", 9*minute, evenkeel.Final, usage, wire) // of version 1, which is live
		play(t, d, f)
		if got := standing(folders(t, b)[0]); len(got) == 0 {
			t.Error("version 1 does nothing any more")
		}
	})
	t.Run("a document that is changed under the same version is a new one, and never higher up for it", func(t *testing.T) {
		b := newBooks()
		d := newDocket(t, b)
		load(t, d, 0, version("crypto-mining", "mining", 1, "a"))
		if below := load(t, d, minute, version("crypto-mining", "mining", 1, "b")); len(below) != 1 || below[0].Stage != learning.StageShadow {
			t.Errorf("%+v; expected that it is in shadow", below)
		}
		do(t, d, world, promotes("crypto-mining", 1, learning.StageDraft, 0, 2*minute))
		load(t, d, 3*minute, version("crypto-mining", "mining", 1, "c"))
		if got := stageOf(t, b, "crypto-mining", 1); got.Stage != learning.StageDraft {
			t.Errorf("a changed draft is at %s", got.Stage)
		}
	})
}

// F16: a rule that is copied under another name has been seen at work by nobody either.
func TestANewRuleOfAFamilyThatHasRulesIsWatchedFirst(t *testing.T) {
	for _, c := range []struct {
		name, policy string
		rule         docket.Loaded
		wants        docket.Stage
	}{
		{"in shadow", "", version("crypto-mining-2", "mining", 1, "a"), learning.StageShadow},
		{"or where the policy says", "promotion: {new_rule: confirm}\n", version("crypto-mining-2", "mining", 1, "a"), learning.StageConfirm},
		{"or live, where it says so of the rule", "promotion: {live: [crypto-mining-2]}\n", version("crypto-mining-2", "mining", 1, "a"), learning.StageLive},
		{"live where packets hurt others meanwhile", "", version("flood-out-2", "flood", 1, "a"), learning.StageLive},
		{"live in a family that has none", "", version("takeover", "takeover", 1, "a"), learning.StageLive},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBooks()
			// Those that are loaded together at first are all live: whoever begins has none before.
			if below := load(t, newDocket(t, b), 0, version("crypto-mining", "mining", 1, "a"), version("cpu-mining", "mining", 1, "a"), version("flood-out", "flood", 1, "a")); len(below) != 0 {
				t.Fatalf("%+v begin below live", below)
			}
			load(t, under(t, b, c.policy), minute, c.rule, version("crypto-mining", "mining", 1, "a"))
			if got := stageOf(t, b, c.rule.Rule, 1); got.Stage != c.wants {
				t.Errorf("it begins at %s; expected at %s", got.Stage, c.wants)
			}
			if got := stageOf(t, b, "crypto-mining", 1); got.Stage != learning.StageLive {
				t.Errorf("the one before is at %s now", got.Stage)
			}
		})
	}
}

// 5.3 of the study: what met mostly those who had done nothing wrong is not even watched without a word on why.
func TestABacktestThatSpeaksAgainstARuleTakesAWrittenReason(t *testing.T) {
	for _, unwanted := range []int64{2, 3} { // of four
		b := newBooks()
		d := newDocket(t, b)
		load(t, d, 0, version("crypto-mining", "mining", 1, "a"))
		do(t, d, world, promotes("crypto-mining", 1, learning.StageDraft, 0, minute))
		do(t, d, world, houseAct(docket.ActPromote, "ada", 2*minute, func(a *docket.Act) {
			a.Rule, a.Promote = "crypto-mining", &docket.Promotion{Test: &learning.Backtest{From: start, Until: start.Add(day), Hits: 4, Wanted: 1, Unwanted: unwanted}}
		}))
		up := promotes("crypto-mining", 1, learning.StageShadow, 0, 3*minute)
		_, err := one(d, up)
		if unwanted == 2 {
			if err != nil {
				t.Errorf("half of them unwanted: %v", err)
			}
			continue
		}
		if evenkeel.KindOf(err) != evenkeel.KindDenied || err == nil || !strings.Contains(err.Error(), "of 4 findings over recorded time 3 met somebody who was cleared; expected a reason of 60 characters at least") {
			t.Errorf("most of them unwanted: %v; expected that it is denied", err)
		}
		up.ID, up.Says = "with a reason", "The three were one builder, whose machines have a flag since; in shadow we see whether others are met."
		do(t, d, world, up)
	}
}

// Promotion is gated (5.3, 5.4 of the study): each step says in numbers what is missing.
func TestAVersionIsBroughtUpByWhatItHasShown(t *testing.T) {
	b := newBooks()
	d := newDocket(t, b)
	load(t, d, 0, version("crypto-mining", "mining", 1, "a"))
	refused := func(a docket.Act, why string) {
		t.Helper()
		if _, err := one(d, a); evenkeel.KindOf(err) != evenkeel.KindDenied || err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("to %s: %v; expected that it is denied, since %q", a.Promote.Stage, err, why)
		}
	}
	const rule, none, throttle = "crypto-mining", evenkeel.MeasureNone, evenkeel.MeasureThrottle
	do(t, d, world, promotes(rule, 1, learning.StageDraft, none, minute)) // down by any number
	f := finding("trial-1", "trial", 2*minute, evenkeel.Final, usage, stratum)
	if play(t, d, f); len(folders(t, b)) != 0 {
		t.Error("a draft is weighed")
	}
	refused(promotes(rule, 1, learning.StageShadow, none, 3*minute), "backtest comes after draft")
	refused(promotes(rule, 1, learning.StageBacktest, none, 3*minute), "A backtest is missing")
	do(t, d, world, houseAct(docket.ActPromote, "ada", 4*minute, func(a *docket.Act) {
		a.Rule, a.Promote = rule, &docket.Promotion{Test: &learning.Backtest{From: start, Until: start.Add(day), Hits: 3, Wanted: 2, Unwanted: 1}}
	}))
	if got := stageOf(t, b, rule, 1); got.Stage != learning.StageBacktest || got.Test.Unwanted != 1 {
		t.Fatalf("%+v; expected that a backtest is known", got)
	}
	do(t, d, world, promotes(rule, 1, learning.StageShadow, none, 5*minute))
	refused(promotes(rule, 1, learning.StageConfirm, none, 6*day), "In shadow for 5 days it found something 0 times: 7 days and 5 times are needed, or 30 days.")
	refused(promotes(rule, 1, learning.StageConfirm, none, 8*day), "0 times")
	do(t, d, world, promotes(rule, 1, learning.StageConfirm, none, 31*day))
	refused(promotes(rule, 1, learning.StageLive, none, 31*day+minute), "canary comes after confirm")
	refused(promotes(rule, 1, learning.StageCanary, none, 31*day+minute), "isolate takes 95 % at least: 73 reviewed cases without a wrong one are needed, 0 are there, 73 are missing.")
	taught(t, b, "right", 12, evenkeel.OutcomeConfirmed)
	refused(promotes(rule, 1, learning.StageCanary, throttle, 31*day+2*minute), "throttle takes 80 % at least: 16 reviewed cases without a wrong one are needed, 12 are there, 4 are missing.")
	taught(t, b, "wrong", 1, evenkeel.OutcomeFalsePositive)
	refused(promotes(rule, 1, learning.StageCanary, throttle, 31*day+3*minute), "13 reviewed cases are there, 1 of them wrong, which shows 66.6 %; 12 more that are right in a row are missing.")
	taught(t, b, "more", 12, evenkeel.OutcomeConfirmed)
	do(t, d, world, promotes(rule, 1, learning.StageCanary, throttle, 31*day+4*minute))
	refused(promotes(rule, 1, learning.StageLive, none, 31*day+5*minute), "At canary for 0 days it has 0 reviewed cases since: 7 days and 5 cases are needed.")
	taught(t, b, "since", 4, evenkeel.OutcomeConfirmed)
	refused(promotes(rule, 1, learning.StageLive, none, 39*day), "At canary for 7 days it has 4 reviewed cases since")
	taught(t, b, "the fifth", 1, evenkeel.OutcomeConfirmed)
	refused(promotes(rule, 1, learning.StageLive, none, 37*day), "At canary for 5 days it has 5 reviewed cases since")
	do(t, d, world, promotes(rule, 1, learning.StageLive, none, 39*day))
	got := stageOf(t, b, rule, 1)
	if got.Stage != learning.StageLive || got.UpTo != throttle || got.By != "ada" {
		t.Fatalf("%+v; expected that it is live up to throttle, by ada", got)
	}
	refused(promotes(rule, 1, learning.StageLive, evenkeel.MeasureIsolate, 39*day+6*minute), "isolate takes 95 %")

	if _, err := one(d, promotes(rule, 1, learning.StageLive, none, 39*day+7*minute)); evenkeel.KindOf(err) != evenkeel.KindConflict || err == nil {
		t.Errorf("to where it stands: %v; expected a conflict", err)
	}
	for name, a := range map[string]docket.Act{
		"of no version":      promotes(rule, 7, learning.StageShadow, none, 40*day),
		"of no rule":         promotes("crypto-minnig", 0, learning.StageShadow, none, 40*day),
		"up to what is none": promotes(rule, 1, learning.StageShadow, evenkeel.MeasureSuspend, 40*day),
	} {
		if _, err := one(d, a); err == nil || evenkeel.KindOf(err) == evenkeel.KindInternal {
			t.Errorf("%s: %v; expected that it is refused", name, err)
		}
	}
}

// F16: what a version was promoted for it has to show still, and beyond that a person decides.
func TestAPromotedVersionActsAsFarAsItHasShown(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(t *testing.T, d *judge.Docket, b books)
		stands []string
		why    string
	}{
		{"up to where it was promoted", func(*testing.T, *judge.Docket, books) {}, []string{"throttle of trial-1"}, "was promoted up to throttle"},
		{"not with what was found wrong since", func(t *testing.T, d *judge.Docket, b books) {
			taught(t, b, "wrong", 4, evenkeel.OutcomeFalsePositive)
		}, []string{"notify of trial-1"}, "has not earned it"},
		{"not once a person took it down", func(t *testing.T, d *judge.Docket, b books) {
			do(t, d, world, promotes("crypto-mining", 1, learning.StageConfirm, 0, 3*minute))
		}, []string{"notify of trial-1"}, "a person confirms each measure"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBooks()
			d := under(t, b, "promotion: {canary: {crypto-mining: 100}}\n")
			load(t, d, 0, version("crypto-mining", "mining", 1, "a"))
			taught(t, b, "right", 16, evenkeel.OutcomeConfirmed)
			do(t, d, world, promotes("crypto-mining", 1, learning.StageConfirm, 0, minute))
			do(t, d, world, promotes("crypto-mining", 1, learning.StageCanary, evenkeel.MeasureThrottle, 2*minute-1))
			c.change(t, d, b)
			last := finding("trial-1", "trial", 30*minute, evenkeel.Final, usage, stratum)
			last.ID = "f-last"
			play(t, d, finding("trial-1", "trial", 4*minute, evenkeel.Provisional, usage), finding("trial-1", "trial", 6*minute, evenkeel.Final, usage, wire), last)
			all := folders(t, b)
			f := all[len(all)-1]
			if got := standing(f); !slices.Equal(got, c.stands) {
				t.Errorf("%v stands; expected %v", got, c.stands)
			}
			if !slices.ContainsFunc(f.Entries, func(e evenkeel.Entry) bool { return strings.Contains(e.Says, c.why) }) {
				t.Errorf("nobody is told that %q", c.why)
			}
		})
	}
}
