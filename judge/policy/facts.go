package policy

import (
	"sync"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/ternary"
)

// sight is a view as expressions see it.
type sight struct {
	view     *View
	harm     Harm
	evidence evidence
}

// fact is one name that expressions may use.
type fact struct {
	ternary.Var
	of func(*sight) ternary.Value
}

// tenantFacts may be asked everywhere, findingFacts about findings and burstFacts about
// announcements. The order is that of the slots and of the reference.
var (
	tenantFacts = []fact{
		{ternary.Var{Name: "tenant.standing", Type: ternary.StringType, Doc: "how the tenant pays: prepaid, invoiced, on_credit, trial or delinquent"},
			func(s *sight) ternary.Value { return standing(s.view.Account.Standing) }},
		{ternary.Var{Name: "tenant.age", Type: ternary.DurationType, Doc: "how long it has been a customer"},
			func(s *sight) ternary.Value {
				return known(s.view.Account.Since, func(m evenkeel.Moment) ternary.Value { return ternary.Duration(s.view.Finding.At.Sub(m)) })
			}},
		{ternary.Var{Name: "tenant.paid", Type: ternary.DoubleType, Doc: "what it has paid so far, in its currency; unknown on credit without payments"},
			func(s *sight) ternary.Value { return known(s.view.Account.Paid, ternary.Double) }},
		{ternary.Var{Name: "tenant.run_rate", Type: ternary.DoubleType, Doc: "what it uses in a month, in its currency"},
			func(s *sight) ternary.Value { return known(s.view.Account.RunRate, ternary.Double) }},
		{ternary.Var{Name: "tenant.reseller", Type: ternary.BoolType, Doc: "it has customers of its own; false where the books tell nothing of it"},
			func(s *sight) ternary.Value { return known(s.view.Account.Reseller, ternary.Bool) }},
		{ternary.Var{Name: "tenant.clearances", Type: ternary.IntType, Doc: "how often it was cleared before, in any family"},
			func(s *sight) ternary.Value { return ternary.Int(s.view.Clearances) }},
		{ternary.Var{Name: "tenant.confirmed", Type: ternary.IntType, Doc: "how often abuse was confirmed"},
			func(s *sight) ternary.Value { return ternary.Int(s.view.Confirmed) }},
	}
	burstFacts = append(tenantFacts[:len(tenantFacts):len(tenantFacts)],
		fact{ternary.Var{Name: "tenant.machines", Type: ternary.IntType, Doc: "how many machines it is known to run; for announcements only"},
			func(s *sight) ternary.Value {
				if s.view.More {
					return ternary.Unknown("it holds more of them than are looked at")
				}
				return ternary.Int(int64(len(s.view.Running)))
			}})
	findingFacts = append(tenantFacts[:len(tenantFacts):len(tenantFacts)],
		fact{ternary.Var{Name: "assets.count", Type: ternary.IntType, Doc: "how many assets the finding names"},
			func(s *sight) ternary.Value { return ternary.Int(int64(len(s.view.Finding.Named()))) }},
		fact{ternary.Var{Name: "assets.attributed", Type: ternary.BoolType, Doc: "every one of them is known to be held by the tenant; false where another one holds one; else unknown"},
			attributed},
		fact{ternary.Var{Name: "assets.held", Type: ternary.DurationType, Doc: "from the beginning of their youngest tenancy to the end of what was seen"},
			held},
		fact{ternary.Var{Name: "finding.rule", Type: ternary.StringType, Doc: "the id of the rule"},
			func(s *sight) ternary.Value { return ternary.String(s.view.Finding.Rule) }},
		fact{ternary.Var{Name: "finding.subject", Type: ternary.StringType, Doc: "what it is about: asset, tenant or principal"},
			func(s *sight) ternary.Value { return ternary.String(s.view.Finding.Subject.Kind.String()) }},
		fact{ternary.Var{Name: "finding.score", Type: ternary.DoubleType, Doc: "the sum of the weights of the terms that were met"},
			func(s *sight) ternary.Value { return ternary.Double(s.view.Finding.Score) }},
		fact{ternary.Var{Name: "finding.span", Type: ternary.DurationType, Doc: "from the beginning to the end of what was seen"},
			func(s *sight) ternary.Value {
				return ternary.Duration(s.view.Finding.Until.Sub(s.view.Finding.From))
			}},
		fact{ternary.Var{Name: "finding.families", Type: ternary.IntType, Doc: "how many families of evidence were met; CPU, creation, age and account facts are one"},
			func(s *sight) ternary.Value { return ternary.Int(int64(s.evidence.count)) }},
		fact{ternary.Var{Name: "finding.conclusive", Type: ternary.BoolType, Doc: "a sign without a lawful explanation, as the law counts it: for compute together with usage, for packets where they are measured"},
			func(s *sight) ternary.Value { return ternary.Bool(s.evidence.concludes(s.harm)) }},
		fact{ternary.Var{Name: "finding.final", Type: ternary.BoolType, Doc: "it is from closed panes, not told at once"},
			func(s *sight) ternary.Value { return ternary.Bool(s.view.Finding.Revision == evenkeel.Final) }},
		metFact(evenkeel.EvidenceUsage, "usage was met: CPU, creation, age, account facts"),
		metFact(evenkeel.EvidenceWire, "wire was met: flows, names, packets"),
		metFact(evenkeel.EvidenceProcess, "process was met: programs, files, payload"),
		metFact(evenkeel.EvidenceFleet, "fleet was met: identical across unrelated accounts"),
		metFact(evenkeel.EvidenceReport, "report was met: others say so"),
	)
)

// The scopes of expressions, made when they are first needed.
var (
	findingScope = sync.OnceValues(func() (*ternary.Scope, error) { return ternary.NewScope(vars(findingFacts)) })
	burstScope   = sync.OnceValues(func() (*ternary.Scope, error) { return ternary.NewScope(vars(burstFacts)) })
)

func vars(facts []fact) []ternary.Var {
	out := make([]ternary.Var, len(facts))
	for i, f := range facts {
		out[i] = f.Var
	}
	return out
}

// slots computes the slot vector of some facts.
func (s *sight) slots(facts []fact) []ternary.Value {
	out := make([]ternary.Value, len(facts))
	for i := range facts {
		out[i] = facts[i].of(s)
	}
	return out
}

func metFact(e evenkeel.Evidence, doc string) fact {
	return fact{ternary.Var{Name: "evidence." + e.String(), Type: ternary.BoolType, Doc: doc},
		func(s *sight) ternary.Value { return ternary.Bool(s.evidence.met[e]) }}
}

func known[T any](f evenkeel.Fact[T], as func(T) ternary.Value) ternary.Value {
	if !f.Known() {
		return ternary.Unknown(f.Unknown)
	}
	return as(f.Value)
}

// standing is unknown also where the books say so.
func standing(f evenkeel.Fact[evenkeel.Standing]) ternary.Value {
	if f.Known() && f.Value == evenkeel.StandingUnknown {
		return ternary.Unknown("the books say that the standing is unknown")
	}
	return known(f, func(s evenkeel.Standing) ternary.Value { return ternary.String(s.String()) })
}

// attributed asks of each named asset whether it was the tenant's. That nobody told is not
// that it was somebody else's.
func attributed(s *sight) ternary.Value {
	named := s.view.Finding.Named()
	if len(named) == 0 {
		return ternary.Unknown("the finding names no asset")
	}
	missing := evenkeel.AssetID("")
	for _, a := range named {
		switch {
		case s.view.holding(a) != nil:
		case s.view.others(a):
			return ternary.Bool(false)
		case missing == "":
			missing = a
		}
	}
	if missing != "" {
		return ternary.Unknown("the tenant is not known to have held " + string(missing) + " then")
	}
	return ternary.Bool(true)
}

// held is unknown where attributed is not true.
func held(s *sight) ternary.Value {
	whose := attributed(s)
	switch whose.Tri() {
	case ternary.Undecided:
		return whose
	case ternary.False:
		return ternary.Unknown("another tenant held one of them then")
	}
	from := evenkeel.Moment(0)
	for i, a := range s.view.Finding.Named() {
		if h := s.view.holding(a); i == 0 || h.From > from {
			from = h.From
		}
	}
	return ternary.Duration(s.view.Finding.Until.Sub(from))
}
