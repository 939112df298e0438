package edge

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/canary"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/fleet"
	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/mandate"
	"github.com/evenkeel/evenkeel/stream/hostlink"
)

// control is the other end of the link, with an outbox.
type control struct {
	*hostlink.Control
	t testing.TB

	mu       sync.Mutex
	pending  []evenkeel.Order
	receipts []evenkeel.Receipt
	records  map[string]int // by asset
	end      func()
}

func (c *control) Pending(context.Context, string) ([]evenkeel.Order, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.pending), nil
}

func (c *control) take(_ context.Context, d hostlink.Delivery) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range d.Batch.Records {
		c.records[d.Host+" "+d.Batch.Text(d.Batch.Records[i].Asset)]++
	}
	return nil
}

func (c *control) Given(context.Context, string, evenkeel.OrderID) (bool, error) { return true, nil }

func (c *control) Answer(_ context.Context, _ string, r evenkeel.Receipt) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.receipts = append(c.receipts, r)
	c.pending = slices.DeleteFunc(c.pending, func(o evenkeel.Order) bool { return o.ID == r.Order })
	return nil
}

func startControl(t testing.TB) *control {
	t.Helper()
	x, err := hostlink.Open(t.Context(), hostlink.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0", Now: time.Now, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	c := &control{Control: x, t: t, records: map[string]int{}}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- x.Run(ctx, c.take, c) }()
	c.end = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(c.end)
	return c
}

// enrols lets the edge of a data directory in.
func (c *control) enrols(dir string) {
	c.t.Helper()
	token, err := c.Invite(c.t.Context(), "edge-1", time.Now().Add(time.Hour))
	if err == nil {
		s := Default()
		s.Data = dir
		_, err = Enrol(c.t.Context(), s, token.Text(), time.Now)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// comes polls for something that comes soon.
func comes(t testing.TB, what string, is func() bool) {
	t.Helper()
	over := time.After(60 * time.Second)
	for tick := time.NewTicker(20 * time.Millisecond); !is(); {
		select {
		case <-tick.C:
		case <-over:
			t.Fatal("it did not come: " + what)
		}
	}
}

// orders something, and waits for what is said of it.
func (c *control) orders(o evenkeel.Order) evenkeel.Receipt {
	c.t.Helper()
	c.mu.Lock()
	before := len(c.receipts)
	c.pending = append(c.pending, o)
	c.mu.Unlock()
	c.Nudge("edge-1")
	var r evenkeel.Receipt
	comes(c.t, "a receipt", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		at := slices.IndexFunc(c.receipts[before:], func(r evenkeel.Receipt) bool { return r.Order == o.ID })
		if at >= 0 {
			r = c.receipts[before+at]
		}
		return at >= 0
	})
	return r
}

func ordered(d evenkeel.DecisionID, m evenkeel.Measure, asset evenkeel.AssetID, lasts time.Duration, params map[string]string) evenkeel.Order {
	now := evenkeel.MomentOf(time.Now())
	return evenkeel.Order{
		ID: evenkeel.NewOrderID(d, false), Decision: d, Tenant: "t-shop", Measure: m, Params: params, Assets: []evenkeel.AssetID{asset}, From: now, Until: now.Add(lasts),
	}
}

func (c *control) tells(m mandate.Mandates) mandate.Taken {
	c.t.Helper()
	q, err := m.Question()
	if err != nil {
		c.t.Fatal(err)
	}
	a, err := c.Ask(c.t.Context(), "edge-1", q)
	if err != nil {
		c.t.Fatal(err)
	}
	taken, err := mandate.ParseTaken(a)
	if err != nil {
		c.t.Fatal(err)
	}
	return taken
}

func (c *control) here() (p hostlink.Presence) {
	for _, h := range c.Hosts() {
		if h.Here {
			p = h
		}
	}
	return p
}

// get gets the page of a host, as a browser asks for one.
func get(t testing.TB, at, host string) (status int, body string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+at+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Host = host
	q.Header.Set("Accept", "text/html")
	a, err := http.DefaultTransport.RoundTrip(q)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, string(b)
}

// TestAnEdgeObeysControlAndLetsGoByItself goes all the way: it enrols, takes mandates, shuts a site, keeps that when it is killed, and lets go
// while control is dead.
func TestAnEdgeObeysControlAndLetsGoByItself(t *testing.T) {
	c, b := startControl(t), backend(t, "b")
	dir, sites := folder(t, map[string]string{"shop.yaml": document("shop", b.URL, "maintenance: {en: \"We are back soon.\"}\n"), "blog.yaml": document("blog", b.URL, ""), "news.yaml": document("news", b.URL, "")})
	c.enrols(dir)
	r := run(t, dir, sites, nil)
	comes(t, "what it holds", func() bool { return len(c.here().Status.Holds) == 3 })
	if s := c.here().Status; !s.Edge || !slices.Equal(s.Can, []string{"challenge", "shut"}) || !slices.Equal(s.Holds, []evenkeel.AssetID{"blog.example", "news.example", "shop.example"}) {
		t.Errorf("it says of itself %+v", s)
	}
	ends := evenkeel.MomentOf(time.Now()).Add(time.Hour)
	if x := c.tells(mandate.Mandates{Until: ends, Highest: evenkeel.MeasureChallenge, Except: map[evenkeel.AssetID]evenkeel.Measure{"blog.example": evenkeel.MeasureNotify, "gone.example": evenkeel.MeasureNotify}, Policy: "p-1"}); x.Sites != 3 || x.Why != "" {
		t.Errorf("it took %+v", x)
	}
	long := ordered("d-long", evenkeel.MeasureShut, "shop.example", time.Hour, map[string]string{"update": "We mend what was flooded."})
	if got := c.orders(long); got.State != evenkeel.ReceiptApplied || got.Node != "edge-1" || !strings.Contains(got.Effect, "shows its own page") {
		t.Errorf("the receipt of the shut site: %+v", got)
	}
	at := r.Ready().Clear[0]
	if code, body := get(t, at, "shop.example"); code != 503 || !strings.Contains(body, "We are back soon.") || !strings.Contains(body, "We mend what was flooded.") {
		t.Errorf("the site that is shut answers %d:\n%s", code, body)
	}
	if code, _ := r.asks(t, "news.example", "/"); code != 200 {
		t.Errorf("its neighbour answers %d", code)
	}
	err := Stop(t.Context(), dir, Wish{Site: "shop", Why: "open it"})
	if evenkeel.KindOf(err) != evenkeel.KindConflict || !strings.Contains(err.Error(), "d-long") {
		t.Errorf("a start by hand: %v; expected which decision shuts it", err)
	}
	stands := func() {
		t.Helper()
		s, err := AskStatus(t.Context(), dir, false)
		if err != nil || s.Control == nil || s.Control.Highest != "challenge" || s.Control.Exceptions != 2 || s.Control.Until != ends || s.Control.Policy != "p-1" {
			t.Fatalf("status: %+v, %v", s.Control, err)
		}
		if o := s.Control.Orders; len(o) == 0 || o[0].Decision != "d-long" || o[0].Measure != "shut" || o[0].State != "carried" || o[0].Until.Sub(long.Until).Abs() > 2*time.Second {
			t.Errorf("orders in the status: %+v", o)
		}
		if at := slices.IndexFunc(s.Standing, func(x Standing) bool { return x.Site == "shop" }); at < 0 || s.Standing[at].Ordered != "shut" || s.Standing[at].Decision != "d-long" {
			t.Errorf("sites in the status: %+v", s.Standing)
		}
	}
	stands()
	short := ordered("d-short", evenkeel.MeasureShut, "news.example", 8*time.Second, nil)
	if got := c.orders(short); got.State != evenkeel.ReceiptApplied {
		t.Errorf("the receipt of the short one: %+v", got)
	}
	c.end() // control is dead from here on
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	_, kill := killed(t, dir, sites)
	kill()
	at, _ = killed(t, dir, sites)
	if code, _ := get(t, at, "shop.example"); code != 503 {
		t.Errorf("after it was killed and started the site answers %d; expected that it is shut still", code)
	}
	comes(t, "the end of the order", func() bool { code, _ := get(t, at, "news.example"); return code == 200 })
	if now := evenkeel.MomentOf(time.Now()); now < short.Until {
		t.Errorf("it let go %v before the end", short.Until.Sub(now))
	}
	if code, _ := get(t, at, "shop.example"); code != 503 {
		t.Errorf("what has not ended is let go of too: %d", code)
	}
	stands()
}

func TestAnOperatorLetsGoByHandAndControlIsTold(t *testing.T) {
	c, b := startControl(t), backend(t, "b")
	dir, sites := folder(t, map[string]string{"shop.yaml": document("shop", b.URL, "")})
	c.enrols(dir)
	r := run(t, dir, sites, nil)
	o := ordered("d-1", evenkeel.MeasureShut, "shop.example", time.Hour, nil)
	c.orders(o)
	if code, _ := r.asks(t, "shop.example", "/"); code != 503 {
		t.Fatalf("the site that is shut answers %d", code)
	}
	if _, err := Release(t.Context(), dir, Wish{Decision: "d-1"}); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("without a reason: %v", err)
	}
	if _, err := Release(t.Context(), dir, Wish{Decision: "d-2", Why: "a mistake"}); evenkeel.KindOf(err) != evenkeel.KindNotFound {
		t.Errorf("of what does not stand: %v", err)
	}
	got, err := Release(t.Context(), dir, Wish{Decision: "d-1", Why: "a mistake"})
	if err != nil || got.State != evenkeel.ReceiptLifted || !strings.Contains(got.Why, "a mistake") {
		t.Errorf("%+v, %v", got, err)
	}
	if code, _ := r.asks(t, "shop.example", "/"); code != 200 {
		t.Errorf("after the release it answers %d", code)
	}
	comes(t, "that it was released", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return slices.ContainsFunc(c.receipts, func(r evenkeel.Receipt) bool {
			return r.State == evenkeel.ReceiptLifted && r.Asked == evenkeel.Unasked && strings.Contains(r.Why, "released by hand on edge-1: a mistake")
		})
	})
	if again := c.orders(o); again.State != evenkeel.ReceiptLifted {
		t.Errorf("the order again: %+v", again)
	}
}

func TestASiteThatComesIsHeldAndWhatIsOrderedThereIsCarriedOut(t *testing.T) {
	c, b := startControl(t), backend(t, "b")
	dir, sites := folder(t, map[string]string{"shop.yaml": document("shop", b.URL, "")})
	c.enrols(dir)
	r := run(t, dir, sites, nil)
	two := ordered("d-1", evenkeel.MeasureShut, "shop.example", time.Hour, nil)
	two.Assets = append(two.Assets, "blog.example")
	if got := c.orders(two); got.State != evenkeel.ReceiptApplied || !got.NotHeld {
		t.Errorf("of a site that is not here: %+v", got)
	}
	write(t, filepath.Join(sites, "blog.yaml"), document("blog", b.URL, ""))
	if _, err := Reload(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	comes(t, "the new site's page", func() bool { code, _ := r.asks(t, "blog.example", "/"); return code == 503 })
	comes(t, "that it is held", func() bool { return slices.Contains(c.here().Status.Holds, "blog.example") })
}

func TestWhatIsNoMandateChangesNothing(t *testing.T) {
	c, b := startControl(t), backend(t, "b")
	dir, sites := folder(t, map[string]string{"shop.yaml": document("shop", b.URL, "")})
	c.enrols(dir)
	run(t, dir, sites, nil)
	comes(t, "it is here", func() bool { return len(c.here().Status.Holds) == 1 })
	c.tells(mandate.Mandates{Until: evenkeel.MomentOf(time.Now()).Add(time.Hour), Highest: evenkeel.MeasureShut})
	a, err := c.Ask(t.Context(), "edge-1", []byte(`{"mandates":{"highest":"challenge"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if x, err := mandate.ParseTaken(a); err != nil || x.Why == "" || x.Sites != 0 {
		t.Errorf("it took %+v, %v", x, err)
	}
	if s, err := AskStatus(t.Context(), dir, false); err != nil || s.Control.Highest != "shut" {
		t.Errorf("%+v, %v", s.Control, err)
	}
}

func TestWhatCameToSitesIsDeliveredInParts(t *testing.T) {
	c, b := startControl(t), backend(t, "b")
	dir, sites := folder(t, map[string]string{"shop.yaml": document("shop", b.URL, "")})
	c.enrols(dir)
	r := run(t, dir, sites, nil)
	all, now := evenkeel.NewBatch("edge-1", evenkeel.MomentOf(time.Now())), evenkeel.MomentOf(time.Now())
	for i := range 3*mostRecords + 1 {
		all.AddUsage(evenkeel.Usage{At: now, Since: now - 1, ID: uint64(i + 1), Asset: evenkeel.AssetID(fmt.Sprintf("site-%d", i%7)), Meter: evenkeel.MeterSite, Form: evenkeel.FormDelta, Value: 1})
	}
	if err := r.joined.deliver(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	comes(t, "all records", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		n := 0
		for _, x := range c.records {
			n += x
		}
		return n == 3*mostRecords+1 && len(c.records) == 7 && c.records["edge-1 site-0"] == (3*mostRecords+1+6)/7
	})
}

func TestAnEdgeThatIsJoinedToNobodySaysSo(t *testing.T) {
	b := backend(t, "b")
	dir, sites := folder(t, map[string]string{"shop.yaml": document("shop", b.URL, "")})
	r := run(t, dir, sites, nil)
	if s, err := AskStatus(t.Context(), dir, false); err != nil || s.Control != nil {
		t.Errorf("%+v, %v", s.Control, err)
	}
	if _, err := Release(t.Context(), dir, Wish{Decision: "d-1", Why: "x"}); evenkeel.KindOf(err) != evenkeel.KindNotFound || !strings.Contains(evenkeel.HintOf(err), "enrol") {
		t.Errorf("%v", err)
	}
	if err := r.joined.deliver(t.Context(), evenkeel.NewBatch("x", 1)); err != nil {
		t.Errorf("what nobody takes: %v", err)
	}
}

// TestChangesOfStageAreToldSeldomAndTheLastAlways plays a site whose stage flaps.
func TestChangesOfStageAreToldSeldomAndTheLastAlways(t *testing.T) {
	c, b := startControl(t), backend(t, "b")
	dir, sites := folder(t, map[string]string{"shop.yaml": document("shop", b.URL, ""), "blog.yaml": document("blog", b.URL, "")})
	c.enrols(dir)
	s := Default()
	s.Data, s.Sites, s.Listen, s.Clear = dir, []string{sites}, nil, []string{"127.0.0.1:0"}
	p, err := Open(t.Context(), Options{Settings: s, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	j := p.joined
	var said []evenkeel.Moment
	now := evenkeel.Moment(j.clock.Boot())
	j.say = func(r evenkeel.Receipt) {
		if r.State != evenkeel.ReceiptApplied || !strings.Contains(r.Effect, "challenge by edge") {
			t.Errorf("%+v", r)
		}
		said = append(said, now)
	}
	if r, err := j.apply(t.Context(), ordered("d-1", evenkeel.MeasureChallenge, "shop.example", time.Hour, nil)); err != nil || r.State != evenkeel.ReceiptApplied {
		t.Fatalf("%+v, %v", r, err)
	}
	began := now
	for second := range 60 {
		now = began.Add(time.Duration(second) * time.Second)
		if second < 34 {
			for range 5 {
				j.changed(&gateway.Change{Site: "shop", Asset: "shop.example"})
			}
			j.changed(&gateway.Change{Site: "blog", Asset: "blog.example"}) // nothing is ordered there
		}
		j.tell(t.Context(), now)
	}
	var at []string
	for _, x := range said {
		at = append(at, fmt.Sprint(x.Sub(began)))
	}
	if want := []string{"0s", "10s", "20s", "30s", "40s"}; !slices.Equal(at, want) {
		t.Errorf("it is told after %v; expected %v: every ten seconds, and the last one", at, want)
	}
}

// TestAnEdgeShowsThatDataIsReachedWhileASiteIsShut: D, by a site that is there for nothing else, over the link. A canary that is no site of the edge shows nothing.
func TestAnEdgeShowsThatDataIsReachedWhileASiteIsShut(t *testing.T) {
	var r *running
	var mu sync.Mutex
	objects, during, broken := map[string][]byte{}, 0, false
	export := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		switch q.Method {
		case http.MethodPut:
			objects[q.URL.Path], _ = io.ReadAll(q.Body)
		default:
			during, _ = get(t, r.Ready().Clear[0], "canary.example")
			if !broken {
				w.Write(objects[q.URL.Path])
			}
		}
	}))
	defer export.Close()
	c, b := startControl(t), backend(t, "b")
	dir, sites := folder(t, map[string]string{"shop.yaml": document("shop", b.URL, ""), "canary.yaml": document("canary", b.URL, "")})
	c.enrols(dir)
	object := export.URL + "/{asset}/{probe}"
	ask := func(id string) ([]shield.Fetched, *shield.Probe, error) {
		p := shield.Probe{ID: id, Measure: evenkeel.MeasureShut, Ways: []string{"export"}, Object: bytes.Repeat([]byte("0123456789abcdef"), shield.LeastObject/16+1)}
		came, err := fleet.Ask(t.Context(), p, func(ctx context.Context, q []byte) ([]byte, error) { return c.Ask(ctx, "edge-1", q) })
		return came, &p, err
	}
	r = run(t, dir, sites, func(s *Settings) {
		s.Control.Canary = canary.Settings{Asset: "canary.example", Put: object, Fetch: map[string]string{"export": object}}
	})
	comes(t, "the edge", func() bool { return len(c.here().Status.Holds) == 2 })
	if s := c.here().Status; s.Canary != "canary.example" {
		t.Errorf("it says of itself %+v", s)
	}
	came, p, err := ask("p-1")
	if err != nil || p.Amiss(came) != "" || during != http.StatusServiceUnavailable {
		t.Fatalf("%+v, %v; while it was fetched the canary was answered %d", came, err, during)
	}
	if at, _ := get(t, r.Ready().Clear[0], "canary.example"); at != http.StatusOK {
		t.Errorf("when it was shown the canary is answered %d", at)
	}
	if at, _ := get(t, r.Ready().Clear[0], "shop.example"); at != http.StatusOK {
		t.Errorf("a tenant's site is answered %d", at)
	}
	s, err := AskStatus(t.Context(), dir, false)
	if err != nil || len(s.Control.Shown) != 1 || !slices.Equal(s.Control.Shown[0].Open, []string{"export"}) {
		t.Errorf("its status: %+v, %v", s.Control, err)
	}
	mu.Lock()
	broken = true // nothing comes back any more
	mu.Unlock()
	if came, p, err := ask("p-2"); err == nil && p.Amiss(came) == "" {
		t.Errorf("it shows %+v though nothing comes back", came)
	}
}

// TestNothingWaitsForAnEndThatIsFar: what is ordered for an hour keeps nobody from looking at all else each half minute, and what
// ends within the second is let go of right then.
func TestNothingWaitsForAnEndThatIsFar(t *testing.T) {
	at := func(d time.Duration) evenkeel.Moment { return evenkeel.Moment(time.Hour + d) }
	for _, c := range []struct {
		name       string
		next, last evenkeel.Moment
		look       bool
		wait       time.Duration
	}{
		{"nothing is ordered, and it was looked just now", 0, at(-time.Second), false, 0},
		{"nothing is ordered, and it was looked long ago", 0, at(-holdsAgain), true, 0},
		{"it ends in an hour, and it was looked just now", at(time.Hour), at(-time.Second), false, 0},
		{"it ends in an hour, and it was never looked", at(time.Hour), 0, true, 0},
		{"it ends within this second", at(300 * time.Millisecond), at(-time.Second), true, 300 * time.Millisecond},
		{"it has ended", at(-time.Second), at(-2 * time.Second), true, 0},
	} {
		if look, wait := looks(at(0), c.next, c.last); look != c.look || wait != c.wait {
			t.Errorf("%s: %v after %v; expected %v after %v", c.name, look, wait, c.look, c.wait)
		}
	}
}
