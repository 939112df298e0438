package gateway_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/admit"
	"github.com/evenkeel/evenkeel/shield/gateway/door"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

// TestOneTenantsFloodStaysOneTenantsFlood is Story B: a domain that is small is flooded by programs that say they are browsers.
func TestOneTenantsFloodStaysOneTenantsFlood(t *testing.T) {
	w := newWorld(t, nil, document("shop", ""), document("blog", ""))
	w.usual("shop.example", 7*time.Minute)
	w.usual("blog.example", 7*time.Minute)
	for range 3 {
		w.second(nil)
	}
	b := &backend{bears: 5}
	rose, let, asked := 0, 0, 0
	in, out := 0, 0
	for s := range 60 {
		w.flood("shop.example", b, 200, bot, "/search?q=", func(v gateway.Verdict) {
			if v.Forward {
				in++
			} else {
				out++
			}
		})
		if w.stageOf("shop") > stage.Observe && rose == 0 {
			rose = s + 1
		}
		n := 0
		w.second(func(tenth int) {
			n++
			if v := w.visits(person("blog.example", n), "/article/1"); v.Forward {
				let++
			} else {
				asked++
			}
		})
		if at := w.stageOf("blog"); at != stage.Observe {
			t.Fatalf("the neighbour is at %s", at)
		}
	}
	if rose == 0 || rose > 2 {
		t.Errorf("the stage rose after %d s; expected 1 or 2", rose)
	}
	if asked != 0 || let == 0 {
		t.Errorf("of the neighbour's visitors %d were let in and %d held back", let, asked)
	}
	if out*20 > in+out {
		t.Errorf("of the site's own visitors %d were let in and %d held back; expected 5 %% of them at most", in, out)
	}
	passed, came := 0, 0
	w.second(func(tenth int) {
		for i := range 200 {
			came++
			if w.visits(bot("shop.example", tenth*200+i), "/search?q=1").Forward {
				passed++
			}
		}
	})
	if passed*10 > came {
		t.Errorf("%d of %d of the flood still reach the backend", passed, came)
	}
	t.Logf("the stage rose after %d s to %s; then %d of %d of the flood passed", rose, w.stageOf("shop"), passed, came)
	for _, c := range w.changes {
		if c.Site != "shop" || c.Tenant != "t-shop" || c.Asset != "shop.example" {
			t.Errorf("a change of %s of %s", c.Site, c.Tenant)
		}
		if c.Turn.Why() == "" {
			t.Errorf("the change to %s has no reason", c.Turn.Stage)
		}
		t.Logf("%s → %s: %s", c.Turn.From, c.Turn.Stage, c.Turn.Why())
	}
	for w.stageOf("shop") > stage.Observe {
		if w.now.Sub(began) > 3*time.Hour {
			t.Fatalf("it is still at %s", w.stageOf("shop"))
		}
		w.second(nil)
	}
}

// TestAFloodIsMetBeforeItsFirstSecondIsOver: two looks in turn find it, whenever it begins, and nobody has to wait for the end of a second. A burst that
// the backend bears is none.
func TestAFloodIsMetBeforeItsFirstSecondIsOver(t *testing.T) {
	for first := range 10 { // tenths of a second after it was weighed last
		w := newWorld(t, nil, document("shop", ""))
		w.usual("shop.example", 7*time.Minute)
		look := func(many int, took time.Duration, status int) {
			for i := range many {
				if w.visits(bot("shop.example", int(w.now.UnixMilli())+i), "/search?q="+strconv.Itoa(i)).Forward {
					w.edge.Told("shop.example", status, took, 1000)
				}
			}
			w.now = w.now.Add(100 * time.Millisecond)
			w.edge.Look(w.now)
		}
		for range first {
			look(2, 20*time.Millisecond, 200)
		}
		for range 2 {
			look(20, 20*time.Millisecond, 200)
		}
		if at := w.stageOf("shop"); at != stage.Observe {
			t.Fatalf("a burst that the backend bears, %d tenths into a second, brings it to %s", first, at)
		}
		for range 10 - (first+2)%10 {
			look(2, 20*time.Millisecond, 200)
		}
		for range first {
			look(0, 0, 0)
		}
		looks := 0
		for w.stageOf("shop") == stage.Observe && looks < 20 {
			looks++
			look(200, 2*time.Second, 503)
		}
		if looks > 3 {
			t.Errorf("a flood that begins %d tenths into a second is met after %d tenths; expected 3 at most", first, looks)
		}
		if n := len(w.changes); n != 1 || w.changes[0].Turn.Offered < 200 {
			t.Errorf("%d changes: %+v", n, w.changes)
		}
	}
}

// TestWhoFindsNoRoomIsToldToComeBackSoonWhereTheStageIsNew: it has not had the time to do what it does. Later it is known that room is short.
func TestWhoFindsNoRoomIsToldToComeBackSoonWhereTheStageIsNew(t *testing.T) {
	crawler := person("shop.example", 8000)
	w := newWorld(t, func(c *gateway.Config) {
		c.BotRates = []int{2}
		c.Bot = func(a netip.Addr, _ string) int {
			if a == crawler.from {
				return 1
			}
			return 0
		}
	}, document("shop", "attack: {highest: filter}\n"))
	w.usual("shop.example", 7*time.Minute)
	back := func() int {
		for range 10_000 {
			if v := w.visits(crawler, "/article/1"); !v.Forward {
				h := http.Header{}
				v.Answer.Put(h)
				n, err := strconv.Atoi(h.Get("Retry-After"))
				if v.Answer.Status != 503 || err != nil {
					t.Fatalf("a crawler that asks for too much is answered %d, %v", v.Answer.Status, err)
				}
				return n
			}
		}
		t.Fatal("a crawler is let in without end")
		return 0
	}
	for w.stageOf("shop") == stage.Observe {
		w.flood("shop.example", &backend{bears: 3}, 300, imitator, "/article/", nil)
	}
	if n := back(); n > 4 {
		t.Errorf("in the second in which the stage rose somebody is told to come back after %d s; expected 4 at most", n)
	}
	for range 8 {
		w.flood("shop.example", &backend{bears: 3}, 300, imitator, "/article/", nil)
	}
	if n := back(); n < 10 {
		t.Errorf("8 seconds later it is %d s; expected 10 at least", n)
	}
}

// attacked is a world in which a site's stage is the one that is wanted.
func attacked(t testing.TB, want stage.Stage, more ...string) *world {
	t.Helper()
	w := newWorld(t, nil, document("shop", "attack: {highest: "+want.String()+"}\n"+strings.Join(more, "")))
	w.usual("shop.example", 7*time.Minute)
	b := &backend{bears: 3}
	for range 240 {
		if w.stageOf("shop") == want {
			return w
		}
		w.flood("shop.example", b, 300, imitator, "/article/", nil)
	}
	for _, c := range w.changes {
		t.Logf("%s → %s: %s", c.Turn.From, c.Turn.Stage, c.Turn.Why())
	}
	t.Fatalf("the stage is %s; expected %s", w.stageOf("shop"), want)
	return nil
}

func TestWhoSolvesIsLetInAndIsNotAskedAgain(t *testing.T) {
	w := attacked(t, stage.Proof)
	v := person("shop.example", 5000)
	page := w.visits(v, "/cart?id=7")
	if page.Forward || page.Answer.Status != 429 {
		t.Fatalf("somebody unknown is let in (%d)", page.Answer.Status)
	}
	if !bytes.Contains(page.Answer.Body, []byte("/cart?id=7")) {
		t.Error("the page does not say where to go back to")
	}
	work, bits, _ := asked(t, page.Answer.Body)
	for _, token := range []string{work, "x"} {
		if x, to := w.answers(v, token, "nonsense", "/cart"); to != "/cart" || x.SetCookie != "" {
			t.Errorf("a wrong answer leads to %q with %q", to, x.SetCookie)
		}
	}
	x, to := w.solves(v, page.Answer.Body, "/cart%3Fid=7")
	if to != "/cart?id=7" || !strings.HasPrefix(x.SetCookie, "__Host-ek-") || !strings.Contains(x.SetCookie, "; Secure") {
		t.Fatalf("%d bits of work were done, and it leads to %q with %q", bits, to, x.SetCookie)
	}
	for range 30 {
		if v := w.visits(v, "/cart?id=7"); !v.Forward {
			t.Fatalf("the holder of a pass is asked again (%d)", v.Answer.Status)
		}
	}
	thief := bot("shop.example", 1)
	thief.cookies = v.cookies
	if w.visits(thief, "/cart").Forward {
		t.Error("a pass counts for another client")
	}
	other := *v
	other.from = addressOf(9, 9)
	if !w.visits(&other, "/cart").Forward {
		t.Error("the pass does not count from another address of the same visitor")
	}
}

func TestWhoHasNoScriptWaitsAndIsLetIn(t *testing.T) {
	w := attacked(t, stage.Proof)
	v := person("shop.example", 5000)
	_, _, wait := asked(t, w.visits(v, "/a").Answer.Body)
	early, to := w.answers(v, wait, "", "/a")
	if to != "" || early.SetCookie != "" || !bytes.Contains(early.Answer.Body, []byte(wait)) {
		t.Errorf("who comes too early is led to %q with %q", to, early.SetCookie)
	}
	w.now = w.now.Add(10 * time.Second)
	if _, to := w.answers(v, wait, "", "/a"); to != "/a" || len(v.cookies) == 0 {
		t.Fatalf("who waited is led to %q", to)
	}
	if !w.visits(v, "/a").Forward {
		t.Error("who waited is asked again")
	}
	v.cookies = nil
	if x, _ := w.answers(v, wait, "", "/a"); x.SetCookie != "" {
		t.Error("a token that was used gives another pass")
	}
}

// TestNobodyIsAskedWhoCannotAnswer holds who meets no question, at the strictest stage that asks.
func TestNobodyIsAskedWhoCannotAnswer(t *testing.T) {
	w := attacked(t, stage.Proof, "paths: {health: [/up], feeds: [/feed.xml], api: [/api/*]}\nallowed: [203.0.113.0/24]\n")
	with := func(fields ...string) *visitor {
		v := person("shop.example", 6000)
		for i := 0; i < len(fields); i += 2 {
			v.fields[fields[i]] = fields[i+1]
		}
		return v
	}
	for name, x := range map[string]struct {
		v      *visitor
		method string
		target string
		let    bool
		page   bool
	}{
		"a page":                         {with(), "GET", "/", false, true},
		"a script of a page":             {with("Accept", "*/*", "Sec-Fetch-Dest", "script"), "GET", "/app.js", false, false},
		"a program":                      {with("Accept", "application/json", "Sec-Fetch-Dest", "empty"), "GET", "/data", false, false},
		"a form":                         {with(), "POST", "/buy", false, false},
		"the operator's health check":    {with("Accept", "*/*", "Sec-Fetch-Dest", ""), "GET", "/healthz", true, false},
		"the tenant's health check":      {with("Accept", "*/*", "Sec-Fetch-Dest", ""), "GET", "/up", true, false},
		"a feed":                         {with("Accept", "application/rss+xml", "Sec-Fetch-Dest", ""), "GET", "/feed.xml", true, false},
		"an interface":                   {with("Accept", "application/json"), "GET", "/api/orders", true, false},
		"what only looks like one":       {with(), "GET", "/api/../login", false, true},
		"what hides behind an authority": {with("Accept", "*/*", "Sec-Fetch-Dest", ""), "GET", "/.well-known/acme-challenge/../../search?q=1", false, false},
		"the same, in escapes":           {with("Accept", "*/*", "Sec-Fetch-Dest", ""), "GET", "/.well-known/acme-challenge/%2e%2e/%2e%2e/search", false, false},
		"what an authority never sends":  {with(), "POST", "/.well-known/acme-challenge/x", false, false},
		"a certificate authority's file": {with("Accept", "*/*", "Sec-Fetch-Dest", ""), "GET", "/.well-known/acme-challenge/x", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			v := w.edge.Judge(x.v.ask(x.v.request(x.method, x.target)), nil)
			if v.Forward != x.let {
				t.Fatalf("let in: %v (%d); expected %v", v.Forward, v.Answer.Status, x.let)
			}
			if has := workToken.Match(v.Answer.Body); has != x.page {
				t.Errorf("a question: %v; expected %v: %s", has, x.page, v.Answer.Body)
			}
		})
	}
	friend := person("shop.example", 1)
	friend.from = addressOf(0, 0)
	friend.from = mustAddr("203.0.113.9")
	if !w.visits(friend, "/").Forward {
		t.Error("a network that the tenant lets pass is asked")
	}
}

func TestWhoFailsRepeatedlyIsRefusedAndLetInAgainByItself(t *testing.T) {
	w := attacked(t, stage.Proof, "---\n"+document("blog", ""))
	bad := bot("shop.example", 77)
	for range 30 {
		w.second(func(int) { w.visits(bad, "/search?q=1") })
		if len(w.bans) > 0 {
			break
		}
	}
	until, refused := w.edge.Banned("shop", bad.from)
	if !refused || len(w.bans) == 0 || w.bans[0].Address != bad.from || w.bans[0].Why == "" {
		t.Fatalf("an address that was asked 300 times is not refused: %v", w.bans)
	}
	if _, refused := w.edge.Banned("blog", bad.from); refused || w.edge.Greet(greeting("blog.example", bad.from)).Do != door.Pass {
		t.Error("it is refused at a neighbour's site too")
	}
	let := 0
	for range 100 {
		if w.edge.Greet(greeting("shop.example", bad.from)).Do == door.Pass {
			let++
		}
		w.now = w.now.Add(100 * time.Millisecond)
	}
	if let != 2 {
		t.Errorf("%d of its connections of ten seconds are let in to be told why; expected one each five", let)
	}
	v := w.visits(bad, "/")
	if v.Answer.Status != 429 || v.Answer.Retry() == "" || !bytes.Contains(v.Answer.Body, []byte("abuse@example.net")) {
		t.Errorf("it is answered %d: %.300s", v.Answer.Status, v.Answer.Body)
	}
	for from, want := range map[netip.Addr]string{bad.from: "close", netip.MustParseAddr("192.0.2.200"): ""} { // who asks again comes in by the door
		q, answer := httptest.NewRequest("GET", "https://shop.example/", nil), httptest.NewRecorder()
		q.RemoteAddr = netip.AddrPortFrom(from, 1).String()
		q.Header.Set("Accept", "text/html")
		w.edge.ServeHTTP(answer, q)
		if got := answer.Header().Get("Connection"); answer.Code != 429 || got != want {
			t.Errorf("%s is answered %d, Connection: %q; expected 429 and %q", from, answer.Code, got, want)
		}
	}
	w.now = until.Time()
	if _, refused := w.edge.Banned("shop", bad.from); refused {
		t.Error("it is refused beyond its end")
	}
}

func TestWhoWaitsGoesInByTurn(t *testing.T) {
	w := attacked(t, stage.Queue)
	w.second(nil)
	var line []*visitor
	for i := range 6 {
		v := person("shop.example", 7000+i)
		x := w.visits(v, "/cart")
		if x.Forward || x.Answer.Status != 503 || len(v.cookies) == 0 {
			t.Fatalf("a visitor without a pass is let in at queue, or has no place (%d, %q)", x.Answer.Status, x.SetCookie)
		}
		line = append(line, v)
		w.second(nil)
		w.second(nil)
	}
	in := map[int]int{} // who, in which second
	b := &backend{bears: 3}
	for s := range 60 {
		w.flood("shop.example", b, 300, imitator, "/article/", nil)
		for i, v := range line {
			if _, ok := in[i]; !ok && w.visits(v, "/cart").Forward {
				in[i] = s
			}
		}
		if len(in) == len(line) {
			break
		}
	}
	if len(in) < len(line) {
		t.Fatalf("after a minute %d of %d are in: %v", len(in), len(line), in)
	}
	for i := 1; i < len(line); i++ {
		if in[i] < in[i-1] {
			t.Errorf("who came later went in sooner: %v", in)
		}
	}
	if w.visits(bot("shop.example", 4), "/").Forward {
		t.Error("who never waited is let in")
	}
}

func TestARestartTakesStagesUp(t *testing.T) {
	w := attacked(t, stage.Proof, "---\n"+document("other", ""))
	bad := bot("shop.example", 77)
	for range 8 {
		w.second(func(int) {
			for range 2 {
				w.visits(bad, "/search?q=1")
			}
		})
	}
	v := person("shop.example", 1)
	w.solves(v, w.visits(v, "/").Answer.Body, "/")
	if err := w.edge.Stop("other", momentOf(w.now.Add(time.Hour))); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := w.edge.Save(&b); err != nil {
		t.Fatal(err)
	}
	text := b.Bytes()
	again := newWorld(t, nil, document("shop", "attack: {highest: proof}\n"), document("other", ""))
	again.now = w.now.Add(2 * time.Second)
	if err := again.edge.Load(bytes.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	if again.stageOf("shop") != stage.Proof || again.stageOf("other") != stage.Observe {
		t.Errorf("after the restart the stages are %s and %s", again.stageOf("shop"), again.stageOf("other"))
	}
	for _, x := range again.edge.Standings(true) {
		if took := x.Site == "shop"; strings.HasPrefix(x.Why, "The edge was started again, and goes on at the stage") != took || x.Since != 0 {
			t.Errorf("%s is at %s since %s because %q", x.Site, x.Stage, x.Since, x.Why)
		}
	}
	if _, refused := again.edge.Banned("shop", bad.from); !refused {
		t.Error("who was refused is let in after the restart")
	}
	if again.visits(person("other.example", 1), "/").Forward {
		t.Error("what was stopped is started by the restart")
	}
	if !again.visits(v, "/").Forward || again.visits(person("shop.example", 9), "/").Forward {
		t.Error("the pass of before does not count, or nobody is asked")
	}
	for cut := 0; cut < len(text); cut += len(text)/40 + 1 {
		x := newWorld(t, nil, document("shop", ""))
		if err := x.edge.Load(bytes.NewReader(text[:cut])); err == nil {
			t.Fatalf("%d of %d bytes are taken for the whole", cut, len(text))
		}
		if x.stageOf("shop") != stage.Observe {
			t.Fatal("a stage was taken out of what is damaged")
		}
	}
}

func TestAStoppedSiteIsStoppedForAllAndEndsByItself(t *testing.T) {
	w := newWorld(t, nil, document("shop", ""), document("blog", ""))
	until := momentOf(w.now.Add(time.Hour))
	if err := w.edge.Stop("shop", until); err != nil {
		t.Fatal(err)
	}
	v := w.visits(person("shop.example", 1), "/")
	if v.Forward || v.Answer.Status != 403 && v.Answer.Status != 503 {
		t.Errorf("a visitor of a stopped site is answered %d", v.Answer.Status)
	}
	if !w.visits(person("blog.example", 1), "/").Forward {
		t.Error("the neighbour is stopped too")
	}
	if s := w.edge.Standings(false); len(s) != 1 || s[0].Stopped != until {
		t.Errorf("it stands %+v", s)
	}
	w.now = until.Time()
	if !w.visits(person("shop.example", 1), "/").Forward {
		t.Error("it is stopped beyond its end")
	}
	if err := w.edge.Stop("nobody", until); err == nil {
		t.Error("a site that is not there is stopped")
	}
}

func TestARayIsFound(t *testing.T) {
	w := newWorld(t, nil, document("shop", ""))
	w.edge.Stop("shop", momentOf(w.now.Add(time.Hour)))
	v := w.visits(person("shop.example", 1), "/")
	ray := rayIn(t, v.Answer.Body)
	x, ok := w.edge.Ray(ray)
	if !ok || x.Site != "shop" || x.From != addressOf(1, 1) || x.Until == 0 {
		t.Errorf("the ray %s is of %+v", ray, x)
	}
	if _, ok := w.edge.Ray(ray ^ 1); ok {
		t.Error("a ray that nobody was given is found")
	}
}

func TestWhoShakesHandsAndAsksForNothingUsesUpNobodysBudget(t *testing.T) {
	w := newWorld(t, func(c *gateway.Config) { c.Handshakes = admit.RateConfig{Total: 100, Name: 10} }, document("shop", ""))
	idle := func(n int) door.Verdict { return w.edge.Greet(greeting("shop.example", addressOf(4, n<<9))).Do }
	for s := range 20 { // 50 a second, from 100 networks by turns
		passed := 0
		w.second(func(tenth int) {
			w.now = w.now.Add(40 * time.Millisecond) // its loop comes late: it is short of time
			for i := range 5 {
				if idle((s*50+tenth*5+i)%100) == door.Pass {
					passed++
				}
			}
		})
		if s > 10 && passed > 38 { // 25 a second, of which this one has 1.4
			t.Fatalf("in second %d, %d of 50 connections that ask for nothing are let in", s, passed)
		}
		for i := range 20 { // new visitors, each of whom asks for a page
			v := person("shop.example", (s*20+i)<<9)
			if got := w.edge.Greet(greeting("shop.example", v.from)).Do; s > 10 && got != door.Pass {
				t.Fatalf("in second %d a visitor is met with %s", s, got)
			}
			w.visits(v, "/")
		}
	}
}

// TestWhoAsksAGatewayBehindForSomethingIsNoneWhoOnlyShakesHands: it opens several connections, as browsers do, from an address that many share.
func TestWhoAsksAGatewayBehindForSomethingIsNoneWhoOnlyShakesHands(t *testing.T) {
	for _, asks := range []bool{true, false} {
		w := newWorld(t, nil, document("shop", ""))
		dropped := 0
		for range 10 {
			w.second(func(int) {
				for range 10 {
					if w.edge.Greet(greeting("shop.example", addressOf(4, 1))).Do == door.Drop {
						dropped++
					}
					if asks {
						w.edge.Asked("shop.example", addressOf(4, 1))
					}
				}
			})
		}
		if (dropped == 0) != asks {
			t.Errorf("it asks for something: %v; of 1000 connections %d are dropped", asks, dropped)
		}
	}
}

func TestBudgetsOfHandshakesCountWhereTheEdgeIsShortOfTimeAndOnlyThere(t *testing.T) {
	w := newWorld(t, func(c *gateway.Config) { c.Handshakes = admit.RateConfig{Total: 100, Name: 10} }, document("shop", ""), document("blog", ""))
	for _, late := range []time.Duration{0, 40 * time.Millisecond} {
		shop, blog := 0, 0
		for s := range 4 {
			w.second(func(tenth int) {
				w.now = w.now.Add(late)
				for i := range 50 { // 500 a second at one site, each from another network
					if w.edge.Greet(greeting("shop.example", addressOf(5, (s*500+tenth*50+i)<<9))).Do == door.Pass {
						shop++
					}
				}
				if w.edge.Greet(greeting("blog.example", addressOf(6, (s*10+tenth)<<9))).Do == door.Pass {
					blog++
				}
			})
		}
		if (shop < 2000) != (late > 0) || blog < 40 {
			t.Errorf("late by %s: of 2,000 handshakes at one site %d were let in, of 40 at the other %d", late, shop, blog)
		}
	}
}
