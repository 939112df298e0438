package edge

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/canary"
	"github.com/evenkeel/evenkeel/app/internal/kernel"
	"github.com/evenkeel/evenkeel/instrument/whole"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/fleet"
	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/mandate"
	"github.com/evenkeel/evenkeel/shield/plan"
	"github.com/evenkeel/evenkeel/stream/hostlink"
)

// What is in the data directory of a gateway that is joined to control.
const (
	dirLink      = "link"     // the enrolment, the key of this edge, the buffer
	dirOrders    = "orders"   // the book of orders
	fileMandates = "mandates" // as they were told last
	fileNews     = "news"     // of sites, likewise
)

// Control is how this edge goes by the word of control, once it has enrolled.
type Control struct {
	Unasked stage.Stage     `yaml:"unasked"`
	Canary  canary.Settings `yaml:"canary"` // of a site that no tenant holds
}

// How often what is ordered is looked at: each second whether something ends, and all of it less often.
const (
	holdsEvery   = time.Second
	holdsAgain   = 30 * time.Second
	tellsEvery   = 10 * time.Second // of one order, what changed at its sites
	mostMandates = 1 << 20          // bytes of the file
)

// joined is an edge's end of the link to control: its orders, its mandates and what it reports.
type joined struct {
	p      *Process
	link   *hostlink.Agent
	orders *host.Backend
	canary *canary.Prover // nil: this edge has none
	clock  host.Clock
	kick   chan struct{} // 1: the sites changed
	say    func(evenkeel.Receipt)

	mu     sync.Mutex
	world  []plan.Guest    // of the directory below
	of     *site.Directory // nil: none yet
	turned map[evenkeel.AssetID]bool
	told   map[evenkeel.OrderID]*telling
}

// telling is what is still to be told of an order.
type telling struct {
	at  evenkeel.Moment // when it was told last
	due bool
}

// openJoined opens the link where this edge has enrolled, and puts in force what its book says; nil where it has not.
func (p *Process) openJoined(ctx context.Context) (j *joined, err error) {
	dir := p.o.Settings.Data
	j = &joined{p: p, kick: make(chan struct{}, 1), turned: map[evenkeel.AssetID]bool{}, told: map[evenkeel.OrderID]*telling{}}
	j.say = j.report
	defer func() {
		if err != nil {
			err = errors.Join(err, j.close())
			j = nil
		}
	}()
	j.link, err = hostlink.OpenAgent(hostlink.AgentOptions{Dir: filepath.Join(dir, dirLink), About: j.about, Answer: j.answer, Now: p.o.Now, Logger: p.o.Log})
	if evenkeel.KindOf(err) == evenkeel.KindNotFound {
		return nil, nil
	}
	if err != nil {
		return j, err
	}
	p.edge.Join(p.o.Settings.Control.Unasked)
	if err := j.recall(); err != nil {
		p.o.Log.Warn("what control let this edge do before the restart is not known: it does less until it is told again", "err", err)
	}
	if err := j.recallNews(); err != nil {
		p.o.Log.Warn("what was new at sites before the restart is not known: their pages do not show it until it is told again", "err", err)
	}
	if j.clock, err = host.SystemClock(func() evenkeel.Moment { return evenkeel.MomentOf(p.o.Now()) }); err != nil {
		return j, err
	}
	o := host.Options{Name: j.link.Host(), Said: j.report, Log: p.o.Log}
	if c := p.o.Settings.Control.Canary; c.Asset != "" {
		j.canary = canary.New(c, j.clock.Wall, p.o.Log)
		o.Keeps, o.Canary = c.Ways(), func(ctx context.Context, q shield.Probe) ([]shield.Fetched, error) {
			return j.canary.Show(ctx, j.orders, q)
		}
	}
	j.orders, err = host.Open(ctx, filepath.Join(dir, dirOrders), host.Hands{Ingress: p.edge.Hand()}, j.worldNow, j.clock, o)
	return j, err
}

// worldNow is what stands behind this edge: a guest for each asset of its sites.
func (j *joined) worldNow() plan.World {
	j.mu.Lock()
	defer j.mu.Unlock()
	if d := j.p.edge.Directory(); d != j.of {
		j.of, j.world = d, nil
		for _, a := range assetsOf(d) {
			j.world = append(j.world, plan.Guest{Asset: a})
		}
	}
	return plan.World{Guests: j.world}
}

// assetsOf are the assets of sites, each once.
func assetsOf(d *site.Directory) (all []evenkeel.AssetID) {
	for _, s := range d.All() {
		all = append(all, s.Asset)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// about is what control is told of this edge.
func (j *joined) about() hostlink.About {
	a := hostlink.About{Version: j.p.o.Version, Edge: true, Canary: evenkeel.AssetID(j.p.o.Settings.Control.Canary.Asset)}
	if j.orders == nil { // the link is asked before all is open
		return a
	}
	for _, m := range j.orders.Means().Measures {
		a.Can = append(a.Can, m.String())
	}
	for _, g := range j.worldNow().Guests {
		a.Holds = append(a.Holds, g.Asset)
	}
	a.Stands = j.orders.Decisions()
	return a
}

// followed says that other sites are served, or the same ones otherwise.
func (j *joined) followed() {
	if j != nil {
		offer(j.kick, struct{}{})
		j.link.Tell()
	}
}

// changed takes a change of stage: who ordered something about that site is told.
func (j *joined) changed(c *gateway.Change) {
	if j != nil {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.turned[c.Asset] = true
	}
}

// deliver hands records on to control: they are on this machine's disk then, until control has them. Without a link they are nobody's.
func (j *joined) deliver(_ context.Context, b *evenkeel.Batch) error {
	if j == nil {
		return nil
	}
	for from := 0; from < len(b.Records); from += mostRecords {
		part := b
		if len(b.Records) > mostRecords {
			part = partOf(b, b.Records[from:min(from+mostRecords, len(b.Records))])
		}
		if err := j.link.Publish(part); err != nil {
			return err
		}
	}
	return nil
}

// partOf is a batch of some of another's records, with the strings that they name.
func partOf(b *evenkeel.Batch, some []evenkeel.Record) *evenkeel.Batch {
	part := evenkeel.NewBatch(b.Source, b.Arrived)
	for _, r := range some {
		r.Asset, r.Tenant = part.Intern(b.Text(r.Asset)), part.Intern(b.Text(r.Tenant))
		for i, n := range r.Names {
			r.Names[i] = part.Intern(b.Text(n))
		}
		part.Records = append(part.Records, r)
	}
	return part
}

// report tells control what became of an order.
func (j *joined) report(r evenkeel.Receipt) {
	if strings.HasPrefix(string(r.Order), canary.Name) {
		return // it was ordered here
	}
	if err := j.link.Report(r); err != nil {
		j.p.o.Log.Error("control is not told what became of an order", "order", r.Order, "state", r.State, "err", err)
	}
}

// apply carries out an order of control.
func (j *joined) apply(ctx context.Context, o evenkeel.Order) (evenkeel.Receipt, error) {
	r, err := j.orders.Apply(ctx, o)
	if err != nil {
		j.p.o.Log.Warn("an order is not carried out yet", "order", o.ID, "decision", o.Decision, "measure", o.Measure, "lift", o.Lift, "err", err)
		return r, err
	}
	j.p.o.Log.Warn("ordered by control", "order", o.ID, "decision", o.Decision, "measure", o.Measure, "lift", o.Lift, "assets", len(o.Assets), "until", o.Until, "state", r.State, "effect", r.Effect, "why", r.Why)
	return r, nil
}

// answer answers what control asks: mandates are taken, and kept over a restart.
func (j *joined) answer(ctx context.Context, question []byte) []byte {
	if n, is, err := mandate.ParseNews(question); is {
		return j.announce(n, err)
	}
	m, is, err := mandate.Parse(question)
	if !is {
		return fleet.Answer(ctx, question, j.orders)
	}
	var t mandate.Taken
	if err == nil {
		t, err = j.bind(m)
	}
	if err == nil {
		err = j.keep(question)
	}
	if err != nil {
		j.p.o.Log.Warn("what control lets this edge do was not taken whole", "err", err, "hint", evenkeel.HintOf(err))
		t.Why = fmt.Sprintf("%.*s", maxWhy, err)
	}
	return t.Answer()
}

func (j *joined) bind(m mandate.Mandates) (mandate.Taken, error) {
	was := j.p.edge.Bound()
	t, err := j.p.edge.Bind(m)
	if err == nil && (was == nil || was.Highest != m.Highest || len(was.Except) != len(m.Except) || was.Policy != m.Policy) {
		j.p.o.Log.Info("control says how far this edge may go by itself", "highest", m.Highest, "exceptions", len(m.Except), "not_here", t.Unknown, "until", m.Until, "policy", m.Policy)
	}
	return t, err
}

// keep keeps mandates over a restart.
func (j *joined) keep(question []byte) error {
	path := filepath.Join(j.p.o.Settings.Data, fileMandates)
	if err := whole.Write(path, question, 0o600); err != nil {
		return kernel.FileError("write", path, err)
	}
	return nil
}

// recall takes up mandates of before a restart. Those that have ended hold too: they let nothing be done.
func (j *joined) recall() error {
	path := filepath.Join(j.p.o.Settings.Data, fileMandates)
	text, err := readFile(path, mostMandates)
	if err != nil || text == nil {
		return err
	}
	m, is, err := mandate.Parse(text)
	if err == nil && !is {
		err = evenkeel.Invalid("read %s: it holds no mandates", path)
	}
	if err == nil {
		_, err = j.p.edge.Bind(m)
	}
	return err
}

// run keeps the link until ctx ends.
func (j *joined) run(ctx context.Context) error { return j.link.Run(ctx, j.apply) }

// hold lets go of what ends, follows sites that come, and tells what changed at sites about which something is ordered.
func (j *joined) hold(ctx context.Context) error {
	tick := time.NewTicker(holdsEvery)
	defer tick.Stop()
	var last evenkeel.Moment // when all was looked at, since boot
	told := j.unended()
	for {
		kicked := false
		select {
		case <-ctx.Done():
			return nil
		case <-j.kick:
			kicked = true
		case <-tick.C:
		}
		now := evenkeel.Moment(j.clock.Boot())
		look, wait := looks(now, j.orders.Next(), last)
		if kicked {
			look, wait = true, 0
		}
		if wait > 0 {
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(wait):
			}
		}
		if told != nil && told.Until <= evenkeel.MomentOf(j.p.o.Now()) { // nobody told anew: what is ordered may last longer
			j.p.edge.Rebind()
		}
		told = j.unended()
		if look {
			last = now
			if err := j.orders.Refresh(ctx); err != nil && ctx.Err() == nil {
				j.p.o.Log.Warn("what is ordered could not be looked at whole; it is tried again", "err", err)
			}
		}
		j.tell(ctx, now)
	}
}

// unended is what control told, where it is not over.
func (j *joined) unended() *mandate.Mandates {
	if m := j.p.edge.Bound(); m != nil && m.Until > evenkeel.MomentOf(j.p.o.Now()) {
		return m
	}
	return nil
}

// looks says whether it is looked at all that is ordered, at a time since boot, and after which wait: where something ends within this
// second, right then. next is the next end; 0 is none.
func looks(now, next, last evenkeel.Moment) (look bool, wait time.Duration) {
	if next != 0 && next <= now.Add(holdsEvery) {
		return true, max(next.Sub(now), 0)
	}
	return now.Sub(last) >= holdsAgain, 0
}

// tell reports how orders stand at whose sites the stage changed: of each at most once within tellsEvery, and the last change always.
func (j *joined) tell(ctx context.Context, now evenkeel.Moment) {
	j.mu.Lock()
	turned, some := j.turned, false
	j.turned = map[evenkeel.AssetID]bool{}
	for _, t := range j.told {
		some = some || t.due && now.Sub(t.at) >= tellsEvery
	}
	j.mu.Unlock()
	if len(turned) == 0 && !some {
		return
	}
	standing := j.orders.Standing(ctx)
	there := map[evenkeel.OrderID]bool{}
	for i := range standing {
		s := &standing[i]
		there[s.Order.ID] = true
		t := j.told[s.Order.ID]
		if slices.ContainsFunc(s.At, func(a evenkeel.AssetID) bool { return turned[a] }) {
			if t == nil {
				t = &telling{at: now - evenkeel.Moment(tellsEvery)}
				j.told[s.Order.ID] = t
			}
			t.due = true
		}
		if t == nil || !t.due || now.Sub(t.at) < tellsEvery || s.Effect == "" {
			continue
		}
		t.at, t.due = now, false
		j.say(evenkeel.Receipt{Order: s.Order.ID, Node: j.link.Host(), State: evenkeel.ReceiptApplied, Effect: s.Effect, Why: s.Why, At: j.clock.Wall()})
	}
	for id := range j.told {
		if !there[id] {
			delete(j.told, id)
		}
	}
}

// close gives the book and the buffer back. What stands stands on until its end, in the next process.
func (j *joined) close() error {
	var all []error
	if j.orders != nil {
		all, j.orders = append(all, j.orders.Close()), nil
	}
	if j.link != nil {
		all, j.link = append(all, j.link.Close()), nil
	}
	return errors.Join(all...)
}

// Joined is how the link to control stands.
type Joined struct {
	Edge    string        `json:"edge"` // its name there
	Control []string      `json:"control"`
	Link    hostlink.Link `json:"link"`
	Buffer  hostlink.Fill `json:"buffer"`
	// Highest is what control lets every site do but for exceptions; "": it told nothing yet, and sites go up to Unasked.
	Highest    string           `json:"highest,omitempty"`
	Exceptions int              `json:"exceptions,omitempty"`
	Until      evenkeel.Moment  `json:"until,omitempty"` // that holds until then
	Policy     string           `json:"policy,omitempty"`
	Unasked    string           `json:"unasked"`
	Orders     []Order          `json:"orders,omitempty"`
	Canary     evenkeel.AssetID `json:"canary,omitempty"` // the site by which it is shown that data is reached while one is shut
	Shown      []canary.Showed  `json:"shown,omitempty"`  // what was, last, since the start
}

// Order is one order that stands here.
type Order struct {
	Decision evenkeel.DecisionID `json:"decision"`
	Order    evenkeel.OrderID    `json:"order"`
	Tenant   evenkeel.TenantID   `json:"tenant,omitempty"`
	Measure  string              `json:"measure"`
	Assets   []evenkeel.AssetID  `json:"assets"`
	Until    evenkeel.Moment     `json:"until"`
	State    string              `json:"state"`
	Effect   string              `json:"effect,omitempty"`
	Why      string              `json:"why,omitempty"`
}

// status is how it stands; nil: this edge is joined to nobody.
func (j *joined) status(ctx context.Context) *Joined {
	if j == nil {
		return nil
	}
	x := &Joined{Edge: j.link.Host(), Control: j.link.Addresses(), Link: j.link.Link(), Buffer: j.link.Fill(), Unasked: j.p.o.Settings.Control.Unasked.String()}
	if m := j.p.edge.Bound(); m != nil {
		x.Highest, x.Exceptions, x.Until, x.Policy = m.Highest.String(), len(m.Except), m.Until, m.Policy
	}
	if j.canary != nil {
		x.Canary, x.Shown = evenkeel.AssetID(j.p.o.Settings.Control.Canary.Asset), j.canary.Shown()
	}
	now := evenkeel.MomentOf(j.p.o.Now())
	for _, s := range j.orders.Standing(ctx) {
		one := Order{Decision: s.Order.Decision, Order: s.Order.ID, Tenant: s.Order.Tenant, Measure: s.Order.Measure.String(), Assets: s.Order.Assets, Until: now.Add(s.Left), State: "failed", Effect: s.Effect, Why: s.Why}
		if s.State != 0 {
			one.State = s.State.String()
		}
		x.Orders = append(x.Orders, one)
	}
	return x
}

// release lets go of what a decision ordered, at the word of this machine's owner.
func (j *joined) release(ctx context.Context, w *Wish) (evenkeel.Receipt, error) {
	if err := cmp.Or(checkWhy("release", w.Why), evenkeel.CheckID("decision", string(w.Decision))); err != nil {
		return evenkeel.Receipt{}, err
	}
	if j == nil {
		return evenkeel.Receipt{}, notJoined("release " + string(w.Decision))
	}
	r, err := j.orders.Release(ctx, w.Decision, w.Why)
	if err == nil {
		j.report(r)
	}
	return r, err
}

func notJoined(does string) error {
	return &evenkeel.Error{
		Kind: evenkeel.KindNotFound, Says: does + ": this edge is joined to no control, and nothing is ordered here",
		Hint: "evenkeel gateway enrol joins it; evenkeel gateway start ends a stop that was typed here",
	}
}

// Enrol brings the key of this edge to control with a token, once. See hostlink.Enrol.
func Enrol(ctx context.Context, s Settings, token string, now func() time.Time) (hostlink.Enrolment, error) {
	t, err := hostlink.ParseToken(token)
	if err != nil {
		return hostlink.Enrolment{}, err
	}
	if err := os.MkdirAll(s.Data, 0o700); err != nil {
		return hostlink.Enrolment{}, kernel.FileError("make", s.Data, err)
	}
	return hostlink.Enrol(ctx, filepath.Join(s.Data, dirLink), t, now)
}
