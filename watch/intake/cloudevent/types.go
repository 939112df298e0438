package cloudevent

import (
	"math"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/watch/intake"
	"github.com/evenkeel/evenkeel/watch/intake/report"
)

// kind is an event type: the fields of its data, and how they become a record.
type kind struct {
	name   string
	dated  bool // what it says may be older than live telemetry: see Decoder.Window
	seen   bool // by a sensor; else the operator's books or the tenant's own word say it
	fields []field
	add    func(b *evenkeel.Batch, h head, v *values) error
}

// head is what every record has from its event.
type head struct {
	at     evenkeel.Moment
	id     uint64
	key    siphash.Key
	source string
}

func words[E interface{ String() string }](all ...E) []string {
	var names []string
	for _, e := range all {
		names = append(names, e.String())
	}
	return names
}

var kinds = []*kind{
	{
		name: "evenkeel.tenant.v1", dated: true, add: addTenant,
		fields: []field{
			{name: "tenant", form: formID, required: true},
			{name: "name", form: formText},
			{name: "since", form: formMoment},
			{name: "standing", form: formWord, words: words(
				evenkeel.StandingPrepaid, evenkeel.StandingInvoiced, evenkeel.StandingOnCredit, evenkeel.StandingTrial,
				evenkeel.StandingDelinquent, evenkeel.StandingUnknown)},
			{name: "paid_total", form: formDecimal, with: "currency"},
			{name: "currency", form: formCurrency},
			{name: "run_rate_month", form: formDecimal, with: "currency"},
			{name: "contacts", form: formContacts},
			{name: "reseller", form: formWord, words: []string{"yes", "no", "unknown"}},
		},
	},
	{
		name: "evenkeel.asset.v1", dated: true, add: addAsset,
		fields: []field{
			{name: "asset", form: formID, required: true},
			{name: "kind", form: formWord, required: true, words: words(
				evenkeel.AssetVM, evenkeel.AssetPod, evenkeel.AssetAddress, evenkeel.AssetDomain,
				evenkeel.AssetNamespace, evenkeel.AssetAccount, evenkeel.AssetKey)},
			{name: "tenant", form: formID, required: true},
			{name: "from", form: formMoment},
			{name: "until", form: formMoment},
		},
	},
	{
		name: "evenkeel.lifecycle.v1", dated: true, add: addLifecycle,
		fields: []field{
			{name: "asset", form: formID, required: true},
			{name: "tenant", form: formID, required: true},
			{name: "action", form: formWord, required: true, words: words(
				evenkeel.ActionCreate, evenkeel.ActionDelete, evenkeel.ActionResize, evenkeel.ActionStart, evenkeel.ActionStop)},
			{name: "flavour", form: formText, most: maxName},
			{name: "vcpus", form: formCount, least: 1, most: 1 << 20},
			{name: "image", form: formText, most: maxName},
			{name: "start_script_sha256", form: formSHA256},
			{name: "region", form: formText, most: maxName},
			{name: "principal", form: formID},
		},
	},
	{
		name: "evenkeel.payment.v1", dated: true, add: addPayment,
		fields: []field{
			{name: "tenant", form: formID, required: true},
			{name: "kind", form: formWord, required: true, words: words(
				evenkeel.PaymentPaid, evenkeel.PaymentRefund, evenkeel.PaymentChargeback, evenkeel.PaymentCredit)},
			{name: "amount", form: formDecimal, required: true},
			{name: "currency", form: formCurrency, required: true},
		},
	},
	{
		name: "evenkeel.burst.v1", add: addBurst,
		fields: []field{
			{name: "tenant", form: formID, required: true},
			{name: "selector", form: formText},
			{name: "count", form: formCount, required: true, least: 1, most: 1 << 20},
			{name: "from", form: formMoment, required: true},
			{name: "until", form: formMoment, required: true},
			{name: "what", form: formText},
			{name: "says", form: formProse},
		},
	},
	{
		name: "evenkeel.flow.v1", seen: true, add: addFlow,
		fields: []field{
			{name: "asset", form: formID, required: true},
			{name: "direction", form: formWord, required: true, words: words(evenkeel.DirectionOut, evenkeel.DirectionIn)},
			{name: "remote", form: formAddress},
			{name: "port", form: formCount, most: math.MaxUint16},
			{name: "protocol", form: formText},
			{name: "name", form: formText},
			{name: "app", form: formText},
			{name: "packets", form: formCount, most: math.MaxInt64},
			{name: "bytes", form: formCount, most: math.MaxInt64},
		},
	},
	{
		name: "evenkeel.hostevent.v1", seen: true, add: addHostEvent,
		fields: []field{
			{name: "asset", form: formID, required: true},
			{name: "what", form: formText, required: true, least: 1},
			{name: "name", form: formText},
			{name: "sha256", form: formSHA256},
		},
	},
	{
		name: "evenkeel.site.v1", seen: true, add: addSite,
		fields: append([]field{
			{name: "asset", form: formID, required: true},
			{name: "since", form: formMoment, required: true},
		}, siteFields()...),
	},
	{
		name: "evenkeel.request.v1", seen: true, add: addRequest,
		fields: []field{
			{name: "asset", form: formID, required: true},
			{name: "did", form: formWord, required: true, words: []string{"passed", "asked", "refused", "turned"}},
			{name: "path", form: formText, most: maxPath},
			{name: "client", form: formText, most: maxPath},
			{name: "network", form: formText, most: maxPath},
			{name: "country", form: formText, most: 2},
			{name: "status", form: formCount, least: 100, most: 599},
			{name: "took_us", form: formCount, most: mostTook},
			{name: "bytes", form: formCount, most: math.MaxInt64},
			{name: "of", form: formCount, least: 1, most: 1 << 31},
		},
	},
	{
		name: "evenkeel.report.v1", dated: true, add: addReport,
		fields: []field{
			{name: "asset", form: formID, required: true},
			{name: "kind", form: formWord, required: true, words: report.Kinds()},
			{name: "class", form: formText, most: maxName},
			{name: "reporter", form: formText, most: maxName},
			{name: "incidents", form: formCount, least: 1, most: 1 << 31},
		},
	},
}

// Types returns the names of the event types that are understood.
func Types() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.name
	}
	return names
}

func kindOf(name string) *kind {
	i := slices.IndexFunc(kinds, func(k *kind) bool { return k.name == name })
	if i < 0 {
		return nil
	}
	return kinds[i]
}

// needs is what a source must be allowed to say for an event of this type. A burst that is
// announced may become a flag, so a sensor's word is not enough for one.
func (k *kind) needs() intake.Grant {
	if k.seen {
		return intake.GrantTelemetry
	}
	return intake.GrantInventory
}

func addTenant(b *evenkeel.Batch, h head, v *values) error {
	p := evenkeel.Profile{
		At: h.at, ID: h.id, Tenant: v.tenant("tenant"), Name: v.text("name"), Since: v.moment("since"),
		PaidTotal: v.text("paid_total"), Currency: v.text("currency"), RunRateMonth: v.text("run_rate_month"),
		Contacts: v.contacts, Reseller: v.text("reseller"),
	}
	var err error
	if word := v.text("standing"); word != "" {
		p.Standing, err = evenkeel.ParseStanding(word)
	}
	if err != nil {
		return err
	}
	return b.AddProfile(p)
}

func addAsset(b *evenkeel.Batch, h head, v *values) error {
	kind, err := evenkeel.ParseAssetKind(v.text("kind"))
	if err != nil {
		return err
	}
	t := evenkeel.Tenancy{
		At: h.at, ID: h.id, Asset: v.asset("asset"), Tenant: v.tenant("tenant"), Kind: kind,
		From: v.moment("from"), Until: v.moment("until"),
	}
	if t.From == 0 {
		t.From = h.at
	}
	if t.Until != 0 && t.Until <= t.From {
		return evenkeel.Invalid("data.until is %v; expected a time after data.from, which is %v", t.Until, t.From)
	}
	b.AddTenancy(t)
	return nil
}

func addLifecycle(b *evenkeel.Batch, h head, v *values) error {
	action, err := evenkeel.ParseAction(v.text("action"))
	if err != nil {
		return err
	}
	b.AddLifecycle(evenkeel.Lifecycle{
		At: h.at, ID: h.id, Asset: v.asset("asset"), Tenant: v.tenant("tenant"), Action: action,
		Flavour: v.text("flavour"), VCPUs: v.count("vcpus"), Image: v.text("image"),
		StartScript: v.text("start_script_sha256"), Region: v.text("region"), Principal: v.text("principal"),
	})
	return nil
}

func addPayment(b *evenkeel.Batch, h head, v *values) error {
	kind, err := evenkeel.ParsePaymentKind(v.text("kind"))
	if err != nil {
		return err
	}
	b.AddPayment(evenkeel.Payment{
		At: h.at, ID: h.id, Tenant: v.tenant("tenant"), Kind: kind, Amount: v.text("amount"), Currency: v.text("currency"),
	})
	return nil
}

// selects says whether a selector can be understood at all. What it selects, and every fault in it, is for the
// judge's parser to say; but what can never be read is refused here, where its sender hears of it.
func selects(text string) bool {
	if strings.HasPrefix(text, "assets=") {
		return len(text) > len("assets=")
	}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' }) {
		if key, value, _ := strings.Cut(word, "="); value == "" || !slices.Contains([]string{"principal", "image", "script"}, key) {
			return false
		}
	}
	return true
}

func addBurst(b *evenkeel.Batch, h head, v *values) error {
	u := evenkeel.Burst{
		At: h.at, ID: h.id, Tenant: v.tenant("tenant"), Selector: v.text("selector"), Count: v.count("count"),
		From: v.moment("from"), Until: v.moment("until"), What: v.text("what"), Says: v.text("says"),
	}
	if !selects(u.Selector) {
		return evenkeel.Invalid(`data.selector is %q; expected none (all machines of the tenant), "assets=vm-1,vm-2", or words such as "principal=ci image=sim-3 script=<SHA-256 in hex>"`, u.Selector)
	}
	if u.Until <= u.From {
		return evenkeel.Invalid("data.until is %v; expected a time after data.from, which is %v", u.Until, u.From)
	}
	b.AddBurst(u)
	return nil
}

func addFlow(b *evenkeel.Batch, h head, v *values) error {
	direction, err := evenkeel.ParseDirection(v.text("direction"))
	if err != nil {
		return err
	}
	b.AddFlow(evenkeel.Flow{
		At: h.at, ID: h.id, Asset: v.asset("asset"), Direction: direction, Remote: v.text("remote"),
		Port: uint16(v.count("port")), Protocol: strings.ToLower(v.text("protocol")), Name: strings.ToLower(v.text("name")),
		App: strings.ToLower(v.text("app")), Packets: v.count("packets"), Bytes: v.count("bytes"),
	})
	return nil
}

func addReport(b *evenkeel.Batch, h head, v *values) error {
	b.AddReport(evenkeel.Report{
		At: h.at, ID: h.id, Asset: v.asset("asset"), Kind: v.text("kind"), Class: v.text("class"),
		Reporter: v.text("reporter"), Count: max(1, v.count("incidents")),
	})
	return nil
}

func addHostEvent(b *evenkeel.Batch, h head, v *values) error {
	b.AddHostEvent(evenkeel.HostEvent{
		At: h.at, ID: h.id, Asset: v.asset("asset"), What: v.text("what"), Name: v.text("name"), SHA256: v.text("sha256"),
	})
	return nil
}
