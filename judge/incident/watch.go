package incident

import (
	"cmp"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Bounds are when requests that are not served are a breach, and when breaches are the platform's.
type Bounds struct {
	// Share is what of a site's requests has to be served in a minute, 0 to 1. 0: 0.95.
	Share float64
	// Wanted is how many requests a minute needs to count at all: of fewer a share says nothing. 0: 20.
	Wanted int64
	// Tenants is how many tenants have to be touched at once, and never less than a hundredth of those whose sites are
	// visited: with fewer it is their own affair, or an attack on one of them that reaches nobody else. 0: 3.
	Tenants int
	// Quiet is how long all has to be served before an incident is over. 0: 10 minutes.
	Quiet time.Duration
}

func (b Bounds) filled() Bounds {
	b.Share = cmp.Or(b.Share, 0.95)
	b.Wanted = cmp.Or(b.Wanted, 20)
	b.Tenants = cmp.Or(b.Tenants, 3)
	b.Quiet = cmp.Or(b.Quiet, 10*time.Minute)
	return b
}

// least is how many tenants have to be touched at once where so many have visitors.
func (b *Bounds) least(active int) int { return max(b.Tenants, (active+99)/100) }

// together is how many tenants' own backends have to fail, or visitors be held off, in one minute for that to be no longer their own
// affair: many that fail at once have something in common.
func together(active int) int { return max(5, (active+4)/5) }

const (
	minute = time.Minute
	// late is how long after its end a minute is waited for.
	late = 10 * time.Second
	// silent is how long nothing comes of an edge before it counts as silent: two of the longest intervals that a quiet edge
	// tells of (a minute), and a half for what is under way.
	silent = 150 * time.Second
	// ahead is how far a clock may be ahead; what is told of later minutes is not believed.
	ahead = time.Minute
	// gone is how long a silent edge is one that ought to be there; beyond, somebody took it away, but for one that fell
	// silent before an incident that goes on.
	gone = time.Hour
	// lately is how old the traffic of a site may be for a silent edge to say anything about it.
	lately = 10 * time.Minute

	maxSites = 200_000 // that are followed at once; others are counted in Left
	maxEdges = 4096
	maxOf    = 16 // edges that one site is known to be served by
	maxOpen  = 8  // minutes of one site that are not over
)

// Breach is a minute of a site in which its requests were not served, and not for what its own backends failed.
type Breach struct {
	Tenant         evenkeel.TenantID
	Asset          evenkeel.AssetID
	From, Until    evenkeel.Moment
	Wanted, Served int64
	Unknown        bool // nothing was counted: every edge that had served the site is silent
	Held           bool // the site's visitors were held off: it says nothing of the platform by itself
}

// Watch makes breaches of what edges count. It holds a minute or two of each site, whatever comes; not safe for
// concurrent use.
type Watch struct {
	bounds Bounds
	open   map[evenkeel.AssetID]*site
	edges  map[string]evenkeel.Moment // when each was heard last
	closed evenkeel.Moment            // minutes before are told
	active int                        // tenants with visitors of late, as of the last round
	keeps  bool                       // edges that are gone: an incident goes on
	Late   uint64                     // counts that came after their minute was told
	Left   uint64                     // counts of sites and edges beyond what is followed
	Ahead  uint64                     // counts of minutes that have not come yet: a clock is wrong
}

// site is what is known of one.
type site struct {
	minutes []count
	lately  evenkeel.Moment // the last minute in which enough was wanted
	by      []served        // edges that it came to
	// toldUnheard is the end of the last minute that was told of which nothing was heard.
	toldUnheard evenkeel.Moment
	// well is the end of the last minute by which enough was wanted, and served, since it was judged last.
	well           evenkeel.Moment
	wanted, served int64 // since then
	// ill is the end of the last minute in which enough was wanted where that was not served, whoever failed; 0: it was.
	ill evenkeel.Moment
}

type count struct {
	at                             evenkeel.Moment // the minute's beginning
	wanted, served, failed, visits int64
	held                           int64 // refused, or asked for something
	staged                         bool  // above the stage at which all go on
}

// attacked says whether visitors were held off. Those for whom there was no place do not say so: that may be the platform's want.
func (c *count) attacked() bool { return c.staged || c.held > c.visits/10 }

type served struct {
	edge string
	at   evenkeel.Moment // the last minute
}

// NewWatch returns one that has seen nothing.
func NewWatch(b Bounds) *Watch {
	return &Watch{bounds: b.filled(), open: map[evenkeel.AssetID]*site{}, edges: map[string]evenkeel.Moment{}}
}

// Add takes in a count of an edge: of its parts those that say how many requests were wanted and served, and what was the site's own.
// What is told of minutes that have not come yet is left out: of an edge whose clock is wrong nothing is known.
func (w *Watch) Add(edge string, u *evenkeel.Usage, now evenkeel.Moment) {
	if u.Meter != evenkeel.MeterSite || !counts(u.Part) || !(u.Value >= 0 && u.Value < 1<<40) {
		return
	}
	if u.At > now.Add(ahead) {
		w.Ahead++
		return
	}
	if last, known := w.edges[edge]; known || len(w.edges) < maxEdges {
		w.edges[edge] = max(last, u.At)
	}
	at := floor(u.At - 1) // an interval that ends with a minute is of that minute
	if at < w.closed {
		w.Late++
		return
	}
	s := w.open[u.Asset]
	if s == nil {
		if u.Value == 0 {
			return
		}
		if len(w.open) >= maxSites {
			w.Left++
			return
		}
		s = &site{}
		w.open[u.Asset] = s
	}
	i := slices.IndexFunc(s.minutes, func(c count) bool { return c.at == at })
	if i < 0 {
		if len(s.minutes) >= maxOpen { // nobody asks for what is over
			w.Left++
			return
		}
		s.minutes, i = append(s.minutes, count{at: at}), len(s.minutes)
	}
	c, v := &s.minutes[i], int64(u.Value)
	switch u.Part {
	case evenkeel.PartWanted:
		c.wanted += v
		if v > 0 {
			s.cameTo(edge, at)
		}
	case evenkeel.PartServed:
		c.served += v
	case evenkeel.PartFailed:
		c.failed += v
	case evenkeel.PartVisits:
		c.visits += v
	case evenkeel.PartRefused, evenkeel.PartAsked:
		c.held += v
	default:
		c.staged = c.staged || v > 0
	}
}

// counts says whether a part says anything here.
func counts(p evenkeel.Part) bool {
	switch p {
	case evenkeel.PartWanted, evenkeel.PartServed, evenkeel.PartFailed, evenkeel.PartVisits, evenkeel.PartRefused, evenkeel.PartAsked,
		evenkeel.PartAtFilter, evenkeel.PartAtCookie, evenkeel.PartAtProof, evenkeel.PartAtQueue, evenkeel.PartAtPage:
		return true
	}
	return false
}

func (s *site) cameTo(edge string, at evenkeel.Moment) {
	i := slices.IndexFunc(s.by, func(b served) bool { return b.edge == edge })
	switch {
	case i >= 0:
		s.by[i].at = max(s.by[i].at, at)
	case len(s.by) < maxOf:
		s.by = append(s.by, served{edge, at})
	default:
		oldest := 0
		for n := range s.by {
			if s.by[n].at < s.by[oldest].at {
				oldest = n
			}
		}
		s.by[oldest] = served{edge, at}
	}
}

// floor is the beginning of a moment's minute.
func floor(at evenkeel.Moment) evenkeel.Moment { return at - at%evenkeel.Moment(minute) }

// Keep says whether an incident goes on: while it does, an edge that is silent is not forgotten, nor is a site of which nothing comes.
func (w *Watch) Keep(goesOn bool) { w.keeps = goesOn }

// Active is how many tenants had visitors of late, as of the last round.
func (w *Watch) Active() int { return w.active }

// Back is at how many of the sites that an incident touches enough was wanted and served after the last minute in which it was not.
func (w *Watch) Back(i *docket.Incident) (n int) {
	for k := range i.Touched {
		if s := w.open[i.Touched[k].Site]; s != nil && s.well > i.Touched[k].Until {
			n++
		}
	}
	return n
}

// Disturbed is at how many sites the last minute that says anything, of the last ten, had too many requests that were not served:
// for want of the platform, of the site's own backends, or since visitors were held off. One site is enough.
func (w *Watch) Disturbed(now evenkeel.Moment) (n int) {
	for _, s := range w.open {
		if s.ill != 0 && now.Sub(s.ill) <= lately {
			n++
		}
	}
	return n
}

// Edges are how many edges are known, and which of them are silent at a moment, by name.
func (w *Watch) Edges(now evenkeel.Moment) (known int, quiet []string) {
	for edge, last := range w.edges {
		switch age := now.Sub(last); {
		case age > gone && !w.keeps:
			delete(w.edges, edge)
			continue
		case age > silent:
			quiet = append(quiet, edge)
		}
		known++
	}
	slices.Sort(quiet)
	return known, quiet
}

// Round tells the breaches of the minutes that are over by now, each once, by minute, then site. Whose a site is says
// holder, as of the minute; what nobody holds is nobody's.
func (w *Watch) Round(now evenkeel.Moment, holder func(evenkeel.AssetID, evenkeel.Moment) (evenkeel.TenantID, bool)) (out []Breach) {
	before := floor(now.Add(-late))
	if before <= w.closed {
		return nil
	}
	_, quiet := w.Edges(now)
	active := map[evenkeel.TenantID]bool{}
	var own []Breach // what sites may have missed by themselves
	for id, s := range w.open {
		var told, mine []Breach
		slices.SortFunc(s.minutes, func(a, b count) int { return cmp.Compare(a.at, b.at) })
		s.minutes = slices.DeleteFunc(s.minutes, func(c count) bool {
			if c.at >= before {
				return false
			}
			if b, breach, platform := w.judge(s, &c); breach {
				b.Asset = id
				if platform {
					told = append(told, b)
				} else {
					mine = append(mine, b)
				}
			}
			return true
		})
		told = append(told, w.unheard(id, s, before, quiet)...)
		if t, held := holder(id, before); held && before.Sub(s.newest()) <= gone {
			active[t] = true
		}
		out, own = held(out, told, holder), held(own, mine, holder)
		if len(s.minutes) == 0 && now.Sub(s.newest()) > gone && !w.keeps {
			delete(w.open, id)
		}
	}
	w.active = len(active)
	out = append(out, common(own, w.active)...)
	w.closed = before
	slices.SortFunc(out, func(a, b Breach) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Asset, b.Asset)) })
	return out
}

// held adds those breaches of sites that somebody holds.
func held(out, found []Breach, holder func(evenkeel.AssetID, evenkeel.Moment) (evenkeel.TenantID, bool)) []Breach {
	for _, b := range found {
		if t, ok := holder(b.Asset, b.From); ok {
			b.Tenant = t
			out = append(out, b)
		}
	}
	return out
}

// judge says whether a minute that is over is a breach, and whether that is the platform's: it is not for what backends failed, and not at
// a site whose visitors are held off.
func (w *Watch) judge(s *site, c *count) (b Breach, breach, platform bool) {
	if s.wanted, s.served = s.wanted+c.wanted, s.served+min(c.served, c.wanted); s.wanted >= w.bounds.Wanted {
		if float64(s.served) >= w.bounds.Share*float64(s.wanted) {
			s.well = max(s.well, c.at.Add(minute))
		}
		s.wanted, s.served = 0, 0
	}
	if c.wanted < w.bounds.Wanted {
		return b, false, false
	}
	s.lately = max(s.lately, c.at)
	enough := func(served int64) bool { return float64(served) >= w.bounds.Share*float64(c.wanted) }
	if s.ill = 0; enough(c.served) {
		return b, false, false
	}
	s.ill = c.at.Add(minute)
	b = Breach{From: c.at, Until: c.at.Add(minute), Wanted: c.wanted, Served: min(c.served, c.wanted), Held: c.attacked()}
	return b, true, !b.Held && !enough(c.served+c.failed)
}

// common are, of the breaches that sites may have by themselves, those of minutes in which too many tenants had one for that; of others those
// at sites whose visitors are held off, which belong to what goes on and begin nothing.
func common(own []Breach, active int) (out []Breach) {
	at := map[evenkeel.Moment]map[evenkeel.TenantID]bool{}
	for _, b := range own {
		if at[b.From] == nil {
			at[b.From] = map[evenkeel.TenantID]bool{}
		}
		at[b.From][b.Tenant] = true
	}
	for _, b := range own {
		if len(at[b.From]) >= together(active) {
			b.Held = false
		} else if !b.Held {
			continue
		}
		out = append(out, b)
	}
	return out
}

// newest is the last minute in which anything came.
func (s *site) newest() (at evenkeel.Moment) {
	for _, b := range s.by {
		at = max(at, b.at)
	}
	return at
}

// unheard are the minutes of a site, told for the first time, of which nothing is known since every edge that served it lately
// is silent.
func (w *Watch) unheard(id evenkeel.AssetID, s *site, before evenkeel.Moment, quiet []string) (out []Breach) {
	last := s.newest()
	if s.lately == 0 || len(quiet) == 0 || last.Sub(s.lately) > lately {
		return nil
	}
	heard := false
	for _, b := range s.by {
		if last.Sub(b.at) <= lately && !slices.Contains(quiet, b.edge) {
			heard = true
		}
	}
	if heard {
		return nil
	}
	// From when an edge was heard last, but for minutes that are long past: while they were closed something was heard.
	var since evenkeel.Moment
	for _, b := range s.by {
		if last.Sub(b.at) <= lately {
			since = max(since, w.edges[b.edge])
		}
	}
	if since.Sub(last) > lately { // nobody had come to it when they fell silent
		return nil
	}
	for at := max(since, s.toldUnheard, w.closed.Add(-2*minute-silent)); at < before; at = s.toldUnheard {
		s.toldUnheard = floor(at).Add(minute)
		out = append(out, Breach{Asset: id, From: at, Until: s.toldUnheard, Unknown: true})
	}
	return out
}
