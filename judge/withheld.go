package judge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
)

// keptMeanwhile is what a notice says of what goes on while a lawful order withholds the data: what the
// policy lists may be a way to it.
const keptMeanwhile = "what this does not name goes on as far as nothing else was decided or ordered"

// ordersFor says whether a decision is one that somebody has to carry out.
func ordersFor(x *evenkeel.Decision) bool { return x.Measure.Enforced() || docket.Withholds(x) }

// dataOf is what the order of a decision says of data.
func dataOf(x *evenkeel.Decision) string {
	if docket.Withholds(x) {
		return evenkeel.DataWithheld
	}
	return ""
}

func trimmed(h *docket.Hold) *docket.Hold {
	out := *h
	out.Authority, out.Reference = strings.TrimSpace(h.Authority), strings.TrimSpace(h.Reference)
	return &out
}

// ordered carries out what two persons found of a lawful order: access to the data of what the tenant
// holds is withheld until its end, or given back before that. Other orders stand beside it as they are; the
// same one, entered anew, takes the place of what it was.
func (p *pair) ordered(r *docket.Review, who by, at evenkeel.Moment) error {
	p.kept(*r)
	says := answered(r)
	p.note(evenkeel.Entry{At: at, Kind: evenkeel.EntryDecided, Actor: who.Actor, Says: says, Ref: string(r.ID), State: r.State.String()})
	before := slices.DeleteFunc(docket.Withholdings(p.dossier.Decisions, p.dossier.Reviews), func(h docket.Withholding) bool { return !h.Hold.Same(r.Hold) })
	if r.Hold.Ends {
		if err := p.letGoOf(before, evenkeel.Lifted, says, who, at); err != nil {
			return err
		}
		p.fetching(at, who.Actor)
		return nil
	}
	assets := held(r.Assets, r.Tenant, at, p.known)
	if len(assets) == 0 || r.Hold.Until <= at {
		r.State, r.Granted, r.Why = docket.ReviewOvertaken, false, "The tenant does not hold any of it any more, or the end of the order has come."
		if len(r.Assets) == 0 && r.Hold.Until > at { // before form 15 orders had no effect, and reviews named nothing
			r.Why = "It was asked by an older program, which did not keep of which machines: ask two persons anew."
		}
		p.note(evenkeel.Entry{At: at, Kind: evenkeel.EntryDecided, Actor: who.Actor, Says: "Nothing is withheld: " + r.Why, Ref: string(r.ID), State: r.State.String()})
		return nil
	}
	x := evenkeel.Decision{
		ID:     evenkeel.NewDecisionID(r.Case, at, "review "+string(r.ID), p.policy, evenkeel.ModeLive),
		Assets: assets, From: at, Until: whileHeld(assets, at, r.Hold.Until, r.Tenant, p.known), At: at, Actor: who.Actor,
		State: evenkeel.InForce, Mode: evenkeel.ModeLive,
		Grounds: evenkeel.Grounds{Clause: r.Hold.Clause(), Row: docket.RowLawful, Says: p.a.Says},
	}
	x.Case, x.Tenant, x.Family = r.Case, r.Tenant, p.dossier.Family
	p.order(&x, p.fam)
	if err := p.letGoOf(before, evenkeel.Superseded, "The same order was entered anew and takes its place.", who, at); err != nil {
		return err
	}
	r.Decision = x.ID
	if err := p.decide(x, says); err != nil {
		return err
	}
	p.startLease(&x)
	p.fetching(at, who.Actor)
	return p.tell(&x, p.fam, who)
}

// letGoOf ends what withholds data in the case. The time to fetch it is left to the caller: where the same is
// entered anew it stands still all along.
func (p *pair) letGoOf(all []docket.Withholding, to evenkeel.DecisionState, why string, who by, at evenkeel.Moment) error {
	for _, h := range all {
		if err := p.turn(procedure.Turn{Decision: h.Decision, To: to, At: at, Why: why}, who.Actor); err != nil {
			return err
		}
		if err := p.tell(p.find(h.Decision), p.fam, who); err != nil {
			return err
		}
	}
	return nil
}

// tellWithheld writes to the tenant that access to its data is withheld, by which order and until when, or
// that it is not any more; nothing where the order forbids that.
func (w *draft) tellWithheld(x *evenkeel.Decision, fam *policy.Family, who by) error {
	h := docket.HoldOf(x, w.dossier.Reviews)
	if h == nil || h.Secret || x.State == evenkeel.Superseded {
		return nil
	}
	who.says, who.outcome = "", evenkeel.OutcomeNone
	n := w.notice(x, fam, who, x.At)
	n.ID, n.AnswerBy, n.Appeal, n.Says = evenkeel.NewNoticeID(x.ID, x.State), 0, 0, x.Grounds.Clause+"."
	n.Withheld = evenkeel.Withheld{Authority: h.Authority, Reference: h.Reference, Until: x.Until}
	return w.send(n, who, "A notice to the tenant was written, about the lawful order.")
}

// elsewhere lets the time to fetch data stand still, or run on, in the other cases of the tenant, where what
// changes here is that its data is withheld, or that an appeal is open: a case has its own clock, and the data is the same.
func (w *draft) elsewhere() error {
	at := evenkeel.Moment(0)
	for i := range w.out.Decisions {
		if x := &w.out.Decisions[i]; docket.Withholds(x) {
			at = max(at, x.At)
		}
	}
	for i := range w.out.Clocks {
		if k := &w.out.Clocks[i]; k.Kind == docket.ClockAppealAnswer {
			at = max(at, k.Started, k.Ended)
		}
	}
	if at == 0 {
		return nil
	}
	cases, err := w.tx.Fetching(w.dossier.Tenant)
	if err != nil {
		return err
	}
	now := w.dossier.Withheld(at)
	appeals := procedure.AppealOpen(&w.dossier)
	for _, id := range cases {
		if id == w.dossier.Case.ID {
			continue
		}
		o, err := w.tx.DossierOf(id)
		if err != nil {
			return err
		}
		o.Elsewhere = now
		if o.Appealing, err = appealing(w.tx, &o); err != nil {
			return err
		}
		o.Appealing = slices.DeleteFunc(o.Appealing, func(c evenkeel.CaseID) bool { return c == w.dossier.Case.ID }) // as it was
		if appeals {
			o.Appealing = append(o.Appealing, w.dossier.Case.ID)
		}
		k, any := procedure.Fetching(o, at)
		if !any {
			continue
		}
		w.out.Clocks = append(w.out.Clocks, k)
		says := "The time to fetch the data does not run: " + k.Paused + "."
		if k.Paused == "" {
			says = "The time to fetch the data runs on, until " + k.Due.String() + "."
		}
		w.out.Entries = append(w.out.Entries, evenkeel.Entry{Case: o.Case.ID, Seq: o.Entries + 1, At: at, Kind: evenkeel.EntryClock, Actor: w.machine(), Says: says})
	}
	return nil
}

// callOfData calls the lead where nobody carries out what a lawful order says of data, or gives it back: a
// court was obeyed in the books only, and no measure of ours stands for it.
func (m *recalled) callOfData(rota Rota, s *docket.SentOrder, now evenkeel.Moment) {
	if s.Order.Data == "" || !s.Dispatch.Undone() {
		return
	}
	m.call(rota, s, procedure.Call{
		Level: docket.LevelLead, At: now, About: "data " + string(s.Order.ID),
		Why: fmt.Sprintf("Nobody carries out the %s, as a lawful order says: do it by hand, and see what the receiver of orders says.", ordered(&s.Order)),
	})
}
