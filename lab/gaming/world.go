package gaming

import (
	"context"
	"fmt"
	"net/netip"
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
	// Persons are at work from the hour Opens until Closes, UTC, every day, or every day but Saturdays and
	// Sundays, and need Decide for each case that they look at.
	Persons       int
	Opens, Closes int
	Weekends      bool // they are off on Saturdays and Sundays
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
	all    []account
	known  map[evenkeel.TenantID]int // where it is in all
	opened map[evenkeel.CaseID]bool
	stands map[evenkeel.AssetID]map[evenkeel.DecisionID]standing
	params map[evenkeel.DecisionID]map[string]string // of its order
	unread []evenkeel.NoticeID                       // written since somebody tried to deliver
	staff  staff
	acts   int
	sights [machines]sight
}

// Gain plays a play to its end. An error also says that something was refused that the play is
// about: what was not done would gain nothing, and look as if it were bounded.
func (w World) Gain(ctx context.Context, p Play) (Gain, error) {
	r := &run{World: w, Play: p, books: w.Books(), now: w.Start, opened: map[evenkeel.CaseID]bool{}, stands: map[evenkeel.AssetID]map[evenkeel.DecisionID]standing{}, params: map[evenkeel.DecisionID]map[string]string{}}
	r.open()
	var err error
	r.d, err = judge.New(judge.Parts{Books: r.books, Policy: w.Policy, Means: procedure.Means{
		Declared: true, Keeps: []string{"console", "export", "backup"}, Proven: true, Finishes: true,
	}})
	if err == nil && !p.Flood && !p.Reported {
		err = r.watched()
	}
	for n := 0; err == nil && n < w.steps(); n++ {
		r.now = w.Start.Add(time.Duration(n) * step)
		err = r.step(ctx, n)
	}
	for i := range r.all {
		if r.all[i].found {
			r.gain.Found++
		}
	}
	r.gain.Cases = len(r.opened)
	return r.gain, err
}

// step is ten minutes: what is found, what is said, what people decide, and what goes on.
func (r *run) step(ctx context.Context, n int) error {
	if err := r.met(ctx); err != nil {
		return err
	}
	heard, err := r.d.Sweep(ctx, r.now, r)
	if err == nil {
		err = r.answer(ctx, r.hear(heard))
	}
	for i := 0; i < len(r.all) && err == nil; i++ {
		if a := &r.all[i]; n >= a.begins {
			err = r.does(ctx, a, n-a.begins)
		}
	}
	if err == nil && r.Breaks {
		err = r.broken(ctx)
	}
	if err == nil {
		err = r.delivered(ctx)
	}
	if err == nil {
		err = r.work(ctx)
	}
	for i := range r.all {
		for m := 0; m < machines && n >= r.all[i].begins && !r.all[i].found && !r.Reported; m++ {
			r.goesOn(&r.all[i], m, n-r.all[i].begins)
		}
	}
	return err
}

// does lets an account do and say what it does so many steps after it began.
func (r *run) does(ctx context.Context, a *account, after int) (err error) {
	if after == 0 && r.Announce {
		err = r.act(ctx, a, docket.Act{Kind: docket.ActAnnounce, Burst: &evenkeel.Burst{From: r.now, Until: r.now.Add(14 * 24 * time.Hour), Count: machines}})
	}
	if r.Reported && after%int(time.Hour/step) == 0 && err == nil {
		err = r.reported(ctx, a)
	}
	for m := 0; m < machines && err == nil && r.Flood && !a.found; m++ {
		if seen := r.began(after); r.works(m, after) && seen > 0 {
			err = r.seen(ctx, a, m, seen)
		}
	}
	often := r.Appeals > 0 && after > 0 && after%max(1, int(24*time.Hour/step)/r.Appeals) == 0
	switch {
	case err != nil || !often || !a.told:
		return err
	case !a.found || r.Insists == Appeals:
		return r.speak(ctx, a, docket.ActAppeal)
	case r.Insists == Writes:
		return r.speak(ctx, a, docket.ActMessage)
	}
	return nil
}

// began returns how many steps ago a machine began what it does so many steps after its account
// did.
func (r *run) began(after int) int {
	if r.Turns { // an hour, and then a pause that is longer than a rule's quiet
		return after % int(time.Hour/step)
	}
	return after
}

// goesOn counts what a machine does in a step.
func (r *run) goesOn(a *account, m, after int) {
	if !r.works(m, after) {
		return
	}
	s := 1.0
	if r.Slack {
		s = slackLoad
	}
	for _, x := range r.stands[a.machines[m]] {
		s = min(s, x.leaves)
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
func (r *run) seen(ctx context.Context, a *account, m, steps int) error {
	s := evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: a.machines[m], Tenant: a.tenant, Since: a.since}
	f := evenkeel.Finding{
		ID: evenkeel.NewFindingID("flood-out", 1, s, r.now.Add(-time.Duration(steps)*step)), Rule: "flood-out", Version: 1, Family: "flood", Revision: evenkeel.Provisional,
		Mode: evenkeel.ModeLive, Subject: s, From: r.now.Add(-step), Until: r.now, At: r.now, Score: 5,
		Terms: []evenkeel.Term{{Name: "packets", Family: evenkeel.EvidenceWire, Weight: 3, Value: evenkeel.Reading{Value: pps, Known: true}, Says: "It sends packets at others."}},
		Aims:  []evenkeel.Aim{{Protocol: "udp", Address: netip.AddrFrom4([4]byte{203, 0, 113, 7}), Port: 53, Most: pps}},
	}
	if steps > 1 {
		f.Revision, f.Again = evenkeel.Final, steps > 2
	}
	return r.judged(ctx, f)
}

// speak has an account say something, in words of its own, about whatever there is.
func (r *run) speak(ctx context.Context, a *account, k docket.ActKind) error {
	family := "mining"
	switch {
	case r.Flood:
		family = "flood"
	case r.Reported:
		family = "report"
	}
	return r.act(ctx, a, docket.Act{Kind: k, Family: family, Says: words(r.acts)})
}

// act does what an account does. That it is refused is an error, but where people have decided
// about it: until then whatever is said is heard.
func (r *run) act(ctx context.Context, a *account, x docket.Act) error {
	r.acts++
	x.ID, x.At, x.Tenant = fmt.Sprintf("play %d", r.acts), r.now, a.tenant
	heard, err := r.d.Do(ctx, x, r)
	r.hear(heard)
	if err != nil && a.decided && evenkeel.KindOf(err) != evenkeel.KindInternal {
		r.gain.Refused++
		return nil
	}
	if err == nil {
		r.gain.Said++
	}
	return err
}

// hear keeps what is in force by now, and says whom a notice of what was found or of what ended was
// written to.
func (r *run) hear(heard judge.Heard) (told []*account) {
	for i := range heard.Changes {
		c := &heard.Changes[i]
		for _, n := range c.Notices {
			a := &r.all[r.known[n.Tenant]]
			a.told = true
			r.unread = append(r.unread, n.ID)
			if len(told) == 0 || told[len(told)-1] != a {
				told = append(told, a)
			}
		}
		for _, o := range c.Orders {
			if !o.Lift {
				r.gain.Measures++
				r.params[o.Decision] = o.Params
			}
		}
		for _, x := range c.Decisions {
			for _, asset := range x.Assets {
				if delete(r.stands[asset], x.ID); x.Mode != evenkeel.ModeLive || x.State != evenkeel.InForce {
					continue
				}
				if r.stands[asset] == nil {
					r.stands[asset] = map[evenkeel.DecisionID]standing{}
				}
				r.stands[asset][x.ID] = standing{x.Measure, leaves(r.Play, x.Measure, r.params[x.ID])}
			}
		}
		for _, x := range c.Cases {
			r.opened[x.ID] = true
		}
	}
	return told
}

// answer has those who were written to answer, where the play is to answer at once.
func (r *run) answer(ctx context.Context, told []*account) error {
	for _, a := range told {
		if !r.Answer || a.found {
			continue
		}
		if err := r.speak(ctx, a, docket.ActAnswer); err != nil {
			return err
		}
	}
	return nil
}
