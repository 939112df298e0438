package console

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/availability"
	"github.com/evenkeel/evenkeel/store/memory"
)

const promisedText = `sla: cloud
timezone: UTC
currency: EUR
mode: bill
plans:
  - plan: basic
    target: "99.9"
    price: "200"
    credits: [{below: "99.9", credit: 10}, {below: "99", credit: 25}]
default: basic
tenants:
  raisup: {left: 2019-05-30}
  t-shell: {left: 2019-05-29, paid: "300", since: 2019-04-01}
maintenance:
  - {from: 2019-05-30T09:00:00Z, until: 2019-05-30T09:05:00Z, announced: 2019-05-20T10:00:00Z}
silences:
  - {from: 2019-05-30T11:00:00Z, until: 2019-05-30T11:30:00Z, because: "their <records> were lost"}
`

// sitesShown are those of the world.
func (w *world) sitesShown() Sites {
	if w.sites == nil {
		return Sites{Record: memory.NewSites(), Promises: availability.Unpromised()}
	}
	p, err := availability.Parse("sla.yaml", []byte(promisedText))
	if err != nil {
		panic(err)
	}
	none := evenkeel.UnknownFact[evenkeel.Moment]("not told")
	return Sites{Record: w.sites, Promises: p, Refund: func(t evenkeel.TenantID) *availability.Refund {
		return p.RefundOf(t, availability.Money{Since: none, Paid: evenkeel.UnknownFact[availability.Amount]("not told"), Price: evenkeel.UnknownFact[availability.Amount]("not told")})
	}}
}

// attacked has two tenants with sites: Story B's three outages in an hour at one of raisup's, two hours ago, and nothing at
// all at its other; of the other tenant nobody is known to hold a site any more.
func attacked(w *world) {
	w.sites = memory.NewSites()
	var in []availability.Reading
	tell := func(tenant evenkeel.TenantID, site evenkeel.AssetID, since evenkeel.Moment, counts map[evenkeel.Part]uint64) {
		for part, n := range counts {
			in = append(in, availability.Reading{Tenant: tenant, Site: site, Edge: 1, Since: since, At: since.Add(time.Minute), Part: part, Value: n})
		}
	}
	for m := 0; m < 6*60; m++ {
		since := noon.Add(time.Duration(m-6*60) * time.Minute)
		n := uint64(600 + 60*(m%7))
		calm := map[evenkeel.Part]uint64{
			evenkeel.PartVisits: n + 20, evenkeel.PartPassed: n, evenkeel.PartWanted: n, evenkeel.PartServed: n, evenkeel.PartEdgeTime: n / 4, evenkeel.PartBackendTime: 40 * n, evenkeel.PartSiteBytes: 30_000 * n,
		}
		tell("t-shell", "shells.example", since, calm)
		tell("", "wild.example", since, map[evenkeel.Part]uint64{evenkeel.PartWanted: 1, evenkeel.PartServed: 1})
		tell("raisup", "blog.example", since, calm)
		at := m - 4*60 // an attack of an hour
		if at >= 0 && at < 60 {
			calm[evenkeel.PartVisits], calm[evenkeel.PartRefused], calm[evenkeel.PartAsked], calm[evenkeel.PartSolved] = 30*n, 25*n, 4*n, n/3
			calm[evenkeel.PartEdgeTime], calm[evenkeel.PartSavedTime], calm[evenkeel.PartAtProof] = 9*n, 1100*n, 60
			if at >= 10 && at < 13 || at >= 28 && at < 32 || at >= 50 && at < 55 {
				calm[evenkeel.PartServed], calm[evenkeel.PartPassed], calm[evenkeel.PartTurned] = 0, 0, n
				calm[evenkeel.PartAtProof], calm[evenkeel.PartAtQueue] = 0, 60
			}
		}
		if m == 3*60+2 { // announced maintenance
			calm[evenkeel.PartServed], calm[evenkeel.PartFailed] = n-50, 50
		}
		if m == 100 {
			calm[evenkeel.PartServed], calm[evenkeel.PartFailed] = n/2, n/2
		}
		tell("raisup", "shop.example", since, calm)
	}
	if _, err := w.sites.Keep(context.Background(), in, 1, noon); err != nil {
		panic(err)
	}
	for i, e := range []*availability.Event{
		{ID: "av-1", Kind: availability.KindMonth, Tenant: "raisup", About: "2019-04", Revision: 2, At: noon.Add(-time.Hour), Data: []byte(`{"availability":"99.83","credit_percent":10,"amount":"20","currency":"EUR"}`)},
		{ID: "av-2", Kind: availability.KindRefund, Tenant: "t-shell", About: "unused balance", Revision: 1, At: noon.Add(-2 * time.Hour), Data: []byte(`{"amount":"93.55","currency":"EUR"}`)},
	} {
		if err := w.sites.Tell(context.Background(), e); err != nil {
			panic(fmt.Sprint(i, err))
		}
	}
}

// silent has two stretches of time in the last six hours in which no edge told anything, one of which does not count.
func silent(w *world) {
	w.sites = memory.NewSites()
	var in []availability.Reading
	for m := range 6 * 60 {
		if m >= 290 && m < 294 || m >= 300 && m < 307 {
			continue
		}
		since := noon.Add(time.Duration(m-6*60) * time.Minute)
		for _, part := range []evenkeel.Part{evenkeel.PartWanted, evenkeel.PartServed} {
			in = append(in, availability.Reading{Tenant: "raisup", Site: "shop.example", Edge: 1, Since: since, At: since.Add(time.Minute), Part: part, Value: 30})
		}
	}
	if _, err := w.sites.Keep(context.Background(), in, 1, noon); err != nil {
		panic(err)
	}
}

// sitesStates are the pages of sites.
func sitesStates() []state {
	return []state{
		{"no sites", nil, annasToken, "/sites", 200, []string{"Nothing is promised", "No edge told of a site"}},
		{"sites of all tenants", attacked, annasToken, "/sites", 200, []string{"nobody is known to hold them", "<bdi>Raisup Ltd</bdi>", "99.9\u00a0%", "used up", "<bdi>Nine Shells</bdi>", "month 2019-04, available 99.83 %, credit of 10 % of its price: 20 EUR", "corrected, revision 2", "unused balance: 93.55 EUR"}},
		{"sites of a tenant that was attacked", attacked, annasToken, "/sites/of?tenant=raisup&span=6h", 200, []string{
			"99.9\u00a0% of the requests of a calendar month", "used up", "a credit of 25 % of its price", "Burns, over 6\u00a0h", "visitors were held off in an attack", "50 requests", "during maintenance that was announced in time",
			"blog.example", "shop.example", "promised", "proof", "queue", "What it cost", "5\u00a0min", "3\u00a0min", "told to wait", "of processors at the edge", "It is not known, and not zero.", "what it paid is not known (not told): say it as paid",
		}},
		{"sites while no edge was there", silent, annasToken, "/sites", 200, []string{"No edge told anything", "7\u00a0min", "does not count", "their &lt;records&gt; were lost", "4\u00a0min"}},
		{"sites of a tenant while no edge was there", silent, annasToken, "/sites/of?tenant=raisup", 200, []string{"120 of 10590", "no edge was there", "120 of 120", "estimated"}},
		{"one site of a tenant", attacked, annasToken, "/sites/of?tenant=raisup&site=blog.example&span=24h", 200, []string{"<bdi>blog.example</bdi> over time", `<strong>24 hours</strong>`, "None."}},
		{"sites of a tenant that left", attacked, annasToken, "/sites/of?tenant=t-shell", 200, []string{"no credit", "Paid 300, used 387.096774 in 59 days: 0 EUR are left."}},
		{"sites of nobody", attacked, annasToken, "/sites/of?tenant=", 200, []string{"Sites that nobody is known to hold", "wild.example"}},
		{"sites of a tenant that has none", attacked, annasToken, "/sites/of?tenant=mill&site=%3Cscript%3E", 200, []string{"No edge told of a site of this tenant"}},
	}
}

// A tenant's page says nothing of another's sites.
func TestAPageOfSitesIsOfOneTenantAlone(t *testing.T) {
	w := newWorld()
	attacked(w)
	got := w.ask(t, annasToken, http.MethodGet, "/sites/of?tenant=t-shell&site=shop.example", nil)
	if got.Code != http.StatusOK || strings.Contains(got.Body.String(), "raisup") || strings.Contains(got.Body.String(), "1200") || strings.Contains(got.Body.String(), `id="plots"><bdi>shop.example</bdi> over time</h2>`) && strings.Contains(got.Body.String(), "<svg") {
		t.Errorf("status %d: it says of another's site:\n%s", got.Code, got.Body)
	}
}

func TestManyTenantsArePagedThrough(t *testing.T) {
	w := newWorld()
	attacked(w)
	var in []availability.Reading
	for i := range 2 * maxTenantsOfSites {
		in = append(in, availability.Reading{Tenant: evenkeel.TenantID(fmt.Sprintf("a-%03d", i)), Site: "x", Edge: 1, Since: noon.Add(-time.Hour), At: noon.Add(-59 * time.Minute), Part: evenkeel.PartWanted, Value: 1})
	}
	if _, err := w.sites.Keep(t.Context(), in, 2, noon); err != nil {
		t.Fatal(err)
	}
	seen, target := 0, "/sites"
	for pages := 0; target != "" && pages < 10; pages++ {
		body := w.ask(t, annasToken, http.MethodGet, target, nil).Body.String()
		seen += strings.Count(body, `role="rowheader"`)
		_, rest, more := strings.Cut(body, `<p class="part small"><a href="`)
		if target = ""; more {
			target, _, _ = strings.Cut(rest, `"`)
		}
	}
	if want := 2*maxTenantsOfSites + 3; seen != want {
		t.Errorf("%d tenants are on all pages together; expected %d", seen, want)
	}
}
