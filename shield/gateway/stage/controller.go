package stage

import (
	"math"
	"time"

	"github.com/evenkeel/evenkeel"
)

// How long things last. Rises are quick, because a backend fails within seconds, and leave the stage before a moment to
// show what it does; descents are slow.
const (
	RiseDwell  = 3 * time.Second  // between two rises
	Dwell      = 30 * time.Second // between any change and a descent
	LeastQuiet = 30 * time.Second // of quiet, before a descent
	MostQuiet  = 8 * time.Minute  // which it doubles to where it flaps
	MostHold   = 30 * time.Minute // at one stage without capacity being short: then one rung down is tried
	// MostReturn is within which it is back at Observe once it is quiet, from any stage.
	MostReturn = rungsFor * MostQuiet
	rungsFor   = time.Duration(rungs)

	pageAfter  = 30 * time.Second        // at Queue, before the page
	crowdFor   = 10 * time.Second        // in which visitors of a crowd solve what they were asked
	backFor    = time.Minute             // after a descent, in which a rise goes back only to where it was
	alarmDwell = 1500 * time.Millisecond // after an alarm, before the next rise: it had no whole second to judge by
	flapsFor   = 10 * time.Minute        // a rise so soon after a descent is a flap
	forgetFor  = time.Hour               // at Observe, after which flaps are forgotten
	mostStep   = 5 * time.Second         // that one step takes, whatever the clock says
	crowdShare = 0.4                     // of those asked, who solve: people do
	twoRungsAt = 10                      // times the capacity
	mostHeld   = 24 * time.Hour
)

// Controller decides on the stage of one domain. It is a value of fixed size, less than 400 bytes, and is used by one goroutine at a time.
// Make it with New.
type Controller struct {
	stage   Stage
	mandate Mandate
	left    time.Duration // of the mandate, by steps: a clock that is set back does not make it longer
	last    evenkeel.Moment
	usual   usual
	spent   spent
	clocks  clocks
	broke   broke
	load    load
	answers answers
	resumed bool // it was loaded, and the stage has not changed since; not kept
}

// clocks count in steps, so that the wall clock cannot shorten or lengthen them by much.
type clocks struct {
	held  time.Duration // since the last change of stage
	quiet time.Duration // since anything last pressed
	eased time.Duration // since capacity was last short
	down  time.Duration // since the last descent
	wait  time.Duration // of quiet that a descent needs now
	from  Stage         // where the last descent began
}

// broke is at how much demand, and how many new addresses a second, the backend broke in this attack; 0 is not known.
type broke struct{ demand, fresh float64 }

// answers are how many visitors were asked and solved, of about the last ten seconds.
type answers struct{ asked, solved float64 }

// load is what the backend was like a step before.
type load struct {
	p95      time.Duration
	inFlight uint32
}

// recovers says whether the backend works off what it has: less is in it than a step before, or it answers sooner.
func (l load) recovers(t Tally) bool {
	return t.InFlight < l.inFlight || float64(t.P95) < float64(0.97*float64(l.p95))
}

// New returns the controller of a domain of which nothing is known. It stays at Observe until it has a mandate.
func New() *Controller {
	return &Controller{usual: newUsual(), clocks: clocks{held: mostHeld, quiet: mostHeld, eased: mostHeld, down: mostHeld, wait: LeastQuiet}}
}

// Stage returns the stage as of the last step.
func (c *Controller) Stage() Stage { return c.stage }

// Grant replaces the mandate. What is above a lower one ends with the next step. On an error the mandate before stays.
func (c *Controller) Grant(now evenkeel.Moment, m Mandate) error {
	if err := m.Check(); err != nil {
		return err
	}
	c.mandate, c.left = m, min(max(m.Until.Sub(now), 0), MostMandate)
	return nil
}

// Step takes one second of the domain, and says what follows. It is called once a second while the stage is above Observe, and
// whenever requests came. Steps in no time change nothing but what needs none: a rise, and the end of a mandate.
func (c *Controller) Step(now evenkeel.Moment, t Tally) Turn {
	t = t.bounded()
	elapsed := c.pass(now)
	v := c.usual.view(now, t)
	attack := v.attack()
	c.note(t, v, elapsed, attack)

	turn := Turn{From: c.stage, Offered: t.Offered, Passed: t.Passed, Failed: t.Failed, InFlight: t.InFlight, Limit: t.Limit,
		P95: t.P95, Unknown: t.Unknown, Contradictory: t.Contradictory, Spent: c.spent.hour(), Budget: c.mandate.Budget, view: v,
		UsualP95: time.Duration(c.usual.p95 * float64(time.Second)), Asked: c.answers.asked, Solved: c.answers.solved,
		UsualFresh: c.usual.fresh, Pressed: attack, Quiet: c.clocks.quiet}
	turn.Stage, turn.Cause = c.next(now, t, &turn)
	c.move(turn.Stage, turn.Cause, t, v)
	c.load = load{t.P95, t.InFlight}
	if c.stage == Observe && turn.From == Observe && !attack {
		c.usual.learn(now, t, elapsed)
	}
	return turn
}

// Alarms says whether what came of a second so far is an attack by itself, at a domain that is at Observe and may go higher. It
// changes nothing.
func (c *Controller) Alarms(now evenkeel.Moment, t Tally) bool {
	if c.stage != Observe || c.ceiling(now, c.spent.hour()) == Observe {
		return false
	}
	v := c.usual.view(now, t.bounded())
	return v.attack()
}

// Alarm is Step for part of a second in which Alarms says that there is an attack. Figures are not scaled up to a second: what is done is what
// has come already is enough for. part is how long the second has lasted. The next rise may follow after alarmDwell, by what whole seconds say.
func (c *Controller) Alarm(now evenkeel.Moment, t Tally, part time.Duration) Turn {
	turn := c.Step(now, t)
	if turn.Changed() {
		c.clocks.held = RiseDwell - alarmDwell
		scale := float64(time.Second) / float64(min(max(part, time.Second/10), time.Second))
		c.broke.demand, c.broke.fresh = c.broke.demand*scale, c.broke.fresh*scale
	}
	return turn
}

// pass moves the clocks. A step back in time is none, and a leap counts as mostStep.
func (c *Controller) pass(now evenkeel.Moment) time.Duration {
	elapsed := time.Duration(0)
	if c.last != 0 {
		elapsed = min(max(now.Sub(c.last), 0), mostStep)
	}
	c.last = now
	c.left = max(c.left-elapsed, 0)
	for _, x := range [...]*time.Duration{&c.clocks.held, &c.clocks.quiet, &c.clocks.eased, &c.clocks.down} {
		*x = min(*x+elapsed, mostHeld)
	}
	return elapsed
}

// note keeps what a second says of this attack.
func (c *Controller) note(t Tally, v view, elapsed time.Duration, attack bool) {
	fade := math.Exp2(-elapsed.Seconds() / 10)
	c.answers.asked = float64(c.answers.asked*fade) + float64(t.Asked)
	c.answers.solved = float64(c.answers.solved*fade) + float64(t.Solved)
	cost := Cost{}
	if attack || c.stage > Observe {
		cost = t.Absorbed
	}
	c.spent.add(cost, elapsed)
	if attack && v.short() {
		c.clocks.eased = 0
	}
	if attack || c.lingers(t, v) {
		c.clocks.quiet = 0
	}
	if c.stage == Observe && c.clocks.held >= forgetFor {
		c.clocks.wait = LeastQuiet
	}
}

// lingers says whether what came before would break the backend again if it were let in: it is more than usual, and more than
// the backend is known to bear.
func (c *Controller) lingers(t Tally, v view) bool {
	if c.stage == Observe {
		return false
	}
	bears := func(now, usual, broke float64) bool {
		return now <= above(usual, quietTimes) || now <= float64(fitsAt*broke)
	}
	demand := v.capacity
	if c.broke.demand > 0 {
		demand = min(demand, c.broke.demand)
	}
	fresh := c.broke.fresh
	if fresh == 0 {
		fresh = math.Inf(1)
	}
	return !bears(float64(t.Offered), v.usual, demand) || !bears(v.fresh, c.usual.fresh, fresh)
}

// next says which stage follows, and for what.
func (c *Controller) next(now evenkeel.Moment, t Tally, turn *Turn) (Stage, Cause) {
	ceiling := c.ceiling(now, turn.Spent)
	switch {
	case c.stage > ceiling && ceiling == Observe && c.mandate.Highest > Observe:
		return ceiling, MandateOver
	case c.stage > ceiling:
		return ceiling, MandateLower
	}
	v := &turn.view
	if turn.Pressed {
		want, cause := c.rise(t, v)
		if b := c.mandate.Beyond; b > want && turn.Spent.Over(turn.Budget) {
			want, cause = b, BudgetSpent
		}
		if want > ceiling {
			want, cause = ceiling, AtMandate
		}
		if want > c.stage {
			return want, cause
		}
		return c.stage, cause
	}
	k := &c.clocks
	rests := k.quiet >= k.wait
	// Beyond the budget the tenant's choice holds as long as what presses is there: to try whether it is needed would cost him more.
	tries := k.eased >= MostHold && k.held >= MostHold && !(turn.Spent.Over(turn.Budget) && c.stage <= c.mandate.Beyond)
	switch {
	case c.stage > Observe && k.held >= Dwell && rests:
		return c.stage - 1, Rested
	case c.stage > Observe && tries:
		return c.stage - 1, Tried
	case c.stage > Observe && k.quiet == 0:
		return c.stage, Lingers
	case c.stage > Observe:
		return c.stage, Resting
	case v.short():
		return c.stage, BackendAlone
	}
	return c.stage, Calm
}

// ceiling is the highest stage that the mandate allows.
func (c *Controller) ceiling(now evenkeel.Moment, spent Cost) Stage {
	switch {
	case c.left == 0 || now >= c.mandate.Until:
		return Observe
	case spent.Over(c.mandate.Budget):
		return max(c.mandate.Highest, c.mandate.Beyond)
	}
	return c.mandate.Highest
}

// Raise takes the controller up to a stage to which that of another edge went for the same domain, as far as its own mandate allows, and says what
// followed. From there each goes down by itself.
func (c *Controller) Raise(now evenkeel.Moment, to Stage) Turn {
	turn := Turn{From: c.stage, Stage: c.stage, Cause: Elsewhere, Asked: c.answers.asked, Solved: c.answers.solved, UsualFresh: c.usual.fresh,
		UsualP95: time.Duration(c.usual.p95 * float64(time.Second)), Spent: c.spent.hour(), Budget: c.mandate.Budget, view: c.usual.view(now, Tally{})}
	if to = min(to, c.ceiling(now, turn.Spent)); to > c.stage {
		c.move(to, Elsewhere, Tally{}, view{})
		turn.Stage, turn.Pressed = to, true
	}
	turn.Quiet = c.clocks.quiet
	return turn
}

// Spend counts what other edges are known to have spent for the domain within about the last hour: at least so much is spent in all.
func (c *Controller) Spend(all Cost) {
	was, all := c.spent.hour(), all.bounded()
	c.spent.now = c.spent.now.plus(Cost{max(all.CPU-was.CPU, 0), max(all.Bytes, was.Bytes) - was.Bytes, max(all.Backend-was.Backend, 0)})
}

// rise says how far up it goes under an attack.
func (c *Controller) rise(t Tally, v *view) (Stage, Cause) {
	k := &c.clocks
	soon := k.down < backFor && c.stage < k.from
	switch {
	case soon && c.resumed: // how long it was down nobody knows, and what came meanwhile
		return c.stage + 1, Restarted
	case soon:
		return c.stage + 1, CameBack
	case k.held < RiseDwell && c.stage > Observe:
		return c.stage, Waits
	}
	demand := float64(t.Offered) >= float64(twoRungsAt*v.capacity)
	cause := Demand
	if demand {
		cause = Overwhelmed
	} else if !v.up && v.newcomers {
		cause = Newcomers
	} else if !v.up && v.drifted() {
		cause = Strange
	}
	switch {
	case c.stage <= Filter && demand:
		return Cookie, cause // at which only those are asked first who are unusual
	case c.stage == Observe, c.stage == Filter && (v.short() || v.strange):
		return c.stage + 1, cause
	case c.stage == Filter:
		return c.stage, Holds
	case !v.short() || !v.strangers || c.load.recovers(t):
		return c.stage, Holds // what presses is kept off already, or the backend works off what it has
	case c.stage == Cookie && c.crowd(v):
		return c.stage, Crowd
	case c.stage == Cookie && demand:
		return Queue, cause
	case c.stage < Queue:
		return c.stage + 1, cause
	case c.stage == Queue && k.held >= pageAfter:
		return Page, cause
	}
	return c.stage, Holds
}

// crowd says whether those who come may be people that a link brought: known browsers, who solve what they are asked or have
// not had the time yet.
func (c *Controller) crowd(v *view) bool {
	return !v.drifted() && (c.clocks.held < crowdFor || c.answers.solved >= float64(crowdShare*c.answers.asked))
}

// move carries a change out on the clocks.
func (c *Controller) move(to Stage, cause Cause, t Tally, v view) {
	k := &c.clocks
	switch {
	case to > c.stage:
		if v.short() && cause != BudgetSpent {
			c.broke.demand = least(c.broke.demand, float64(t.Offered))
			if v.newcomers {
				c.broke.fresh = least(c.broke.fresh, v.fresh)
			}
		}
		if k.down < flapsFor {
			k.wait, k.down = min(2*k.wait, MostQuiet), flapsFor
		}
		k.held, k.quiet = 0, 0
	case to < c.stage:
		k.from = c.stage
		k.held, k.down = 0, 0
		if cause == MandateOver || cause == MandateLower {
			k.down = mostHeld
		}
		if to > Observe {
			k.quiet = 0
		} else {
			c.broke = broke{}
		}
	}
	if to != c.stage {
		c.resumed = false
	}
	c.stage = to
}

func least(a, b float64) float64 {
	if a == 0 {
		return b
	}
	return min(a, b)
}
