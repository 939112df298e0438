package app

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
	noticetest "github.com/evenkeel/evenkeel/courier/outboxtest"
	signed "github.com/evenkeel/evenkeel/instrument/webhook"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/outboxtest"
	"github.com/evenkeel/evenkeel/shield/paper"
	"github.com/evenkeel/evenkeel/shield/webhook"
	"github.com/evenkeel/evenkeel/store/memory"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

// wholeBooks are books with their outbox.
type wholeBooks interface {
	docket.Books
	docket.Reader
	docket.Outbox
	Outbox(context.Context) (orders, notices int, err error)
}

// stores are the books that there are.
var stores = map[string]func(testing.TB) wholeBooks{
	"in memory": func(testing.TB) wholeBooks { return memory.New(nil) },
	"in SQLite": func(t testing.TB) wholeBooks {
		db, err := sqlite.Open(filepath.Join(t.TempDir(), fileBooks), sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
		return db
	},
}

func judgeOf(t testing.TB, b docket.Books) *Judge {
	t.Helper()
	p, err := Choose(nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := judge.New(judge.Parts{Books: b, Policy: p.Force, Means: onPaper})
	if err != nil {
		t.Fatal(err)
	}
	return &Judge{Docket: d}
}

func atStart() evenkeel.Moment { return start }

// write puts orders with the decisions that they are under, and a notice of each decision.
func write(t testing.TB, b docket.Books, orders ...evenkeel.Order) {
	t.Helper()
	c := evenkeel.Case{ID: "c-1", Tenant: "t", Family: "mining", Opened: start, State: evenkeel.CaseOpen, Since: start, Latest: start}
	in := docket.Changes{Tenant: "t", Family: "mining", Cases: []evenkeel.Case{c}, Orders: orders}
	for _, o := range orders {
		in.Decisions = append(in.Decisions, evenkeel.Decision{
			ID: o.Decision, Case: c.ID, Tenant: "t", Family: "mining", Measure: o.Measure, Wanted: o.Measure, From: o.From, Until: o.Until, At: o.From,
			State: evenkeel.InForce, Mode: evenkeel.ModeLive,
		})
		in.Notices = append(in.Notices, evenkeel.Notice{ID: evenkeel.NewNoticeID(o.Decision, evenkeel.InForce), Case: c.ID, Decision: o.Decision, State: evenkeel.InForce, Measure: o.Measure})
	}
	if err := b.Transact(t.Context(), func(tx docket.Tx) error { return tx.Put(in) }); err != nil {
		t.Fatal(err)
	}
}

// throttle is an order to throttle a machine.
func throttle(id evenkeel.OrderID, lift bool) evenkeel.Order {
	return evenkeel.Order{ID: id, Decision: "d-1", Tenant: "t", Measure: evenkeel.MeasureThrottle, Assets: []evenkeel.AssetID{"vm-1"}, From: start, Until: start.Add(time.Hour), Lift: lift}
}

func folderOf(t testing.TB, b docket.Reader) docket.Folder {
	t.Helper()
	f, err := b.Folder(t.Context(), "c-1")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTheOrdersOfBooksAreAnOutbox(t *testing.T) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			outboxtest.Run(t, func(t testing.TB) (shield.Outbox, func(...evenkeel.Order)) {
				b := open(t)
				return NewOrders(judgeOf(t, b), b, atStart, slog.New(slog.DiscardHandler)), func(orders ...evenkeel.Order) { write(t, b, orders...) }
			})
		})
	}
}

func TestWhatBecameOfOrdersStandsInTheTimeline(t *testing.T) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			write(t, b, throttle("o-1", false), throttle("o-2", true))
			o := NewOrders(judgeOf(t, b), b, atStart, slog.New(slog.DiscardHandler))
			if err := o.Done(t.Context(), "o-1", evenkeel.Receipt{Node: "host-7"}); err != nil {
				t.Fatal(err)
			}
			if err := o.Failed(t.Context(), "o-2", "no answer"); err != nil {
				t.Fatal(err)
			}
			f := folderOf(t, b)
			if len(f.Entries) != 2 || !strings.HasSuffix(f.Entries[0].Says, "host-7 took the order and has not confirmed it.") ||
				f.Entries[0].At != start || f.Entries[1].Words != "no answer" || f.Unconfirmed != 1 {
				t.Errorf("the timeline is %+v, %d unconfirmed", f.Entries, f.Unconfirmed)
			}
		})
	}
}

func TestAReceiptIsTakenOnlyWhereItFitsItsOrder(t *testing.T) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			write(t, b, throttle("o-1", false), throttle("o-2", true))
			o := NewOrders(judgeOf(t, b), b, atStart, slog.New(slog.DiscardHandler))
			for _, c := range []struct {
				name    string
				receipt evenkeel.Receipt
				kind    evenkeel.Kind
			}{
				{"of an order that nobody wrote", evenkeel.Receipt{Order: "o-none", State: evenkeel.ReceiptApplied}, evenkeel.KindNotFound},
				{"that an order to let go was applied", evenkeel.Receipt{Order: "o-2", State: evenkeel.ReceiptApplied}, evenkeel.KindInvalid},
				{"a refusal without a reason", evenkeel.Receipt{Order: "o-1", State: evenkeel.ReceiptRefused}, evenkeel.KindInvalid},
				{"a state that does not exist", evenkeel.Receipt{Order: "o-1", State: 99}, evenkeel.KindInvalid},
			} {
				if err := o.Take(t.Context(), c.receipt); err == nil || evenkeel.KindOf(err) != c.kind {
					t.Errorf("%s: %v; expected %s", c.name, err, c.kind)
				}
			}
			if f := folderOf(t, b); len(f.Entries) > 0 {
				t.Errorf("the timeline is %+v", f.Entries)
			}
			if err := o.Take(t.Context(), evenkeel.Receipt{Order: "o-1", Node: "host-7", State: evenkeel.ReceiptApplied, Effect: "20 %"}); err != nil {
				t.Fatal(err)
			}
			if f := folderOf(t, b); len(f.Entries) != 1 || f.Unconfirmed != 0 {
				t.Errorf("the timeline is %+v, %d unconfirmed", f.Entries, f.Unconfirmed)
			}
		})
	}
}

// TestAReceiverCallsBack sends receipts as a receiver does, over HTTP and signed.
func TestAReceiverCallsBack(t *testing.T) {
	b := stores["in SQLite"](t)
	write(t, b, throttle("o-1", false))
	keys, err := signed.ParseKeys("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
	if err != nil {
		t.Fatal(err)
	}
	sender, err := webhook.NewSender(webhook.Endpoint{URL: "https://receiver.example/orders", Keys: keys}, atStart)
	if err != nil {
		t.Fatal(err)
	}
	backend, err := webhook.New("receiver", shield.Means{}, sender)
	if err != nil {
		t.Fatal(err)
	}
	door := webhook.NewCallback(backend, NewOrders(judgeOf(t, b), b, atStart, slog.New(slog.DiscardHandler)), atStart, slog.New(slog.DiscardHandler))
	for _, c := range []struct {
		id, body string
		status   int
	}{
		{"m-1", `{"order":"o-1","state":"applied","effect":"cpu 20%"}`, http.StatusOK},
		{"m-2", `{"order":"o-1","state":"applied","effect":"cpu 20%"}`, http.StatusOK}, // again, as another message
		{"m-3", `{"order":"o-none","state":"applied"}`, http.StatusNotFound},
	} {
		r := httptest.NewRequest(http.MethodPost, "/receipts", bytes.NewReader([]byte(c.body)))
		r.Header.Set("Content-Type", "application/json")
		if err := keys.Sign(r.Header, c.id, start.Time(), []byte(c.body)); err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		door.ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%s: %d %s; expected %d", c.body, w.Code, w.Body, c.status)
		}
	}
	f := folderOf(t, b)
	if len(f.Entries) != 1 || f.Entries[0].Says != "throttle of vm-1: receiver applied it." || f.Entries[0].Words != "cpu 20%" || f.Unconfirmed != 0 {
		t.Errorf("the timeline is %+v, %d unconfirmed", f.Entries, f.Unconfirmed)
	}
}

func TestTheNoticesOfBooksAreAnOutbox(t *testing.T) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			b := open(t)
			other := throttle("o-2", false)
			other.Decision = "d-2"
			write(t, b, throttle("o-1", false), other)
			one, two := evenkeel.NewNoticeID("d-1", evenkeel.InForce), evenkeel.NewNoticeID("d-2", evenkeel.InForce)
			n := NewNotices(judgeOf(t, b), b, atStart)
			ctx := t.Context()
			pending := func(now evenkeel.Moment) (out []evenkeel.NoticeID) {
				t.Helper()
				all, err := n.Pending(ctx, now, 9)
				if err != nil {
					t.Fatal(err)
				}
				for _, w := range all {
					out = append(out, w.Notice.ID)
				}
				return out
			}
			ok := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			if got := pending(start); !slices.Equal(got, []evenkeel.NoticeID{one, two}) {
				t.Errorf("%v wait at first", got)
			}
			mail := courier.Delivery{Channel: "mail", To: "owner", Message: "<m>", At: start, Says: "250"}
			ok(n.Delivered(ctx, one, mail))
			ok(n.Delivered(ctx, one, mail)) // twice is once
			ok(n.Retry(ctx, one, start.Add(time.Minute), "the other one does not answer"))
			if got := pending(start); !slices.Equal(got, []evenkeel.NoticeID{two}) {
				t.Errorf("%v wait once the first is put off", got)
			}
			mail.Notice = one
			all, err := n.Pending(ctx, start.Add(time.Minute), 1) // the one that never was tried is due longest
			ok(err)
			if len(all) != 1 || all[0].Notice.ID != two {
				t.Errorf("first comes %+v", all)
			}
			ok(n.Failed(ctx, two, "no contact is known"))
			all, err = n.Pending(ctx, start.Add(time.Minute), 1)
			ok(err)
			if len(all) != 1 || all[0].Notice.ID != one || all[0].Attempts != 1 || !slices.Equal(all[0].Deliveries, []courier.Delivery{mail}) {
				t.Errorf("then comes %+v", all)
			}
			ok(n.Done(ctx, one))
			ok(n.Failed(ctx, one, "late")) // over stays over
			ok(n.Retry(ctx, one, start, "late"))
			if got := pending(start.Add(time.Hour)); len(got) > 0 {
				t.Errorf("%v wait at the end", got)
			}
			f := folderOf(t, b)
			if len(f.Entries) != 3 || f.Entries[2].State != "paged" || f.Dispatches[0].Failed || !f.Dispatches[1].Failed || f.Entries[1].Words != "no contact is known" {
				t.Errorf("the timeline is %+v, and %+v became of them", f.Entries, f.Dispatches)
			}
			for what, err := range map[string]error{
				"delivered": n.Delivered(ctx, "n-none", mail), "retry": n.Retry(ctx, "n-none", start, ""), "done": n.Done(ctx, "n-none"), "failed": n.Failed(ctx, "n-none", ""),
			} {
				if err == nil || evenkeel.KindOf(err) != evenkeel.KindNotFound {
					t.Errorf("%s of a notice that nobody wrote: %v", what, err)
				}
			}
		})
	}
}

func TestTheNoticesOfBooksAreTheOutboxOfTheCourier(t *testing.T) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			noticetest.Run(t, func(t testing.TB) (courier.Outbox, func(...evenkeel.Notice)) {
				b := open(t)
				return NewNotices(judgeOf(t, b), b, atStart), func(all ...evenkeel.Notice) { writeNotices(t, b, all...) }
			})
		})
	}
}

// writeNotices puts notices, each with a case and a decision of its own.
func writeNotices(t testing.TB, b docket.Books, all ...evenkeel.Notice) {
	t.Helper()
	for _, n := range all {
		c := evenkeel.Case{ID: n.Case, Tenant: n.Tenant, Family: n.Family, Opened: start, State: evenkeel.CaseOpen, Since: start, Latest: start}
		d := evenkeel.Decision{ID: n.Decision, Case: c.ID, Tenant: n.Tenant, Family: n.Family, Measure: n.Measure, From: n.From, Until: n.Until, At: n.At, State: n.State, Mode: evenkeel.ModeLive}
		in := docket.Changes{Cases: []evenkeel.Case{c}, Decisions: []evenkeel.Decision{d}, Notices: []evenkeel.Notice{n}}
		if err := b.Transact(t.Context(), func(tx docket.Tx) error { return tx.Put(in) }); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAnEnforcerEmptiesTheBooks lets the shield carry out what a docket decided, of books on
// disk, until nothing waits.
func TestAnEnforcerEmptiesTheBooks(t *testing.T) {
	b := stores["in SQLite"](t)
	write(t, b, throttle("o-1", false))
	o := NewOrders(judgeOf(t, b), b, atStart, slog.New(slog.DiscardHandler))
	hand, err := paper.Open(filepath.Join(t.TempDir(), "orders.jsonl"), atStart)
	if err != nil {
		t.Fatal(err)
	}
	defer hand.Close()
	ctx, cancel := context.WithCancel(t.Context())
	e := shield.NewEnforcer(hand, &counted{o, cancel}, atStart, shield.Options{Poll: time.Millisecond})
	if err := e.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if orders, _, err := b.Outbox(t.Context()); orders != 0 || err != nil {
		t.Errorf("%d orders wait (%v)", orders, err)
	}
	if f := folderOf(t, b); f.Unconfirmed != 0 || len(f.Entries) != 1 {
		t.Errorf("%d measures are unconfirmed; the timeline is %+v", f.Unconfirmed, f.Entries)
	}
}

// counted ends the run once an order is done.
type counted struct {
	*Orders
	end func()
}

func (c *counted) Done(ctx context.Context, id evenkeel.OrderID, r evenkeel.Receipt) error {
	defer c.end()
	return c.Orders.Done(ctx, id, r)
}
