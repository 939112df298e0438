package app

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/status"
	"github.com/evenkeel/evenkeel/instrument/whole"
	"github.com/evenkeel/evenkeel/inventory"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/incident"
)

const (
	platformLooks = 5 * time.Second // between looks at what edges count
	// platformBehind is how old what edges tell has to be to be what is gone through again.
	platformBehind = 2 * time.Minute
	// maxFound bounds the breaches of what is gone through again: an hour of all sites of a large incident.
	maxFound      = 20 * docket.MaxTouched
	platformFiles = 30 * time.Second // between writings of the status page where nothing changed
	platformFresh = 5 * time.Second  // is the page shown again as it was
	dirStatus     = "status"         // in the data directory, where the settings name none
)

// platform looks whether the platform itself is hurt, and keeps the page that says so.
type platform struct {
	h      *house
	bounds incident.Bounds

	mu      sync.Mutex
	watch   *incident.Watch
	found   []incident.Breach // of rounds while the log was gone through, for the next step
	newest  evenkeel.Moment   // that an edge told of
	edges   int
	silent  int
	ill     int             // sites that are disturbed
	course  incident.Course // of the loop alone
	resumed bool
	wrote   evenkeel.Moment

	shown struct { // the public page as it was shown last
		sync.Mutex
		files map[string][]byte
		at    evenkeel.Moment
	}
}

func newPlatform(h *house) *platform {
	c := &h.parts.Config.Status
	b := incident.Bounds{Share: c.Share, Tenants: c.Tenants, Quiet: c.Quiet}
	return &platform{h: h, bounds: b, watch: incident.NewWatch(b)}
}

// see takes in what edges count; of other batches nothing.
func (p *platform) see(b *evenkeel.Batch) {
	now := p.h.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range b.Records {
		if r := &b.Records[i]; r.Kind == evenkeel.KindUsage && evenkeel.Meter(r.Op) == evenkeel.MeterSite {
			u := b.Usage(r)
			p.watch.Add(b.Source, &u, now)
			if u.At <= now {
				p.newest = max(p.newest, u.At)
			}
		}
	}
	// What is gone through again after an absence is judged as it comes, since no more than some minutes are held. It is judged late enough
	// for the slowest clock, and never what is now: that is for round.
	if p.newest != 0 && now.Sub(p.newest) > platformBehind {
		found := p.watch.Round(p.newest.Add(-platformBehind), holderOf(p.h.watcher.registry.Snapshot()))
		p.found = append(p.found, found[:min(len(found), maxFound-len(p.found))]...)
	}
}

// Run looks until ctx ends.
func (p *platform) Run(ctx context.Context) error {
	if p.h.state.caughtUp(ctx) != nil { // the end came first
		return nil
	}
	return rounds(ctx, platformLooks, nil, p.round, func(err error) {
		p.h.parts.Log.Warn("whether the platform is hurt cannot be written down; it is tried again", "err", err, "hint", cmp.Or(evenkeel.HintOf(err), "see whether the books and the folder of the status page can be written"))
	})
}

func (p *platform) round(ctx context.Context) error {
	now := p.h.now()
	if !p.resumed {
		all, err := p.h.books.RecentIncidents(ctx, now, 16)
		if err != nil {
			return err
		}
		if len(all) > 0 {
			p.course.Resume(all[0])
		}
		p.resumed = true
	}
	known, err := p.known(ctx, now)
	if err != nil {
		return err
	}
	reg := p.h.watcher.registry.Snapshot()
	p.mu.Lock()
	open := p.course.Open()
	p.watch.Keep(open != nil)
	found := append(p.found, p.watch.Round(now, holderOf(reg))...)
	p.found = nil
	known.Edges, known.Silent = p.watch.Edges(now)
	if known.Active = p.watch.Active(); open != nil {
		known.Back = p.watch.Back(open)
	}
	p.edges, p.silent, p.ill = known.Edges, len(known.Silent), p.watch.Disturbed(now)
	p.mu.Unlock()
	changed := p.course.Step(p.bounds, found, known, now)
	if changed == nil {
		if open := p.course.Open(); open != nil && open.Called == 0 { // people may have to be called
			changed = open
		}
	}
	if changed != nil {
		if err := p.h.judge.Hurt(ctx, *changed, p.h.parts.Config.Status.CallAfter, now); err != nil {
			return err
		}
	}
	if changed != nil || now.Sub(p.wrote) >= platformFiles {
		return p.write(ctx, now)
	}
	return nil
}

func holderOf(s *inventory.Snapshot) func(evenkeel.AssetID, evenkeel.Moment) (evenkeel.TenantID, bool) {
	return func(a evenkeel.AssetID, at evenkeel.Moment) (evenkeel.TenantID, bool) {
		h, ok := s.TenancyAt(a, at)
		if !ok {
			return "", false
		}
		return h.Tenant, true
	}
}

// known is what the books say besides.
func (p *platform) known(ctx context.Context, now evenkeel.Moment) (k incident.Known, err error) {
	stands, err := p.h.books.Stands(ctx, docket.Standing{})
	if err != nil {
		return k, err
	}
	for i := range stands {
		if d := &stands[i]; d.State == evenkeel.InForce && (d.Measure == evenkeel.MeasureChallenge || d.Measure == evenkeel.MeasureShut) {
			for _, a := range d.Assets {
				k.Measures = append(k.Measures, incident.Measure{Decision: d.ID, Site: a, At: d.From})
			}
		}
	}
	board, err := p.h.books.Board(ctx)
	if err != nil {
		return k, err
	}
	for _, b := range board.Breakers {
		if b.Tripped != 0 {
			k.Breakers = append(k.Breakers, incident.Breaker{Rule: b.Rule, At: b.Tripped})
		}
	}
	all, err := p.h.books.RecentIncidents(ctx, now.Add(-time.Hour), 64)
	for i := range all {
		if open := p.course.Open(); all[i].Dropped == nil && (open == nil || all[i].ID != open.ID) {
			k.Before++
		}
	}
	return k, err
}

// state is what the public page says.
func (p *platform) state(ctx context.Context) (*status.State, error) {
	now := p.h.now()
	all, err := p.h.books.BriefIncidents(ctx, now.Add(-status.Shown), 500)
	if err != nil {
		return nil, err
	}
	_, waiting, err := p.h.books.Outbox(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	c := &p.h.parts.Config.Courier
	return &status.State{Operator: c.Operator, Base: p.h.base + "/status", At: now, Edges: p.edges, Silent: p.silent, Disturbed: p.ill, Mute: !c.Tells(), Notices: waiting, Incidents: all}, err
}

// files are those of the public page, as they are now or were a moment ago: anybody may ask, and the books are read once for all of them.
func (p *platform) files() (map[string][]byte, error) {
	p.shown.Lock()
	defer p.shown.Unlock()
	if now := p.h.now(); p.shown.files == nil || now < p.shown.at || now.Sub(p.shown.at) >= platformFresh {
		files, err := p.draw()
		if err != nil {
			return nil, err
		}
		p.shown.files, p.shown.at = files, now
	}
	return p.shown.files, nil
}

// drawAnew has the public page read the books again for whoever asks next.
func (p *platform) drawAnew() {
	p.shown.Lock()
	defer p.shown.Unlock()
	p.shown.files = nil
}

func (p *platform) draw() (map[string][]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	s, err := p.state(ctx)
	if err != nil {
		return nil, err
	}
	return s.Files()
}

// write writes the page down, so that it can be shown where the platform does not reach.
func (p *platform) write(ctx context.Context, now evenkeel.Moment) error {
	s, err := p.state(ctx)
	if err != nil {
		return err
	}
	files, err := s.Files()
	if err != nil {
		return err
	}
	dir := cmp.Or(p.h.parts.Config.Status.Directory, p.h.path(dirStatus))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fileError("make the directory", dir, err)
	}
	for name, body := range files {
		if err := whole.Write(filepath.Join(dir, name), body, 0o644); err != nil {
			return fileError("write", filepath.Join(dir, name), err)
		}
	}
	p.wrote = now
	return nil
}

// publish lets an update of an incident out, at the word of a person.
func (h *house) publish(ctx context.Context, p judge.Publication) (docket.Incident, error) {
	i, err := h.incidentOf(ctx, p.Incident)
	if err != nil {
		return i, err
	}
	p.At, p.Named = h.now(), h.namesOf(ctx, &i)
	defer h.platform.drawAnew()
	return h.judge.Publish(ctx, p)
}

// incidentOf finds an incident.
func (h *house) incidentOf(ctx context.Context, id docket.IncidentID) (i docket.Incident, err error) {
	err = h.books.Peek(ctx, func(tx docket.Tx) error {
		i, err = tx.Incident(id)
		return err
	})
	return i, err
}

// namesOf are the names that no text about an incident may hold: of those who are touched, and of those whose sites measures are on.
func (h *house) namesOf(ctx context.Context, i *docket.Incident) (out []incident.Named) {
	reg := h.watcher.registry.Snapshot()
	add := func(t evenkeel.TenantID, sites ...string) {
		name, _ := reg.Reach(t)
		if name != "" {
			sites = append(sites, name)
		}
		out = append(out, incident.Named{Tenant: t, Names: sites})
	}
	for _, t := range i.Tenants() {
		var sites []string
		for _, x := range i.Of(t) {
			sites = append(sites, string(x.Site))
		}
		add(t, sites...)
	}
	stands, _ := h.books.Stands(ctx, docket.Standing{}) // else those who are touched are looked for
	for k := range stands {
		d := &stands[k]
		if !slices.ContainsFunc(out, func(n incident.Named) bool { return n.Tenant == d.Tenant }) {
			var sites []string
			for _, a := range d.Assets {
				sites = append(sites, string(a))
			}
			add(d.Tenant, sites...)
		}
	}
	return out
}
