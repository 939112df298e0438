package incident

import (
	"cmp"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Bounds are when requests that are not served are a breach, and when breaches are the platform's.
type Bounds struct {
	// Share is what of a site's requests has to be served in a minute, 0 to 1. 0: 0.95.
	Share float64
	// Wanted is how many requests a minute needs to count at all: of fewer a share says nothing. 0: 20.
	Wanted int64
	// Tenants is how many tenants have to be touched at once: with fewer it is their own affair, or an attack on
	// one of them that reaches nobody else. 0: 3.
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

const (
	minute = time.Minute
	// late is how long after its end a minute is waited for.
	late = 10 * time.Second
	// silent is how long nothing comes of an edge before it counts as silent: it tells every second.
	silent = 45 * time.Second
	// gone is how long a silent edge is one that ought to be there; beyond, somebody took it away.
	gone = time.Hour
	// lately is how old the traffic of a site may be for a silent edge to say anything about it.
	lately = 10 * time.Minute

	maxSites = 200_000 // that are followed at once; others are counted in Left
	maxEdges = 4096
	maxOf    = 16 // edges that one site is known to be served by
)

// Breach is a minute of a site in which its requests were not served.
type Breach struct {
	Tenant         evenkeel.TenantID
	Asset          evenkeel.AssetID
	From, Until    evenkeel.Moment
	Wanted, Served int64
	Unknown        bool // nothing was counted: every edge that had served the site is silent
}

// Watch makes breaches of what edges count. It holds a minute or two of each site, whatever comes; not safe for
// concurrent use.
type Watch struct {
	bounds Bounds
	open   map[evenkeel.AssetID]*site
	edges  map[string]evenkeel.Moment // when each was heard last
	closed evenkeel.Moment            // minutes before are told
	Late   uint64                     // counts that came after their minute was told
	Left   uint64                     // counts of sites and edges beyond what is followed
}

// site is what is known of one.
type site struct {
	minutes []count
	lately  evenkeel.Moment // the last minute in which enough was wanted
	by      []served        // edges that it came to
	// toldUnheard is the end of the last minute that was told of which nothing was heard.
	toldUnheard evenkeel.Moment
}

type count struct {
	at             evenkeel.Moment // the minute's beginning
	wanted, served int64
}

type served struct {
	edge string
	at   evenkeel.Moment // the last minute
}

// NewWatch returns one that has seen nothing.
func NewWatch(b Bounds) *Watch {
	return &Watch{bounds: b.filled(), open: map[evenkeel.AssetID]*site{}, edges: map[string]evenkeel.Moment{}}
}

// Add takes in a count of an edge: of its parts those that say how many requests were wanted and served.
func (w *Watch) Add(edge string, u *evenkeel.Usage) {
	if u.Meter != evenkeel.MeterSite || u.Part != evenkeel.PartWanted && u.Part != evenkeel.PartServed || !(u.Value >= 0 && u.Value < 1<<40) {
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
		if len(s.minutes) >= 8 { // a clock that is wrong: not what is now
			w.Left++
			return
		}
		s.minutes, i = append(s.minutes, count{at: at}), len(s.minutes)
	}
	if c := &s.minutes[i]; u.Part == evenkeel.PartWanted {
		c.wanted += int64(u.Value)
		if u.Value > 0 {
			s.cameTo(edge, at)
		}
	} else {
		c.served += int64(u.Value)
	}
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

// Edges are how many edges are known, and which of them are silent at a moment, by name.
func (w *Watch) Edges(now evenkeel.Moment) (known int, quiet []string) {
	for edge, last := range w.edges {
		switch age := now.Sub(last); {
		case age > gone:
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
	for id, s := range w.open {
		var told []Breach
		s.minutes = slices.DeleteFunc(s.minutes, func(c count) bool {
			if c.at >= before {
				return false
			}
			if c.wanted >= w.bounds.Wanted {
				s.lately = max(s.lately, c.at)
				if float64(c.served) < w.bounds.Share*float64(c.wanted) {
					told = append(told, Breach{Asset: id, From: c.at, Until: c.at.Add(minute), Wanted: c.wanted, Served: min(c.served, c.wanted)})
				}
			}
			return true
		})
		told = append(told, w.unheard(id, s, before, quiet)...)
		for _, b := range told {
			if t, held := holder(id, b.From); held {
				b.Tenant = t
				out = append(out, b)
			}
		}
		if len(s.minutes) == 0 && now.Sub(s.newest()) > gone {
			delete(w.open, id)
		}
	}
	w.closed = before
	slices.SortFunc(out, func(a, b Breach) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Asset, b.Asset)) })
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
	for at := max(since, s.toldUnheard, w.closed.Add(-2*minute)); at < before; at = s.toldUnheard {
		s.toldUnheard = floor(at).Add(minute)
		out = append(out, Breach{Asset: id, From: at, Until: s.toldUnheard, Unknown: true})
	}
	return out
}
