package gateway_test

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

// placed says of addresses of the networks of a test where they are.
func placed(networks map[byte]suspect.Place) func(*gateway.Config) {
	return func(c *gateway.Config) {
		c.Where = func(a netip.Addr) suspect.Place { return networks[a.As4()[0]-10] }
	}
}

func (w *world) standing(id site.ID) gateway.Standing {
	w.t.Helper()
	for _, s := range w.edge.Standings(true) {
		if s.Site == id {
			return s
		}
	}
	w.t.Fatalf("there is no site %s", id)
	return gateway.Standing{}
}

// flooded is a world in which rules name the programs that flood a site; nobody is asked for another reason.
func flooded(t testing.TB, set func(*gateway.Config), more string, of func(string, int) *visitor) (*world, *backend) {
	t.Helper()
	w := newWorld(t, set, document("shop", "attack: {highest: filter"+more+"}\n"))
	w.usual("shop.example", 7*time.Minute)
	b := &backend{bears: 5}
	for range 20 {
		w.flood("shop.example", b, 100, of, "/search?q=", nil)
		if len(w.standing("shop").Rules) > 0 {
			return w, b
		}
	}
	t.Fatal("nothing names the flood")
	return nil, nil
}

func TestRulesInShadowAskNobodyAndCountWhomTheyWouldAsk(t *testing.T) {
	for _, x := range []struct {
		name, more string
		set        func(*gateway.Config)
		shadow     bool
	}{
		{"the site's", ", rules: shadow", nil, true},
		{"the edge's", "", func(c *gateway.Config) { c.Rules.Shadow = true }, true},
		{"live", "", nil, false},
	} {
		t.Run(x.name, func(t *testing.T) {
			w, b := flooded(t, x.set, x.more, bot)
			var last uint64
			for range 5 {
				w.flood("shop.example", b, 100, bot, "/search?q=", nil)
				rules := w.standing("shop").Rules
				if len(rules) == 0 {
					t.Fatal("the rules are gone")
				}
				r := rules[0]
				if r.Shadow != x.shadow || r.Outcome.Hit <= last || r.Outcome.Rate < 100 || r.Since == 0 || r.Since > momentOf(w.now) {
					t.Fatalf("%+v", r)
				}
				if known := float64(r.Outcome.Known) / float64(r.Outcome.Hit); known > 0.05 {
					t.Errorf("of %d that it names %d came in calm", r.Outcome.Hit, r.Outcome.Known)
				}
				if x.shadow && (r.Outcome.Asked != 0 || !strings.Contains(r.Beside(), "would have held back")) {
					t.Errorf("in shadow somebody was asked: %s", r.Beside())
				}
				if !x.shadow && r.Outcome.Asked == 0 {
					t.Errorf("nobody was asked: %s", r.Beside())
				}
				last = r.Outcome.Hit
			}
			if v := w.visits(bot("shop.example", 3), "/search?q=1"); v.Forward != x.shadow {
				t.Errorf("one of the flood is let in: %v", v.Forward)
			}
		})
	}
}

// TestARuleWhosePeopleShowABrowserIsTakenBack: whom it asks are people with a browser that is rare here.
func TestARuleWhosePeopleShowABrowserIsTakenBack(t *testing.T) {
	few := func(host string, n int) *visitor { return bot(host, n%40) }
	var told []suspect.Report
	w, b := flooded(t, func(c *gateway.Config) {
		c.TakenBack = func(id site.ID, r suspect.Report) {
			if told = append(told, r); id != "shop" {
				t.Errorf("of %s", id)
			}
		}
	}, "", few)
	for range 3 {
		w.flood("shop.example", b, 100, few, "/search?q=", nil)
	}
	if len(told) > 0 {
		t.Fatalf("a rule is taken back that asks programs: %s", told[0].Beside())
	}
	n := 0
	for range 60 {
		w.second(func(int) {
			for range 4 {
				n++
				v := bot("shop.example", 500_000+n)
				x := w.visits(v, "/search?q=1")
				b.came = 0
				if !x.Forward && x.Answer.Status == 429 {
					w.solves(v, x.Answer.Body, "/search%3Fq=1")
				}
				for i := range 6 {
					w.visits(few("shop.example", n+i), "/search?q=1")
				}
			}
		})
		if len(told) > 0 {
			break
		}
	}
	if len(told) == 0 {
		for _, r := range w.standing("shop").Rules {
			t.Log(r.Beside())
		}
		t.Fatal("a rule whose people show a browser is not taken back")
	}
	back := told[0]
	if o := back.Outcome; o.Asked < 20 || float64(o.Solved) < gateway.DefaultTakeBack*float64(o.Asked) {
		t.Errorf("%+v", o)
	}
	if s := w.standing("shop"); len(s.Back) == 0 || s.Back[0].Key != back.Key || s.Back[0].Until != back.Until {
		t.Errorf("the status does not say what was taken back: %+v", s.Back)
	}
	for s := 0; w.now.Before(back.Until.Time()); s++ {
		if w.flood("shop.example", b, 40, few, "/search?q=", nil); s == 15 { // the rest of the ten minutes is quiet
			w.now = back.Until.Time().Add(-3 * time.Second)
		}
		for _, r := range w.standing("shop").Rules {
			if r.Key == back.Key && momentOf(w.now) < back.Until {
				t.Fatalf("it is tried again %s before its time", back.Until.Sub(momentOf(w.now)))
			}
		}
	}
	if s := w.standing("shop"); len(s.Back) > 0 && s.Back[0].Key == back.Key {
		t.Error("it stays taken back for ever")
	}
}

func TestAddressesThatManyShareAreNotRefusedForOneOfThem(t *testing.T) {
	for in, refused := range map[suspect.Range]bool{suspect.Cloud: true, suspect.Carrier: false} {
		w, _ := flooded(t, placed(map[byte]suspect.Place{2: {Range: in}}), "", bot)
		w.bans = nil
		v := bot("shop.example", 77_000)
		for range 12 {
			for range 10 {
				w.second(nil)
				w.flood("shop.example", &backend{bears: 5}, 40, bot, "/search?q=", nil)
				w.visits(v, "/search?q=1")
			}
			if len(w.bans) > 0 {
				break
			}
		}
		if got := len(w.bans) > 0; got != refused {
			t.Errorf("in ranges of kind %s addresses that fail are refused: %v; expected %v", in, got, refused)
		}
	}
}

// TestWhereAFloodComesFromNamesIt: programs that cannot be told from browsers, and come from machines for rent, where hardly anybody lives.
func TestWhereAFloodComesFromNamesIt(t *testing.T) {
	w, b := flooded(t, placed(map[byte]suspect.Place{1: {AS: 64496, Country: [2]byte{'D', 'E'}}, 2: {AS: 64497, Country: [2]byte{'D', 'E'}, Range: suspect.Cloud}}), "", imitator)
	w.flood("shop.example", b, 100, imitator, "/article/", nil)
	named := 0
	for _, r := range w.standing("shop").Rules {
		switch r.Key.Kind {
		case suspect.AS, suspect.Listed, suspect.HelloAS, suspect.HelloRange, suspect.ASClass:
			if r.Key.AS == 64497 || r.Key.Range == suspect.Cloud {
				named++
			}
		}
	}
	if named == 0 {
		for _, r := range w.standing("shop").Rules {
			t.Log(r.Why)
		}
		t.Fatal("no rule goes by where the flood comes from")
	}
	if w.visits(imitator("shop.example", 1), "/article/1").Forward {
		t.Error("one of the flood is let in")
	}
	if !w.visits(person("shop.example", 1), "/article/1").Forward {
		t.Error("somebody from elsewhere is held back")
	}
}

func TestAGoodBotIsNeverAskedAndHasABudget(t *testing.T) {
	w := newWorld(t, func(c *gateway.Config) {
		c.Bot = func(from netip.Addr, agent string) int {
			if agent == "Good" && from == addressOf(7, 7) {
				return 1
			}
			return 0
		}
		c.BotRates = []int{10}
	}, document("shop", "attack: {highest: queue}\n"), document("blog", ""))
	w.usual("shop.example", 7*time.Minute)
	good := person("shop.example", 0)
	good.from, good.fields["User-Agent"] = addressOf(7, 7), "Good"
	for range 200 {
		if !w.visits(good, "/article/1").Forward {
			t.Fatal("in calm a good bot is held back")
		}
	}
	b := &backend{bears: 3}
	for range 240 {
		if w.stageOf("shop").String() == "queue" {
			break
		}
		w.flood("shop.example", b, 300, imitator, "/article/", nil)
	}
	let, later := 0, 0
	for range 100 {
		switch v := w.visits(good, "/article/1"); {
		case v.Forward:
			let++
		case v.Answer.Status == 503 && !bytes.Contains(v.Answer.Body, []byte(`name="token"`)):
			later++
		default:
			t.Fatalf("a good bot gets %d: %.300s", v.Answer.Status, v.Answer.Body)
		}
	}
	if let != 50 || later != 50 {
		t.Errorf("of 100 at once %d were let in and %d told to come later; expected 50 each: 10 a second for 5 s", let, later)
	}
	other := person("shop.example", 0)
	other.from, other.fields["User-Agent"] = addressOf(7, 8), "Good"
	if w.visits(other, "/article/1").Forward {
		t.Error("whoever says that it is a good bot is let in")
	}
}

func TestAnAddressIsRefusedOnlyForWhatItDidItself(t *testing.T) {
	w := attacked(t, stage.Proof)
	asks := func(n int, client func(i int) gateway.Client) netip.Addr {
		v := bot("shop.example", n)
		for s := range 12 {
			w.second(func(tenth int) {
				for i := range 4 {
					c := client(s*40 + tenth*4 + i)
					w.edge.Judge(&gateway.Ask{Request: v.request("GET", "/search"), From: v.from, Secure: true, Client: &c}, nil)
				}
			})
		}
		return v.from
	}
	for name, x := range map[string]struct {
		n       int
		client  func(i int) gateway.Client
		refused bool
	}{
		"it did":               {30_001, func(int) gateway.Client { return gateway.Client{Hello: 0xbad, Proven: true} }, true},
		"somebody made it up":  {30_002, func(int) gateway.Client { return gateway.Client{Hello: 0xbad} }, false},
		"many different share": {30_003, func(i int) gateway.Client { return gateway.Client{Hello: 0xbad, SYN: uint64(i), Proven: true} }, false},
	} {
		if _, got := w.edge.Banned("shop", asks(x.n, x.client)); got != x.refused {
			t.Errorf("%s: it is refused: %v; expected %v", name, got, x.refused)
		}
	}
}

// TestABrowserThatKeepsNoCookiesIsToldSoOnce: it does what it is asked, and is not asked for ever.
func TestABrowserThatKeepsNoCookiesIsToldSoOnce(t *testing.T) {
	w := attacked(t, stage.Proof)
	v := person("shop.example", 5000)
	_, _, wait := asked(t, w.visits(v, "/cart?id=7").Answer.Body)
	w.now = w.now.Add(11 * time.Second)
	r := v.request("GET", "/.evenkeel/answer?token="+wait+"&to=%2Fcart%3Fid%3D7")
	x, back := w.edge.Answer(v.ask(r), nil)
	if x.SetCookie == "" || !strings.HasPrefix(back, "/.evenkeel/answer?") {
		t.Fatalf("the answer leads to %q with %q", back, x.SetCookie)
	}
	told, location := w.edge.Answer(v.ask(v.request("GET", back)), nil)
	if location != "" || told.Answer.Status != 403 || !bytes.Contains(told.Answer.Body, []byte("did not keep the cookie")) || !bytes.Contains(told.Answer.Body, []byte(`href="/cart?id=7"`)) {
		t.Errorf("without the cookie it gets %d, to %q: %.500s", told.Answer.Status, location, told.Answer.Body)
	}
	v.keep(x.SetCookie)
	if _, location := w.edge.Answer(v.ask(v.request("GET", back)), nil); location != "/cart?id=7" {
		t.Errorf("with the cookie it is led to %q", location)
	}
	if _, location := w.edge.Answer(v.ask(v.request("GET", "/.evenkeel/answer?kept=&to=https%3A%2F%2Felsewhere.example%2F")), nil); location != "/" {
		t.Errorf("somebody is led to %q", location)
	}
}
