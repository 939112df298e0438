package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	signed "github.com/evenkeel/evenkeel/instrument/webhook"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/backendtest"
)

// The secrets of the tests: the bytes 0 to 23, and 24 times 7.
const (
	secretText = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
	olderText  = "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH"
)

// patience is how long a test waits for what has to come; it ends a test that fails.
const patience = 20 * time.Second

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

var throttles = shield.Means{Measures: []evenkeel.Measure{evenkeel.MeasureThrottle}}

func keys(t testing.TB, texts ...string) signed.Keys {
	t.Helper()
	if len(texts) == 0 {
		texts = []string{secretText}
	}
	k, err := signed.ParseKeys(texts...)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// serve listens on loopback until the test ends.
func serve(t testing.TB, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv
}

// sender returns one to a loopback address, changed as the test wants it.
func sender(t testing.TB, url string, change func(*Endpoint)) *Sender {
	t.Helper()
	to := Endpoint{URL: url, Keys: keys(t), Allow: loopback}
	if change != nil {
		change(&to)
	}
	s, err := NewSender(to, backendtest.NewClock().Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.client.CloseIdleConnections)
	return s
}

func backend(t testing.TB, s *Sender) *Backend {
	t.Helper()
	b, err := New("edge", throttles, s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var quiet = slog.New(slog.DiscardHandler)

// node is the receiver of the documents as the tests watch it.
type node struct {
	receiver
	url string

	acts map[string]int
	ids  []string          // of all messages that came
	cut  map[string]string // ways that bring nothing, and why
	also string            // a measure that it carries out besides throttling
}

// asThrottle is an order of the measure that this node carries out as well, in the words of the one that
// the receiver of the documents knows.
func (n *node) asThrottle(t testing.TB, r *http.Request) *http.Request {
	if n.also == "" {
		return r
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	if bytes.Contains(body, []byte(OrderType)) {
		body = bytes.Replace(body, []byte(`"measure":"`+n.also+`"`), []byte(`"measure":"throttle"`), 1)
	}
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	if err := keys(t).Sign(again.Header, r.Header.Get("Webhook-Id"), n.now(), body); err != nil {
		t.Error(err)
	}
	return again
}

// fetch is a way to the data of a canary: what was put there comes back.
func (n *node) fetch(way string, probe order) ([]byte, error) {
	if why := n.cut[way]; why != "" {
		return nil, errors.New(why)
	}
	return probe.Object, nil
}

func (n *node) note(o order) { n.acts[o.Decision]++ }

func (n *node) acted(d evenkeel.DecisionID) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.acts[string(d)]
}

func newNode(t testing.TB, c *backendtest.Clock) *node {
	n := &node{acts: map[string]int{}}
	n.receiver = receiver{
		key: []byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17"),
		now: func() time.Time { return c.Now().Time() }, do: n.note, get: n.fetch,
		said: map[string]receipt{}, ends: map[string]time.Time{}, over: map[string]bool{},
	}
	n.url = serve(t, func(w http.ResponseWriter, r *http.Request) {
		n.mu.Lock()
		n.ids = append(n.ids, r.Header.Get("Webhook-Id"))
		n.mu.Unlock()
		n.receiver.ServeHTTP(w, n.asThrottle(t, r))
	}).URL
	return n
}

// inbox takes receipts that come later and lets a test wait for them.
type inbox struct {
	mu      sync.Mutex
	changed chan struct{} // closed at the next receipt, and then replaced
	by      map[evenkeel.OrderID][]evenkeel.Receipt
	known   func(evenkeel.OrderID) error // nil: all orders are known
}

func newInbox() *inbox {
	return &inbox{changed: make(chan struct{}), by: map[evenkeel.OrderID][]evenkeel.Receipt{}}
}

func (b *inbox) Take(_ context.Context, r evenkeel.Receipt) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known != nil {
		if err := b.known(r.Order); err != nil {
			return err
		}
	}
	b.by[r.Order] = append(b.by[r.Order], r)
	close(b.changed)
	b.changed = make(chan struct{})
	return nil
}

func (b *inbox) took(id evenkeel.OrderID) []evenkeel.Receipt {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.by[id]
}

// await returns the receipt of an order once one has come.
func (b *inbox) await(t testing.TB, id evenkeel.OrderID) evenkeel.Receipt {
	t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		b.mu.Lock()
		all, changed := b.by[id], b.changed
		b.mu.Unlock()
		if len(all) > 0 {
			return all[len(all)-1]
		}
		select {
		case <-changed:
		case <-late.C:
			t.Fatalf("no receipt of %s came within %v", id, patience)
		}
	}
}

// post sends a message to a callback as a receiver would, signed at a time.
func post(t testing.TB, url, id string, at time.Time, body string, change func(*http.Request)) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if err := keys(t).Sign(req.Header, id, at, []byte(body)); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(req)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

func jsonOf(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
