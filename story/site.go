package story

import (
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/watch/intake/visits"
)

// siteArgs are what a line may say of a second of a site at its edge: counts, by name.
func siteArgs(c *visits.Counts) []struct {
	name string
	to   *uint64
} {
	return []struct {
		name string
		to   *uint64
	}{
		{"visits", &c.Visits}, {"passed", &c.Passed}, {"failed", &c.Failed}, {"wanted", &c.Wanted}, {"served", &c.Served}, {"asked", &c.Asked},
		{"solved", &c.Solved}, {"refused", &c.Refused}, {"turned", &c.Turned}, {"bytes", &c.Bytes},
	}
}

// siteTimes are likewise lengths of time, which are counted in milliseconds.
func siteTimes(c *visits.Counts) map[string]*uint64 {
	return map[string]*uint64{"edge": &c.EdgeTime, "backend": &c.BackendTime, "saved": &c.SavedTime}
}

// siteStages are the stages of a site by name.
func siteStages(c *visits.Counts) map[string]*uint64 {
	return map[string]*uint64{"filter": &c.AtFilter, "cookie": &c.AtCookie, "proof": &c.AtProof, "queue": &c.AtQueue, "page": &c.AtPage}
}

// siteWords are the words that a line of a site may use.
func siteWords() (out []string) {
	for _, a := range siteArgs(new(visits.Counts)) {
		out = append(out, a.name)
	}
	return append(out, "edge", "backend", "saved", "stage", "every", "for", "arrives")
}

// site tells what an edge counts of sites.
func (s *stage) site(l *line) error {
	var c visits.Counts
	for _, a := range siteArgs(&c) {
		n := int64(0)
		if err := arg(l, a.name, parseCount, &n); err != nil {
			return err
		}
		*a.to = uint64(n)
	}
	for name, to := range siteTimes(&c) {
		var d time.Duration
		if err := arg(l, name, parseSpan, &d); err != nil {
			return err
		}
		*to = uint64(d.Milliseconds())
	}
	r, err := l.rhythm()
	if err != nil {
		return err
	}
	every := time.Second
	if r.every > 0 {
		every = r.every
	}
	if name, ok := l.args["stage"]; ok && name != "observe" {
		at := siteStages(&c)[name]
		if at == nil {
			return evenkeel.Invalid("stage=%s; expected observe, filter, cookie, proof, queue or page", name)
		}
		*at = uint64(every / time.Second)
	}
	if s.sites == nil {
		s.sites = map[string]*visits.Meter{}
	}
	if s.sites[s.source] == nil {
		s.sites[s.source] = visits.New(siphash.Key{}, s.source)
	}
	return s.repeat(l, func(b *evenkeel.Batch, asset evenkeel.AssetID, at evenkeel.Moment) {
		own := evenkeel.NewBatch(b.Source, b.Arrived)
		s.sites[s.source].Count(own, asset, at, at.Add(every), &c)
		for i := range own.Records {
			b.AddUsage(own.Usage(&own.Records[i]))
			s.send(b)
		}
	})
}
