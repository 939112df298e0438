package app

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/stream/hostlink"
)

// enrolledIn returns the names of the hosts that ever enrolled in a data directory, whether any can connect now or not.
func enrolledIn(ctx context.Context, dir string) (names []string, err error) {
	all, err := hostlink.Enrolled(ctx, filepath.Join(dir, dirHosts))
	for _, h := range all {
		names = append(names, h.ID)
	}
	return names, err
}

// ofHost says whether a receipt is of one of some hosts, or of several.
func ofHost(r *evenkeel.Receipt, hosts []string) bool {
	return r.Effect != docket.EffectPaper && len(hosts) > 0 && (r.Node == hostsName || slices.Contains(hosts, r.Node))
}

// lender are hands that end nothing which is not theirs: what a host carries out ends when a host says so, or with its time, whoever
// is asked to carry orders out by now.
type lender struct {
	*hands
	agents *hosts // nil: none can connect
	dir    string
	peek   func(ctx context.Context, f func(docket.Tx) error) error
	now    func() evenkeel.Moment
}

var _ shield.Backend = (*lender)(nil)

// Apply carries an order out. KindUnavailable where it ends what a host carries out and none can connect.
func (l *lender) Apply(ctx context.Context, o evenkeel.Order) (evenkeel.Receipt, error) {
	if !o.Lift || l.agents != nil && l.hands.Backend == shield.Backend(l.agents) {
		return l.hands.Apply(ctx, o)
	}
	hosts, err := enrolledIn(ctx, l.dir)
	if err != nil {
		return evenkeel.Receipt{}, err
	}
	var was evenkeel.Receipt
	if len(hosts) > 0 {
		if _, was, err = lastOf(ctx, l.peek, evenkeel.NewOrderID(o.Decision, false)); err != nil && evenkeel.KindOf(err) != evenkeel.KindNotFound {
			return evenkeel.Receipt{}, err
		}
	}
	mine := evenkeel.Receipt{Order: o.ID, Node: hostsName, At: l.now()}
	switch {
	case !ofHost(&was, hosts):
		return l.hands.Apply(ctx, o)
	case l.agents != nil:
		return l.agents.Apply(ctx, o)
	case o.Until <= mine.At:
		mine.State, mine.Why = evenkeel.ReceiptLapsed, "its end has come"
		return mine, nil
	case was.State != 0 && was.State != evenkeel.ReceiptApplied:
		mine.State, mine.Why = evenkeel.ReceiptLifted, fmt.Sprintf("%s said before that nothing of it stands: %s", was.Node, was.State)
		return mine, nil
	}
	return evenkeel.Receipt{}, &evenkeel.Error{
		Kind: evenkeel.KindUnavailable, Says: fmt.Sprintf("order %s: %s carries it out, and no host can connect: hosts.listen is not set", o.ID, was.Node),
		Hint: "start evenkeel serve with the settings that name hosts.listen; or evenkeel host release on the host; there it ends by itself at " + o.Until.Time().UTC().Format(time.RFC3339),
	}
}

// carriedByHost says whether a host carried out something that a notice is about: a letter then does not say that nobody does.
func (h *house) carriedByHost(ctx context.Context, n *evenkeel.Notice) bool {
	hosts, err := enrolledIn(ctx, h.dir)
	if err == nil && len(hosts) == 0 {
		return false
	}
	var f docket.Folder
	if err == nil {
		f, err = h.books.Folder(ctx, n.Case)
	}
	if err != nil {
		h.parts.Log.Warn("it is not known whether a host carries out what a letter is about; it does not say that nobody does", "notice", n.ID, "err", err)
		return true
	}
	for i := range f.Dispatches {
		d := &f.Dispatches[i]
		at := slices.IndexFunc(f.Orders, func(o evenkeel.Order) bool { return o.ID == d.Order })
		if at >= 0 && !f.Orders[at].Lift && (n.State != evenkeel.InForce || f.Orders[at].Decision == n.Decision) && ofHost(&d.Receipt, hosts) {
			return true
		}
	}
	return false
}

// mostNamed is of how many cases and hosts it is said at the start that hosts carry something out.
const mostNamed = 5

// tellUnreached says loudly, at the start of a process to which no host can connect, what hosts carry out all the same, and whether
// they do.
func (h *house) tellUnreached(ctx context.Context) (carried bool, err error) {
	if h.hosts != nil {
		return false, nil
	}
	hosts, err := enrolledIn(ctx, h.dir)
	if err != nil || len(hosts) == 0 {
		return false, err
	}
	var cases, nodes []string
	orders := 0
	for id, err := range bearing(ctx, h.books) {
		var f docket.Folder
		if err == nil {
			f, err = h.books.Folder(ctx, id)
		}
		if err != nil {
			return carried, err
		}
		before := orders
		for _, o := range inForceOf(&f) {
			at := slices.IndexFunc(f.Dispatches, func(d docket.Dispatch) bool { return d.Order == o })
			if r := &f.Dispatches[at].Receipt; ofHost(r, hosts) && !f.Dispatches[at].LetGo() {
				orders++
				nodes = append(nodes, r.Node)
			}
		}
		if orders > before && len(cases) < mostNamed {
			cases = append(cases, string(id))
		}
	}
	if orders == 0 {
		h.parts.Log.Warn("hosts have enrolled and none can connect: hosts.listen is not set", "hosts", len(hosts), "hint", h.asBefore())
		return false, nil
	}
	slices.Sort(nodes)
	nodes = slices.Compact(nodes)
	h.parts.Log.Error("hosts carry out what nobody here can end: no host can connect, as hosts.listen is not set; what is lifted waits for them",
		"orders", orders, "hosts", strings.Join(nodes[:min(len(nodes), mostNamed)], ", "), "cases", strings.Join(cases, ", "), "hint", h.asBefore())
	return true, nil
}

// asBefore is how to start it so that hosts can connect.
func (h *house) asBefore() string {
	return "end this process and " + startAsBefore(h.dir) + "; until then evenkeel host release ends a measure on its host"
}

// stood are the decisions of which hosts said last that they carry something out, until they were held against the books.
type stood struct {
	mu   *sync.Mutex
	said map[string][]evenkeel.DecisionID
	wake chan struct{} // capacity 1
}

func newStood() stood {
	return stood{mu: &sync.Mutex{}, said: map[string][]evenkeel.DecisionID{}, wake: make(chan struct{}, 1)}
}

func (s stood) say(host string, all []evenkeel.DecisionID) {
	s.mu.Lock()
	s.said[host] = all
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s stood) take() map[string][]evenkeel.DecisionID {
	s.mu.Lock()
	defer s.mu.Unlock()
	said := maps.Clone(s.said)
	clear(s.said)
	return said
}

// holdAgainstBooks lifts what stands at hosts and is over in the books, until ctx ends.
func (x *hosts) holdAgainstBooks(ctx context.Context) error {
	for {
		select {
		case <-x.stood.wake:
		case <-ctx.Done():
			return nil
		}
		for host, all := range x.stood.take() {
			over, err := x.Stands(ctx, host, all)
			switch {
			case ctx.Err() != nil:
				return nil
			case err != nil:
				x.log.Warn("what stands at a host cannot be held against the books; it is, when the host says it again", "host", host, "err", err, "hint", evenkeel.HintOf(err))
			case len(over) > 0:
				x.log.Warn("a host carries out what is over in the books: it is lifted there", "host", host, "decisions", len(over), "first", over[0])
			}
		}
	}
}
