package shield_test

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
	"github.com/evenkeel/evenkeel/shield/outboxtest"
)

// TestAnOrderThatNobodyCarriesOutIsAWarning with all that a person needs to go on.
func TestAnOrderThatNobodyCarriesOutIsAWarning(t *testing.T) {
	refuse := func(_ int, o evenkeel.Order) (evenkeel.Receipt, error) {
		return evenkeel.Receipt{Order: o.ID, Node: "n1", State: evenkeel.ReceiptRefused, Why: "no cgroups here"}, nil
	}
	for says, c := range map[string]struct {
		lift   bool
		before error
		after  func(int, evenkeel.Order) (evenkeel.Receipt, error)
		want   []string // nothing: no warning
	}{
		"a node refuses":        {false, nil, refuse, []string{"was refused", "by=n1", `why="no cgroups here"`, "approve that as this measure", "Lifting alone brings no order"}},
		"a node refuses a lift": {true, nil, refuse, []string{"was refused", "lift=true", "let go by hand"}},
		"the message is refused for good": {false, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "it answered 400", Hint: "see its log"}, nil, []string{
			"was given up: nobody took it", `why="it answered 400"`, `hint="see its log; its case is marked`, "carry it out by hand",
		}},
		"nobody answers until the end": {false, errors.New("connection refused"), nil, []string{"its end came before anybody took it", "see whether the receiver of orders runs"}},
		"nobody confirms the end":      {true, errors.New("connection refused"), nil, []string{"was given up: nobody took it", "nobody confirmed within", "let go by hand"}},
		"all is well":                  {false, nil, nil, nil},
	} {
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			kept := &outboxtest.Memory{}
			b := newUnsure(t, wall)
			b.before, b.after = func(int, evenkeel.Order) error { return c.before }, c.after
			order := throttle("d-1", "vm-1", "vm-2")
			if order.Lift = c.lift; c.lift {
				order.ID = evenkeel.NewOrderID("d-1", true)
			}
			kept.Put(order)
			_, stop := start(t, b, kept, shield.Options{Poll: time.Minute, Log: slog.New(slog.NewTextHandler(&log, nil))})
			time.Sleep(60 * time.Hour)
			stop()
			var found []string
			for line := range strings.Lines(log.String()) {
				if strings.Contains(line, `msg="an order was`) {
					found = append(found, line)
				}
			}
			if len(c.want) == 0 && len(found) == 0 {
				return
			}
			if len(found) != 1 {
				t.Fatalf("%s: %d warnings; expected one\n%s", says, len(found), log.String())
			}
			for _, w := range append(c.want, "level=WARN", "order="+string(order.ID), "measure=throttle", "assets=2", "hint=") {
				if !strings.Contains(found[0], w) {
					t.Errorf("%s: the log does not say %s: %s", says, w, found[0])
				}
			}
			if strings.Contains(found[0], "tenant") {
				t.Errorf("%s: the log names the tenant: %s", says, found[0])
			}
		})
	}
}
