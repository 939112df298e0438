package fleet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
)

// answers are what the hosts of one order were asked for, and what each said of it last.
type answers struct {
	order evenkeel.Order // as it was written, or as it was given
	given map[string]map[evenkeel.AssetID]bool
	said  map[string]evenkeel.Receipt
	taken evenkeel.Receipt // what the books took last; no order: nothing, as far as is known
	// again says that hosts were asked anew after a start of this program: what they say is news only where it is something else.
	again bool
	// leaves are guests that are on their way, or gone, and since when; "" is those of a host that said so as it was asked.
	leaves map[evenkeel.AssetID]evenkeel.Moment
	open   evenkeel.Moment // since when something of it is open; 0: nothing is
	look   evenkeel.Moment // when it is looked at without anybody saying anything; 0: not
}

// heard notes what a host said. What it said before something else takes no place.
func (a *answers) heard(r *evenkeel.Receipt) {
	if was, known := a.said[r.Node]; !known || r.At >= was.At {
		a.said[r.Node] = *r
	}
}

// gone says whether a receipt says that its host does not hold guests of the order, and that nothing else of it is carried there.
func gone(r *evenkeel.Receipt) bool { return r.State == evenkeel.ReceiptRefused && r.NotHeld }

// answersOf returns the answers of an order, made where there are none, or nil where no more are remembered. The lock is held.
func (f *Fleet) answersOf(o *evenkeel.Order) *answers {
	a := f.answers[o.ID]
	if a != nil {
		return a
	}
	if len(f.answers) >= MostWent {
		now := f.now()
		maps.DeleteFunc(f.answers, func(_ evenkeel.OrderID, a *answers) bool { return a.order.Until <= now })
	}
	if len(f.answers) >= MostWent {
		return nil
	}
	a = &answers{order: *o, given: map[string]map[evenkeel.AssetID]bool{}, said: map[string]evenkeel.Receipt{}, leaves: map[evenkeel.AssetID]evenkeel.Moment{}}
	f.answers[o.ID] = a
	return a
}

// gave notes for which assets hosts were asked.
func (f *Fleet) gave(o *evenkeel.Order, hosts []string, at map[string][]evenkeel.AssetID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a := f.answersOf(o)
	if a == nil {
		return
	}
	for _, h := range hosts {
		if a.given[h] == nil {
			a.given[h] = make(map[evenkeel.AssetID]bool, len(at[h]))
		}
		for _, x := range at[h] {
			a.given[h][x] = true
		}
	}
}

// refusing notes what hosts are not asked for, and why.
func (f *Fleet) refusing(o *evenkeel.Order, all []evenkeel.Receipt) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if a := f.answersOf(o); a != nil {
		for i := range all {
			a.heard(&all[i])
		}
	}
}

// took notes what the books will take. Guests that are with no host may be on their way to one: they are looked for.
func (f *Fleet) took(o *evenkeel.Order, r *evenkeel.Receipt, away []evenkeel.AssetID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, now := f.answersOf(o), f.now()
	if a == nil {
		return
	}
	a.taken, a.open, a.look, a.again = *r, 0, 0, false
	if clear(a.leaves); len(away) > 0 && !o.Lift {
		a.open, a.look = now, now.Add(looksFirst)
		a.leaving(away, now)
	}
}

// leaving is an error where a host says that it does not hold a guest any more, of which it was said a moment ago: it is on its
// way to another one.
func (f *Fleet) leaving(o *evenkeel.Order, said []evenkeel.Receipt) error {
	at := slices.IndexFunc(said, func(r evenkeel.Receipt) bool { return gone(&r) })
	if o.Lift || at < 0 {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	a, now := f.answers[o.ID], f.now()
	if a == nil {
		return nil
	}
	if a.leaves[""] == 0 {
		a.leaves[""] = now
	}
	if now.Sub(a.leaves[""]) >= f.opts.Moves {
		return nil
	}
	return unavailable(o, said[at].Node+" says "+said[at].Why+"; no other host says yet that it does", "nothing: a guest that moves is held by another host soon")
}

// late takes a receipt that nobody waits for; answered is as settle has it.
func (f *Fleet) late(ctx context.Context, r *evenkeel.Receipt, answered string) error {
	if f.opts.Books == nil {
		return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "take a receipt of " + r.Node + ": nobody waits for it"}
	}
	f.settling.Lock()
	defer f.settling.Unlock()
	a, err := f.recall(ctx, r.Order)
	if err != nil {
		return err
	}
	if a == nil { // more orders stand than are remembered
		return f.opts.Books.Take(ctx, *r)
	}
	f.mu.Lock()
	a.heard(r)
	f.mu.Unlock()
	return f.settle(ctx, a, answered)
}

// recall returns what is remembered of an order, or else what the books have of it.
func (f *Fleet) recall(ctx context.Context, id evenkeel.OrderID) (*answers, error) {
	f.mu.Lock()
	a := f.answers[id]
	f.mu.Unlock()
	if a != nil {
		return a, nil
	}
	o, last, err := f.opts.Books.Order(ctx, id)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if a = f.answersOf(&o); a != nil && a.taken.Order == "" {
		a.taken, a.again = last, last.Order != ""
	}
	return a, nil
}

// settle has the books take what all hosts of an order said, once each did. Where a guest is with another host the order is handed
// on there first. answered has said just now what it was asked for, if anything. What is left open is looked at again (Settle).
func (f *Fleet) settle(ctx context.Context, a *answers, answered string) error {
	roster, now := f.known(), f.now()
	if roster == nil {
		f.later(a, now)
		return nil
	}
	all, o := roster.Hosts(), &a.order
	var away []evenkeel.AssetID
	if o.Until > now {
		ended, err := f.ended(ctx, o)
		if err != nil {
			return err
		}
		open := false
		if !ended {
			open, away = f.follow(roster, all, a, answered)
		}
		if open || f.silent(a, all, answered) || o.Lift && f.unasked(a) {
			f.later(a, now)
			return nil
		}
	}
	f.mu.Lock()
	r, again, taken := f.sum(a, all, away), a.again, a.taken
	f.mu.Unlock()
	f.lifted(o, &r, all)
	r.At = max(r.At, taken.At)
	is, was := r, taken
	if was.At = is.At; again {
		is.Effect, was.Effect = counts.ReplaceAllString(is.Effect, ""), counts.ReplaceAllString(was.Effect, "")
	}
	if is != was {
		if err := f.opts.Books.Take(ctx, r); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	a.taken, a.open, a.look, a.again = r, 0, 0, false
	clear(a.leaves)
	return nil
}

// counts are what grows in an effect while nothing changes (shield/host).
var counts = regexp.MustCompile(`; [0-9]+ packets dropped`)

// ended says whether an order is one to let go, or its lift was written.
func (f *Fleet) ended(ctx context.Context, o *evenkeel.Order) (bool, error) {
	if o.Lift {
		return true, nil
	}
	_, _, err := f.opts.Books.Order(ctx, evenkeel.NewOrderID(o.Decision, true))
	if evenkeel.KindOf(err) == evenkeel.KindNotFound {
		return false, nil
	}
	return true, err
}

// silent says whether a host was asked and has not answered. Whoever was shut out, or is spared, is not waited for.
func (f *Fleet) silent(a *answers, all []Host, answered string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	at := make(map[string][]evenkeel.AssetID, len(a.given))
	for h, assets := range a.given {
		at[h] = slices.Collect(maps.Keys(assets))
	}
	spared := spared(all, &a.order, at)
	return slices.ContainsFunc(all, func(h Host) bool {
		if spared[h.ID] {
			return false
		}
		e := f.errand(h.ID, a.order.ID)
		return e != nil && (h.ID != answered || e.next != nil)
	})
}

// unasked says whether it is not known where an order went, and the books still bring it.
func (f *Fleet) unasked(a *answers) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(a.given) == 0 && a.taken.Order == ""
}

// The bounds of how often what is left open is looked at.
const (
	looksFirst = time.Second
	looksLast  = 30 * time.Second
)

// later has an order looked at again: soon, and the less often the longer it has been open.
func (f *Fleet) later(a *answers, now evenkeel.Moment) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if a.open == 0 {
		a.open = now
	}
	a.look = now.Add(min(max(now.Sub(a.open)/4, looksFirst), looksLast))
}

// follow hands an order to hosts that hold guests of it and were not asked for them: a guest that moves keeps its measure. It
// says whether that is open, or a guest is on its way, and which are with nobody.
func (f *Fleet) follow(roster Roster, all []Host, a *answers, answered string) (open bool, away []evenkeel.AssetID) {
	o, now := &a.order, f.now()
	held, asks := map[string][]evenkeel.AssetID{}, map[string]bool{}
	f.mu.Lock()
	denied, said := false, len(a.said) > 0
	for _, r := range a.said {
		denied = denied || r.NotHeld
	}
	var astray []evenkeel.AssetID // of which a host says that it does not hold them, and elsewhere that it does
	for _, x := range o.Assets {
		hosts := roster.Holders(x)
		if len(hosts) == 0 {
			away = append(away, x)
		}
		for _, h := range hosts {
			r, spoke := a.said[h]
			held[h] = append(held[h], x)
			switch {
			case spoke && gone(&r):
				astray = append(astray, x)
				asks[h] = asks[h] || h != answered
			case !a.given[h][x]:
				asks[h] = true
			}
		}
	}
	f.mu.Unlock()
	hosts := slices.DeleteFunc(slices.Sorted(maps.Keys(asks)), func(h string) bool { return !asks[h] })
	unshown := f.yetToShow(o, hosts, now)
	hosts = slices.DeleteFunc(hosts, func(h string) bool { return slices.Contains(unshown, h) })
	for i, waits := range f.hand(roster, o, hosts, held) {
		f.leave(hosts[i], waits)
	}
	f.gave(o, unshown, held) // so that it is said once
	for _, h := range unshown {
		r := f.own(o, evenkeel.ReceiptRefused, "it has not shown that tenants reach their data meanwhile")
		r.Node = h
		f.refusing(o, []evenkeel.Receipt{r})
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(a.leaves) > 0 || denied || !said { // else it is known of them that they are nowhere
		astray = append(astray, away...)
	}
	since := a.leaving(astray, now)
	return len(hosts) > 0 || len(astray) > 0 && (now.Sub(since) < f.opts.Moves || unheard(all, o, astray) != nil), away
}

// leaving notes which guests are on their way, and returns since when the last of them is.
func (a *answers) leaving(all []evenkeel.AssetID, now evenkeel.Moment) (last evenkeel.Moment) {
	before := a.leaves
	a.leaves = make(map[evenkeel.AssetID]evenkeel.Moment, len(all))
	for _, x := range all {
		if a.leaves[x] = before[x]; before[x] == 0 {
			a.leaves[x] = now
		}
		last = max(last, a.leaves[x])
	}
	return last
}

// sum is what all hosts of an order said. Of one that every guest of it left for another host nothing is said: that one speaks. The
// lock is held.
func (f *Fleet) sum(a *answers, all []Host, away []evenkeel.AssetID) evenkeel.Receipt {
	var said, left []evenkeel.Receipt
	for _, h := range slices.Sorted(maps.Keys(a.said)) {
		r := a.said[h]
		switch {
		case !slices.ContainsFunc(all, func(x Host) bool { return x.ID == h }): // it was shut out
			left = append(left, r)
		case gone(&r) && !slices.ContainsFunc(away, func(x evenkeel.AssetID) bool { return a.given[h] == nil || a.given[h][x] }):
			left = append(left, r)
		default:
			said = append(said, r)
		}
	}
	if len(said) == 0 {
		said = left
	}
	if len(said) == 0 && a.order.Lift {
		return f.own(&a.order, evenkeel.ReceiptLifted, "no host has it")
	}
	if len(said) == 0 {
		return f.own(&a.order, evenkeel.ReceiptRefused, "no host holds "+names(a.order.Assets))
	}
	return f.merge(&a.order, said, away)
}

// Resume has hosts say again of all that is in force how it stands: before a start of this program nobody remembers what they said,
// and guests may have moved meanwhile.
func (f *Fleet) Resume(ctx context.Context) error {
	ids, err := f.opts.Books.Standing(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		f.settling.Lock()
		a, err := f.recall(ctx, id)
		f.settling.Unlock()
		if err != nil {
			return err
		}
		if a != nil {
			f.mu.Lock()
			if a.look == 0 {
				a.look = f.now()
			}
			f.mu.Unlock()
		}
	}
	return nil
}

// Stands takes in of which decisions a host says that it carries something out, and returns those of which somebody said before
// that it is over: what ends them is brought to the host once more. Of one whose end waits still, or that the books do not know,
// nothing follows: whoever brings orders brings that, and what nobody knows ends by itself.
func (f *Fleet) Stands(ctx context.Context, host string, all []evenkeel.DecisionID) (over []evenkeel.DecisionID, err error) {
	roster := f.known()
	if roster == nil || f.opts.Books == nil {
		return nil, nil
	}
	for _, d := range all {
		o, last, err := f.opts.Books.Order(ctx, evenkeel.NewOrderID(d, true))
		switch {
		case evenkeel.KindOf(err) == evenkeel.KindNotFound:
			continue
		case err != nil:
			return over, err
		case last.Order == "" || o.Until <= f.now():
			continue
		}
		f.settling.Lock()
		_, err = f.recall(ctx, o.ID)
		f.settling.Unlock()
		if err != nil {
			return over, err
		}
		for _, waits := range f.hand(roster, &o, []string{host}, map[string][]evenkeel.AssetID{host: o.Assets}) {
			f.leave(host, waits)
		}
		over = append(over, d)
	}
	return over, nil
}

// Settle looks at orders of which something is open.
func (f *Fleet) Settle(ctx context.Context) error {
	f.settling.Lock()
	defer f.settling.Unlock()
	now := f.now()
	var due []*answers
	f.mu.Lock()
	for _, id := range slices.Sorted(maps.Keys(f.answers)) {
		if a := f.answers[id]; a.look > 0 && a.look <= now {
			due = append(due, a)
		}
	}
	f.mu.Unlock()
	var failed error
	for _, a := range due {
		if err := f.settle(ctx, a, ""); err != nil && (failed == nil || evenkeel.KindOf(failed) != evenkeel.KindOf(err)) { // more say no more
			failed = errors.Join(failed, fmt.Errorf("take what hosts say of order %s: %w", a.order.ID, err))
		}
	}
	return failed
}

// Run has what stands said again, and looks at what is open, until ctx ends. trouble is told what went wrong, once until it passes: it
// is tried again.
func (f *Fleet) Run(ctx context.Context, trouble func(error)) error {
	if f.opts.Books == nil {
		return nil
	}
	tick := time.NewTicker(looksFirst)
	defer tick.Stop()
	for resumed, told := false, false; ; {
		var err error
		if !resumed {
			err = f.Resume(ctx)
			resumed = err == nil
		}
		if err == nil {
			err = f.Settle(ctx)
		}
		if err != nil && ctx.Err() == nil && !told {
			trouble(err)
		}
		told = err != nil
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}
