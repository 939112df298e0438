package gaming

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/procedure"
	"github.com/evenkeel/evenkeel/watch/rule"
)

// Books are those of one play.
type Books interface {
	docket.Books
	docket.Reader
}

// World is what a play is played in. All of it has to be given but Tried.
type World struct {
	Rules  []*rule.Rule // that watch whoever mines
	Policy *policy.Policy
	Books  func() Books // empty ones
	Start  evenkeel.Moment
	For    time.Duration
	// Persons are at work from the hour Opens until Closes, UTC, every day, and need Decide for
	// each case that they look at.
	Persons       int
	Opens, Closes int
	Decide        time.Duration
	Tried         func(plays int) // told by Best how many it has tried
}

// run is a play as it goes on.
type run struct {
	World
	Play
	d      *judge.Docket
	books  Books
	now    evenkeel.Moment
	gain   Gain
	found  map[evenkeel.TenantID]bool // by a person: the account is closed by that
	opened map[evenkeel.CaseID]bool
	stands map[evenkeel.DecisionID]evenkeel.Decision
	spare  time.Duration // of people, that is not used up
	n      int           // acts
	sights [machines][]evenkeel.Finding
}

// Gain plays a play to its end.
func (w World) Gain(ctx context.Context, p Play) (Gain, error) {
	r := &run{World: w, Play: p, books: w.Books(), now: w.Start, found: map[evenkeel.TenantID]bool{}, opened: map[evenkeel.CaseID]bool{}, stands: map[evenkeel.DecisionID]evenkeel.Decision{}}
	var err error
	r.d, err = judge.New(judge.Parts{Books: r.books, Policy: w.Policy, Means: procedure.Means{
		Declared: true, Keeps: []string{"console", "export", "backup"}, Proven: true, Finishes: true,
	}})
	if err == nil && !p.Flood {
		err = r.watched()
	}
	for n := 0; err == nil && r.now < w.Start.Add(w.For); n++ {
		err = r.step(ctx, n)
		r.now = r.now.Add(step)
	}
	r.gain.Found, r.gain.Cases = len(r.found), len(r.opened)
	return r.gain, err
}

// step is ten minutes: what is found, what is said, what people decide, and what goes on.
func (r *run) step(ctx context.Context, n int) error {
	if err := r.met(ctx); err != nil {
		return err
	}
	heard, err := r.d.Sweep(ctx, r.now, r)
	r.hear(heard)
	for i := 0; i < r.Accounts && err == nil; i++ {
		t := tenantOf(i)
		if r.found[t] {
			continue
		}
		if n == 0 && r.Announce {
			err = r.act(ctx, docket.Act{Kind: docket.ActAnnounce, Tenant: t, Burst: &evenkeel.Burst{From: r.now, Until: r.now.Add(14 * 24 * time.Hour), Count: machines}})
		}
		for m := 0; m < machines && err == nil; m++ {
			if seen := r.began(m, n); r.Flood && r.works(m) && seen > 0 {
				err = r.seen(ctx, t, m, seen)
			}
		}
		if err == nil && r.Appeals > 0 && n > 0 && n%max(1, 144/r.Appeals) == 0 {
			err = r.speak(ctx, t, docket.ActAppeal)
		}
	}
	if err == nil {
		err = r.work(ctx)
	}
	for i := range r.Accounts {
		for m := 0; m < machines && !r.found[tenantOf(i)]; m++ {
			r.goesOn(tenantOf(i), m)
		}
	}
	return err
}

// works says whether a machine is at it.
func (r *run) works(m int) bool {
	return !r.Turns || int(r.now.Sub(r.Start)/time.Hour)%machines == m
}

// began returns how many steps ago a machine began what it does now.
func (r *run) began(m, n int) int {
	if r.Turns { // an hour, and then a pause that is longer than a rule's quiet
		return n % (int(time.Hour / step))
	}
	return n
}

// goesOn counts what a machine does in a step.
func (r *run) goesOn(t evenkeel.TenantID, m int) {
	if !r.works(m) {
		return
	}
	s := 1.0
	if r.Slack {
		s = slackLoad
	}
	for _, x := range r.stands {
		for _, a := range x.Assets {
			if a == machineOf(t, m) {
				s = min(s, speed(r.Play, x.Measure))
			}
		}
	}
	if r.Flood {
		r.gain.Packets += s * pps * step.Seconds()
		return
	}
	r.gain.CPUHours += s * vcpus * step.Hours()
}

// seen has a rule measure a flood at the port, so many steps after it began: provisionally after
// ten minutes, finally after twenty, and then it is told again every ten that it goes on, whatever
// stands. No rule that comes with the program does.
func (r *run) seen(ctx context.Context, t evenkeel.TenantID, m, steps int) error {
	s := evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: machineOf(t, m), Tenant: t, Since: r.since()}
	f := evenkeel.Finding{
		ID: evenkeel.NewFindingID("flood-out", 1, s, r.now.Add(-time.Duration(steps)*step)), Rule: "flood-out", Version: 1, Family: "flood", Revision: evenkeel.Provisional,
		Mode: evenkeel.ModeLive, Subject: s, From: r.now.Add(-step), Until: r.now, At: r.now, Score: 5,
		Terms: []evenkeel.Term{{Name: "packets", Family: evenkeel.EvidenceWire, Weight: 3, Value: evenkeel.Reading{Value: pps, Known: true}, Says: "It sends packets at others."}},
	}
	if steps > 1 {
		f.Revision, f.Again = evenkeel.Final, steps > 2
	}
	return r.judged(ctx, f)
}

// speak has an account say something, in words of its own, about whatever there is. That it may
// not be said, as where nothing took effect, gains nothing.
func (r *run) speak(ctx context.Context, t evenkeel.TenantID, k docket.ActKind) error {
	family := "mining"
	if r.Flood {
		family = "flood"
	}
	return r.act(ctx, docket.Act{Kind: k, Tenant: t, Family: family, Says: strings.Repeat(fmt.Sprintf("It is a batch job, number %d. ", r.n), 40)})
}

func (r *run) act(ctx context.Context, a docket.Act) error {
	r.n++
	a.ID, a.At = fmt.Sprintf("play %d", r.n), r.now
	heard, err := r.d.Do(ctx, a, r)
	r.hear(heard)
	if err != nil && evenkeel.KindOf(err) != evenkeel.KindInternal {
		return nil
	}
	return err
}

// hear keeps what is in force by now, and says whether the tenant was written to.
func (r *run) hear(heard judge.Heard) (told bool) {
	for i := range heard.Changes {
		c := &heard.Changes[i]
		told = told || len(c.Notices) > 0
		for _, x := range c.Decisions {
			if delete(r.stands, x.ID); x.Mode == evenkeel.ModeLive && x.State == evenkeel.InForce {
				r.stands[x.ID] = x
			}
		}
		for _, x := range c.Cases {
			r.opened[x.ID] = true
		}
	}
	return told
}

// work lets people look at cases, what is first on the docket first. Where more than usage was
// seen they find that it is so, and the account ends there, which takes two of them and as long
// again. Load alone shows nothing: it is closed as inconclusive.
func (r *run) work(ctx context.Context) error {
	if h := r.now.Time().Hour(); h < r.Opens || h >= r.Closes {
		r.spare = 0
		return nil
	}
	r.spare += time.Duration(r.Persons) * step
	rows, err := r.books.Cases(ctx, docket.Query{ByPlace: true, Max: int(r.spare/r.Decide) + 1})
	for i := 0; i < len(rows) && err == nil && r.spare >= r.Decide; i++ {
		c := &rows[i].Case
		if c.State == evenkeel.CaseOpen && c.Waiting == 0 || r.found[c.Tenant] {
			continue
		}
		r.look(r.Decide)
		a := docket.Act{Kind: docket.ActClose, Case: c.ID, By: "ada", Says: "It was looked at.", Outcome: evenkeel.OutcomeInconclusive}
		if r.Flood || !r.Hidden {
			a.Outcome = evenkeel.OutcomeConfirmed
			r.look(r.Decide)
			r.found[c.Tenant] = true
		}
		err = r.act(ctx, a)
	}
	r.spare = min(r.spare, time.Duration(r.Persons)*step)
	return err
}

func (r *run) look(d time.Duration) {
	r.spare -= d
	r.gain.Minutes += d.Minutes()
}

func tenantOf(i int) evenkeel.TenantID { return evenkeel.TenantID(fmt.Sprintf("t%d", i)) }

func machineOf(t evenkeel.TenantID, m int) evenkeel.AssetID {
	return evenkeel.AssetID(fmt.Sprintf("%s-%d", t, m))
}

// since is when an account came.
func (r *run) since() evenkeel.Moment {
	if r.Standing == Bought {
		return r.Start.Add(-3 * 365 * 24 * time.Hour)
	}
	return r.Start.Add(-48 * time.Hour)
}

// TenancyAt, AccountAt and CreatedBy are what is known of the accounts.
func (r *run) TenancyAt(a evenkeel.AssetID, _ evenkeel.Moment) (*evenkeel.Holding, bool) {
	t, _, _ := strings.Cut(string(a), "-")
	return &evenkeel.Holding{
		Asset: a, Tenant: evenkeel.TenantID(t), Kind: evenkeel.AssetVM, From: r.since(), Created: evenkeel.KnownFact(r.since(), r.Start), VCPUs: evenkeel.KnownFact(int64(vcpus), r.Start),
	}, true
}

// AccountAt is what is known of one.
func (r *run) AccountAt(t evenkeel.TenantID, _ evenkeel.Moment) evenkeel.Account {
	a := evenkeel.Account{
		Tenant: t, Since: evenkeel.KnownFact(r.since(), r.Start), Currency: "EUR", Standing: evenkeel.KnownFact(evenkeel.StandingTrial, r.Start),
		Paid: evenkeel.KnownFact(0.0, r.Start), RunRate: evenkeel.KnownFact(300.0, r.Start),
	}
	switch r.Standing {
	case Unknown:
		a.Standing, a.Paid = evenkeel.KnownFact(evenkeel.StandingOnCredit, r.Start), evenkeel.UnknownFact[float64]("on credit: no payment history")
	case Bought:
		a.Standing, a.Paid = evenkeel.KnownFact(evenkeel.StandingPrepaid, r.Start), evenkeel.KnownFact(9000.0, r.Start)
	}
	return a
}

// CreatedBy are the machines of an account.
func (r *run) CreatedBy(t evenkeel.TenantID, _ string, _, _ evenkeel.Moment, _ int) (out []evenkeel.AssetID) {
	for m := range machines {
		out = append(out, machineOf(t, m))
	}
	return out
}
