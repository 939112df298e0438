package cloudevent

import (
	"fmt"
	"unsafe"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/watch/intake"
	"github.com/evenkeel/evenkeel/watch/intake/internal/jsonpull"
)

// Decoder turns events into records. Set its fields before the first event. It reuses
// memory and is for one goroutine at a time.
type Decoder struct {
	Limits intake.Limits // Body, Points (events in a batch) and Depth count here
	// Window is for what is seen: bursts, flows, host events. What the books say (tenant,
	// asset, lifecycle, payment) may be as old as it likes, since its time dates a fact; only
	// the window's end counts for it.
	Window intake.Window
	// Grant is what the source may say; an event beyond it is refused. The zero Grant takes all.
	Grant intake.Grant
	// Key is the secret of the identities; see intake.EventID.
	Key siphash.Key
	// Refused, where it is set, is told of each event of a Batch that is not taken: its index
	// from 0, and why.
	Refused func(event int, err error)

	reader jsonpull.Reader
}

// Event appends the record of one structured event to b. now is the receiver's clock, 0
// for a replay; see intake.Window. t counts the event as accepted or under a reason, and the
// fields of an accepted one that its type does not have. An event that is not what was
// expected is an error of KindInvalid, one that the source may not send of KindDenied; both
// add nothing.
func (d *Decoder) Event(b *evenkeel.Batch, body []byte, now evenkeel.Moment, t *intake.Tally) error {
	if err := d.begin(body); err != nil {
		return refused("read event", err, t)
	}
	defer d.reader.Reset("", 0)
	r := &d.reader
	end, e, data, err := d.structured()
	if err == nil {
		r.Return(end)
		r.End()
		err = r.Err()
	}
	if err != nil {
		return refused("read event"+quoted(e.ID), err, t)
	}
	r.Return(data)
	return d.take(b, e, now, t)
}

// Batch appends the records of an array of structured events. A body that is not a JSON
// array is one error and adds nothing. A bad event inside is counted and the others are
// kept; then the error tells how many were refused, and of the first one its index, from 0,
// and its kind.
func (d *Decoder) Batch(b *evenkeel.Batch, body []byte, now evenkeel.Moment, t *intake.Tally) error {
	const doing = "read batch of events"
	if err := d.begin(body); err != nil {
		return refused(doing, err, t)
	}
	defer d.reader.Reset("", 0)
	r := &d.reader
	marks, err := d.elements()
	if err != nil {
		return refused(doing, err, t)
	}
	var first error
	bad, where := 0, 0
	for i, m := range marks {
		r.Return(m)
		_, e, data, err := d.structured()
		if err == nil {
			r.Return(data)
			err = d.take(b, e, now, t)
		} else {
			err = refused("read event"+quoted(e.ID), err, t)
		}
		if err == nil {
			continue
		}
		if d.Refused != nil {
			d.Refused(i, err)
		}
		if bad++; bad == 1 {
			first, where = err, i
		}
		// The body as a whole is good JSON, so the walk can go on after an error.
		r.Reset(text(body), d.depth())
	}
	if bad == 0 {
		return nil
	}
	return &evenkeel.Error{
		Kind: evenkeel.KindOf(first),
		Says: fmt.Sprintf("%s: %d of %d refused; event %d", doing, bad, len(marks), where),
		Hint: evenkeel.HintOf(first), Err: first,
	}
}

// Binary appends the record of an event whose envelope came apart from its data.
func (d *Decoder) Binary(b *evenkeel.Batch, e Envelope, data []byte, now evenkeel.Moment, t *intake.Tally) error {
	if err := d.begin(data); err != nil {
		return refused("read event"+quoted(e.ID), err, t)
	}
	defer d.reader.Reset("", 0)
	r := &d.reader
	r.Peek()
	start := r.Mark()
	r.Skip()
	if r.End(); r.Err() != nil {
		return refused("read event"+quoted(e.ID), r.Err(), t)
	}
	r.Return(start)
	return d.take(b, e, now, t)
}

func (d *Decoder) begin(body []byte) error {
	if err := d.Limits.CheckBody(len(body)); err != nil {
		return err
	}
	d.reader.Reset(text(body), d.depth())
	return nil
}

func (d *Decoder) depth() int { return d.Limits.WithDefaults().Depth }

// text is the body without a copy: what is kept of it is cloned by values.
func text(body []byte) string { return unsafe.String(unsafe.SliceData(body), len(body)) }

// structured reads an event's envelope. end is where the event ends, data where its data
// begins.
func (d *Decoder) structured() (end jsonpull.Mark, e Envelope, data jsonpull.Mark, err error) {
	e, data, err = readEvent(&d.reader)
	return d.reader.Mark(), e, data, err
}

// elements checks a whole array and marks its elements.
func (d *Decoder) elements() ([]jsonpull.Mark, error) {
	r, most := &d.reader, d.Limits.WithDefaults().Points
	var marks []jsonpull.Mark
	if r.Peek() != '[' {
		r.Fail("expected an array of CloudEvents")
	}
	if r.Array() {
		for r.More() {
			if len(marks) == most {
				return nil, evenkeel.Invalid("more than %d events; expected at most %d in a batch", most, most)
			}
			r.Peek()
			marks = append(marks, r.Mark())
			r.Skip()
		}
	}
	r.End()
	return marks, r.Err()
}

// take makes a record of an event whose data comes next.
func (d *Decoder) take(b *evenkeel.Batch, e Envelope, now evenkeel.Moment, t *intake.Tally) error {
	doing := "read event" + quoted(e.ID)
	k, at, err := e.check()
	if err != nil {
		return refused(doing, err, t)
	}
	doing += " (" + k.name + ")"
	if !d.Grant.Allows(k.needs()) {
		t.Count(intake.NotPermitted)
		return &evenkeel.Error{
			Kind: evenkeel.KindDenied,
			Says: fmt.Sprintf("%s: the source may not say this; it may say %s, and this is %s", doing, d.Grant, k.needs()),
			Hint: "give the source that permission in the configuration, or send it from one that has it",
		}
	}
	if why, ok := d.Window.Check(at, now); !ok && (why != intake.TooOld || !k.dated) {
		t.Count(why)
		return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("%s: time is %v: %s", doing, at, d.Window.Says(why))}
	}
	v := newValues(k.fields)
	if err := v.read(&d.reader); err != nil {
		return refused(doing, err, t)
	}
	if err := k.add(b, head{at: at, id: intake.EventID(d.Key, e.Source, e.ID), key: d.Key, source: e.Source}, v); err != nil {
		return refused(doing, err, t)
	}
	t.Accepted++
	t.CountN(intake.UnknownField, v.strange)
	for _, name := range v.named {
		t.Strange(name+" in "+k.name, quoted(e.ID))
	}
	return nil
}

// quoted is an event's id for an error, or nothing where it has none.
func quoted(id string) string {
	if id == "" {
		return ""
	}
	return fmt.Sprintf(" %.60q", id)
}

func refused(doing string, err error, t *intake.Tally) error {
	t.Count(intake.BadEvent)
	return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: doing, Hint: evenkeel.HintOf(err), Err: err}
}
