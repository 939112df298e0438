package story

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/docket/actevent"
)

// perform does what a person does, at the story's clock. What the judge refuses is told with
// the reason: a story may show that something is refused. The same act counts once.
func (p *player) perform(a *act) error {
	d := p.desk
	switch {
	case d == nil || d.done[a.ID]:
		return nil
	case a.look != nil:
		return p.look(a)
	}
	d.done[a.ID] = true
	if a.leap > 0 {
		return p.leapOver(a.leap)
	}
	if a.bounces || a.posted {
		return p.cameOf(a)
	}
	if a.Kind == docket.ActAudit {
		return p.findByLot(a)
	}
	if a.Kind.OfHouse() {
		return p.keepHouse(a.Act)
	}
	acts, err := d.meant(a)
	if err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("line %d: %s %s", a.line, a.Kind, a.Tenant), Err: err}
	}
	said := len(p.told)
	p.say(d.acted(&a.Act, p.clock))
	if len(acts) == 0 {
		p.refuse(&a.Act, nil, "no decision that it could be about has that measure and these assets")
	}
	for _, one := range acts {
		if err := p.do(one); err != nil {
			return err
		}
	}
	for i := range p.told[said:] {
		a.fewer(&p.told[said+i].block)
	}
	return nil
}

// cameOf has the judge take in what became of what a tenant was told last: it reached nobody, or a machine took it.
func (p *player) cameOf(a *act) error {
	for _, c := range slices.Backward(p.desk.changes) {
		for _, n := range slices.Backward(c.Notices) {
			if n.Tenant != a.Tenant {
				continue
			}
			if a.posted {
				p.say(about(p.clock, n.Tenant, n.Assets, "posted", fmt.Sprintf("a machine of the tenant's took the notice of %s, and nobody is told by that: %s", n.Measure, a.Says)))
				x := docket.Delivery{Notice: n.ID, Channel: docket.ChannelEndpoint, To: "hook", Message: string(n.ID), At: p.clock, Says: a.Says}
				return p.desk.docket.Told(context.Background(), x, p.clock)
			}
			p.say(about(p.clock, n.Tenant, n.Assets, "untold", fmt.Sprintf("the notice of %s reached nobody: %s", n.Measure, a.Says)))
			return p.desk.docket.Untold(context.Background(), n.ID, a.Says, p.clock)
		}
	}
	p.refuse(&a.Act, nil, fmt.Sprintf("%s was told of nothing", a.Tenant))
	return nil
}

// do has the judge hear one act.
func (p *player) do(a docket.Act) error {
	a.At = p.clock
	if a.Family == "" && a.Case == "" && a.Kind != docket.ActShut {
		p.refuse(&a, nil, fmt.Sprintf("%s has no case", a.Tenant))
		return nil
	}
	var criteria []string
	if fam, ok := p.desk.policies[0].Family(a.Family); ok {
		criteria = fam.Criteria
	}
	a.LeaveOpen(criteria, leftOpen)
	heard, err := p.desk.docket.Do(context.Background(), a, p.registry.Snapshot())
	switch k := evenkeel.KindOf(err); {
	case err == nil:
		p.hear(heard)
		return nil
	case k == evenkeel.KindInternal || k == evenkeel.KindUnavailable:
		return err
	}
	p.refuse(&a, p.desk.decision(a.Decision), p.desk.plain(reason(err)))
	return nil
}

// leftOpen is what a person answers to each criterion of whom the story says no answers.
const leftOpen = "The story does not say."

// withoutLeftOpen is what a person says, without answers that the story did not have.
func withoutLeftOpen(says string) string {
	r := docket.ReadReasons(says)
	if slices.ContainsFunc(r.Points, func(p docket.Point) bool { return p.Note != leftOpen }) {
		return says
	}
	return r.Reason
}

// refuse tells that an act is not done, about a decision where one is meant, and why.
func (p *player) refuse(a *docket.Act, x *evenkeel.Decision, why string) {
	p.desk.refused++
	b := block{tenant: a.Tenant, rows: []row{{head: "refused", text: why}}}
	if x != nil {
		b = about(p.clock, a.Tenant, x.Assets, "refused", why)
	}
	p.say(b)
}

// reason is an error as the one who said no put it.
func reason(err error) string {
	if e, ok := errors.AsType[*evenkeel.Error](err); ok {
		return e.Error()
	}
	return err.Error()
}

// announced does what tenants announce in a batch, which is a record and an act.
func (p *player) announced(b *evenkeel.Batch) error {
	for i := range b.Records {
		if b.Records[i].Kind == evenkeel.KindBurst {
			a := act{Act: actevent.FromBurst(b.Burst(&b.Records[i]))}
			a.Family = docket.Announcements
			if err := p.perform(&a); err != nil {
				return err
			}
		}
	}
	return nil
}

// meant finds out which case, decisions or flag an act of a story means, and returns an act
// for each decision. Where nothing is there that it could mean, the judge is to say so; where
// a measure or assets were given and fit nothing, no act comes back.
func (d *desk) meant(a *act) ([]docket.Act, error) {
	one := a.Act
	if one.Kind == docket.ActShut { // its site says which
		return []docket.Act{one}, nil
	}
	var err error
	if one.By == drawn {
		one.By = d.waits(one.Tenant)
	}
	if one.Family == "" {
		if one.Family, err = d.family(a); err != nil {
			return nil, err
		}
	}
	switch one.Kind {
	case docket.ActRevoke:
		one.Flag, one.Grant = d.flagOf(&one), nil
	case docket.ActApprove, docket.ActRefuse, docket.ActLower, docket.ActLift, docket.ActRenew:
		return d.each(a, one), nil
	}
	return []docket.Act{one}, nil
}

// family is that of the tenant's only open case; or where none is open, of all its cases, or
// of its flags.
func (d *desk) family(a *act) (string, error) {
	var open, all, flags []string
	for _, c := range d.cases {
		if c.Tenant != a.Tenant {
			continue
		}
		all = append(all, c.Family)
		if c.State != evenkeel.CaseClosed {
			open = append(open, c.Family)
		}
	}
	for _, f := range d.flags {
		if f.Tenant == a.Tenant && f.Revoked == 0 {
			flags = append(flags, f.Family)
		}
	}
	choices, of := [][]string{open, all, flags}, []string{"an open case", "a case", "a flag"}
	if a.Kind == docket.ActRevoke {
		choices, of = choices[2:], of[2:]
	}
	for i, families := range choices {
		slices.Sort(families)
		switch families = slices.Compact(families); len(families) {
		case 0:
		case 1:
			return families[0], nil
		default:
			return "", evenkeel.Invalid("the tenant has %s of each of %s; expected one of them as family=…", of[i], strings.Join(families, ", "))
		}
	}
	return "", nil
}

// flagOf is the newest flag of the tenant and the family that stands and has the selector
// that was given; "" where there is none.
func (d *desk) flagOf(a *docket.Act) evenkeel.FlagID {
	for i := len(d.flags) - 1; i >= 0; i-- {
		f := &d.flags[i]
		if f.Tenant == a.Tenant && f.Family == a.Family && f.Revoked == 0 &&
			(a.Grant == nil || selected(f.Selector) == selected(a.Grant.Selector)) {
			return f.ID
		}
	}
	return ""
}

// each returns the act for every decision that it can mean: of the tenant and the family,
// in a state in which something can be done about it, with the measure and the assets that
// were given.
func (d *desk) each(a *act, one docket.Act) []docket.Act {
	var out []docket.Act
	for i := range d.decisions {
		x := &d.decisions[i]
		if x.Mode != evenkeel.ModeLive || x.Tenant != one.Tenant || x.Family != one.Family || !a.means(x) {
			continue
		}
		this := one
		this.ID, this.Case, this.Decision = fmt.Sprintf("%s, %d", one.ID, len(out)+1), x.Case, x.ID
		out = append(out, this)
	}
	if len(out) == 0 && a.measure == evenkeel.MeasureNone && len(a.assets) == 0 {
		return []docket.Act{one}
	}
	return out
}

// means says whether a decision is one that the act can be about.
func (a *act) means(x *evenkeel.Decision) bool {
	switch inForce := x.State == evenkeel.InForce; {
	case (a.Kind == docket.ActLower || a.Kind == docket.ActLift || a.Kind == docket.ActRenew) != inForce || x.State.Over() || docket.Withholds(x):
		return false
	case a.measure != evenkeel.MeasureNone && a.measure != x.Measure && (inForce || a.measure != x.Wanted):
		return false
	}
	return len(a.assets) == 0 || slices.ContainsFunc(a.assets, func(id evenkeel.AssetID) bool { return slices.Contains(x.Assets, id) })
}

func (d *desk) decision(id evenkeel.DecisionID) *evenkeel.Decision {
	if i := slices.IndexFunc(d.decisions, func(x evenkeel.Decision) bool { return x.ID == id }); i >= 0 {
		return &d.decisions[i]
	}
	return nil
}
