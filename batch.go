package evenkeel

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"
)

// Batch is the unit that travels between rooms: records of a fixed size and the strings
// that they name. A batch comes from one source.
type Batch struct {
	Source  string // the sender's name: who vouches for these records
	Arrived Moment // by our clock; 0 in a replay
	Strings []string
	Records []Record

	index map[string]Sym
}

// NewBatch returns an empty batch of a source.
func NewBatch(source string, arrived Moment) *Batch {
	return &Batch{Source: source, Arrived: arrived, Strings: []string{""}}
}

// Reset empties the batch for another use with the same memory.
func (b *Batch) Reset(source string, arrived Moment) {
	clear(b.index)
	b.Source, b.Arrived = source, arrived
	b.Strings, b.Records = append(b.Strings[:0], ""), b.Records[:0]
}

// Intern returns the Sym of s, which is kept once.
func (b *Batch) Intern(s string) Sym {
	if s == "" {
		return 0
	}
	if b.index == nil {
		if len(b.Strings) == 0 { // a Batch that NewBatch did not make
			b.Strings = []string{""}
		}
		b.index = make(map[string]Sym, 64)
		for i, t := range b.Strings {
			b.index[t] = Sym(i)
		}
	}
	if y, ok := b.index[s]; ok {
		return y
	}
	y := Sym(len(b.Strings))
	b.Strings = append(b.Strings, s)
	b.index[s] = y
	return y
}

// Text returns the string of a Sym.
func (b *Batch) Text(y Sym) string { return b.Strings[y] }

// Route returns the key whose partition a record belongs to: the asset for what is seen at
// an asset, the tenant for what is known of a tenant.
func (b *Batch) Route(r *Record) string {
	switch r.Kind {
	case KindUsage, KindFlow, KindHostEvent, KindReport, KindRequest:
		return b.Text(r.Asset)
	default:
		return b.Text(r.Tenant)
	}
}

// Assets returns the assets that records of some kinds are about, each once, in the order of
// the batch.
func (b *Batch) Assets(kinds ...RecordKind) (out []AssetID) {
	seen := map[Sym]bool{0: true}
	for i := range b.Records {
		if r := &b.Records[i]; slices.Contains(kinds, r.Kind) && !seen[r.Asset] {
			seen[r.Asset] = true
			out = append(out, AssetID(b.Text(r.Asset)))
		}
	}
	return out
}

// AddUsage appends a reading.
func (b *Batch) AddUsage(u Usage) {
	r := Record{
		Kind: KindUsage, At: u.At, ID: u.ID, Asset: b.Intern(string(u.Asset)),
		Op: uint8(u.Meter), Part: uint8(u.Part), Form: uint8(u.Form),
		Line: u.Line, Since: u.Since, Value: u.Value,
	}
	if u.PerCPU {
		r.Count = 1
	}
	b.Records = append(b.Records, r)
}

// Usage returns the body of a usage record.
func (b *Batch) Usage(r *Record) Usage {
	return Usage{
		At: r.At, ID: r.ID, Asset: AssetID(b.Text(r.Asset)), Meter: Meter(r.Op), Part: Part(r.Part),
		Form: Form(r.Form), Line: r.Line, Since: r.Since, Value: r.Value, PerCPU: r.Count == 1,
	}
}

// AddLifecycle appends what happened to a machine.
func (b *Batch) AddLifecycle(l Lifecycle) {
	b.Records = append(b.Records, Record{
		Kind: KindLifecycle, At: l.At, ID: l.ID, Asset: b.Intern(string(l.Asset)), Tenant: b.Intern(string(l.Tenant)),
		Op: uint8(l.Action), Count: l.VCPUs,
		Names: [5]Sym{b.Intern(l.Flavour), b.Intern(l.Image), b.Intern(l.StartScript), b.Intern(l.Region), b.Intern(l.Principal)},
	})
}

// Lifecycle returns the body of a lifecycle record.
func (b *Batch) Lifecycle(r *Record) Lifecycle {
	return Lifecycle{
		At: r.At, ID: r.ID, Asset: AssetID(b.Text(r.Asset)), Tenant: TenantID(b.Text(r.Tenant)),
		Action: Action(r.Op), VCPUs: r.Count, Flavour: b.Text(r.Names[0]), Image: b.Text(r.Names[1]),
		StartScript: b.Text(r.Names[2]), Region: b.Text(r.Names[3]), Principal: b.Text(r.Names[4]),
	}
}

// AddFlow appends traffic.
func (b *Batch) AddFlow(f Flow) {
	b.Records = append(b.Records, Record{
		Kind: KindFlow, At: f.At, ID: f.ID, Asset: b.Intern(string(f.Asset)), Op: uint8(f.Direction),
		Count: f.Packets, Bytes: f.Bytes, Value: float64(f.Port),
		Names: [5]Sym{b.Intern(f.Remote), b.Intern(f.Name), b.Intern(f.App), b.Intern(f.Protocol)},
	})
}

// Flow returns the body of a flow record.
func (b *Batch) Flow(r *Record) Flow {
	return Flow{
		At: r.At, ID: r.ID, Asset: AssetID(b.Text(r.Asset)), Direction: Direction(r.Op),
		Packets: r.Count, Bytes: r.Bytes, Port: uint16(r.Value), Remote: b.Text(r.Names[0]),
		Name: b.Text(r.Names[1]), App: b.Text(r.Names[2]), Protocol: b.Text(r.Names[3]),
	}
}

// AddHostEvent appends what a program or file did.
func (b *Batch) AddHostEvent(e HostEvent) {
	b.Records = append(b.Records, Record{
		Kind: KindHostEvent, At: e.At, ID: e.ID, Asset: b.Intern(string(e.Asset)),
		Names: [5]Sym{b.Intern(e.What), b.Intern(e.Name), b.Intern(e.SHA256)},
	})
}

// HostEvent returns the body of a host event.
func (b *Batch) HostEvent(r *Record) HostEvent {
	return HostEvent{
		At: r.At, ID: r.ID, Asset: AssetID(b.Text(r.Asset)),
		What: b.Text(r.Names[0]), Name: b.Text(r.Names[1]), SHA256: b.Text(r.Names[2]),
	}
}

// AddRequest appends one request of many.
func (b *Batch) AddRequest(q Request) {
	b.Records = append(b.Records, Record{
		Kind: KindRequest, At: q.At, ID: q.ID, Asset: b.Intern(string(q.Asset)), Op: q.Status, Count: q.Of, Bytes: q.Bytes, Value: q.Took.Seconds(),
		Names: [5]Sym{b.Intern(q.Path), b.Intern(q.Client), b.Intern(q.Network), b.Intern(q.Country), b.Intern(q.Did)},
	})
}

// Request returns the body of a request.
func (b *Batch) Request(r *Record) Request {
	return Request{
		At: r.At, ID: r.ID, Asset: AssetID(b.Text(r.Asset)), Status: r.Op, Of: r.Count, Bytes: r.Bytes, Took: time.Duration(r.Value * float64(time.Second)),
		Path: b.Text(r.Names[0]), Client: b.Text(r.Names[1]), Network: b.Text(r.Names[2]), Country: b.Text(r.Names[3]), Did: b.Text(r.Names[4]),
	}
}

// AddReport appends what somebody reported.
func (b *Batch) AddReport(p Report) {
	b.Records = append(b.Records, Record{
		Kind: KindReport, At: p.At, ID: p.ID, Asset: b.Intern(string(p.Asset)), Count: p.Count, Value: p.Share,
		Names: [5]Sym{b.Intern(p.Kind), b.Intern(p.Class), b.Intern(p.Reporter)},
	})
}

// Report returns the body of a report.
func (b *Batch) Report(r *Record) Report {
	return Report{
		At: r.At, ID: r.ID, Asset: AssetID(b.Text(r.Asset)), Count: r.Count, Share: r.Value,
		Kind: b.Text(r.Names[0]), Class: b.Text(r.Names[1]), Reporter: b.Text(r.Names[2]),
	}
}

// AddPayment appends a payment.
func (b *Batch) AddPayment(p Payment) {
	b.Records = append(b.Records, Record{
		Kind: KindPayment, At: p.At, ID: p.ID, Tenant: b.Intern(string(p.Tenant)), Op: uint8(p.Kind),
		Names: [5]Sym{b.Intern(p.Amount), b.Intern(p.Currency)},
	})
}

// Payment returns the body of a payment record.
func (b *Batch) Payment(r *Record) Payment {
	return Payment{
		At: r.At, ID: r.ID, Tenant: TenantID(b.Text(r.Tenant)), Kind: PaymentKind(r.Op),
		Amount: b.Text(r.Names[0]), Currency: b.Text(r.Names[1]),
	}
}

// AddProfile appends facts about a tenant; an error of KindInvalid where they are longer
// than a batch can store (MaxText).
func (b *Batch) AddProfile(p Profile) error {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(p); err != nil {
		return &Error{Kind: KindInternal, Says: "encode tenant profile", Err: err}
	}
	body := bytes.TrimSuffix(text.Bytes(), []byte("\n"))
	if len(body) > MaxText {
		return Invalid("facts about tenant %s take %d bytes; expected at most %d", p.Tenant, len(body), MaxText)
	}
	b.Records = append(b.Records, Record{
		Kind: KindProfile, At: p.At, ID: p.ID, Tenant: b.Intern(string(p.Tenant)), Names: [5]Sym{b.Intern(string(body))},
	})
	return nil
}

// Profile returns the facts of a profile record.
func (b *Batch) Profile(r *Record) (Profile, error) {
	p := Profile{}
	if err := json.Unmarshal([]byte(b.Text(r.Names[0])), &p); err != nil {
		return p, &Error{Kind: KindInternal, Says: "decode tenant profile", Err: err}
	}
	p.At, p.ID, p.Tenant = r.At, r.ID, TenantID(b.Text(r.Tenant))
	return p, nil
}

// AddTenancy appends who held an asset.
func (b *Batch) AddTenancy(t Tenancy) {
	b.Records = append(b.Records, Record{
		Kind: KindTenancy, At: t.At, ID: t.ID, Asset: b.Intern(string(t.Asset)), Tenant: b.Intern(string(t.Tenant)),
		Op: uint8(t.Kind), Since: t.From, Count: int64(t.Until),
	})
}

// Tenancy returns the body of a tenancy record.
func (b *Batch) Tenancy(r *Record) Tenancy {
	return Tenancy{
		At: r.At, ID: r.ID, Asset: AssetID(b.Text(r.Asset)), Tenant: TenantID(b.Text(r.Tenant)),
		Kind: AssetKind(r.Op), From: r.Since, Until: Moment(r.Count),
	}
}

// AddBurst appends an announcement.
func (b *Batch) AddBurst(u Burst) {
	b.Records = append(b.Records, Record{
		Kind: KindBurst, At: u.At, ID: u.ID, Tenant: b.Intern(string(u.Tenant)), Count: u.Count,
		Since: u.From, Bytes: int64(u.Until),
		Names: [5]Sym{b.Intern(u.Selector), b.Intern(u.What), b.Intern(u.Says)},
	})
}

// Burst returns the body of an announcement.
func (b *Batch) Burst(r *Record) Burst {
	return Burst{
		At: r.At, ID: r.ID, Tenant: TenantID(b.Text(r.Tenant)), Count: r.Count, From: r.Since, Until: Moment(r.Bytes),
		Selector: b.Text(r.Names[0]), What: b.Text(r.Names[1]), Says: b.Text(r.Names[2]),
	}
}
