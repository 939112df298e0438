package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/ownsocket"
	"github.com/evenkeel/evenkeel/shield"
)

const (
	probeTakes = time.Minute               // at most: a receiver has a canary cut off and its data fetched meanwhile
	roundTakes = 3 * time.Minute           // at most, of canaries; what was not reached is first in the next round
	proveWait  = roundTakes + 2*probeTakes // for a round that a person asked for: one may have begun
	mostMute   = 2                         // canaries that nobody answers about, after which a round ends
)

// proving is the loop of a canary while it runs. Nothing but the loop touches it.
type proving struct {
	*canary
	patient evenkeel.Moment // until when the first round waits for somebody who is here; 0: no more
	of      bearers
	under   under              // orders in force
	first   int                // the measure that the next round begins with: one that hangs hides no other for long
	lacked  []evenkeel.Measure // of which each is shown by itself and was not, at the last look
	lost    bool               // that the proof is gone was told
	quiet   int                // looks since in which nothing was found that had to step down
	looked  evenkeel.Moment    // when it was looked last
	idle    bool               // nothing has to be shown, and what stood of another declaration is gone
}

// bearers is what tenants bear, and who lets it step down.
type bearers interface {
	// OrderOf answers what an order says. KindNotFound where there is none.
	OrderOf(ctx context.Context, id evenkeel.OrderID) (evenkeel.Order, error)
	// Applied returns some orders of what is in force, others each time until all were named.
	Applied(ctx context.Context) ([]evenkeel.OrderID, error)
	// Withheld says whether a lawful order withholds a tenant's data now: no way to it is open then, and
	// no measure closed it.
	Withheld(ctx context.Context, t evenkeel.TenantID) bool
	// Down lets all step down that may not stand without a proof, and says in how many cases it did.
	Down(ctx context.Context, why string) (cases int, err error)
	// Cut takes in that a way to the data is cut under one order, and not for all.
	Cut(ctx context.Context, id evenkeel.OrderID, why string) error
	// Open takes in that none is.
	Open(ctx context.Context, id evenkeel.OrderID) error
}

// Run asks at the start, again and again, about each order that is in force, and when somebody wants it,
// until ctx ends; and lets what stands step down where it may not stand without a proof.
func (x *canary) Run(ctx context.Context, of bearers) error {
	tick := time.NewTicker(proofLooked)
	defer tick.Stop()
	p := &proving{canary: x, of: of, under: newUnder(), patient: x.now().Add(proveAgain)}
	if !x.needed() {
		is := x.proof()
		x.keep(&is) // what somebody else had shown before is not what is read
	}
	for ctx.Err() == nil {
		if x.needed() && x.isDue() && !p.awaits() {
			if lacking := x.onlyLacking(); lacking != nil {
				p.canariesOf(ctx, lacking)
			} else {
				p.round(ctx)
			}
		}
		p.settle(ctx)
		if p.under.waits() {
			select {
			case answer := <-x.asked: // people do not wait for a list
				p.answer(ctx, answer)
			default:
				p.probeNext(ctx)
			}
			continue
		}
		came := x.came
		if p.patient == 0 { // nobody is awaited any more
			came = nil
		}
		select {
		case id := <-x.orders:
			p.under.add(id)
		case <-came: // whoever is awaited
		case <-tick.C:
			p.under.again(p.now())
		case answer := <-x.asked:
			p.answer(ctx, answer)
		case <-ctx.Done():
		}
	}
	return nil
}

// awaits says whether the first round waits for somebody who could show anything: hosts come a little later than this
// process, and whoever asks nobody learns nothing for ten minutes. After as long it is asked in any case, and told.
func (p *proving) awaits() bool {
	if p.patient == 0 || p.ready == nil || p.ready() || p.now() >= p.patient {
		p.patient = 0
		return false
	}
	return true
}

// answer makes a round for somebody who asked for it.
func (p *proving) answer(ctx context.Context, to chan<- Proof) {
	if p.needed() {
		p.round(ctx)
	}
	to <- p.proof() // it has room
}

// settle lets what stands step down where the proof is gone. It looks again a little later, until nothing
// is found any more: what was being entered at that moment is not missed.
func (p *proving) settle(ctx context.Context) {
	if !p.needed() && !p.to.paper && !p.idle {
		p.idle = p.down(ctx, "by what is declared now, there is none that could be shown") == nil
	}
	if !p.needed() || p.proven() {
		p.lost = false
		return
	}
	now, is := p.now(), p.proof()
	why := cmp.Or(is.Amiss, "nobody has shown it yet")
	switch lacking := is.Lacking(now); {
	case is.Each != nil:
		why = is.whyEach(now)
		if !slices.Equal(lacking, p.lacked) {
			p.lost, p.lacked = false, lacking
		}
	case is.Amiss == "" && is.Shown != 0:
		why = "nobody has shown it since " + is.Shown.String()
	}
	switch soon := now >= p.looked && now < p.looked.Add(proofLooked/2); {
	case !p.lost:
		p.lost, p.quiet = true, 0
		if is.Each == nil && is.Amiss == "" && is.Shown != 0 {
			p.log.Error("the proof that tenants reach their data is over: nothing above limit and throttle stands or begins", "backend", is.Backend, "shown", is.Shown,
				"until", is.Until, "silent", is.Silent, "hint", "see whether the receiver answers probes, then evenkeel shield probe; docs/shield.md says what it has to show")
		}
	case soon || p.quiet >= 3:
		return
	}
	p.looked = now
	if p.down(ctx, why) == nil {
		p.quiet++
	}
}

// down lets all step down that may not stand, and says by an error that it is to be looked again: since
// something did, or could not.
func (p *proving) down(ctx context.Context, why string) error {
	n, err := p.of.Down(ctx, why)
	switch {
	case err != nil && ctx.Err() == nil:
		p.log.Error("what stands without a proof cannot step down; it is tried again", "err", err,
			"hint", cmp.Or(evenkeel.HintOf(err), "see whether the books can be written; lift by hand what evenkeel case list shows above limit and throttle"))
	case err == nil && n > 0:
		p.quiet, err = 0, errMore
	}
	return err
}

// errMore says that something stepped down, so that there may be more.
var errMore = errors.New("something stepped down")

// isDue says whether a round is due. A clock that was set back does not put it off.
func (x *canary) isDue() bool {
	now := x.now()
	x.mu.Lock()
	defer x.mu.Unlock()
	return now >= x.next || now < x.said.Tried.Add(-clockSlack)
}

// round asks for all that has to be shown, on canaries, and then lists the orders in force to be asked
// about.
func (p *proving) round(ctx context.Context) {
	if !p.canaries(ctx) {
		return // whoever answers nothing is not asked about each order
	}
	ids, err := p.of.Applied(ctx)
	if err != nil && ctx.Err() == nil {
		p.log.Warn("it is not known what is in force, so nothing of it is probed until the next round", "err", err, "hint", cmp.Or(evenkeel.HintOf(err), "see whether the books can be read"))
		p.again()
	}
	for _, id := range ids {
		p.under.add(id)
	}
}

// canaries asks for all that has to be shown, on canaries of the backend's own, and says whether all of
// it was answered. One that nobody answers about does not hide what is amiss with another.
func (p *proving) canaries(ctx context.Context) (answered bool) {
	return p.canariesOf(ctx, p.declared().ToShow())
}

// canariesOf is canaries, of some measures.
func (p *proving) canariesOf(ctx context.Context, toShow []evenkeel.Measure) (answered bool) {
	within, cancel := context.WithTimeout(ctx, roundTakes)
	defer cancel()
	var all []Probed
	var mute []muted
	for i := range toShow {
		m := toShow[(p.first+i)%len(toShow)]
		one, err := p.probe(within, m, nil)
		switch {
		case ctx.Err() != nil:
			return false // we went away, not they
		case err == nil:
			all = append(all, one)
			continue
		}
		mute = append(mute, muted{m, err})
		if len(mute) >= mostMute && !p.to.each || within.Err() != nil {
			break
		}
	}
	p.first++
	slices.SortFunc(all, func(a, b Probed) int { return cmp.Compare(a.Measure, b.Measure) })
	p.note(all, mute...)
	p.quiet, p.looked = 0, 0
	return len(mute) == 0 || p.to.each && len(all) > 0
}

func (x *canary) declared() shield.Means { return x.to.declared() }

// probe asks once. Its end is that of the time for it, at the latest.
func (x *canary) probe(ctx context.Context, m evenkeel.Measure, o *evenkeel.Order) (one Probed, err error) {
	p := shield.NewProbe(m, x.declared().Keeps)
	if o != nil {
		p.Order, p.Assets = o.ID, o.Assets
	}
	within, cancel := context.WithTimeout(ctx, probeTakes)
	defer cancel()
	came, err := x.to.prober.Probe(within, p)
	switch {
	case err != nil && ctx.Err() != nil:
		return one, err
	case err != nil:
		x.tally[probeSilent].Add(1)
		return one, err
	}
	one = Probed{Measure: m, Order: p.Order, Fetched: came, Open: p.Open(came), Amiss: p.Amiss(came)}
	if one.Amiss != "" {
		x.tally[probeAmiss].Add(1)
	} else {
		x.tally[probeWell].Add(1)
	}
	return one, nil
}

// ask has a round made now, by the loop, and waits for what comes of it.
func (x *canary) ask(ctx context.Context) (Proof, error) {
	answer := make(chan Proof, 1)
	select {
	case x.asked <- answer:
	case <-ctx.Done():
		return Proof{}, notYet(ctx.Err())
	}
	select {
	case p := <-answer:
		return p, nil
	case <-ctx.Done():
		return Proof{}, notYet(ctx.Err())
	}
}

func notYet(err error) error {
	return &evenkeel.Error{
		Kind: evenkeel.KindUnavailable, Says: "ask for a proof: it was not there in time", Err: err,
		Hint: "evenkeel shield status says what came of it; a process without the role shield asks nobody",
	}
}

// probePath is where the owner of the data directory asks for a proof.
const probePath = "/probe"

// wanted is what is asked: nothing beside the asking, as yet.
type wanted struct{}

// prove asks for a proof at the word of the directory's owner.
func (h *hatch) prove(ctx context.Context, w http.ResponseWriter, r *http.Request, who ownsocket.Peer) {
	err := h.asks(r, who, &wanted{}, "what is to be shown", `{}`)
	var p Proof
	if err == nil {
		longer, cancel := context.WithTimeout(r.Context(), proveWait)
		defer cancel()
		_ = http.NewResponseController(w).SetWriteDeadline(h.now().Add(proveWait + actTakes)) // else the answer is cut off, and asked for again
		p, err = h.probe(longer)
	}
	if err != nil {
		h.log.LogAttrs(ctx, slog.LevelInfo, "a probe was refused at the control socket", slog.Int64("user", int64(who.User)), slog.Int64("process", int64(who.Process)))
		ownsocket.Refuse(w, evenkeel.KindOf(err).HTTPStatus(), err)
		return
	}
	ownsocket.Tell(w, answerType, http.StatusOK, p)
}

// Prove asks the process that serves a data directory to have the ways to the data shown now. Only the
// owner of the directory and root may.
func Prove(ctx context.Context, dir string) (p Proof, err error) {
	body, err := ask(ctx, dir, probePath, answerType, []byte("{}"))
	if err != nil {
		return p, err
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return p, unanswered(filepath.Join(dir, fileControl), err)
	}
	return p, nil
}
