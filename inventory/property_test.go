package inventory

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"pgregory.net/rapid"
)

// text writes an amount with all its decimals.
func (m micro) text() string {
	sign, u := "", uint64(m)
	if m < 0 {
		sign, u = "-", -u
	}
	return fmt.Sprintf("%s%d.%06d", sign, u/1e6, u%1e6)
}

// said is any one event, in a form that the oracle understands without the registry.
type said struct {
	tenancy   *evenkeel.Tenancy
	lifecycle *evenkeel.Lifecycle
	profile   *evenkeel.Profile
	payment   *evenkeel.Payment
}

func (s said) add(b *evenkeel.Batch) {
	switch {
	case s.tenancy != nil:
		b.AddTenancy(*s.tenancy)
	case s.lifecycle != nil:
		b.AddLifecycle(*s.lifecycle)
	case s.profile != nil:
		if err := b.AddProfile(*s.profile); err != nil {
			panic(err)
		}
	default:
		b.AddPayment(*s.payment)
	}
}

var (
	assetIDs  = []evenkeel.AssetID{"x", "y"}
	tenantIDs = []evenkeel.TenantID{"ann", "bob", "eve"}
)

// latest is the end of the small time in which properties are checked: all moments are
// 1 to latest, so that ties are frequent.
const latest = 12

func drawMoment(t *rapid.T) evenkeel.Moment {
	return evenkeel.Moment(rapid.IntRange(1, latest).Draw(t, "moment"))
}

func drawSaid(t *rapid.T, id uint64) said {
	at := drawMoment(t)
	tenant := rapid.SampledFrom(tenantIDs).Draw(t, "tenant")
	asset := rapid.SampledFrom(assetIDs).Draw(t, "asset")
	switch rapid.IntRange(0, 5).Draw(t, "what") {
	case 0, 1:
		y := evenkeel.Tenancy{At: at, ID: id, Asset: asset, Tenant: tenant, Kind: evenkeel.AssetVM, From: drawMoment(t)}
		if rapid.Bool().Draw(t, "closed") {
			y.Until = y.From + drawMoment(t)
		}
		return said{tenancy: &y}
	case 2, 3:
		l := evenkeel.Lifecycle{
			At: at, ID: id, Asset: asset, Tenant: tenant,
			Action: rapid.SampledFrom([]evenkeel.Action{evenkeel.ActionCreate, evenkeel.ActionDelete, evenkeel.ActionResize}).Draw(t, "action"),
		}
		if l.Action != evenkeel.ActionDelete {
			l.VCPUs = rapid.Int64Range(0, 2).Draw(t, "vcpus")
			l.Principal = rapid.SampledFrom([]string{"p", "q"}).Draw(t, "principal")
		}
		return said{lifecycle: &l}
	case 4:
		p := evenkeel.Profile{At: at, ID: id, Tenant: tenant, Standing: evenkeel.Standing(rapid.IntRange(0, 5).Draw(t, "standing"))}
		p.PaidTotal = rapid.SampledFrom([]string{"", "0", "1.50"}).Draw(t, "total")
		p.RunRateMonth = rapid.SampledFrom([]string{"", "0", "2"}).Draw(t, "rate")
		p.Currency = rapid.SampledFrom([]string{"", "EUR", "EUR", "EUR", "USD"}).Draw(t, "currency")
		p.Name = rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "name")
		for _, role := range rapid.SampledFrom([][]string{nil, {"owner"}, {"abuse", "owner"}}).Draw(t, "contacts") {
			p.Contacts = append(p.Contacts, evenkeel.Contact{Role: role, Email: role + "@example.net"})
		}
		if rapid.Bool().Draw(t, "since") {
			p.Since = drawMoment(t)
		}
		return said{profile: &p}
	default:
		return said{payment: &evenkeel.Payment{
			At: at, ID: id, Tenant: tenant, Kind: evenkeel.PaymentKind(rapid.IntRange(1, 4).Draw(t, "kind")),
			Amount:   rapid.SampledFrom([]string{"1", "1.50", "0.000001"}).Draw(t, "amount"),
			Currency: rapid.SampledFrom([]string{"EUR", "EUR", "EUR", "USD"}).Draw(t, "currency"),
		}}
	}
}

func drawAll(t *rapid.T) []said {
	all := make([]said, rapid.IntRange(1, 24).Draw(t, "events"))
	var payments []evenkeel.Payment
	for i := range all {
		all[i] = drawSaid(t, uint64(i+1))
		p := all[i].payment
		if p == nil {
			continue
		}
		if len(payments) > 0 && rapid.Bool().Draw(t, "like another") { // but for its ID
			*p = rapid.SampledFrom(payments).Draw(t, "like")
			p.ID = uint64(i + 1)
		}
		if rapid.IntRange(0, 3).Draw(t, "without an ID") == 0 {
			p.ID = 0
		}
		payments = append(payments, *p)
	}
	return all
}

// applied brings the events in batches of a few.
func applied(t *rapid.T, all []said) *Snapshot {
	r := New(Options{MaxAge: MaxAge{Standing: 5, Paid: 4, RunRate: 3}})
	b := evenkeel.NewBatch("test", 0)
	for i, s := range all {
		s.add(b)
		if i == len(all)-1 || rapid.Bool().Draw(t, "cut") {
			if _, err := r.Apply(b); err != nil {
				t.Fatal(err)
			}
			b.Reset("test", 0)
		}
	}
	return r.Snapshot()
}

// answers writes down the answer to every question there is.
func answers(s *Snapshot) string {
	var out strings.Builder
	for at := evenkeel.Moment(0); at <= 2*latest+1; at++ {
		for _, a := range assetIDs {
			if h, ok := s.TenancyAt(a, at); ok {
				fmt.Fprintf(&out, "%d %+v\n", at, *h)
			}
		}
		for _, y := range tenantIDs {
			for _, h := range s.HeldBy(y, at, 99) {
				fmt.Fprintf(&out, "%d %s holds %+v\n", at, y, *h)
			}
			fmt.Fprintf(&out, "%d %+v %v %v\n", at, s.AccountAt(y, at),
				s.CreatedBy(y, "", at, at+3, 2), s.CreatedBy(y, "p", at, latest+1, 9))
		}
	}
	return out.String()
}

func TestSnapshotsStayAsTheyWereTaken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := New(Options{})
		var taken []*Snapshot
		var said []string
		for _, s := range drawAll(t) {
			b := evenkeel.NewBatch("test", 0)
			s.add(b)
			if _, err := r.Apply(b); err != nil {
				t.Fatal(err)
			}
			if rapid.Bool().Draw(t, "take") {
				taken = append(taken, r.Snapshot())
				said = append(said, answers(taken[len(taken)-1]))
			}
		}
		for i, s := range taken {
			if now := answers(s); now != said[i] {
				t.Fatalf("snapshot %d says:\n%s\nand said:\n%s", i, now, said[i])
			}
		}
	})
}

// TestWhatATenantHoldsIsWhatIsItsOfAllAssets: of whichever kind of event it is known, and however long ago.
func TestWhatATenantHoldsIsWhatIsItsOfAllAssets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := applied(t, drawAll(t))
		for at := evenkeel.Moment(0); at <= 2*latest+1; at++ {
			for _, y := range tenantIDs {
				var want []*evenkeel.Holding
				for _, a := range assetIDs {
					if h, ok := s.TenancyAt(a, at); ok && h.Tenant == y {
						want = append(want, h)
					}
				}
				if got := s.HeldBy(y, at, len(assetIDs)); !slices.Equal(got, want) {
					t.Fatalf("%s at %d holds %v; expected %v", y, at, got, want)
				}
				if got := s.HeldBy(y, at, 1); len(want) > 0 && !slices.Equal(got, want[:1]) {
					t.Fatalf("%s at %d holds %v first; expected %v", y, at, got, want[0])
				}
			}
		}
	})
}

func TestAnyOrderGivesTheSameAnswers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawAll(t)
		first := answers(applied(t, all))
		if second := answers(applied(t, rapid.Permutation(all).Draw(t, "order"))); first != second {
			t.Fatalf("in another order:\n%s\nwas:\n%s", second, first)
		}
	})
}

func TestTwiceIsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawAll(t)
		again := slices.Clone(all)
		for i, s := range all { // the same content under another ID is the same thing, too, but for payments
			switch id := uint64(1000 + i); {
			case s.tenancy != nil:
				c := *s.tenancy
				c.ID = id
				again = append(again, said{tenancy: &c})
			case s.lifecycle != nil:
				c := *s.lifecycle
				c.ID = id
				again = append(again, said{lifecycle: &c})
			case s.profile != nil:
				c := *s.profile
				c.ID = id
				again = append(again, said{profile: &c})
			default:
				c := *s.payment
				c.ID = 0
				again = append(again, said{payment: &c})
			}
		}
		again = append(again, all...)
		if once, twice := answers(applied(t, all)), answers(applied(t, rapid.Permutation(again).Draw(t, "order"))); once != twice {
			t.Fatalf("twice:\n%s\nonce:\n%s", twice, once)
		}
	})
}

// TestOneIDIsOneEvent: of events with one ID the one dated later counts, in any order.
func TestOneIDIsOneEvent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawAll(t)
		var clean, dirty []said
		for i, s := range all {
			switch dirty = append(dirty, s); {
			case s.lifecycle != nil:
				c := *s.lifecycle
				c.At, c.Principal = c.At+latest, fmt.Sprint("only", i)
				clean, dirty = append(clean, said{lifecycle: &c}), append(dirty, said{lifecycle: &c})
			case s.payment != nil && s.payment.ID != 0:
				c := *s.payment
				c.At += latest
				clean, dirty = append(clean, said{payment: &c}), append(dirty, said{payment: &c})
			default:
				clean = append(clean, s)
			}
		}
		// A lifecycle record whose content another record has, too, has two IDs: left out here.
		if slices.ContainsFunc(all, func(s said) bool { return twin(s, all) }) {
			t.Skip("twins")
		}
		want, got := applied(t, clean), applied(t, rapid.Permutation(dirty).Draw(t, "order"))
		if want, got := answers(want), answers(got); want != got {
			t.Fatalf("got:\n%s\nwant:\n%s", got, want)
		}
	})
}

func twin(s said, all []said) bool {
	n := 0
	for _, o := range all {
		if s.lifecycle == nil || o.lifecycle == nil {
			continue
		}
		a, b := *s.lifecycle, *o.lifecycle
		a.ID, b.ID = 0, 0
		if a == b {
			n++
		}
	}
	return n > 1
}
