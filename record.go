package evenkeel

import (
	"strings"
	"time"
)

// Sym names a string of the batch that a record travels in; 0 is the empty string.
type Sym uint32

// RecordKind says what a record's body is.
type RecordKind uint8

// The kinds of record. Numbers are part of the stored form: only append.
const (
	KindUsage     RecordKind = iota + 1 // a reading of a meter
	KindLifecycle                       // a machine was created, deleted, resized, started, stopped
	KindFlow                            // packets between an asset and a remote, as a sensor summed them
	KindHostEvent                       // what a program or a file did on a host
	KindPayment                         // money came or went
	KindProfile                         // facts about a tenant
	KindTenancy                         // a tenant held an asset from–until
	KindBurst                           // a tenant announces a burst
	KindReport                          // somebody else says that an asset does harm
	KindRequest                         // one request of many to a site, as its edge treated it
)

var recordKinds = [...]string{
	KindUsage: "usage", KindLifecycle: "lifecycle", KindFlow: "flow", KindHostEvent: "hostevent",
	KindPayment: "payment", KindProfile: "tenant", KindTenancy: "asset", KindBurst: "burst", KindReport: "report",
	KindRequest: "request",
}

// String returns the word that rules use for the kind.
func (k RecordKind) String() string { return word(recordKinds[:], int(k)) }

// ParseRecordKind reads the word of a rule document.
func ParseRecordKind(s string) (RecordKind, error) {
	return parseWord[RecordKind]("kind of record", recordKinds[:], s)
}

// Record is one thing that telemetry said: a header and one body. It has a fixed size, so
// that a batch is one piece of memory; its strings are in the batch's table. It does not
// change after intake.
//
// Which fields a body uses is said by the Usage, Lifecycle … types below; read and write
// them through those (Batch.Usage, Batch.AddUsage …) unless a hot path needs the fields.
type Record struct {
	At    Moment // when it happened, by the sender's clock
	ID    uint64 // identity: the same thing said twice has the same ID
	Line  uint64 // usage: which line of readings (meter and attributes) this belongs to
	Since Moment // usage: where a counter's interval began, 0 unknown
	Value float64
	Count int64
	Bytes int64

	Asset  Sym
	Tenant Sym
	Names  [5]Sym

	Kind RecordKind
	Op   uint8 // usage: Meter; lifecycle: Action; flow: Direction; payment: PaymentKind
	Part uint8 // usage: Part
	Form uint8 // usage: Form
}

// Meter is what a usage record reads.
type Meter uint8

// The meters. Numbers are part of the stored form: only append.
const (
	MeterCPUFraction  Meter = iota + 1 // share of one CPU, or of all, 0 to 1
	MeterCPUTime                       // seconds of one CPU, or of all
	MeterCPUCores                      // CPUs in use, 0 to the asset's count
	MeterNetwork                       // bytes
	MeterDisk                          // bytes
	MeterPort                          // what passed the port of a guest; its unit is the part's
	MeterReflectedOut                  // bytes that left from a port of ReflectionPorts
	MeterReflectedIn                   // bytes that came to a port of ReflectionPorts
	MeterSite                          // what came to a site at an edge; its unit is the part's
)

// ReflectionPorts are the UDP ports of services that answer small questions of anybody with
// large answers. A part of MeterReflectedOut and MeterReflectedIn is 1 + an index of it: only append.
var ReflectionPorts = [...]uint16{19, 53, 111, 123, 161, 389, 427, 1900, 3702, 5353, 11211}

// Part is the part of a meter that one line reads.
type Part uint8

// The parts. CPU busy is 1 − idle − iowait, so steal is demand. Intake drops the busy
// states where the same reading has an idle state, and iowait where it has none: they would
// say the same thing twice.
const (
	PartWhole    Part = iota // the meter has no parts
	PartIdle                 // CPU idle
	PartIOWait               // CPU waiting for disks
	PartUser                 // CPU user, where no idle state is told; each reading has one
	PartBusy                 // any other busy CPU state, where no idle state is told
	PartTransmit             // network out
	PartReceive              // network in
	PartRead                 // disk
	PartWrite                // disk

	// Of a guest's port; "out" is from the guest. Packets, where nothing else is said.
	PartPacketsOut
	PartBytesOut // on the wire
	PartPacketsIn
	PartBytesIn
	PartSynsOut   // SYN without ACK
	PartSynAcksIn // SYN with ACK
	PartResetsIn  // RST
	PartSmallOut  // of at most 128 bytes on the wire
	PartUDPOut
	PartUDPIn
	PartFragmentsOut
	PartMalformedOut
	PartSpoofedOut  // from public addresses that are not the guest's
	PartFlowsOut    // SYNs and the first datagrams of UDP flows
	PartHosts       // public addresses that it sent a SYN to, and to which it had sent none for a minute
	PartServices    // pairs of such an address and a port
	PartTopPackets  // to the address that got most
	PartTopBytes    // to the same
	PartTopSyns     // to the same
	PartServiceSyns // SYNs to the destination port that got most
	PartMailFlows   // new connections to ports 25, 465 and 587
	PartLoginFlows  // new connections to ports 22, 23, 3389 and 5900 of public addresses
	PartVictims     // addresses that got packets from a port of ReflectionPorts, and had got none for a minute
	PartMining      // how much its steadiest connection looks like a miner's, 0 to 1
	PartLimited     // packets that a measure held back by a limit
	PartDropped     // packets that a measure dropped
	PartICMPOut     // ICMP and ICMPv6
	PartEchoesIn    // answers to echo requests
	PartProbed      // public addresses that got the first datagram of a UDP flow or an echo request, and had got none for a minute

	// Of a site at an edge. Requests, where nothing else is said.
	PartVisits      // that came
	PartPassed      // that went on to the site's backends
	PartFailed      // of these, answered with 5xx or not at all
	PartWanted      // of visitors whom nothing tells from those who always come
	PartServed      // of these, answered within a second and not for want of the site or the edge (5xx, no place)
	PartAsked       // whose visitor was asked for something before going on
	PartSolved      // visitors who did what they were asked
	PartRefused     // refused for what their visitor did, or because a program cannot be asked
	PartTurned      // told to wait or to come again, for want of a place
	PartEdgeTime    // milliseconds of processor time at the edge
	PartBackendTime // milliseconds for which a backend was busy with them
	PartSavedTime   // milliseconds for which a backend would have been busy with what did not go on, as estimated
	PartSiteBytes   // bytes sent to visitors
	PartAtFilter    // seconds at that stage; likewise all that follow
	PartAtCookie
	PartAtProof
	PartAtQueue
	PartAtPage
)

// Form is how a reading counts.
type Form uint8

// The forms.
const (
	FormGauge      Form = iota + 1 // a value at At
	FormCumulative                 // a counter since Since, or since an unknown start
	FormDelta                      // what came in (Since, At]
)

// Usage is a reading of a meter of one asset: Record.Asset, Value, Line, Since.
type Usage struct {
	At    Moment
	ID    uint64
	Asset AssetID
	Meter Meter
	Part  Part
	Form  Form
	Line  uint64
	Since Moment
	Value float64
	// PerCPU says that a CPU line reads one CPU; else it reads all of the asset's
	// together. Stored in Count as 1.
	PerCPU bool
}

// Action is what happened to a machine.
type Action uint8

// The actions. Numbers are part of the stored form: only append.
const (
	ActionCreate Action = iota + 1
	ActionDelete
	ActionResize
	ActionStart
	ActionStop
)

var actions = [...]string{
	ActionCreate: "create", ActionDelete: "delete", ActionResize: "resize",
	ActionStart: "start", ActionStop: "stop",
}

// String returns the word of lifecycle events.
func (a Action) String() string { return word(actions[:], int(a)) }

// ParseAction reads the word of a lifecycle event.
func ParseAction(s string) (Action, error) { return parseWord[Action]("action", actions[:], s) }

// Lifecycle says that a machine was created, deleted, resized, started or stopped, by whom
// and from what. Names: flavour, image, start script, region, principal.
type Lifecycle struct {
	At          Moment
	ID          uint64
	Asset       AssetID
	Tenant      TenantID
	Action      Action
	Flavour     string
	VCPUs       int64 // 0 unknown
	Image       string
	StartScript string // SHA-256 in hex
	Region      string
	Principal   string // who asked: a user, a key, a service account
}

// Direction is the way of a flow as seen from the asset.
type Direction uint8

// The directions.
const (
	DirectionOut Direction = iota + 1
	DirectionIn
)

var directions = [...]string{DirectionOut: "out", DirectionIn: "in"}

// String returns "out" or "in".
func (d Direction) String() string { return word(directions[:], int(d)) }

// ParseDirection reads "out" or "in".
func ParseDirection(s string) (Direction, error) {
	return parseWord[Direction]("direction", directions[:], s)
}

// Flow is traffic between an asset and a remote end, as a sensor summed it. Headers and
// counts only: App and Name are what the sensor recognised, never payload. Names: remote,
// name, app, protocol.
type Flow struct {
	At        Moment
	ID        uint64
	Asset     AssetID
	Direction Direction
	Remote    string // address of the other end
	Port      uint16 // port at the other end of an outgoing flow, own port of an incoming one
	Protocol  string // tcp, udp, icmp …
	Name      string // DNS name or TLS server name, lower case
	App       string // application protocol, such as stratum, tls, dns, http
	Packets   int64
	Bytes     int64
}

// HostEvent is what a program or file did on a host, as a sensor recognised it. Names:
// what, name, sha256.
type HostEvent struct {
	At     Moment
	ID     uint64
	Asset  AssetID
	What   string // such as exec, file-write, known-miner, firewall-off
	Name   string // program or file
	SHA256 string // of the file, hex
}

// Request is one request of many to a site, as its edge treated it. Of an address the network is told, of a page its
// kind; no body, no query, no cookie. Names: path, client, network, country, did. Status is kept in Op, hundreds alone.
type Request struct {
	At      Moment
	ID      uint64
	Asset   AssetID
	Path    string // method and kind of path, such as GET /search
	Client  string // what the client's hello and preface are like
	Network string // of the visitor: a /24 or a /48
	Country string // ISO 3166, or empty
	Did     string // passed, asked, refused, turned
	Status  uint8  // 1 to 5, of 1xx to 5xx
	Took    time.Duration
	Bytes   int64 // sent
	Of      int64 // how many requests this one stands for, at least 1
}

// Report says that somebody else reported an asset. Names: kind, class, reporter. Share is kept
// in Value. Who can be written to about it, and in which words it was said, is not part of it.
type Report struct {
	At       Moment // when it is said to have happened
	ID       uint64
	Asset    AssetID
	Kind     string  // attack, spam, compromise, exposure, phishing, copyright, content or other
	Class    string  // category/type of XARF v4
	Reporter string  // domain
	Count    int64   // how often, at least 1
	Share    float64 // how sure, 0 to 1; 0 nobody said
}

// PaymentKind is what a payment record says.
type PaymentKind uint8

// The kinds of payment. Numbers are part of the stored form: only append.
const (
	PaymentPaid PaymentKind = iota + 1
	PaymentRefund
	PaymentChargeback
	PaymentCredit
)

var paymentKinds = [...]string{
	PaymentPaid: "payment", PaymentRefund: "refund", PaymentChargeback: "chargeback", PaymentCredit: "credit",
}

// String returns the word of payment events.
func (k PaymentKind) String() string { return word(paymentKinds[:], int(k)) }

// ParsePaymentKind reads the word of a payment event.
func ParsePaymentKind(s string) (PaymentKind, error) {
	return parseWord[PaymentKind]("kind of payment", paymentKinds[:], s)
}

// Payment says that money came or went. Names: amount, currency.
type Payment struct {
	At       Moment
	ID       uint64
	Tenant   TenantID
	Kind     PaymentKind
	Amount   string // decimal, such as "12.50"
	Currency string // ISO 4217
}

// Profile is what the operator's books say about a tenant at a moment. An empty or nil
// field is one that nobody told: it is unknown, never zero. Body: JSON in Names[0].
type Profile struct {
	At           Moment    `json:"-"`
	ID           uint64    `json:"-"`
	Tenant       TenantID  `json:"-"`
	Name         string    `json:"name,omitempty"`
	Since        Moment    `json:"since,omitempty"` // customer since
	Standing     Standing  `json:"standing,omitempty"`
	PaidTotal    string    `json:"paid_total,omitempty"` // decimal
	Currency     string    `json:"currency,omitempty"`
	RunRateMonth string    `json:"run_rate_month,omitempty"` // decimal
	Contacts     []Contact `json:"contacts,omitempty"`
	Reseller     string    `json:"reseller,omitempty"` // whether it has customers of its own: yes, no or unknown
}

// Contact is somebody who answers for a tenant, or a machine of the tenant's that is told beside them.
type Contact struct {
	Role  string `json:"role"`
	Email string `json:"email,omitempty"`
	Lang  string `json:"lang,omitempty"` // BCP 47
	// Endpoint is the https address of a machine that gets notices as JSON, in the place of Email. Whoever
	// is told by it is no person: nobody is reached by that, and nobody speaks through it.
	Endpoint string `json:"endpoint,omitempty"`
}

// Address is where the contact is reached, as it is compared with others.
func (c *Contact) Address() string {
	if c.Endpoint != "" {
		return c.Endpoint
	}
	return strings.ToLower(strings.TrimSpace(c.Email))
}

// What follows the role of a contact where a tenant's contacts were changed while a case was open: of one
// from before who is none any more, and of one who came since, whom nobody has confirmed. No role that
// is told has a #.
const (
	FormerContact = "#former"
	NewContact    = "#new"
)

// Relisted is that other contacts of a tenant were told than before.
type Relisted struct {
	Tenant        TenantID
	Listed        Moment // when they were told
	Before, After []Contact
}

// AssetKind is what an asset is.
type AssetKind uint8

// The kinds of asset. Numbers are part of the stored form: only append.
const (
	AssetVM AssetKind = iota + 1
	AssetPod
	AssetAddress
	AssetDomain
	AssetNamespace
	AssetAccount
	AssetKey
)

var assetKinds = [...]string{
	AssetVM: "vm", AssetPod: "pod", AssetAddress: "address", AssetDomain: "domain",
	AssetNamespace: "namespace", AssetAccount: "account", AssetKey: "key",
}

// String returns the word of asset events.
func (k AssetKind) String() string { return word(assetKinds[:], int(k)) }

// ParseAssetKind reads the word of an asset event.
func ParseAssetKind(s string) (AssetKind, error) {
	return parseWord[AssetKind]("kind of asset", assetKinds[:], s)
}

// Tenancy says that a tenant held an asset in [From, Until); Until 0 is open. From is kept
// in Since, Until in Count, Kind in Op.
type Tenancy struct {
	At     Moment
	ID     uint64
	Asset  AssetID
	Tenant TenantID
	Kind   AssetKind
	From   Moment
	Until  Moment
}

// Burst is a tenant's announcement of a burst: so many machines, from–until, what for.
// Until is kept in Bytes, From in Since. Names: selector, what, says.
type Burst struct {
	At       Moment
	ID       uint64
	Tenant   TenantID
	Selector string
	Count    int64
	From     Moment
	Until    Moment
	What     string
	Says     string
}

// Span is how long a usage record's interval is; 0 where it has none.
func (r *Record) Span() time.Duration {
	if r.Since == 0 || r.Since >= r.At {
		return 0
	}
	return r.At.Sub(r.Since)
}
