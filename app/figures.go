package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/learning"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

// figures are what the console shows of rules and reporters, of the ways to the data and of witnesses.
type figures struct {
	books    *sqlite.DB
	policy   *policy.Policy // in force
	dir      string
	doubt    float64 // reports.doubt of the settings
	now      func() evenkeel.Moment
	proof    func() (Proof, error)    // KindNotFound where nothing was asked for yet
	attested func() (Attested, error) // the same, of witnesses
}

// Rules are what became of cases, by rule, then version.
func (f figures) Rules(ctx context.Context) (out console.Rules, err error) {
	p := f.policy.Promotion()
	out.Enforced = p.Enforced
	for _, m := range learning.Gates {
		sure, _ := learning.Needs(m)
		out.Gates = append(out.Gates, console.Gate{Measure: m, Sure: int(sure)})
	}
	all, err := f.books.Learned(ctx)
	if err != nil {
		return out, err
	}
	stand, err := f.books.Promoted(ctx)
	for _, v := range docket.Versions(all, stand) {
		r := console.RuleRecord{Learned: v.Learned}
		if v.Stands != nil {
			r.Acts, r.Held = p.Says(v.Stands.Stage, v.Rule)
			r.Stands = standing(v.Stands, f.now())
		} else if acts, _ := p.Acts(0, v.Rule); acts != docket.StageLive {
			r.Acts, _ = p.Says(0, v.Rule)
		}
		var missing int64
		r.Earned, r.Next, missing = learning.Gained(v.Record)
		r.Missing = int(missing)
		out.All = append(out.All, r)
	}
	return out, err
}

// standing is where a version stands, with what the next stage takes, and what each gate does.
func standing(v *docket.Promoted, now evenkeel.Moment) *console.Standing {
	s := &console.Standing{Promoted: *v}
	s.Next, s.Takes = v.Next(now)
	if to := max(v.Stage, s.Next); to >= docket.StageCanary {
		for _, m := range learning.Gates {
			s.Gates = append(s.Gates, console.GateTakes{Measure: m, Takes: v.Takes(to, m, now)})
		}
	}
	return s
}

// Reporters are those who report abuse.
func (f figures) Reporters(ctx context.Context, most int) (out console.Reporters, err error) {
	out.Doubt = int(f.doubt * 1000)
	out.All, err = f.books.Reporters().All(ctx, most)
	return out, err
}

// Ways is what was shown of the ways to tenants' data.
func (f figures) Ways(context.Context) (console.Ways, error) {
	p, err := f.proof()
	switch {
	case evenkeel.KindOf(err) == evenkeel.KindNotFound:
		return console.Ways{}, nil
	case err != nil:
		return console.Ways{}, err
	}
	return console.Ways{
		Asked: true, Backend: p.Backend, OnPaper: p.OnPaper, Idle: p.Idle, Proven: p.Proven(f.now()), Shown: p.Shown, Until: p.Until, Tried: p.Tried,
		Amiss: p.Amiss, Silent: p.Silent, Probes: probesOf(p.Probes), Orders: probesOf(p.Orders),
	}, nil
}

func probesOf(all []Probed) (out []console.Probe) {
	for _, p := range all {
		one := console.Probe{Measure: p.Measure, Order: p.Order, Amiss: p.Amiss}
		for _, f := range p.Fetched {
			one.Fetched = append(one.Fetched, console.Fetched{Way: f.Way, Came: f.Hash != "", Size: f.Size, Why: f.Why})
		}
		out = append(out, one)
	}
	return out
}

// Witnesses is what witnesses said, and the newest head that enough of them cosigned.
func (f figures) Witnesses(context.Context) (out console.Witnesses, err error) {
	a, err := f.attested()
	if err != nil && evenkeel.KindOf(err) != evenkeel.KindNotFound {
		return out, err
	}
	out = console.Witnesses{Size: a.Size, Needed: a.Needed, Cosigned: a.Cosigned(), Split: a.Split()}
	for _, w := range a.Witnesses {
		out.All = append(out.All, console.Witness{Name: w.Name, Size: w.Size, At: w.At, Fault: w.Fault, Split: w.Split})
	}
	path := filepath.Join(f.dir, fileCosigned) // evenkeel ledger cosign keeps one too
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return out, fileError("read", path, err)
	}
	out.Shown = string(text)
	last, err := lastHeads(f.dir)
	for _, one := range slices.Backward(last) {
		if head, bad := ledger.ParseHead(one, nil); bad == nil && one != out.Shown {
			out.Earlier = append(out.Earlier, console.Head{Size: head.Size, Note: one})
		}
	}
	return out, err
}
