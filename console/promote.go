package console

import (
	"fmt"
	"strconv"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// promoteForm is the form that brings a version of a rule to another stage, and what was typed.
type promoteForm struct {
	refusal
	rule, version string
	To            []stageView
	UpTo          []measureView
	Reason        string
}

// stageView is a stage that can be chosen.
type stageView struct {
	Stage docket.Stage
	Is    bool
	Here  bool // it stands there
	Next  bool
}

// offered are the stages that a person brings a version to. It comes to that of a backtest by one.
var offered = []docket.Stage{docket.StageDraft, docket.StageShadow, docket.StageConfirm, docket.StageCanary, docket.StageLive}

// bringing is an empty form about a version: down to any stage, and up by one.
func bringing(s *Standing) *promoteForm {
	f := &promoteForm{}
	for _, to := range offered {
		if to <= max(s.Stage, s.Next) {
			f.To = append(f.To, stageView{Stage: to, Here: to == s.Stage, Next: to == s.Next})
		}
	}
	for _, g := range s.Gates {
		f.UpTo = append(f.UpTo, measureView{Word: g.Measure.String(), Label: g.Measure.String()})
	}
	return f
}

// about says whether a form that was refused is about a version.
func (f *promoteForm) about(r docket.RuleVersion) bool {
	return f != nil && f.rule == r.Rule && f.version == strconv.Itoa(r.Version)
}

// again puts back what was typed, with what was wrong with it.
func (f *promoteForm) again(typed *promoteForm) {
	f.refusal, f.Reason = typed.refusal, typed.Reason
	for i := range f.To {
		f.To[i].Is = len(typed.To) > 0 && f.To[i].Stage == typed.To[0].Stage
	}
	for i := range f.UpTo {
		f.UpTo[i].Is = len(typed.UpTo) > 0 && f.UpTo[i].Word == typed.UpTo[0].Word
	}
}

// promote brings a version of a rule to a stage. Whether it has shown enough for it the judge says.
func (s *Server) promote(v *visit) error {
	d := &promoteForm{rule: v.form.line("rule"), version: v.form.line("version")}
	d.Reason = reason(v.form, "promote-reason", &d.refusal)
	to := docket.Promotion{}
	to.Version, _ = strconv.Atoi(d.version)
	if to.Version < 1 {
		d.wrong("promote-to", "It is not said which version is meant; open the page again.")
	}
	if err := to.Stage.UnmarshalText([]byte(v.form.line("to"))); err != nil {
		d.wrong("promote-to", "Choose where it is brought.")
	} else {
		d.To = []stageView{{Stage: to.Stage}}
	}
	if word := v.form.line("measure"); word != "" {
		var err error
		if to.UpTo, err = evenkeel.ParseMeasure(word); err != nil {
			d.wrong("promote-measure", "Choose one of the measures.")
		}
		d.UpTo = []measureView{{Word: word}}
	}
	err := s.houseActOn(v, "/rules", docket.Act{Kind: docket.ActPromote, Rule: d.rule, Promote: &to, Says: d.Reason}, fmt.Sprintf("promote %s %s", d.rule, d.version), &d.refusal)
	if err == nil || evenkeel.KindOf(err) == evenkeel.KindInternal {
		return err
	}
	return s.showRules(v, evenkeel.KindOf(err).HTTPStatus(), d)
}
