package evenkeel_test

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
)

const noon = evenkeel.Moment(1_559_131_200_000_000_000) // 2019-05-29T12:00:00Z

// One body of each kind, with every field set to something else.
var (
	aUsage = evenkeel.Usage{
		At: noon, ID: 1, Asset: "vm-1", Meter: evenkeel.MeterCPUTime, Part: evenkeel.PartIdle,
		Form: evenkeel.FormCumulative, Line: 2, Since: noon - 60e9, Value: 12.5, PerCPU: true,
	}
	aLifecycle = evenkeel.Lifecycle{
		At: noon + 1, ID: 3, Asset: "vm-1", Tenant: "raisup", Action: evenkeel.ActionCreate, Flavour: "c-8", VCPUs: 8,
		Image: "debian-12", StartScript: "9f86d081", Region: "ams3", Principal: "deploy-key",
	}
	aFlow = evenkeel.Flow{
		At: noon + 2, ID: 4, Asset: "vm-1", Direction: evenkeel.DirectionOut, Remote: "192.0.2.7", Port: 65535, Protocol: "tcp",
		Name: "pool.example", App: "stratum", Packets: 5, Bytes: 6,
	}
	aHostEvent = evenkeel.HostEvent{At: noon + 3, ID: 7, Asset: "vm-1", What: "known-miner", Name: "xmrig", SHA256: "e3b0c442"}
	aPayment   = evenkeel.Payment{At: noon + 4, ID: 8, Tenant: "raisup", Kind: evenkeel.PaymentChargeback, Amount: "12.50", Currency: "USD"}
	aProfile   = evenkeel.Profile{
		At: noon + 5, ID: 9, Tenant: "raisup", Name: "Raisup", Since: noon - 1e9, Standing: evenkeel.StandingOnCredit,
		PaidTotal: "0", Currency: "USD", RunRateMonth: "5000.00",
		Contacts: []evenkeel.Contact{{Role: "owner", Email: "owner@raisup.example", Lang: "fr"}},
	}
	aTenancy = evenkeel.Tenancy{
		At: noon + 6, ID: 10, Asset: "vm-1", Tenant: "raisup", Kind: evenkeel.AssetVM, From: noon - 2e9, Until: noon + 2e9,
	}
	aBurst = evenkeel.Burst{
		At: noon + 7, ID: 11, Tenant: "raisup", Selector: "image:debian-12", Count: 10, From: noon, Until: noon + 3e9,
		What: "batch job", Says: "Ten machines on Thursday.",
	}
	aReport = evenkeel.Report{
		At: noon + 8, ID: 12, Asset: "192.0.2.7", Kind: "attack", Class: "connection/ddos", Reporter: "watchers.example", Count: 3, Share: 0.5,
	}
	aRequest = evenkeel.Request{
		At: noon + 9, ID: 13, Asset: "shop", Path: "GET /search", Client: "t13d1516h2_8daaf6152771", Network: "192.0.2.0/24", Country: "SG",
		Did: "asked", Status: 4, Took: 250 * time.Millisecond, Bytes: 4096, Of: 20,
	}
)

// oneOfEach returns a batch with a record of each kind.
func oneOfEach(t testing.TB) *evenkeel.Batch {
	t.Helper()
	b := oneOfTheFirst(t)
	b.AddReport(aReport)
	b.AddRequest(aRequest)
	return b
}

// oneOfTheFirst has the kinds that the stored form was fixed with.
func oneOfTheFirst(t testing.TB) *evenkeel.Batch {
	t.Helper()
	b := evenkeel.NewBatch("collector-a", noon+8)
	b.AddUsage(aUsage)
	b.AddLifecycle(aLifecycle)
	b.AddFlow(aFlow)
	b.AddHostEvent(aHostEvent)
	b.AddPayment(aPayment)
	if err := b.AddProfile(aProfile); err != nil {
		t.Fatal(err)
	}
	b.AddTenancy(aTenancy)
	b.AddBurst(aBurst)
	return b
}

// bodyOf returns the body of a record by its kind.
func bodyOf(b *evenkeel.Batch, r *evenkeel.Record) (any, error) {
	switch r.Kind {
	case evenkeel.KindUsage:
		return b.Usage(r), nil
	case evenkeel.KindLifecycle:
		return b.Lifecycle(r), nil
	case evenkeel.KindFlow:
		return b.Flow(r), nil
	case evenkeel.KindHostEvent:
		return b.HostEvent(r), nil
	case evenkeel.KindPayment:
		return b.Payment(r), nil
	case evenkeel.KindProfile:
		return b.Profile(r)
	case evenkeel.KindTenancy:
		return b.Tenancy(r), nil
	case evenkeel.KindBurst:
		return b.Burst(r), nil
	case evenkeel.KindReport:
		return b.Report(r), nil
	case evenkeel.KindRequest:
		return b.Request(r), nil
	}
	return nil, nil
}

func TestBodiesComeOutAsTheyWentIn(t *testing.T) {
	want := []any{aUsage, aLifecycle, aFlow, aHostEvent, aPayment, aProfile, aTenancy, aBurst, aReport, aRequest}
	b := oneOfEach(t)
	for i := range b.Records {
		got, err := bodyOf(b, &b.Records[i])
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want[i]) {
			t.Errorf("%v:\n got %+v\nwant %+v", b.Records[i].Kind, got, want[i])
		}
	}
}

// TestEveryFieldIsCarried guards the test above: a field added to a body must be set there.
func TestEveryFieldIsCarried(t *testing.T) {
	for _, body := range []any{aUsage, aLifecycle, aFlow, aHostEvent, aPayment, aReseller(), aTenancy, aBurst, aReport} {
		v := reflect.ValueOf(body)
		for i := range v.NumField() {
			if v.Field(i).IsZero() {
				t.Errorf("%s.%s is not set in the sample", v.Type().Name(), v.Type().Field(i).Name)
			}
		}
	}
}

// aReseller is aProfile with what was added to profiles after the stored form was fixed: batches that
// exist have a body without it, and are read as before (encode_test.go).
func aReseller() evenkeel.Profile {
	p := aProfile
	p.Reseller = "yes"
	return p
}

func TestAProfileCarriesWhatWasAddedLater(t *testing.T) {
	b := evenkeel.NewBatch("books", 0)
	if err := b.AddProfile(aReseller()); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Profile(&b.Records[0]); err != nil || !reflect.DeepEqual(got, aReseller()) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestProfileKeepsWhatNobodyToldUnknown(t *testing.T) {
	b := evenkeel.NewBatch("books", 0)
	if err := b.AddProfile(evenkeel.Profile{At: noon, Tenant: "t-1"}); err != nil {
		t.Fatal(err)
	}
	if got := b.Text(b.Records[0].Names[0]); got != "{}" {
		t.Errorf("an empty profile is stored as %s; expected {}", got)
	}
	p, err := b.Profile(&b.Records[0])
	if err != nil || p.Standing != evenkeel.StandingUnknown || p.PaidTotal != "" || p.Since != 0 {
		t.Errorf("got %+v, %v", p, err)
	}
}

func TestDamagedProfileIsAnError(t *testing.T) {
	b := evenkeel.NewBatch("books", 0)
	b.AddPayment(evenkeel.Payment{Tenant: "t-1", Amount: "not a profile"})
	if _, err := b.Profile(&b.Records[0]); evenkeel.KindOf(err) != evenkeel.KindInternal || err == nil {
		t.Errorf("got %v; expected an internal error", err)
	}
}

func TestRecordsAreRoutedByWhereTheyAreSeen(t *testing.T) {
	b := oneOfEach(t)
	want := []string{"vm-1", "raisup", "vm-1", "vm-1", "raisup", "raisup", "raisup", "raisup", "192.0.2.7", "shop"}
	for i := range b.Records {
		if got := b.Route(&b.Records[i]); got != want[i] {
			t.Errorf("%v goes to %q; expected %q", b.Records[i].Kind, got, want[i])
		}
	}
}

func TestStringsAreKeptOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := evenkeel.NewBatch("s", 0)
		words := rapid.SliceOf(rapid.StringN(0, 3, -1)).Draw(t, "words")
		syms := map[string]evenkeel.Sym{}
		for _, w := range words {
			y := b.Intern(w)
			if was, ok := syms[w]; ok && was != y {
				t.Fatalf("%q is %d and %d", w, was, y)
			}
			syms[w] = y
			if b.Text(y) != w {
				t.Fatalf("%q comes back as %q", w, b.Text(y))
			}
		}
		syms[""] = 0
		if len(b.Strings) != len(syms) || b.Strings[0] != "" {
			t.Fatalf("%d different strings, table %q", len(syms), b.Strings)
		}
	})
}

func TestEmptyBatchCanBeFilledWithoutNewBatch(t *testing.T) {
	var b evenkeel.Batch
	b.AddUsage(aUsage)
	if got := b.Usage(&b.Records[0]); got != aUsage {
		t.Errorf("got %+v", got)
	}
}

func TestResetForgetsAllButTheMemory(t *testing.T) {
	b := oneOfEach(t)
	b.Reset("other", 5)
	if b.Source != "other" || b.Arrived != 5 || len(b.Records) != 0 || len(b.Strings) != 1 {
		t.Fatalf("after Reset: %+v", b)
	}
	if y := b.Intern("vm-2"); y != 1 || b.Text(y) != "vm-2" {
		t.Errorf("the first string after Reset is %d %q", y, b.Text(y))
	}
	if y := b.Intern("vm-1"); b.Text(y) != "vm-1" {
		t.Errorf("a string from before Reset comes back as %q", b.Text(y))
	}
}

func TestDecodedBatchCanGrow(t *testing.T) {
	b, err := evenkeel.DecodeBatch(evenkeel.AppendBatch(nil, oneOfEach(t)))
	if err != nil {
		t.Fatal(err)
	}
	n := len(b.Strings)
	b.AddUsage(aUsage)
	if len(b.Strings) != n {
		t.Errorf("a string that the batch has was added again: %q", b.Strings[n:])
	}
	if got := b.Usage(&b.Records[len(b.Records)-1]); got != aUsage {
		t.Errorf("got %+v", got)
	}
}

func TestSpanIsTheIntervalOfACounter(t *testing.T) {
	for _, c := range []struct {
		name      string
		since, at evenkeel.Moment
		want      string
	}{
		{"a minute", noon - 60e9, noon, "1m0s"},
		{"no start known", 0, noon, "0s"},
		{"a start after the end", noon + 1, noon, "0s"},
		{"an empty interval", noon, noon, "0s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := evenkeel.Record{Since: c.since, At: c.at}
			if got := r.Span().String(); got != c.want {
				t.Errorf("got %s; expected %s", got, c.want)
			}
		})
	}
}

func TestFillingAUsedBatchDoesNotAllocate(t *testing.T) {
	b := evenkeel.NewBatch("s", 0)
	fill := func() {
		b.Reset("s", noon)
		for range 64 {
			b.AddUsage(aUsage)
			b.AddFlow(aFlow)
		}
	}
	fill()
	if n := testing.AllocsPerRun(100, fill); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAddUsage(b *testing.B) {
	batch := evenkeel.NewBatch("s", 0)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%4096 == 0 {
			batch.Reset("s", noon)
		}
		batch.AddUsage(aUsage)
	}
}
