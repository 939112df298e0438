package policy

import (
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
)

// The points at which the table shows what safeguards say. An account in good and in bad
// standing, young and old, paying and not: what lies between is said by the document.
var (
	tableStandings = [...]evenkeel.Standing{
		evenkeel.StandingPrepaid, evenkeel.StandingInvoiced, evenkeel.StandingOnCredit, evenkeel.StandingTrial,
		evenkeel.StandingDelinquent, evenkeel.StandingUnknown,
	}
	tableAges = [...]point[time.Duration]{{"2 days", 2 * day, true}, {"2 years", 2 * 365 * day, true}, {"unknown", 0, false}}
	tablePaid = [...]point[float64]{{"nothing", 0, true}, {"25", 25, true}, {"1,200", 1200, true}, {"unknown", 0, false}}
)

const tableRunRate = 400

// point is a value of a dimension of the table.
type point[T any] struct {
	name  string
	value T
	known bool
}

// SafeguardTable returns as Markdown what the policy's safeguards say of an account, over how it
// pays, how old it is, what it has paid and whether it was cleared before. It uses 400 a month
// and holds what is named for as long as it was seen.
func (p *Policy) SafeguardTable() string {
	var b strings.Builder
	head := []string{"standing", "customer for", "paid (400 a month)"}
	for _, s := range p.safeguards {
		head = append(head, s.name)
	}
	table(&b, append(head, "all permit or n/a", "once cleared before")...)
	for _, standing := range tableStandings {
		for _, age := range tableAges {
			p.tableLines(&b, standing, age)
		}
	}
	return b.String()
}

// tableLines writes the lines of one standing and age; amounts with the same answers share one.
func (p *Policy) tableLines(b *strings.Builder, standing evenkeel.Standing, age point[time.Duration]) {
	var names, answers []string
	flush := func() {
		if names != nil {
			name := strings.Join(names, ", ")
			if len(names) == len(tablePaid) {
				name = "any"
			}
			line(b, append([]string{standing.String(), age.name, name}, answers...)...)
		}
	}
	for _, paid := range tablePaid {
		if !tellable(standing, paid) {
			continue
		}
		next := p.tableAnswers(tableView(standing, age, paid))
		if strings.Join(next, "\n") != strings.Join(answers, "\n") {
			flush()
			names = nil
		}
		names, answers = append(names, paid.name), next
	}
	flush()
}

// tellable leaves out what the inventory never says: nothing paid is no fact on credit.
func tellable(s evenkeel.Standing, paid point[float64]) bool {
	history := s == evenkeel.StandingPrepaid || s == evenkeel.StandingTrial || s == evenkeel.StandingDelinquent
	return history || !paid.known || paid.value > 0
}

// tableAnswers is what each safeguard says and whether all of them let pass, without and with
// an earlier clearance.
func (p *Policy) tableAnswers(v View) []string {
	pass := func(asked []evenkeel.Safeguard) string {
		if columnOf(asked, false) == permitted {
			return "yes"
		}
		return "no"
	}
	never := p.answersFor(&v)
	v.Clearances = 1
	once := p.answersFor(&v)
	var out []string
	for i, s := range never {
		cell := s.Says.String()
		if once[i].Says != s.Says {
			cell += " (" + once[i].Says.String() + " once cleared)"
		}
		out = append(out, cell)
	}
	return append(out, pass(never), pass(once))
}

func (p *Policy) answersFor(v *View) []evenkeel.Safeguard {
	return p.ask((&sight{view: v, harm: HarmCompute, evidence: evidenceOf(&v.Finding)}).slots(findingFacts))
}

// tableView is a machine that the tenant has held for as long as it was watched.
func tableView(standing evenkeel.Standing, age point[time.Duration], paid point[float64]) View {
	const now = evenkeel.Moment(1_700_000_000_000_000_000)
	seen := now.Add(-20 * time.Minute)
	v := View{
		Account: evenkeel.Account{
			Tenant: "tenant", Since: evenkeel.UnknownFact[evenkeel.Moment]("not told"), Standing: evenkeel.KnownFact(standing, now),
			Paid: evenkeel.UnknownFact[float64]("not told"), RunRate: evenkeel.KnownFact[float64](tableRunRate, now),
		},
		Holdings: []evenkeel.Holding{{Asset: "vm", Tenant: "tenant", From: seen}},
	}
	v.Finding = evenkeel.Finding{
		Subject: evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: "vm", Tenant: "tenant"}, From: seen, Until: now, At: now,
		Terms: []evenkeel.Term{{Name: "usage", Family: evenkeel.EvidenceUsage, Weight: 1}},
	}
	if age.known {
		v.Account.Since = evenkeel.KnownFact(now.Add(-age.value), now)
	}
	if paid.known {
		v.Account.Paid = evenkeel.KnownFact(paid.value, now)
	}
	return v
}
