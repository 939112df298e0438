package policy

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
)

// View is what a policy looks at: a finding and the facts, as they were at its time.
type View struct {
	Finding evenkeel.Finding
	Account evenkeel.Account
	// Judged is when a measure would begin; 0: at the finding's time. A flag that a person
	// granted since what was seen covers it too.
	Judged evenkeel.Moment
	// Holdings are the assets that the finding is about or names, as far as they are known.
	Holdings []evenkeel.Holding
	// Running are all machines of the tenant that are known to run then, for the envelopes
	// of flags.
	Running []evenkeel.Holding
	// More says that more run than those.
	More bool
	// Flags are those of the tenant and the family, revoked and past ones too; for an
	// announcement those of the first family that it is about.
	Flags []evenkeel.Flag
	// Clearances is how often the tenant was cleared before, in any family, and Confirmed
	// how often abuse was confirmed.
	Clearances int64
	Confirmed  int64
}

// Proposal is what a policy wants, what the table of how far a machine may go alone leaves
// of it, and why.
type Proposal struct {
	Family  *Family
	Policy  string           // digest
	Mode    evenkeel.Mode    // shadow where the policy or the rule is in shadow
	Row     string           // of the table, such as "compute, two families"
	Wanted  evenkeel.Measure // what the policy asks for
	Allowed evenkeel.Measure // at most Wanted: what a machine may do alone
	Why     []string         // what made Allowed less than Wanted, a sentence each
	// Conclusive says that the evidence leaves no lawful explanation; words of the tenant then
	// hold back less (judge/procedure).
	Conclusive bool

	Safeguards []evenkeel.Safeguard // every one, in the policy's order
	Flag       evenkeel.FlagID      // that covers it; "" none
	NotCovered []string             // why flags that were looked at do not cover it, a sentence each, and how many more do not
	// Params take the place of those of the measure's Terms: the envelope of a flag that covers
	// packets.
	Params map[string]string
}

// Earned is what a tenant may announce and have allowed by the policy itself.
type Earned struct {
	Families []string // of rules that an announcement is about; also where nothing is earned
	Granted  bool     // it is within the bounds
	Selector evenkeel.Selector
	Envelope evenkeel.Envelope
	From     evenkeel.Moment
	Until    evenkeel.Moment
	Policy   string // digest
	Why      string // a sentence: what bounds it keeps to, or why a person has to be asked
}

// Family is what a policy says about one family of rules.
type Family struct {
	Name   string
	Harm   Harm
	Ladder []evenkeel.Measure // from the mildest; what takes two persons is never a rung
	Clause string             // of the operator's terms, one sentence for the tenant
	Terms  map[evenkeel.Measure]Terms
	Clocks Clocks
	// Mandate is the most that an edge does by itself for a site whose visitors flood it, as the tenant agreed: challenge or shut;
	// none: it only tells. Of harm edge alone.
	Mandate  evenkeel.Measure
	Criteria []string // what a reviewer answers before a verdict
	// Tighter are numbers that go before those of a measure's params where a term was met, by its name; see ParamsOf.
	Tighter map[string]Rates
	// Victim says that whatever is found is a sign that somebody else got in; Signs are terms that
	// say so each for itself. TellVictims lets those who were attacked be written to; TellAttacked says
	// when that is done unasked.
	Victim      bool
	Signs       []string
	TellVictims bool

	TellAttacked Telling
}

// Helps says whether what was found is a sign that somebody else got in, so that the tenant is to be
// helped and not charged.
func (f *Family) Helps(basis []evenkeel.Basis) bool {
	if f.Victim {
		return true
	}
	return slices.ContainsFunc(basis, func(b evenkeel.Basis) bool {
		return slices.ContainsFunc(b.Terms, func(t evenkeel.Term) bool { return t.Weight > 0 && slices.Contains(f.Signs, t.Name) })
	})
}

// ParamsOf returns what goes with the order of a measure that rests on what was found. A limit is meant for what was
// found: one against floods lets a sweep through whole, and then limits nothing.
func (f *Family) ParamsOf(m evenkeel.Measure, found []evenkeel.Basis) map[string]string {
	params := maps.Clone(f.Terms[m].Params)
	if params == nil {
		return nil
	}
	for _, b := range found {
		for _, x := range b.Terms {
			if x.Weight <= 0 {
				continue
			}
			for key, most := range f.Tighter[x.Name] {
				if params[key] == "" && params[strings.TrimSuffix(key, perDestination)] == "" {
					continue // the measure limits nothing of the kind
				}
				if now, err := strconv.ParseUint(params[key], 10, 64); err != nil || most < now {
					params[key] = strconv.FormatUint(most, 10)
				}
			}
		}
	}
	return params
}

// perDestination ends the name of a number that holds for each destination.
const perDestination = "_to"

// Rates are numbers among the params of measures.
type Rates map[string]uint64

// Terms are what comes with a measure.
type Terms struct {
	Lease   time.Duration     // how long it stands
	Hearing time.Duration     // how long the tenant is heard before it is entered; 0 at once
	Params  map[string]string // for who enforces it; see ParamsOf
	Keeps   []string          // what the tenant can still do, a phrase each
}

// Clocks are the times that a family of rules gives to both sides.
type Clocks struct {
	TenantAnswer time.Duration // we ask for the tenant's answer within it
	OurAnswer    time.Duration // a person decides within it, once the tenant has spoken
	Appeal       time.Duration // a decision may be appealed within it
	Latch        time.Duration // after a clearance, only a person may take a measure
	// Page and SecondLevel are when, from the tenant's first words on, whoever is on call is
	// called, and then the second level; neither is later than OurAnswer.
	Page        time.Duration
	SecondLevel time.Duration
	// AppealAnswer is how long we take to decide on an appeal, and AppealDown where the
	// tenant's work is cut off; the latter is not longer.
	AppealAnswer time.Duration
	AppealDown   time.Duration
	Retrieval    time.Duration // the tenant can fetch its data, once the contract ends; at least 30 days
	Turn         time.Duration // every contact is tried, before the first restriction of whoever did not answer; 0: it does not wait
	Contacts     time.Duration // contacts that are none any more are told on, where they were changed while a case is open; at least a day
	// Answers are what takes the place of TenantAnswer for findings in which a term is met, by its name: the
	// class of a report, where others reported.
	Answers map[string]time.Duration
}
