package inventory

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

func TestWhatWasKnownOfATenant(t *testing.T) {
	trial, credit := evenkeel.StandingTrial, evenkeel.StandingOnCredit
	full := evenkeel.Profile{
		At: day(10), Since: day(-400), Standing: evenkeel.StandingPrepaid, PaidTotal: "100.50", Currency: "EUR", RunRateMonth: "12",
	}
	zero := func(s evenkeel.Standing) *book {
		return newBook().profile(evenkeel.Profile{At: day(10), Standing: s, PaidTotal: "0", Currency: "EUR"})
	}
	for _, c := range []struct {
		name string
		book *book
		at   int
		paid float64
		why  string // part of the reason why Paid is unknown
	}{
		{"as the profile says", newBook().profile(full), 12, 100.5, ""},
		{"payments after the profile count, refunds and chargebacks against",
			newBook().profile(full).pays(day(11), evenkeel.PaymentPaid, "10.000001", "EUR").
				pays(day(12), evenkeel.PaymentRefund, "2", "EUR").pays(day(13), evenkeel.PaymentChargeback, "3.50", "EUR"), 13, 105.000001, ""},
		{"payments after the moment do not count",
			newBook().profile(full).pays(day(13), evenkeel.PaymentPaid, "10", "EUR"), 12, 100.5, ""},
		{"payments up to the profile are in its total",
			newBook().profile(full).pays(day(10), evenkeel.PaymentPaid, "10", "EUR"), 12, 100.5, ""},
		{"a credit is not money paid",
			newBook().profile(full).pays(day(11), evenkeel.PaymentCredit, "10", "USD"), 12, 100.5, ""},
		{"a payment in another currency makes the total unknown",
			newBook().profile(full).pays(day(11), evenkeel.PaymentPaid, "10", "USD"), 12, 0, "is in USD, the total in EUR"},
		{"a payment in another currency does not reach back",
			newBook().profile(full).pays(day(13), evenkeel.PaymentPaid, "10", "USD"), 12, 100.5, ""},
		{"a payment without a currency makes the total unknown",
			newBook().profile(full).pays(day(11), evenkeel.PaymentPaid, "10", ""), 12, 0, "is in no currency"},
		{"the currency changes and the total does not",
			newBook().profile(full).profile(evenkeel.Profile{At: day(11), Currency: "USD"}), 12, 0, "told in EUR; the account is in USD now"},
		{"a later profile without the total does not erase it",
			newBook().profile(full).profile(evenkeel.Profile{At: day(11), Standing: trial}), 12, 100.5, ""},
		{"a later profile without the total does not make it younger",
			newBook().profile(full).profile(evenkeel.Profile{At: day(60), Standing: trial}), 70, 0, "told 60 days ago; expected within 45"},
		{"a total of 45 days is not stale", newBook().profile(full), 55, 100.5, ""},
		{"before the first profile nothing was told", newBook().profile(full), 9, 0, "not told before 2026-01-11T00:00:00Z"},
		{"payments without a total are no total",
			newBook().pays(day(1), evenkeel.PaymentPaid, "10", "EUR"), 12, 0, "not told"},
		{"zero paid on a trial is known", zero(trial), 12, 0, ""},
		{"zero paid on prepaid is known", zero(evenkeel.StandingPrepaid), 12, 0, ""},
		{"zero paid by a delinquent is known", zero(evenkeel.StandingDelinquent), 12, 0, ""},
		{"zero paid on credit is no payment history", zero(credit), 12, 0, "on credit: no payment history"},
		{"zero paid on invoice is no payment history", zero(evenkeel.StandingInvoiced), 12, 0, "invoiced: no payment history"},
		{"zero paid by who knows whom is unknown", zero(0), 12, 0, "how the tenant pays is unknown"},
		{"no total on credit is no payment history",
			newBook().profile(evenkeel.Profile{At: day(10), Standing: credit}), 12, 0, "on credit: no payment history"},
		{"a first payment on credit is a history",
			zero(credit).pays(day(11), evenkeel.PaymentPaid, "5", "EUR"), 12, 5, ""},
		{"all refunded on credit is no history",
			zero(credit).pays(day(11), evenkeel.PaymentPaid, "5", "EUR").pays(day(12), evenkeel.PaymentRefund, "5", "EUR"),
			12, 0, "on credit: no payment history"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := snapshotOf(t, c.book).AccountAt("t", day(c.at)).Paid
			switch {
			case got.Known() != (c.why == ""), !strings.Contains(got.Unknown, c.why):
				t.Errorf("paid = %+v, want unknown: %q", got, c.why)
			case got.Known() && got.Value != c.paid:
				t.Errorf("paid = %v, want %v", got.Value, c.paid)
			}
		})
	}
}

func TestTheOtherFactsOfATenant(t *testing.T) {
	s := snapshotOf(t, newBook().profile(evenkeel.Profile{
		At: day(10), Since: day(-400), Standing: evenkeel.StandingPrepaid, Currency: "EUR", RunRateMonth: "0",
	}))
	a := s.AccountAt("t", day(20))
	if a.Tenant != "t" || a.Currency != "EUR" || a.Standing != evenkeel.KnownFact(evenkeel.StandingPrepaid, day(10)) ||
		a.RunRate != evenkeel.KnownFact(0.0, day(10)) || a.Since != evenkeel.KnownFact(day(-400), day(10)) {
		t.Errorf("account = %+v", a)
	}
	if a = s.AccountAt("t", day(900)); !a.Since.Known() || a.Standing.Known() || a.RunRate.Known() {
		t.Errorf("after years only Since is fresh: %+v", a)
	}
	if a = s.AccountAt("t", day(1)); a.Since.Value != day(-400) || a.Standing.Known() || a.RunRate.Known() || a.Currency != "" {
		t.Errorf("before the first profile only Since is known: %+v", a)
	}
	if a = s.AccountAt("t", day(-500)); a.Since.Known() {
		t.Errorf("known as a customer before he was one: %+v", a.Since)
	}
	a = s.AccountAt("u", day(20))
	for _, why := range []string{a.Since.Unknown, a.Standing.Unknown, a.Paid.Unknown, a.RunRate.Unknown} {
		if why != `tenant "u" is not known` {
			t.Errorf("why = %q", why)
		}
	}
}

func TestMaxAgeIsPerFact(t *testing.T) {
	r := New(Options{MaxAge: MaxAge{Standing: -1, Paid: 36 * time.Hour, RunRate: 90 * time.Second}})
	apply(t, r, newBook().profile(evenkeel.Profile{At: day(1), Standing: evenkeel.StandingTrial, PaidTotal: "1", RunRateMonth: "1"}))
	a := r.Snapshot().AccountAt("t", day(3).Add(time.Second))
	if !a.Standing.Known() || a.Paid.Unknown != "told 49 hours ago; expected within 36" ||
		a.RunRate.Unknown != "told 48h0m1s ago; expected within 1m30s" {
		t.Errorf("account = %+v", a)
	}
}

func TestPaymentsAreToldApartByTheirIDs(t *testing.T) {
	pay := func(id uint64) evenkeel.Payment {
		return evenkeel.Payment{At: day(11), ID: id, Tenant: "t", Kind: evenkeel.PaymentPaid, Amount: "10", Currency: "EUR"}
	}
	moved := pay(7)
	moved.At = day(12)
	for _, c := range []struct {
		name     string
		payments []evenkeel.Payment
		paid     float64
	}{
		{"two that agree in all but their ids are two", []evenkeel.Payment{pay(7), pay(8)}, 120},
		{"one that comes again is one", []evenkeel.Payment{pay(7), pay(8), pay(7), pay(8)}, 120},
		{"without ids they are one", []evenkeel.Payment{pay(0), pay(0)}, 110},
		{"one without an id is its like with one", []evenkeel.Payment{pay(7), pay(0)}, 110},
		{"one without an id beside two that have one", []evenkeel.Payment{pay(7), pay(0), pay(8)}, 120},
		{"of one id the one dated later counts, and its like without an id is another", []evenkeel.Payment{pay(7), moved, pay(0)}, 120},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 2 {
				b := newBook().profile(evenkeel.Profile{At: day(10), Standing: evenkeel.StandingPrepaid, PaidTotal: "100", Currency: "EUR"})
				for _, p := range c.payments {
					b.AddPayment(p)
				}
				if paid := snapshotOf(t, b).AccountAt("t", day(13)).Paid; paid.Value != c.paid {
					t.Errorf("paid = %+v, want %v", paid, c.paid)
				}
				slices.Reverse(c.payments)
			}
		})
	}
}

func TestMorePaymentsThanAreKeptMakeTheTotalUnknown(t *testing.T) {
	b := newBook().profile(evenkeel.Profile{At: day(1), Standing: evenkeel.StandingPrepaid, PaidTotal: "1", Currency: "EUR"})
	for i := range MaxPayments + 1 {
		b.pays(day(2).Add(time.Duration(i)), evenkeel.PaymentPaid, "1", "EUR")
	}
	if paid := snapshotOf(t, b).AccountAt("t", day(3)).Paid; !strings.Contains(paid.Unknown, "not kept") {
		t.Errorf("paid = %+v", paid)
	}
}

func TestParseMoney(t *testing.T) {
	for s, want := range map[string]micro{
		"12.50": 12_500_000, "0": 0, "-3": -3_000_000, "0.000001": 1, "-0.5": -500_000, "007": 7_000_000,
		"999999999999.999999": 999_999_999_999_999_999,
	} {
		if got, err := parseMoney("amount", s); err != nil || got != want {
			t.Errorf("%q = %d, %v; want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", "-", ".", "1.", ".5", "+1", "1,5", "1e3", " 1", "1 ", "--1", "1.2.3", "1.0000001", "1000000000000", "NaN", "٣", "0x1"} {
		if _, err := parseMoney("amount", s); evenkeel.KindOf(err) != evenkeel.KindInvalid || err == nil {
			t.Errorf("%q: error %v", s, err)
		}
	}
}

func FuzzParseMoney(f *testing.F) {
	for _, s := range []string{"12.50", "-3", "0.000001", "999999999999.999999", "1e3", "", "1."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := parseMoney("amount", s)
		if err != nil {
			return
		}
		if back, err := parseMoney("amount", m.text()); err != nil || back != m {
			t.Errorf("%q = %d, written %q, read again %d, %v", s, m, m.text(), back, err)
		}
	})
}
