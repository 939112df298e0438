package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/shield"
)

// ordered answers what an order says.
type ordered interface {
	OrderOf(ctx context.Context, id evenkeel.OrderID) (evenkeel.Order, error)
}

// Run asks at the start, again and again, about each order that is in force, and when somebody wants it,
// until ctx ends. down lets what stands step down where it may not stand without a proof.
func (x *canary) Run(ctx context.Context, sent ordered, down func(ctx context.Context, why string) error) error {
	tick := time.NewTicker(proofLooked)
	defer tick.Stop()
	gone := false // that the proof is gone was seen to
	if x.needed() {
		x.round(ctx)
	}
	for {
		gone = x.settle(ctx, gone, down)
		select {
		case id := <-x.orders:
			if x.probeOrder(ctx, sent, id) {
				gone = false // it is news, whatever was seen to before
			}
		case <-tick.C:
			if x.needed() && x.isDue() {
				x.round(ctx)
				gone = false // what could not step down by then is tried again
			}
		case answer := <-x.asked:
			x.round(ctx)
			gone = false
			answer <- x.proof() // it has room
		case <-ctx.Done():
			return nil
		}
	}
}

// settle lets what stands step down where the proof is gone, once, and says whether that was done.
func (x *canary) settle(ctx context.Context, gone bool, down func(context.Context, string) error) bool {
	if !x.needed() || x.proven() {
		return false
	}
	if gone {
		return true
	}
	p := x.proof()
	why := cmp.Or(p.Amiss, "nobody has shown it yet")
	if p.Amiss == "" && p.Shown != 0 {
		why = "nobody has shown it since " + p.Shown.String()
		x.log.Error("the proof that tenants reach their data is over: nothing above limit and throttle stands or begins", "backend", p.Backend, "shown", p.Shown,
			"until", p.Until, "silent", p.Silent, "hint", "see whether the receiver answers probes, then evenkeel shield probe; docs/shield.md says what it has to show")
	}
	err := down(ctx, why)
	if err != nil && ctx.Err() == nil {
		x.log.Error("what stands without a proof cannot step down; it is tried again", "err", err,
			"hint", cmp.Or(evenkeel.HintOf(err), "see whether the books can be written; lift by hand what evenkeel case list shows above limit and throttle"))
	}
	return err == nil
}

func (x *canary) isDue() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.now() >= x.next
}

// round asks for all that has to be shown, on canaries of the backend's own.
func (x *canary) round(ctx context.Context) {
	var all []Probed
	for _, m := range x.to.declared().ToShow() {
		one, err := x.probe(ctx, m, nil)
		if ctx.Err() != nil {
			return // we went away, not they
		}
		if err != nil {
			x.note(all, err, true)
			return
		}
		all = append(all, one)
	}
	x.note(all, nil, true)
}

// probeOrder asks about an order that is in force, and says whether something was amiss.
func (x *canary) probeOrder(ctx context.Context, sent ordered, id evenkeel.OrderID) (amiss bool) {
	o, err := sent.OrderOf(ctx, id)
	if err != nil || o.Lift || o.Until <= x.now() {
		return false // it is over, or nobody knows it any more: there is nothing to show
	}
	for _, m := range x.to.declared().ToShow() {
		if m != o.Measure {
			continue
		}
		one, err := x.probe(ctx, m, &o)
		if ctx.Err() != nil {
			return false
		}
		if err != nil {
			x.note(nil, err, false)
			return false
		}
		x.note([]Probed{one}, nil, false)
		return one.Amiss != ""
	}
	return false
}

func (x *canary) probe(ctx context.Context, m evenkeel.Measure, o *evenkeel.Order) (Probed, error) {
	p := shield.Probe{ID: "p-" + rand.Text(), Measure: m, Ways: x.to.declared().Keeps, Object: make([]byte, objectSize)}
	if _, err := rand.Read(p.Object); err != nil {
		return Probed{}, err
	}
	if o != nil {
		p.Order, p.Assets = o.ID, o.Assets
	}
	came, err := x.to.prober.Probe(ctx, p)
	if err != nil {
		return Probed{}, err
	}
	return Probed{Measure: m, Order: p.Order, Fetched: came, Amiss: p.Amiss(came)}, nil
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

// openCanary makes whoever has the ways to the data shown; on paper nothing has to be.
func (h *house) openCanary() {
	h.canary = newCanary(h.hands, &h.parts.Config.Shield.Webhook, h.path(fileProof), h.now, h.parts.Log)
	if h.hands.receiver != nil {
		h.hands.shown = h.canary.proven
	}
}

// prove is the loop.
func (h *house) prove(ctx context.Context) error { return h.canary.Run(ctx, h.books, h.stepDown) }

// stepDown has every case step down in which something stands that is not shown to leave a way to the
// data. One that cannot stops no other.
func (h *house) stepDown(ctx context.Context, why string) error {
	rows, err := h.books.Cases(ctx, docket.Query{ByPlace: true, Max: mostOpen})
	if err != nil {
		return err
	}
	var failed []error
	for i := range rows {
		if !rows[i].Highest.Enforced() {
			continue
		}
		if _, err := h.judge.Unshown(ctx, rows[i].Case.ID, why, h.now()); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// probePath is where the owner of the data directory asks for a proof.
const probePath = "/probe"

// wanted is what is asked: nothing beside the asking, as yet.
type wanted struct{}

// prove asks for a proof at the word of the directory's owner.
func (h *hatch) prove(ctx context.Context, w http.ResponseWriter, r *http.Request, who peer) {
	err := h.asks(r, who, &wanted{}, "what is to be shown", `{}`)
	var p Proof
	if err == nil {
		p, err = h.probe(ctx)
	}
	if err != nil {
		h.log.LogAttrs(ctx, slog.LevelInfo, "a probe was refused at the control socket", slog.Int64("user", int64(who.user)), slog.Int64("process", int64(who.process)))
		refuse(w, evenkeel.KindOf(err).HTTPStatus(), err)
		return
	}
	tell(w, answerType, http.StatusOK, p)
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
