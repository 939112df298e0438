package certificates

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mholt/acmez/v3/acme"

	"github.com/evenkeel/evenkeel/instrument/backoff"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

// Limits bound what clients can have the edge ask the authority for. Zero is the value that is named.
//
// Let's Encrypt allows 300 new orders an account in 3 hours, 50 certificates a registered domain in a week, and 5 failed validations of a name
// in an hour (letsencrypt.org/docs/rate-limits).
type Limits struct {
	Client int // new certificates an hour for one /24 or /48; 10
	Site   int // for one site; 30
	All    int // for all; 60
	Renew  int // renewals an hour, which no client causes; 40. With those of All it is what Let's Encrypt lets an account have

	Wait    time.Duration // that a handshake waits for a certificate; 4 s, which is below what doors give a handshake
	Waiting int           // handshakes that wait at once, a quarter of them for one site; 256
	Orders  int           // that run at once, and as many renewals; 4
	Queue   int           // names that wait for their order; 64
}

func (l Limits) filled() Limits {
	for _, x := range [...]struct {
		at    *int
		usual int
	}{{&l.Client, 10}, {&l.Site, 30}, {&l.All, 60}, {&l.Renew, 40}, {&l.Waiting, 256}, {&l.Orders, 4}, {&l.Queue, 64}} {
		if *x.at <= 0 {
			*x.at = x.usual
		}
	}
	if l.Wait <= 0 {
		l.Wait = 4 * time.Second
	}
	return l
}

// Pauses after what came to nothing. The authority counts refusals against the account and the name; what never reached it costs it nothing.
const (
	firstRefused, mostRefused = 15 * time.Minute, 24 * time.Hour
	firstFailed, mostFailed   = time.Minute, time.Hour
	orderTime                 = 3 * time.Minute // of one issuance, certmagic's own pauses for the account's rate included
)

// Errors of handshakes that get no certificate by ACME.
var (
	ErrLater = errors.New("there is no certificate for this name yet") // the reason is in what wraps it
	ErrBusy  = errors.New("too many wait for certificates")
)

// name is what is known of a host that a site wants a certificate for by ACME. It is guarded by the demand's mutex.
type name struct {
	site     site.ID
	looked   bool      // in the storage
	running  *run      // nil: nobody asks for it
	failures int       // in a row
	again    time.Time // before this nothing is asked for
	wrong    string    // of the last attempt
}

// run is one attempt to get a certificate.
type run struct {
	done chan struct{} // closed once pair or err stands
	pair *pair
	err  error
}

// demand gets certificates when they are asked for.
type demand struct {
	authority *Authority
	client    *client
	limits    Limits
	seed      uint64
	issued    table

	mu       sync.Mutex
	names    map[string]*name
	budgets  *budgets
	waiting  int
	waits    map[site.ID]int
	runs     int       // that were begun for handshakes and have not ended
	due      []string  // to renew, the most urgent first
	unkept   error     // why nothing can be kept at present
	second   time.Time // in which asked challenges were looked for in the storage
	asked    int
	closed   bool
	finished sync.WaitGroup // of runs

	orders chan struct{} // slots of those for handshakes
	ctx    context.Context
	cancel context.CancelFunc
}

func newDemand(a *Authority, l Limits, seed uint64) *demand {
	d := &demand{
		authority: a, client: newClient(a), limits: l, seed: seed, names: map[string]*name{}, budgets: newBudgets(l),
		waits: map[site.ID]int{}, orders: make(chan struct{}, l.Orders),
	}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	return d
}

// close lets nothing begin any more, and waits for what runs.
func (d *demand) close() {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.cancel()
	d.finished.Wait()
	d.client.cache.Stop()
}

// wait is for a name of which there is no certificate: a handshake takes part in the attempt that runs, or begins one, and waits for it within its
// bounds. The attempt goes on when the client has left.
func (s *Store) wait(hello *tls.ClientHelloInfo, of *site.Site, host string) (*tls.Certificate, error) {
	d, now := s.demand, s.config.Clock()
	d.mu.Lock()
	n := d.name(host, of.ID)
	if p := d.issued.of(host); p != nil { // it came meanwhile
		d.mu.Unlock()
		return &p.certificate, nil
	}
	switch {
	case d.closed:
		d.mu.Unlock()
		return nil, fmt.Errorf("%w: the edge is closing", ErrLater)
	case n.running == nil && now.Before(n.again):
		wrong, again := n.wrong, n.again
		d.mu.Unlock()
		return nil, fmt.Errorf("%w: it is asked for again at %s, as %s", ErrLater, stamp(again), wrong)
	case d.waiting >= d.limits.Waiting || d.waits[of.ID] >= max(1, d.limits.Waiting/4) || n.running == nil && d.runs >= d.limits.Orders+d.limits.Queue:
		d.mu.Unlock()
		return nil, ErrBusy
	}
	r := n.running
	if r == nil {
		r = &run{done: make(chan struct{})}
		n.running = r
		d.runs++
		d.finished.Add(1)
		go s.run(host, n, r, prefixOf(clientOf(hello)))
	}
	d.waiting++
	d.waits[of.ID]++
	within := d.limits.Wait
	d.mu.Unlock()
	defer func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.waiting--
		if d.waits[of.ID]--; d.waits[of.ID] == 0 {
			delete(d.waits, of.ID)
		}
	}()

	ctx := hello.Context()
	if ctx == nil {
		ctx = context.Background()
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	select {
	case <-r.done:
		if r.pair == nil {
			return nil, r.err
		}
		return &r.pair.certificate, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: it is being asked for", ErrLater)
	}
}

// name is the entry of a host; the caller holds the mutex, and has found the host in the directory.
func (d *demand) name(host string, of site.ID) *name {
	n := d.names[host]
	if n == nil {
		n = &name{}
		d.names[strings.Clone(host)] = n
	}
	n.site = of
	return n
}

func clientOf(hello *tls.ClientHelloInfo) netip.Addr {
	if hello.Conn == nil {
		return netip.Addr{}
	}
	a, err := netip.ParseAddrPort(hello.Conn.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr()
}

// run gets a certificate for a handshake: from the storage, else from the authority.
func (s *Store) run(host string, n *name, r *run, from netip.Prefix) {
	d := s.demand
	defer d.finished.Done()
	d.mu.Lock()
	looked := n.looked
	d.mu.Unlock()
	if !looked {
		p, err := d.client.load(d.ctx, host)
		now := s.config.Clock()
		d.mu.Lock()
		n.looked = true
		if err == nil && !now.After(p.until) {
			d.end(host, n, r, p, nil)
			d.runs--
			d.mu.Unlock()
			return
		}
		d.mu.Unlock()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.config.Log.Warn("a stored certificate is not taken", "name", host, "error", err)
		}
	}
	var p *pair
	err := d.begin(n, from, s.config.Clock())
	if err == nil {
		select {
		case d.orders <- struct{}{}:
			p, err = s.order(host)
			<-d.orders
		case <-d.ctx.Done():
			err = d.ctx.Err()
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.runs--
	d.end(host, n, r, p, err)
}

// begin asks whether the authority may be asked now, and takes it from the budgets.
func (d *demand) begin(n *name, from netip.Prefix, now time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.unkept != nil {
		return fmt.Errorf("%w: %w", ErrLater, d.unkept)
	}
	if empty := d.budgets.take(from, n.site, now); empty != "" {
		return fmt.Errorf("%w: what %s may ask for in an hour is used up", ErrLater, empty)
	}
	return nil
}

// order asks the authority. What comes of it is noted.
func (s *Store) order(host string) (*pair, error) {
	d := s.demand
	ctx, cancel := context.WithTimeout(d.ctx, orderTime)
	defer cancel()
	p, err := d.client.issue(ctx, host)
	if d.ctx.Err() != nil && p == nil {
		return nil, d.ctx.Err()
	}
	now := s.config.Clock()
	d.mu.Lock()
	n := d.names[host]
	if n == nil { // its site is gone
		d.mu.Unlock()
		return p, err
	}
	if n.wrong = ""; err != nil {
		n.wrong = reason(err)
	}
	if p != nil {
		n.failures, n.again = 0, time.Time{}
	} else {
		d.refused(host, n, err, now)
	}
	again := n.again
	d.mu.Unlock()
	switch {
	case err == nil:
		s.config.Log.Info("a certificate was issued", "name", host, "until", stamp(p.until))
	case p != nil:
		s.config.Log.Warn("a certificate was issued and cannot be kept", "name", host, "error", err)
	default:
		s.config.Log.Warn("no certificate was issued", "name", host, "again", stamp(again), "error", reason(err))
	}
	if p == nil {
		err = fmt.Errorf("%w: %s", ErrLater, reason(err))
	}
	return p, err
}

// refused sets when a name is asked for again. The caller holds the mutex.
func (d *demand) refused(host string, n *name, err error, now time.Time) {
	n.failures++
	first, most := firstFailed, mostFailed
	if problem := (acme.Problem{}); errors.As(err, &problem) {
		first, most = firstRefused, mostRefused
		if problem.Type == acme.ProblemTypeRateLimited {
			d.budgets.drain(n.site, now)
			first = time.Hour
		}
	}
	n.again = now.Add(backoff.Pause(first, most, d.seed, host, n.failures))
}

// end puts what came of a run in force, and lets those that wait for it go on. The caller holds the mutex.
func (d *demand) end(host string, n *name, r *run, p *pair, err error) {
	if p != nil && d.names[host] == n {
		d.issued.put(host, p)
	}
	n.running, r.pair, r.err = nil, p, err
	close(r.done)
}

// refresh looks what is due, what the storage has of names that came, and forgets names that no site has any more.
func (s *Store) refresh(now time.Time) {
	d := s.demand
	unkept := d.client.writable(d.ctx)
	directory := s.view.Load().directory
	d.mu.Lock()
	if said := d.unkept; (said == nil) != (unkept == nil) {
		if unkept != nil {
			s.config.Log.Warn("no certificates are asked for", "storage", d.authority.Storage, "error", unkept)
		} else {
			s.config.Log.Info("the storage of certificates can be written to again", "storage", d.authority.Storage)
		}
	}
	d.unkept = unkept
	for host, n := range d.names {
		if of, ok := directory.Of(host); (!ok || !of.Certificates.ACME) && n.running == nil {
			delete(d.names, host)
			d.issued.put(host, nil)
		}
	}
	var fresh []string
	for _, of := range directory.All() {
		if !of.Certificates.ACME {
			continue
		}
		for _, host := range of.Names {
			if n := d.name(host, of.ID); !n.looked && n.running == nil {
				fresh = append(fresh, host)
			}
		}
	}
	d.mu.Unlock()
	for _, host := range fresh {
		s.look(host, now)
	}
	s.plan(now)
}

// look takes what the storage has of a name into force.
func (s *Store) look(host string, now time.Time) {
	d := s.demand
	p, err := d.client.load(d.ctx, host)
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.names[host]
	if n == nil || n.running != nil {
		return
	}
	n.looked = true
	if err == nil && !now.After(p.until) && d.issued.of(host) == nil {
		d.issued.put(host, p)
	}
}

// plan lists what is to be renewed: whatever has less than a third of its life left, what ends first before the others.
func (s *Store) plan(now time.Time) {
	d := s.demand
	type dated struct {
		host  string
		until time.Time
	}
	var due []dated
	d.mu.Lock()
	defer d.mu.Unlock()
	d.issued.all(func(host string, p *pair) {
		if n := d.names[host]; n != nil && n.running == nil && !now.Before(n.again) && now.After(p.until.Add(-p.until.Sub(p.from)/3)) {
			due = append(due, dated{host, p.until})
		}
	})
	slices.SortFunc(due, func(a, b dated) int { return a.until.Compare(b.until) })
	d.due = d.due[:0]
	for _, x := range due {
		d.due = append(d.due, x.host)
	}
}

// renew renews what is due, one after another.
func (s *Store) renew() {
	d := s.demand
	for {
		d.mu.Lock()
		if len(d.due) == 0 || d.closed || d.unkept != nil {
			d.mu.Unlock()
			return
		}
		host := d.due[0]
		d.due = d.due[1:]
		n := d.names[host]
		if n == nil || n.running != nil {
			d.mu.Unlock()
			continue
		}
		r := &run{done: make(chan struct{})}
		n.running = r
		d.finished.Add(1)
		was := d.issued.of(host)
		d.mu.Unlock()

		p, err := d.client.load(d.ctx, host) // another edge with the same storage may have been first
		if err != nil || was != nil && !p.until.After(was.until) {
			p, err = nil, errBudget
			if d.mayRenew(s.config.Clock()) {
				p, err = s.order(host)
			}
		}
		d.mu.Lock()
		if d.end(host, n, r, p, err); errors.Is(err, errBudget) {
			d.due = d.due[:0] // the next minute lists it again
		}
		d.mu.Unlock()
		d.finished.Done()
	}
}

var errBudget = errors.New("what may be renewed in an hour is used up")

func (d *demand) mayRenew(now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.budgets.renew(now)
}

// states are how the names of all sites stand that want certificates by ACME.
func (d *demand) states(directory *site.Directory, now time.Time) []State {
	d.mu.Lock()
	defer d.mu.Unlock()
	var out []State
	if d.unkept != nil {
		out = append(out, State{Source: ACME, Path: d.authority.Storage, Wrong: d.unkept.Error() + "; nothing new is asked for"})
	}
	for _, of := range directory.All() {
		if !of.Certificates.ACME {
			continue
		}
		for _, host := range of.Names {
			state := State{Site: of.ID, Source: ACME, Names: []string{host}}
			if p := d.issued.of(host); p != nil {
				state.Until, state.Wrong = p.until, p.wrong(now)
				if state.Wrong == "" && now.After(p.until.Add(-p.until.Sub(p.from)/6)) {
					state.Wrong = "it should have been renewed, and ends at " + stamp(p.until)
				}
			}
			if n := d.names[host]; n != nil && n.wrong != "" {
				if state.Wrong != "" {
					state.Wrong += "; "
				}
				state.Wrong += n.wrong
				if now.Before(n.again) {
					state.Wrong += "; it is asked for again at " + stamp(n.again)
				}
			}
			out = append(out, state)
		}
	}
	return out
}
