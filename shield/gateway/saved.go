package gateway

import (
	"errors"
	"io"
	"net/netip"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/section"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

// The form of what is kept over a restart: stages and what is usual, by site; stops; addresses that are refused.
const (
	savedMagic   = "EKED"
	savedVersion = 1
	mostSites    = 1 << 20
	mostSiteID   = 1 << 10
)

// keepsEvery is each how many seconds of a calm domain what it is usually like is put where Save finds it; a stage is at once.
const keepsEvery = 64

type saved [stage.SavedSize]byte

// Save writes what is worth keeping over a restart. It may be called beside Run.
func (e *Edge) Save(to io.Writer) error {
	w := section.NewWriter(to, savedMagic, savedVersion)
	domains := *e.domains.Load()
	w.Begin("site")
	var kept []*domain
	for _, d := range domains {
		if d.kept.Load() != nil {
			kept = append(kept, d)
		}
	}
	w.Uvarint(uint64(len(kept)))
	for _, d := range kept {
		w.Text(string(d.id))
		w.Bytes(d.kept.Load()[:])
	}
	w.Begin("stop")
	var stopped []*domain
	for _, d := range domains {
		if d.stopped(e.now()) != 0 {
			stopped = append(stopped, d)
		}
	}
	w.Uvarint(uint64(len(stopped)))
	for _, d := range stopped {
		w.Text(string(d.id))
		w.Uint64(uint64(d.stop.Load()))
	}
	w.Begin("bans")
	all := e.bans.all(e.now())
	w.Uvarint(uint64(len(all)))
	for x, until := range all {
		w.Text(string(x.site))
		b := x.from.As16()
		w.Bytes(b[:])
		w.Uint64(uint64(until))
	}
	_, err := w.Close()
	return err
}

// Load takes up what Save wrote, for the sites that are served. It is called before Run. What cannot be read is as if it were not there,
// and is an error of type *section.Damaged; a stage whose mandate has ended lets go with the first second.
func (e *Edge) Load(from io.Reader) error {
	r := section.NewReader(from, savedMagic, savedVersion)
	domains := *e.domains.Load()
	type one struct {
		d *domain
		saved
	}
	var all []one
	r.Begin("site")
	for range r.Count(mostSites) {
		id := site.ID(r.Text(mostSiteID))
		var x saved
		r.Bytes(x[:])
		if d := domains[id]; d != nil && r.Err() == nil {
			all = append(all, one{d, x})
		}
	}
	stops := map[site.ID]evenkeel.Moment{}
	r.Begin("stop")
	for range r.Count(mostSites) {
		id := site.ID(r.Text(mostSiteID))
		stops[id] = evenkeel.Moment(r.Uint64())
	}
	refused := map[banned]evenkeel.Moment{}
	r.Begin("bans")
	for range r.Count(MostBans) {
		at := site.ID(r.Text(mostSiteID))
		var b [16]byte
		r.Bytes(b[:])
		refused[banned{at, netip.AddrFrom16(b).Unmap()}] = evenkeel.Moment(r.Uint64())
	}
	if err := r.Close(); err != nil {
		return err
	}
	var errs []error
	for _, x := range all {
		if err := x.d.controller.Load(x.saved[:]); err != nil {
			errs = append(errs, err)
			continue
		}
		at := x.d.controller.Stage()
		x.d.stage.Store(uint32(at))
		x.d.pressed.Store(at > stage.Observe)
		if of := x.d.site.Load(); at > stage.Observe && of != nil { // when it went there is not kept
			x.d.changed.Store(&Change{Site: x.d.id, Tenant: of.Tenant, Asset: of.Asset, Turn: x.d.controller.Resumed()})
		}
		e.inbox.add(x.d)
	}
	now := e.now()
	for id, until := range stops {
		if d := domains[id]; d != nil {
			d.stop.Store(int64(until))
		}
	}
	for x, until := range refused {
		e.bans.add(x.site, x.from, until, now)
	}
	return errors.Join(errs...)
}

// keep puts what a controller knows where Save finds it.
func (d *domain) keep(turn *stage.Turn) {
	if d.keeps--; d.keeps > 0 && turn.Stage == stage.Observe && !turn.Changed() {
		return
	}
	d.keeps = keepsEvery
	x := saved(d.controller.Save())
	d.kept.Store(&x)
}
