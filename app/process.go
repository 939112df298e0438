package app

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/app/internal/checkpoint"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/courier/inbox"
	"github.com/evenkeel/evenkeel/courier/page"
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/instrument/redact"
	"github.com/evenkeel/evenkeel/inventory"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/staff"
	"github.com/evenkeel/evenkeel/store/sqlite"
	"github.com/evenkeel/evenkeel/stream"
	"github.com/evenkeel/evenkeel/watch"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// Parts are what a process is made of.
type Parts struct {
	Config   config.Document
	Settings string // the file that Config was read from, which hints name; "": none was
	Rules    []*rule.Rule
	Policies Policies
	Roles    []Role // none: all
	Now      func() time.Time
	Log      *slog.Logger
	Version  string          // of the program, for people
	Ready    func(Addresses) // told once, when senders are let in; may be nil
}

// Addresses are where a process listens.
type Addresses struct {
	Console, OTLPHTTP, OTLPgRPC string
	LMTP, SMTP                  string // where mails are handed in; "" where they are not
	Reports                     string // where others report abuse; "" nowhere
	Hosts                       string // where agents on hosts connect; "" nowhere
	SignIn                      string // a link that signs the operator in, once; "" where somebody has enrolled
}

// Process is one Evenkeel on one machine: it takes telemetry in, watches, and judges.
type Process struct{ parts Parts }

// New checks what a process is to be made of. Nothing is opened before Run.
func New(p Parts) (*Process, error) {
	if err := p.Config.Reachable(); err != nil {
		return nil, err
	}
	if p.Policies.Force == nil || p.Now == nil || p.Log == nil {
		return nil, evenkeel.Invalid("a process without a policy, a clock or a log; expected all of them")
	}
	return &Process{p}, nil
}

// How long the end of a process may take, and its parts of it.
const (
	endsFront = time.Second     // requests that are at work
	endsJudge = 2 * time.Second // findings that were handed on
)

// Run serves until ctx ends or a part fails, and returns when all work has ended.
func (p *Process) Run(ctx context.Context) (err error) {
	dir := p.parts.Config.Data
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fileError("make the directory", dir, err)
	}
	held, err := lock(dir, p.parts.Now())
	if err != nil {
		return err
	}
	defer held.Close()
	collectEarly()
	h := &house{parts: &p.parts, dir: dir, reg: prometheus.NewRegistry()}
	if err = h.open(ctx); err == nil {
		err = h.live(ctx)
	}
	return cmp.Or(err, h.close())
}

// house is a process while it runs.
type house struct {
	parts     *Parts
	dir       string
	reg       *prometheus.Registry
	hands     *hands
	hosts     *hosts // nil: none can connect
	canary    *canary
	links     link.Keys
	linkMarks redact.Key // what links say of whose they are
	base      string     // what links begin with
	staff     *staff.Desk
	orders    *Orders
	enforcer  *shield.Enforcer
	courier   *courier.Courier
	posts     *courier.Courier // to machines of tenants
	rota      judge.Rota       // nil: the settings name none
	caller    *page.Caller
	heartbeat *heartbeat // nil: no watcher outside is named
	judge     *Judge
	books     *sqlite.DB
	intake    *stream.Intake
	arrivals  *arrivals
	front     *front
	watcher   *watcher
	bench     *bench
	archive   *archive
	platform  *platform
	noter     *noter
	state     *state
	attest    *attest // nil: no witness is asked
	clerk     *clerk
	herald    *herald
	biller    *biller       // nil: nobody bills
	sites     *sitebook     // what comes to sites
	reckoner  *reckoner     // what that comes to
	heard     *inbox.Folder // mails that were heard
}

// open makes the parts, in the order in which they need each other. Senders are let in last.
func (h *house) open(ctx context.Context) (err error) {
	p, c := h.parts, &h.parts.Config
	h.heard = heardIn(h.path(dirHeard))
	key, err := keyIn(h.dir)
	if err != nil {
		return err
	}
	if c.Hosts.Listen != "" {
		h.hosts = newHosts(c, h.now, p.Log)
	}
	if h.hands, err = openHands(h.dir, &c.Shield.Webhook, h.hosts, h.now); err != nil {
		return err
	}
	h.openCanary()
	if err := h.openRota(); err != nil {
		return err
	}
	parts := judge.Parts{
		Policy: p.Policies.Force, Shadow: p.Policies.Shadow, Means: h.hands.means(c.Courier.Tells()), Shown: h.hands.shown, Unshown: h.hands.unshown, Rota: h.rota, Build: p.Version,
	}
	if h.hands.paper && c.Courier.Tells() {
		p.Log.Warn("tenants are told and nobody carries measures out, so they are only asked", "hint", "set shield.webhook, as docs/shield.md says, or hosts.measures, as docs/host.md does")
	}
	for _, w := range unlinked(c) {
		p.Log.Warn(w, "hint", "set console.url, such as https://abuse.example.net")
	}
	for _, w := range unbilled(c, p.Policies.Force) {
		p.Log.Warn(w, "hint", "set billing.webhook, as docs/credits.md says")
	}
	if h.judge, h.books, err = resume(h.dir, parts, sqlite.Options{Sync: c.Sync()}); err != nil {
		return err
	}
	h.judge.heads.log = p.Log
	switch carried, err := h.tellUnreached(ctx); {
	case err != nil:
		return err
	case !carried: // else the hint goes on naming those with which hosts can connect
		if err := h.noteSettings(); err != nil {
			return err
		}
	}
	if err := cmp.Or(h.judge.Enact(ctx, h.now()), h.wrote(ctx), h.loaded(ctx)); err != nil {
		return err
	}
	shelf, err := checkpoint.On(h.path("checkpoints"))
	if err != nil {
		return fileError("open", h.path("checkpoints"), err)
	}
	memory, err := recall(shelf, p, key)
	if err != nil {
		return err
	}
	if h.intake, err = stream.Open(ctx, stream.Options{
		Dir: h.path("intake"), Sync: c.Sync(), MaxBytes: int64(c.Retention.Bytes), MaxAge: c.Retention.Age, Logger: p.Log,
	}); err != nil {
		return err
	}
	if err := h.align(ctx, memory.at); err != nil {
		return err
	}
	return h.connect(ctx, memory, shelf, key)
}

// align sees to it that no new batch gets a position that was consumed already, and notes how
// far the log reaches.
func (h *house) align(ctx context.Context, at stream.Position) error {
	first, last, err := h.intake.Bounds(ctx)
	if err == nil && at > last {
		h.parts.Log.Warn("the log ends before the checkpoint, as after a loss of power: it goes on from the checkpoint, which knows what the log has lost",
			"log", last, "checkpoint", at)
		err = h.intake.Trim(ctx, at)
	}
	h.state = &state{now: h.parts.Now, log: h.parts.Log, began: h.parts.Now(), nobodys: unownedTeller{path: h.path(fileUnowned)}}
	h.state.goal, h.state.read = max(last, at), func() uint64 {
		s := h.intake.Stats()
		return s.Consumed + s.Damaged + s.Missing
	}
	if behind := max(at+1, first); behind <= last {
		h.state.left = uint64(last-behind) + 1
	}
	return err
}

// connect builds the way of a record from the door to the books.
func (h *house) connect(ctx context.Context, m recollection, shelf *checkpoint.Shelf, key secret) (err error) {
	images := make(chan *image, 1) // at most one is under way, so it has room
	errands := stream.NewTopic[*errand](errandsWait, h.parts.Log)
	if err := h.state.register(h.reg, h); err != nil {
		return err
	}
	if h.bench, err = newBench(h.dir, h.judge, errands, images, h.state); err != nil {
		return err
	}
	if err := h.openSites(); err != nil {
		return err
	}
	h.watcher = newWatcher(m, h.intake, errands, h.state, h.parts.Config.Checkpoint.Every)
	h.platform = newPlatform(h)
	h.watcher.sees = h.platform.see
	h.watcher.sites = h.sites
	h.archive = &archive{shelf: shelf, images: images, free: h.watcher.free, trim: h.intake.Trim, settle: h.settle, state: h.state}
	if h.attest, err = openAttest(h); err != nil {
		return err
	}
	if h.clerk, err = openClerk(h, key); err != nil {
		return err
	}
	if h.herald, err = openHerald(h); err != nil {
		return err
	}
	if h.biller, err = openBiller(h); err != nil {
		return err
	}
	if h.reckoner, err = openReckoner(h); err != nil {
		return err
	}
	h.front, err = openFront(ctx, h, key)
	return err
}

// live runs all parts, and ends them from the front to the back.
func (h *house) live(ctx context.Context) error {
	if err := h.bench.reopen(ctx); err != nil { // before anything is fed to the judge
		if evenkeel.KindOf(err) == evenkeel.KindUnavailable {
			return err
		}
		h.state.swept(err)
	}
	front, endFront := context.WithCancel(ctx)
	defer endFront()
	var failed failure
	saving := failed.run(endFront, func() error { return limitMemory(front) })
	servers := failed.run(endFront, h.front.runs(front)...)
	seeing, endSeeing := context.WithCancel(context.WithoutCancel(ctx))
	defer endSeeing()
	watching := failed.run(endFront, func() error { return h.watcher.Run(seeing) })
	judging, endJudging := context.WithCancel(context.WithoutCancel(ctx))
	defer endJudging()
	h.bench.done = endJudging
	judged := failed.run(endFront, func() error { return h.bench.Run(judging) })
	archived := failed.run(endFront, h.archive.Run)
	counted := failed.run(endFront, func() error { return h.sites.Run(seeing) })
	sending := failed.run(endFront, h.senders(front)...)
	outside := failed.run(endFront, h.outside(front)...)

	h.parts.Log.Info("serving", "console", h.base, "otlp_http", h.front.at.OTLPHTTP, "otlp_grpc", h.front.at.OTLPgRPC, "reports", h.front.at.Reports, "data", h.dir)
	h.parts.Log.Info("in force", "rules", rulesInForce(h.parts.Rules), "policy", h.parts.Policies.Force.ID())
	if link := h.front.at.SignIn; link != "" {
		h.parts.Log.Info("nobody has enrolled yet: this link signs you in, once", "link", link)
	}
	if h.parts.Ready != nil {
		h.parts.Ready(h.front.at)
	}
	<-front.Done()
	saving.Wait()
	servers.Wait()
	sending.Wait() // what was on its way comes again
	outside.Wait()
	endSeeing()
	watching.Wait()
	counted.Wait()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), endsJudge)
	defer cancel()
	if err := h.watcher.finish(last); err != nil {
		h.parts.Log.Warn("ends without a last checkpoint: what came since the one before is read again", "err", err)
	}
	context.AfterFunc(last, endJudging) // whatever is not judged by then comes again
	judged.Wait()
	close(h.bench.images)
	archived.Wait()
	h.parts.Log.Info("ended")
	return failed.err()
}

// outside are the loops that tell those outside who are neither tenants nor carry anything out:
// witnesses, whoever bills, reporters, who was attacked, and the watcher; and what looks after what is kept.
func (h *house) outside(ctx context.Context) (all []func() error) {
	if h.attest != nil {
		all = append(all, func() error { return h.attest.Run(ctx) })
	}
	if h.biller != nil {
		all = append(all, func() error { return h.biller.Run(ctx) })
	}
	if h.hosts != nil {
		m := h.mandates()
		n := h.news()
		all = append(all, func() error { return m.Run(ctx) }, func() error { return n.Run(ctx) })
	}
	all = append(all, func() error { return h.reckoner.Run(ctx) })
	if h.heartbeat != nil {
		all = append(all, func() error { return h.heartbeat.Run(ctx) })
	}
	all = append(all, func() error { return h.platform.Run(ctx) })
	all = append(all, func() error {
		return (&retention{h.books, h.heard, []*aside{h.bench.aside, h.bench.acts}, h.parts.Config.Retention, h.now, h.parts.Log}).Run(ctx)
	})
	unjudged := &vigil{over: "findings that could not be judged", look: overAside(h.bench.aside), call: h.judge.SetAside, now: h.now, log: h.parts.Log}
	return append(all, func() error { return unjudged.Run(ctx) }, func() error { return h.clerk.Run(ctx) }, func() error { return h.herald.Run(ctx) })
}

// close closes what was opened.
func (h *house) close() error {
	var errs []error
	if h.front != nil {
		errs = append(errs, h.front.close())
	}
	if h.intake != nil {
		errs = append(errs, h.intake.Close())
	}
	if h.bench != nil {
		errs = append(errs, h.bench.close())
	}
	if h.judge != nil {
		errs = append(errs, h.judge.Close(h.now()))
	}
	if h.hands != nil {
		errs = append(errs, h.hands.close())
	}
	return errors.Join(errs...)
}

// failure is the first error of the parts that run.
type failure struct {
	mu    sync.Mutex
	first error
}

// run starts parts. Where one returns an error, all are to end.
func (f *failure) run(end func(), parts ...func() error) *sync.WaitGroup {
	var group sync.WaitGroup
	for _, part := range parts {
		group.Go(func() {
			if err := part(); err != nil {
				f.mu.Lock()
				f.first = cmp.Or(f.first, err)
				f.mu.Unlock()
				end()
			}
		})
	}
	return &group
}

func (f *failure) err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.first
}

// recollection is what is known up to a position of the log.
type recollection struct {
	engine   *watch.Engine
	registry *inventory.Registry
	at       stream.Position
}
