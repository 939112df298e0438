package crowd

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"math"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel/lab/edge/shop"
)

func town(lasts time.Duration) Town {
	return Town{
		Seed: 7, Lasts: lasts, Hosts: []string{"a.test", "b.test", "c.test"}, Attacked: 12, Others: 3, Known: 0.6, Regulars: 10,
		Homes: netip.MustParsePrefix("10.64.0.0/13"), Homes6: netip.MustParsePrefix("2001:db8:4000::/36"),
	}
}

func drawn(t *testing.T, w Town) *Plan {
	t.Helper()
	p, err := w.Visits()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestVisitsFollowFromTheSeedAndComeAtTheirRate(t *testing.T) {
	w := town(200 * time.Second)
	p := drawn(t, w)
	if !reflect.DeepEqual(p, drawn(t, w)) {
		t.Error("the same town has two plans")
	}
	counts := make([]int, len(w.Hosts))
	var gaps []float64
	last := time.Duration(0)
	for _, v := range p.Visits {
		site := p.People[v.Person].Site
		counts[site]++
		if site == 0 {
			gaps = append(gaps, (v.Asks[0].Due - last).Seconds())
			last = v.Asks[0].Due
		}
	}
	for i, want := range []float64{2400, 600, 600} { // a Poisson count deviates by its root
		if d := math.Abs(float64(counts[i]) - want); d > 4*math.Sqrt(want) {
			t.Errorf("site %d has %d visits; expected about %v", i, counts[i], want)
		}
	}
	mean, square := 0.0, 0.0
	for _, g := range gaps {
		mean += g / float64(len(gaps))
		square += g * g / float64(len(gaps))
	}
	if spread := math.Sqrt(square-mean*mean) / mean; spread < 0.9 || spread > 1.1 { // 1 for those who do not know of each other, 0 for a metronome
		t.Errorf("gaps between visits deviate by %.2f of their mean; expected about 1", spread)
	}
	more := w
	more.Hosts = append(slices.Clone(w.Hosts), "d.test")
	if q := drawn(t, more); q.Visits[0].Asks[0] != p.Visits[0].Asks[0] {
		t.Error("one site more changes what is asked at the others")
	}
}

func TestEveryRequestHasAPageAndIsDueWithinTheTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := town(time.Duration(rapid.IntRange(1, 20).Draw(t, "seconds")) * time.Second)
		w.Seed = rapid.Uint64().Draw(t, "seed")
		p, err := w.Visits()
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, v := range p.Visits {
			n += len(v.Asks)
			for k, a := range v.Asks {
				page := v.Asks[a.Page]
				if page.Page != a.Page || a.Page > k || a.Due < page.Due || page.Due >= w.Lasts {
					t.Fatalf("request %d of a visit is %+v, its page %+v, of a town of %v", k, a, page, w.Lasts)
				}
			}
			who := p.People[v.Person]
			if !w.Homes.Contains(who.From) && !w.Homes6.Contains(who.From) {
				t.Fatalf("somebody comes from %v", who.From)
			}
		}
		if n != p.Asks {
			t.Fatalf("a plan of %d requests says that it has %d", n, p.Asks)
		}
	})
}

func TestAnAccountThatLacksARequestOrHasOneTwiceIsRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 20).Draw(t, "requests")
		l := NewLedger(n)
		times := make([]int, n)
		whole := true
		if n > 0 {
			for _, i := range rapid.SliceOfN(rapid.IntRange(0, n-1), 0, 40).Draw(t, "entered") {
				l.Enter(i, Entry{Outcome: Outcome(rapid.IntRange(1, int(outcomes)-1).Draw(t, "outcome")), Visit: times[i]})
				times[i]++
			}
		}
		for _, k := range times {
			whole = whole && k == 1
		}
		list, err := l.Close()
		if (err == nil) != whole {
			t.Fatalf("requests were entered %v times; closing says %v", times, err)
		}
		for i, e := range list {
			if e.Visit != 0 {
				t.Fatalf("request %d was entered over", i)
			}
		}
	})
}

func entry(t *rapid.T) Entry {
	return Entry{
		Visit: rapid.IntRange(0, 30).Draw(t, "visit"), Site: rapid.IntRange(0, 3).Draw(t, "site"), Page: rapid.Bool().Draw(t, "page"),
		Due: time.Duration(rapid.IntRange(0, 9999).Draw(t, "due")) * time.Millisecond, Took: time.Duration(rapid.IntRange(0, 6000).Draw(t, "took")) * time.Millisecond,
		Asked: rapid.IntRange(0, 2).Draw(t, "asked"), Outcome: Outcome(rapid.IntRange(1, int(outcomes)-1).Draw(t, "outcome")),
	}
}

func TestATallyCountsEachRequestOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Custom(entry), 0, 60).Draw(t, "entries")
		cut := time.Duration(rapid.IntRange(0, 10000).Draw(t, "cut")) * time.Millisecond
		all := Sum(list, 0, time.Hour, 5*time.Second, func(int) bool { return true })
		wanted, good, answered := 0, 0, 0
		for _, part := range []Tally{ // each request is in one of these
			Sum(list, 0, cut, 5*time.Second, func(s int) bool { return s == 0 }), Sum(list, 0, cut, 5*time.Second, func(s int) bool { return s != 0 }),
			Sum(list, cut, time.Hour, 5*time.Second, func(s int) bool { return s == 0 }), Sum(list, cut, time.Hour, 5*time.Second, func(s int) bool { return s != 0 }),
		} {
			wanted, good, answered = wanted+part.Wanted, good+part.Good, answered+part.By["answered"]
			sum := 0
			for _, n := range part.By {
				sum += n
			}
			if sum != part.Wanted || part.Good+part.Late != part.By["answered"] || part.Beside < part.Good {
				t.Fatalf("%+v does not add up", part)
			}
		}
		if wanted != len(list) || all.Wanted != len(list) || good != all.Good || answered != all.By["answered"] {
			t.Fatalf("of %d requests the parts count %d, all %d", len(list), wanted, all.Wanted)
		}
	})
}

func TestWhatIsNotAnsweredTakesAsLongAsItsVisitorWaits(t *testing.T) {
	list := []Entry{
		{Visit: 1, Page: true, Took: 100 * time.Millisecond, Outcome: Answered},
		{Visit: 2, Page: true, Took: 5 * time.Millisecond, Outcome: Refused},
		{Visit: 3, Page: true, Took: 1300 * time.Millisecond, Asked: 1, Asking: 500 * time.Millisecond, Outcome: Answered},
		{Visit: 3, Took: 2 * time.Second, Outcome: Answered},
	}
	got := Sum(list, 0, time.Second, 5*time.Second, func(int) bool { return true })
	if got.Good != 1 || got.Beside != 2 || got.Late != 2 || got.Asked != 1 || got.Blocked != 1 || got.Visits != 3 || got.P99 != 5*time.Second || got.P50 != 1300*time.Millisecond {
		t.Errorf("the tally is %+v", got)
	}
}

func TestAPercentileIsAValueThatWasThere(t *testing.T) {
	list := []time.Duration{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for _, c := range []struct {
		p    float64
		want time.Duration
	}{{0, 1}, {0.1, 1}, {0.5, 5}, {0.51, 6}, {0.9, 9}, {0.99, 10}, {1, 10}} {
		if got := Percentile(list, c.p); got != c.want {
			t.Errorf("of ten the percentile %v is %d; expected %d", c.p, got, c.want)
		}
	}
	if Percentile(nil, 0.5) != 0 {
		t.Error("of none there is a percentile")
	}
}

func TestASiteIsBackWhenItStaysBack(t *testing.T) {
	for _, c := range []struct {
		name    string
		seconds []float64
		want    time.Duration
		back    bool
	}{
		{"never harmed", []float64{1, 1, 1, 1, 1}, 0, true},
		{"harmed before the attack only", []float64{0, 0, 1, 1, 1}, 0, true},
		{"back after a second", []float64{1, 1, 0.2, 0.95, 1}, time.Second, true},
		{"back, and gone again", []float64{1, 1, 0.2, 0.95, 0.5}, 0, false},
		{"nothing was asked for in a second", []float64{1, 1, 0.2, -1, 1}, time.Second, true},
	} {
		if got, back := Recovered(c.seconds, 2*time.Second, 5*time.Second, 0.9); got != c.want || back != c.back {
			t.Errorf("%s: %v, %v; expected %v, %v", c.name, got, back, c.want, c.back)
		}
	}
}

// serve has a server that does as it likes with each request.
func serve(t *testing.T, handler http.HandlerFunc) Play {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = &tls.Config{NextProtos: []string{"h2", "http/1.1"}}
	s.StartTLS()
	t.Cleanup(func() {
		s.CloseClientConnections()
		s.Close()
	})
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	w := town(600 * time.Millisecond)
	w.Hosts, w.Attacked, w.Others = []string{"example.com", "www.example.com"}, 30, 10
	w.Carrier, w.Behind = []netip.Addr{netip.MustParseAddr("127.0.0.1")}, 1
	return Play{Town: w, Front: []netip.AddrPort{netip.MustParseAddrPort(s.Listener.Addr().String())}, CAs: pool, Begin: time.Now(), Limit: 700 * time.Millisecond, Now: time.Now}
}

func TestEachRequestIsEnteredOnceWhateverTheServerDoes(t *testing.T) {
	var n atomic.Int64
	p := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch n.Add(1) % 7 {
		case 0:
			http.Error(w, "no", http.StatusServiceUnavailable)
		case 1:
			http.Error(w, "no", http.StatusTooManyRequests)
		case 2:
			panic(http.ErrAbortHandler) // ends the stream
		case 3:
			<-r.Context().Done()
		case 4:
			w.Write([]byte("something else"))
		default:
			shop.New(r.Host, 100, time.Now(), time.Now).ServeHTTP(w, r)
		}
	})
	plan := drawn(t, p.Town)
	list, err := p.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := Sum(list, 0, time.Hour, p.Limit, func(int) bool { return true })
	if all.Wanted != plan.Asks {
		t.Errorf("%d of %d requests are in the account", all.Wanted, plan.Asks)
	}
	for _, o := range []Outcome{Answered, Wrong, Refused, Overloaded, Unanswered, Failed, Unmade} {
		if all.By[o.String()] == 0 {
			t.Errorf("no request was %v: %v", o, all.By)
		}
	}
}

func TestAServerThatNeverAnswersIsAskedNoLess(t *testing.T) {
	var came atomic.Int64
	p := serve(t, func(w http.ResponseWriter, r *http.Request) {
		came.Add(1)
		<-r.Context().Done()
	})
	plan := drawn(t, p.Town)
	pages := 0
	for _, v := range plan.Visits {
		for k, a := range v.Asks {
			if a.Page == k {
				pages++
			}
		}
	}
	list, err := p.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := Sum(list, 0, time.Hour, p.Limit, func(int) bool { return true })
	if int(came.Load()) != pages || got.By["unanswered"] != pages || got.Good != 0 {
		t.Errorf("%d of %d pages were asked for, the account says %v", came.Load(), pages, got.By)
	}
}

func TestAddressesStayWithinTheirPrefix(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lot := rapid.Uint64().Draw(t, "lot")
		for _, s := range []string{"10.64.0.0/13", "192.0.2.0/31", "2001:db8:4000::/36", "2001:db8::/64"} {
			if p := netip.MustParsePrefix(s); !p.Contains(Within(p, lot)) {
				t.Fatalf("%v is not in %v", Within(p, lot), p)
			}
		}
	})
}
