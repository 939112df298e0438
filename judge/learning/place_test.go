package learning

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Promotion is gated (5.3, 5.4 of the study): what is missing is said in the numbers of the gate.
func TestAStageTakesWhatItTakes(t *testing.T) {
	const day = 24 * time.Hour
	start := evenkeel.Moment(0).Add(400 * day)
	test := &Backtest{From: start, Until: start.Add(day)}
	none := evenkeel.MeasureNone
	for _, c := range []struct {
		name    string
		at, to  Stage
		test    *Backtest
		upTo    evenkeel.Measure
		after   time.Duration
		hits    int64
		record  Tally
		missing string // "" it may go
	}{
		{"down it goes from anywhere", StageLive, StageDraft, nil, none, 0, 0, Tally{}, ""},
		{"a draft has to be tested first", StageDraft, StageBacktest, nil, none, 0, 0, Tally{}, "A backtest is missing"},
		{"and may then be watched", StageBacktest, StageShadow, test, none, 0, 0, Tally{}, ""},
		{"no stage is left out", StageBacktest, StageConfirm, test, none, 0, 0, Tally{}, "shadow comes after backtest"},
		{"seven days and five hits", StageShadow, StageConfirm, test, none, 7 * day, 5, Tally{}, ""},
		{"not four", StageShadow, StageConfirm, test, none, 8 * day, 4, Tally{}, "In shadow for 8 days it found something 4 times"},
		{"nor in six days", StageShadow, StageConfirm, test, none, 7*day - 1, 50, Tally{}, "In shadow for 6 days it found something 50 times"},
		{"what seldom finds something, in thirty", StageShadow, StageConfirm, test, none, 30 * day, 0, Tally{}, ""},
		{"throttle takes 16", StageConfirm, StageCanary, nil, evenkeel.MeasureThrottle, 0, 0, Tally{Confirmed: 15}, "16 reviewed cases without a wrong one are needed, 15 are there, 1 is missing"},
		{"and has them", StageConfirm, StageCanary, nil, evenkeel.MeasureThrottle, 0, 0, Tally{Confirmed: 10, Victims: 6}, ""},
		{"freeze takes 35", StageConfirm, StageCanary, nil, evenkeel.MeasureFreeze, 0, 0, Tally{Confirmed: 12}, "35 reviewed cases without a wrong one are needed, 12 are there, 23 are missing"},
		{"53 with one that is wrong", StageCanary, StageLive, nil, evenkeel.MeasureFreeze, 0, 0, Tally{Confirmed: 40, False: 1}, "41 reviewed cases are there, 1 of them wrong, which shows 87.4 %; 12 more"},
		{"one that is there", StageConfirm, StageCanary, nil, evenkeel.MeasureThrottle, 0, 0, Tally{Confirmed: 1}, "16 reviewed cases without a wrong one are needed, 1 is there, 15 are missing"},
		{"one that is wrong", StageConfirm, StageCanary, nil, evenkeel.MeasureThrottle, 0, 0, Tally{False: 1}, "1 reviewed case is there, and it was wrong, which shows"},
		{"one day with one case", StageCanary, StageLive, nil, evenkeel.MeasureNotify, day, 0, Tally{Confirmed: 1}, "At canary for 1 day it has 1 reviewed case since: 7 days and 5 cases are needed"},
		{"live takes days of its own", StageCanary, StageLive, nil, evenkeel.MeasureThrottle, 7*day - 1, 0, Tally{Confirmed: 40}, "At canary for 6 days it has 40 reviewed cases since: 7 days and 5 cases are needed"},
		{"and cases of its own", StageCanary, StageLive, nil, evenkeel.MeasureNotify, 60 * day, 0, Tally{Confirmed: 4, Inconclusive: 9}, "At canary for 60 days it has 4 reviewed cases since"},
		{"isolate takes 73", StageCanary, StageLive, nil, evenkeel.MeasureIsolate, 0, 0, Tally{Confirmed: 72}, "73 reviewed"},
		{"and 110 with one that is wrong", StageCanary, StageLive, nil, evenkeel.MeasureIsolate, 7 * day, 0, Tally{Confirmed: 109, Mismatches: 1}, ""},
		{"notify takes none", StageConfirm, StageCanary, nil, evenkeel.MeasureNotify, 0, 0, Tally{}, ""},
		{"what takes two persons, no number", StageConfirm, StageCanary, nil, evenkeel.MeasureSuspend, 0, 0, Tally{Confirmed: 1 << 40}, "takes persons"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := Place{Stage: c.at, Since: start, Backtest: c.test}
			ok, missing := at.Step(c.to, c.upTo, start.Add(c.after), c.hits, c.record)
			if ok != (c.missing == "") || !strings.Contains(missing, c.missing) || ok != (missing == "") {
				t.Errorf("%t, %q; expected %q", ok, missing, c.missing)
			}
		})
	}
}

func TestStagesAreWordsInTheirOrder(t *testing.T) {
	last := Stage(0)
	for s := StageDraft; s.String() != "invalid"; s++ {
		if got, err := ParseStage(s.String()); got != s || err != nil {
			t.Errorf("%s is read as %s: %v", s, got, err)
		}
		if last != 0 && last.Next() != s {
			t.Errorf("after %s comes %s; expected %s", last, last.Next(), s)
		}
		last = s
	}
	if last != StageLive || last.Next() != 0 {
		t.Errorf("the last is %s, then %s", last, last.Next())
	}
	if _, err := ParseStage("lively"); err == nil || !strings.Contains(err.Error(), "draft, backtest, shadow, confirm, canary, live") {
		t.Errorf("lively: %v; expected the words", err)
	}
}

// TestHowFarAVersionActsIsSaidOnce: where a version stands and what the policy says of its rule are one truth, which the
// console says in words and by which machines act (F16): the lower of both.
func TestHowFarAVersionActsIsSaidOnce(t *testing.T) {
	p := Promotion{Confirm: []string{"asked"}, Canary: map[string]Permille{"few": 50}}
	for _, c := range []struct {
		rule  string
		at    Stage
		acts  Stage
		share Permille
		says  string
		held  bool
	}{
		{"free", 0, StageLive, 0, "live", false},
		{"free", StageLive, StageLive, 0, "live", false},
		{"free", StageCanary, StageCanary, UsualShare, "acts alone for 10 % of the tenants", false},
		{"free", StageShadow, StageShadow, 0, "watched in shadow", false},
		{"asked", 0, StageConfirm, 0, "a person confirms each measure", false},
		{"asked", StageLive, StageConfirm, 0, "a person confirms each measure", true},
		{"asked", StageShadow, StageShadow, 0, "watched in shadow", false},
		{"few", StageLive, StageCanary, 50, "acts alone for 5 % of the tenants", true},
		{"few", StageCanary, StageCanary, 50, "acts alone for 5 % of the tenants", false},
		{"few", StageConfirm, StageConfirm, 0, "a person confirms each measure", false},
	} {
		if acts, share := p.Acts(c.at, c.rule); acts != c.acts || share != c.share {
			t.Errorf("%s at %s acts as %s, %s; expected %s, %s", c.rule, c.at, acts, share, c.acts, c.share)
		}
		if says, held := p.Says(c.at, c.rule); says != c.says || held != c.held {
			t.Errorf("%s at %s says %q, held %v; expected %q, %v", c.rule, c.at, says, held, c.says, c.held)
		}
	}
	for s := StageDraft; s <= StageLive; s++ {
		if s.Says() == "" {
			t.Errorf("%s has no words", s)
		}
	}
}
