package app

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

func TestAnOrderThatNobodyCarriesOutIsCountedOnce(t *testing.T) {
	refusal := func(id evenkeel.OrderID, why string) evenkeel.Receipt {
		return evenkeel.Receipt{Order: id, Node: "host-7", State: evenkeel.ReceiptRefused, Why: why}
	}
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			b := open(t)
			write(t, b, throttle("o-1", false), throttle("o-2", false), throttle("o-3", false), throttle("o-4", false))
			o := NewOrders(judgeOf(t, b), b, atStart, slog.New(slog.NewTextHandler(&log, nil)))
			for _, err := range []error{
				o.Take(t.Context(), refusal("o-1", "no such cgroup")), o.Take(t.Context(), refusal("o-1", "no such cgroup, still")),
				o.Done(t.Context(), "o-2", refusal("", "no")), o.Done(t.Context(), "o-2", refusal("", "no")),
				o.Done(t.Context(), "o-3", evenkeel.Receipt{Node: shield.Self, State: evenkeel.ReceiptLapsed}),
				o.Failed(t.Context(), "o-4", "the receiver answered 400"), o.Failed(t.Context(), "o-4", "the receiver answered 400"),
			} {
				if err != nil {
					t.Fatal(err)
				}
			}
			if refused, givenUp := o.Undone(); refused != 2 || givenUp != 2 {
				t.Errorf("%d refused and %d given up; expected 2 and 2", refused, givenUp)
			}
			if says := log.String(); strings.Count(says, "\n") != 1 || !strings.Contains(says, "level=WARN") || !strings.Contains(says, `why="no such cgroup"`) {
				t.Errorf("of what came on its own way the log says\n%s", says) // of the rest the shield does
			}
		})
	}
}

func TestMeasuresThatNobodyCarriesOutAreCountedInTheMetrics(t *testing.T) {
	db := stores["in SQLite"](t).(*sqlite.DB)
	write(t, db, throttle("o-1", false))
	o := NewOrders(judgeOf(t, db), db, atStart, slog.New(slog.DiscardHandler))
	now := start.Time()
	g := &gauges{house: &house{books: db, parts: &Parts{Now: func() time.Time { return now }}}}
	expect := func(what string, want docket.Row) {
		t.Helper()
		if got, ok := g.standing(); !ok || got.Failed != want.Failed || got.Unconfirmed != want.Unconfirmed || got.OnPaper != want.OnPaper {
			t.Errorf("%s: %+v, %v; expected %+v", what, got, ok, want)
		}
	}
	expect("before anybody took it", docket.Row{Unconfirmed: 1})
	if err := o.Failed(t.Context(), "o-1", "the receiver answered 400"); err != nil {
		t.Fatal(err)
	}
	expect("at once", docket.Row{Unconfirmed: 1}) // the docket is not read at each look
	now = now.Add(standingFor)
	expect("once it was given up", docket.Row{Failed: 1})

	s := serve(t, dataDir(t))
	for _, name := range []string{
		"evenkeel_orders_refused_total", "evenkeel_orders_given_up_total", `evenkeel_measures_not_confirmed{why="undone"}`,
		`evenkeel_measures_not_confirmed{why="on_paper"}`, `evenkeel_measures_not_confirmed{why="unconfirmed"}`,
	} {
		if got := s.metric(t, name); got != "0" {
			t.Errorf("%s is %q; expected 0", name, got)
		}
	}
}
