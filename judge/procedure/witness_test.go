package procedure

import (
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
)

// witness remembers what happened, in its own way, and says when something may not happen.
type witness struct {
	t       interface{ Fatalf(string, ...any) }
	reached map[evenkeel.CaseID]int             // the highest rung that took effect
	cleared map[evenkeel.CaseID]evenkeel.Moment // and not found to be otherwise since
	noes    map[evenkeel.CaseID][]no
	missed  map[evenkeel.CaseID]int // the harm that stood when our clock was missed, while nobody decided
	proven  bool                    // what is ruled about is beyond doubt
	counts  map[string]int          // of what happened, to show that histories are rich
}

// no is what a person said no to, and what the person chose instead.
type no struct {
	assets     []evenkeel.AssetID
	rank, over int
	refused    evenkeel.Moment // 0: a measure was ended or lowered
}

func newWitness(t interface{ Fatalf(string, ...any) }) *witness {
	return &witness{
		t: t, reached: map[evenkeel.CaseID]int{}, cleared: map[evenkeel.CaseID]evenkeel.Moment{},
		noes: map[evenkeel.CaseID][]no{}, missed: map[evenkeel.CaseID]int{}, counts: map[string]int{},
	}
}

// harm is what is in force in a case, over its assets.
func harm(c *clerk, file *docket.Dossier) int {
	worst := map[evenkeel.AssetID]int{}
	for _, x := range live(file.Decisions, evenkeel.InForce) {
		for _, a := range x.Assets {
			if x.Measure.Enforced() {
				worst[a] = max(worst[a], rank(c.fam, x.Measure))
			}
		}
	}
	sum := 0
	for _, w := range worst {
		sum += w
	}
	return sum
}

// ruled holds a ruling to its proposal and its finding.
func (w *witness) ruled(c *clerk, file *docket.Dossier, f *evenkeel.Finding, p policy.Proposal, r Ruling) {
	w.proven = p.Conclusive
	w.counts[[...]string{"note", "enter", "hold", "person", "suppress", "refuse"}[r.Verdict]]++
	switch {
	case rank(c.fam, r.Measure) > rank(c.fam, p.Allowed):
		w.t.Fatalf("%s is entered and %s is allowed", r.Measure, p.Allowed)
	case !Contains(f.Named(), r.Assets):
		w.t.Fatalf("the ruling names %v and the finding %v", r.Assets, f.Named())
	case r.Verdict == Hold:
		x := evenkeel.Decision{Measure: r.Measure, Assets: r.Assets}
		w.allowed(c, file, &x, f.At)
	case starts(r.Start, docket.ClockReview) != (r.Verdict == Person && (file == nil || !starts(file.Clocks, docket.ClockReview))):
		w.t.Fatalf("what is proposed, and nothing else, has a clock of its review: %+v", r)
	case r.Verdict == Note && (slices.ContainsFunc(r.Start, func(k docket.Clock) bool { return k.Kind != docket.ClockJoined }) || len(r.Supersedes) > 0 || r.Case != 0):
		w.t.Fatalf("nothing new is decided and this follows: %+v", r)
	}
	if len(r.Why) == 0 && r.Verdict != Enter {
		w.t.Fatalf("%+v does not say why", r)
	}
}

func starts(clocks []docket.Clock, kind docket.ClockKind) bool {
	return slices.ContainsFunc(clocks, func(k docket.Clock) bool { return k.Kind == kind })
}

// allowed says when a machine may not hold or enter a measure at a moment.
func (w *witness) allowed(c *clerk, file *docket.Dossier, x *evenkeel.Decision, at evenkeel.Moment) {
	for id, since := range w.cleared {
		if since <= at && at < since.Add(c.fam.Clocks.Latch) {
			w.t.Fatalf("%s on %v at %s by a machine, after case %s was cleared at %s", x.Measure, x.Assets, at, id, since)
		}
	}
	if file == nil || file.Case.State == evenkeel.CaseClosed {
		return
	}
	m := rank(c.fam, x.Measure)
	for _, n := range w.noes[file.Case.ID] {
		if n.refused != 0 && n.refused < file.Case.Since && appealed(file) {
			continue // it was closed since over what a person found, and only words opened it again
		}
		if touch(n.assets, x.Assets) && m <= n.rank && m > n.over {
			w.t.Fatalf("%s on %v at %s by a machine, after a person said no", x.Measure, x.Assets, at)
		}
	}
	if file.Case.Waiting == 0 || appealed(file) {
		return
	}
	_, late := w.missed[file.Case.ID]
	if w.proven && !late && x.Measure <= evenkeel.MeasureNotify {
		w.counts["beyond doubt"]++
		return
	}
	if c.fam.Harm != policy.HarmPackets || late && x.Measure > evenkeel.MeasureLimit {
		w.t.Fatalf("%s on %v at %s by a machine, while the tenant waits for a person since %s (missed: %v)", x.Measure, x.Assets, at, file.Case.Waiting, late)
	}
}

// appealed says whether a case is open only because the tenant spoke after it was closed over
// what a person found.
func appealed(file *docket.Dossier) bool {
	return file.Case.State == evenkeel.CaseReopened && (file.Case.Outcome == evenkeel.OutcomeConfirmed || file.Case.Outcome == evenkeel.OutcomeVictim)
}

// enters holds what a machine lets take effect to all of it, the ladder included.
func (w *witness) enters(c *clerk, file *docket.Dossier, x *evenkeel.Decision, at evenkeel.Moment) {
	w.counts[x.Measure.String()]++
	w.allowed(c, file, x, at)
	rung := slices.Index(c.fam.Ladder, x.Measure)
	if top, any := w.reached[file.Case.ID]; any && rung > top+1 || !any && rung > 0 {
		w.t.Fatalf("%s at %s skips a rung: %d of %v", x.Measure, at, top, c.fam.Ladder)
	}
	if x.From != at || x.Until <= at {
		w.t.Fatalf("%s takes effect at %s and is from %s until %s", x.ID, at, x.From, x.Until)
	}
	w.reach(c, file, x)
}

func (w *witness) reach(c *clerk, file *docket.Dossier, x *evenkeel.Decision) {
	rung := slices.Index(c.fam.Ladder, x.Measure)
	if top, any := w.reached[file.Case.ID]; !any || rung > top {
		w.reached[file.Case.ID] = rung
	}
}

// ranOut holds what a clock does to what it may do: less, and dated by the clock.
func (w *witness) ranOut(c *clerk, file *docket.Dossier, e Effect) {
	k := e.Stop[0]
	w.counts["clock "+k.Kind.String()]++
	if k.Ended != k.Due || k.Because == "" || e.At != k.Due {
		w.t.Fatalf("%+v", e)
	}
	w.proven = false
	w.begins(file, k, e)
	if e.Case == evenkeel.CaseClosed {
		w.counts["closes by itself"]++
		stands := len(live(file.Decisions, evenkeel.Proposed, evenkeel.Held, evenkeel.InForce)) > 0
		if k.Kind != docket.ClockQuiet || stands || file.Case.Waiting != 0 || k.Due < file.Case.Latest.Add(30*day) || e.Outcome.Cleared() || len(e.Turns)+len(e.Start) > 0 {
			w.t.Fatalf("%+v closes case %+v by itself", e, *file.Case)
		}
	}
	if k.Kind == docket.ClockReview && (len(e.Turns)+len(e.Instead) > 0 || e.Case != 0) {
		w.t.Fatalf("that nobody looked at what is proposed does something: %+v", e)
	}
	for _, i := range e.Instead {
		if old := c.find(file, i.Of); k.Kind == docket.ClockJoined {
			w.counts["joins"]++
			if i.Measure != evenkeel.MeasureNotify || old.Measure != i.Measure || i.Until != old.Until || !Contains(i.Assets, old.Assets) || !Contains(file.Case.Assets, i.Assets) {
				w.t.Fatalf("%s of %v until %s becomes %+v", old.Measure, old.Assets, old.Until, i)
			}
			continue
		}
		w.counts["steps down"]++
		if old := c.find(file, i.Of); rank(c.fam, i.Measure) >= rank(c.fam, old.Measure) || i.Until > old.Until {
			w.t.Fatalf("%s until %s becomes %s until %s by a clock", old.Measure, old.Until, i.Measure, i.Until)
		}
	}
	if k.Kind == docket.ClockOurAnswer && file.Case.State != evenkeel.CaseClosed {
		if _, before := w.missed[file.Case.ID]; !before {
			w.missed[file.Case.ID] = harm(c, file)
		}
	}
}

// begins holds a clock that begins again because nobody came to its lengths.
func (w *witness) begins(file *docket.Dossier, k docket.Clock, e Effect) {
	again := slices.IndexFunc(e.Start, func(n docket.Clock) bool { return n.Kind == k.Kind })
	switch {
	case k.Kind == docket.ClockOurAnswer && (again >= 0) != (file.Case.Waiting != 0):
		w.t.Fatalf("case %s waits since %s and our clock was missed: %+v", file.Case.ID, file.Case.Waiting, e)
	case k.Kind == docket.ClockReview && (again >= 0) != (len(live(file.Decisions, evenkeel.Proposed)) > 0):
		w.t.Fatalf("case %s: nobody looked: %+v", file.Case.ID, e)
	case again < 0 || k.Kind == docket.ClockQuiet:
		return
	}
	if n := e.Start[again]; n.Started != k.Due || n.Due.Sub(n.Started) != min(2*k.Due.Sub(k.Started), day) {
		w.t.Fatalf("%+v begins again as %+v", k, n)
	}
}

// acted remembers what a person decided and holds our clock to its time.
func (w *witness) acted(c *clerk, file *docket.Dossier, a docket.Act, e Effect) {
	w.counts[a.Kind.String()]++
	if file == nil {
		return
	}
	id := file.Case.ID
	if a.Kind.OfTenant() && file.Case.State != evenkeel.CaseClosed {
		ours := slices.ContainsFunc(e.Start, func(k docket.Clock) bool { return k.Kind == docket.ClockOurAnswer })
		if stopped := slices.ContainsFunc(e.Stop, func(k docket.Clock) bool { return k.Kind == docket.ClockOurAnswer }); stopped || ours && file.Case.Waiting != 0 {
			w.t.Fatalf("the tenant speaks again and our clock moves: %+v", e)
		}
	}
	if e.Decided {
		delete(w.missed, id)
	}
	for _, t := range e.Turns {
		if x := c.find(file, t.Decision); t.To == evenkeel.Lifted || t.To == evenkeel.Refused {
			said := no{x.Assets, max(rank(c.fam, x.Measure), rank(c.fam, x.Wanted)), -1, 0}
			if t.To == evenkeel.Refused {
				said.refused = t.At
			}
			w.noes[id] = append(w.noes[id], said)
		}
	}
	for _, i := range e.Instead {
		x := c.find(file, i.Of)
		if a.Kind == docket.ActApprove && a.Measure == evenkeel.MeasureNone && rank(c.fam, i.Measure) > rank(c.fam, x.Measure) {
			w.counts["approved as wanted"]++
			if x.Measure != evenkeel.MeasureNone {
				w.t.Fatalf("%s is %s as %s and becomes %s, which nobody named", x.ID, x.State, x.Measure, i.Measure)
			}
		}
		w.noes[id] = append(w.noes[id], no{x.Assets, max(rank(c.fam, x.Measure), rank(c.fam, x.Wanted)), rank(c.fam, i.Measure), 0})
	}
	switch {
	case a.Kind == docket.ActClear:
		w.cleared[id] = a.At
	case a.Kind == docket.ActClose:
		delete(w.cleared, id)
		if e.Outcome != evenkeel.OutcomeInconclusive { // found rightly: what was refused then does not protect
			delete(w.noes, id)
		}
	}
}

// looks holds what stands after each step to what must always hold.
func (w *witness) looks(c *clerk) {
	for _, file := range c.files {
		for i := range file.Decisions {
			x := &file.Decisions[i]
			if err := x.Check(); err != nil {
				w.t.Fatalf("%v", err)
			}
			leased := slices.ContainsFunc(file.Clocks, func(k docket.Clock) bool {
				return k.Kind == docket.ClockLease && k.Decision == x.ID && k.Due == x.Until
			})
			if leased != (x.State == evenkeel.InForce) {
				w.t.Fatalf("%s is %s and has a running lease: %v", x.ID, x.State, leased)
			}
			if x.State == evenkeel.Held && !slices.ContainsFunc(file.Clocks, func(k docket.Clock) bool {
				return k.Kind == docket.ClockHearing && k.Decision == x.ID && k.Due == x.From
			}) {
				w.t.Fatalf("%s is held and nothing will end that", x.ID)
			}
		}
		w.forgets(file)
		if file.Case.State == evenkeel.CaseClosed && len(live(file.Decisions, evenkeel.Held, evenkeel.Proposed)) > 0 {
			w.t.Fatalf("case %s is closed and something waits in it", file.Case.ID)
		}
		if stood, late := w.missed[file.Case.ID]; late && c.fam.Harm != policy.HarmPackets && !appealed(file) {
			now := harm(c, file)
			if now > stood {
				w.t.Fatalf("case %s: our clock was missed, and harm went from %d to %d", file.Case.ID, stood, now)
			}
			w.missed[file.Case.ID] = now
		}
	}
}

// forgets says when a case is left without a clock that brings it before somebody, or to its
// end.
func (w *witness) forgets(file *docket.Dossier) {
	has := func(kinds ...docket.ClockKind) bool {
		return slices.ContainsFunc(file.Clocks, func(k docket.Clock) bool { return slices.Contains(kinds, k.Kind) })
	}
	waits := file.Case.Waiting != 0
	if waits != has(docket.ClockOurAnswer) {
		w.t.Fatalf("case %s waits: %v; our clock runs: %v", file.Case.ID, waits, !waits)
	}
	if file.Case.State == evenkeel.CaseClosed {
		if has(docket.ClockReview, docket.ClockQuiet, docket.ClockTenantAnswer) {
			w.t.Fatalf("case %s is closed and its clocks run: %+v", file.Case.ID, file.Clocks)
		}
		return
	}
	if len(live(file.Decisions, evenkeel.Proposed)) > 0 && !waits && !has(docket.ClockReview) {
		w.t.Fatalf("case %s: something is proposed, and nobody will be called: %+v", file.Case.ID, file.Clocks)
	}
	if len(live(file.Decisions, evenkeel.Proposed, evenkeel.Held, evenkeel.InForce)) == 0 && !waits && !has(docket.ClockQuiet, docket.ClockTenantAnswer, docket.ClockAppealAnswer) {
		w.t.Fatalf("case %s: nothing stands, and it will never close: %+v", file.Case.ID, file.Clocks)
	}
}
