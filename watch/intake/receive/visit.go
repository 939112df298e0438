package receive

import (
	"context"
	"net/http"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
	"github.com/evenkeel/evenkeel/watch/intake/cloudevent"
	"github.com/evenkeel/evenkeel/watch/intake/otlp"
	"github.com/evenkeel/evenkeel/watch/intake/promwrite"
)

// When a sender that is turned away for our sake should come again.
const (
	againAfterShed = time.Second
	againAfterLog  = 2 * time.Second
)

// protocol is what one protocol does its own way.
type protocol struct {
	format format
	needs  intake.Grant // of the source; 0: each event says what it needs
	frame  int          // bytes around a body
	// read turns v.wire into records of v.batch, and counts in v.tally.
	read func(v *visit) *refusal
	// answer tells the sender; f is nil where the request was taken.
	answer func(v *visit, f *refusal)
}

// visit is one request on its way in.
type visit struct {
	*hands
	door *Door
	w    http.ResponseWriter
	r    *http.Request
	from *caller
	now  time.Time // when its turn came
	size int       // of the unpacked body
}

// hands are what a request is worked on with; they are used again.
type hands struct {
	most     int // bytes of a body
	wire     []byte
	body     []byte // unpacked, where it was packed
	gzip     unzipper
	batch    *evenkeel.Batch
	tally    intake.Tally
	problems []problem
	otlp     otlp.Decoder
	write    promwrite.Decoder
	events   cloudevent.Decoder
}

func newHands(o *Options) *hands {
	h := &hands{
		most:   o.Limits.Body,
		batch:  evenkeel.NewBatch("", 0),
		otlp:   otlp.Decoder{Limits: o.Limits, Window: o.Window, Assets: o.Assets, Key: o.Key},
		write:  promwrite.Decoder{Limits: o.Limits, Window: o.Window, Labels: o.Labels, Key: o.Key},
		events: cloudevent.Decoder{Limits: o.Limits, Window: o.Window, Key: o.Key},
	}
	h.events.Refused = h.refused
	return h
}

// receive leads a request through the door and tells the sender what became of it.
func (d *Door) receive(w http.ResponseWriter, r *http.Request, p *protocol) {
	came := d.opt.Now()
	bodyUntil(w, came.Add(d.opt.BodyFor)) // for what is refused without a look at its body
	v := visit{hands: d.hands.Get().(*hands), door: d, w: w, r: r}
	v.wire, v.tally, v.problems = v.wire[:0], intake.Tally{}, v.problems[:0]
	f := v.enter(p)
	p.answer(&v, f)
	d.counts[p.format].visit(&v, f, d.opt.Now().Sub(came))
	d.hands.Put(v.hands)
}

// enter does everything but answer.
func (v *visit) enter(p *protocol) *refusal {
	var f *refusal
	if v.from, f = v.door.sources.identify(v.r); f != nil {
		return f
	}
	if !v.from.May.Allows(p.needs) {
		return refuse(causeGrant, "the source may not send this; it may send "+v.from.May.String())
	}
	if f := v.withinRates(v.door.opt.Now()); f != nil {
		return f
	}
	if !v.takeTurn() {
		f := refuse(causeShed, "there is too much to do at the moment; nothing of the request was taken")
		f.again = againAfterShed
		return f
	}
	defer v.giveTurn()
	v.now = v.door.opt.Now()
	if f := v.readBody(v.w, v.r, p.frame, v.now.Add(v.door.opt.BodyFor)); f != nil {
		return f
	}
	v.batch.Reset(v.from.Name, evenkeel.MomentOf(v.now))
	if f := p.read(v); f != nil {
		return f
	}
	v.from.points.spend(v.tally.Accepted+v.tally.Refused()+v.tally.Ignored(), v.now)
	return v.hand()
}

// withinRates says whether the source has something left of its shares.
func (v *visit) withinRates(now time.Time) *refusal {
	wait := max(v.from.points.wait(now), v.from.bytes.wait(now))
	if wait == 0 {
		return nil
	}
	f := refuse(causeRate, "the source sends more than its share; nothing of the request was taken")
	f.again = wait
	return f
}

// takeTurn waits for a turn, first among the source's requests, then among all: one source
// that floods keeps no other waiting.
func (v *visit) takeTurn() bool {
	ctx, cancel := context.WithTimeout(v.r.Context(), v.door.opt.WaitFor)
	defer cancel()
	if !v.from.turns.take(ctx) {
		return false
	}
	if !v.door.turns.take(ctx) {
		v.from.turns.give()
		return false
	}
	return true
}

func (v *visit) giveTurn() {
	v.door.turns.give()
	v.from.turns.give()
}

// open unpacks a body and takes it off the source's share of bytes.
func (v *visit) open(packed []byte, encoding string) ([]byte, *refusal) {
	body, f := v.unpack(packed, encoding, v.door.zstd)
	v.size = len(body)
	v.from.bytes.spend(max(len(body), len(packed)), v.now)
	return body, f
}

// arrived is now for the decoders.
func (v *visit) arrived() evenkeel.Moment { return v.batch.Arrived }

// hand gives the batch to the log.
func (v *visit) hand() *refusal {
	if len(v.batch.Records) == 0 {
		return nil
	}
	d := v.door
	ctx, cancel := context.WithTimeout(v.r.Context(), d.opt.AppendFor)
	defer cancel()
	err := d.log.Append(ctx, v.batch)
	switch {
	case err == nil:
		if d.failing.Load() && d.failing.Swap(false) {
			d.opt.Logger.Info("intake: the log takes batches again")
		}
		return nil
	case v.r.Context().Err() != nil:
		return refuse(causeGone, "the sender went away")
	case evenkeel.KindOf(err) == evenkeel.KindInvalid:
		return refuse(causeBody, "the log does not take the batch: "+err.Error())
	}
	// Once, not for each sender that comes again. The cause is for the operator: it may name
	// files.
	if !d.failing.Swap(true) {
		d.opt.Logger.Error("intake: the log takes nothing; senders are told to come again", "err", err, "hint", evenkeel.HintOf(err))
	}
	f := refuse(causeLog, "the log takes nothing at the moment; the request is not acknowledged")
	f.again = againAfterLog
	return f
}
