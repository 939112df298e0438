package hostlink

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/nats-io/nats.go"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// patience is how long a test waits for what has to come.
const patience = 20 * time.Second

// control is one run of control, and what its hosts gave it.
type control struct {
	*Control
	t    testing.TB
	end  context.CancelFunc
	done chan error

	mu       sync.Mutex
	refuse   error // of the next batches
	got      []Delivery
	pending  map[string][]evenkeel.Order
	given    map[string]string // host by order
	receipts []evenkeel.Receipt
	news     chan struct{} // capacity 1
}

// startControl opens control in a folder and runs it until end is called or the test ends.
func startControl(t testing.TB, o Options) *control {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = quiet
	}
	c := &control{t: t, done: make(chan error, 1), pending: map[string][]evenkeel.Order{}, given: map[string]string{}, news: make(chan struct{}, 1)}
	o.Heard = func(string) { c.tell() }
	opened, err := Open(t.Context(), o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	c.Control = opened
	ctx, cancel := context.WithCancel(context.Background())
	go func() { c.done <- opened.Run(ctx, c.take, c) }()
	c.end = sync.OnceFunc(func() {
		cancel()
		if err := <-c.done; err != nil {
			t.Errorf("run control: %v", err)
		}
	})
	t.Cleanup(c.end)
	return c
}

func (c *control) tell() {
	select {
	case c.news <- struct{}{}:
	default:
	}
}

func (c *control) take(_ context.Context, d Delivery) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.tell()
	if c.refuse != nil {
		return c.refuse
	}
	c.got = append(c.got, d)
	return nil
}

func (c *control) Pending(_ context.Context, host string) ([]evenkeel.Order, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.pending[host]), nil
}

func (c *control) Given(_ context.Context, host string, o evenkeel.OrderID) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.given[string(o)] == host, nil
}

func (c *control) Answer(_ context.Context, host string, r evenkeel.Receipt) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.receipts = append(c.receipts, r)
	c.pending[host] = slices.DeleteFunc(c.pending[host], func(o evenkeel.Order) bool { return o.ID == r.Order })
	c.tell()
	return nil
}

// order puts orders into the outbox of a host.
func (c *control) order(host string, ids ...string) {
	c.mu.Lock()
	for _, id := range ids {
		c.pending[host] = append(c.pending[host], evenkeel.Order{ID: evenkeel.OrderID(id), Decision: evenkeel.DecisionID("d-" + id), Tenant: "t", Assets: []evenkeel.AssetID{"vm"}})
		c.given[id] = host
	}
	c.mu.Unlock()
	c.Nudge(host)
}

// until waits for what has to become true of what control was given.
func (c *control) until(what string, is func() bool) {
	c.t.Helper()
	deadline := time.After(patience)
	for {
		c.mu.Lock()
		ok := is()
		c.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-c.news:
		case <-deadline:
			c.t.Fatalf("within %v it did not come to this: %s", patience, what)
		}
	}
}

// values returns what the batches say, in their order.
func values(got []Delivery) (all []int) {
	for _, d := range got {
		for i := range d.Batch.Records {
			all = append(all, int(d.Batch.Records[i].ID))
		}
	}
	return all
}

func count(n int) (all []int) {
	for i := range n {
		all = append(all, i+1)
	}
	return all
}

func batch(ids ...int) *evenkeel.Batch {
	b := evenkeel.NewBatch("somebody else", 1)
	for _, id := range ids {
		b.AddUsage(evenkeel.Usage{ID: uint64(id), At: evenkeel.Moment(id), Asset: "vm-1", Meter: evenkeel.MeterCPUTime, Value: 1})
	}
	return b
}

func (c *control) invite(host string) Token {
	c.t.Helper()
	token, err := c.Invite(c.t.Context(), host, time.Now().Add(time.Hour))
	if err != nil {
		c.t.Fatalf("invite: %v", err)
	}
	return token
}

// enrolled returns the folder of a host that has enrolled.
func (c *control) enrolled(host string) string {
	c.t.Helper()
	dir := c.t.TempDir()
	if _, err := Enrol(c.t.Context(), dir, c.invite(host), time.Now); err != nil {
		c.t.Fatalf("enrol %s: %v", host, err)
	}
	return dir
}

// obeyed answers that an order was applied.
func obeyed(_ context.Context, o evenkeel.Order) (evenkeel.Receipt, error) {
	return evenkeel.Receipt{Order: o.ID, State: evenkeel.ReceiptApplied, Effect: "the rate fell"}, nil
}

// agent is one run of an agent.
type agent struct {
	*Agent
	end func()
}

func startAgent(t testing.TB, o AgentOptions, handle func(context.Context, evenkeel.Order) (evenkeel.Receipt, error)) *agent {
	t.Helper()
	o.Now = time.Now
	if o.Logger == nil {
		o.Logger = quiet
	}
	opened, err := OpenAgent(o)
	if err != nil {
		t.Fatalf("open agent: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- opened.Run(ctx, handle) }()
	a := &agent{Agent: opened}
	a.end = sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-done, opened.Close()); err != nil {
			t.Errorf("end agent: %v", err)
		}
	})
	t.Cleanup(a.end)
	return a
}

func (a *agent) publish(t testing.TB, ids ...int) {
	t.Helper()
	for _, id := range ids {
		if err := a.Publish(batch(id)); err != nil {
			t.Fatalf("publish: %v", err)
		}
	}
}

func TestBatchesComeUpAndOrdersGoDown(t *testing.T) {
	c := startControl(t, Options{})
	a := startAgent(t, AgentOptions{Dir: c.enrolled("host-1")}, obeyed)
	a.publish(t, count(100)...)
	c.order("host-1", "o-1", "o-2", "o-3")
	c.until("100 batches and 3 receipts", func() bool { return len(c.got) >= 100 && len(c.receipts) >= 3 })
	if got := values(c.got); !slices.Equal(got, count(100)) {
		t.Errorf("the records are %v", got)
	}
	for _, d := range c.got {
		if d.Host != "host-1" || d.Batch.Source != "host-1" || d.Again || d.Batch.Arrived == 1 {
			t.Fatalf("a delivery is of %q, its source %q, again %t, arrived %d; a host vouches for itself, at our time", d.Host, d.Batch.Source, d.Again, d.Batch.Arrived)
		}
	}
	for _, r := range c.receipts {
		if r.Node != "host-1" || r.State != evenkeel.ReceiptApplied || r.Effect == "" || r.At == 0 {
			t.Errorf("a receipt says %+v", r)
		}
	}
	if hosts := c.Hosts(); len(hosts) != 1 || !hosts[0].Here || hosts[0].Last.IsZero() {
		t.Errorf("the hosts are %+v", hosts)
	}
}

func TestControlKnowsAtOnceWhichHostHoldsAGuest(t *testing.T) {
	c := startControl(t, Options{})
	var mu sync.Mutex
	holds := map[string][]evenkeel.AssetID{"host-1": {"vm-1", "vm-2"}, "host-2": {"vm-2"}}
	about := func(host string) func() About {
		return func() About {
			mu.Lock()
			defer mu.Unlock()
			return About{Holds: slices.Clone(holds[host])}
		}
	}
	one := startAgent(t, AgentOptions{Dir: c.enrolled("host-1"), About: about("host-1")}, obeyed)
	two := startAgent(t, AgentOptions{Dir: c.enrolled("host-2"), About: about("host-2")}, obeyed)
	held := func(what string, want map[evenkeel.AssetID][]string) {
		t.Helper()
		c.until(what, func() bool {
			for a, hosts := range want {
				if !slices.Equal(c.Holders(a), hosts) {
					return false
				}
			}
			return true
		})
	}
	held("what both said as they came", map[evenkeel.AssetID][]string{"vm-1": {"host-1"}, "vm-2": {"host-1", "host-2"}, "vm-3": nil})
	mu.Lock()
	holds["host-1"], holds["host-2"] = nil, []evenkeel.AssetID{"vm-2", "vm-3"}
	mu.Unlock()
	began := time.Now()
	one.Tell()
	two.Tell()
	held("what moved", map[evenkeel.AssetID][]string{"vm-1": nil, "vm-2": {"host-2"}, "vm-3": {"host-2"}})
	if took := time.Since(began); took >= Heartbeat {
		t.Errorf("it was told after %v; expected at once", took)
	}
	two.end()
	held("a host that is silent still holds", map[evenkeel.AssetID][]string{"vm-3": {"host-2"}})
	if err := c.Revoke(t.Context(), "host-2"); err != nil {
		t.Fatal(err)
	}
	held("one that is shut out holds nothing", map[evenkeel.AssetID][]string{"vm-3": nil})
}

func TestAHostSaysNoMoreThanItMayHold(t *testing.T) {
	many := make([]evenkeel.AssetID, MaxHolds+1)
	for i := range many {
		many[i] = "vm"
	}
	for _, why := range []string{strings.Repeat("x", MaxReason+1), "two\nlines"} {
		if err := checkHeld(&Status{About: About{Stratum: why}}); evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("the reason %.9q: %v", why, err)
		}
	}
	for _, s := range []*Status{{Held: &[]evenkeel.AssetID{}, Watched: many}, {Held: &[]evenkeel.AssetID{}, HeldByName: []evenkeel.AssetID{""}}} {
		if err := checkHeld(s); evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("what it watches and names: %v", err)
		}
	}
	for _, held := range [][]evenkeel.AssetID{many, {""}, {evenkeel.AssetID(strings.Repeat("x", evenkeel.MaxID+1))}} {
		if err := checkHeld(&Status{Held: &held}); evenkeel.KindOf(err) != evenkeel.KindInvalid {
			t.Errorf("%d guests, the first %.9q: %v", len(held), held[0], err)
		}
	}
	p := presence{hosts: map[string]*present{}, holders: map[evenkeel.AssetID][]string{}}
	some, none := []evenkeel.AssetID{"a", "b", "a"}, []evenkeel.AssetID{}
	p.take("h", Status{Held: &some}, time.Time{})
	p.take("h", Status{}, time.Time{}) // as before
	if !slices.Equal(p.holders["a"], []string{"h"}) || !slices.Equal(p.holders["b"], []string{"h"}) {
		t.Errorf("held: %v", p.holders)
	}
	if p.take("h", Status{Held: &none}, time.Time{}); len(p.holders) != 0 {
		t.Errorf("held though nothing is: %v", p.holders)
	}
}

func TestWhatIsBufferedComesWhenControlIsBack(t *testing.T) {
	dir := t.TempDir()
	c := startControl(t, Options{Dir: dir})
	addr := c.Addr()
	a := startAgent(t, AgentOptions{Dir: c.enrolled("host-1")}, obeyed)
	a.publish(t, 1, 2, 3)
	c.until("3 batches", func() bool { return len(c.got) == 3 })
	if l := a.Link(); !l.Up || l.Address != addr || l.Since == 0 || !slices.Equal(a.Addresses(), []string{addr}) {
		t.Errorf("the link is %+v to %v; expected one to %s that is up", l, a.Addresses(), addr)
	}
	before := time.Now()
	c.end()
	a.publish(t, 4, 5, 6)
	c = startControl(t, Options{Dir: dir, Listen: addr})
	c.order("host-1", "o-1")
	c.until("what was buffered, and the order that waited", func() bool { return len(c.got) >= 3 && len(c.receipts) == 1 })
	if l := a.Link(); !l.Up || l.Since <= evenkeel.MomentOf(before) {
		t.Errorf("the link is %+v; expected one that is up since control came back", l)
	}
	all := values(c.got)
	if again := len(all) - 3; again < 0 || !slices.Equal(all[again:], []int{4, 5, 6}) {
		t.Errorf("after the restart came %v", all)
	}
	for _, d := range c.got[:len(c.got)-3] {
		if !d.Again {
			t.Errorf("%v comes again and does not say so", values([]Delivery{d}))
		}
	}
}

func TestWhatTheHandlerDoesNotTakeComesAgainAndWhatIsInvalidDoesNot(t *testing.T) {
	c := startControl(t, Options{})
	c.refuse = &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "the stream is full"}
	a := startAgent(t, AgentOptions{Dir: c.enrolled("host-1")}, obeyed)
	a.publish(t, count(50)...)
	c.until("a refusal", func() bool { return c.tally.later.Load() > 0 })
	c.mu.Lock()
	c.refuse = nil
	c.mu.Unlock()
	c.until("all of them", func() bool { return len(c.got) >= 50 })
	got := values(c.got)
	slices.Sort(got)
	if !slices.Equal(got, count(50)) {
		t.Errorf("each is to come once; they are %v", got)
	}
	c.mu.Lock()
	c.refuse = evenkeel.Invalid("this makes no sense")
	c.mu.Unlock()
	a.publish(t, 51)
	c.until("a refusal for good", func() bool { return a.Fill().Refused == 1 || c.again() })
	c.mu.Lock()
	c.refuse = nil
	c.mu.Unlock()
	a.publish(t, 52)
	c.until("the next one", func() bool { return slices.Equal(values(c.got)[50:], []int{52}) })
}

// again lets until look once more, for what control is not told of.
func (c *control) again() bool {
	c.tell()
	return false
}

func TestAnOrderThatIsNotCarriedOutComesAgain(t *testing.T) {
	c := startControl(t, Options{})
	var mu sync.Mutex
	times := map[evenkeel.OrderID]int{}
	startAgent(t, AgentOptions{Dir: c.enrolled("host-1")}, func(ctx context.Context, o evenkeel.Order) (evenkeel.Receipt, error) {
		mu.Lock()
		defer mu.Unlock()
		if times[o.ID]++; times[o.ID] == 1 {
			return evenkeel.Receipt{}, errors.New("the kernel is busy")
		}
		return obeyed(ctx, o)
	})
	c.order("host-1", "o-1")
	c.until("its receipt", func() bool { return len(c.receipts) == 1 })
	mu.Lock()
	defer mu.Unlock()
	if times["o-1"] != 2 {
		t.Errorf("the order came %d times; expected 2", times["o-1"])
	}
}

func TestAnOrderThatIsTooLargeIsAnsweredByControl(t *testing.T) {
	c := startControl(t, Options{})
	startAgent(t, AgentOptions{Dir: c.enrolled("host-1")}, obeyed)
	c.mu.Lock()
	c.given["o-1"] = "host-1"
	c.pending["host-1"] = []evenkeel.Order{{ID: "o-1", Params: map[string]string{"flows": strings.Repeat("x", maxOrder)}}}
	c.mu.Unlock()
	c.Nudge("host-1")
	c.until("its receipt", func() bool { return len(c.receipts) == 1 })
	if r := c.receipts[0]; r.State != evenkeel.ReceiptRefused || r.Asked == "" || !strings.Contains(r.Why, "expected at most 1048576") {
		t.Errorf("the receipt says %+v", r)
	}
}

// What a host says by itself, under an order's id, can be told from what it answers.
func TestAReceiptSaysWhatItAnswers(t *testing.T) {
	c := startControl(t, Options{})
	a := startAgent(t, AgentOptions{Dir: c.enrolled("host-1")}, obeyed)
	c.order("host-1", "o-1")
	c.until("its receipt", func() bool { return len(c.receipts) == 1 })
	if err := a.Report(evenkeel.Receipt{Order: "o-1", State: evenkeel.ReceiptLapsed}); err != nil {
		t.Fatal(err)
	}
	c.until("what it says by itself", func() bool { return len(c.receipts) == 2 })
	o := evenkeel.Order{ID: "o-1", Assets: []evenkeel.AssetID{"vm"}}
	if said := c.receipts; said[0].Asked != o.Part() || said[1].Asked != evenkeel.Unasked {
		t.Errorf("they answer %q and %q", said[0].Asked, said[1].Asked)
	}
}

func TestAReceiptForAnothersOrderIsRefused(t *testing.T) {
	c := startControl(t, Options{})
	startAgent(t, AgentOptions{Dir: c.enrolled("host-1")}, func(ctx context.Context, _ evenkeel.Order) (evenkeel.Receipt, error) {
		<-ctx.Done()
		return evenkeel.Receipt{}, ctx.Err()
	})
	other := startAgent(t, AgentOptions{Dir: c.enrolled("host-2")}, obeyed)
	c.order("host-1", "o-1")
	if err := other.Report(evenkeel.Receipt{Order: "o-1", Node: "host-1", State: evenkeel.ReceiptLifted}); err != nil {
		t.Fatal(err)
	}
	c.until("the refusal", func() bool { return other.Fill().Refused == 1 || c.again() })
	if n := c.Stats().Foreign; n != 1 || len(c.receipts) > 0 {
		t.Errorf("%d foreign receipts were counted, %v were taken", n, c.receipts)
	}
}

// raw connects as a host does, with what it may and may not do in its own hands.
func raw(t *testing.T, c *control, dir string, more ...nats.Option) (*nats.Conn, chan error) {
	t.Helper()
	key, err := hostKey(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	errs := make(chan error, 16)
	conn, err := dial([]string{c.Addr()}, c.Pin(), key, time.Now, append([]nats.Option{
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { errs <- err }),
		nats.ClosedHandler(func(conn *nats.Conn) { errs <- fmt.Errorf("closed: %w", conn.LastError()) }),
	}, more...)...)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(conn.Close)
	return conn, errs
}

func TestAHostMayDoNothingButItsOwn(t *testing.T) {
	c := startControl(t, Options{})
	dir := c.enrolled("host-1")
	c.enrolled("host-2")
	for _, s := range []string{
		"host.host-2.records", "host.host-2.receipts", "host.host-2.status", "host.host-2.orders", "host.host-2.acks", "host.host-2.answers",
		"host.host-1.orders", "host.host-1.acks", "host.host-1.asks", "host.host-1", "host.host-1.records.more", "host", "intake.1",
		"enrol.X.ask", "enrol.X.answer", "$JS.API.INFO", "$JS.API.STREAM.LIST", "$SYS.REQ.SERVER.PING", "$SYS.ACCOUNT.HOSTS.CONNS",
		"$MQTT.sub.x", "_INBOX.x", "_R_.x",
	} {
		t.Run("write "+s, func(t *testing.T) {
			conn, errs := raw(t, c, dir)
			if err := conn.Publish(s, []byte("x")); err != nil {
				t.Fatal(err)
			}
			wantViolation(t, conn, errs)
		})
	}
	for _, s := range []string{
		">", "*", "host.>", "host.*.orders", "host.host-1.*", "host.host-1.>", "host.*.*", "host.host-2.orders", "host.host-2.acks", "host.host-2.asks",
		"host.host-1.records", "host.host-1.receipts", "host.host-1.status", "host.host-1.answers", "enrol.>", "$SYS.>", "$JS.>", "$JS.API.>", "_INBOX.>", "_INBOX.x", "$MQTT.>",
	} {
		t.Run("read "+s, func(t *testing.T) {
			conn, errs := raw(t, c, dir)
			if _, err := conn.SubscribeSync(s); err != nil {
				t.Fatal(err)
			}
			wantViolation(t, conn, errs)
		})
	}
	t.Run("its own", func(t *testing.T) {
		conn, errs := raw(t, c, dir)
		for _, k := range []string{kindOrders, kindAcks, kindAsks} {
			if _, err := conn.SubscribeSync(subject("host-1", k)); err != nil {
				t.Fatal(err)
			}
		}
		for _, k := range []string{kindRecords, kindReceipts, kindStatus, kindAnswers} {
			if err := conn.Publish(subject("host-1", k), []byte("garbage")); err != nil {
				t.Fatal(err)
			}
		}
		if err := conn.Flush(); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-errs:
			t.Errorf("refused: %v", err)
		default:
		}
	})
}

func wantViolation(t *testing.T, conn *nats.Conn, errs chan error) {
	t.Helper()
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-errs:
		if !errors.Is(err, nats.ErrPermissionViolation) {
			t.Errorf("the error is %v; expected a violation of permissions", err)
		}
	case <-time.After(patience):
		t.Error("it was let through")
	}
}

// TestControlDoesNotAnswerWhereAHostSays: a reply subject of a host's choice would be written with control's rights.
func TestControlDoesNotAnswerWhereAHostSays(t *testing.T) {
	c := startControl(t, Options{})
	first, second := c.enrolled("host-1"), c.enrolled("host-2")
	victim, _ := raw(t, c, second)
	orders, err := victim.SubscribeSync(subject("host-2", kindOrders))
	if err == nil {
		err = victim.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	conn, _ := raw(t, c, first)
	acks, err := conn.SubscribeSync(subject("host-1", kindAcks))
	if err != nil {
		t.Fatal(err)
	}
	f := frame{payload: []byte("no batch")}
	f.id.Seq = 1
	if err := conn.PublishRequest(subject("host-1", kindRecords), subject("host-2", kindOrders), f.append(nil)); err != nil {
		t.Fatal(err)
	}
	m, err := acks.NextMsg(patience)
	if err != nil {
		t.Fatalf("no ack: %v", err)
	}
	if a, ok := parseAck(m.Data); !ok || a.verdict != refused {
		t.Errorf("the ack is %+v", a)
	}
	if err := victim.Flush(); err != nil {
		t.Fatal(err)
	}
	if n, _, err := orders.Pending(); err != nil || n > 0 {
		t.Errorf("%d messages came to the other host's orders (%v)", n, err)
	}
}
