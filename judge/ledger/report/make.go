package report

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"golang.org/x/mod/sumdb/tlog"
)

// Make counts the figures of a quarter in one pass over all leaves of a log, in their order:
// those before it, because what ends in it began there; those after it, because only they tell
// what became of it. The error is of reading; a leaf that cannot be read is one, with its number.
func Make(lines iter.Seq2[ledger.Line, error], q Quarter) (Report, error) {
	m := maker{
		q: q, folders: map[tlog.Hash]*folder{},
		stands:  standing{map[tlog.Hash]int{}, map[link][]int{}},
		amounts: map[string]int64{},
		out: Report{
			Form: Form, Quarter: q.String(), From: q.From(), Until: q.Until(), Rows: []Row{},
			Weeks: weeksOf(q), Cases: Cases{Closed: map[string]int{}}, Appeals: Counted{Known: true},
		},
	}
	var root ledger.Frontier
	for line, err := range lines {
		if err != nil {
			return Report{}, fmt.Errorf("report of %s: read leaf %d: %w", q, root.Size(), err)
		}
		l, err := ledger.ParseLeaf(line.Leaf)
		if err != nil {
			return Report{}, fmt.Errorf("report of %s: leaf %d: %w", q, root.Size(), err)
		}
		root.Add(line.Leaf)
		m.take(&l)
	}
	m.out.Log.Leaves, m.out.Log.Root = root.Size(), root.Root().String()
	return m.finish(), nil
}

// maker goes along a log.
type maker struct {
	q       Quarter
	all     []taken
	folders map[tlog.Hash]*folder
	stands  standing
	amounts map[string]int64
	out     Report
}

func (m *maker) take(l *ledger.Leaf) {
	m.out.Log.Newest = max(m.out.Log.Newest, l.At)
	switch l.Kind {
	case ledger.KindDecision:
		m.decision(l)
	case ledger.KindAct:
		m.act(l)
	case ledger.KindCase:
		m.moved(l)
	case ledger.KindFlag:
		if m.q.has(l.At) {
			m.out.Flags++
		}
	case ledger.KindCredit:
		m.credit(l)
	case ledger.KindPolicy: // no figure is about policies
	}
}

func (m *maker) folder(of tlog.Hash) *folder {
	f := m.folders[of]
	if f == nil {
		f = &folder{}
		m.folders[of] = f
	}
	return f
}

func (m *maker) decision(l *ledger.Leaf) {
	within := m.q.has(l.At)
	if within && l.Decision == (tlog.Hash{}) {
		m.out.Log.Earlier++
	}
	if l.Mode == evenkeel.ModeShadow {
		if within {
			m.out.Not.Shadow++
		}
		return
	}
	if l.Measure == evenkeel.MeasureNone && (l.State == evenkeel.InForce || l.State == evenkeel.Lapsed || l.State == evenkeel.Lifted || l.State == evenkeel.Superseded) {
		m.lawful(l, within)
		return
	}
	f := m.folder(l.Subject)
	persons := l.Persons
	if persons == 0 && !l.Machine && l.State == evenkeel.InForce { // whoever took it did so under version 1
		persons = 1
	}
	switch l.State {
	case evenkeel.InForce:
		m.begins(f, l, persons)
	case evenkeel.Lapsed, evenkeel.Lifted, evenkeel.Superseded:
		if i, ok := m.stands.take(l); ok {
			m.all[i].end(l, persons > 0 || l.Decision == tlog.Hash{}, f.shut)
		}
	default:
		if within {
			m.notYet(l.State)
		}
	}
	switch {
	case persons > 0:
		m.looked(f, l.At)
	case !l.State.Over() && l.Measure != evenkeel.MeasureNone && f.machine == 0:
		f.machine = l.At
	}
}

// lawful counts a lawful order, as nothing else without a measure comes into force. What begins as another ends
// goes on with it: an asset left.
func (m *maker) lawful(l *ledger.Leaf, within bool) {
	f := m.folder(l.Subject)
	switch {
	case l.State == evenkeel.Superseded:
		f.gave = l.At
	case within && l.State == evenkeel.InForce && f.gave != l.At:
		m.out.Lawful++
	}
}

// begins takes in that a decision takes effect: a measure of its own, or one that goes on.
func (m *maker) begins(f *folder, l *ledger.Leaf, persons int) {
	for _, i := range f.open {
		if t := &m.all[i]; t.goesOn(l) {
			t.goOn(l)
			m.stands.add(l, i)
			return
		}
	}
	f.open = append(f.open, len(m.all))
	m.stands.add(l, len(m.all))
	m.all = append(m.all, taken{
		family: l.Family, rule: l.Rule, measure: l.Measure, assets: l.Assets, persons: persons, began: l.At, at: l.At, within: m.q.has(l.At),
	})
}

// notYet counts a decision that came to be and does not take effect.
func (m *maker) notYet(s evenkeel.DecisionState) {
	switch s {
	case evenkeel.Held:
		m.out.Not.Held++
	case evenkeel.Proposed:
		m.out.Not.Proposed++
	case evenkeel.Refused:
		m.out.Not.Refused++
	case evenkeel.Suppressed:
		m.out.Not.Suppressed++
	}
}

// looked ends what waits for a person in a case.
func (m *maker) looked(f *folder, at evenkeel.Moment) {
	if m.q.has(f.machine) {
		m.out.ToPerson.add(at.Sub(f.machine))
	}
	if m.q.has(f.word) {
		m.out.ToAnswer.add(at.Sub(f.word))
	}
	f.machine, f.word = 0, 0
}

func (m *maker) act(l *ledger.Leaf) {
	within := m.q.has(l.At)
	switch {
	case within && l.Act == "": // it may have been an appeal
		m.out.Log.Earlier++
		m.out.Appeals.Known = m.out.Appeals.Known && !l.Tenant
	case within && l.Act == "appeal":
		m.out.Appeals.Count++
	}
	if l.Subject == (tlog.Hash{}) {
		return
	}
	f := m.folder(l.Subject)
	switch {
	case !l.Tenant:
		m.looked(f, l.At)
	case f.word == 0:
		f.word = l.At
	}
}

// moved takes in that a case changed its state. A verdict is on all that took effect in the case, but
// for what was found to be wrong before: a case that was closed against the tenant may be opened
// again, by an appeal or by lot, and what is found then counts. A case that is closed without a
// verdict may still get one.
func (m *maker) moved(l *ledger.Leaf) {
	f, within := m.folder(l.Subject), m.q.has(l.At)
	if !f.known && within {
		m.out.Cases.Opened++
	}
	f.known, f.shut = true, l.Case == evenkeel.CaseClosed
	if !f.shut {
		return
	}
	if within {
		m.out.Cases.Closed[l.Outcome.String()]++
		f.closed, f.busy = true, l.Minutes
	}
	if l.Outcome.Cleared() || l.Outcome == evenkeel.OutcomeConfirmed || l.Outcome == evenkeel.OutcomeVictim {
		for _, i := range f.open {
			m.all[i].verdict = l.Outcome
		}
	}
	if l.Outcome.Cleared() {
		f.open = nil
	}
}

func (m *maker) credit(l *ledger.Leaf) {
	if !m.q.has(l.At) {
		return
	}
	m.out.Credits.Count++
	m.out.Credits.Minutes += int64(l.Minutes)
	m.amounts[l.Currency] += int64(l.Amount)
}

// finish adds up.
func (m *maker) finish() Report {
	type name struct {
		family, rule string
		measure      evenkeel.Measure
	}
	rows, r := map[name]*Row{}, &m.out
	reviewed, overturned := 0, 0
	for i := range m.all {
		t := &m.all[i]
		if !t.within {
			continue
		}
		n := name{t.family, t.rule, t.measure}
		if rows[n] == nil {
			rows[n] = &Row{Family: n.family, Rule: n.rule, Measure: n.measure}
		}
		r.count(t, rows[n])
		if t.reviewed() {
			reviewed++
		}
		if t.overturned() {
			overturned++
			r.wronged(t, rows[n])
		}
	}
	for _, row := range rows {
		r.Rows = append(r.Rows, *row)
	}
	slices.SortFunc(r.Rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Measure, b.Measure))
	})
	for _, f := range m.folders {
		if m.q.has(f.machine) {
			r.ToPerson.Waiting++
		}
		if m.q.has(f.word) {
			r.ToAnswer.Waiting++
		}
	}
	r.Automation, r.Overturned, r.Reviewed = share(r.Took.Machine, r.Took.All), share(overturned, r.Took.All), share(reviewed, r.Took.All)
	r.ToPerson.finish()
	r.ToAnswer.finish()
	r.People.finish(m.folders)
	r.Credits.Amounts = []Amount{}
	for _, c := range slices.Sorted(maps.Keys(m.amounts)) {
		r.Credits.Amounts = append(r.Credits.Amounts, Amount{c, m.amounts[c]})
	}
	return *r
}

// count takes in a measure that took effect in the quarter.
func (r *Report) count(t *taken, row *Row) {
	week := weekOf(r.Weeks, t.began)
	r.Took.All++
	row.Took++
	switch t.persons {
	case 0:
		r.Took.Machine++
		row.Machine++
		week.Machine++
	case 1:
		r.Took.Person++
		week.Person++
	default:
		r.Took.TwoPeople++
		week.Person++
	}
}

// wronged takes in a measure that was overturned. What only tells restricts nobody.
func (r *Report) wronged(t *taken, row *Row) {
	row.Overturned++
	if !t.measure.Enforced() {
		return
	}
	whole, ofAll := t.stood(r.Log.Newest)
	r.Wrong.Measures++
	r.Wrong.Minutes += minutes(whole)
	r.Wrong.AssetMinutes += minutes(ofAll)
	row.Minutes += minutes(ofAll)
}
