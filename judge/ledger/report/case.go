package report

import (
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"golang.org/x/mod/sumdb/tlog"
)

// taken is a decision that took effect.
type taken struct {
	family, rule string
	measure      evenkeel.Measure
	assets       int
	persons      int
	at           evenkeel.Moment
	ended        evenkeel.Moment // 0: it stood when the log ended
	lifted       bool            // by a person
	verdict      evenkeel.Outcome
	within       bool // it took effect in the quarter
}

// overturned says that it did not stand: its case was closed in the tenant's favour, or a person
// lifted it and the case was not closed against the tenant.
func (t *taken) overturned() bool { return t.verdict.Cleared() || t.lifted && t.verdict == 0 }

func (t *taken) reviewed() bool { return t.lifted || t.verdict != 0 }

// folder is what is remembered of a case.
type folder struct {
	known   bool            // a leaf of the case itself was met
	open    []int           // decisions that took effect, and no verdict is on yet
	machine evenkeel.Moment // since when a machine's decision waits for a person, or 0
	word    evenkeel.Moment // since when a tenant's word does, or 0
	closed  bool            // in the quarter
	busy    int             // minutes of people, as its last closing in the quarter says; 0: none, or not said
}

// link finds the decision that a leaf goes on with. Version 2 says which it is. Version 1 says as
// much as this: where two are alike in all of it, it is the same for every figure which is which.
type link struct {
	id      tlog.Hash
	from    evenkeel.Moment
	measure evenkeel.Measure
	assets  int
}

func linkOf(l *ledger.Leaf) link { return link{l.Subject, l.From, l.Measure, l.Assets} }

// standing are decisions that took effect and have not ended, each under its own name and under
// what version 1 says of it.
type standing struct {
	byID   map[tlog.Hash]int
	byLink map[link][]int
}

func (s *standing) add(l *ledger.Leaf, i int) {
	if l.Decision != (tlog.Hash{}) {
		s.byID[l.Decision] = i
		return
	}
	s.byLink[linkOf(l)] = append(s.byLink[linkOf(l)], i)
}

// take returns the decision that a leaf ends; false where it is not known to have begun.
func (s *standing) take(l *ledger.Leaf) (int, bool) {
	if i, ok := s.byID[l.Decision]; ok && l.Decision != (tlog.Hash{}) {
		delete(s.byID, l.Decision)
		return i, true
	}
	k := linkOf(l) // it may have begun under version 1
	all := s.byLink[k]
	if len(all) == 0 {
		return 0, false
	}
	if s.byLink[k] = all[1:]; len(all) == 1 {
		delete(s.byLink, k)
	}
	return all[0], true
}

// stood is for how long a measure was in force; until now where it is still.
func (t *taken) stood(now evenkeel.Moment) time.Duration {
	end := t.ended
	if end == 0 {
		end = max(now, t.at)
	}
	return max(end.Sub(t.at), 0)
}
