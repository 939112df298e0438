package shield

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

// all can do everything and has shown what has to be shown.
var all = Means{
	Measures: []evenkeel.Measure{
		evenkeel.MeasureChallenge, evenkeel.MeasureShut, evenkeel.MeasureLimit, evenkeel.MeasureDropFlow, evenkeel.MeasureThrottle,
		evenkeel.MeasureFreeze, evenkeel.MeasureIsolate, evenkeel.MeasureSuspend, evenkeel.MeasureDeny,
	},
	Declared: true, Keeps: []string{"export"}, Destroys: []string{"connections"}, Proven: true, Finishes: true,
}

func TestNobodyIsAskedForMoreThanWasDeclaredAndShown(t *testing.T) {
	const mildOnly, none, every = "challenge limit throttle", "", "challenge shut limit drop-flow throttle freeze isolate suspend deny"
	for _, c := range []struct {
		name   string
		change func(m *Means)
		may    string
		says   string // of isolate
	}{
		{"all is declared and shown", func(*Means) {}, every, ""},
		{"nothing is declared", func(m *Means) { m.Declared = false }, mildOnly, "nothing above limit and throttle"},
		{"what is declared is not proven", func(m *Means) { m.Proven = false }, mildOnly, "not proven"},
		{"no way to the data stays open", func(m *Means) { m.Keeps = nil }, mildOnly, "no way to the tenant's data"},
		{"it destroys memory", func(m *Means) { m.Destroys = []string{"connections", "memory"} }, mildOnly, "it destroys memory"},
		{"it destroys nothing at all", func(m *Means) { m.Destroys = nil }, every, ""},
		{"what is in flight does not finish", func(m *Means) { m.Finishes = false }, strings.Replace(every, "freeze ", "", 1), ""},
		{"it can limit alone", func(m *Means) { m.Measures = []evenkeel.Measure{evenkeel.MeasureLimit} }, "limit", "it cannot isolate"},
		{"it can do nothing", func(m *Means) { m.Measures = nil }, none, "it cannot isolate"},
		{"the zero value", func(m *Means) { *m = Means{} }, none, "it cannot isolate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := all
			c.change(&m)
			var may []string
			for x := evenkeel.MeasureChallenge; x <= evenkeel.MeasureDeny; x++ {
				if m.Lacks(x) == "" {
					may = append(may, x.String())
				}
			}
			if got := strings.Join(may, " "); got != c.may {
				t.Errorf("it may be asked for %s; expected %s", got, c.may)
			}
			if got := m.Lacks(evenkeel.MeasureIsolate); !strings.Contains(got, c.says) || (got == "") != (c.says == "") {
				t.Errorf("about isolate it says %q; expected %q", got, c.says)
			}
		})
	}
}

func order() evenkeel.Order {
	return evenkeel.Order{ID: "o-1", Decision: "d-1", Measure: evenkeel.MeasureThrottle, Assets: []evenkeel.AssetID{"vm-1"}, From: 1000, Until: 2000}
}

func TestAFaultyOrderSaysWhatItLacks(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(o *evenkeel.Order)
		says   string
	}{
		{"nothing is wrong", func(*evenkeel.Order) {}, ""},
		{"no id", func(o *evenkeel.Order) { o.ID = "" }, "no id"},
		{"no decision", func(o *evenkeel.Order) { o.Decision = "" }, "no decision"},
		{"a measure that nobody carries out", func(o *evenkeel.Order) { o.Measure = evenkeel.MeasureNotify }, "notify"},
		{"a measure that does not exist", func(o *evenkeel.Order) { o.Measure = 99 }, "invalid"},
		{"no asset", func(o *evenkeel.Order) { o.Assets = nil }, "no asset"},
		{"an asset without a name", func(o *evenkeel.Order) { o.Assets = []evenkeel.AssetID{"vm-1", ""} }, "asset is empty"},
		{"more assets than a case has", func(o *evenkeel.Order) { o.Assets = make([]evenkeel.AssetID, evenkeel.MaxCaseAssets+1) }, "more assets"},
		{"no end", func(o *evenkeel.Order) { o.Until = 0 }, "no end"},
		{"an end before the beginning", func(o *evenkeel.Order) { o.Until = 999 }, "no end after"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := order()
			c.change(&o)
			if got := fault(&o); (got == "") != (c.says == "") || !strings.Contains(got, c.says) {
				t.Errorf("got %q; expected %q", got, c.says)
			}
		})
	}
}

func TestWhichReceiptsFitAnOrder(t *testing.T) {
	for _, c := range []struct {
		name    string
		lift    bool
		receipt evenkeel.Receipt
		says    string
	}{
		{"an order that is applied", false, evenkeel.Receipt{Order: "o-1", State: evenkeel.ReceiptApplied}, ""},
		{"an order that nobody has confirmed", false, evenkeel.Receipt{Order: "o-1"}, ""},
		{"an order that is refused with a reason", false, evenkeel.Receipt{Order: "o-1", State: evenkeel.ReceiptRefused, Why: "cannot"}, ""},
		{"an order that lapsed", false, evenkeel.Receipt{Order: "o-1", State: evenkeel.ReceiptLapsed}, ""},
		{"an order that was lifted", false, evenkeel.Receipt{Order: "o-1", State: evenkeel.ReceiptLifted}, ""},
		{"a lift that is lifted", true, evenkeel.Receipt{Order: "o-1", State: evenkeel.ReceiptLifted}, ""},
		{"a lift after the end", true, evenkeel.Receipt{Order: "o-1", State: evenkeel.ReceiptLapsed}, ""},
		{"a lift that says applied", true, evenkeel.Receipt{Order: "o-1", State: evenkeel.ReceiptApplied}, "expected lifted or lapsed"},
		{"another order's", false, evenkeel.Receipt{Order: "o-2", State: evenkeel.ReceiptApplied}, `"o-2"`},
		{"a refusal without a reason", false, evenkeel.Receipt{Order: "o-1", State: evenkeel.ReceiptRefused}, "does not say why"},
		{"a state that does not exist", false, evenkeel.Receipt{Order: "o-1", State: 9}, "expected applied"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := order()
			o.Lift = c.lift
			err := Fits(&o, &c.receipt)
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v; expected %q", err, c.says)
			}
		})
	}
}
