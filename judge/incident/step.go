package incident

import (
	"cmp"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Course follows breaches into incidents: it remembers those of the last minutes, so that whoever was touched first is in
// the incident that a later one begins. The zero value is good; not safe for concurrent use.
type Course struct {
	recent []Breach
	open   *docket.Incident              // nil: there is none
	first  evenkeel.Moment               // the first step: what was before is not known by itself
	more   map[evenkeel.AssetID]struct{} // sites beyond docket.MaxTouched, of the one that goes on
}

// remembered is how long breaches are that have begun nothing yet, and together how many tenants they have to touch.
const remembered = 2 * time.Minute

// Resume goes on with an incident of the books that is not over.
func (c *Course) Resume(i docket.Incident) { c.open = &i }

// Open is the incident that goes on; nil where there is none.
func (c *Course) Open() *docket.Incident { return c.open }

// Step takes in the breaches of a round and what is known now, and returns the incident where it is new or changed; nil
// otherwise. What was sent in the meantime, and that it was discarded, is kept as it is.
func (c *Course) Step(b Bounds, found []Breach, known Known, now evenkeel.Moment) *docket.Incident {
	b = b.filled()
	c.first = cmp.Or(c.first, now)
	if c.open == nil {
		c.recent = slices.DeleteFunc(append(c.recent, found...), func(x Breach) bool {
			return now.Sub(x.Until) > remembered && !(x.Unknown && now.Sub(x.Until) <= remembered+silent) // which is told late
		})
		began, tenants := beginning(c.recent)
		if tenants < b.least(known.Active) {
			return nil
		}
		c.open = &docket.Incident{ID: docket.NewIncidentID(began), Began: began, Drafted: now, Phase: docket.PhaseBegun}
		found, c.recent, c.more = c.recent, nil, nil
	}
	i := *c.open
	i.Touched = slices.Clone(i.Touched)
	changed := c.fold(&i, found) || len(i.Known)+len(i.Unknown) == 0
	cause := known.cause(&i)
	if cause && i.Phase == docket.PhaseBegun {
		i.Phase, changed = docket.PhaseIdentified, true
	}
	// Silence is no end: at half of its sites at least requests have to be served again.
	if now.Sub(max(i.Until, c.first)) >= b.Quiet && 2*known.Back >= len(i.Touched) {
		i.Phase, i.Over, changed = docket.PhaseOver, now, true
	}
	says, doubts := known.says(&i)
	if !slices.Equal(says, i.Known) || !slices.Equal(doubts, i.Unknown) {
		i.Known, i.Unknown, changed = says, doubts, true
	}
	c.open = &i
	if i.Over != 0 {
		c.open = nil
	}
	if !changed {
		return nil
	}
	return &i
}

// beginning is when the first of some breaches was, and how many tenants they touch, but for those that begin nothing.
func beginning(all []Breach) (began evenkeel.Moment, tenants int) {
	seen := map[evenkeel.TenantID]bool{}
	for _, b := range all {
		if !b.Held {
			if seen[b.Tenant] = true; began == 0 || b.From < began {
				began = b.From
			}
		}
	}
	return began, len(seen)
}

// fold takes breaches into an incident, each minute of a site once, and says whether that changed it. Those at sites whose visitors are
// held off are of it only as long as it has others.
func (c *Course) fold(i *docket.Incident, found []Breach) (changed bool) {
	upto, until := i.Counted, i.Until
	for _, b := range found {
		if !b.Held {
			until = max(until, b.Until)
		}
	}
	for _, b := range found {
		if b.From < upto && !b.Unknown {
			continue // it came again, after a restart
		}
		if b.Held && (b.From < i.Began || b.From >= until) {
			continue
		}
		t := docket.Touched{Tenant: b.Tenant, Site: b.Asset, From: b.From, Until: b.Until}
		n, there := slices.BinarySearchFunc(i.Touched, t, func(x, y docket.Touched) int {
			return cmp.Or(cmp.Compare(x.Tenant, y.Tenant), cmp.Compare(x.Site, y.Site))
		})
		switch {
		case there && b.Unknown && b.From < i.Touched[n].Until:
			continue
		case there:
		case len(i.Touched) >= docket.MaxTouched:
			if c.more == nil {
				c.more = map[evenkeel.AssetID]struct{}{}
			}
			if c.more[b.Asset] = struct{}{}; len(c.more) > i.More { // after a restart those of before are not known one by one
				i.More, changed = len(c.more), true
			}
			continue
		default:
			i.Touched = slices.Insert(i.Touched, n, t)
		}
		x := &i.Touched[n]
		x.From, x.Until = min(x.From, b.From), max(x.Until, b.Until)
		x.Wanted, x.Served = x.Wanted+b.Wanted, x.Served+b.Served
		if b.Unknown {
			x.Unknown++
		}
		i.Until, i.Counted, changed = max(i.Until, b.Until), max(i.Counted, b.Until), true
	}
	return changed
}
