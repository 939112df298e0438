package inventory

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// day is the start of the nth day of a made-up calendar.
func day(n int) evenkeel.Moment {
	return evenkeel.MomentOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n))
}

// book builds a batch; every record gets an ID of its own.
type book struct {
	*evenkeel.Batch
	id uint64
}

func newBook() *book { return &book{Batch: evenkeel.NewBatch("test", 0)} }

func (b *book) next() uint64 { b.id++; return b.id }

func (b *book) holds(asset, tenant string, from, until evenkeel.Moment) *book {
	return b.told(from, asset, tenant, from, until)
}

func (b *book) told(at evenkeel.Moment, asset, tenant string, from, until evenkeel.Moment) *book {
	b.AddTenancy(evenkeel.Tenancy{
		At: at, ID: b.next(), Asset: evenkeel.AssetID(asset), Tenant: evenkeel.TenantID(tenant),
		Kind: evenkeel.AssetVM, From: from, Until: until,
	})
	return b
}

func (b *book) life(at evenkeel.Moment, action evenkeel.Action, asset, tenant string, vcpus int64) *book {
	l := evenkeel.Lifecycle{
		At: at, ID: b.next(), Asset: evenkeel.AssetID(asset), Tenant: evenkeel.TenantID(tenant), Action: action, VCPUs: vcpus,
	}
	if action != evenkeel.ActionDelete {
		l.Flavour, l.Image, l.Region, l.Principal = fmt.Sprintf("c%d", vcpus), "debian", "fra", "robot"
	}
	b.AddLifecycle(l)
	return b
}

func (b *book) create(at evenkeel.Moment, asset, tenant string, vcpus int64) *book {
	return b.life(at, evenkeel.ActionCreate, asset, tenant, vcpus)
}

func (b *book) del(at evenkeel.Moment, asset, tenant string) *book {
	return b.life(at, evenkeel.ActionDelete, asset, tenant, 0)
}

func (b *book) profile(p evenkeel.Profile) *book {
	if p.ID = b.next(); p.Tenant == "" {
		p.Tenant = "t"
	}
	if err := b.AddProfile(p); err != nil {
		panic(err)
	}
	return b
}

func (b *book) pays(at evenkeel.Moment, kind evenkeel.PaymentKind, amount, currency string) *book {
	b.AddPayment(evenkeel.Payment{At: at, ID: b.next(), Tenant: "t", Kind: kind, Amount: amount, Currency: currency})
	return b
}

func snapshotOf(t testing.TB, b *book) *Snapshot {
	t.Helper()
	r := New(Options{})
	if _, err := r.Apply(b.Batch); err != nil {
		t.Fatal(err)
	}
	return r.Snapshot()
}

func TestWhoHeldTheAsset(t *testing.T) {
	type held map[int]string // day → tenant, "" nobody
	for _, c := range []struct {
		name string
		book *book
		want held
	}{
		{"a recycled address belongs to whoever held it at the record's time, and to nobody in the gap",
			newBook().holds("x", "ann", day(1), day(5)).holds("x", "bob", day(8), 0),
			held{0: "", 1: "ann", 4: "ann", 5: "", 7: "", 8: "bob", 900: "bob"}},
		{"an overlap closes the earlier tenancy, and it does not come back",
			newBook().holds("x", "ann", day(1), 0).holds("x", "bob", day(5), day(8)),
			held{4: "ann", 5: "bob", 7: "bob", 8: ""}},
		{"of two with the same From the later said wins, so a tenancy can be closed by saying it again",
			newBook().told(day(1), "x", "ann", day(1), 0).told(day(9), "x", "ann", day(1), day(5)),
			held{4: "ann", 5: ""}},
		{"of two with the same From and the same time the larger tenant id wins",
			newBook().told(day(1), "x", "bob", day(1), 0).told(day(1), "x", "ann", day(1), 0),
			held{1: "bob"}},
		{"a tenancy without From begins when it was said",
			newBook().told(day(3), "x", "ann", 0, 0),
			held{2: "", 3: "ann"}},
		{"a create without a tenancy event opens a tenancy and a delete closes it",
			newBook().create(day(2), "x", "ann", 1).del(day(4), "x", "ann").create(day(6), "x", "bob", 1),
			held{1: "", 2: "ann", 3: "ann", 4: "", 6: "bob"}},
		{"somebody else's delete closes nothing",
			newBook().create(day(2), "x", "ann", 1).del(day(4), "x", "bob"),
			held{5: "ann"}},
		{"a delete closes a tenancy that the books still call open",
			newBook().holds("x", "ann", day(1), 0).del(day(4), "x", "ann"),
			held{3: "ann", 4: ""}},
		{"a create by the next tenant ends a tenancy that the books never closed",
			newBook().holds("x", "ann", day(1), 0).create(day(4), "x", "bob", 1),
			held{3: "ann", 4: "bob"}},
		{"a machine deleted and made again by the next tenant in one instant",
			newBook().create(day(1), "x", "ann", 1).del(day(4), "x", "ann").create(day(4), "x", "bob", 1),
			held{3: "ann", 4: "bob", 5: "bob"}},
		{"a machine rebuilt by the same tenant in one instant goes on",
			newBook().create(day(1), "x", "ann", 1).del(day(4), "x", "ann").create(day(4), "x", "ann", 1),
			held{3: "ann", 4: "ann"}},
		{"a machine that lived for less than the clock's unit was nobody's after",
			newBook().create(day(4), "x", "ann", 1).del(day(4), "x", "ann"),
			held{4: "", 5: ""}},
		{"a book that says an end in advance is believed",
			newBook().told(day(1), "x", "ann", day(1), day(3)),
			held{2: "ann", 3: ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := snapshotOf(t, c.book)
			for d, want := range c.want {
				got := ""
				if h, ok := s.TenancyAt("x", day(d)); ok {
					got = string(h.Tenant)
				}
				if got != want {
					t.Errorf("day %d: held by %q, want %q", d, got, want)
				}
			}
		})
	}
	if h, ok := snapshotOf(t, newBook()).TenancyAt("nowhere", day(1)); ok || h != nil {
		t.Error("an asset that nobody told of is held")
	}
}

func TestAHoldingSaysWhatWasToldUpToTheMoment(t *testing.T) {
	s := snapshotOf(t, newBook().holds("x", "ann", day(1), 0).create(day(2), "x", "ann", 4).
		life(day(5), evenkeel.ActionResize, "x", "ann", 16).create(day(9), "x", "ann", 0).
		life(day(6), evenkeel.ActionResize, "x", "bob", 99))
	at := func(d int) evenkeel.Holding {
		h, ok := s.TenancyAt("x", day(d))
		if !ok {
			t.Fatalf("day %d: nobody's", d)
		}
		return *h
	}
	base := evenkeel.Holding{
		Asset: "x", Tenant: "ann", Kind: evenkeel.AssetVM, From: day(1),
		Created: evenkeel.UnknownFact[evenkeel.Moment](noCreate), VCPUs: evenkeel.UnknownFact[int64](noSize),
	}
	if got := at(1); got != base {
		t.Errorf("before the create: %+v", got)
	}
	made := base
	made.Created, made.VCPUs = evenkeel.KnownFact(day(2), day(2)), evenkeel.KnownFact(int64(4), day(2))
	made.Flavour, made.Image, made.Region, made.Principal = "c4", "debian", "fra", "robot"
	if got := at(4); got != made {
		t.Errorf("after the create: %+v", got)
	}
	made.Flavour, made.VCPUs = "c16", evenkeel.KnownFact(int64(16), day(5))
	if got := at(8); got != made {
		t.Errorf("after the resize (a stranger's does not count): %+v", got)
	}
	if got := at(9); got.Created.Value != day(9) || got.VCPUs.Known() {
		t.Errorf("after it was made again without a size, the old size is not the new one: %+v", got)
	}
}

func TestATenancyEventConfirmsWhatACreateOpened(t *testing.T) {
	b := newBook().create(day(2), "x", "ann", 4).holds("x", "ann", day(3), day(9))
	h, ok := snapshotOf(t, b).TenancyAt("x", day(8))
	if !ok || h.From != day(2) || h.Until != day(9) || h.Kind != evenkeel.AssetVM || h.Created.Value != day(2) {
		t.Errorf("holding = %+v", h)
	}
}

func TestTheSameStateIsTheSamePointer(t *testing.T) {
	r := New(Options{})
	apply(t, r, newBook().create(day(2), "x", "ann", 4))
	first, _ := r.Snapshot().TenancyAt("x", day(3))
	apply(t, r, newBook().create(day(2), "y", "ann", 4).life(day(7), evenkeel.ActionResize, "x", "ann", 8))
	later, _ := r.Snapshot().TenancyAt("x", day(5))
	if first != later {
		t.Errorf("what was known on day 3 moved: %+v, %+v", first, later)
	}
}

func TestASnapshotDoesNotChange(t *testing.T) {
	r := New(Options{})
	b := newBook().create(day(2), "x", "ann", 4).profile(evenkeel.Profile{At: day(1), Standing: evenkeel.StandingTrial})
	apply(t, r, b)
	s := r.Snapshot()
	next := newBook().del(day(3), "x", "ann").create(day(4), "y", "ann", 1).create(day(1), "a", "ann", 1).
		profile(evenkeel.Profile{At: day(2), Standing: evenkeel.StandingPrepaid})
	next.id = 100
	apply(t, r, next)
	if _, ok := s.TenancyAt("x", day(5)); !ok {
		t.Error("the old snapshot knows of a later delete")
	}
	if got := s.CreatedBy("ann", "", day(0), day(9), 9); len(got) != 1 {
		t.Errorf("the old snapshot has creates %v", got)
	}
	if got := s.AccountAt("t", day(5)).Standing.Value; got != evenkeel.StandingTrial {
		t.Errorf("the old snapshot has standing %s", got)
	}
	if n, m := s.Assets(), r.Snapshot().Assets(); n != 1 || m != 3 {
		t.Errorf("assets = %d, then %d", n, m)
	}
}

func apply(t testing.TB, r *Registry, b *book) Applied {
	t.Helper()
	done, err := r.Apply(b.Batch)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func TestCreatedByIsByTimeThenID(t *testing.T) {
	b := newBook().create(day(3), "c", "ann", 1).create(day(2), "b", "ann", 1).create(day(2), "a", "ann", 1).
		create(day(4), "a", "ann", 1).create(day(3), "z", "bob", 1)
	b.AddLifecycle(evenkeel.Lifecycle{At: day(2), ID: 99, Asset: "d", Tenant: "ann", Action: evenkeel.ActionCreate, Principal: "eve"})
	s := snapshotOf(t, b)
	for _, c := range []struct {
		name, principal string
		from, until     int
		max             int
		want            string
	}{
		{"all of the tenant's, each once", "", 0, 9, 9, "[a b d c]"},
		{"one principal's", "eve", 0, 9, 9, "[d]"},
		{"from is in, until is not", "robot", 3, 4, 9, "[c]"},
		{"made again counts in its own time", "", 4, 5, 9, "[a]"},
		{"no more than asked for", "", 0, 9, 2, "[a b]"},
		{"none asked for", "", 0, 9, 0, "[]"},
	} {
		if got := fmt.Sprint(s.CreatedBy("ann", c.principal, day(c.from), day(c.until), c.max)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestBeyondTheBoundsNobodyIsNamed(t *testing.T) {
	b := newBook().holds("x", "ann", day(1), 0).create(day(2), "x", "bob", 1)
	for i := range MaxLives {
		b.create(day(3+i), "x", "eve", 1)
	}
	r := New(Options{})
	if done := apply(t, r, b); done.Dropped != 1 {
		t.Errorf("dropped = %d, want 1", done.Dropped)
	}
	if h, ok := r.Snapshot().TenancyAt("x", day(2)); ok {
		t.Errorf("bob's create fell out, and %s is named in his place", h.Tenant)
	}
	if h, ok := r.Snapshot().TenancyAt("x", day(60)); !ok || h.Tenant != "eve" {
		t.Errorf("today's holder is lost: %v", h)
	}
}

func TestBeyondTheBoundTheSizeIsUnknown(t *testing.T) {
	b := newBook().create(day(1), "x", "ann", 1)
	for i := range MaxResizes + 1 {
		b.life(day(2+i), evenkeel.ActionResize, "x", "ann", int64(2+i))
	}
	s := snapshotOf(t, b)
	if h, _ := s.TenancyAt("x", day(2)); h.VCPUs.Known() || h.Tenant != "ann" {
		t.Errorf("the resize of day 2 fell out, and the size is %+v", h.VCPUs)
	}
	if h, _ := s.TenancyAt("x", day(900)); h.VCPUs.Value != MaxResizes+2 {
		t.Errorf("the last size is %+v", h.VCPUs)
	}
}

func TestBadRecordsAreRefusedAndTheOthersTaken(t *testing.T) {
	for _, c := range []struct {
		name string
		bad  func(b *book)
	}{
		{"no time", func(b *book) { b.told(0, "x", "t", day(1), 0) }},
		{"time cut at the end of the range", func(b *book) { b.create(math.MaxInt64, "x", "t", 1) }},
		{"until before from", func(b *book) { b.holds("x", "t", day(2), day(1)) }},
		{"no tenant", func(b *book) { b.holds("x", "", day(2), 0) }},
		{"no asset", func(b *book) { b.create(day(2), "", "t", 1) }},
		{"control character in an id", func(b *book) { b.create(day(2), "x\n", "t", 1) }},
		{"less than no vCPUs", func(b *book) { b.create(day(2), "x", "t", -1) }},
		{"unknown action", func(b *book) { b.life(day(2), 99, "x", "t", 1) }},
		{"money with a comma", func(b *book) { b.pays(day(2), evenkeel.PaymentPaid, "1,50", "EUR") }},
		{"negative payment", func(b *book) { b.pays(day(2), evenkeel.PaymentPaid, "-1", "EUR") }},
		{"unknown kind of payment", func(b *book) { b.pays(day(2), 9, "1", "EUR") }},
		{"currency by name", func(b *book) { b.pays(day(2), evenkeel.PaymentPaid, "1", "euro") }},
		{"total that is no number", func(b *book) { b.profile(evenkeel.Profile{At: day(2), PaidTotal: "lots"}) }},
		{"negative run rate", func(b *book) { b.profile(evenkeel.Profile{At: day(2), RunRateMonth: "-1"}) }},
	} {
		b := newBook()
		c.bad(b)
		b.create(day(1), "good", "t", 1)
		r := New(Options{})
		done, err := r.Apply(b.Batch)
		if err == nil || evenkeel.KindOf(err) != evenkeel.KindInvalid || done.Refused != 1 || done.Used != 1 {
			t.Errorf("%s: %+v, error %v", c.name, done, err)
		}
		if _, ok := r.Snapshot().TenancyAt("good", day(2)); !ok {
			t.Errorf("%s: the good record was not taken", c.name)
		}
	}
}

func TestOtherKindsAreIgnored(t *testing.T) {
	b := newBook().life(day(1), evenkeel.ActionStart, "x", "t", 1)
	b.AddUsage(evenkeel.Usage{At: day(1), Asset: "x"})
	b.AddBurst(evenkeel.Burst{At: day(1), Tenant: "t"})
	r := New(Options{})
	if done := apply(t, r, b); done != (Applied{Ignored: 3}) || r.Snapshot().Assets()+r.Snapshot().Tenants() != 0 {
		t.Errorf("applied = %+v", done)
	}
}
