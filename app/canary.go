package app

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/shield"
)

// fileProof says what a backend has shown, for the next start and for whoever looks.
const fileProof = "shield.proof"

const (
	proveAgain  = 10 * time.Minute // after a canary was not fetched, or nobody answered
	proofLooked = time.Minute      // how often it is looked whether a proof is still fresh
	mostApplied = 256              // orders in force that wait to be probed; more wait for the next round
	clockSlack  = time.Minute      // so far a clock may be set back and what was just shown is not of the future
	mostShown   = 16               // probes of orders that are kept for people to look at
)

// Proof is what a backend has shown of what it declares.
type Proof struct {
	Backend string          `json:"backend"`
	Of      string          `json:"of"`             // names the declaration; another one has shown nothing
	Shown   evenkeel.Moment `json:"shown"`          // when all of it was shown last; 0: never
	Until   evenkeel.Moment `json:"until"`          // when that counts no more
	Tried   evenkeel.Moment `json:"tried"`          // when it was asked for last
	Amiss   string          `json:"amiss"`          // what was not shown then, or ""
	Silent  string          `json:"silent"`         // why nobody knows, or ""
	Probes  []Probed        `json:"probes"`         // of canaries, in the last round
	Orders  []Probed        `json:"orders"`         // of orders in force, the last ones, the newest first
	OnPaper bool            `json:"on_paper"`       // nobody carries anything out
	Each    []Counted       `json:"each,omitempty"` // where each measure is shown by itself: what counts of each
	Idle    bool            `json:"idle"`           // nothing has to be shown: on paper, and where no measure needs it
}

// Probed is one probe and what came back.
type Probed struct {
	Measure evenkeel.Measure `json:"measure"`
	Order   evenkeel.OrderID `json:"order,omitempty"` // "": of a canary of the backend's own
	Fetched []shield.Fetched `json:"fetched"`
	Open    []string         `json:"open,omitempty"` // ways that brought back the whole object
	Amiss   string           `json:"amiss,omitempty"`
}

// Proven says whether it counts at a moment, of every measure.
func (p *Proof) Proven(now evenkeel.Moment) bool {
	if p.Each != nil {
		return len(p.Lacking(now)) == 0
	}
	return p.Shown != 0 && p.Amiss == "" && p.Shown <= now.Add(clockSlack) && now < p.Until
}

// canary has whoever carries measures out show that tenants can read their data meanwhile, and lets what
// stands step down when that is not shown any more (property D).
type canary struct {
	to     *hands
	every  time.Duration
	fresh  time.Duration
	path   string
	now    func() evenkeel.Moment
	log    *slog.Logger
	orders chan evenkeel.OrderID // in force since; what finds no room is left to the next round
	asked  chan chan<- Proof     // by people; one at a time
	ready  func() bool           // whether there is anybody who could show anything; nil: there is
	came   <-chan struct{}       // somebody may have come; nil: nobody does
	tally  [3]atomic.Uint64      // probes, by what came of them

	mu   sync.Mutex // over what follows; nothing else is locked, asked or written meanwhile
	said Proof
	next evenkeel.Moment // when it is asked again
}

// What comes of a probe.
const (
	probeWell = iota
	probeAmiss
	probeSilent
)

// newCanary reads what was shown before the start. Another receiver, or another declaration, has shown
// nothing yet.
func newCanary(to *hands, c *config.Receiver, path string, now func() evenkeel.Moment, log *slog.Logger) *canary {
	x := &canary{ready: to.ready, came: to.came, to: to, every: c.ProbeEvery, fresh: c.ProofFor, path: path, now: now, log: log, orders: make(chan evenkeel.OrderID, mostApplied), asked: make(chan chan<- Proof)}
	of := declaration(c, to.Name())
	if before, err := readProof(path); err == nil && before.Of == of {
		x.said = before
		x.said.Until = min(before.Until, before.Shown.Add(x.fresh)) // the settings may ask for more by now
	}
	x.said.Backend, x.said.Of, x.said.OnPaper, x.said.Idle = to.Name(), of, to.paper, !x.needed()
	x.said.Each = x.eachOf(x.said.Each)
	return x
}

// declaration names what a receiver declares, and which it is.
func declaration(c *config.Receiver, name string) string {
	text, err := json.Marshal([]any{name, c.URL, c.Carries(), c.Keeps, c.Destroys})
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func readProof(path string) (p Proof, err error) {
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	return p, err
}

// Proof is what was shown while the books were served. KindNotFound where nothing was asked for yet.
func (b *Books) Proof() (Proof, error) {
	p, err := readProof(filepath.Join(b.dir, fileProof))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return p, &evenkeel.Error{
			Kind: evenkeel.KindNotFound, Says: "read what was shown in " + b.dir + ": nothing was asked for yet; expected " + fileProof,
			Hint: "evenkeel shield probe asks for it now, while evenkeel serve runs",
		}
	case err != nil:
		return p, evenkeel.Invalid("read %s: %v; expected what evenkeel serve wrote", filepath.Join(b.dir, fileProof), err)
	}
	return p, nil
}

// proven says whether all that has to be shown is shown, at this moment.
func (x *canary) proven() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.said.Proven(x.now())
}

// proof is what is known.
func (x *canary) proof() Proof {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.said
}

// needed says whether there is anything that has to be shown by somebody who carries something out.
func (x *canary) needed() bool { return !x.to.paper && len(x.to.declared().ToShow()) > 0 }

// applied notes that an order is in force from now on, for the loop.
func (x *canary) applied(id evenkeel.OrderID) {
	if !x.needed() {
		return
	}
	select {
	case x.orders <- id:
	default:
	}
}

// note takes in what a round of canaries has shown. Where nobody answered nothing is known: what was shown
// counts on for as long as it is fresh.
func (x *canary) note(all []Probed, mute ...muted) {
	var silent error
	if len(mute) > 0 {
		silent = mute[0].err
	}
	x.change(func(p *Proof, now evenkeel.Moment) {
		before := p.Probes
		p.Tried, p.Silent, p.Probes = now, "", all
		p.noteEach(before, all, mute, now, x.fresh)
		amiss := ""
		for i := range all {
			amiss = cmp.Or(amiss, all[i].Amiss)
		}
		switch {
		case amiss != "":
			p.Amiss, x.next = amiss, now.Add(proveAgain)
		case silent != nil:
			p.Silent, x.next = clipped(silent.Error()), now.Add(proveAgain)
		default:
			p.Amiss, p.Shown, p.Until, x.next = "", now, now.Add(x.fresh), now.Add(x.every)
		}
		if p.sumEach(); p.Each != nil && amiss == "" && silent == nil && len(p.Lacking(now)) == 0 {
			x.next = p.Shown.Add(x.every)
		} else if p.Each != nil {
			x.next = now.Add(proveAgain)
		}
	}, silent)
}

// noteOrder takes in what the probe of one order has shown, or that nobody answered: then it is asked
// about again soon, with the next round.
func (x *canary) noteOrder(one *Probed, silent error) {
	x.change(func(p *Proof, now evenkeel.Moment) {
		if silent != nil {
			x.next = min(x.next, now.Add(proveAgain))
			return
		}
		p.Orders = append([]Probed{*one}, p.Orders[:min(len(p.Orders), mostShown-1)]...)
	}, nil)
}

// again has the next round begin soon.
func (x *canary) again() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.next = min(x.next, x.now().Add(proveAgain))
}

// change changes what is known, and tells and keeps it.
func (x *canary) change(f func(p *Proof, now evenkeel.Moment), silent error) {
	now := x.now()
	x.mu.Lock()
	was := x.said
	f(&x.said, now)
	is := x.said
	x.mu.Unlock()
	x.tell(&was, &is, silent)
	x.keep(&is)
}

// tell logs what is news.
func (x *canary) tell(was, is *Proof, silent error) {
	switch {
	case is.Each != nil:
		x.tellEach(was, is)
	case is.Amiss != "" && is.Amiss != was.Amiss:
		x.log.Error("a canary was not fetched: it is not shown that tenants reach their data, and nothing above limit and throttle stands or begins",
			"backend", is.Backend, "amiss", is.Amiss, "hint", "look at the ways to the data under this measure, then evenkeel shield probe; docs/shield.md says what a receiver has to show")
	case silent != nil && is.Silent != was.Silent:
		x.log.Warn("nobody shows that tenants reach their data; it is asked for again", "backend", is.Backend, "after", proveAgain, "until", is.Until, "err", silent,
			"hint", cmp.Or(evenkeel.HintOf(silent), "see whether the receiver runs and answers probes, as docs/shield.md says"))
	}
}

func (x *canary) keep(p *Proof) {
	text, err := json.MarshalIndent(p, "", "  ")
	if err == nil {
		err = writeFile(x.path, string(text)+"\n", 0o644)
	}
	if err != nil {
		x.log.Warn("what was shown cannot be written down: after a start it is asked for anew", "err", err, "hint", "see whether the disk is full")
	}
}

// clipped is what is kept of what other ends write.
func clipped(s string) string { return strings.ToValidUTF8(s[:min(len(s), 1000)], "") }

var (
	descProven = describe("shield_proven", "Whether it is shown that tenants reach their data under every measure that needs it: 1 or 0.")
	descShown  = describe("shield_proof_age_seconds", "Time since all of it was shown last.")
	descProbes = describe("shield_probes_total", "Probes, of canaries and of orders in force, by what came of them: well, amiss, or silent, where nobody answered.", "came")
)

// Describe names what Collect tells.
func (x *canary) Describe(out chan<- *prometheus.Desc) {
	out <- descProven
	out <- descShown
	out <- descProbes
}

// Collect tells how it is now; nothing where nothing has to be shown.
func (x *canary) Collect(out chan<- prometheus.Metric) {
	if !x.needed() {
		return
	}
	p, now, proven := x.proof(), x.now(), 0.0
	if p.Proven(now) {
		proven = 1
	}
	for i, came := range []string{probeWell: "well", probeAmiss: "amiss", probeSilent: "silent"} {
		out <- prometheus.MustNewConstMetric(descProbes, prometheus.CounterValue, float64(x.tally[i].Load()), came)
	}
	out <- prometheus.MustNewConstMetric(descProven, prometheus.GaugeValue, proven)
	if p.Shown != 0 {
		out <- prometheus.MustNewConstMetric(descShown, prometheus.GaugeValue, now.Sub(p.Shown).Seconds())
	}
}
