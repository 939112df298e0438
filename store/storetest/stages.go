package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// aStage is where a version stands that began there some minutes after the start.
func aStage(r docket.RuleVersion, stands docket.Stage, n int, by evenkeel.PersonID) docket.Staged {
	return docket.Staged{RuleVersion: r, Family: "mining", Digest: "abc", Stage: stands, Since: at(n), UpTo: evenkeel.MeasureThrottle, At: at(n), By: by, Why: "So."}
}

func (s *scene) promoted() []docket.Promoted {
	s.t.Helper()
	return must(s.t, func(ctx context.Context) ([]docket.Promoted, error) { return s.books.Promoted(ctx) })
}

var stages = []promise{
	{"of a version the last one counts, with what it found in shadow since and what became of its cases", func(t *testing.T, s *scene) {
		same(t, "nothing", s.promoted(), nil)
		old, began, flood := aStage(mining1, docket.StageLive, 0, ""), aStage(mining2, docket.StageShadow, 1, ""), aStage(flood1, docket.StageLive, 0, "")
		c := aCase("raisup", "mining", 0)
		s.put(docket.Changes{
			Cases: []evenkeel.Case{c}, Stages: []docket.Staged{flood, began, old},
			Lessons: []docket.Lesson{{Case: c.ID, At: at(2), Outcome: evenkeel.OutcomeConfirmed, Rules: []docket.RuleVersion{mining1}}},
			Hits:    []docket.ShadowHit{{RuleVersion: mining2, Finding: "f-1", At: at(2)}, {RuleVersion: mining2, Finding: "f-2", At: at(3)}, {RuleVersion: mining1, Finding: "f-1", At: at(2)}},
		})
		s.put(docket.Changes{Hits: []docket.ShadowHit{{RuleVersion: mining2, Finding: "f-1", At: at(9)}}}) // once more is once
		right := docket.Record{Confirmed: 1}
		same(t, "all", s.promoted(), []docket.Promoted{{Staged: old, Hits: 1, Record: right}, {Staged: began, Hits: 2}, {Staged: flood}})
		next := aStage(mining2, docket.StageConfirm, 3, "ada")
		next.Reviewed = 7
		next.Test = &docket.Backtest{From: at(0), Until: at(1), Hits: 3, Wanted: 1, Unwanted: 1}
		s.put(docket.Changes{Stages: []docket.Staged{next}})
		same(t, "after a step", s.promoted(), []docket.Promoted{{Staged: old, Hits: 1, Record: right}, {Staged: next, Hits: 1}, {Staged: flood}})
		s.transact(func(tx docket.Tx) error {
			got, missing := tx.Stages("crypto-mining")
			same(t, "in a transaction", got, []docket.Staged{old, next})
			none, _ := tx.Stages("nothing")
			same(t, "of no rule", none, nil)
			kin, err := tx.Kin("mining")
			same(t, "the rules of a family", kin, []string{mining1.Rule, flood1.Rule})
			if none, _ := tx.Kin("minin"); len(none) != 0 {
				t.Errorf("the rules of no family are %v", none)
			}
			n, _ := tx.Hits(mining2, at(1))
			same(t, "hits", n, 2)
			return errors.Join(missing, err)
		})
	}},
	{"a person brings a version up by one stage at a time, and down by any", func(t *testing.T, s *scene) {
		s.refused(docket.Changes{Stages: []docket.Staged{aStage(mining2, docket.StageShadow, 1, "ada")}}, evenkeel.KindConflict)
		s.put(docket.Changes{Stages: []docket.Staged{aStage(mining2, docket.StageShadow, 1, "")}})
		s.refused(docket.Changes{Stages: []docket.Staged{aStage(mining2, docket.StageCanary, 2, "ada")}}, evenkeel.KindConflict)
		s.refused(docket.Changes{Stages: []docket.Staged{aStage(mining2, docket.StageLive, 2, "ada")}}, evenkeel.KindConflict)
		for n, at := range []docket.Stage{docket.StageConfirm, docket.StageCanary, docket.StageLive, docket.StageLive, docket.StageDraft, docket.StageBacktest, docket.StageShadow} {
			s.put(docket.Changes{Stages: []docket.Staged{aStage(mining2, at, 3+n, "ada")}})
		}
	}},
	{"a stage that could never be right is refused", func(t *testing.T, s *scene) {
		for _, spoil := range []func(*docket.Staged){
			func(x *docket.Staged) { x.Rule = "" },
			func(x *docket.Staged) { x.Version = 0 },
			func(x *docket.Staged) { x.Stage = 0 },
			func(x *docket.Staged) { x.Why = "" },
			func(x *docket.Staged) { x.Reviewed = -1 },
			func(x *docket.Staged) { x.At = x.Since - 1 },
			func(x *docket.Staged) { x.Test = &docket.Backtest{From: at(0), Until: at(1), Hits: 1, Wanted: 2} },
		} {
			x := aStage(mining1, docket.StageLive, 1, "")
			spoil(&x)
			s.refused(docket.Changes{Stages: []docket.Staged{x}}, evenkeel.KindInvalid)
		}
	}},
}
