package gateway

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/challenge"
	"github.com/evenkeel/evenkeel/instrument/sketch"
	"github.com/evenkeel/evenkeel/shield/gateway/answer"
	"github.com/evenkeel/evenkeel/shield/gateway/share"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
	"github.com/evenkeel/evenkeel/shield/mandate"
)

// domain is what an edge knows of one site beside its document. Nothing of it is any other tenant's.
type domain struct {
	id      site.ID
	key     share.Key // of the id, among edges
	known   string    // by which the gate knows those who came before and holders of a pass, while something presses
	site    atomic.Pointer[site.Site]
	stage   atomic.Uint32                    // a stage.Stage
	pressed atomic.Bool                      // visitors bring harm
	broad   atomic.Bool                      // at Cookie, everybody without a pass is asked, and not only whoever is unusual
	rules   atomic.Pointer[suspect.Set]      // in force or in shadow; nil is none
	back    atomic.Pointer[[]suspect.Report] // rules that were taken back
	stop    atomic.Int64                     // until when the operator stopped it, a Moment
	shut    atomic.Int64                     // until when an order has its own page shown, likewise
	news    atomic.Pointer[answer.Update]    // of such an order: what the page says that is new, and since when
	mandate atomic.Pointer[stage.Mandate]
	bounds  bounds                          // of which mandate follows; Edge.bound is locked
	line    atomic.Pointer[line]            // while the stage is Queue
	spent   atomic.Pointer[challenge.Spent] // while something is asked
	passes  atomic.Pointer[passes]          // likewise
	weight  atomic.Int32                    // at the gate
	slow    atomic.Int64                    // answers that visitors take slowly
	open    bucket                          // of what no stage holds back
	bots    atomic.Pointer[[]bucket]        // of good bots, by their place; while something presses
	waiting atomic.Bool                     // it is in the inbox
	pages   atomic.Pointer[notices]         // what visitors are told when it is down

	mu    sync.Mutex // of what stands below
	tally tally
	batch []noted
	habit *suspect.Habit // written by the scribe alone
	books books

	// The scribe's own.
	controller *stage.Controller
	granted    *stage.Mandate
	watch      *suspect.Watch  // lent
	seen       int             // visits, until it has a habit
	learns     []suspect.Visit // of this second
	callers    []netip.Addr    // likewise
	fresh      [10]uint32      // new addresses of the last ten seconds
	last       atomic.Pointer[stage.Turn]
	changed    atomic.Pointer[Change] // At 0: before a restart
	kept       atomic.Pointer[saved]  // for Save
	keeps      int
	alarms     int  // looks in turn that found an attack in part of a second
	active     bool // the scribe steps it each second
	joined     bool // it has heard what other edges spent
	attacked   bool // an attack is added up
	weighed    evenkeel.Moment

	listed  atomic.Bool // the teller looks at it
	telling *telling    // the teller's
}

// tally is what came within a second, as far as requests can say it.
type tally struct {
	stage.Tally
	seen, strange uint32           // visits that the scribe looked at, and of them with a client that is not usual here
	waits         sketch.Histogram // of the backend, in µs
	answered      uint32
}

// noted is one visit that the scribe will look at.
type noted struct {
	suspect.Visit
	what what
}

// what is why a visit is noted.
type what uint8

const (
	came   what = iota // it came
	asked              // a page asked it for something
	failed             // it answered wrongly
	passed             // it did what it was asked
)

// How many visits wait for the scribe at most: in calm a sample of them is enough.
const (
	calmBatch    = 256
	pressedBatch = 4096
)

func newDomain(id site.ID) *domain {
	return &domain{id: id, key: share.KeyOf(string(id)), known: string(id) + " known", controller: stage.New(), books: books{room: coldRoom}}
}

// be makes it the domain of a site's newest document.
func (d *domain) be(s *site.Site) {
	if d.site.Swap(s) != s {
		d.pages.Store(nil)
	}
}

func (d *domain) at() stage.Stage { return stage.Stage(d.stage.Load()) }

// tickets remembers which answers were used, from the first on.
func (d *domain) tickets() *challenge.Spent {
	if d.spent.Load() == nil {
		d.spent.CompareAndSwap(nil, challenge.NewSpent(spentRoom))
	}
	return d.spent.Load()
}

// counts are those of passes, from the first on; told: other edges are told of them.
func (d *domain) counts(told bool) *passes {
	if d.passes.Load() == nil {
		p := new(passes)
		if told {
			p.uses = new([passCells]atomic.Uint32)
		}
		d.passes.CompareAndSwap(nil, p)
	}
	return d.passes.Load()
}

// shuts says until when an order has its own page shown; 0 where none does.
func (d *domain) shuts(now evenkeel.Moment) evenkeel.Moment {
	if until := evenkeel.Moment(d.shut.Load()); until > now {
		return until
	}
	return 0
}

// botsAre are the budgets of so many good bots, from the first visit of one on.
func (d *domain) botsAre(many int) []bucket {
	if d.bots.Load() == nil {
		fresh := make([]bucket, many)
		d.bots.CompareAndSwap(nil, &fresh)
	}
	return *d.bots.Load()
}

// stopped says until when the operator stopped it; 0 where it is not.
func (d *domain) stopped(now evenkeel.Moment) evenkeel.Moment {
	if until := evenkeel.Moment(d.stop.Load()); until > now {
		return until
	}
	return 0
}

// class fills in which kind of page a visit asks for, where something asks for kinds.
func (d *domain) class(v *suspect.Visit) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.habit != nil {
		v.Class, _ = d.habit.Class(&v.Shape)
	}
}

// usual says whether a client is one that usually comes here.
func (d *domain) usual(v *suspect.Visit) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.habit != nil && d.habit.Usual(v)
}

// came counts a visit, and leaves it to the scribe.
func (d *domain) came(in *inbox, v *suspect.Visit, contradicts bool) {
	d.mu.Lock()
	d.tally.Offered++
	if contradicts {
		d.tally.Contradictory++
	}
	d.leave(noted{*v, came})
	d.mu.Unlock()
	in.add(d)
}

// leave puts a visit where the scribe finds it, if there is room.
func (d *domain) leave(n noted) {
	room := calmBatch
	if d.pressed.Load() {
		room = pressedBatch
	}
	if len(d.batch) < room {
		d.batch = append(d.batch, n)
	}
}

// tell counts what became of a visit beside that it came, and leaves it to the scribe.
func (d *domain) tell(in *inbox, v *suspect.Visit, w what) {
	d.mu.Lock()
	switch w {
	case asked:
		d.tally.Asked++
	case passed:
		d.tally.Solved++
		d.books.sum.Solved++
	}
	d.leave(noted{*v, w})
	d.mu.Unlock()
	in.add(d)
}

// ended counts what came of a request: how long the backend took until it began to answer (0: it did not), and whether it failed. Whoever calls it
// has the lock.
func (d *domain) ended(shape *suspect.Shape, wait time.Duration, failed bool, cost stage.Cost) {
	if wait > 0 {
		d.tally.waits.Add(uint64(wait / time.Microsecond))
		d.tally.answered++
	}
	b := &d.books
	if failed {
		d.tally.Failed++
		b.sum.Failed++
	}
	b.work += cost.CPU
	b.sum.Backend += cost.Backend
	if d.stage.Load() > uint32(stage.Observe) || d.pressed.Load() {
		d.tally.Absorbed.Bytes += cost.Bytes
		d.tally.Absorbed.Backend += cost.Backend
	} else if !failed && cost.Backend > 0 {
		b.paid(shape, cost.Backend)
	}
}

// standing is where it stands; what the directory and the gate know is missing.
func (d *domain) standing(now evenkeel.Moment) Standing {
	x := Standing{Stage: d.at(), Stopped: d.stopped(now)}
	if c := d.changed.Load(); c != nil {
		x.Since, x.Why = c.At, c.Turn.Why()
	}
	if t := d.last.Load(); t != nil {
		x.Last = *t
	}
	x.Rules, x.Back = d.reports(now)
	return x
}

// allowed says whether a site's own list lets an address pass.
func allowed(s *site.Site, a netip.Addr) bool {
	for _, n := range s.Allowed {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// notices are the maintenance pages of a site, by language of the tenant's words.
type notices struct {
	since evenkeel.Moment
	told  *mandate.Text // what is new there; nil: nothing
	by    [answer.Langs]*answer.Notice
}
