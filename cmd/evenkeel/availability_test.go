package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/availability"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

const slaOfTests = `sla: cloud
currency: EUR
plans: [{plan: basic, target: "99.9", price: "200", credits: [{below: "99.9", credit: 10}]}]
default: basic
tenants: {gone: {left: 2026-11-10, since: 2026-10-01, paid: "600"}}
`

// Row R13: a month and a refund fit their schemas.
func TestMonthsAndRefundsFitTheirSchemas(t *testing.T) {
	p, err := availability.Parse("sla.yaml", []byte(slaOfTests))
	if err != nil {
		t.Fatal(err)
	}
	unknown := evenkeel.UnknownFact[availability.Amount]("not told")
	w := availability.Window{From: 1e9, Until: 2e9, Wanted: 1000, Served: 990, Missed: 10, Excused: 1}
	sites := []availability.SiteMonth{{Site: "shop", Wanted: 1000, Served: 990, Outages: []availability.Outage{{From: 1e9, Until: 2e9, Wanted: 10, Missed: 9, Why: availability.WhyAttack, Stage: "page"}}}}
	for kind, data := range map[string]any{
		availability.KindMonth:  p.StatementOf("acme", w, sites, unknown),
		availability.KindRefund: p.RefundOf("gone", availability.Money{Paid: unknown, Price: unknown}),
	} {
		name, about := "availability", "2026-11"
		if kind == availability.KindRefund {
			name, about = "refund", "unused balance"
		}
		text, err := os.ReadFile("../../docs/schema/" + name + ".schema.json")
		if err != nil {
			t.Fatal(err)
		}
		doc := &schemaDoc{}
		if err := json.Unmarshal(text, doc); err != nil {
			t.Fatal(err)
		}
		first, err := availability.Revise(nil, kind, "acme", about, map[string]string{}, 3e9)
		if err != nil {
			t.Fatal(err)
		}
		e, err := availability.Revise(first, kind, "acme", about, data, 3e9)
		if err != nil {
			t.Fatal(err)
		}
		check := func(e *availability.Event) []string {
			line, err := json.Marshal(app.PromiseEventOf(e))
			if err != nil {
				t.Fatal(err)
			}
			var v any
			if err := json.Unmarshal(line, &v); err != nil {
				t.Fatal(err)
			}
			return doc.fits(doc.Defs["event"], "", v)
		}
		if says := check(e); len(says) > 0 {
			t.Errorf("%s: %v\n%s", kind, says, e.Data)
		}
		e.ID, e.Data = "x", bytes.ReplaceAll(e.Data, []byte(`"EUR"`), []byte(`"euro"`))
		if says := strings.Join(check(e), "; "); !strings.Contains(says, "id does not match") || !strings.Contains(says, "currency does not match") {
			t.Errorf("%s: what does not fit: %q", kind, says)
		}
	}
}

// The same figures as on the console's page, as a table and for programs.
func TestAvailabilityIsPrinted(t *testing.T) {
	dir := t.TempDir()
	db, err := sqlite.Open(filepath.Join(dir, "books.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sla := filepath.Join(dir, "sla.yaml")
	if err := os.WriteFile(sla, []byte(slaOfTests), 0o600); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	var in []availability.Reading
	for m := range 60 {
		since := evenkeel.MomentOf(now.Add(time.Duration(m-60) * time.Minute))
		tell := func(tenant evenkeel.TenantID, part evenkeel.Part, n uint64) {
			in = append(in, availability.Reading{Tenant: tenant, Site: "shop." + evenkeel.AssetID(tenant), Edge: 1, Since: since, At: since.Add(time.Minute), Part: part, Value: n})
		}
		for _, tenant := range []evenkeel.TenantID{"acme", "calm"} {
			served := uint64(100)
			if tenant == "acme" && m >= 10 && m < 13 {
				served = 0
				tell(tenant, evenkeel.PartAtPage, 60)
				tell(tenant, evenkeel.PartSavedTime, 500_000)
			}
			tell(tenant, evenkeel.PartWanted, 100)
			tell(tenant, evenkeel.PartServed, served)
		}
	}
	if _, err = db.Sites().Keep(t.Context(), in, 1, evenkeel.MomentOf(now)); err != nil {
		t.Fatal(err)
	}
	e, err := availability.Revise(nil, availability.KindMonth, "acme", "2026-10", map[string]string{"amount": "20"}, 3e9)
	if err == nil {
		err = db.Sites().Tell(t.Context(), e)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	asked := func(args ...string) string {
		t.Helper()
		p, stdout, stderr := inMemory(nil)
		p.now = func() time.Time { return now }
		if code := run(t.Context(), p, append([]string{"availability"}, args...)); code != 0 {
			t.Fatalf("%v: exit code %d: %s", args, code, stderr)
		}
		return stdout.String()
	}
	// 300 of 6,000 are missed: 95 %; of the 6 that may be missed 300 are: −4,900 %.
	all := asked("--data", dir, "--sla", sla)
	for _, want := range []string{"TENANT", "acme    all   basic  99.9 %    95 %   95 %   95 %   95 %   -4900.0 %", "calm    all   basic  99.9 %    100 %", "25m0s"} {
		if !strings.Contains(all, want) {
			t.Errorf("it does not say %q:\n%s", want, all)
		}
	}
	one := asked("acme", "--data", dir, "--sla", sla)
	for _, want := range []string{"shop.acme", "outage    shop.acme from 2026-11-28T11:10:00Z for 3m0s: 300 of 300 not served; why: attack; stage: page", "attack    shop.acme from 2026-11-28T11:10:00Z for 3m0s, up to page"} {
		if !strings.Contains(one, want) {
			t.Errorf("it does not say %q:\n%s", want, one)
		}
	}
	if strings.Contains(one, "calm") {
		t.Errorf("it says of another tenant:\n%s", one)
	}
	lines := strings.Split(strings.TrimSpace(asked("--data", dir, "--sla", sla, "--json")), "\n")
	var l figuresLine
	if len(lines) != 2 || json.Unmarshal([]byte(lines[0]), &l) != nil || l.Tenant != "acme" || l.Budget == nil || *l.Budget != -49_000 || len(l.Sites) != 1 || l.Cost["saved_ms"] != 1_500_000 {
		t.Errorf("%+v of %d lines:\n%s", l, len(lines), lines[0])
	}
	if events := asked("--data", dir, "--events"); !strings.Contains(events, `"type":"evenkeel.availability.v1"`) || !strings.Contains(events, `"about":"2026-10"`) {
		t.Errorf("events: %s", events)
	}
	if well := asked("--sla", sla, "--check"); !strings.Contains(well, "well, cloud, sha256:") {
		t.Errorf("%s", well)
	}
}
