package gateway_test

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/challenge"
	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/answer"
	"github.com/evenkeel/evenkeel/shield/gateway/door"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

// world is an edge whose time the test makes.
type world struct {
	t       testing.TB
	now     time.Time
	edge    *gateway.Edge
	lots    uint64
	changes []gateway.Change
	bans    []gateway.Ban
}

var began = time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC)

// newWorld is an edge with the sites of documents; each may do what its document allows.
func newWorld(t testing.TB, set func(*gateway.Config), documents ...string) *world {
	t.Helper()
	return newWorldAt(t, began, set, documents...)
}

func newWorldAt(t testing.TB, now time.Time, set func(*gateway.Config), documents ...string) *world {
	t.Helper()
	w := &world{t: t, now: now}
	seed, err := challenge.NewSeed([]byte("a seed of thirty-two bytes, drawn"))
	if err != nil {
		t.Fatal(err)
	}
	c := gateway.Config{
		Clock: func() time.Time { return w.now }, Lot: func() uint64 { w.lots++; return w.lots * 0x9e3779b97f4a7c15 }, Key: [16]byte{1, 2, 3},
		Seeds: []challenge.Seed{seed}, Pages: answer.Settings{Operator: "Example Hosting", Contact: "abuse@example.net"}, Health: []string{"/healthz"},
		Changed: func(c gateway.Change) { w.changes = append(w.changes, c) }, Banned: func(b gateway.Ban) { w.bans = append(w.bans, b) },
	}
	if set != nil {
		set(&c)
	}
	if w.edge, err = gateway.New(c); err != nil {
		t.Fatal(err)
	}
	sites, err := site.Parse("test", []byte(strings.Join(documents, "---\n")))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.edge.Put(sites, nil); err != nil {
		t.Fatal(err)
	}
	w.grant()
	return w
}

// grant lets each site do what its document allows.
func (w *world) grant() {
	w.t.Helper()
	for _, s := range w.edge.Directory().All() {
		if err := w.edge.Mandate(s.ID, gateway.MandateOf(s, evenkeel.MomentOf(w.now).Add(24*time.Hour))); err != nil {
			w.t.Fatal(err)
		}
	}
}

// document is a site of its own tenant, with one backend.
func document(name, more string) string {
	return fmt.Sprintf("site: %s\ntenant: t-%s\nasset: %s.example\nnames: [%s.example]\nbackends: [{url: \"http://192.0.2.80\"}]\n%s", name, name, name, name, more)
}

// visitor is somebody with a browser, or a program.
type visitor struct {
	from    netip.Addr
	host    string
	hello   uint64
	fields  map[string]string
	cookies []string
}

// person is somebody at a browser that many have.
func person(host string, n int) *visitor {
	return &visitor{from: addressOf(1, n), host: host, hello: 0xc0ffee, fields: map[string]string{
		"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate", "Accept-Language": "en", "User-Agent": "Mozilla/5.0",
	}}
}

// bot is a program that says it is a browser, with a hello that nobody else has here.
func bot(host string, n int) *visitor {
	v := person(host, n)
	v.from, v.hello = addressOf(2, n), 0xbad
	return v
}

// imitator is a program that cannot be told from a browser, and asks for what people ask for.
func imitator(host string, n int) *visitor {
	v := person(host, n)
	v.from = addressOf(2, n)
	return v
}

func addressOf(net byte, n int) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(n))
	return netip.AddrFrom4([4]byte{10 + net, b[1], b[2], b[3]})
}

func (v *visitor) request(method, target string) *http.Request {
	r := httptest.NewRequest(method, "https://"+v.host+target, nil)
	for k, x := range v.fields {
		r.Header.Set(k, x)
	}
	if len(v.cookies) > 0 {
		r.Header.Set("Cookie", strings.Join(v.cookies, "; "))
	}
	return r
}

func (v *visitor) ask(r *http.Request) *gateway.Ask {
	return &gateway.Ask{Request: r, From: v.from, Secure: true, Client: &gateway.Client{Hello: v.hello, Proven: true}}
}

// visits asks for a page, and keeps the cookie that comes with the answer.
func (w *world) visits(v *visitor, target string) gateway.Verdict {
	x := w.edge.Judge(v.ask(v.request("GET", target)), nil)
	v.keep(x.SetCookie)
	return x
}

func (v *visitor) keep(cookie string) {
	if cookie == "" {
		return
	}
	pair, _, _ := strings.Cut(cookie, ";")
	name, _, _ := strings.Cut(pair, "=")
	for i, c := range v.cookies {
		if strings.HasPrefix(c, name+"=") {
			v.cookies[i] = pair
			return
		}
	}
	v.cookies = append(v.cookies, pair)
}

// ownPages are pages whose paths are those of every edge's.
var ownPages = sync.OnceValues(func() (*answer.Pages, error) { return answer.New(answer.Settings{}) })

// answers brings an answer to a challenge.
func (w *world) answers(v *visitor, token, nonce, to string) (gateway.Verdict, string) {
	p, err := ownPages()
	if err != nil {
		w.t.Fatal(err)
	}
	r := v.request("GET", p.AnswerPath()+"?token="+token+"&nonce="+nonce+"&to="+to)
	x, location := w.edge.Answer(v.ask(r), nil)
	v.keep(x.SetCookie)
	if x.SetCookie != "" { // it is looked whether the cookie is kept
		if !strings.HasPrefix(location, p.AnswerPath()+"?") {
			w.t.Fatalf("with a pass the way leads to %s", location)
		}
		var back gateway.Verdict
		if back, location = w.edge.Answer(v.ask(v.request("GET", location)), nil); location == "" {
			w.t.Fatalf("with the cookie the way back is %d: %.300s", back.Answer.Status, back.Answer.Body)
		}
	}
	return x, location
}

var (
	workToken = regexp.MustCompile(`name="token" value="([^"]+)"><input type="hidden" name="nonce"`)
	waitToken = regexp.MustCompile(`name="token" value="([^"]+)"><input type="hidden" name="to"`)
	workBits  = regexp.MustCompile(`data-bits="(\d+)"`)
)

// asked finds what a page asks: the work, its bits, and the token of whoever waits.
func asked(t testing.TB, body []byte) (work string, bits int, wait string) {
	t.Helper()
	a, b, c := workToken.FindSubmatch(body), workBits.FindSubmatch(body), waitToken.FindSubmatch(body)
	if a == nil || b == nil || c == nil {
		t.Fatalf("a page without a question: %.2000s", body)
	}
	bits, _ = strconv.Atoi(string(b[1]))
	return string(a[1]), bits, string(c[1])
}

// solves does what a page asks.
func (w *world) solves(v *visitor, page []byte, to string) (gateway.Verdict, string) {
	w.t.Helper()
	work, bits, _ := asked(w.t, page)
	nonce, ok := challenge.Solve(work, uint8(bits), 1, 1<<26)
	if !ok {
		w.t.Fatal("the work has no solution among 2²⁶ nonces")
	}
	return w.answers(v, work, nonce, to)
}

// second lets a second pass: load is called in each tenth of it.
func (w *world) second(load func(tenth int)) {
	for i := range 10 {
		if load != nil {
			load(i)
		}
		w.now = w.now.Add(100 * time.Millisecond)
		w.edge.Look(w.now)
	}
}

// backend answers what a site's backend bears within a tenth of a second, and fails beyond it.
type backend struct{ bears, came int }

func (b *backend) tells(w *world, host string, v gateway.Verdict) {
	if !v.Forward {
		return
	}
	if b.came++; b.came > b.bears {
		w.edge.Told(host, 503, 2*time.Second, 0)
		return
	}
	w.edge.Told(host, 200, 20*time.Millisecond, 1000)
}

// usual is a while of 20 requests a second by people, some of whom come back.
func (w *world) usual(host string, lasts time.Duration) {
	n := 0
	for range int(lasts / time.Second) {
		w.second(func(int) {
			for range 2 {
				n++
				v := w.visits(person(host, n%400), "/article/"+strconv.Itoa(n%50))
				if !v.Forward {
					w.t.Fatalf("somebody was held back in calm: %d", v.Answer.Status)
				}
				w.edge.Told(host, 200, 20*time.Millisecond, 1000)
			}
		})
	}
}

// flood is a second in which so many come in each tenth, and two people.
func (w *world) flood(host string, b *backend, many int, of func(host string, n int) *visitor, target string, people func(gateway.Verdict)) {
	w.second(func(tenth int) {
		b.came = 0
		for i := range many {
			x := of(host, (int(w.now.Unix())*7919+tenth*many+i)%9000)
			b.tells(w, host, w.visits(x, target+strconv.Itoa(i%50)))
		}
		for i := range 2 {
			v := person(host, 100+(int(w.now.Unix())*20+tenth*2+i)%300)
			verdict := w.visits(v, "/article/7")
			b.tells(w, host, verdict)
			if people != nil {
				people(verdict)
			}
		}
	})
}

func (w *world) stageOf(id site.ID) stage.Stage {
	for _, s := range w.edge.Standings(true) {
		if s.Site == id {
			return s.Stage
		}
	}
	w.t.Fatalf("there is no site %s", id)
	return 0
}

func mustAddr(s string) netip.Addr { return netip.MustParseAddr(s) }

func momentOf(t time.Time) evenkeel.Moment { return evenkeel.MomentOf(t) }

var rayShown = regexp.MustCompile(`class="ray">([^<]+)<`)

// rayIn finds the reference on a page of refusal.
func rayIn(t testing.TB, body []byte) answer.Ray {
	t.Helper()
	m := rayShown.FindSubmatch(body)
	if m == nil {
		t.Fatalf("a refusal without a reference: %.300s", body)
	}
	r, err := answer.ParseRay(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// greeting is a connection whose hello was read.
func greeting(name string, from netip.Addr) *door.Visitor {
	return &door.Visitor{Secure: true, Name: name, Naming: door.Named, Remote: netip.AddrPortFrom(from, 50000)}
}
