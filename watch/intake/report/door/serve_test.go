package door

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/watch/intake/report"
)

// tray is a Desk that keeps what it is given.
type tray struct {
	mu   sync.Mutex
	got  []*report.Report
	from []string
	full error
	had  string // a receipt
}

func (d *tray) Had(_ context.Context, receipt string) (bool, error) { return d.had == receipt, nil }

func (d *tray) Take(_ context.Context, from string, all []*report.Report) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full != nil {
		return d.full
	}
	d.got, d.from = append(d.got, all...), append(d.from, from)
	return nil
}

var noon = time.Date(2026, 1, 11, 12, 0, 0, 0, time.UTC)

type visitor struct {
	t    *testing.T
	desk *tray
	door *Door
	now  time.Time
}

func visit(t *testing.T, opt Options) *visitor {
	t.Helper()
	v := &visitor{t: t, desk: &tray{}, now: noon}
	opt.Now = func() time.Time { return v.now }
	var err error
	v.door, err = New(v.desk, []Reporter{{Name: "watchers", Tokens: [][32]byte{sha256.Sum256([]byte("good"))}, Minute: 3}}, opt)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// send sends a body; address and token may be "".
func (v *visitor) send(media, body, address, token string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/v1/reports", strings.NewReader(body))
	r.Header.Set("Content-Type", media)
	r.RemoteAddr = address
	if address == "" {
		r.RemoteAddr = "198.51.100.1:99"
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	v.door.Handler().ServeHTTP(w, r)
	return w
}

func decode[T any](t *testing.T, w *httptest.ResponseRecorder) (out T) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatalf("%s: %v", w.Body, err)
	}
	return out
}

func TestAReportIsThankedWithAReceiptAndTakenOnce(t *testing.T) {
	v := visit(t, Options{})
	first := v.send("application/json", document, "", "")
	got := decode[receipt](t, first)
	if first.Code != 202 || !strings.HasPrefix(got.Receipt, "r-") || got.Reports != 1 || got.Again {
		t.Fatalf("%d %s", first.Code, first.Body)
	}
	again := decode[receipt](t, v.send("application/xarf+json; charset=utf-8", document, "203.0.113.1:1", ""))
	if again.Receipt != got.Receipt || !again.Again || len(v.desk.got) != 1 {
		t.Errorf("sent twice: %+v, %d taken", again, len(v.desk.got))
	}
	restarted := visit(t, Options{})
	restarted.desk.had = got.Receipt
	again = decode[receipt](t, restarted.send("application/json", document, "203.0.113.1:1", ""))
	if again.Receipt != got.Receipt || !again.Again || len(restarted.desk.got) != 0 {
		t.Errorf("sent again after a restart: %+v, %d taken", again, len(restarted.desk.got))
	}
	named := decode[receipt](t, v.send("application/json", document, "", "good"))
	if named.Receipt == got.Receipt || named.Again || len(v.desk.got) != 2 || !slices.Equal(v.desk.from, []string{"", "watchers"}) {
		t.Errorf("a stranger used up the id of a reporter: %+v, %v", named, v.desk.from)
	}
	m := decode[receipt](t, v.send("message/rfc822", mails[7].mail, "", ""))
	if m.Reports != 2 || len(v.desk.got) != 4 {
		t.Errorf("a mail: %+v, %d taken", m, len(v.desk.got))
	}
}

// RFC 9457, with all errors and their places.
func TestWhatIsNotTakenIsAProblemThatSaysWhy(t *testing.T) {
	broken := strings.NewReplacer("botnet", "ddos", "desk@watchers", "desk").Replace(document)
	for _, c := range []struct {
		name, media, body, token string
		status                   int
		detail, places           string
	}{
		{"a report with faults", "application/json", broken, "", 422, "faults", "/reporter/contact /sender/contact /type"},
		{"no JSON", "application/json", "{", "", 400, "ends before it should", ""},
		{"a mail that reports nothing", "message/rfc822", mail("x.example", "lunch", "\nnoon?\n"), "", 422, "names no address", ""},
		{"a mail with a broken document", "message/rfc822", mixed("w.example", "x", "x", "application/json", "x.json", broken), "", 422, "faults", "/reporter/contact /sender/contact /type"},
		{"a media type that is not read", "text/html", "<p>", "", 415, "message/rfc822", ""},
		{"a token that is not ours", "application/json", document, "bad", 401, "not one of ours", ""},
		{"a body that is too large", "application/json", strings.Repeat(" ", MaxBytes+1), "", 413, "more than", ""},
		{"a time that is to come", "application/json", strings.Replace(document, "2026-01-11", "2026-03-11", 1), "", 422, "further ahead than the intake accepts; expected at most 24 hours ahead", ""},
		{"a time long gone", "application/json", strings.Replace(document, "2026-01-11", "2016-01-11", 1), "", 422, "further back than the intake accepts; expected at most 730 days back", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := visit(t, Options{})
			w := v.send(c.media, c.body, "", c.token)
			got := decode[refusal](t, w)
			var places []string
			for _, f := range got.Errors {
				places = append(places, f.At)
			}
			if w.Code != c.status || got.Status != c.status || got.Title == "" || !strings.Contains(got.Detail, c.detail) ||
				strings.Join(places, " ") != c.places || w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if len(v.desk.got) > 0 || strings.Contains(w.Body.String(), "good") {
				t.Errorf("taken: %v; answered %s", v.desk.got, w.Body)
			}
		})
	}
}

// Row G: reports cost their sender nothing, so strangers have little of them.
func TestStrangersHaveALowRateAndReportersTheirOwn(t *testing.T) {
	v := visit(t, Options{Stranger: 2, Strangers: 3})
	codes := func(address, token string, n int) (all []int) {
		for range n {
			all = append(all, v.send("application/json", document, address, token).Code)
		}
		return all
	}
	if got := codes("198.51.100.7:1", "", 3); !slices.Equal(got, []int{202, 202, 429}) {
		t.Errorf("one stranger: %v", got)
	}
	if got := codes("198.51.100.200:1", "", 1); !slices.Equal(got, []int{429}) {
		t.Errorf("its neighbour in the network: %v", got)
	}
	if got := codes("203.0.113.1:1", "", 2); !slices.Equal(got, []int{202, 429}) {
		t.Errorf("another, where all together have three: %v", got)
	}
	if got := codes("203.0.113.1:1", "good", 4); !slices.Equal(got, []int{202, 202, 202, 429}) {
		t.Errorf("a reporter: %v", got)
	}
	v.now = v.now.Add(30 * time.Second)
	if w := v.send("application/json", document, "198.51.100.7:1", ""); w.Code != 202 {
		t.Errorf("half a minute later: %d", w.Code)
	}
	if w := v.send("application/json", document, "198.51.100.7:1", ""); w.Code != 429 || w.Header().Get("Retry-After") != "30" {
		t.Errorf("and again: %d, Retry-After %s", w.Code, w.Header().Get("Retry-After"))
	}
}

// A reporter is thanked after the report is kept, never before.
func TestAReportThatCannotBeKeptIsNotThankedAndMayComeAgain(t *testing.T) {
	v := visit(t, Options{})
	v.desk.full = errors.New("the disk of machine 7 is full")
	w := v.send("application/json", document, "", "")
	if w.Code != 503 || w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "disk") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	v.desk.full = nil
	if got := decode[receipt](t, v.send("application/json", document, "", "")); got.Again || len(v.desk.got) != 1 {
		t.Errorf("%+v, %d taken", got, len(v.desk.got))
	}
}

func TestCountersAreBounded(t *testing.T) {
	r := newRates()
	for i := range 3 * maxRates {
		r.take(strings.Repeat("x", i%100)+string(rune('a'+i%26))+time.Duration(i).String(), 1, noon)
	}
	if len(r.left) > maxRates+1 {
		t.Errorf("%d senders are counted", len(r.left))
	}
	r.take("late", 1, noon.Add(2*time.Minute))
	if len(r.left) != 1 {
		t.Errorf("%d senders are counted after all were silent", len(r.left))
	}
	s := newSeen()
	for i := range 3 * maxSeen {
		s.add(time.Duration(i).String())
	}
	if len(s.new)+len(s.old) > 2*maxSeen || !s.has(time.Duration(3*maxSeen-1).String()) || s.has("0s") {
		t.Errorf("%d receipts are remembered", len(s.new)+len(s.old))
	}
}

func TestReportersThatCannotBeToldApartAreRefused(t *testing.T) {
	one := [][32]byte{sha256.Sum256([]byte("one"))}
	clock := Options{Now: time.Now}
	for name, list := range map[string][]Reporter{
		"no name": {{Tokens: one}}, "no token": {{Name: "a"}}, "an empty token": {{Name: "a", Tokens: [][32]byte{{}}}},
		"the same name":  {{Name: "a", Tokens: one}, {Name: "a", Tokens: [][32]byte{sha256.Sum256([]byte("two"))}}},
		"the same token": {{Name: "a", Tokens: one}, {Name: "b", Tokens: one}}, "a rate below zero": {{Name: "a", Tokens: one, Minute: -1}},
	} {
		if _, err := New(&tray{}, list, clock); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if _, err := New(&tray{}, nil, Options{}); err == nil {
		t.Error("a door without a clock is taken")
	}
}
