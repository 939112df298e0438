package agent

import (
	"cmp"
	"errors"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/port"
	"github.com/evenkeel/evenkeel/watch/intake/wire"
)

// eachGuest calls f for each guest, in the sequence of their names, with what was seen at its ports together. of says
// whose port it is, and whether what the guest is sent is seen there; what is of nobody, or of a port that went, is left
// out. The counts are f's until it returns.
func eachGuest(all []port.Reading, of func(port.Slot) (asset string, heard bool), f func(asset string, c *wire.Counts)) {
	type whose struct {
		asset string
		at    int // in all
		heard bool
	}
	seen := make([]whose, 0, len(all))
	for i := range all {
		if asset, heard := of(all[i].Slot); asset != "" {
			seen = append(seen, whose{asset, i, heard})
		}
	}
	slices.SortFunc(seen, func(a, b whose) int { return cmp.Or(cmp.Compare(a.asset, b.asset), a.at-b.at) })
	var c, more wire.Counts // of one guest after the other: each is some kilobytes
	for i := 0; i < len(seen); {
		asset := seen[i].asset
		c = wire.FromPort(&all[seen[i].at].Counts)
		if !seen[i].heard {
			c.Unheard()
		}
		for i++; i < len(seen) && seen[i].asset == asset; i++ { // by another port
			more = wire.FromPort(&all[seen[i].at].Counts)
			if !seen[i].heard {
				more.Unheard()
			}
			c.Add(&more)
		}
		f(asset, &c)
	}
}

// seat is a port at which programs hang, and whose it is; "" is nobody's.
type seat struct {
	port.Attached
	asset string
}

// seats are those of ports, by slot.
func (h *Host) seats(ports []port.Attached) map[port.Slot]seat {
	book, at := h.known(), make(map[port.Slot]seat, len(ports))
	for _, a := range ports {
		asset, _ := book.Of(a.Place)
		at[a.Slot] = seat{a, asset}
	}
	return at
}

// tell makes records of readings of the ports at which programs hang, for the second that began last, and hands them on.
func (h *Host) tell(all []port.Reading, at map[port.Slot]seat, now evenkeel.Moment) error {
	of := func(s port.Slot) (asset string, heard bool) { return at[s].asset, at[s].In != "" }
	out := parcels{deliver: h.parts.Deliver, empty: func() *evenkeel.Batch {
		b := evenkeel.NewBatch(h.parts.Name, now)
		b.Records = make([]evenkeel.Record, 0, min(h.records+h.records/8, mostRecords+wire.MostRecords))
		return b
	}}
	eachGuest(all, of, func(asset string, c *wire.Counts) {
		h.meter.Count(out.batch(), evenkeel.AssetID(asset), h.began, c)
	})
	var err error
	h.records, err = out.end()
	return err
}

// mostRecords is from how many records on a batch is handed on. One is 88 bytes, and the names of guests and of whom they speak
// with come to them: with wire.MostRecords more it is about half of what hostlink.Agent.Publish takes.
const mostRecords = 5000

// parcels hands on what is told of a second in batches of about mostRecords records, each guest whole in one.
type parcels struct {
	empty   func() *evenkeel.Batch
	deliver func(*evenkeel.Batch) error
	open    *evenkeel.Batch // nil: none is
	records int             // in all so far
	failed  error
}

// batch is where the next guest is told.
func (p *parcels) batch() *evenkeel.Batch {
	if p.open != nil && len(p.open.Records) >= mostRecords {
		p.close()
	}
	if p.open == nil {
		p.open = p.empty()
	}
	return p.open
}

func (p *parcels) close() {
	if p.open != nil && len(p.open.Records) > 0 {
		p.records += len(p.open.Records)
		p.failed = errors.Join(p.failed, p.deliver(p.open)) // the others may be taken
	}
	p.open = nil
}

// end hands on the rest, and says how many records there were, and which batches were not taken.
func (p *parcels) end() (records int, err error) {
	p.close()
	return p.records, p.failed
}
