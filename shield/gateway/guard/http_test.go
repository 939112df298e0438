package guard

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// question is what a gateway asks, from an address, with fields as name and value over those that it needs.
func question(path, peer string, fields ...string) *http.Request {
	r := httptest.NewRequest("GET", path, nil)
	r.RemoteAddr = peer
	for name, v := range map[string]string{
		"X-Forwarded-Method": "GET", "X-Forwarded-Uri": "/open?a=1", "X-Forwarded-Host": "shop.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1",
	} {
		r.Header.Set(name, v)
	}
	for i := 0; i < len(fields); i += 2 {
		switch fields[i+1] {
		case "":
			r.Header.Del(fields[i])
		default:
			r.Header.Set(fields[i], fields[i+1])
		}
	}
	return r
}

const gateway = "10.0.0.1:999"

func ask(g *Guard, r *http.Request) *http.Response {
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w.Result()
}

func TestOnlyGatewaysAsk(t *testing.T) {
	b := newBench(t)
	g := b.guard()
	for _, peer := range []string{"192.0.2.1:1", "127.0.0.2:1", "[2001:db8::1]:1", "[fe80::1%eth0]:1", "@", ""} {
		for _, path := range []string{Check, Forward, Page, "/.evenkeel/answer", "/"} {
			if r := ask(g, question(path, peer)); r.StatusCode != 403 {
				t.Errorf("%s from %q gets %d", path, peer, r.StatusCode)
			}
		}
	}
	if len(b.hears()) != 0 || g.Counts()[Stranger] != 30 {
		t.Errorf("the judge heard %v; counted %v", b.hears(), g.Counts())
	}
	for _, peer := range []string{gateway, "[::ffff:10.0.0.1]:1", "[fd00::1%eth0]:1"} {
		if r := ask(g, question(Check, peer)); r.StatusCode != 204 {
			t.Errorf("the gateway at %s gets %d", peer, r.StatusCode)
		}
	}
}

// Traefik and Caddy hand on whatever is answered.
func TestForwardAuthGetsTheAnswerItself(t *testing.T) {
	b := newBench(t)
	g := b.guard()
	if r := ask(g, question(Forward, gateway)); r.StatusCode != 204 || len(r.Header) != 0 {
		t.Errorf("what may pass gets %d %v", r.StatusCode, r.Header)
	}
	if r := ask(g, question(Forward, gateway, "X-Forwarded-Uri", "/cookie")); r.StatusCode != 204 || r.Header.Get("Set-Cookie") == "" {
		t.Errorf("a cookie: %d %v", r.StatusCode, r.Header)
	}
	page := b.judge(&Ask{Request: httptest.NewRequest("GET", "/guarded", nil)}, nil)
	r := ask(g, question(Forward, gateway, "X-Forwarded-Uri", "/guarded"))
	body, _ := io.ReadAll(r.Body)
	if r.StatusCode != page.Answer.Status || string(body) != string(page.Answer.Body) || r.Header.Get("Content-Security-Policy") == "" || r.Header.Get("Set-Cookie") != "ek=asked; Path=/" {
		t.Errorf("a page: %d %v", r.StatusCode, r.Header)
	}
	h := b.hears()[0]
	if h.Method != "GET" || h.URI != "/open?a=1" || h.From.String() != "192.0.2.1" || !h.Secure || h.Again || len(h.Header) != 0 {
		t.Errorf("the judge heard %+v", h)
	}
}

func TestWhatAGatewayForgetsLetsVisitorsPassAndWhatAVisitorBreaksDoesNot(t *testing.T) {
	for _, c := range []struct {
		name, field, value string
		again              bool // the value comes beside another
		status             int
		count              Count
	}{
		{"no method", "X-Forwarded-Method", "", false, 204, Incomplete},
		{"no target", "X-Forwarded-Uri", "", false, 204, Incomplete},
		{"no host", "X-Forwarded-Host", "", false, 204, Incomplete},
		{"no scheme", "X-Forwarded-Proto", "", false, 204, Incomplete},
		{"no address", "X-Forwarded-For", "", false, 204, Incomplete},
		{"two targets", "X-Forwarded-Uri", "/other", true, 400, Malformed},
		{"two methods", "X-Forwarded-Method", "GET", true, 400, Malformed},
		{"no target that is one", "X-Forwarded-Uri", "/a b", false, 400, Malformed},
		{"no host that is one", "X-Forwarded-Host", "a/b", false, 400, Malformed},
		{"too long a target", "X-Forwarded-Uri", "/" + strings.Repeat("a", MostTarget), false, 431, Malformed},
		{"too large a header", "X-Large", strings.Repeat("a", MostHeader), false, 431, Malformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t)
			g := b.guard()
			q := question(Forward, gateway)
			switch {
			case c.again:
				q.Header.Add(c.field, c.value)
			case c.value == "":
				q.Header.Del(c.field)
			default:
				q.Header.Set(c.field, c.value)
			}
			brief := q.Clone(q.Context())
			brief.URL.Path = Check
			if r := ask(g, q); r.StatusCode != c.status {
				t.Errorf("it gets %d; expected %d", r.StatusCode, c.status)
			}
			want := 401
			if c.status == 204 {
				want = 204
			}
			if r := ask(g, brief); r.StatusCode != want {
				t.Errorf("nginx gets %d; expected %d", r.StatusCode, want)
			}
			if g.Counts()[c.count] != 2 || len(b.hears()) != 0 {
				t.Errorf("counted %v; the judge heard %v", g.Counts(), b.hears())
			}
		})
	}
}

func TestWithoutAHostAVisitorIsAskedToo(t *testing.T) {
	b := newBench(t)
	q := question(Check, gateway)
	q.Header["X-Forwarded-Host"] = []string{""}
	if r := ask(b.guard(), q); r.StatusCode != 204 || len(b.hears()) != 1 {
		t.Errorf("it gets %d; the judge heard %v", r.StatusCode, b.hears())
	}
}

func TestXRealIPCountsWhereTheOperatorSaysSo(t *testing.T) {
	b := newBench(t)
	g := b.guard(func(c *Config) { c.RealIP = true })
	ask(g, question(Check, gateway, "X-Real-Ip", "2001:db8::7"))
	two := question(Forward, gateway, "X-Real-Ip", "2001:db8::7")
	two.Header.Add("X-Real-Ip", "2001:db8::8")
	if r := ask(g, two); r.StatusCode != 400 {
		t.Errorf("two addresses get %d", r.StatusCode)
	}
	ask(b.guard(), question(Check, gateway, "X-Real-Ip", "2001:db8::7"))
	all := b.hears()
	if len(all) != 2 || all[0].From.String() != "2001:db8::7" || all[1].From.String() != "192.0.2.1" {
		t.Errorf("the judge heard %v", all)
	}
}

func TestHellosAreBelievedWhereTheOperatorSaysSo(t *testing.T) {
	b := newBench(t)
	fields := []string{"X-Evenkeel-Ja4", "t13d1516h2_8daaf6152771_02713d6af862", "X-Evenkeel-Stable", "00000000deadbeef"}
	ask(b.guard(), question(Check, gateway, fields...))
	g := b.guard(func(c *Config) { c.Hellos = true })
	ask(g, question(Check, gateway, fields...))
	ask(g, question(Check, gateway, "X-Evenkeel-Ja4", strings.Repeat("t", 65), "X-Evenkeel-Stable", "0x"))
	all := b.hears()
	if all[0].JA4 != "" || all[0].Stable != 0 || all[1].JA4 != fields[1] || all[1].Stable != 0xdeadbeef || all[2].JA4 != "" || all[2].Stable != 0 {
		t.Errorf("the judge heard %+v", all)
	}
}

func TestAVisitorsPortIsTold(t *testing.T) {
	b := newBench(t)
	for _, told := range []string{"4711", "", "65536", "-1", "0x1", "4711, 8"} {
		ask(b.guard(), question(Check, gateway, "X-Evenkeel-Port", told))
	}
	for i, h := range b.hears() {
		if want := map[int]uint16{0: 4711}[i]; h.Port != want || h.Header["X-Evenkeel-Port"] != nil {
			t.Errorf("the judge heard %d, %v; expected %d", h.Port, h.Header, want)
		}
	}
}

func TestBeyondWhatIsDecidedAtOnceThereIsAReadyAnswer(t *testing.T) {
	for _, closed := range []bool{false, true} {
		b := newBench(t)
		entered, leave := make(chan struct{}), make(chan struct{})
		g := b.guard(func(c *Config) {
			c.AtOnce, c.Closed = 2, closed
			c.Judge = func(*Ask, []byte) Verdict { entered <- struct{}{}; <-leave; return Verdict{Forward: true} }
		})
		done := make(chan int, 2)
		for range 2 {
			go func() { done <- ask(g, question(Forward, gateway)).StatusCode }()
			<-entered
		}
		want := map[bool]int{false: 204, true: 503}[closed]
		if r := ask(g, question(Forward, gateway)); r.StatusCode != want || closed != (r.Header.Get("Retry-After") == "1") {
			t.Errorf("the third gets %d; expected %d", r.StatusCode, want)
		}
		close(leave)
		if a, b := <-done, <-done; a != 204 || b != 204 {
			t.Errorf("the first two get %d and %d", a, b)
		}
		go func() { <-entered }()
		if r := ask(g, question(Forward, gateway)); r.StatusCode != 204 || g.Counts()[Beyond] != 1 {
			t.Errorf("afterwards one gets %d; counted %v", r.StatusCode, g.Counts())
		}
	}
}

func TestWhoeverMayPassByNowIsSentBack(t *testing.T) {
	b := newBench(t)
	g := b.guard()
	for uri, to := range map[string]string{"/cookie?a=1": "/cookie?a=1", "//evil.example/": "/evil.example/", "http://evil.example/": "/", "/\\evil.example": "/evil.example"} {
		r := ask(g, question(Page, gateway, "X-Forwarded-Uri", uri))
		if r.StatusCode != 307 || r.Header.Get("Location") != to || r.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s gets %d to %q", uri, r.StatusCode, r.Header.Get("Location"))
		}
	}
	if r := ask(g, question(Page, gateway, "X-Forwarded-Method", "POST")); r.StatusCode != 503 || r.Header.Get("Retry-After") != "1" {
		t.Errorf("a form gets %d", r.StatusCode)
	}
}

func TestAJudgeThatGivesNoAnswerIsNoWayIn(t *testing.T) {
	b := newBench(t)
	g := b.guard(func(c *Config) {
		c.Judge = func(*Ask, []byte) Verdict { return Verdict{SetCookie: "a=1\r\nX-Injected: 1"} }
	})
	if r := ask(g, question(Forward, gateway)); r.StatusCode != 503 || r.Header.Get("Set-Cookie") != "" {
		t.Errorf("it gets %d %v", r.StatusCode, r.Header)
	}
}

func TestAnswersKnowWhoSendsThem(t *testing.T) {
	b := newBench(t)
	g := b.guard()
	r := question("/.evenkeel/answer?x=1", "10.0.0.1:1")
	r.Method, r.Body = "POST", io.NopCloser(strings.NewReader("token=1"))
	got := ask(g, r)
	if body, _ := io.ReadAll(got.Body); got.StatusCode != 202 || string(body) != "POST /.evenkeel/answer shop.example 192.0.2.1 token=1" {
		t.Errorf("the answer gets %d %s", got.StatusCode, body)
	}
	r = question("/.evenkeel/answer", "10.0.0.1:1")
	r.Method, r.Body = "POST", io.NopCloser(strings.NewReader(strings.Repeat("a", MostAnswer+1)))
	if body, _ := io.ReadAll(ask(g, r).Body); len(body) > MostAnswer+200 {
		t.Errorf("%d bytes of an answer were read", len(body))
	}
	for _, path := range []string{"/.evenkeel/../x", "/.evenkeel/./x", "/x", "/.evenkee"} {
		if got := ask(g, question(path, gateway)); got.StatusCode != 404 {
			t.Errorf("%s gets %d", path, got.StatusCode)
		}
	}
	if got := ask(g, question("/.evenkeel/answer", gateway, "X-Forwarded-For", "")); got.StatusCode != 400 {
		t.Errorf("an answer from nobody gets %d", got.StatusCode)
	}
}

func TestAGuardSaysWhatItNeeds(t *testing.T) {
	b := newBench(t)
	for name, change := range map[string]func(*Config){
		"Judge":   func(c *Config) { c.Judge = nil },
		"Trusted": func(c *Config) { c.Trusted = nil },
		"network": func(c *Config) { c.Trusted = []netip.Prefix{{}} },
		"clock":   func(c *Config) { c.Now = nil },
		"Base":    func(c *Config) { c.Base = "/" },
		"AtOnce":  func(c *Config) { c.AtOnce = -1 },
	} {
		c := b.config()
		change(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without a good %s it says %v", name, err)
		}
	}
	var names []string
	for c := range counted {
		names = append(names, c.String())
	}
	slices.Sort(names)
	if len(slices.Compact(names)) != int(counted) || slices.Contains(names, "unknown") {
		t.Errorf("the counts are %v", names)
	}
}

// nothing is a ResponseWriter that allocates nothing of its own.
type nothing struct {
	header http.Header
	status int
}

func (n *nothing) Header() http.Header         { return n.header }
func (n *nothing) Write(b []byte) (int, error) { return len(b), nil }
func (n *nothing) WriteHeader(status int)      { n.status = status }

// pass asks once about a request that passes. The fields of the visitor stay with the question, as the server gives a new map each time.
func pass(g *Guard, w *nothing, r *http.Request, fields map[string][]string) {
	for name, v := range fields {
		r.Header[name] = v
	}
	g.ServeHTTP(w, r)
}

func observing(t testing.TB) *Guard {
	c := newBench(t).config()
	c.Judge = func(*Ask, []byte) Verdict { return Verdict{Forward: true} }
	g, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestADomainInPeaceCostsNoAllocation(t *testing.T) {
	g, w, r := observing(t), &nothing{header: http.Header{}}, question(Check, gateway, "User-Agent", "visitor/1")
	fields := r.Header.Clone()
	if n := testing.AllocsPerRun(1000, func() { pass(g, w, r, fields) }); n >= 1 || w.status != 204 {
		t.Errorf("a request that passes costs %.1f allocations, status %d", n, w.status)
	}
}

func BenchmarkCheckOfADomainInPeace(b *testing.B) {
	g, w, r := observing(b), &nothing{header: http.Header{}}, question(Check, gateway, "User-Agent", "visitor/1")
	fields := r.Header.Clone()
	b.ReportAllocs()
	for b.Loop() {
		pass(g, w, r, fields)
	}
}

func BenchmarkAgentOfADomainInPeace(b *testing.B) {
	g := observing(b)
	_, w := readHead(askOf(1, "/open?a=1")[4:])
	dst := make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		dst = g.notified(dst[:0], w)
	}
}

// BenchmarkCheckOverHTTP asks over one connection that is kept, as nginx does.
func BenchmarkCheckOverHTTP(b *testing.B) {
	addr, _ := serve(b, observing(b))
	r, err := http.NewRequest("GET", "http://"+addr+Check, nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header = question(Check, gateway, "User-Agent", "visitor/1").Header
	b.ReportAllocs()
	for b.Loop() {
		resp, err := client.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		resp.Body.Close()
	}
}
