package gateway

import (
	"cmp"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/section"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

// Attack is what came to a site, and what it took, from the first second above Observe until it was back and quiet (stage.LeastQuiet). The sum is that
// of all that came meanwhile, the site's own users included: no edge can tell what of it was theirs.
type Attack struct {
	Site        site.ID
	Tenant      evenkeel.TenantID
	From, Until evenkeel.Moment // Until: the last second that was pressed or above Observe
	Running     bool
	Highest     stage.Stage
	Sum
	Stages [stage.Page + 1]AtStage
	Beyond time.Duration // for which the absorb budget was spent
}

// AtStage is what one stage did in an attack, rules that stood beside it included. For how long it was is in Attack.At.
type AtStage struct {
	Held  uint64        // requests that were asked, refused or turned away
	Saved time.Duration // of the backends; see prices
}

// How many attacks are remembered: of all sites, of one, and for how long. All are 2 MB.
const (
	MostAttacks     = 4096
	MostAttacksEach = 100
	AttacksFor      = 30 * 24 * time.Hour
)

// costs are the attacks that are remembered. The scribe writes.
type costs struct {
	mu      sync.Mutex
	running map[*domain]*Attack
	ended   []Attack      // the oldest first
	version atomic.Uint64 // another one after each change
}

// spend adds a second of a site to its attack, if there is one.
func (s *scribe) spend(d *domain, now evenkeel.Moment, turn *stage.Turn, came *Sum, took time.Duration) {
	if turn.Stage == stage.Observe && !d.attacked {
		return
	}
	c := &s.e.costs
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.version.Add(1)
	a := c.running[d]
	if a == nil {
		of := d.site.Load()
		a = &Attack{Site: of.ID, Tenant: of.Tenant, From: now.Add(-took), Running: true}
		if c.running == nil {
			c.running = map[*domain]*Attack{}
		}
		c.running[d] = a
		d.attacked = true
	}
	a.plus(came)
	a.At[turn.From] += took
	a.Highest = max(a.Highest, turn.Stage)
	at := &a.Stages[turn.From]
	at.Held += came.Asked + came.Refused + came.Turned
	at.Saved += came.Saved
	if turn.Stage > stage.Observe || turn.Pressed {
		a.Until = now
	}
	if turn.Spent.Over(turn.Budget) {
		a.Beyond += took
	}
	if turn.Stage > stage.Observe || turn.Pressed || turn.Quiet < stage.LeastQuiet {
		return
	}
	delete(c.running, d)
	d.attacked = false
	c.end(*a, now)
}

// end remembers an attack that is over.
func (c *costs) end(a Attack, now evenkeel.Moment) {
	a.Running = false
	same := 0
	for i := range c.ended {
		if c.ended[i].Site == a.Site {
			same++
		}
	}
	over := max(same+1-MostAttacksEach, 0)
	c.ended = slices.DeleteFunc(append(c.ended, a), func(x Attack) bool {
		if x.Site == a.Site && over > 0 {
			over--
			return true
		}
		return now.Sub(x.Until) > AttacksFor
	})
	if n := len(c.ended) - MostAttacks; n > 0 {
		c.ended = slices.Delete(c.ended, 0, n)
	}
}

// Attacks are those of the last AttacksFor that are remembered, the newest first; of one site where one is named.
func (e *Edge) Attacks(of site.ID) (out []Attack) {
	now := e.now()
	c := &e.costs
	c.mu.Lock()
	for _, a := range c.running {
		out = append(out, *a)
	}
	out = append(out, c.ended...)
	c.mu.Unlock()
	out = slices.DeleteFunc(out, func(a Attack) bool {
		return of != "" && a.Site != of || now.Sub(a.Until) > AttacksFor && !a.Running
	})
	slices.SortStableFunc(out, func(a, b Attack) int {
		return cmp.Or(cmp.Compare(b.From, a.From), cmp.Compare(a.Site, b.Site))
	})
	return out
}

// AttacksVersion is another number after anything of Attacks changed.
func (e *Edge) AttacksVersion() uint64 { return e.costs.version.Load() }

// The form of attacks that are kept over a restart.
const (
	costsMagic   = "EKCO"
	costsVersion = 1
)

// numbers are what is kept of an attack, in the order of the form.
func (a *Attack) numbers(word func(*uint64), span func(*time.Duration)) {
	for _, x := range [...]*uint64{&a.Visits, &a.Passed, &a.Failed, &a.Wanted, &a.Served, &a.Asked, &a.Solved, &a.Refused, &a.Turned, &a.Bytes} {
		word(x)
	}
	for _, x := range [...]*time.Duration{&a.Edge, &a.Backend, &a.Saved, &a.Beyond} {
		span(x)
	}
	for i := range a.Stages {
		span(&a.At[i])
		word(&a.Stages[i].Held)
		span(&a.Stages[i].Saved)
	}
}

// SaveAttacks writes the attacks that are remembered. It may be called beside Run.
func (e *Edge) SaveAttacks(to io.Writer) error {
	c := &e.costs
	c.mu.Lock()
	all := slices.Clone(c.ended)
	for _, a := range c.running {
		all = append(all, *a)
	}
	c.mu.Unlock()
	all = all[max(len(all)-2*MostAttacks, 0):] // as many as LoadAttacks takes
	w := section.NewWriter(to, costsMagic, costsVersion)
	w.Begin("cost")
	w.Uvarint(uint64(len(all)))
	for i := range all {
		a := &all[i]
		w.Text(string(a.Site))
		w.Text(string(a.Tenant))
		w.Uint64(uint64(a.From))
		w.Uint64(uint64(a.Until))
		w.Bool(a.Running)
		w.Uvarint(uint64(a.Highest))
		a.numbers(func(x *uint64) { w.Uvarint(*x) }, func(x *time.Duration) { w.Uvarint(uint64(min(max(*x, 0), stage.MostCost))) })
	}
	_, err := w.Close()
	return err
}

// LoadAttacks takes up what SaveAttacks wrote, before Run and after Load. An attack that was running goes on where its site is still above Observe, and
// else it ended when it was last seen. What cannot be read is as if it were not there.
func (e *Edge) LoadAttacks(from io.Reader) error {
	r := section.NewReader(from, costsMagic, costsVersion)
	var all []Attack
	r.Begin("cost")
	for range r.Count(2 * MostAttacks) {
		a := Attack{Site: site.ID(r.Text(mostSiteID)), Tenant: evenkeel.TenantID(r.Text(mostSiteID))}
		a.From, a.Until, a.Running = evenkeel.Moment(r.Uint64()), evenkeel.Moment(r.Uint64()), r.Bool()
		highest := r.Uvarint()
		if highest > uint64(stage.Page) {
			r.Fail("an attack at stage %d", highest)
		}
		a.Highest = stage.Stage(highest)
		a.numbers(func(x *uint64) { *x = r.Uvarint() }, func(x *time.Duration) { *x = time.Duration(min(r.Uvarint(), uint64(stage.MostCost))) })
		if r.Err() != nil {
			break
		}
		all = append(all, a)
	}
	if err := r.Close(); err != nil {
		return err
	}
	now, domains, c := e.now(), *e.domains.Load(), &e.costs
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range all {
		if d := domains[a.Site]; a.Running && d != nil && d.at() > stage.Observe && !d.attacked {
			if c.running == nil {
				c.running = map[*domain]*Attack{}
			}
			c.running[d] = &a
			d.attacked = true
			continue
		}
		c.end(a, now)
	}
	return nil
}
