package memory

import (
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
)

// checker looks at changes before they are kept: at what is kept, and at what is new in
// them so far.
type checker struct {
	*state
	in        *docket.Changes
	taken     map[string]bool
	cases     map[evenkeel.CaseID]*evenkeel.Case
	entries   map[evenkeel.CaseID]int64
	decisions map[evenkeel.DecisionID]*evenkeel.Decision
	flags     map[evenkeel.FlagID]*evenkeel.Flag
	reviews   map[docket.ReviewID]*docket.Review
	rests     map[evenkeel.DecisionID]bool // new decisions that rest on what two support
}

// check says what is wrong with changes, and takes apart what was sealed. Which decisions rest on
// what two persons support it writes into rests.
func check(s *state, in *docket.Changes, rests map[evenkeel.DecisionID]bool) ([]ledger.Line, error) {
	c := &checker{
		s, in, map[string]bool{}, map[evenkeel.CaseID]*evenkeel.Case{}, map[evenkeel.CaseID]int64{},
		map[evenkeel.DecisionID]*evenkeel.Decision{}, map[evenkeel.FlagID]*evenkeel.Flag{},
		map[docket.ReviewID]*docket.Review{}, rests,
	}
	for _, f := range []func() error{c.checkTaken, c.checkCases, c.checkReviews, c.checkEntries, c.checkRuns, c.checkDecisions, c.checkClocks, c.checkFlags, c.checkFindings, c.checkOutbox, c.checkPages, c.checkDispatches, c.checkInterests, c.checkGovernor, c.checkLearned, c.checkAudits, c.checkStages, c.checkReaches, c.checkIncidents} {
		if err := f(); err != nil {
			return nil, err
		}
	}
	if err := c.sealedAt(in.Sealed.Size); err != nil || len(in.Sealed.Leaves) == 0 {
		return nil, err
	}
	lines, err := in.Sealed.Lines()
	if err != nil {
		return nil, err
	}
	for i := range lines {
		if lines[i].Content != nil {
			if in.Tenant == "" {
				return nil, evenkeel.Invalid("ledger leaf %d has a content and the changes are about no tenant; expected whose it is", lines[i].N)
			}
			lines[i].Tenant = in.Tenant
		}
	}
	return lines, nil
}

// sealedAt wants the log to be as long as it was when leaves were sealed. Changes in which
// nothing was sealed may leave it open.
func (c *checker) sealedAt(size int64) error {
	if size != int64(len(c.lines)) && (size != 0 || len(c.in.Sealed.Leaves) > 0) {
		return conflict("leaves were sealed after %d of the ledger, which has %d", size, len(c.lines))
	}
	return nil
}

func conflict(format string, args ...any) error {
	return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: fmt.Sprintf(format, args...)}
}

func bad(words ...fmt.Stringer) bool {
	for _, w := range words {
		if w.String() == "invalid" {
			return true
		}
	}
	return false
}

func (c *checker) checkTaken() error {
	for _, key := range c.in.Taken {
		if _, taken := c.state.taken[key]; taken || c.taken[key] {
			return conflict("key %q: taken before", key)
		}
		c.taken[key] = true
	}
	return nil
}

// caseOf returns a case as it will be, or nil.
func (c *checker) caseOf(id evenkeel.CaseID) *evenkeel.Case {
	if x := c.cases[id]; x != nil {
		return x
	}
	if f := c.files[id]; f != nil {
		return &f.is
	}
	return nil
}

func (c *checker) checkCases() error {
	for i := range c.in.Cases {
		x := &c.in.Cases[i]
		if x.ID == "" || x.Tenant == "" || x.Family == "" || bad(x.State, x.Outcome) {
			return evenkeel.Invalid("case %q of tenant %q and family %q, %s, %s; expected all of them", x.ID, x.Tenant, x.Family, x.State, x.Outcome)
		}
		if old := c.caseOf(x.ID); old != nil && (old.Tenant != x.Tenant || old.Family != x.Family || old.Opened != x.Opened) {
			return conflict("case %s: it is kept as one of tenant %s and family %s, opened at %s", x.ID, old.Tenant, old.Family, old.Opened)
		}
		c.cases[x.ID] = x
	}
	return nil
}

func (c *checker) checkEntries() error {
	for i := range c.in.Entries {
		e := &c.in.Entries[i]
		n, seen := c.entries[e.Case]
		if f := c.files[e.Case]; f != nil && !seen {
			n = int64(len(f.entries))
		}
		switch {
		case c.caseOf(e.Case) == nil || bad(e.Kind):
			return evenkeel.Invalid("entry %d of case %q, of kind %s; expected a case that is kept, and a kind", e.Seq, e.Case, e.Kind)
		case e.Seq != n+1:
			return conflict("entry %d of case %s; expected number %d", e.Seq, e.Case, n+1)
		}
		c.entries[e.Case] = e.Seq
	}
	return nil
}

// decisionOf returns a decision as it will be, or nil.
func (c *checker) decisionOf(id evenkeel.DecisionID) *evenkeel.Decision {
	if x := c.decisions[id]; x != nil {
		return x
	}
	if f := c.decided[id]; f != nil {
		return &f.decisions[f.nth[id]]
	}
	return nil
}

func (c *checker) checkDecisions() error {
	for i := range c.in.Decisions {
		d := &c.in.Decisions[i]
		old := c.decisionOf(d.ID)
		switch {
		case d.ID == "" || bad(d.State, d.Mode, d.Measure):
			return evenkeel.Invalid("decision %q: %s, %s, %s; expected an id and words that exist", d.ID, d.Measure, d.State, d.Mode)
		case d.Until <= d.From:
			return evenkeel.Invalid("decision %s: from %s until %s; expected an end after the beginning", d.ID, d.From, d.Until)
		case c.caseOf(d.Case) == nil:
			return evenkeel.Invalid("decision %s of case %q; expected one that is kept", d.ID, d.Case)
		case old != nil && old.Case != d.Case:
			return conflict("decision %s: it is kept in case %s", d.ID, old.Case)
		case old != nil && old.State.Over() && !alike(old, d):
			return conflict("decision %s: it is %s, and nothing follows", d.ID, old.State)
		}
		if err := c.checkAgreed(old, d); err != nil {
			return err
		}
		if err := c.checkWithheld(old, d); err != nil {
			return err
		}
		c.decisions[d.ID] = d
	}
	return nil
}

func (c *checker) checkClocks() error {
	for i := range c.in.Clocks {
		if k := &c.in.Clocks[i]; c.caseOf(k.Case) == nil || bad(k.Kind) {
			return evenkeel.Invalid("clock %s of case %q; expected a case that is kept, and a kind", k.Kind, k.Case)
		}
	}
	return nil
}

// flagOf returns a flag as it will be, or nil.
func (c *checker) flagOf(id evenkeel.FlagID) *evenkeel.Flag {
	if x := c.flags[id]; x != nil {
		return x
	}
	if t, ok := c.flagged[id]; ok {
		for i := range c.tenants[t].flags {
			if f := &c.tenants[t].flags[i]; f.ID == id {
				return f
			}
		}
	}
	return nil
}

func (c *checker) checkFlags() error {
	for i := range c.in.Flags {
		f := &c.in.Flags[i]
		switch old := c.flagOf(f.ID); {
		case f.ID == "" || f.Tenant == "" || f.Family == "" || f.Until <= f.From:
			return evenkeel.Invalid("flag %q of tenant %q and family %q from %s until %s; expected all of them, and an end after the beginning", f.ID, f.Tenant, f.Family, f.From, f.Until)
		case f.Case != "" && c.caseOf(f.Case) == nil:
			return evenkeel.Invalid("flag %s of case %s; expected one that is kept", f.ID, f.Case)
		case old != nil && (old.Tenant != f.Tenant || old.Family != f.Family || old.From != f.From || old.Until != f.Until):
			return conflict("flag %s: it is kept as one of tenant %s and family %s from %s until %s", f.ID, old.Tenant, old.Family, old.From, old.Until)
		case old != nil && old.Revoked != 0 && f.Revoked == 0:
			return conflict("flag %s: it was revoked at %s", f.ID, old.Revoked)
		}
		c.flags[f.ID] = f
	}
	return nil
}

func (c *checker) checkFindings() error {
	for i := range c.in.Findings {
		if f := &c.in.Findings[i]; f.ID == "" || bad(f.Revision) {
			return evenkeel.Invalid("finding %q, %s; expected an id, and provisional or final", f.ID, f.Revision)
		}
	}
	return nil
}
