package report

import (
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"golang.org/x/mod/sumdb/tlog"
)

// taken is a measure that took effect: a decision, and those that went on with the same measure in its
// place, as where a person upheld or renewed it, or an asset left.
type taken struct {
	family, rule string
	measure      evenkeel.Measure
	persons      int             // who brought it into force first
	began        evenkeel.Moment // the first of its decisions
	at           evenkeel.Moment // the newest of them
	assets       int             // of the newest
	ended        evenkeel.Moment // 0: it stood when the log ended
	gaveWay      bool            // it ended since another decision came in its place
	lifted       bool            // by a person
	verdict      evenkeel.Outcome
	within       bool          // it took effect in the quarter
	time, ofAll  time.Duration // of the decisions before the newest: how long, and times their assets
}

// overturned says that it did not stand: its case was closed in the tenant's favour, or a person
// lifted it and the case was not closed against the tenant.
func (t *taken) overturned() bool { return t.verdict.Cleared() || t.lifted && t.verdict == 0 }

func (t *taken) reviewed() bool { return t.lifted || t.verdict != 0 }

// goesOn says whether a decision that begins goes on with this one: what gave way at that moment, to
// the same measure.
func (t *taken) goesOn(l *ledger.Leaf) bool {
	return t.gaveWay && t.ended == l.At && t.measure == l.Measure && t.family == l.Family
}

// goOn takes in the next decision of it.
func (t *taken) goOn(l *ledger.Leaf) {
	t.time, t.ofAll = t.stood(l.At)
	t.at, t.assets, t.ended, t.gaveWay = l.At, l.Assets, 0, false
}

// end takes in that it ended. Where a person lifts it while the case is open, what was found before in
// the case is in question, and what is found next counts.
func (t *taken) end(l *ledger.Leaf, byPerson, shut bool) {
	t.ended, t.gaveWay, t.lifted = l.At, l.State == evenkeel.Superseded, l.State == evenkeel.Lifted && byPerson
	if t.lifted && !shut && !t.verdict.Cleared() {
		t.verdict = 0
	}
}

// folder is what is remembered of a case.
type folder struct {
	known   bool            // a leaf of the case itself was met
	shut    bool            // it is closed
	open    []int           // measures that took effect, and the case was not closed in the tenant's favour since
	machine evenkeel.Moment // since when a machine's decision waits for a person, or 0
	word    evenkeel.Moment // since when a tenant's word does, or 0
	gave    evenkeel.Moment // when a lawful order gave way last, or 0
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

// stood is for how long a measure was in force, until now where it is still; and that times its assets.
func (t *taken) stood(now evenkeel.Moment) (whole, ofAll time.Duration) {
	end := t.ended
	if end == 0 {
		end = max(now, t.at)
	}
	d := max(end.Sub(t.at), 0)
	return t.time + d, t.ofAll + d*time.Duration(t.assets)
}
