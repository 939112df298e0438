package bots

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel/shield/gateway/whence"
)

// server is a server of DNS on loopback.
type server struct {
	at    string
	asked atomic.Int64
	mute  atomic.Bool // it answers nothing
	fails atomic.Bool // it says that it failed
	mu    sync.Mutex
	holds map[string][]string // name and kind, such as "crawl.example. A", to what it has
}

func serve(t testing.TB, holds map[string][]string) *server {
	t.Helper()
	s := &server{holds: holds}
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.at = conn.LocalAddr().String()
	started := make(chan struct{})
	d := &dns.Server{PacketConn: conn, Handler: s, NotifyStartedFunc: func() { close(started) }}
	ended := make(chan error, 1)
	go func() { ended <- d.ActivateAndServe() }()
	<-started
	t.Cleanup(func() {
		if err := d.Shutdown(); err != nil {
			t.Error(err)
		}
		<-ended
	})
	return s
}

// ServeDNS answers.
func (s *server) ServeDNS(w dns.ResponseWriter, r *dns.Msg) {
	s.asked.Add(1)
	if s.mute.Load() {
		return
	}
	m := new(dns.Msg)
	m.SetReply(r)
	q := r.Question[0]
	s.mu.Lock()
	list, ok := s.holds[strings.ToLower(q.Name)+" "+dns.TypeToString[q.Qtype]]
	s.mu.Unlock()
	switch {
	case s.fails.Load():
		m.Rcode = dns.RcodeServerFailure
	case !ok && q.Qtype == dns.TypePTR:
		m.Rcode = dns.RcodeNameError
	}
	for _, x := range list {
		rr, err := dns.NewRR(fmt.Sprintf("%s 60 IN %s %s", q.Name, dns.TypeToString[q.Qtype], x))
		if err != nil {
			panic(err)
		}
		m.Answer = append(m.Answer, rr)
	}
	_ = w.WriteMsg(m)
}

// names is what DNS says of the addresses of a test: who is Good's, and who says so.
var names = map[string][]string{
	"7.2.0.192.in-addr.arpa. PTR":   {"crawl-7.good.example."},
	"crawl-7.good.example. A":       {"192.0.2.7"},
	"8.2.0.192.in-addr.arpa. PTR":   {"crawl-8.good.example."}, // it names itself so
	"crawl-8.good.example. A":       {"192.0.2.99"},
	"9.2.0.192.in-addr.arpa. PTR":   {"crawl-9.notgood.example."},
	"crawl-9.notgood.example. A":    {"192.0.2.9"},
	"10.2.0.192.in-addr.arpa. PTR":  {"other.example.", "CRAWL-10.Good.Example."},
	"crawl-10.good.example. A":      {"192.0.2.1", "192.0.2.10"},
	"7.113.0.203.in-addr.arpa. PTR": {"crawl-7.good.example.", "out.good.example."},
	"out.good.example. A":           {"203.0.113.7"},
	"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR": {"six.good.example."},
	"six.good.example. AAAA": {"2001:db8::1"},
}

var good = Bot{Name: "Good", Agents: []string{"Goodbot/", "Good-Image"}, Domains: []string{"good.example"}, Rate: 10}

const agent = "Mozilla/5.0 (compatible; Goodbot/2.1; +http://good.example/bot)"

// register is one whose bots have these ranges, in one file.
func register(t testing.TB, s *server, now func() time.Time, ranges string, list ...Bot) *Register {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ranges.json")
	if err := os.WriteFile(path, []byte(ranges), 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range list {
		if list[i].Proof != Name {
			list[i].Ranges = []string{path}
		}
	}
	r, err := New(Config{Bots: list, Resolver: NewResolver(s.at), Now: now})
	if err != nil {
		t.Fatal(err)
	}
	r.Look()
	for _, f := range r.States() {
		if f.Fault != "" {
			t.Fatal(f.Fault)
		}
	}
	return r
}

const published = `{"creationTime":"2026-11-01T00:00:00","prefixes":[{"ipv4Prefix":"192.0.2.0/26"},{"ipv6Prefix":"2001:db8::/48"}]}`

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// all answers what waits to be asked, now.
func (r *Register) all(ctx context.Context) (n int) {
	for ; len(r.ask)+len(r.near) > 0; n++ {
		q, _ := r.next(ctx)
		r.resolve(ctx, q)
	}
	return n
}

func TestABotIsVerifiedByRangeAndByANameThatLeadsBack(t *testing.T) {
	s := serve(t, names)
	both, byRange, byName := good, good, good
	byRange.Proof, byName.Proof = Range, Name
	for _, x := range []struct {
		from                  string
		agent                 string
		both, byRange, byName bool
	}{
		{"192.0.2.7", agent, true, true, true},
		{"192.0.2.7", "Good-Image", true, true, true},
		{"192.0.2.7", "Mozilla/5.0 (X11; Linux x86_64)", false, false, false},
		{"192.0.2.7", "", false, false, false},
		{"192.0.2.8", agent, false, true, false},   // its name leads elsewhere
		{"192.0.2.9", agent, false, true, false},   // its name is another's
		{"192.0.2.10", agent, true, true, true},    // the second of its names, in capitals
		{"192.0.2.11", agent, false, true, false},  // it has none
		{"203.0.113.7", agent, false, false, true}, // no published range
		{"2001:db8::1", agent, true, true, true},
		{"2001:db8::2", agent, false, true, false},
	} {
		for i, want := range []bool{x.both, x.byRange, x.byName} {
			b := []Bot{both, byRange, byName}[i]
			r := register(t, s, func() time.Time { return noon }, published, b)
			from := netip.MustParseAddr(x.from)
			if first := r.Verify(from, x.agent) == 1; first != (want && b.Proof == Range) {
				t.Errorf("%s of %s by %s: at once %v", x.agent, x.from, b.Proof, first)
			}
			r.all(t.Context())
			if got := r.Verify(from, x.agent) == 1; got != want {
				t.Errorf("%s of %s by %s: %v; expected %v", x.agent, x.from, b.Proof, got, want)
			}
			if r.all(t.Context()) != 0 {
				t.Errorf("%s of %s is asked again", x.agent, x.from)
			}
		}
	}
}

func TestAnswersEndAndAreAskedAgain(t *testing.T) {
	s := serve(t, names)
	now := noon
	r := register(t, s, func() time.Time { return now }, published, good)
	yes, no := netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("192.0.2.8")
	verify := func(a netip.Addr) (verified bool, asked int) {
		verified = r.Verify(a, agent) == 1
		return verified, r.all(t.Context())
	}
	for _, x := range []struct {
		after    time.Duration
		from     netip.Addr
		fails    bool
		verified bool
		asked    int
		says     string
	}{
		{0, yes, true, false, 1, "asked for the first time, of a server that fails"},
		{30 * time.Second, yes, false, false, 0, "a failure holds for a minute"},
		{61 * time.Second, yes, false, false, 1, "then it is asked again"},
		{62 * time.Second, yes, true, true, 0, "it is verified"},
		{11 * time.Hour, yes, true, true, 0, "for hours"},
		{13 * time.Hour, yes, true, true, 1, "then it is asked again, and holds meanwhile"},
		{13*time.Hour + time.Second, yes, true, true, 0, "a server that fails takes nothing away"},
		{13*time.Hour + 2*time.Minute, yes, true, true, 1, "and is asked a minute later"},
		{25 * time.Hour, yes, true, false, 1, "a day after the last answer it is over"},
		{25*time.Hour + 2*time.Minute, yes, false, false, 1, "until DNS answers"},
		{25*time.Hour + 3*time.Minute, yes, false, true, 0, "it is verified again"},
		{0, no, false, false, 1, "another's is asked"},
		{59 * time.Minute, no, false, false, 0, "that it is none holds for an hour"},
		{61 * time.Minute, no, false, false, 1, "and ends"},
	} {
		now = noon.Add(x.after)
		s.fails.Store(x.fails)
		if verified, asked := verify(x.from); verified != x.verified || asked != x.asked {
			t.Errorf("%s: after %s it is verified: %v, and %d were asked", x.says, x.after, verified, asked)
		}
	}
	s.mu.Lock()
	s.holds = map[string][]string{}
	s.mu.Unlock()
	now = noon.Add(48 * time.Hour)
	s.fails.Store(false)
	verify(yes)
	if verified, _ := verify(yes); verified {
		t.Error("an address stays a bot's whose name was taken from it")
	}
	if c := r.Counts(); c[Verified] == 0 || c[Refuted] == 0 || c[Failed] == 0 {
		t.Errorf("%v", c)
	}
}

// TestNobodyWaitsForDNS: the server answers nothing, and many come who say that they are bots.
func TestNobodyWaitsForDNS(t *testing.T) {
	s := serve(t, names)
	s.mute.Store(true)
	b := good
	b.Proof = Name
	r := register(t, s, func() time.Time { return noon }, "", b)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx, func([]whence.State) {}) }()
	began := time.Now()
	for i := range 100_000 {
		if r.Verify(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), agent) != 0 {
			t.Fatal("somebody is verified whom nobody asked about")
		}
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("100,000 visits took %s", took)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if n := s.asked.Load(); n > 200 {
		t.Errorf("DNS was asked %d times; expected a few", n)
	}
	if yes, no := r.Known(); yes != 0 || no > MostKnown {
		t.Errorf("%d and %d answers are kept", yes, no)
	}
	if r.Counts()[Dropped] < 90_000 {
		t.Errorf("%d were dropped", r.Counts()[Dropped])
	}
}

// TestNobodyCrowdsBotsOut: a crowd that says it is a bot, of one network or of many, keeps none waiting that comes from where one was verified.
func TestNobodyCrowdsBotsOut(t *testing.T) {
	s := serve(t, names)
	b := good
	b.Proof = Name
	now := noon
	r := register(t, s, func() time.Time { return now }, "", b)
	other := netip.MustParseAddr("192.0.2.10")
	r.Verify(netip.MustParseAddr("192.0.2.7"), agent)
	if n := r.all(t.Context()); n != 1 {
		t.Fatalf("%d were asked", n)
	}
	for i := range 1000 {
		r.Verify(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), agent)
	}
	if n := len(r.ask); n != ofOneNet {
		t.Errorf("%d of one network wait; expected %d", n, ofOneNet)
	}
	for i := range 10_000 {
		r.Verify(netip.AddrFrom4([4]byte{11, byte(i >> 8), byte(i), 1}), agent)
	}
	if n := len(r.ask); n != waiting {
		t.Errorf("%d wait; expected %d", n, waiting)
	}
	r.Verify(other, agent)
	q, _ := r.next(t.Context())
	r.resolve(t.Context(), q)
	if q.from != other || r.Verify(other, agent) != 1 {
		t.Errorf("%s was asked first; expected the neighbour of a bot", q.from)
	}
	// Verified ones are asked anew before the crowd too.
	now = now.Add(yesFresh + time.Second)
	r.Verify(other, agent)
	if q, _ := r.next(t.Context()); q.from != other {
		t.Errorf("%s was asked first; expected the bot that has to be asked anew", q.from)
	}
	// Nothing is left behind.
	r.all(t.Context())
	if n := len(r.cache.wait); n != 0 {
		t.Errorf("%d networks are said to wait", n)
	}
	for i := range 2 * MostKnown {
		r.cache.known(network(netip.AddrFrom4([4]byte{12, byte(i >> 16), byte(i >> 8), byte(i)})), now.Add(time.Hour).UnixNano(), now.UnixNano())
		r.cache.known(network(netip.AddrFrom4([4]byte{byte(20 + i>>16), byte(i >> 8), byte(i), 1})), now.Add(time.Hour).UnixNano(), now.UnixNano())
	}
	if n := len(r.cache.nets); n > MostKnown {
		t.Errorf("%d networks are known", n)
	}
}

func TestWhatIsAskedBehindTheVisitorsBackIsKnownSoon(t *testing.T) {
	s := serve(t, names)
	r := register(t, s, time.Now, published, good)
	told := make(chan []whence.State, 8)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx, func(all []whence.State) { told <- all }) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	beat := time.NewTicker(10 * time.Millisecond)
	defer beat.Stop()
	over := time.After(20 * time.Second)
	for r.Verify(netip.MustParseAddr("192.0.2.7"), agent) != 1 {
		select {
		case <-beat.C:
		case <-over:
			t.Fatalf("it is not verified: %v", r.Counts())
		}
	}
}

func TestOfABotWithinAnothersRangesBothAreTried(t *testing.T) {
	s := serve(t, names)
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	r, err := New(Config{Now: func() time.Time { return noon }, Resolver: NewResolver(s.at), Bots: []Bot{
		{Name: "Wide", Agents: []string{"Widebot"}, Ranges: []string{file("wide", "192.0.2.0/24\n")}, Proof: Range, Rate: 1},
		{Name: "Narrow", Agents: []string{"Narrowbot"}, Ranges: []string{file("narrow", "192.0.2.0/28\n"), file("more", "192.0.2.0/24\n")}, Proof: Range, Rate: 2},
	}})
	if err != nil {
		t.Fatal(err)
	}
	r.Look()
	a := netip.MustParseAddr("192.0.2.7")
	if x, y := r.Verify(a, "Widebot"), r.Verify(a, "Narrowbot"); x != 1 || y != 2 {
		t.Errorf("they are %d and %d; expected 1 and 2", x, y)
	}
	file("wide", "192.0.2.0/33\n")
	r.Look()
	if r.Verify(a, "Widebot") != 1 || r.States()[0].Fault == "" {
		t.Errorf("a list with a fault took something away: %+v", r.States())
	}
	if rates := r.Rates(); len(rates) != 2 || rates[1] != 2 {
		t.Errorf("%v", rates)
	}
}

func TestListsOfBotsSayWhatIsWrong(t *testing.T) {
	b := good
	b.Ranges = []string{"/x"}
	if err := Check([]Bot{b}); err != nil {
		t.Error(err)
	}
	for says, change := range map[string]func(*Bot){
		"has the name":                  func(b *Bot) { b.Name = "" },
		"0 words of user agents":        func(b *Bot) { b.Agents = nil },
		"the word \"x\"":                func(b *Bot) { b.Agents = []string{"x"} },
		"the domain \"com\"":            func(b *Bot) { b.Domains = []string{"com"} },
		"the domain \"*.good.example\"": func(b *Bot) { b.Domains = []string{"*.good.example"} },
		"has no ranges":                 func(b *Bot) { b.Ranges = nil },
		"has no domains":                func(b *Bot) { b.Domains = nil },
		"its rate is 0":                 func(b *Bot) { b.Rate = 0 },
	} {
		x := b
		change(&x)
		if err := Check([]Bot{x}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v; expected %s", err, says)
		}
	}
	if err := Check([]Bot{b, b}); err == nil {
		t.Error("two bots have one name")
	}
	if err := Check(make([]Bot, MaxBots+1)); err == nil {
		t.Error("there are too many")
	}
}

// TestAnswersAreBounded: of any that come there are never more than there is room for, and one that was verified is not pushed out by others.
func TestAnswersAreBounded(t *testing.T) {
	c := cache{yes: map[asked]answer{}, no: map[asked]answer{}, nets: map[netip.Prefix]int64{}}
	mine := asked{netip.MustParseAddr("192.0.2.1"), 0}
	c.keep(mine, true, true, 10, 20, 0)
	for i := range 2 * MostKnown {
		q := asked{netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 0}
		if _, ask, _ := c.of(q, 5); !ask {
			t.Fatal("nobody asks")
		}
		c.keep(q, false, true, 0, int64(100+i), 5)
	}
	if yes, no := c.sizes(); yes != 1 || no > MostKnown {
		t.Errorf("%d and %d are kept", yes, no)
	}
	if verified, ask, _ := c.of(mine, 6); !verified || ask {
		t.Error("a verified one was pushed out")
	}
	rapid.Check(t, func(t *rapid.T) {
		c := cache{yes: map[asked]answer{}, no: map[asked]answer{}, nets: map[netip.Prefix]int64{}}
		now, pending := int64(0), false
		until := int64(0) // of a yes
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			now += int64(rapid.IntRange(0, 5).Draw(t, "later"))
			verified, ask, _ := c.of(mine, now)
			if ask && pending {
				t.Fatal("it is asked by two")
			}
			if verified != (now < until) {
				t.Fatalf("at %d it is verified: %v, and that holds until %d", now, verified, until)
			}
			pending = pending || ask
			if !pending || rapid.Bool().Draw(t, "waits") {
				continue
			}
			pending = false
			yes := rapid.Bool().Draw(t, "yes")
			sure := yes || rapid.Bool().Draw(t, "sure")
			if yes {
				until = now + 10
			} else if sure {
				until = 0
			}
			c.keep(mine, yes, sure, now+5, now+map[bool]int64{true: 10, false: 3}[yes], now)
		}
	})
}

func TestVerifyingAllocatesNothing(t *testing.T) {
	s := serve(t, names)
	r := register(t, s, func() time.Time { return noon }, published, good)
	a := netip.MustParseAddr("192.0.2.7")
	r.Verify(a, agent)
	r.all(t.Context())
	for name, from := range map[string]netip.Addr{"a bot": a, "somebody": netip.MustParseAddr("198.51.100.1")} {
		if n := testing.AllocsPerRun(1000, func() { r.Verify(from, agent) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	s := serve(b, names)
	r := register(b, s, time.Now, published, good)
	a := netip.MustParseAddr("192.0.2.7")
	r.Verify(a, agent)
	r.all(b.Context())
	for name, from := range map[string]netip.Addr{"bot": a, "somebody": netip.MustParseAddr("198.51.100.1")} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.Verify(from, agent)
			}
		})
	}
}
