package fleet

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
)

// Roster is what is known of the hosts. But for Probe its methods return at once.
type Roster interface {
	// Holders returns the hosts that said last that they hold an asset, those that are silent since too.
	Holders(a evenkeel.AssetID) []string
	// Hosts returns all that may hold something.
	Hosts() []Host
	// Probe has a host show that data is reached.
	Probe(ctx context.Context, host string, p shield.Probe) ([]shield.Fetched, error)
	// Nudge says that Pending has news for a host.
	Nudge(host string)
}

// Host is one of the fleet.
type Host struct {
	ID    string
	Here  bool // it can be asked now
	Known bool // it said what it holds, now or before it fell silent
	// Shares: others may hold the same assets, as edges do sites. While it is away nobody waits for what it says of a measure that
	// another one which is here carries out; it gets the order when it comes.
	Shares bool
}

// Books have the orders, and take what became of them.
type Books interface {
	// Order returns an order as it was written, and the receipt that was taken of it last: one without an order where none
	// was. KindNotFound where there is no such order.
	Order(ctx context.Context, id evenkeel.OrderID) (o evenkeel.Order, last evenkeel.Receipt, err error)
	// Take takes what all hosts of an order say of it.
	Take(ctx context.Context, r evenkeel.Receipt) error
	// Standing returns the orders that are in force.
	Standing(ctx context.Context) ([]evenkeel.OrderID, error)
}

// Options are what a Fleet may be told. The zero value is good.
type Options struct {
	Name    string        // what receipts of its own call it; "hosts"
	Answers time.Duration // how long a host that is here may take to answer; 0: 3 s
	// ProofFor is for how long it counts that a host showed that data is reached; 0: 24 h.
	ProofFor time.Duration
	// Moves is how long a guest that its host does not hold any more may take to be held by another one, before it counts as
	// gone; 0: a minute.
	Moves time.Duration
	// Books take receipts of orders that nobody waits for any more; nil: these are refused, and come again.
	Books Books
}

// The bounds of what a Fleet remembers.
const (
	MostErrands = 4096    // of one host; the oldest are dropped, and come again
	MostWent    = 1 << 14 // decisions of which it is known where their orders went, and orders of which it is known what hosts said
)

// Fleet is the hosts as whoever carries orders out. Safe for concurrent use.
type Fleet struct {
	means shield.Means
	now   func() evenkeel.Moment
	opts  Options

	mu     sync.Mutex
	roster Roster
	desks  map[string][]*errand
	went   map[evenkeel.DecisionID]journey
	shown  shown
	// answers are what hosts said of orders.
	answers map[evenkeel.OrderID]*answers

	settling sync.Mutex      // one after the other: books are told in the order in which things were said
	began    evenkeel.Moment // before it nobody remembers where orders went
}

// journey is where the orders of a decision went.
type journey struct {
	hosts []string // sorted
	until evenkeel.Moment
	more  bool // it may have gone elsewhere too, before this program was started
}

var _ shield.Backend = (*Fleet)(nil)

// New returns a Fleet that declares some means. Before Open it has no hosts.
func New(means shield.Means, now func() evenkeel.Moment, o Options) *Fleet {
	o.Name = cmp.Or(o.Name, "hosts")
	o.ProofFor = cmp.Or(o.ProofFor, 24*time.Hour)
	o.Answers = cmp.Or(o.Answers, 3*time.Second)
	o.Moves = cmp.Or(o.Moves, time.Minute)
	return &Fleet{
		means: means, now: now, opts: o, desks: map[string][]*errand{}, went: map[evenkeel.DecisionID]journey{}, shown: shown{},
		answers: map[evenkeel.OrderID]*answers{}, began: now(),
	}
}

// Open gives it its hosts.
func (f *Fleet) Open(r Roster) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.roster = r
}

// known returns the roster, or nil before Open.
func (f *Fleet) known() Roster {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.roster
}

// Name returns what receipts of its own call it.
func (f *Fleet) Name() string { return f.opts.Name }

// Means are those that it was made with.
func (f *Fleet) Means() shield.Means { return f.means }

// Apply hands an order to the hosts of its assets and waits for what they answer. A measure under which it has to be
// shown that data is reached goes only to hosts that showed it. KindUnavailable where one of them
// does not, or where a host that may hold an asset was not heard yet: what waits for that host goes on waiting.
func (f *Fleet) Apply(ctx context.Context, o evenkeel.Order) (evenkeel.Receipt, error) {
	roster := f.known()
	if roster == nil {
		return evenkeel.Receipt{}, unavailable(&o, "hosts cannot connect yet", "nothing, if this program was only just started")
	}
	if o.Until <= f.now() { // of a lift too: each host has let go by itself
		return f.own(&o, evenkeel.ReceiptLapsed, "its end has come"), nil
	}
	all := roster.Hosts()
	at, nowhere := f.place(roster, all, &o)
	var missing error // a host that may hold what nobody says that they hold
	if len(at) == 0 || len(nowhere) > 0 && !o.Lift {
		missing = unheard(all, &o, nowhere)
	}
	switch {
	case len(at) == 0 && missing != nil:
		return evenkeel.Receipt{}, missing
	case len(at) == 0 && o.Lift:
		r := f.own(&o, evenkeel.ReceiptLifted, "no host has it")
		f.lifted(&o, &r, all)
		return r, nil
	case len(at) == 0:
		r := f.own(&o, evenkeel.ReceiptRefused, "no host holds "+names(nowhere))
		f.took(&o, &r, nowhere)
		return r, nil
	}
	r, err := f.send(ctx, roster, all, &o, at, nowhere)
	if err == nil && missing != nil { // those that are here have it by now
		err = missing
	}
	if err != nil {
		return evenkeel.Receipt{}, err
	}
	f.lifted(&o, &r, all)
	f.took(&o, &r, nowhere)
	return r, nil
}

// place says which hosts get an order, and which of its assets no host says that it holds.
func (f *Fleet) place(r Roster, all []Host, o *evenkeel.Order) (at map[string][]evenkeel.AssetID, nowhere []evenkeel.AssetID) {
	at = map[string][]evenkeel.AssetID{}
	for _, a := range o.Assets {
		hosts := r.Holders(a)
		for _, h := range hosts {
			at[h] = append(at[h], a)
		}
		if len(hosts) == 0 {
			nowhere = append(nowhere, a)
		}
	}
	if !o.Lift {
		return at, nowhere
	}
	f.mu.Lock()
	before, known := f.went[o.Decision]
	f.mu.Unlock()
	also := before.hosts
	for _, h := range all { // and nobody else: one that was shut out lets go by itself
		// Where the order went before this program was started is not known, so it is lifted everywhere; whoever is away may
		// be the one that has it.
		if !known || before.more || slices.Contains(also, h.ID) {
			at[h.ID] = o.Assets // they may hold them no more, and hold the order still
		}
	}
	return at, nowhere
}

// unheard says that a host was not heard that may hold what nobody says that they hold, or nil.
func unheard(all []Host, o *evenkeel.Order, nowhere []evenkeel.AssetID) error {
	var silent []string
	for _, h := range all {
		if !h.Known {
			silent = append(silent, h.ID)
		}
	}
	if silent == nil {
		return nil
	}
	return unavailable(o, fmt.Sprintf("no host says that it holds %s, and %s did not say yet what it holds", names(nowhere), names(silent)),
		"see whether evenkeel host run, or evenkeel gateway run of an edge, runs there; evenkeel fleet revoke shuts out a host that is gone")
}

// send hands an order to hosts, and waits.
func (f *Fleet) send(
	ctx context.Context, r Roster, all []Host, o *evenkeel.Order, at map[string][]evenkeel.AssetID, nowhere []evenkeel.AssetID,
) (evenkeel.Receipt, error) {
	hosts := slices.Sorted(maps.Keys(at))
	var refused []evenkeel.Receipt
	why, unknown := f.unproven(ctx, r, o, hosts)
	for _, h := range slices.Sorted(maps.Keys(why)) {
		refused = append(refused, evenkeel.Receipt{Order: o.ID, Node: h, State: evenkeel.ReceiptRefused, Why: why[h], At: f.now()})
	}
	hosts = slices.DeleteFunc(hosts, func(h string) bool { return why[h] != "" })
	here := map[string]bool{}
	for _, h := range all {
		here[h.ID] = h.Here
	}
	spared := spared(all, o, at)
	waits := f.hand(r, o, hosts, at)
	within, cancel := context.WithTimeout(ctx, f.opts.Answers)
	defer cancel()
	said := make([]evenkeel.Receipt, len(hosts))
	defer func() {
		for i, h := range hosts {
			f.leave(h, waits[i])
		}
	}()
	var silent []string
	for i, h := range hosts {
		if !here[h] { // it gets the order when it comes, and answers then
			if !spared[h] {
				silent = append(silent, h)
			}
			continue
		}
		select {
		case said[i] = <-waits[i]:
		case <-within.Done():
			silent = append(silent, h)
		}
	}
	switch {
	case ctx.Err() != nil:
		return evenkeel.Receipt{}, ctx.Err()
	case unknown != nil:
		return evenkeel.Receipt{}, unknown
	case silent != nil:
		return evenkeel.Receipt{}, unavailable(o, names(silent)+" does not answer; the order waits there", "see whether the host is up and reaches this machine, and what evenkeel fleet list says of it")
	}
	said = slices.DeleteFunc(said, func(r evenkeel.Receipt) bool { return r.Order == "" })
	if err := f.leaving(o, said); err != nil {
		return evenkeel.Receipt{}, err
	}
	f.refusing(o, refused)
	return f.merge(o, append(said, refused...), nowhere), nil
}

// hand puts an order on the desks of hosts, of each with its own assets, and returns where their answers come.
func (f *Fleet) hand(r Roster, o *evenkeel.Order, hosts []string, at map[string][]evenkeel.AssetID) []chan evenkeel.Receipt {
	f.note(o, hosts)
	f.gave(o, hosts, at)
	waits := make([]chan evenkeel.Receipt, len(hosts))
	for i, h := range hosts {
		part := *o
		part.Assets = at[h]
		waits[i] = f.put(h, &part)
		r.Nudge(h)
	}
	return waits
}

// note remembers to which hosts an order goes.
func (f *Fleet) note(o *evenkeel.Order, hosts []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.went) >= MostWent {
		now := f.now()
		maps.DeleteFunc(f.went, func(_ evenkeel.DecisionID, j journey) bool { return j.until <= now })
	}
	j, known := f.went[o.Decision]
	if !known && len(f.went) >= MostWent {
		return // its lift goes to all
	}
	if !known && o.Lift {
		return // where its order went is not known, and this says nothing of it
	}
	j.hosts = slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(j.hosts), hosts...))))
	j.until = max(j.until, o.Until)
	j.more = j.more || o.From < f.began
	f.went[o.Decision] = j
}

// lifted says of a receipt of a lift on which hosts that were shut out its order may stand nevertheless, and until when: nobody
// reaches them any more.
func (f *Fleet) lifted(o *evenkeel.Order, r *evenkeel.Receipt, all []Host) {
	if !o.Lift || r.State != evenkeel.ReceiptLifted {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	said := func(id evenkeel.OrderID, host string) evenkeel.ReceiptState {
		if a := f.answers[id]; a != nil {
			return a.said[host].State
		}
		return 0
	}
	var holds []string
	j := f.went[o.Decision]
	for _, h := range j.hosts {
		switch {
		case slices.ContainsFunc(all, func(x Host) bool { return x.ID == h }):
		case said(o.ID, h) == evenkeel.ReceiptLifted, said(evenkeel.NewOrderID(o.Decision, false), h) == evenkeel.ReceiptRefused:
		default:
			holds = append(holds, h)
		}
	}
	if len(holds) == 0 {
		return
	}
	still := fmt.Sprintf("%s was shut out, and may hold it until %s", names(holds), max(j.until, o.Until))
	if r.Why != "" {
		still = r.Why + "; " + still
	}
	r.Why = clip(still)
}

// Went says whether an order of a decision went to a host, as far as is remembered.
func (f *Fleet) Went(d evenkeel.DecisionID, host string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Contains(f.went[d].hosts, host)
}

func (f *Fleet) own(o *evenkeel.Order, s evenkeel.ReceiptState, why string) evenkeel.Receipt {
	return evenkeel.Receipt{Order: o.ID, Node: f.opts.Name, State: s, Why: why, At: f.now()}
}

func unavailable(o *evenkeel.Order, says, hint string) error {
	return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "order " + string(o.ID), Err: errors.New(says), Hint: hint}
}

// names lists what does not get too long.
func names[S ~string](all []S) string {
	const most = 5
	var b strings.Builder
	for i, s := range all {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(all)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%.80s", string(s))
	}
	return b.String()
}
