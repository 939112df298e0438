package app

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	signed "github.com/evenkeel/evenkeel/instrument/webhook"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

// till is whoever bills: it holds each message to its signature.
type till struct {
	mu     sync.Mutex
	status func(id string) int
	asked  int
	took   []string // ids, in their order
	bodies map[string]string
}

func (l *till) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	keys, _ := signed.ParseKeys(spineSecret)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	id := r.Header.Get("Webhook-Id")
	if _, err := keys.Verify(r.Header, body, time.Now()); err != nil || r.Header.Get("Content-Type") != "application/cloudevents+json" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if s := l.status(id); s != 0 {
		w.WriteHeader(s)
		return
	}
	l.took = append(l.took, id)
	l.bodies[id] = string(body)
	w.WriteHeader(http.StatusNoContent)
}

// granted puts credits into books: their states, and how many minutes each is for.
func granted(t *testing.T, db *sqlite.DB, all ...docket.Credit) {
	t.Helper()
	for _, k := range all {
		c := evenkeel.Case{ID: k.Case, Tenant: k.Tenant, Family: k.Family, Opened: 1, Since: k.Closed, Latest: 1, State: evenkeel.CaseClosed, Outcome: evenkeel.OutcomeFalsePositive}
		if err := db.Transact(t.Context(), func(tx docket.Tx) error {
			return tx.Put(docket.Changes{Tenant: k.Tenant, Family: k.Family, Cases: []evenkeel.Case{c}, Credits: []docket.Credit{k}})
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func creditOf(c evenkeel.CaseID, closed evenkeel.Moment, state docket.CreditState) docket.Credit {
	return docket.Credit{
		ID: docket.NewCreditID(c, closed), Case: c, Tenant: "acme", Family: "mining", Closed: closed, State: state, At: closed, Assets: 1, Minutes: 90, Amount: 150, Currency: "EUR",
		Policy: "sha256:0", Decisions: []evenkeel.DecisionID{"d-1"},
	}
}

// Rows R10, R13: each credit that was granted is told to whoever bills, at least once and under one id,
// also after a restart; one that is not taken holds up no other, and none that is not granted is told.
func TestCreditsAreToldToWhoeverBills(t *testing.T) {
	file := filepath.Join(t.TempDir(), "books.db")
	l := &till{bodies: map[string]string{}, status: func(string) int { return 0 }}
	srv := httptest.NewServer(l)
	defer srv.Close()
	w := config.Teller{URL: srv.URL, SecretFile: good(t, t.TempDir()), Networks: []config.Network{{Prefix: netip.MustParsePrefix("127.0.0.0/8")}}}
	clock := evenkeel.MomentOf(time.Now())
	open := func() (*sqlite.DB, *biller) {
		db, err := sqlite.Open(file, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		to, err := billing(&w, func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) })
		if err != nil {
			t.Fatal(err)
		}
		return db, &biller{books: db, to: to, now: func() evenkeel.Moment { return clock }, again: map[docket.CreditID]putOff{}}
	}
	db, b := open()
	first, second, third := creditOf("c-1", 10, docket.CreditGranted), creditOf("c-2", 20, docket.CreditGranted), creditOf("c-3", 30, docket.CreditGranted)
	granted(t, db, second, first, creditOf("c-4", 5, docket.CreditProposed))
	id := func(k docket.Credit) string { return string(k.ID) }

	l.status = func(string) int { return http.StatusServiceUnavailable }
	if err := b.round(t.Context()); evenkeel.KindOf(err) != evenkeel.KindUnavailable || l.asked != 1 {
		t.Fatalf("where nobody is there: %v, asked %d times; expected once", err, l.asked)
	}
	l.status = func(x string) int {
		if x == id(first) {
			return http.StatusUnprocessableEntity
		}
		return 0
	}
	clock = clock.Add(time.Minute)
	if err := b.round(t.Context()); err == nil || !slices.Equal(l.took, []string{id(second)}) {
		t.Fatalf("one is refused: %v, taken %v; expected the other", err, l.took)
	}
	if err := db.Close(); err != nil { // what was taken is known after a restart
		t.Fatal(err)
	}
	db, b = open()
	defer db.Close()
	granted(t, db, third)
	l.status = func(string) int { return 0 }
	for range 3 {
		if err := b.round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{id(second), id(first), id(third)}; !slices.Equal(l.took, want) {
		t.Errorf("taken %v; expected %v", l.took, want)
	}
	var e CreditEvent
	if err := json.Unmarshal([]byte(l.bodies[id(first)]), &e); err != nil || e.ID != id(first)+".granted" || e.Subject != "acme" || e.Type != "evenkeel.credit.v1" || e.Data.Amount != 150 || e.Data.State != docket.CreditGranted {
		t.Errorf("%v: it reads %s", err, l.bodies[id(first)])
	}
}
