package gateway

import (
	"context"
	"math"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/challenge"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

// How often the scribe looks at what came, and weighs the second.
const (
	lookEvery   = 100 * time.Millisecond
	looks       = 10   // a second
	mostCallers = 2048 // addresses of a second that are remembered as of calm
	habitFrom   = 100  // visits, from which on a domain has a habit: of many that hardly anybody visits nothing is learned
	learnEach   = 4    // visits of a look from which a domain learns, if the second turns out to be calm
)

// regularFor is how long an address that came to a domain in calm is known there, and up to twice as long.
const regularFor = 2 * time.Hour

// The edge is hot for hotFor after a look that came late by hotLate, or between which and the one before it its threads waited for processors for more than hotWait of
// the time; what is later than hotMost is a clock that was set.
const (
	hotWait = 0.25
	hotLate = 30 * time.Millisecond
	hotMost = time.Minute
	hotFor  = time.Second
)

// shookFor is how long ago, up to twice as long, an address has to have shaken hands to be called one that does only that.
const shookFor = 2 * time.Second

// Watches is how many domains may be watched closely at once, WatchSize each. Where more are pressed, the stage alone acts at the others.
const Watches = 32

// spentRoom is how many answers to challenges are remembered for a domain in an epoch, 8 bytes each.
const spentRoom = 1 << 13

// scribe is the one goroutine that learns from visits and moves the stages: what it knows of all domains needs no lock.
type scribe struct {
	e      *Edge
	shaper suspect.Shaper
	crowd  *suspect.Crowd
	lent   int
	shelf  []*suspect.Watch // not lent now
	fresh  *seen            // addresses at domains
	calm   *seen            // likewise, that came when nothing was wrong
	shook  *seen            // likewise, that shook hands
	fails  *failures        // of addresses at domains
	active []*domain
	room   []*domain // for the inbox
	spare  [][]noted // for domains' batches
	look   int
	looked time.Time
	waited time.Duration // of Config.Waited, at that
	rate   rate          // of processor time
}

func newScribe(e *Edge) *scribe {
	return &scribe{e: e, shaper: suspect.NewShaper(e.c.Key), crowd: suspect.NewCrowd(e.c.Key), fresh: newSeen(e.c.Key, 10*time.Minute, seenPlaces), calm: newSeen(e.c.Key, regularFor, seenPlaces), shook: newSeen(e.c.Key, shookFor, shookPlaces), fails: newFailures(e.c.Key), rate: rate{by: 1}}
}

// Run learns from what comes, moves the stages, and checks backends, until ctx ends; then it says goodbye to the other edges, if there are some.
func (e *Edge) Run(ctx context.Context) error {
	checks := make(chan error, 1)
	go func() { checks <- e.pools.Run(ctx) }()
	beat := time.NewTicker(lookEvery)
	defer beat.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-beat.C:
			e.Look(e.c.Clock())
		}
	}
	e.Leave(e.c.Clock())
	return <-checks
}

// late says whether the edge was short of processor time since the look before this one.
func (s *scribe) late(now time.Time) bool {
	passed, waited := now.Sub(s.looked), time.Duration(0)
	if s.e.c.Waited != nil {
		all := s.e.c.Waited()
		waited, s.waited = all-s.waited, all
	}
	first := s.looked.IsZero()
	s.looked = now
	if first || passed <= 0 || passed >= hotMost {
		return false
	}
	return passed-lookEvery > hotLate || waited.Seconds() > hotWait*passed.Seconds()*float64(max(s.e.c.Processors, 1))
}

// Look is one beat of Run, for whoever has its own clock: it is called each 100 ms, by one goroutine.
func (e *Edge) Look(now time.Time) {
	s := e.scribe
	moment := evenkeel.MomentOf(now)
	if s.late(now) {
		e.hot.Store(now.Add(hotFor).UnixNano())
	}
	s.read(moment)
	if e.fleet != nil {
		s.obey(moment)
		s.tell(now)
	}
	if s.look++; s.look < looks {
		return
	}
	if f := e.fleet; f != nil {
		f.beat++
		f.sites, f.passes = f.sites[:0], f.passes[:0]
	}
	s.look = 0
	s.shook.turn(moment)
	if e.c.Used != nil {
		s.rate.step(e.c.Used())
	}
	e.gate.Sweep(e.ticks(now))
	e.bans.sweep(moment)
	kept := s.active[:0]
	for _, d := range s.active {
		if s.weigh(d, now, moment, time.Second) {
			kept = append(kept, d)
		} else {
			d.active = false
			d.mu.Lock()
			if len(d.batch) == 0 { // its memory is another's
				s.give(d.batch)
				d.batch, d.learns, d.callers = nil, nil, nil
			}
			d.mu.Unlock()
		}
	}
	clear(s.active[len(kept):])
	if s.active = kept; e.fleet != nil {
		s.tellAll(now)
	}
}

// read takes the visits that wait.
func (s *scribe) read(now evenkeel.Moment) {
	wait := s.e.inbox.take(s.room)
	for _, d := range wait {
		if !d.active {
			d.active, d.weighed = true, now.Add(-lookEvery)
			s.active = append(s.active, d)
		}
		d.mu.Lock()
		something := len(d.batch) > 0 || d.books.work > 0
		batch := d.batch
		d.batch = s.roomFor(len(batch))
		if d.seen += len(batch); d.habit == nil && d.seen >= habitFrom {
			d.habit = suspect.NewHabit(s.e.c.Key)
		}
		many := d.tally.Offered >= alarmFrom
		d.mu.Unlock()
		if something && !d.listed.Load() && d.listed.CompareAndSwap(false, true) {
			s.e.teller.add(s.e, d, now.Add(-lookEvery))
		}
		s.note(d, batch, now)
		s.give(batch)
		s.alarm(d, now, many)
	}
	clear(wait)
	s.room = wait
}

// An attack is met before its first second is over: where alarmLooks looks in turn find that what came of a second so far, alarmFrom requests
// or more, is one by itself.
const (
	alarmFrom  = 30
	alarmLooks = 2
)

// alarm takes a domain up at once where part of a second says that it is attacked.
func (s *scribe) alarm(d *domain, now evenkeel.Moment, many bool) {
	if !many || d.at() != stage.Observe || s.look == looks-1 { // which is weighed right now
		d.alarms = 0
		return
	}
	s.grant(d, now)
	inFlight, limit := s.places(d)
	d.mu.Lock()
	t := d.tally.sum()
	d.mu.Unlock()
	t.InFlight, t.Limit = inFlight, limit
	if d.alarms++; !d.controller.Alarms(now, t) {
		d.alarms = 0
	} else if d.alarms >= alarmLooks {
		d.alarms = 0
		s.weigh(d, s.e.c.Clock(), now, time.Duration(s.look+1)*lookEvery)
	}
}

// roomFor is room for a domain's next batch, where the last one had so many visits: a few make their own.
func (s *scribe) roomFor(n int) []noted {
	last := len(s.spare) - 1
	if n < 8 || last < 0 {
		return nil
	}
	out := s.spare[last]
	s.spare = s.spare[:last]
	return out[:0]
}

// mostSpare is how many batches are kept for others.
const mostSpare = 64

// give takes a batch back.
func (s *scribe) give(batch []noted) {
	if cap(batch) >= 8 && len(s.spare) < mostSpare {
		s.spare = append(s.spare, batch)
	}
}

// note learns from visits.
func (s *scribe) note(d *domain, batch []noted, now evenkeel.Moment) {
	var fresh, seen, strange uint32
	calm := d.at() == stage.Observe && !d.pressed.Load()
	for i := range batch {
		n := &batch[i]
		v := &n.Visit
		switch n.what {
		case asked:
			n, anew := s.fails.asked(d.id, v.Address, now)
			if anew {
				d.told(now, v, (*suspect.Set).Asked)
			}
			s.ban(d, v, n, now)
			continue
		case failed:
			s.ban(d, v, s.fails.failed(d.id, v.Address, now), now)
			continue
		case passed:
			s.fails.solved(d.id, v.Address)
			d.told(now, v, (*suspect.Set).Solved)
			v.Pass = true
			s.crowd.Note(now, v)
			continue
		}
		seen++
		if !s.fresh.add(d.id, v.Address, now) {
			fresh++
		}
		if d.habit.Learned() && !v.Bot && !d.habit.Usual(v) {
			strange++
		}
		if d.watch != nil {
			d.watch.Note(now, v)
		} else {
			s.crowd.Note(now, v)
		}
	}
	for i, taken := 0, 0; calm && d.habit != nil && i < len(batch) && taken < learnEach; i++ {
		if batch[i].what == came {
			d.learns = append(d.learns, batch[i].Visit)
			taken++
		}
	}
	for i := 0; calm && i < len(batch) && len(d.callers) < mostCallers; i++ {
		if batch[i].what == came {
			d.callers = append(d.callers, batch[i].Address)
		}
	}
	d.mu.Lock()
	d.tally.Fresh += fresh
	d.tally.seen += seen
	d.tally.strange += strange
	d.mu.Unlock()
}

// weigh steps a domain's controller by one second, or by the part of one that is an attack by itself, and says whether it goes on.
func (s *scribe) weigh(d *domain, now time.Time, moment evenkeel.Moment, part time.Duration) bool {
	e := s.e
	s.grant(d, moment)
	t, came := s.tally(d)
	own := t
	if e.fleet != nil {
		t = s.sum(d, &own, now)
	}
	var turn stage.Turn
	if part < time.Second {
		turn = d.controller.Alarm(moment, t, part)
	} else {
		turn = d.controller.Step(moment, t)
	}
	if e.fleet != nil {
		s.weighed(d, &own, &turn)
	}
	s.expect(d, &turn)
	s.spend(d, moment, &turn, &came, d.since(moment))
	d.last.Store(&turn)
	d.stage.Store(uint32(turn.Stage))
	d.keep(&turn)
	s.learn(d, moment, &turn)
	if turn.Stage != stage.Cookie {
		d.broad.Store(false)
	} else if e.fleet != nil && !d.habit.Learned() || turn.Pressed && turn.Cause == stage.Crowd && turn.Asked < float64(turn.Passed) {
		d.broad.Store(true) // an edge that joined does not know who usually comes; what comes looks like what usually comes: whether these are people only a question can tell
	}
	s.lend(d, &turn)
	s.rule(d, moment, &turn)
	s.open(d, now, &turn)
	if turn.Changed() {
		s.change(d, moment, turn)
	}
	if turn.Quiet > challenge.TokenFor && turn.Stage == stage.Observe { // nobody answers any more
		d.passes.Store(nil)
		d.spent.Store(nil)
		d.bots.Store(nil)
	}
	return turn.Stage > stage.Observe || turn.Pressed || d.spent.Load() != nil || t.Offered > 0 || d.watch != nil || d.rules.Load() != nil || d.attacked
}

// mostSince is how long a second is at most that is added up, whatever the clock says.
const mostSince = 5 * time.Second

// since is how much time went since the domain was weighed last.
func (d *domain) since(now evenkeel.Moment) time.Duration {
	was := d.weighed
	if d.weighed = now; was == 0 {
		return time.Second
	}
	return min(max(now.Sub(was), 0), mostSince)
}

// grant hands the controller a mandate that is new.
func (s *scribe) grant(d *domain, now evenkeel.Moment) {
	if m := d.mandate.Load(); m != nil && m != d.granted {
		d.granted = m
		d.controller.Grant(now, *m) // Mandate checked it
	}
}

// change says that a stage is another.
func (s *scribe) change(d *domain, now evenkeel.Moment, turn stage.Turn) {
	of := d.site.Load()
	c := Change{Site: d.id, Tenant: of.Tenant, Asset: of.Asset, At: now, Turn: turn}
	d.changed.Store(&c)
	if s.e.c.Changed != nil {
		s.e.c.Changed(c)
	}
}

// learn takes what came in a second for usual, where nothing was wrong in it: so what an attack begins with does not become usual.
func (s *scribe) learn(d *domain, now evenkeel.Moment, turn *stage.Turn) {
	if turn.Stage == stage.Observe && turn.Cause == stage.Calm && d.habit != nil {
		d.mu.Lock()
		d.habit.Passed(time.Second)
		for i := range d.learns {
			d.habit.Note(&d.learns[i])
		}
		d.mu.Unlock()
		for _, a := range d.callers {
			s.calm.add(d.id, a, now)
		}
	}
	d.callers = d.callers[:0]
	if d.learns = d.learns[:0]; turn.Stage > stage.Observe {
		d.learns, d.callers = nil, nil
	}
}

// places says how many places at the backend are taken, and how many there are: of the two lines, in whichever is nearer to its limit.
func (s *scribe) places(d *domain) (inFlight, limit uint32) {
	standing, _ := s.e.gate.Of(string(d.id))
	if known, ok := s.e.gate.Of(d.known); ok && known.InFlight*standing.Limit > standing.InFlight*known.Limit {
		standing = known
	}
	return uint32(standing.InFlight), uint32(standing.Limit)
}

// sum is what came of the second so far. Whoever calls it has the lock.
func (t *tally) sum() stage.Tally {
	out := t.Tally
	if t.answered > 0 {
		_, high := t.waits.Quantile(0.95)
		out.P95 = time.Duration(high) * time.Microsecond
	}
	// What found no room is taken to be as what did.
	part := func(n uint32) uint32 {
		if t.seen == 0 {
			return 0
		}
		return uint32(math.Round(float64(n) / float64(t.seen) * float64(t.Offered)))
	}
	out.Fresh, out.Unknown = part(t.Fresh), part(t.strange)
	return out
}

// tally takes what came within the second.
func (s *scribe) tally(d *domain) (out stage.Tally, came Sum) {
	inFlight, limit := s.places(d)
	d.mu.Lock()
	t := &d.tally
	out = t.sum()
	s.rate.work += d.books.work
	came = d.books.second(s.rate.by, d.site.Load().Connections)
	out.Absorbed.CPU = came.Edge
	t.waits.Reset()
	d.tally = tally{waits: t.waits}
	d.mu.Unlock()
	out.InFlight, out.Limit = inFlight, limit
	copy(d.fresh[1:], d.fresh[:])
	d.fresh[0] = out.Fresh
	for _, n := range d.fresh {
		out.Slope += float64(n) / float64(len(d.fresh))
	}
	return out, came
}

// expect sets how many strangers are wanted in the second that follows.
func (s *scribe) expect(d *domain, turn *stage.Turn) {
	d.mu.Lock()
	d.books.expect(turn)
	d.mu.Unlock()
}

// lend gives a domain a watch while something presses, and takes it back when it is over.
func (s *scribe) lend(d *domain, turn *stage.Turn) {
	want := turn.Pressed || turn.Stage > stage.Observe
	d.pressed.Store(want)
	switch {
	case want && d.watch == nil && len(s.shelf) > 0:
		last := len(s.shelf) - 1
		d.watch, s.shelf = s.shelf[last], s.shelf[:last]
		d.watch.Reset(d.habit)
	case want && d.watch == nil && s.lent < Watches:
		s.lent++
		d.watch = suspect.NewWatch(s.e.c.Key, s.crowd, d.habit)
	case !want && d.watch != nil:
		s.shelf = append(s.shelf, d.watch)
		d.watch = nil
	}
}

// cutOf is which share of what comes is more than the backend answers.
func cutOf(turn *stage.Turn) float64 {
	offered := float64(turn.Offered)
	if offered == 0 {
		return 0
	}
	return min(max(1-turn.Capacity()/offered, 0), 0.99)
}

// open opens the waiting room, lets in who has room in this second, and closes it.
func (s *scribe) open(d *domain, now time.Time, turn *stage.Turn) {
	l := d.line.Load()
	room := int64(max((turn.Capacity()*0.9-float64(turn.Passed))*s.e.partOf(), 1))
	switch {
	case turn.Stage == stage.Queue && l == nil:
		d.line.Store(newLine(now, room))
	case turn.Stage == stage.Queue:
		l.next(now, room)
	case l != nil:
		d.line.Store(nil)
	}
}
