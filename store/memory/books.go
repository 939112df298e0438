package memory

import (
	"cmp"
	"context"
	"crypto/rand"
	"io"
	"slices"
	"sync"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"golang.org/x/mod/sumdb/tlog"
)

// Books are the books in memory.
type Books struct {
	turn chan struct{} // holds one while a transaction runs; who waits, waits for room in it
	mu   sync.RWMutex  // readers against the keeping
	kept state
}

// state is all that is kept. Between transactions it changes nowhere, so a transaction reads
// it without a lock.
type state struct {
	random    io.Reader
	taken     map[string]struct{}
	upheld    []string // those of taken that docket.UpheldKey made
	files     map[evenkeel.CaseID]*file
	tenants   map[evenkeel.TenantID]*tenant
	decided   map[evenkeel.DecisionID]*file // the case of each decision
	flagged   map[evenkeel.FlagID]evenkeel.TenantID
	findings  map[string]evenkeel.Finding // by docket.FindingKey
	sent      sent
	governor  governor
	pages     pages
	learned   learned
	staged    staged
	incidents incidents
	naming    map[evenkeel.AssetID]map[evenkeel.DecisionID]evenkeel.CaseID // of live decisions that are not over
	due       []dueCase                                                    // one for each case with a running clock, the first due first
	lines     []ledger.Line
	hashes    []tlog.Hash

	reviewed  map[docket.ReviewID]*docket.Review
	interests map[interest]evenkeel.Moment
	agreed    map[evenkeel.DecisionID]bool // of decisions that take two: what they rest on was there when they were made
}

// file is what is kept of a case.
type file struct {
	is        evenkeel.Case
	entries   []evenkeel.Entry
	decisions []evenkeel.Decision // in the order of their making
	nth       map[evenkeel.DecisionID]int
	running   []docket.Clock // not ended, in the order of docket.CompareClocks
	ended     []docket.Clock
	orders    []*sentOrder // in the order of their writing
	notices   []*sentNotice
	reviews   []*docket.Review // opened first first, then by id
	pages     []*sentPage
	reach     docket.Reach // zero: no contacts were changed
}

// tenant is what is kept of a tenant.
type tenant struct {
	cases  []*file         // newest first
	flags  []evenkeel.Flag // by From and ID
	runs   []evenkeel.AssetID
	key    ledger.Key
	made   bool // the key was
	erased bool
}

type dueCase struct {
	due evenkeel.Moment
	id  evenkeel.CaseID
}

func compareDue(a, b dueCase) int { return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.id, b.id)) }

// New makes empty books. Keys for commitments are made of random; nil: of the system's.
func New(random io.Reader) *Books {
	if random == nil {
		random = rand.Reader
	}
	return &Books{turn: make(chan struct{}, 1), kept: state{
		random: random, taken: map[string]struct{}{}, files: map[evenkeel.CaseID]*file{}, tenants: map[evenkeel.TenantID]*tenant{},
		decided: map[evenkeel.DecisionID]*file{}, flagged: map[evenkeel.FlagID]evenkeel.TenantID{},
		findings: map[string]evenkeel.Finding{}, naming: map[evenkeel.AssetID]map[evenkeel.DecisionID]evenkeel.CaseID{},
		reviewed: map[docket.ReviewID]*docket.Review{}, interests: map[interest]evenkeel.Moment{}, agreed: map[evenkeel.DecisionID]bool{},
		sent:     sent{orders: map[evenkeel.OrderID]*sentOrder{}, notices: map[evenkeel.NoticeID]*sentNotice{}},
		governor: newGovernor(),
		learned:  learned{map[evenkeel.CaseID]docket.Lesson{}, map[docket.CreditID]docket.Credit{}, map[docket.AuditID]docket.Audit{}},
		staged:   newStaged(),
	}}
}

// Transact calls f with a transaction and keeps all of what f put, or nothing of it.
func (b *Books) Transact(ctx context.Context, f func(docket.Tx) error) error {
	if err := over(ctx); err != nil {
		return err
	}
	select {
	case b.turn <- struct{}{}:
	case <-ctx.Done():
		return over(ctx)
	}
	defer func() { <-b.turn }()
	tx := &tx{state: &b.kept, rests: map[evenkeel.DecisionID]bool{}}
	if err := f(tx); err != nil {
		return err
	}
	if tx.refused != nil {
		return tx.refused
	}
	if err := over(ctx); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	tx.keep()
	return nil
}

// Peek calls f with a transaction of which nothing is kept. What is kept does not change meanwhile.
func (b *Books) Peek(ctx context.Context, f func(docket.Tx) error) error {
	if err := over(ctx); err != nil {
		return err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	return f(&tx{state: &b.kept, rests: map[evenkeel.DecisionID]bool{}, peeks: true})
}

// Each keeps one after the other.
func (b *Books) Each(ctx context.Context, n int, f func(i int, tx docket.Tx) error) []error {
	return docket.OneByOne(ctx, b.Transact, n, f)
}

// change calls f when nobody reads and no transaction runs.
func (b *Books) change(ctx context.Context, f func() error) error {
	if err := over(ctx); err != nil {
		return err
	}
	select {
	case b.turn <- struct{}{}:
	case <-ctx.Done():
		return over(ctx)
	}
	defer func() { <-b.turn }()
	b.mu.Lock()
	defer b.mu.Unlock()
	return f()
}

// Due returns the cases with a running clock that is due, the one that is due first first.
func (b *Books) Due(ctx context.Context, now evenkeel.Moment, max int) ([]evenkeel.CaseID, error) {
	if err := over(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	var out []evenkeel.CaseID
	for _, d := range b.kept.due {
		if d.due > now || len(out) >= max {
			break
		}
		out = append(out, d.id)
	}
	return out, nil
}

// Naming returns the cases in which a live decision that is not over names the asset.
func (b *Books) Naming(ctx context.Context, a evenkeel.AssetID) ([]evenkeel.CaseID, error) {
	if err := over(ctx); err != nil {
		return nil, err
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	var out []evenkeel.CaseID
	for _, c := range b.kept.naming[a] {
		out = append(out, c)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// over says that a context has ended.
func over(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "the books were not asked to the end", Err: err}
	}
	return nil
}

func notFound(what, id string) error {
	return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: what + " " + id + ": not found"}
}

// of returns what is kept of a tenant, to change it.
func (s *state) of(id evenkeel.TenantID) *tenant {
	t := s.tenants[id]
	if t == nil {
		t = &tenant{}
		s.tenants[id] = t
	}
	return t
}

// newest returns the newest case of a tenant and a family, or nil.
func (s *state) newest(id evenkeel.TenantID, family string) *file {
	if t := s.tenants[id]; t != nil {
		for _, f := range t.cases {
			if f.is.Family == family {
				return f
			}
		}
	}
	return nil
}

// prior returns the tenant's other cases, newest first: the newest, and of those that protect
// it still as many of each kind.
func (s *state) prior(id evenkeel.TenantID, family string, but *file) (out []evenkeel.Case) {
	t := s.tenants[id]
	if t == nil {
		return nil
	}
	chosen := map[*file]bool{}
	choose := func(all []*file, is func(*file) bool) {
		for n, i := 0, 0; i < len(all) && n < docket.MaxPrior; i++ {
			if f := all[i]; f != but && is(f) {
				chosen[f] = true
				n++
			}
		}
	}
	cleared := func(f *file) bool { return f.is.Cleared != 0 || f.is.Outcome.Cleared() }
	choose(t.cases, func(*file) bool { return true })
	choose(t.cases, func(f *file) bool { return f.is.State != evenkeel.CaseClosed })
	last := slices.SortedStableFunc(slices.Values(t.cases), func(a, b *file) int { return cmp.Compare(b.is.Cleared, a.is.Cleared) })
	choose(last, cleared)
	choose(last, func(f *file) bool { return cleared(f) && f.is.Family == family })
	for _, f := range t.cases {
		if chosen[f] {
			out = append(out, f.is)
		}
	}
	return out
}

// flags returns the tenant's flags that are wanted, by From and ID.
func (s *state) flags(id evenkeel.TenantID, wanted func(*evenkeel.Flag) bool) (out []evenkeel.Flag) {
	if t := s.tenants[id]; t != nil {
		for i := range t.flags {
			if wanted(&t.flags[i]) {
				out = append(out, t.flags[i])
			}
		}
	}
	return out
}

// put puts x into a sorted list, or in the place of the one that is the same.
func put[T any](list []T, x T, compare func(a, b T) int) []T {
	i, found := slices.BinarySearchFunc(list, x, compare)
	if found {
		list[i] = x
		return list
	}
	return slices.Insert(list, i, x)
}
