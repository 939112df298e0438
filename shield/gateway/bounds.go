package gateway

import (
	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
	"github.com/evenkeel/evenkeel/shield/mandate"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// Unasked is the highest stage of a site at an edge that is joined to control and was told no mandate yet, where nobody says otherwise:
// what cannot be is held off, and no visitor who may be a person.
const Unasked = stage.Filter

// gate is what is ordered about the visitors of a site, with its end by the wall clock.
type gate struct {
	plan.Gate
	until evenkeel.Moment
}

// bounds are what a site's stage keeps to, from who may say so: the tenant by the site's document, control by mandates and orders.
type bounds struct {
	own  stage.Mandate // the document's
	gate gate          // of an order; the zero gate: none
}

// joined is how an edge goes by the word of control.
type joined struct {
	is      bool
	unasked stage.Stage       // the highest until control told something
	control *mandate.Mandates // that it told last; nil: nothing yet
}

// mandate is what follows from a site's bounds now. The document is never exceeded; where a challenge was ended, nobody is asked. Its end is where
// less follows: then it has to be asked anew (Edge.Rebind), because something that lasts longer may still let the edge do some of it.
func (b *bounds) mandate(a evenkeel.AssetID, j joined, now evenkeel.Moment) stage.Mandate {
	m := b.own
	most, until := stage.Page, m.Until
	switch {
	case j.is && j.control != nil && j.control.Until > now:
		most, until = stageOf(j.control.Of(a)), min(until, j.control.Until)
	case j.is && j.control != nil: // what it told is over
		most = stage.Observe
	case j.is:
		most = j.unasked
	}
	if b.gate.until > now {
		switch ordered := stageOf(b.gate.Measure); {
		case b.gate.Measure == evenkeel.MeasureNone:
			most = stage.Observe
		case ordered > most:
			most, until = ordered, min(m.Until, b.gate.until)
		case ordered == most && ordered > stage.Observe: // control may be silent longer than its mandates last
			until = max(until, min(m.Until, b.gate.until))
		}
	}
	m.Highest, m.Beyond, m.Until = min(m.Highest, most), min(m.Beyond, most), until
	return m
}

// stageOf is how far an edge may go by a measure.
func stageOf(m evenkeel.Measure) stage.Stage {
	switch m {
	case evenkeel.MeasureShut:
		return stage.Page
	case evenkeel.MeasureChallenge:
		return stage.Queue
	}
	return stage.Observe
}

// Join has the edge go by the word of control from now on: until it is told mandates (Bind), sites stay at a stage at most, such as
// Unasked.
func (e *Edge) Join(unasked stage.Stage) {
	e.bound.Lock()
	defer e.bound.Unlock()
	e.joined.is, e.joined.unasked = true, unasked
	e.rebind()
}

// Bind takes what control lets the edge do, and says how many sites are held to it, and how many exceptions are about sites that are not
// here.
func (e *Edge) Bind(m mandate.Mandates) (mandate.Taken, error) {
	if err := m.Check(); err != nil {
		return mandate.Taken{}, err
	}
	e.bound.Lock()
	defer e.bound.Unlock()
	e.joined.is, e.joined.control = true, &m
	e.rebind()
	t := mandate.Taken{Unknown: len(m.Except)}
	for _, s := range e.Directory().All() {
		t.Sites++
		if _, ok := m.Except[s.Asset]; ok {
			t.Unknown--
		}
	}
	return t, nil
}

// Bound returns what control told last; nil: nothing.
func (e *Edge) Bound() *mandate.Mandates {
	e.bound.Lock()
	defer e.bound.Unlock()
	return e.joined.control
}

// Mandate is what a site's document lets the edge do by itself from now on; control and orders may leave less of it. Until a site has one, it
// stays at Observe.
func (e *Edge) Mandate(id site.ID, m stage.Mandate) error {
	d, err := e.of(id)
	if err == nil {
		err = m.Check()
	}
	if err == nil {
		e.bound.Lock()
		defer e.bound.Unlock()
		d.bounds.own = m
		e.bind(d)
	}
	return err
}

// Rebind has all sites keep to what holds now, where something that was told or ordered has ended.
func (e *Edge) Rebind() {
	e.bound.Lock()
	defer e.bound.Unlock()
	e.rebind()
}

// rebind has all sites keep to what is known now. bound is locked.
func (e *Edge) rebind() {
	for _, d := range *e.domains.Load() {
		e.bind(d)
	}
}

// bind has one site do so. A site that has no mandate of its document yet stays at Observe.
func (e *Edge) bind(d *domain) {
	s := d.site.Load()
	if s == nil || d.bounds.own.Until == 0 {
		return
	}
	m := d.bounds.mandate(s.Asset, e.joined, e.now())
	if was := d.mandate.Load(); was == nil || *was != m {
		d.mandate.Store(&m)
		e.inbox.add(d)
	}
}
