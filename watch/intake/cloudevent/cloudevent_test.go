package cloudevent

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/watch/intake"
)

const testNow evenkeel.Moment = 1_790_000_000 * 1e9 // 2026-09-21T14:13:20Z

var testKey = siphash.Key{7}

// envelope is an event around data. Empty attributes are left out.
func envelope(kind, time, data string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":"e-1","source":"books","type":%q,"time":%q,"data":%s}`, kind, time, data)
}

const testTime = "2026-09-21T14:00:00Z"

func decode(body string, now evenkeel.Moment) (*evenkeel.Batch, intake.Tally, error) {
	b, t := evenkeel.NewBatch("inventory", 0), intake.Tally{}
	bytes := []byte(body)
	err := (&Decoder{Key: testKey}).Event(b, bytes, now, &t)
	clear(bytes) // nothing may alias it
	return b, t, err
}

// body returns what a record says, as its own type.
func body(b *evenkeel.Batch, r *evenkeel.Record) any {
	switch r.Kind {
	case evenkeel.KindProfile:
		p, err := b.Profile(r)
		if err != nil {
			return err
		}
		return p
	case evenkeel.KindTenancy:
		return b.Tenancy(r)
	case evenkeel.KindLifecycle:
		return b.Lifecycle(r)
	case evenkeel.KindPayment:
		return b.Payment(r)
	case evenkeel.KindBurst:
		return b.Burst(r)
	case evenkeel.KindFlow:
		return b.Flow(r)
	case evenkeel.KindHostEvent:
		return b.HostEvent(r)
	case evenkeel.KindReport:
		return b.Report(r)
	case evenkeel.KindRequest:
		return b.Request(r)
	case evenkeel.KindUsage:
		return b.Usage(r)
	}
	return nil
}

func moment(t interface{ Fatal(...any) }, s string) evenkeel.Moment {
	m, err := evenkeel.ParseMoment(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var longName = strings.Repeat("x", 1024)

// accepted are examples of each type; the test of the schemas reads them too.
var accepted = []struct {
	name, kind, data string
	want             func(at evenkeel.Moment, id uint64) any
}{
	{
		"a tenant of whom everything is told", "evenkeel.tenant.v1",
		`{"tenant":"t-1","name":"Raisup","since":"2018-03-01","standing":"on_credit","paid_total":"0.00","currency":"USD","run_rate_month":"1200.50",
		  "contacts":[{"role":"owner","email":"ada@raisup.example","lang":"en"},{"role":"technical","email":"on-call@raisup.example"}]}`,
		func(at evenkeel.Moment, id uint64) any {
			return evenkeel.Profile{
				At: at, ID: id, Tenant: "t-1", Name: "Raisup", Since: 1519862400e9, Standing: evenkeel.StandingOnCredit,
				PaidTotal: "0.00", Currency: "USD", RunRateMonth: "1200.50",
				Contacts: []evenkeel.Contact{{Role: "owner", Email: "ada@raisup.example", Lang: "en"}, {Role: "technical", Email: "on-call@raisup.example"}},
			}
		},
	},
	{
		"a machine of the tenant's that is told", "evenkeel.tenant.v1", `{"tenant":"t-1","contacts":[{"role":"hook","endpoint":"https://hooks.raisup.example/e?k=1","lang":"zh"}]}`,
		func(at evenkeel.Moment, id uint64) any {
			return evenkeel.Profile{At: at, ID: id, Tenant: "t-1", Contacts: []evenkeel.Contact{{Role: "hook", Endpoint: "https://hooks.raisup.example/e?k=1", Lang: "zh"}}}
		},
	},
	{
		"what somebody reported", "evenkeel.report.v1",
		`{"asset":"192.0.2.9","kind":"attack","class":"connection/ddos","reporter":"watchers.example","incidents":3}`,
		func(at evenkeel.Moment, id uint64) any {
			return evenkeel.Report{At: at, ID: id, Asset: "192.0.2.9", Kind: "attack", Class: "connection/ddos", Reporter: "watchers.example", Count: 3}
		},
	},
	{
		"a tenant of whom nothing is told", "evenkeel.tenant.v1", `{"tenant":"t-1","standing":null,"paid_total":null}`,
		func(at evenkeel.Moment, id uint64) any { return evenkeel.Profile{At: at, ID: id, Tenant: "t-1"} },
	},
	{
		"a tenancy that begins with its event", "evenkeel.asset.v1", `{"asset":"vm-1","kind":"vm","tenant":"t-1"}`,
		func(at evenkeel.Moment, id uint64) any {
			return evenkeel.Tenancy{At: at, ID: id, Asset: "vm-1", Tenant: "t-1", Kind: evenkeel.AssetVM, From: at}
		},
	},
	{
		"a tenancy with both ends", "evenkeel.asset.v1",
		`{"until":"2026-09-30T12:00:00+02:00","asset":"192.0.2.7","kind":"address","tenant":"t-1","from":"2020-01-01"}`,
		func(at evenkeel.Moment, id uint64) any {
			return evenkeel.Tenancy{
				At: at, ID: id, Asset: "192.0.2.7", Tenant: "t-1", Kind: evenkeel.AssetAddress, From: 1577836800e9, Until: 1790762400e9,
			}
		},
	},
	{
		"a machine is created", "evenkeel.lifecycle.v1",
		`{"asset":"vm-1","tenant":"t-1","action":"create","flavour":"c-16","vcpus":16,"image":"ubuntu-24.04","start_script_sha256":"` +
			strings.Repeat("Ab", 32) + `","region":"fra1","principal":"key-7"}`,
		func(at evenkeel.Moment, id uint64) any {
			return evenkeel.Lifecycle{
				At: at, ID: id, Asset: "vm-1", Tenant: "t-1", Action: evenkeel.ActionCreate, Flavour: "c-16", VCPUs: 16,
				Image: "ubuntu-24.04", StartScript: strings.Repeat("ab", 32), Region: "fra1", Principal: "key-7",
			}
		},
	},
	{
		"a payment is taken back", "evenkeel.payment.v1", `{"tenant":"t-1","kind":"chargeback","amount":"12.50","currency":"EUR"}`,
		func(at evenkeel.Moment, id uint64) any {
			return evenkeel.Payment{At: at, ID: id, Tenant: "t-1", Kind: evenkeel.PaymentChargeback, Amount: "12.50", Currency: "EUR"}
		},
	},
	{
		"a payment of all digits that there may be", "evenkeel.payment.v1",
		`{"tenant":"t-1","kind":"payment","amount":"999999999999.999999","currency":"EUR"}`,
		func(at evenkeel.Moment, id uint64) any {
			return evenkeel.Payment{At: at, ID: id, Tenant: "t-1", Kind: evenkeel.PaymentPaid, Amount: "999999999999.999999", Currency: "EUR"}
		},
	},
	{
		"a machine of the longest names", "evenkeel.lifecycle.v1",
		`{"asset":"vm-1","tenant":"t-1","action":"create","flavour":"` + longName + `","image":"` + longName + `","region":"` + longName + `"}`,
		func(at evenkeel.Moment, id uint64) any {
			return evenkeel.Lifecycle{
				At: at, ID: id, Asset: "vm-1", Tenant: "t-1", Action: evenkeel.ActionCreate, Flavour: longName, Image: longName, Region: longName,
			}
		},
	},
	{
		"a burst is announced", "evenkeel.burst.v1",
		`{"tenant":"t-1","selector":"image=worker","count":10,"from":"2026-09-24","until":"2026-09-25","what":"batch","says":"10 machines,\n100 % CPU"}`,
		func(at evenkeel.Moment, id uint64) any {
			return evenkeel.Burst{
				At: at, ID: id, Tenant: "t-1", Selector: "image=worker", Count: 10, From: 1790208000e9, Until: 1790294400e9,
				What: "batch", Says: "10 machines,\n100 % CPU",
			}
		},
	},
	{
		"a flow to a pool", "evenkeel.flow.v1",
		`{"asset":"vm-1","direction":"out","remote":"::ffff:203.0.113.9","port":3333,"protocol":"TCP","name":"Pool.Example","app":"Stratum","packets":12,"bytes":9007199254740993}`,
		func(at evenkeel.Moment, id uint64) any {
			return evenkeel.Flow{
				At: at, ID: id, Asset: "vm-1", Direction: evenkeel.DirectionOut, Remote: "203.0.113.9", Port: 3333, Protocol: "tcp",
				Name: "pool.example", App: "stratum", Packets: 12, Bytes: 9007199254740993,
			}
		},
	},
	{
		"a request that was asked", "evenkeel.request.v1",
		`{"asset":"shop.example","did":"asked","path":"GET /search","client":"00c0ffee","network":"192.0.2.0/24","country":"DE","status":429,"took_us":0,"bytes":3000,"of":40}`,
		func(at evenkeel.Moment, id uint64) any {
			return evenkeel.Request{
				At: at, ID: id, Asset: "shop.example", Did: "asked", Path: "GET /search", Client: "00c0ffee", Network: "192.0.2.0/24", Country: "DE", Status: 4, Bytes: 3000, Of: 40,
			}
		},
	},
	{
		"a request of which little is told", "evenkeel.request.v1", `{"asset":"shop.example","did":"passed","took_us":1500}`,
		func(at evenkeel.Moment, id uint64) any {
			return evenkeel.Request{At: at, ID: id, Asset: "shop.example", Did: "passed", Took: 1500 * time.Microsecond, Of: 1}
		},
	},
	{
		"a known program ran", "evenkeel.hostevent.v1", `{"asset":"vm-1","what":"known-miner","name":"/usr/bin/x","sha256":"` + strings.Repeat("0", 64) + `"}`,
		func(at evenkeel.Moment, id uint64) any {
			return evenkeel.HostEvent{At: at, ID: id, Asset: "vm-1", What: "known-miner", Name: "/usr/bin/x", SHA256: strings.Repeat("0", 64)}
		},
	},
}

func TestEventsBecomeWhatTheySay(t *testing.T) {
	at, id := moment(t, testTime), intake.EventID(testKey, "books", "e-1")
	for _, c := range accepted {
		b, tally, err := decode(envelope(c.kind, testTime, c.data), testNow)
		if err != nil || len(b.Records) != 1 || tally.String() != "accepted 1" {
			t.Errorf("%s: %d records, %v, %v", c.name, len(b.Records), &tally, err)
			continue
		}
		if got := body(b, &b.Records[0]); !reflect.DeepEqual(got, c.want(at, id)) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", c.name, got, c.want(at, id))
		}
	}
}

func TestWhatIsWrongIsNamedWithWhatWasExpected(t *testing.T) {
	tenant := `{"tenant":"t-1"}`
	for _, c := range []struct{ name, body, want string }{
		{"no JSON", `hello`, `expected a CloudEvent`},
		{"an array where an event belongs", `[]`, `expected a CloudEvent`},
		{"half an event", `{"specversion":"1.0","id":"e`, `the text ends; expected the end of a string`},
		{"two events", envelope("evenkeel.tenant.v1", testTime, tenant) + `{}`, `expected the end of the text`},
		{"another version", strings.Replace(envelope("evenkeel.tenant.v1", testTime, tenant), "1.0", "0.3", 1), `specversion is "0.3"; expected "1.0"`},
		{"no id", strings.Replace(envelope("evenkeel.tenant.v1", testTime, tenant), `"id":"e-1",`, "", 1), `id is missing`},
		{"no source", strings.Replace(envelope("evenkeel.tenant.v1", testTime, tenant), `"source":"books",`, "", 1), `source is missing`},
		{"no type", envelope("", testTime, tenant), `type is missing`},
		{"no data", `{"specversion":"1.0","id":"1","source":"s","type":"evenkeel.tenant.v1","time":"2026-01-01T00:00:00Z"}`, `data is missing; expected an object`},
		{"no time", envelope("evenkeel.tenant.v1", "", tenant), `time is missing; we need to know when it was so`},
		{"a time that is none", envelope("evenkeel.tenant.v1", "yesterday", tenant), `expected RFC 3339`},
		{"a time in 1970", envelope("evenkeel.tenant.v1", "1970-06-01T00:00:00Z", tenant), `between 1971 and 2200`},
		{"a time in 2100", envelope("evenkeel.tenant.v1", "2100-01-01T00:00:00Z", tenant), `further ahead than the intake accepts; expected at most 10 minutes ahead, by the clock here`},
		{"an old flow", envelope("evenkeel.flow.v1", "2026-09-01T00:00:00Z", `{"asset":"a","direction":"in"}`), `further back than the intake accepts; expected at most 7 days back, by the clock here`},
		{"a type with a slip", envelope("evenkeel.tennant.v1", testTime, tenant), `type "evenkeel.tennant.v1" is not known; did you mean evenkeel.tenant.v1?`},
		{"a type of somebody else", envelope("com.example.thing", testTime, tenant), `expected one of evenkeel.tenant.v1, `},
		{
			"another content type", strings.Replace(envelope("evenkeel.tenant.v1", testTime, tenant), `"data"`, `"datacontenttype":"text/xml","data"`, 1),
			`datacontenttype is "text/xml"; expected application/json or none`,
		},
		{"binary data", strings.Replace(envelope("evenkeel.tenant.v1", testTime, `"eA=="`), `"data"`, `"data_base64"`, 1), `data_base64; expected data, an object`},
		{"an attribute twice", strings.Replace(envelope("evenkeel.tenant.v1", testTime, tenant), `"id"`, `"id":"x","id"`, 1), `id is given twice`},
		{"data that is null", envelope("evenkeel.tenant.v1", testTime, `null`), `expected an object`},
		{"a field twice", envelope("evenkeel.tenant.v1", testTime, `{"tenant":"a","tenant":"b"}`), `data.tenant is given twice`},
		{"no tenant", envelope("evenkeel.tenant.v1", testTime, `{}`), `data.tenant is missing; expected an id`},
		{"an empty tenant", envelope("evenkeel.tenant.v1", testTime, `{"tenant":""}`), `data.tenant is empty`},
		{"a tenant that is a number", envelope("evenkeel.tenant.v1", testTime, `{"tenant":7}`), `data.tenant, which is to be an id`},
		{"a standing that is no word", envelope("evenkeel.tenant.v1", testTime, `{"tenant":"t","standing":"good"}`), `data.standing is "good"; expected one of prepaid, invoiced`},
		{"money as a number", envelope("evenkeel.tenant.v1", testTime, `{"tenant":"t","paid_total":12.5}`), `a decimal as a string, such as "12.50"`},
		{"money with a sign", envelope("evenkeel.payment.v1", testTime, `{"tenant":"t","kind":"refund","amount":"-1","currency":"EUR"}`), `data.amount is "-1"; expected a decimal`},
		{"money with an exponent", envelope("evenkeel.payment.v1", testTime, `{"tenant":"t","kind":"refund","amount":"1e9","currency":"EUR"}`), `data.amount is "1e9"`},
		{"money without digits", envelope("evenkeel.payment.v1", testTime, `{"tenant":"t","kind":"refund","amount":".","currency":"EUR"}`), `data.amount is "."`},
		{"money of more digits than the inventory counts", envelope("evenkeel.tenant.v1", testTime, `{"tenant":"t","currency":"EUR","paid_total":"1000000000000"}`), `data.paid_total is "1000000000000"; expected a decimal as a string, such as "12.50", of at most 12 digits before the point and 6 after it`},
		{"money in parts of a millionth", envelope("evenkeel.payment.v1", testTime, `{"tenant":"t","kind":"refund","amount":"0.0000001","currency":"EUR"}`), `data.amount is "0.0000001"; expected a decimal`},
		{"money that ends in a point", envelope("evenkeel.payment.v1", testTime, `{"tenant":"t","kind":"refund","amount":"1.","currency":"EUR"}`), `data.amount is "1."; expected a decimal`},
		{"an image that is too long", envelope("evenkeel.lifecycle.v1", testTime, `{"asset":"a","tenant":"t","action":"create","image":"`+strings.Repeat("x", 1025)+`"}`), `expected one line of at most 1024 bytes`},
		{"a flavour that is too long in bytes", envelope("evenkeel.lifecycle.v1", testTime, `{"asset":"a","tenant":"t","action":"create","flavour":"`+strings.Repeat("é", 513)+`"}`), `expected one line of at most 1024 bytes`},
		{"a region that is too long", envelope("evenkeel.lifecycle.v1", testTime, `{"asset":"a","tenant":"t","action":"stop","region":"`+strings.Repeat("x", 1025)+`"}`), `expected one line of at most 1024 bytes`},
		{"something that happened on a host, and not what", envelope("evenkeel.hostevent.v1", testTime, `{"asset":"a","what":""}`), `data.what is ""; expected one line of 1 to 4096 bytes`},
		{"a currency that is none", envelope("evenkeel.payment.v1", testTime, `{"tenant":"t","kind":"refund","amount":"1","currency":"eur"}`), `data.currency is "eur"; expected a currency`},
		{"a payment in no currency", envelope("evenkeel.payment.v1", testTime, `{"tenant":"t","kind":"payment","amount":"90.00"}`), `data.currency is missing; expected a currency of ISO 4217, such as EUR`},
		{"a total in no currency", envelope("evenkeel.tenant.v1", testTime, `{"tenant":"t","paid_total":"0"}`), `data.currency is missing; expected a currency of ISO 4217, such as EUR, to go with data.paid_total`},
		{"a run rate whose currency is null", envelope("evenkeel.tenant.v1", testTime, `{"tenant":"t","currency":null,"run_rate_month":"90.00"}`), `data.currency is missing; expected a currency of ISO 4217, such as EUR, to go with data.run_rate_month`},
		{"a tenancy that ends before it begins", envelope("evenkeel.asset.v1", testTime, `{"asset":"a","kind":"vm","tenant":"t","until":"2026-01-01"}`), `data.until is 2026-01-01T00:00:00Z; expected a time after data.from`},
		{"a tenancy until the year 9999", envelope("evenkeel.asset.v1", testTime, `{"asset":"a","kind":"vm","tenant":"t","until":"9999-12-31"}`), `data.until is "9999-12-31"; expected a time`},
		{"no CPU", envelope("evenkeel.lifecycle.v1", testTime, `{"asset":"a","tenant":"t","action":"create","vcpus":0}`), `data.vcpus is 0; expected a whole number from 1`},
		{"half a CPU", envelope("evenkeel.lifecycle.v1", testTime, `{"asset":"a","tenant":"t","action":"create","vcpus":0.5}`), `expected a whole number`},
		{"a sum that is too short", envelope("evenkeel.hostevent.v1", testTime, `{"asset":"a","what":"exec","sha256":"abc"}`), `64 hexadecimal digits`},
		{"a visitor's address", envelope("evenkeel.request.v1", testTime, `{"asset":"a","did":"passed","network":"192.0.2.7/32"}`), `expected a network and no address`},
		{"a narrow network of IPv6", envelope("evenkeel.request.v1", testTime, `{"asset":"a","did":"passed","network":"2001:db8::/64"}`), `48 of an IPv6 address`},
		{"a network that hides an address", envelope("evenkeel.request.v1", testTime, `{"asset":"a","did":"passed","network":"192.0.2.7/24"}`), `expected a network and no address`},
		{"a country that is none", envelope("evenkeel.request.v1", testTime, `{"asset":"a","did":"passed","country":"de"}`), `two capital letters of ISO 3166`},
		{"a treatment that is none", envelope("evenkeel.request.v1", testTime, `{"asset":"a","did":"blocked"}`), `expected one of passed, asked, refused, turned`},
		{"an interval of a site without a beginning", envelope("evenkeel.site.v1", testTime, `{"asset":"a","visits":1}`), `data.since is missing`},
		{"an interval of a site that ends before it begins", envelope("evenkeel.site.v1", testTime, `{"asset":"a","since":"2199-01-01","visits":1}`), `expected a time before the event's, by 1h0m0s at most`},
		{"a day of a site", envelope("evenkeel.site.v1", testTime, `{"asset":"a","since":"2026-01-01","visits":1}`), `by 1h0m0s at most`},
		{"a site of which nothing is counted", envelope("evenkeel.site.v1", testTime, `{"asset":"a","since":"2026-09-21T13:59:59Z"}`), `expected one at least, such as visits`},
		{"a port that is none", envelope("evenkeel.flow.v1", testTime, `{"asset":"a","direction":"in","port":70000}`), `data.port is 70000; expected a whole number from 0 to 65535`},
		{"a remote end that is a name", envelope("evenkeel.flow.v1", testTime, `{"asset":"a","direction":"in","remote":"example.org"}`), `expected an IP address`},
		{"an address that would add a header", envelope("evenkeel.tenant.v1", testTime, `{"tenant":"t","contacts":[{"role":"owner","email":"a@b.example\r\nBcc: c@d.example"}]}`), `data.contacts, number 1: email is`},
		{"a role that is an address", envelope("evenkeel.tenant.v1", testTime, `{"tenant":"t","contacts":[{"role":"ops@b.example","email":"a@b.example"}]}`), `expected what the contact is to the tenant, such as owner, and no address`},
		{"an address list", envelope("evenkeel.tenant.v1", testTime, `{"tenant":"t","contacts":[{"role":"owner","email":"a@b.example,c@d.example"}]}`), `expected one plain address`},
		{"an endpoint without TLS", envelope("evenkeel.tenant.v1", testTime, `{"tenant":"t","contacts":[{"role":"hook","endpoint":"http://127.0.0.1/x"}]}`), `data.contacts, number 1: endpoint: an address that begins with "http"; expected https://`},
		{"an endpoint with a user", envelope("evenkeel.tenant.v1", testTime, `{"tenant":"t","contacts":[{"role":"hook","endpoint":"https://u:p@b.example/x"}]}`), `holds a user`},
		{"an endpoint that is an address too", envelope("evenkeel.tenant.v1", testTime, `{"tenant":"t","contacts":[{"role":"hook","email":"a@b.example","endpoint":"https://b.example/x"}]}`), `expected one of the two`},
		{"a contact that is neither", envelope("evenkeel.tenant.v1", testTime, `{"tenant":"t","contacts":[{"role":"hook"}]}`), `expected one plain address`},
		{"too many endpoints", envelope("evenkeel.tenant.v1", testTime, `{"tenant":"t","contacts":[`+strings.Repeat(`{"role":"a","endpoint":"https://b.example"},`, 4)+`{"role":"a","endpoint":"https://b.example"}]}`), `data.contacts has more than 4 endpoints`},
		{"the language of an endpoint", envelope("evenkeel.tenant.v1", testTime, `{"tenant":"t","contacts":[{"role":"a","endpoint":"https://b.example","lang":"e n"}]}`), `lang is`},
		{"a text of two lines", envelope("evenkeel.tenant.v1", testTime, `{"tenant":"t","name":"a\nb"}`), `data.name is "a\nb"; expected one line`},
		{"a text that is too long", envelope("evenkeel.tenant.v1", testTime, `{"tenant":"t","name":"`+strings.Repeat("x", 4097)+`"}`), `expected one line of at most 4096 bytes`},
		{"too many contacts", envelope("evenkeel.tenant.v1", testTime, `{"tenant":"t","contacts":[`+strings.Repeat(`{"role":"a","email":"a@b"},`, 32)+`{"role":"a","email":"a@b"}]}`), `data.contacts has more than 32`},
		{"data that nests too deep", envelope("evenkeel.tenant.v1", testTime, `{"tenant":"t","x":`+strings.Repeat("[", 20)+strings.Repeat("]", 20)+`}`), `nested deeper than 16`},
		{"a body that is too long", strings.Repeat(" ", 5<<20), `body has 5242880 bytes; expected at most 4194304`},
	} {
		b, tally, err := decode(c.body, testNow)
		switch {
		case err == nil || !strings.Contains(err.Error(), c.want):
			t.Errorf("%s: got %.300v, want %q in it", c.name, err, c.want)
		case evenkeel.KindOf(err) != evenkeel.KindInvalid || len(b.Records) != 0 || tally.Refused() != 1 || tally.Accepted != 0:
			t.Errorf("%s: kind %v, %d records, %v", c.name, evenkeel.KindOf(err), len(b.Records), &tally)
		}
	}
}

func TestAFieldThatIsNotKnownIsTakenAndTold(t *testing.T) {
	long := strings.Repeat("x", 200)
	for _, c := range []struct {
		name, kind, data string
		count            int
		want             string
	}{
		{"a slip of the finger", "evenkeel.asset.v1", `{"asset":"vm-1","kind":"vm","tenant":"t-1","form":"2026-09-01T00:00:00Z"}`, 1,
			`form (did you mean from?) in evenkeel.asset.v1 "e-1"`},
		{"a field of another time", "evenkeel.asset.v1", `{"asset":"vm-1","kind":"vm","tenant":"t-1","colour":{"x":[1]},"form":1}`, 2,
			`colour in evenkeel.asset.v1 "e-1"; form (did you mean from?) in evenkeel.asset.v1 "e-1"`},
		{"a field of a contact", "evenkeel.tenant.v1", `{"tenant":"t-1","contacts":[{"role":"owner","email":"a@b.example","langs":"de"}]}`, 1,
			`contacts.langs (did you mean contacts.lang?) in evenkeel.tenant.v1 "e-1"`},
		{"a name that would write to a terminal", "evenkeel.asset.v1", `{"asset":"vm-1","kind":"vm","tenant":"t-1","\u001b[2J":1}`, 1,
			`"\x1b[2J" in evenkeel.asset.v1 "e-1"`},
		{"a name without end", "evenkeel.asset.v1", `{"asset":"vm-1","kind":"vm","tenant":"t-1","` + long + `":1}`, 1,
			`"` + long[:60] + `" in evenkeel.asset.v1 "e-1"`},
	} {
		b, tally, err := decode(envelope(c.kind, testTime, c.data), testNow)
		n, _ := tally.Of(intake.UnknownField)
		example := strings.Join(tally.StrangeFields(), "; ")
		if err != nil || len(b.Records) != 1 || tally.Accepted != 1 || tally.Refused() != 0 || n != c.count || example != c.want {
			t.Errorf("%s: %v, %v, %d fields: %s; want %d: %s", c.name, &tally, err, n, example, c.count, c.want)
		}
		if want := fmt.Sprintf("%d ignored because the event's type has no such field: %s", c.count, c.want); tally.Says() != want {
			t.Errorf("%s: got %s\nwant %s", c.name, tally.Says(), want)
		}
	}
	// What is refused is told with its own fault only.
	if _, tally, err := decode(envelope("evenkeel.asset.v1", testTime, `{"form":1}`), testNow); err == nil || tally.String() != "accepted 0, bad_event 1" {
		t.Errorf("got %v, %v", &tally, err)
	}
}

func TestTheBooksMayDateFactsLongAgo(t *testing.T) {
	for _, c := range accepted {
		_, tally, err := decode(envelope(c.kind, "2015-01-01T00:00:00Z", c.data), testNow)
		if seen := c.want(0, 0); kindOf(c.kind).dated != (err == nil) {
			t.Errorf("%s (%T): %v, %v", c.name, seen, &tally, err)
		}
		if _, _, err := decode(envelope(c.kind, "2015-01-01T00:00:00Z", c.data), 0); err != nil {
			t.Errorf("%s, replayed: %v", c.name, err)
		}
	}
}

func TestABadEventInABatchLeavesTheOthers(t *testing.T) {
	good := func(n int) string {
		return strings.Replace(envelope("evenkeel.asset.v1", testTime, `{"asset":"vm-1","kind":"vm","tenant":"t-1"}`), "e-1", fmt.Sprint("\\u0065-", n), 1)
	}
	bad := envelope("evenkeel.asset.v1", testTime, `{"asset":"vm-1","kind":"vn","tenant":5}`)
	d, b, tally := Decoder{Key: testKey}, evenkeel.NewBatch("i", 0), intake.Tally{}
	err := d.Batch(b, []byte("["+strings.Join([]string{good(0), bad, good(2), `"x"`, good(4)}, " , ")+"]"), testNow, &tally)
	if err == nil || !strings.HasPrefix(err.Error(), `read batch of events: 2 of 5 refused; event 1: read event "e-1" (evenkeel.asset.v1): data.kind is "vn"; expected one of vm, pod`) {
		t.Errorf("got %v", err)
	}
	if len(b.Records) != 3 || tally.String() != "accepted 3, bad_event 2" {
		t.Errorf("%d records, %v", len(b.Records), &tally)
	}
	for i, n := range []int{0, 2, 4} {
		if i < len(b.Records) && b.Records[i].ID != intake.EventID(testKey, "books", fmt.Sprint("e-", n)) {
			t.Errorf("record %d is not event %d", i, n)
		}
	}
}

func TestABatchThatIsDamagedAddsNothing(t *testing.T) {
	good := envelope("evenkeel.asset.v1", testTime, `{"asset":"vm-1","kind":"vm","tenant":"t-1"}`)
	for name, body := range map[string]string{
		"no array": good, "an array without end": "[" + good + ",", "garbage behind a good event": "[" + good + ",}]", "nothing": "",
		"garbage behind the array": "[" + good + "]x", "too many": "[" + strings.Repeat(good+",", 4) + good + "]",
	} {
		d, b, tally := Decoder{Limits: intake.Limits{Points: 4}}, evenkeel.NewBatch("i", 0), intake.Tally{}
		if err := d.Batch(b, []byte(body), testNow, &tally); err == nil || len(b.Records) != 0 || tally.Accepted != 0 {
			t.Errorf("%s: %d records, %v, %v", name, len(b.Records), &tally, err)
		}
	}
	var d Decoder
	b, tally := evenkeel.NewBatch("i", 0), intake.Tally{}
	if err := d.Batch(b, []byte(" [ ] "), testNow, &tally); err != nil {
		t.Errorf("an empty batch: %v", err)
	}
}

func TestABinaryEventIsTheSameEvent(t *testing.T) {
	for _, c := range accepted {
		e := Envelope{SpecVersion: "1.0", ID: "e-1", Source: "books", Type: c.kind, Time: testTime, DataContentType: "application/json; charset=utf-8"}
		d, b, tally := Decoder{Key: testKey}, evenkeel.NewBatch("inventory", 0), intake.Tally{}
		err := d.Binary(b, e, []byte(c.data), testNow, &tally)
		want, _, _ := decode(envelope(c.kind, testTime, c.data), testNow)
		if err != nil || !reflect.DeepEqual(b.Records, want.Records) || !reflect.DeepEqual(b.Strings, want.Strings) {
			t.Errorf("%s: %v", c.name, err)
		}
		if d.Binary(b, e, []byte(c.data+"x"), testNow, &tally) == nil || d.Binary(b, Envelope{}, []byte(c.data), testNow, &tally) == nil {
			t.Errorf("%s: damage was accepted", c.name)
		}
	}
}

func TestAnyBodyComesBackAsItWasSent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.SampledFrom(slices.DeleteFunc(slices.Clone(kinds), func(k *kind) bool { return k.name == "evenkeel.site.v1" || k.name == "evenkeel.request.v1" })).Draw(t, "type")
		data, want := drawData(t, k)
		at := testNow + evenkeel.Moment(rapid.Int64Range(-3600e9, 500e9).Draw(t, "time"))
		id, source := drawText(t, "id"), drawText(t, "source")
		event, err := json.Marshal(map[string]any{
			"specversion": "1.0", "id": id, "source": source, "type": k.name, "time": at, "data": data, "subject": "x",
		})
		if err != nil {
			t.Fatal(err)
		}
		b, tally, err := decode(string(event), testNow)
		if err != nil || len(b.Records) != 1 {
			t.Fatalf("%s: %v (%v)", event, err, &tally)
		}
		r := &b.Records[0]
		if r.At != at || r.ID != intake.EventID(testKey, source, id) {
			t.Fatalf("at %v, id %x", r.At, r.ID)
		}
		back, err := json.Marshal([]any{body(b, r), b.Text(r.Tenant)}) // a profile's JSON has no tenant
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(string(back), w) {
				t.Fatalf("%s is missing from %s", w, back)
			}
		}
	})
}

func drawText(t *rapid.T, label string) string {
	return rapid.StringOfN(rapid.RuneFrom([]rune("az09-_.:/ éß日😀")), 1, 40, 256).Draw(t, label)
}

// drawData draws good data for a type, and what its record must then hold as JSON.
func drawData(t *rapid.T, k *kind) (data map[string]any, want []string) {
	data = map[string]any{}
	keep := func(name string, v any) {
		data[name] = v
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, string(text))
	}
	for i, f := range k.fields {
		if !f.required && rapid.Bool().Draw(t, "leave out "+f.name) {
			continue
		}
		switch f.form {
		case formID, formText, formProse:
			v := drawText(t, f.name)
			if k.name == "evenkeel.flow.v1" {
				v = strings.ToLower(v)
			}
			if f.name == "selector" { // which has a form of its own
				v = "image=" + rapid.StringMatching(`[az09._-]{1,20}`).Draw(t, f.name)
			}
			keep(f.name, v)
		case formWord:
			data[f.name] = rapid.SampledFrom(f.words).Draw(t, f.name)
		case formMoment:
			// Later fields are later times, and all of them later than the event.
			keep(f.name, testNow+evenkeel.Moment(i+1)*3600e9+evenkeel.Moment(rapid.Int64Range(0, 3599e9).Draw(t, f.name)))
		case formDecimal:
			keep(f.name, rapid.StringMatching(`[0-9]{1,12}(\.[0-9]{1,6})?`).Draw(t, f.name))
		case formCurrency:
			keep(f.name, rapid.StringMatching(`[A-Z]{3}`).Draw(t, f.name))
		case formCount:
			keep(f.name, rapid.Int64Range(f.least, f.most).Draw(t, f.name))
		case formAddress:
			keep(f.name, rapid.StringMatching(`192\.0\.2\.[1-9]|2001:db8::[1-9]`).Draw(t, f.name))
		case formSHA256:
			keep(f.name, rapid.StringMatching(`[0-9a-f]{64}`).Draw(t, f.name))
		case formContacts:
			keep(f.name, []evenkeel.Contact{{Role: "owner", Email: rapid.StringMatching(`[a-z.+]{1,9}@[a-z]{1,9}\.example`).Draw(t, f.name), Lang: "zh-Hans"}})
		}
	}
	for _, f := range k.fields {
		if f.with != "" && data[f.name] != nil && data[f.with] == nil {
			keep(f.with, "EUR")
		}
	}
	return data, want
}

func FuzzEvent(f *testing.F) {
	for _, c := range accepted {
		f.Add(envelope(c.kind, testTime, c.data))
	}
	f.Add("[" + envelope("evenkeel.asset.v1", testTime, `{"asset":"a","kind":"vm","tenant":"t"}`) + `,{}]`)
	f.Fuzz(func(t *testing.T, text string) {
		d := Decoder{}
		for _, read := range []func(*evenkeel.Batch, []byte, evenkeel.Moment, *intake.Tally) error{d.Event, d.Batch} {
			b, tally := evenkeel.NewBatch("i", 0), intake.Tally{}
			err := read(b, []byte(text), testNow, &tally)
			if tally.Accepted > len(b.Records) || (tally.Accepted == 0) != (len(b.Records) == 0) || (err != nil) != (tally.Refused() > 0) {
				t.Fatalf("%d records, %v, %v", len(b.Records), &tally, err)
			}
			for i := range b.Records {
				r := &b.Records[i]
				if r.Kind == 0 || !intake.Sane(r.At) || b.Route(r) == "" || math.IsNaN(r.Value) {
					t.Fatalf("a record that cannot be: %+v", *r)
				}
			}
			if _, err := evenkeel.DecodeBatch(evenkeel.AppendBatch(nil, b)); err != nil {
				t.Fatalf("the stored form: %v", err)
			}
		}
	})
}

func BenchmarkEvent(b *testing.B) {
	text := []byte(envelope(accepted[4].kind, testTime, accepted[4].data))
	d, batch, tally := Decoder{}, evenkeel.NewBatch("i", 0), intake.Tally{}
	b.ReportAllocs()
	for b.Loop() {
		batch.Reset("i", 0)
		if err := d.Event(batch, text, testNow, &tally); err != nil {
			b.Fatal(err)
		}
	}
}
