package inventory

import (
	"io"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/section"
)

// A checkpoint is a stream of sections (instrument/section):
//
//	head  how many tenants and assets there are
//	name  the tenants' ids, in order; below a tenant is the number of its id
//	held  per asset, in the order of ids: what was said of it
//	book  per tenant, in the order of ids: what was said of it
//
// Answers are not stored: they follow from what was said.
const (
	checkpointMagic   = "EKIC"
	checkpointVersion = 4
	// endpointsSince is the version since which a contact may be an endpoint; one before it is read as it was.
	endpointsSince = 4
	oldestVersion  = 3

	sectionHead = "head"
	sectionName = "name"
	sectionHeld = "held"
	sectionBook = "book"
)

// WriteTo writes the snapshot as a checkpoint, which Restore reads. Snapshots of the same
// statements give the same bytes. As a snapshot does not change, nobody has to wait for it.
func (s *Snapshot) WriteTo(out io.Writer) (int64, error) { return s.writeAs(checkpointVersion, out) }

func (s *Snapshot) writeAs(version uint32, out io.Writer) (int64, error) {
	tenants := slices.SortedFunc(s.tenants.All(), func(a, b *tenant) int { return strings.Compare(a.Key(), b.Key()) })
	assets := slices.SortedFunc(s.assets.All(), func(a, b *asset) int { return strings.Compare(a.Key(), b.Key()) })
	w := writer{
		Writer: section.NewWriter(out, checkpointMagic, version), version: version,
		tenants: make(map[evenkeel.TenantID]int, len(tenants)), makes: map[made]int{},
	}
	w.Begin(sectionHead)
	w.count(len(tenants))
	w.count(len(assets))
	w.Begin(sectionName)
	for i, t := range tenants {
		w.Text(string(t.id))
		w.tenants[t.id] = i
	}
	w.Begin(sectionHeld)
	for _, a := range assets {
		w.asset(a)
	}
	w.Begin(sectionBook)
	for _, t := range tenants {
		w.tenant(t)
	}
	n, err := w.Close()
	if err != nil {
		return n, &evenkeel.Error{
			Kind: evenkeel.KindInternal, Says: "write checkpoint of the inventory", Err: err,
			Hint: "See that there is room where checkpoints are kept. Until one is written, a restart reads the log from where the last one ends.",
		}
	}
	return n, nil
}

// writer writes what was said.
type writer struct {
	*section.Writer
	version uint32
	tenants map[evenkeel.TenantID]int
	makes   map[made]int // those that were written already, numbered in the order in which they were met
}

func (w *writer) count(n int) { w.Uvarint(uint64(n)) }

func (w *writer) moment(m evenkeel.Moment) { w.Uint64(uint64(m)) }

func (w *writer) asset(a *asset) {
	w.Text(string(a.id))
	w.moment(a.floor)
	w.moment(a.sized)
	w.count(len(a.grants))
	for i := range a.grants {
		g := &a.grants[i]
		w.moment(g.from)
		w.moment(g.until)
		w.moment(g.at)
		w.Uint64(g.id)
		w.count(w.tenants[g.tenant])
		w.Byte(byte(g.kind))
	}
	w.steps(a.lives)
	w.steps(a.resizes)
}

func (w *writer) steps(list []step) {
	w.count(len(list))
	for i := range list {
		s := &list[i]
		w.moment(s.at)
		w.Uint64(s.id)
		w.count(w.tenants[s.tenant])
		w.Byte(byte(s.action))
		if s.made != nil {
			w.count(int(s.vcpus))
			w.made(s.made)
		}
	}
}

// made writes the number of what a machine was made from; the texts follow where it is met
// first.
func (w *writer) made(m *made) {
	n, known := w.makes[*m]
	if known {
		w.count(n)
		return
	}
	w.count(len(w.makes))
	w.makes[*m] = len(w.makes)
	for _, s := range [...]string{m.flavour, m.image, m.startScript, m.region, m.principal} {
		w.Text(s)
	}
}

func (w *writer) tenant(t *tenant) {
	w.moment(t.paidFrom)
	w.count(len(t.profiles))
	for i := range t.profiles {
		p := &t.profiles[i]
		w.moment(p.at)
		w.Uint64(p.id)
		w.moment(p.since)
		w.Byte(byte(p.standing))
		w.amount(p.paid)
		w.amount(p.rate)
		w.Text(p.currency)
		w.Byte(byte(p.reseller))
	}
	w.count(len(t.payments))
	for i := range t.payments {
		p := &t.payments[i]
		w.moment(p.at)
		w.Uint64(p.id)
		w.Uint64(uint64(p.amount))
		w.Text(p.currency)
		w.Byte(byte(p.kind))
	}
	w.creates(t.creates)
	w.creates(t.fresh)
	w.reach(&t.reach)
}

func (w *writer) amount(a amount) {
	if w.Bool(a.told); a.told {
		w.Uint64(uint64(a.micro))
	}
}

func (w *writer) creates(list []create) {
	w.count(len(list))
	for i := range list {
		w.moment(list[i].at)
		w.Text(string(list[i].asset))
		w.Text(list[i].principal)
	}
}
