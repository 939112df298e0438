package app

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/http"
	"net/mail"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/policy/builtin"
	"github.com/evenkeel/evenkeel/store/sqlite"
	abuse "github.com/evenkeel/evenkeel/watch/intake/report"
	reports "github.com/evenkeel/evenkeel/watch/intake/report/door"
	"github.com/evenkeel/evenkeel/watch/rule"
)

const synFlood = `rule: syn-flood
version: 1
family: flood
mode: live
subject: asset
about: Connections that are opened by the thousand and not finished, as a sensor at the port sees them.
windows:
  syn: {of: flow, where: 'direction == "out" && app == "syn-flood"', for: 10m, keep: mark}
terms:
  - name: syn-flood
    family: wire
    when: syn.seen
    value: syn.count
    threshold: 1
    weight: 5
    says: "It opened connections by the thousand and finished none: {syn.count:count flow record}."
score: 4
quiet: 30m
tests: {hit: [restarted-by-owner.txtar], miss: [crypto-mining-miss.txtar]}
`

// telling is the policy that comes with the program, but for those who were attacked by a flood.
func telling(t *testing.T, when string) *policy.Policy {
	t.Helper()
	text, err := builtin.Text("default")
	if err != nil {
		t.Fatal(err)
	}
	ours := strings.Replace(string(text), "    harm: packets\n", "    harm: packets\n    tell_victims: true\n    tell_attacked: "+when+"\n", 1)
	p, err := policy.Parse("ours.yaml", []byte(ours))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// attackOn is a report about a flood from an address at another one.
func attackOn(id, from, victim string, at time.Time) string {
	return fmt.Sprintf(`{"xarf_version":"4.2.0","report_id":%q,"timestamp":%q,
	"reporter":{"org":"Watchers","contact":"desk@watchers.example","domain":"watchers.example"},
	"sender":{"org":"Watchers","contact":"desk@watchers.example","domain":"watchers.example"},
	"source_identifier":%q,"source_port":40123,"category":"connection","type":"ddos","evidence_source":"honeypot","destination_ip":%q,"destination_port":80,
	"protocol":"tcp","first_seen":%q,"description":"our secret words"}`, id, at.UTC().Format(time.RFC3339), from, victim, at.UTC().Format(time.RFC3339))
}

// Row R17: those who were attacked are told by mail, with what was measured here, once a person has
// confirmed the case, by the contact that the operator named and nobody else. Nothing of the tenant and
// of who reported is in it (P), and each has it once, also after a restart.
func TestThoseWhoWereAttackedAreTold(t *testing.T) {
	office, mailAt := openPostOffice(t)
	digest := sha256.Sum256([]byte("a token"))
	rules, err := rule.Parse("syn-flood.yaml", []byte(synFlood))
	if err != nil {
		t.Fatal(err)
	}
	dir := dataDir(t)
	open := func() *served {
		return serve(t, dir, func(p *Parts) {
			p.Rules = append(p.Rules, rules...)
			if p.Policies, err = Choose([]*policy.Policy{telling(t, "confirmed")}); err != nil {
				t.Fatal(err)
			}
			m := &p.Config.Courier.Mail
			m.Server, m.TLS, m.From = mailAt, "none", "abuse@cloud.example"
			p.Config.Courier.Operator, p.Config.Courier.Domain = "Example Cloud", "notices.cloud.example"
			p.Config.Reports.Listen = "127.0.0.1:0"
			p.Config.Reports.Reporters = []config.Reporter{{Name: "watchers", TokenSHA256: hex.EncodeToString(digest[:])}}
			p.Config.Reports.Attacked.Contacts = []config.AbuseContact{
				{Network: config.Network{Prefix: netip.MustParsePrefix("198.51.0.0/16")}, Mail: "wide@transit.example"},
				{Network: config.Network{Prefix: netip.MustParsePrefix("198.51.100.0/24")}, Mail: "noc@attacked.example"},
			}
		})
	}
	s := open()
	from := ago()
	for _, r := range []request{
		event("tenant", "profile", from, map[string]any{
			"tenant": "acme-gmbh", "since": from.Format(time.DateOnly), "standing": "invoiced", "contacts": []map[string]string{{"role": "owner", "email": "owner@example.net"}},
		}),
		event("asset", "holds", from, map[string]any{"asset": "203.0.113.9", "kind": "address", "tenant": "acme-gmbh", "from": from.Format(time.RFC3339)}),
	} {
		if err := r.to(s.at); err != nil {
			t.Fatal(err)
		}
	}
	begins := time.Now().Add(-40 * time.Minute).UTC().Truncate(time.Second)
	for i := range 30 {
		at := begins.Add(time.Duration(i) * time.Minute)
		r := event("flow", fmt.Sprintf("flow-%d", i), at, map[string]any{
			"asset": "203.0.113.9", "direction": "out", "remote": "198.51.100.7", "port": 80, "protocol": "tcp", "app": "syn-flood", "packets": 2400000, "bytes": 96000000,
		})
		if err := r.to(s.at); err != nil {
			t.Fatal(err)
		}
	}
	for id, victim := range map[string]string{
		"dbf79f17-f4f4-4c22-ae58-19991f52a1e8": "198.51.100.7", "dbf79f17-f4f4-4c22-ae58-19991f52a1e9": "198.51.100.7", // twice the same
		"dbf79f17-f4f4-4c22-ae58-19991f52a1ea": "192.0.2.77", // nobody's that is known
	} {
		if status, says := hand(t, s.at.Reports, "a token", attackOn(id, "203.0.113.9", victim, begins.Add(5*time.Minute))); status != http.StatusAccepted {
			t.Fatalf("%d %v", status, says)
		}
	}
	// A stranger who names somebody else leads to no word of ours to anybody.
	if status, says := hand(t, s.at.Reports, "", attackOn("dbf79f17-f4f4-4c22-ae58-19991f52a1ec", "203.0.113.9", "198.51.7.7", begins.Add(5*time.Minute))); status != http.StatusAccepted {
		t.Fatalf("%d %v", status, says)
	}
	var f docket.Folder
	flooded := func() bool {
		b, err := Open(dir)
		if err != nil {
			return false
		}
		defer b.Close()
		rows, err := b.Cases(context.Background(), docket.Query{Tenant: "acme-gmbh", Family: "flood", Closed: true})
		if err != nil || len(rows) == 0 {
			return false
		}
		f, err = b.Folder(context.Background(), rows[0].Case.ID)
		return err == nil && slices.ContainsFunc(f.Findings, func(x evenkeel.Finding) bool { return x.Revision == evenkeel.Final })
	}
	eventually(t, "the flood is found", flooded)
	if n := office.about("Report: ", "noc@attacked.example"); n != 0 {
		t.Fatalf("%d are told before anybody confirmed it", n)
	}
	if _, err := Send(t.Context(), dir, docket.Act{
		ID: ActID("operator", "1"), Kind: docket.ActClose, At: evenkeel.MomentOf(time.Now()), Case: f.Case.ID, By: "operator", Outcome: evenkeel.OutcomeConfirmed, Says: answered("The sensor shows it.", 4),
	}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "both are in the timeline", func() bool { return flooded() && len(outwards(&f)) == 2 })
	if got := outwards(&f); got["Who was attacked at 198.51.100.7, as was reported, was told: a report (XARF) went to the contact for 198.51.100.0/24."] != 1 ||
		got["Who was attacked at 192.0.2.77, as was reported, is not told: no contact is known for that address."] != 1 {
		t.Errorf("the timeline says %v", got)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	s = open()
	if status, _ := hand(t, s.at.Reports, "a token", attackOn("dbf79f17-f4f4-4c22-ae58-19991f52a1eb", "203.0.113.9", "198.51.100.7", begins.Add(6*time.Minute))); status != http.StatusAccepted {
		t.Fatal(status)
	}
	eventually(t, "all that was reported is settled", func() bool {
		db, err := sqlite.OpenReadOnly(filepath.Join(dir, fileBooks))
		if err != nil {
			return false
		}
		defer db.Close()
		all, err := db.Reporters().Attacked(context.Background(), evenkeel.MomentOf(time.Now().Add(time.Hour)), 10)
		return err == nil && len(all) == 0
	})
	if n, wide := office.about("Report: ", "noc@attacked.example"), office.about("Report: ", "wide@transit.example"); n != 1 || wide != 0 {
		t.Errorf("the contact has %d mails, that of the network around it %d", n, wide)
	}
	office.reads(t, "noc@attacked.example")
}

// outwards are the lines of a timeline about those who were attacked, and how often each stands there.
func outwards(f *docket.Folder) map[string]int {
	out := map[string]int{}
	for _, e := range f.Entries {
		if strings.HasPrefix(e.State, "attacked_") {
			out[e.Says]++
		}
	}
	return out
}

// reads holds the mail to somebody who was attacked: for people and for machines.
func (o *postOffice) reads(t *testing.T, to string) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	i := slices.IndexFunc(o.mails, func(m *mail.Message) bool { return strings.Contains(m.Header.Get("To"), to) })
	m := o.mails[i]
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" || m.Header.Get("Auto-Submitted") != "auto-generated" || !strings.HasSuffix(m.Header.Get("Message-Id"), "@notices.cloud.example>") {
		t.Fatalf("%v: %v", err, m.Header)
	}
	raw, err := io.ReadAll(m.Body)
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(bytes.NewReader(raw), params["boundary"])
	words, err := parts.NextPart() // which unpacks quoted-printable
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(words)
	if err != nil {
		t.Fatal(err)
	}
	attached, err := parts.NextPart()
	if err != nil || attached.FileName() != "xarf.json" {
		t.Fatalf("%v, %q", err, attached.FileName())
	}
	doc, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, attached))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a flood, by tcp", "203.0.113.9 (port 40123)", "198.51.100.7 (port 80)", "It opened connections by the thousand", "Example Cloud"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the mail lacks %q:\n%s", want, text)
		}
	}
	r, err := reports.Document(doc)
	if err != nil || r.Source.Asset() != "203.0.113.9" || r.Target != (abuse.Target{Addr: netip.MustParseAddr("198.51.100.7"), Port: 80, Protocol: "tcp"}) || len(r.Evidence) != 1 {
		t.Fatalf("%v: %s", err, doc)
	}
	for _, secret := range []string{"acme", "watchers", "secret", "owner@"} {
		if strings.Contains(string(text)+string(doc)+string(r.Evidence[0].Kept), secret) {
			t.Errorf("it tells %q", secret)
		}
	}
	head := "From: abuse@cloud.example\r\nDate: " + m.Header.Get("Date") + "\r\nContent-Type: " + m.Header.Get("Content-Type") + "\r\n\r\n"
	if got, err := reports.Read(append([]byte(head), raw...), ""); err != nil || len(got.Reports) != 1 || got.Reports[0].ID != r.ID {
		t.Errorf("a door of ours reads %+v, %v", got, err)
	}
}

// gate is a mail server that takes letters, or not.
type gate struct {
	err  error
	took []*courier.Letter
}

func (g *gate) Send(_ context.Context, l *courier.Letter) (string, error) {
	if g.err == nil {
		g.took = append(g.took, l)
	}
	return "250 taken", g.err
}

// heralding is a herald over a file, about one case of a machine that flooded others.
func heralding(t *testing.T, when string, change func(*docket.Folder)) (h *herald, g *gate, said *[]docket.Outward, now *evenkeel.Moment) {
	t.Helper()
	db, err := sqlite.Open(filepath.Join(t.TempDir(), "books.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	clock := evenkeel.MomentOf(time.Date(2016, 1, 28, 3, 0, 0, 0, time.UTC))
	seen := evenkeel.Finding{
		Family: "flood", Revision: evenkeel.Final, Subject: evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: "203.0.113.9"}, From: clock, Until: clock.Add(20 * time.Minute),
		Mode: evenkeel.ModeLive, Terms: []evenkeel.Term{{Name: "t", Family: evenkeel.EvidenceWire, Weight: 5, Says: "41,000 connections a second were opened."}},
	}
	f := docket.Folder{Row: docket.Row{Case: evenkeel.Case{
		ID: "c-1", Tenant: "acme", Family: "flood", Opened: clock, Since: clock.Add(time.Hour), Latest: clock, State: evenkeel.CaseClosed, Outcome: evenkeel.OutcomeConfirmed,
		Assets: []evenkeel.AssetID{"203.0.113.10", "203.0.113.9"},
	}}, Findings: []evenkeel.Finding{seen}}
	f.Decisions = []evenkeel.Decision{{
		State: evenkeel.InForce, Mode: evenkeel.ModeLive, Measure: evenkeel.MeasureLimit, Assets: []evenkeel.AssetID{"203.0.113.9"},
		Grounds: evenkeel.Grounds{Basis: []evenkeel.Basis{{Terms: seen.Terms}}},
	}}
	put(t, db, f.Case)
	if change != nil {
		change(&f)
	}
	g, said, now = &gate{}, &[]docket.Outward{}, &clock
	clock = clock.Add(2 * time.Hour)
	c := config.Default()
	c.Courier.Operator, c.Courier.Mail.From = "Example Cloud", "abuse@cloud.example"
	c.Reports.Attacked.Contacts = []config.AbuseContact{{Network: config.Network{Prefix: netip.MustParsePrefix("198.51.100.0/24")}, Mail: "noc@attacked.example"}}
	return &herald{
		kept: db.Reporters(), policy: telling(t, when), by: g, who: heraldryOf(&c, "notices.cloud.example"), now: func() evenkeel.Moment { return clock }, slog: slog.New(slog.DiscardHandler),
		enter: func(_ context.Context, x docket.Outward, _ evenkeel.Moment) error {
			*said = append(*said, x)
			return nil
		},
		cases: caseFinder{
			holder:  func(evenkeel.AssetID, evenkeel.Moment) (evenkeel.TenantID, bool) { return "acme", true },
			casesOf: func(context.Context, docket.Query) ([]docket.Row, error) { return []docket.Row{f.Row}, nil },
			folder:  func(context.Context, evenkeel.CaseID) (docket.Folder, error) { return f, nil },
		},
	}, g, said, now
}

// attackedAt is a report about the machine, at the time of what was measured.
func attackedAt(victim string) docket.Attacked {
	at := evenkeel.MomentOf(time.Date(2016, 1, 28, 3, 5, 0, 0, time.UTC))
	return docket.Attacked{
		Receipt: "r-" + victim, Asset: "203.0.113.9", Victim: netip.MustParseAddr(victim), VictimPort: 80, SourcePort: 40123, Kind: "ddos", Protocol: "tcp",
		At: at, Until: at, Came: at.Add(time.Hour),
	}
}

// TestWhenThoseAreToldWhoWereAttacked is the policy's word, and what has to stand beside it.
func TestWhenThoseAreToldWhoWereAttacked(t *testing.T) {
	open := func(f *docket.Folder) { f.Case.State, f.Case.Outcome = evenkeel.CaseUnderReview, 0 }
	for _, c := range []struct {
		name, when string
		change     func(*docket.Folder)
		told       bool
	}{
		{"a person confirmed the case", "confirmed", nil, true},
		{"the tenant is a victim", "confirmed", func(f *docket.Folder) { f.Case.Outcome = evenkeel.OutcomeVictim }, true},
		{"the policy has nobody told", "never", nil, false},
		{"it was a false positive", "in_force", func(f *docket.Folder) { f.Case.Outcome = evenkeel.OutcomeFalsePositive }, false},
		{"it was cleared and found again, and a measure is in force", "in_force", func(f *docket.Folder) {
			f.Case.State, f.Case.Outcome = evenkeel.CaseReopened, evenkeel.OutcomeFalsePositive
		}, false},
		{"it was confirmed and appealed, and the measure is in force", "in_force", func(f *docket.Folder) { f.Case.State = evenkeel.CaseReopened }, true},
		{"nobody has confirmed it", "confirmed", open, false},
		{"a measure is in force, and that is enough", "in_force", open, true},
		{"the measure is over", "in_force", func(f *docket.Folder) { open(f); f.Decisions[0].State = evenkeel.Lapsed }, false},
		{"the measure is watched only", "in_force", func(f *docket.Folder) { open(f); f.Decisions[0].Mode = evenkeel.ModeShadow }, false},
		{"the measure is on another machine", "in_force", func(f *docket.Folder) { open(f); f.Decisions[0].Assets = []evenkeel.AssetID{"203.0.113.10"} }, false},
		{"it was measured at another machine", "confirmed", func(f *docket.Folder) { f.Findings[0].Subject.Asset = "203.0.113.10" }, false},
		{"it was measured at another time", "confirmed", func(f *docket.Folder) { f.Findings[0].Until = f.Findings[0].From.Add(-2 * time.Hour) }, false},
		{"what was measured is not final", "confirmed", func(f *docket.Folder) { f.Findings[0].Revision = evenkeel.Provisional }, false},
		{"others reported it, and nothing was measured", "confirmed", func(f *docket.Folder) { f.Findings[0].Terms[0].Family = evenkeel.EvidenceReport }, false},
		{"the machine is not of the case", "confirmed", func(f *docket.Folder) { f.Case.Assets = nil }, false},
	} {
		h, g, said, now := heralding(t, c.when, c.change)
		if err := h.kept.KeepAttacked(t.Context(), []docket.Attacked{attackedAt("198.51.100.7")}); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := h.round(t.Context()); err != nil {
				t.Fatal(err)
			}
			*now = now.Add(time.Hour)
		}
		if told := len(g.took) == 1; told != c.told || len(*said) != len(g.took) {
			t.Errorf("%s: %d mails, %+v", c.name, len(g.took), *said)
		}
	}
}

// TestWhoeverCannotBeReachedIsTriedAgain, as long as it may pass, and not after that; each of it is told
// once.
func TestWhoeverCannotBeReachedIsTriedAgain(t *testing.T) {
	away := &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "the server is away"}
	for _, c := range []struct {
		name   string
		errs   func(tries int) error
		became docket.Became
	}{
		{"a server that is away for a day", func(n int) error {
			if n < 24 {
				return away
			}
			return nil
		}, docket.BecameTold},
		{"a server that stays away", func(int) error { return away }, docket.BecameRefused},
		{"a server that refuses", func(int) error { return evenkeel.Invalid("550 no such user noc@attacked.example") }, docket.BecameRefused},
	} {
		h, g, said, now := heralding(t, "confirmed", nil)
		if err := h.kept.KeepAttacked(t.Context(), []docket.Attacked{attackedAt("198.51.100.7")}); err != nil {
			t.Fatal(err)
		}
		for n := range 5 * 24 {
			g.err = c.errs(n)
			if err := h.round(t.Context()); err != nil && !errors.Is(err, away) {
				t.Fatalf("%s: %v", c.name, err)
			}
			*now = now.Add(time.Hour)
		}
		if len(*said) != 1 || (*said)[0].Became != c.became {
			t.Errorf("%s: %+v", c.name, *said)
		}
	}
}

// TestNoContactHasMoreMailsThanTheSettingsAllow (G): whoever reports many addresses of one network has us
// write to it so many times an hour; what is beyond waits. And of one machine no more than so many are kept.
func TestNoContactHasMoreMailsThanTheSettingsAllow(t *testing.T) {
	h, g, said, now := heralding(t, "confirmed", nil)
	for i := range 100 {
		if err := h.kept.KeepAttacked(t.Context(), []docket.Attacked{attackedAt(fmt.Sprintf("198.51.100.%d", i+1))}); err != nil {
			t.Fatal(err)
		}
	}
	hours := 0
	for len(*said) < sqlite.MostAttacked && hours < 20 {
		before := len(g.took)
		for range 12 {
			if err := h.round(t.Context()); err != nil {
				t.Fatal(err)
			}
			*now = now.Add(5 * time.Minute)
		}
		if n := len(g.took) - before; n > h.who.perHour {
			t.Fatalf("%d mails in an hour", n)
		}
		hours++
	}
	if len(g.took) != sqlite.MostAttacked || hours < sqlite.MostAttacked/h.who.perHour {
		t.Errorf("%d mails in %d hours; expected %d, ten an hour", len(g.took), hours, sqlite.MostAttacked)
	}
}

// TestWhoeverWaitsIsKept: where this process sends no mail, or settings do not do for a letter, those who
// were attacked wait, it is said once an hour, and they are told once it can be done.
func TestWhoeverWaitsIsKept(t *testing.T) {
	for _, c := range []struct {
		name       string
		stop, mend func(h *herald, g *gate)
	}{
		{"no mail leaves from here", func(h *herald, _ *gate) { h.by = nil }, func(h *herald, g *gate) { h.by = g }},
		{"no address to write from", func(h *herald, _ *gate) { h.who.Contact = "" }, func(h *herald, _ *gate) { h.who.Contact = "abuse@cloud.example" }},
	} {
		h, g, said, now := heralding(t, "confirmed", nil)
		var log bytes.Buffer
		h.slog = slog.New(slog.NewTextHandler(&log, nil))
		if err := h.kept.KeepAttacked(t.Context(), []docket.Attacked{attackedAt("198.51.100.7")}); err != nil {
			t.Fatal(err)
		}
		round := func(n int) {
			for range n {
				if err := h.round(t.Context()); err != nil {
					t.Fatal(err)
				}
				*now = now.Add(10 * time.Minute)
			}
		}
		c.stop(h, g)
		round(24 * 6)
		if n, err := h.kept.WaitingAttacked(t.Context()); err != nil || n != 1 || len(*said) > 0 || len(g.took) > 0 {
			t.Fatalf("%s: %d wait (%v), %+v, %d mails; expected that one waits", c.name, n, err, *said, len(g.took))
		}
		if n := strings.Count(log.String(), "they are kept"); n < 20 || n > 45 {
			t.Errorf("%s: it is said %d times in a day; expected once an hour, and at first more often", c.name, n)
		}
		c.mend(h, g)
		round(12)
		if n, _ := h.kept.WaitingAttacked(t.Context()); n != 0 || len(g.took) != 1 {
			t.Errorf("%s: %d wait, %d mails; expected that it was told once it could be", c.name, n, len(g.took))
		}
	}
}

// TestWhomAReportNamesIsKeptWhereItCanBeWritten, and nobody else.
func TestWhomAReportNamesIsKeptWhereItCanBeWritten(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*abuse.Report)
		ok     bool
	}{
		{"a flood at an address", func(*abuse.Report) {}, true},
		{"by icmp, which has no ports", func(r *abuse.Report) { r.Target.Protocol, r.Source.Port = "icmp", 0 }, true},
		{"no port that it came from", func(r *abuse.Report) { r.Source.Port = 0 }, false},
		{"no address that was attacked", func(r *abuse.Report) { r.Target = abuse.Target{} }, false},
		{"a machine that is behind a carrier's address", func(r *abuse.Report) { r.Source.Addr = netip.MustParseAddr("100.64.0.9") }, false},
		{"an address that is private", func(r *abuse.Report) { r.Target.Addr = netip.MustParseAddr("10.0.0.1") }, false},
		{"its own address", func(r *abuse.Report) { r.Target.Addr = r.Source.Addr }, false},
		{"another kind of abuse", func(r *abuse.Report) { r.Class = abuse.Class{Category: "messaging", Type: "spam"} }, false},
	} {
		r := reportBy("x.example", "1", "203.0.113.9", 1)[0]
		r.Class, r.Source.Port, r.Target = abuse.Class{Category: "connection", Type: "ddos"}, 40123, abuse.TargetOf("198.51.100.7", 80, "TCP")
		c.change(r)
		if x, ok := attackedOf(&docket.Reported{Asset: r.Source.Asset()}, r); ok != c.ok {
			t.Errorf("%s: %v, %+v", c.name, ok, x)
		}
	}
}
