package judge

import (
	"context"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/learning"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// Load writes down at which stage versions of rules begin that the books do not know yet, and returns
// those that begin below live. A document that is changed under the same version is a new one as well, but
// never higher up for it. Whoever starts calls it before the first finding.
func (d *Docket) Load(ctx context.Context, at evenkeel.Moment, rules []docket.Loaded) (below []docket.Staged, err error) {
	err = d.parts.Books.Transact(ctx, func(tx docket.Tx) error {
		below = nil
		w, err := d.houseDraft(tx)
		if err != nil {
			return err
		}
		for _, r := range rules {
			all, err := tx.Stages(r.Rule)
			if err != nil {
				return err
			}
			for _, s := range w.out.Stages {
				if s.Rule == r.Rule {
					all = append(all, s)
				}
			}
			kin, err := tx.Kin(r.Family)
			if err != nil {
				return err
			}
			kin = slices.DeleteFunc(kin, func(rule string) bool { return rule == r.Rule })
			if s, changed := d.begins(r, all, len(kin) > 0, at); changed {
				if w.out.Stages = append(w.out.Stages, s); s.Stage < learning.StageLive {
					below = append(below, s)
				}
			}
		}
		if len(w.out.Stages) == 0 {
			return nil
		}
		return w.put(tx, nil, at)
	})
	return below, err
}

// begins is where a version that is loaded stands from now on, where that is to be written down.
func (d *Docket) begins(r docket.Loaded, all []docket.Staged, kin bool, at evenkeel.Moment) (s docket.Staged, changed bool) {
	p, fam := d.parts.Policy.Promotion(), d.family(r.Family)
	s = docket.Staged{RuleVersion: r.RuleVersion, Family: r.Family, Digest: r.Digest, Since: at, UpTo: fam.Ladder[len(fam.Ladder)-1], At: at}
	i := slices.IndexFunc(all, func(o docket.Staged) bool { return o.Version == r.Version })
	switch {
	case i < 0:
		s.Stage = p.Begins(r.Rule, len(all) > 0, kin, fam.Harm == policy.HarmPackets)
		s.Why = "The policy has the first version of a rule begin there."
		if len(all) > 0 {
			s.Why = "The policy has a new version of a rule begin there."
		} else if kin && s.Stage < learning.StageLive {
			s.Why = "The policy has a new rule of a family that has rules begin there."
		}
		return s, true
	case all[i].Digest != r.Digest:
		s.Stage = min(all[i].Stage, p.Begins(r.Rule, true, kin, fam.Harm == policy.HarmPackets))
		s.Why = "Its document was changed under the same version, so it begins there anew."
		if s.UpTo = all[i].UpTo; s.Stage == all[i].Stage {
			s.By = all[i].By // what it had to show it has to show still
		}
		return s, true
	case all[i].By == "" && all[i].Stage < learning.StageLive && slices.Contains(p.Live, r.Rule):
		s.Stage, s.Why = learning.StageLive, "The policy has each version of the rule begin there."
		return s, true
	}
	return s, false
}

// place is where a version of a rule of the draft's family stands.
func (w *draft) place(r docket.RuleVersion) (learning.Place, error) {
	all, err := w.tx.Stages(r.Rule)
	if err != nil {
		return learning.Place{}, err
	}
	for i := range all {
		if all[i].Version == r.Version {
			return all[i].Place(), nil
		}
	}
	harm := w.parts.family(w.dossier.Family).Harm
	return learning.Place{Stage: w.parts.Policy.Promotion().Begins(r.Rule, len(all) > 0, false, harm == policy.HarmPackets)}, nil
}

// document is the digest of a version's document, as it was loaded last; "" where nobody loaded it.
func (w *draft) document(r docket.RuleVersion) (string, error) {
	all, err := w.tx.Stages(r.Rule)
	if i := slices.IndexFunc(all, func(s docket.Staged) bool { return s.Version == r.Version }); i >= 0 {
		return all[i].Digest, err
	}
	return "", err
}

// watched returns a finding as the stage of its rule's version lets it be seen: nil where nobody weighs
// it, in shadow where it is only watched.
func (w *draft) watched(f *evenkeel.Finding) (seen *evenkeel.Finding, err error) {
	if f.Mode != evenkeel.ModeLive {
		return f, nil
	}
	r := docket.RuleVersion{Rule: f.Rule, Version: f.Version}
	at, err := w.place(r)
	switch {
	case err != nil:
		return nil, err
	case at.Stage >= learning.StageConfirm:
		return f, nil
	case at.Stage < learning.StageShadow:
		return nil, nil
	}
	if !f.Again {
		w.out.Hits = append(w.out.Hits, docket.ShadowHit{RuleVersion: r, Finding: f.ID, At: f.At})
	}
	shadow := *f
	shadow.Mode = evenkeel.ModeShadow
	return &shadow, nil
}

// doubtExplained is how long the reason is, in characters, by which a version is watched whose backtest met mostly
// those who had done nothing wrong.
const doubtExplained = 60

// promote brings a version of a rule to a stage, if it has shown enough for it, or keeps what it found over recorded time.
func (w *draft) promote(a *docket.Act) error {
	if a.Rule == "" || a.Promote == nil || a.Promote.Stage == 0 && a.Promote.Test == nil {
		return evenkeel.Invalid("it does not say which rule, and to where; expected a rule, and a stage or a backtest")
	}
	s, err := w.version(a.Rule, a.Promote.Version)
	if err != nil {
		return err
	}
	to, was := *a.Promote, s
	s.At, s.By, s.Why = a.At, a.By, a.Says
	if to.Test != nil {
		if to.Stage != 0 || to.UpTo != evenkeel.MeasureNone {
			return evenkeel.Invalid("a backtest and a stage or a measure; expected one of them: what was found is kept first")
		}
		if err := to.Test.Check(); err != nil {
			return err
		}
		if s.Test, to.Stage = to.Test, max(s.Stage, learning.StageBacktest); to.Stage == was.Stage {
			s.By = was.By // nobody brought it anywhere
		}
	}
	if to.UpTo != evenkeel.MeasureNone {
		if _, may := learning.Needs(to.UpTo); !may {
			return evenkeel.Invalid("up to %s; expected a measure that a machine may take, such as throttle, limit or isolate", to.UpTo)
		}
		s.UpTo = to.UpTo
	}
	if to.Stage == was.Stage && s.UpTo == was.UpTo && to.Test == nil {
		return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: fmt.Sprintf("rule %s v%d stands at %s since %s", s.Rule, s.Version, s.Stage, s.Since), Hint: "evenkeel rules precision shows what comes next, and what is missing"}
	}
	if to.Stage == learning.StageShadow && was.Stage < to.Stage && s.Test.Doubtful() && utf8.RuneCountInString(a.Says) < doubtExplained {
		return &evenkeel.Error{
			Kind: evenkeel.KindDenied,
			Says: fmt.Sprintf("rule %s v%d: of %d findings over recorded time %d met somebody who was cleared; expected a reason of %d characters at least", s.Rule, s.Version, s.Test.Hits, s.Test.Unwanted, doubtExplained),
			Hint: "write why it is worth watching all the same, or mend the rule first: the reason is kept",
		}
	}
	if was.Test = s.Test; was.Stage < to.Stage || to.Stage == was.Stage && s.UpTo != was.UpTo {
		if err := w.hasShown(&was, to.Stage, s.UpTo, a.At); err != nil {
			return err
		}
	}
	if s.Stage = to.Stage; s.Stage != was.Stage {
		record, err := w.tx.Tally(s.RuleVersion)
		if err != nil {
			return err
		}
		s.Since, s.Reviewed = a.At, record.Reviewed()
	}
	w.out.Stages = append(w.out.Stages, s)
	return nil
}

// hasShown says what a version lacks for a stage, or nil.
func (w *draft) hasShown(s *docket.Staged, to docket.Stage, upTo evenkeel.Measure, now evenkeel.Moment) error {
	hits, err := w.tx.Hits(s.RuleVersion, s.Since)
	if err != nil {
		return err
	}
	record, err := w.tx.Tally(s.RuleVersion)
	if err != nil {
		return err
	}
	at := s.Place()
	if ok, missing := at.Step(to, upTo, now, hits, record); !ok {
		return &evenkeel.Error{
			Kind: evenkeel.KindDenied, Says: fmt.Sprintf("rule %s v%d does not come from %s to %s: %s", s.Rule, s.Version, s.Stage, to, missing),
			Hint: "evenkeel rules precision shows what is there and what is missing; a lower measure (up to) takes less",
		}
	}
	return nil
}

// version is where a version of a rule stands that the books know; 0 is the newest.
func (w *draft) version(rule string, version int) (docket.Staged, error) {
	all, err := w.tx.Stages(rule)
	if err != nil {
		return docket.Staged{}, err
	}
	for i := range slices.Backward(all) {
		if version == 0 || all[i].Version == version {
			return all[i], nil
		}
	}
	says := fmt.Sprintf("rule %.80q: the books know no version of it", rule)
	if len(all) > 0 {
		says = fmt.Sprintf("rule %s has no version %d; the newest is %d", rule, version, all[len(all)-1].Version)
	}
	return docket.Staged{}, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: says, Hint: "evenkeel rules precision shows those that evenkeel serve was started with"}
}
