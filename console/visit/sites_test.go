package visit_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/consoletest"
	"github.com/evenkeel/evenkeel/console/visit"
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/judge/availability"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/store/memory"
)

// withSites is a tenant's side where two tenants have sites: acme's was down for three minutes in an attack.
func withSites(t *testing.T) (h *house, token string) {
	t.Helper()
	h = open(t)
	p, err := availability.Parse("sla.yaml", []byte(`sla: cloud
currency: EUR
plans: [{plan: basic, target: "99.9", price: "200", credits: [{below: "99.9", credit: 10}]}]
default: basic
`))
	if err != nil {
		t.Fatal(err)
	}
	record := memory.NewSites()
	h.sites = &visit.Sites{Record: record, Promises: p}
	var in []availability.Reading
	for m := range 30 {
		since := h.now.Add(time.Duration(m-30) * time.Minute)
		tell := func(tenant evenkeel.TenantID, site evenkeel.AssetID, part evenkeel.Part, n uint64) {
			in = append(in, availability.Reading{Tenant: tenant, Site: site, Edge: 1, Since: since, At: since.Add(time.Minute), Part: part, Value: n})
		}
		served := uint64(100)
		if m >= 10 && m < 13 {
			served = 0
			tell("acme", "shop.acme.example", evenkeel.PartAtPage, 60)
		}
		tell("acme", "shop.acme.example", evenkeel.PartWanted, 100)
		tell("acme", "shop.acme.example", evenkeel.PartServed, served)
		tell("rival", "rival.example", evenkeel.PartWanted, 777)
		tell("rival", "rival.example", evenkeel.PartServed, 776)
	}
	if _, err := record.Keep(t.Context(), in, 1, h.now); err != nil {
		t.Fatal(err)
	}
	h.Handler = h.handler(h.books)
	c := aCase("acme", "flood")
	h.put(docket.Changes{Tenant: c.Tenant, Family: c.Family, Cases: []evenkeel.Case{c}})
	return h, h.token(link.Show, c, "")
}

// Row R13: a tenant sees how available its own sites were, by its signed link, and nobody else's.
func TestALinkShowsItsOwnTenantsSitesAlone(t *testing.T) {
	h, token := withSites(t)
	first := h.get("/t/" + token).Body.String()
	if !strings.Contains(first, `href="/t/`+token+`/sites"`) {
		t.Errorf("nothing leads to the sites:\n%s", first)
	}
	got := h.get("/t/" + token + "/sites?span=6h")
	body := got.Body.String()
	if got.Code != http.StatusOK {
		t.Fatalf("status %d: %s", got.Code, body)
	}
	// 300 of 3,000 are missed: 90 %.
	for _, want := range []string{"shop.acme.example", "90 %", "Promised are 99.9 % of the requests", "you would be credited 10 % of its price", "3 min", "300 of 300 were not served", "visitors were held off in an attack", "<svg"} {
		if !strings.Contains(body, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	for _, other := range []string{"rival", "777", "<script"} {
		if strings.Contains(body, other) {
			t.Errorf("it says %q, which is not the tenant's", other)
		}
	}
	for _, asks := range []string{"?tenant=rival", "?site=rival.example", "?tenant=rival&site=rival.example"} {
		if strings.Contains(h.get("/t/"+token+"/sites"+asks).Body.String(), "777") {
			t.Errorf("%s shows another's", asks)
		}
	}
	zh := h.get("/t/" + token + "/sites?lang=zh").Body.String()
	if !strings.Contains(zh, "您的网站") || !strings.Contains(zh, "承诺每个自然月请求的 99.9 %") || strings.Contains(zh, "Outages") || !strings.Contains(zh, "正当请求中得到响应的比例") {
		t.Errorf("not in Chinese:\n%s", zh)
	}
}

func TestWhoHasNoSitesIsLedToNone(t *testing.T) {
	h, _ := withSites(t)
	c := aCase("none", "flood")
	h.put(docket.Changes{Tenant: c.Tenant, Family: c.Family, Cases: []evenkeel.Case{c}})
	token := h.token(link.Show, c, "")
	if body := h.get("/t/" + token).Body.String(); strings.Contains(body, "/sites") {
		t.Error("it leads to sites that there are not")
	}
	if got := h.get("/t/" + token + "/sites"); got.Code == http.StatusOK {
		t.Errorf("status %d: %s", got.Code, got.Body)
	}
	if got := h.get("/t/" + token + "x/sites"); got.Code == http.StatusOK || strings.Contains(got.Body.String(), "rival") {
		t.Errorf("a link that opens nothing: status %d", got.Code)
	}
}

func TestNothingSeriousIsInTheWayOnThePageOfSites(t *testing.T) {
	h, token := withSites(t)
	tab := consoletest.Open(t)
	for _, lang := range []string{"en", "zh"} {
		p := tenantsPage{"sites", "/t/" + token + "/sites", "", nil, h}
		tab.Look(t, p.serve(t, lang))
	}
}
