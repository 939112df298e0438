package visit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/visit"
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/store/memory"
)

// start is when what was seen began.
var start = evenkeel.MomentOf(time.Date(2019, 5, 29, 12, 0, 0, 0, time.UTC))

func at(minutes int) evenkeel.Moment { return start.Add(time.Duration(minutes) * time.Minute) }

// house is a tenant's side over books in memory.
type house struct {
	sites  *visit.Sites
	t      testing.TB
	books  *memory.Books
	clerk  *clerk
	now    evenkeel.Moment
	keys   link.Keys
	log    *strings.Builder
	mute   bool       // nobody can be called
	unread bool       // nobody reads answers by mail
	ways   visit.Ways // to the data
	http.Handler
}

// clerk keeps what tenants say in the books as the judge does, as far as a visitor sees it. It is
// here because no stage may import another, its tests neither; how the judge does it is shown where
// both are put together.
type clerk struct {
	books *memory.Books
	acts  []docket.Act
	fails error
	most  int // so many acts and no more are taken in; 0: all
}

// earned is how many machines this clerk lets be announced without a person.
const earned = 20

func (c *clerk) Do(ctx context.Context, a docket.Act) error {
	if c.fails != nil {
		return c.fails
	}
	if c.most > 0 && len(c.acts) >= c.most {
		return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "the disk is full", Hint: "make room"}
	}
	c.acts = append(c.acts, a)
	return c.books.Transact(ctx, func(tx docket.Tx) error {
		key := docket.ActKey(a.ID)
		if taken, err := tx.Taken(key); taken || err != nil {
			return err
		}
		out := docket.Changes{Tenant: a.Tenant, Taken: []string{key}}
		var d docket.Dossier
		var err error
		if a.Kind == docket.ActAnnounce {
			d, err = tx.Dossier(a.Tenant, docket.Announcements)
			if b := a.Burst; b.Count <= earned {
				out.Flags = []evenkeel.Flag{announced(a)}
				return tx.Put(out)
			}
			if d.Case == nil {
				d.Case = &evenkeel.Case{
					ID: evenkeel.NewCaseID(a.Tenant, docket.Announcements, a.At), Tenant: a.Tenant, Family: docket.Announcements,
					Opened: a.At, State: evenkeel.CaseUnderReview, Since: a.At, Latest: a.At,
				}
			}
		} else {
			d, err = tx.DossierOf(a.Case)
		}
		if err != nil {
			return err
		}
		x := *d.Case
		x.Spoke = a.At
		if x.Waiting == 0 && x.State != evenkeel.CaseClosed {
			x.Waiting = a.At
			out.Clocks = []docket.Clock{{Case: x.ID, Kind: docket.ClockOurAnswer, Started: a.At, Due: a.At.Add(time.Hour), Breach: "What is enforced steps down."}}
		}
		switch k := running(d.Clocks, docket.ClockTenantAnswer); {
		case a.Kind == docket.ActExtend && (k == nil || k.Extended != 0):
			return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "the time was extended already"}
		case a.Kind == docket.ActExtend:
			k.Due, k.Extended = k.Due.Add(k.Due.Sub(k.Started)), a.At
			x, out.Clocks = *d.Case, []docket.Clock{*k}
		case a.Kind == docket.ActAppeal:
			out.Clocks = append(out.Clocks, docket.Clock{Case: x.ID, Decision: a.Decision, Kind: docket.ClockAppealAnswer, Started: a.At, Due: a.At.Add(72 * time.Hour), Breach: "What is enforced steps down."})
		}
		out.Cases = []evenkeel.Case{x}
		out.Entries = []evenkeel.Entry{{
			Case: x.ID, Seq: d.Entries + 1, At: a.At, Kind: evenkeel.EntrySaid, Says: "The tenant: " + a.Kind.String() + ".", Ref: a.ID, Words: a.Says, State: a.Kind.String(), Decision: a.Decision,
		}}
		return tx.Put(out)
	})
}

func running(all []docket.Clock, k docket.ClockKind) *docket.Clock {
	for i := range all {
		if all[i].Kind == k && all[i].Ended == 0 {
			return &all[i]
		}
	}
	return nil
}

func announced(a docket.Act) evenkeel.Flag {
	f := evenkeel.Flag{
		Tenant: a.Tenant, Family: "mining", Envelope: evenkeel.Envelope{Count: a.Burst.Count}, From: a.Burst.From, Until: a.Burst.Until,
		By: evenkeel.Actor{Policy: "sha256:abc"}, Why: "Announced.",
	}
	if p, ok := strings.CutPrefix(a.Burst.Selector, "principal="); ok {
		f.Selector.Principal = p
	} else {
		f.Selector.TenantWide = true
	}
	f.ID = evenkeel.NewFlagID(&f)
	return f
}

// steady is randomness that is always the same, and different at every draw.
type steady struct{ n byte }

func (s *steady) Read(p []byte) (int, error) {
	for i := range p {
		s.n++
		p[i] = s.n
	}
	return len(p), nil
}

// open makes a tenant's side over empty books, at an hour after the start.
func open(t testing.TB) *house {
	t.Helper()
	books := memory.New(&steady{})
	h := &house{t: t, books: books, clerk: &clerk{books: books}, now: at(60), log: &strings.Builder{}}
	keys, err := link.ParseKeys("k1:" + "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
	if err != nil {
		t.Fatal(err)
	}
	h.keys = keys
	h.Handler = h.handler(books)
	return h
}

func (h *house) handler(books docket.Reader) http.Handler {
	h.t.Helper()
	return h.over(h.keys, books)
}

// over is a tenant's side with other links.
func (h *house) over(links interface {
	Open(token string, now time.Time) (link.Claim, error)
}, books docket.Reader,
) http.Handler {
	h.t.Helper()
	handler, err := visit.New(visit.Parts{
		Links: links, Books: books, Reach: h.books, Marks: marks, Acts: h.clerk, Ways: func(*evenkeel.Decision) visit.Ways { return h.ways }, Sites: h.sites, Calls: !h.mute, Mail: !h.unread, Now: func() time.Time { return h.now.Time() }, Random: &steady{},
		Lang: func(_ evenkeel.TenantID, contact string) string {
			if contact == "财务" {
				return "zh-Hans"
			}
			return ""
		},
		Log: slog.New(slog.NewTextHandler(h.log, nil)),
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return handler
}

func (h *house) put(c docket.Changes) {
	h.t.Helper()
	if err := h.books.Transact(context.Background(), func(tx docket.Tx) error { return tx.Put(c) }); err != nil {
		h.t.Fatal(err)
	}
}

// token is a link of a purpose to a case.
func (h *house) token(p link.Purpose, c evenkeel.Case, contact string) string {
	h.t.Helper()
	s, err := h.keys.Make(link.Claim{Purpose: p, Case: string(c.ID), Tenant: string(c.Tenant), Contact: contact, Until: at(60 * 24 * 30).Time()})
	if err != nil {
		h.t.Fatal(err)
	}
	return s
}

// get opens an address.
func (h *house) get(path string, headers ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	return h.do(http.MethodGet, path, nil, headers...)
}

// post sends a form as a browser does.
func (h *house) post(path string, fields url.Values, headers ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	return h.do(http.MethodPost, path, strings.NewReader(fields.Encode()), append([]string{"Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin"}, headers...)...)
}

func (h *house) do(method, path string, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	h.t.Helper()
	r := httptest.NewRequest(method, "https://abuse.example"+path, body)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// follow opens where an answer sends the visitor.
func (h *house) follow(w *httptest.ResponseRecorder) string {
	h.t.Helper()
	if w.Code != http.StatusSeeOther {
		h.t.Fatalf("the answer is %d; expected to be sent to the page: %s", w.Code, w.Body)
	}
	to, _, _ := strings.Cut(w.Header().Get("Location"), "#")
	page := h.get(to)
	if page.Code != http.StatusOK {
		h.t.Fatalf("%s answers %d", to, page.Code)
	}
	return page.Body.String()
}

// dump is all that the books hold, as text.
func (h *house) dump() string {
	h.t.Helper()
	ctx := context.Background()
	var out strings.Builder
	rows, err := h.books.Cases(ctx, docket.Query{Closed: true})
	if err != nil {
		h.t.Fatal(err)
	}
	for _, r := range rows {
		f, err := h.books.Folder(ctx, r.Case.ID)
		if err != nil {
			h.t.Fatal(err)
		}
		fmt.Fprintf(&out, "%+v\n", f)
	}
	flags, err := h.books.Flags(ctx, "")
	if err != nil {
		h.t.Fatal(err)
	}
	b, err := json.Marshal(flags)
	if err != nil {
		h.t.Fatal(err)
	}
	return out.String() + string(b)
}

var nonces int

// nonce is that of a form that was never sent.
func nonce() string {
	nonces++
	return fmt.Sprintf("%032x", nonces)
}
