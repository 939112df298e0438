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
}

// Options are what a Fleet may be told. The zero value is good.
type Options struct {
	Name    string        // what receipts of its own call it; "hosts"
	Answers time.Duration // how long a host that is here may take to answer; 0: 3 s
	// ProofFor is for how long it counts that a host showed that data is reached; 0: 24 h.
	ProofFor time.Duration
	// Late takes a receipt of an order that nobody waits for any more; nil: it is refused, and comes again.
	Late func(ctx context.Context, r evenkeel.Receipt) error
}

// The bounds of what a Fleet remembers.
const (
	MostErrands = 4096    // of one host; the oldest are dropped, and come again
	MostWent    = 1 << 14 // decisions of which it is known where their orders went
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
}

// journey is where the orders of a decision went.
type journey struct {
	hosts []string // sorted
	until evenkeel.Moment
}

var _ shield.Backend = (*Fleet)(nil)

// New returns a Fleet that declares some means. Before Open it has no hosts.
func New(means shield.Means, now func() evenkeel.Moment, o Options) *Fleet {
	o.Name = cmp.Or(o.Name, "hosts")
	o.ProofFor = cmp.Or(o.ProofFor, 24*time.Hour)
	o.Answers = cmp.Or(o.Answers, 3*time.Second)
	return &Fleet{means: means, now: now, opts: o, desks: map[string][]*errand{}, went: map[evenkeel.DecisionID]journey{}, shown: shown{}}
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
	at, nowhere := f.place(roster, &o)
	var missing error // a host that may hold what nobody says that they hold
	if len(at) == 0 || len(nowhere) > 0 && !o.Lift {
		missing = unheard(roster, &o, nowhere)
	}
	switch {
	case len(at) == 0 && missing != nil:
		return evenkeel.Receipt{}, missing
	case len(at) == 0 && o.Lift:
		return f.own(&o, evenkeel.ReceiptLifted, "no host has it"), nil
	case len(at) == 0:
		return f.own(&o, evenkeel.ReceiptRefused, "no host holds "+names(nowhere)), nil
	}
	r, err := f.send(ctx, roster, &o, at, nowhere)
	if err == nil && missing != nil { // those that are here have it by now
		return evenkeel.Receipt{}, missing
	}
	return r, err
}

// place says which hosts get an order, and which of its assets no host says that it holds.
func (f *Fleet) place(r Roster, o *evenkeel.Order) (at map[string][]evenkeel.AssetID, nowhere []evenkeel.AssetID) {
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
	for _, h := range r.Hosts() { // and nobody else: one that was shut out lets go by itself
		// Where the order went before this program was started is not known, so it is lifted everywhere; whoever is away may
		// be the one that has it.
		if !known || slices.Contains(also, h.ID) {
			at[h.ID] = o.Assets // they may hold them no more, and hold the order still
		}
	}
	return at, nowhere
}

// unheard says that a host was not heard that may hold what nobody says that they hold, or nil.
func unheard(r Roster, o *evenkeel.Order, nowhere []evenkeel.AssetID) error {
	var silent []string
	for _, h := range r.Hosts() {
		if !h.Known {
			silent = append(silent, h.ID)
		}
	}
	if silent == nil {
		return nil
	}
	return unavailable(o, fmt.Sprintf("no host says that it holds %s, and %s did not say yet what it holds", names(nowhere), names(silent)),
		"see whether evenkeel host run runs there; evenkeel fleet revoke shuts out a host that is gone")
}

// send hands an order to hosts, and waits.
func (f *Fleet) send(ctx context.Context, r Roster, o *evenkeel.Order, at map[string][]evenkeel.AssetID, nowhere []evenkeel.AssetID) (evenkeel.Receipt, error) {
	hosts := slices.Sorted(maps.Keys(at))
	var refused []evenkeel.Receipt
	why, unknown := f.unproven(ctx, r, o, hosts)
	for _, h := range slices.Sorted(maps.Keys(why)) {
		refused = append(refused, evenkeel.Receipt{Order: o.ID, Node: h, State: evenkeel.ReceiptRefused, Why: why[h], At: f.now()})
	}
	hosts = slices.DeleteFunc(hosts, func(h string) bool { return why[h] != "" })
	here := map[string]bool{}
	for _, h := range r.Hosts() {
		here[h.ID] = h.Here
	}
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
			silent = append(silent, h)
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
	return f.merge(o, append(said, refused...), nowhere), nil
}

// Follow hands an order on to the hosts that hold its assets now, where it was in force on a host that holds them no
// more: a guest that moves to another host keeps its measure. It says whether each of them has such a host; what that answers
// goes to Options.Late. Where something has to be shown first and was not, it does not follow.
func (f *Fleet) Follow(o *evenkeel.Order, from string) bool {
	roster, now := f.known(), f.now()
	if roster == nil || o.Lift || o.Until <= now {
		return false
	}
	at := map[string][]evenkeel.AssetID{}
	for _, a := range o.Assets {
		hosts := roster.Holders(a)
		if slices.Contains(hosts, from) {
			continue
		}
		if len(hosts) == 0 {
			return false
		}
		for _, h := range hosts {
			at[h] = append(at[h], a)
		}
	}
	unshown := f.yetToShow(o, slices.Sorted(maps.Keys(at)), now)
	maps.DeleteFunc(at, func(h string, _ []evenkeel.AssetID) bool { return slices.Contains(unshown, h) })
	hosts := slices.Sorted(maps.Keys(at))
	for i, said := range f.hand(roster, o, hosts, at) {
		f.leave(hosts[i], said)
	}
	return len(hosts) > 0
}

// hand puts an order on the desks of hosts, of each with its own assets, and returns where their answers come.
func (f *Fleet) hand(r Roster, o *evenkeel.Order, hosts []string, at map[string][]evenkeel.AssetID) []chan evenkeel.Receipt {
	f.note(o, hosts)
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
	f.went[o.Decision] = j
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
