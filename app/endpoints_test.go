package app

import (
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/courier"
	noticetest "github.com/evenkeel/evenkeel/courier/outboxtest"
	notices "github.com/evenkeel/evenkeel/courier/webhook"
	"github.com/evenkeel/evenkeel/instrument/redact"
	signed "github.com/evenkeel/evenkeel/instrument/webhook"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// listed are contacts of every tenant.
type listed []evenkeel.Contact

func (l listed) Of(evenkeel.TenantID) []evenkeel.Contact { return l }

var ofMachine = listed{{Role: "hook", Endpoint: "https://127.0.0.1/"}}

func TestWhatWaitsForMachinesIsAnOutboxOfTheCourier(t *testing.T) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			noticetest.Run(t, func(t testing.TB) (courier.Outbox, func(...evenkeel.Notice)) {
				b := open(t)
				return NewPosts(judgeOf(t, b), b, ofMachine, atStart), func(all ...evenkeel.Notice) { writeNotices(t, b, all...) }
			})
		})
	}
}

// TestWhatWaitsForNoMachineIsEndedTogether, however much there is before what waits for one; and where tenants
// are told of nothing nothing is posted either.
func TestWhatWaitsForNoMachineIsEndedTogether(t *testing.T) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			ids := []string{"n-1", "n-2", "n-3", "n-4", "n-5"}
			for i, id := range ids {
				n := noticetest.Notice(id)
				if i < 4 {
					n.Tenant = "without"
				}
				writeNotices(t, b, n)
			}
			p := NewPosts(judgeOf(t, b), b, onlyFor("t"), atStart)
			if got, err := p.Pending(t.Context(), 1, 2); err != nil || len(got) != 1 || got[0].Notice.ID != "n-5" {
				t.Fatalf("%v, %v; expected the one whose tenant has an endpoint", got, err)
			}
			if left, err := b.PendingPosts(t.Context(), 1, 9); err != nil || len(left) != 1 {
				t.Errorf("%d wait on, %v", len(left), err)
			}
			if _, people, err := b.Outbox(t.Context()); err != nil || people != 5 {
				t.Errorf("%d wait for people, %v; expected all", people, err)
			}
			if got, err := NewPosts(judgeOf(t, b), b, nil, atStart).Pending(t.Context(), 1, 9); err != nil || len(got) != 0 {
				t.Errorf("on paper %v, %v", got, err)
			}
			if left, err := b.PendingPosts(t.Context(), 1, 9); err != nil || len(left) != 0 {
				t.Errorf("on paper %d wait on, %v", len(left), err)
			}
		})
	}
}

// onlyFor is a tenant that has an endpoint.
type onlyFor evenkeel.TenantID

func (o onlyFor) Of(t evenkeel.TenantID) []evenkeel.Contact {
	if t == evenkeel.TenantID(o) {
		return ofMachine
	}
	return listed{{Role: "owner", Email: "o@x.example"}}
}

// machine is a tenant's machine behind TLS. Answers are given one after the other; then 204.
type machine struct {
	*httptest.Server
	mu      sync.Mutex
	answers []int
	got     []posting
}

// posting is a message as a machine got it.
type posting struct {
	path   string
	header http.Header
	body   []byte
}

func openMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{}
	m.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the sender went away
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.got = append(m.got, posting{r.URL.Path, r.Header.Clone(), body})
		status := http.StatusNoContent
		if len(m.answers) > 0 {
			status, m.answers = m.answers[0], m.answers[1:]
		}
		if status >= 300 && status < 400 {
			w.Header().Set("Location", "/elsewhere")
		}
		w.WriteHeader(status)
		if status >= 400 {
			_, _ = io.WriteString(w, "our secret is owner@acme.example "+strings.Repeat("x", 100_000)) // too long, and read by nobody
		}
	}))
	m.Config.ErrorLog = log.New(io.Discard, "", 0) // of those who do not trust it
	m.StartTLS()
	t.Cleanup(m.Close)
	return m
}

func (m *machine) all() []posting {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.got)
}

// settings let us post to this machine: the only way to get there.
func (m *machine) settings(t *testing.T) config.Endpoints {
	t.Helper()
	path := filepath.Join(t.TempDir(), "authorities.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: m.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return config.Endpoints{Networks: []config.Network{{Prefix: netip.MustParsePrefix("127.0.0.0/8")}}, Authorities: path}
}

// postTo is a courier of machines over books, whose clock stands still.
type postTo struct {
	t     *testing.T
	books wholeBooks
	posts *Posts
	to    *Endpoints
	c     *courier.Courier
	clock evenkeel.Moment
}

func newPostTo(t *testing.T, set config.Endpoints, contacts courier.Contacts) *postTo {
	t.Helper()
	p := &postTo{t: t, books: stores["in SQLite"](t), clock: start}
	now := func() evenkeel.Moment { return p.clock }
	p.posts = NewPosts(judgeOf(t, p.books), p.books, contacts, now)
	var err error
	if p.to, err = NewEndpoints(dataDir(t), &set, now); err != nil {
		t.Fatal(err)
	}
	p.c, err = courier.New(courier.Parts{
		Outbox: p.posts, Contacts: contacts, Machines: true, Marks: marksUnder(secret{1}), Channels: []courier.Channel{notices.NewEndpoints(p.to)},
		Head: courier.Letterhead{Operator: "Example Cloud", Domain: "abuse.example.com", ReplyTo: "abuse@example.com"},
	}, now, courier.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// round delivers what is due, and returns what of the notice is kept then.
func (p *postTo) round(id evenkeel.NoticeID) docket.SentNotice {
	p.t.Helper()
	all, err := p.posts.Pending(p.t.Context(), p.clock, 9)
	for _, w := range all {
		if err == nil {
			err = p.c.Deliver(p.t.Context(), w)
		}
	}
	if err != nil {
		p.t.Fatal(err)
	}
	var s docket.SentNotice
	if err := p.books.Transact(p.t.Context(), func(tx docket.Tx) (err error) { s, err = tx.Notice(id); return err }); err != nil {
		p.t.Fatal(err)
	}
	return s
}

func (p *postTo) waiting() []docket.WaitingNotice {
	p.t.Helper()
	all, err := p.books.PendingPosts(p.t.Context(), 1<<62, 9)
	if err != nil {
		p.t.Fatal(err)
	}
	return all
}

// verified is the id of a message, as a tenant with these secrets reads it.
func verified(t *testing.T, x posting, at time.Time, secrets ...string) (id string, err error) {
	t.Helper()
	keys, err := signed.ParseKeys(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return keys.Verify(x.header, x.body, at)
}

// R24, R27: an endpoint that is down, and answers with what it likes, is posted to again under the same id until it
// takes the notice; what it said beside its status is kept nowhere. The signature is that of its own secret.
func TestAnOutageOfAnEndpointLosesNothing(t *testing.T) {
	m := openMachine(t)
	address := m.URL + "/hook?token=geheim"
	p := newPostTo(t, m.settings(t), listed{{Role: "hook", Endpoint: address}})
	m.answers = []int{http.StatusServiceUnavailable, http.StatusFound, http.StatusNotFound}
	writeNotices(t, p.books, noticetest.Notice("n-1"))
	for i, says := range []string{"it answered 503 Service Unavailable", "it answered 302 Found; redirects are not followed", "it answered 404 Not Found"} {
		if s := p.round("n-1"); len(s.Dispatch.Deliveries) != 0 || s.Dispatch.Attempts != 0 {
			t.Fatalf("%+v; expected nothing that people are told by", s.Dispatch)
		}
		w := p.waiting()
		if len(w) != 1 || w[0].Attempts != i+1 || w[0].Next <= p.clock {
			t.Fatalf("attempt %d: %+v waits; expected the next attempt of it", i+1, w)
		}
		if len(m.all()) != i+1 {
			t.Errorf("after %s it was asked %d times", says, len(m.all()))
		}
		p.round("n-1") // it is not due
		p.clock = w[0].Next
	}
	s := p.round("n-1")
	if len(s.Dispatch.Deliveries) != 1 || len(p.waiting()) != 0 {
		t.Fatalf("%+v, and %d wait", s.Dispatch, len(p.waiting()))
	}
	d := s.Dispatch.Deliveries[0]
	if d.Channel != docket.ChannelEndpoint || d.Refused || redact.Role(d.To) != "hook" || d.Says != "status 204" || s.Dispatch.Over != 0 || s.Dispatch.Took(0) {
		t.Errorf("%+v of %+v; expected what a machine took, which ends nothing and tells nobody", d, s.Dispatch)
	}
	secrets, err := p.to.Secrets("t", address)
	if err != nil || len(secrets) != 1 {
		t.Fatal(secrets, err)
	}
	got := m.all()
	first, err := verified(t, got[0], start.Time(), secrets...)
	for i, x := range got {
		id, err2 := verified(t, x, start.Time().Add(time.Hour), secrets...)
		if x.path != "/hook" || err != nil || i == 0 && err2 == nil {
			t.Errorf("attempt %d at %s: %s, %v", i+1, x.path, id, err2)
		}
		if h := x.header.Get("Webhook-Id"); h != first {
			t.Errorf("attempt %d has the id %s; expected %s as before", i+1, h, first)
		}
	}
	last := got[len(got)-1]
	var body struct {
		Type, ID string
		Links    any
		Notice   struct{ ID, Tenant string }
	}
	if err := json.Unmarshal(last.body, &body); err != nil || body.Type != notices.Type || body.ID != first || body.Notice.ID != "n-1" || body.Links != nil {
		t.Errorf("%s, %v", last.body, err)
	}
	if id, err := verified(t, last, p.clock.Time(), secrets...); err != nil || id != first {
		t.Errorf("%s, %v", id, err)
	}
	for _, other := range [][2]string{{"acme", address}, {"t", m.URL + "/other"}} {
		secrets, err := p.to.Secrets(evenkeel.TenantID(other[0]), other[1])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := verified(t, last, p.clock.Time(), secrets...); err == nil {
			t.Errorf("the secret of %v verifies what another's endpoint got", other)
		}
	}
	f, err := p.books.Folder(t.Context(), "c-n-1")
	if text, _ := json.Marshal(f); err != nil || strings.Contains(string(text), "geheim") || strings.Contains(string(text), "our secret") || strings.Contains(string(text), "127.0.0.1") {
		t.Errorf("the case holds the address or what the endpoint said: %s, %v", text, err)
	}
}

// TestAnEndpointInsideIsNotSpokenTo: without a word of the operator's, no address that is not public, by number or by
// name, is dialled, and no certificate is believed that the system does not trust.
func TestAnEndpointInsideIsNotSpokenTo(t *testing.T) {
	m := openMachine(t)
	port := m.URL[strings.LastIndex(m.URL, ":"):]
	for address, says := range map[string]string{
		m.URL: "is not a public address", "https://localhost" + port: "is not a public address", "https://[::ffff:127.0.0.1]" + port: "is not a public address",
		"https://[64:ff9b::7f00:1]" + port: "is not a public address", "https://169.254.169.254/latest": "is not a public address",
		"https://10.0.0.1": "is not a public address", "https://100.64.0.1": "is not a public address",
		"http://127.0.0.1" + port: "expected https://", "https://u:p@127.0.0.1" + port: "holds a user",
	} {
		p := newPostTo(t, config.Endpoints{}, listed{{Role: "hook", Endpoint: address}})
		status, err := p.to.Post(t.Context(), "t", address, "nm-1", []byte("{}"))
		if status != 0 || err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %d, %v; expected %q", address, status, err, says)
		}
	}
	p := newPostTo(t, config.Endpoints{}, listed{{Role: "hook", Endpoint: m.URL}})
	writeNotices(t, p.books, noticetest.Notice("n-1"))
	if s := p.round("n-1"); len(s.Dispatch.Deliveries) != 0 || len(p.waiting()) != 1 {
		t.Errorf("%+v", s.Dispatch)
	}
	stranger := m.settings(t)
	stranger.Authorities = ""
	if status, err := newPostTo(t, stranger, listed{}).to.Post(t.Context(), "t", m.URL, "nm-1", []byte("{}")); status != 0 || err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate that nobody vouches for: %d, %v", status, err)
	}
	if n := len(m.all()); n != 0 {
		t.Errorf("it was asked %d times", n)
	}
}

// TestSecretsOfEndpointsChangeWithoutAGap: with a new line before the old one both sign, and without a start.
func TestSecretsOfEndpointsChangeWithoutAGap(t *testing.T) {
	m := openMachine(t)
	set := m.settings(t)
	dir := dataDir(t)
	to, err := NewEndpoints(dir, &set, atStart)
	if err != nil {
		t.Fatal(err)
	}
	old, err := to.Secrets("t", m.URL)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := NewEndpoints(dir, &set, atStart); err != nil {
		t.Error(err)
	} else if same, err := again.Secrets("t", m.URL); err != nil || !slices.Equal(same, old) {
		t.Errorf("after a start it is another secret: %v", err)
	}
	path := filepath.Join(dir, fileEndpoints)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append([]byte(spineSecret+"\n"), text...), 0o600); err != nil {
		t.Fatal(err)
	}
	both, err := to.Secrets("t", m.URL)
	if err != nil || len(both) != 2 || both[1] != old[0] {
		t.Fatalf("%d secrets, %v", len(both), err)
	}
	says, err := to.Ping(t.Context(), "t", m.URL)
	if err != nil || says != "204 No Content" {
		t.Fatal(says, err)
	}
	for _, s := range both {
		if id, err := verified(t, m.all()[0], start.Time(), s); err != nil || !strings.HasPrefix(id, "ping-") {
			t.Errorf("%s, %v", id, err)
		}
	}
	m.answers = []int{http.StatusTeapot}
	if _, err := to.Ping(t.Context(), "t", m.URL); err == nil || !strings.Contains(err.Error(), "418") {
		t.Errorf("%v; expected what it answered", err)
	}
	for text, says := range map[string]string{"": "there are 0 webhook secrets", "key": "does not begin with"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := NewEndpoints(dir, &set, atStart); err == nil || !strings.Contains(err.Error(), says) || evenkeel.HintOf(err) == "" {
			t.Errorf("%q: %v; expected %q", text, err, says)
		}
	}
	for _, c := range []struct{ path, says string }{{"nowhere", "read the authorities of endpoints from nowhere"}, {path, "it holds no certificate"}} {
		if _, err := NewEndpoints(dataDir(t), &config.Endpoints{Authorities: c.path}, atStart); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v; expected %q", err, c.says)
		}
	}
}

// TestATenantsEndpointIsToldBesideItsOwner: the whole way, by a process: the owner has a mail with a link, the
// machine the same notice as JSON without one. A tenant whose only contact is a machine counts as not told (N).
func TestATenantsEndpointIsToldBesideItsOwner(t *testing.T) {
	m := openMachine(t)
	office, mailAt := openPostOffice(t)
	s := serve(t, dataDir(t), func(p *Parts) {
		p.Config.Courier.Mail.Server, p.Config.Courier.Mail.TLS, p.Config.Courier.Mail.From = mailAt, "none", "abuse@cloud.example"
		p.Config.Courier.Endpoints = m.settings(t)
	})
	hook := map[string]string{"role": "hook", "endpoint": m.URL + "/raisup"}
	from := ago()
	for _, r := range append([]request{
		event("tenant", "contacts-0", from.Add(time.Second), map[string]any{"tenant": "t-0", "contacts": []map[string]string{{"role": "owner", "email": "t-0@example.net"}, hook}}),
		event("tenant", "contacts-1", from.Add(time.Second), map[string]any{"tenant": "t-1", "contacts": []map[string]string{{"role": "hook", "endpoint": m.URL + "/machine"}}}),
	}, mining(from, 2)...) {
		if err := r.to(s.at); err != nil {
			t.Fatal(err)
		}
	}
	office.questionTo(t, "t-0@example.net")
	to, err := NewEndpoints(s.dir, &config.Endpoints{}, func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) })
	if err != nil {
		t.Fatal(err)
	}
	byPath := map[string]posting{}
	eventually(t, "both machines are posted to", func() bool {
		for _, x := range m.all() {
			byPath[x.path] = x
		}
		return len(byPath) == 2
	})
	for path, tenant := range map[string]string{"/raisup": "t-0", "/machine": "t-1"} {
		x := byPath[path]
		secrets, err := to.Secrets(evenkeel.TenantID(tenant), m.URL+path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := verified(t, x, time.Now(), secrets...); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if !strings.Contains(string(x.body), `"tenant":"`+tenant+`"`) || strings.Contains(string(x.body), "/t/") || strings.Contains(string(x.body), "@example.net\"") {
			t.Errorf("%s got %s", path, x.body)
		}
	}
	eventually(t, "the case says what the machine took", func() bool {
		return slices.ContainsFunc(folderBy(t, s.dir, "t-1").Entries, func(e evenkeel.Entry) bool { return strings.Contains(e.Says, "nobody is told by that") })
	})
	eventually(t, "it counts as untold", func() bool { return folderBy(t, s.dir, "t-1").Row.Untold > 0 })
	if got := folderBy(t, s.dir, "t-0").Row.Untold; got != 0 {
		t.Errorf("of the one who has a mail %d are untold", got)
	}
}
