package rule

import (
	"strconv"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/ternary"
)

// Field is a field of an event that `where`, `sum` and `distinct` may name.
type Field uint8

// The fields.
const (
	FieldNone Field = iota

	// Of lifecycle.
	FieldAction
	FieldFlavour
	FieldVCPUs
	FieldImage
	FieldStartScript
	FieldRegion
	FieldPrincipal

	// Of flow.
	FieldDirection
	FieldRemote
	FieldPort
	FieldProtocol
	FieldFlowName
	FieldApp
	FieldPackets
	FieldBytes

	// Of hostevent.
	FieldWhat
	FieldFileName
	FieldSHA256

	// Of payment.
	FieldPaymentKind
	FieldAmount
	FieldCurrency

	// Of report.
	FieldReportKind
	FieldClass
	FieldReporter
	FieldIncidents
	FieldPath
	FieldClient
	FieldNetwork
	FieldCountry
	FieldDid
	FieldStatus
	FieldRequests

	fieldCount = iota
)

// notTold is why a field of an event is unknown.
const notTold = "the event does not say"

// fieldRow is what the compiler and the reference know of a field. An empty text and a zero
// that cannot be told from "nobody said" are unknown.
type fieldRow struct {
	name  string // in `sum:` and `distinct:`, and in `where` but for bytes
	of    evenkeel.RecordKind
	typ   ternary.Type
	about string
	sum   bool // may stand in `sum:`
	value func(b *evenkeel.Batch, r *evenkeel.Record) ternary.Value
}

// fieldRows is the one table of fields.
var fieldRows = [fieldCount]fieldRow{
	FieldAction: {"action", evenkeel.KindLifecycle, ternary.StringType, "create, delete, resize, start or stop", false,
		func(_ *evenkeel.Batch, r *evenkeel.Record) ternary.Value {
			return text(evenkeel.Action(r.Op).String())
		}},
	FieldFlavour: {"flavour", evenkeel.KindLifecycle, ternary.StringType, "size or plan, as the cloud names it", false, nameAt(0)},
	FieldVCPUs:   {"vcpus", evenkeel.KindLifecycle, ternary.IntType, "virtual CPUs", true, positiveCount},
	FieldImage:   {"image", evenkeel.KindLifecycle, ternary.StringType, "the image that the machine is made from", false, nameAt(1)},
	FieldStartScript: {"start_script", evenkeel.KindLifecycle, ternary.StringType, "SHA-256, in hex, of what runs at first start", false,
		nameAt(2)},
	FieldRegion:    {"region", evenkeel.KindLifecycle, ternary.StringType, "where the machine is", false, nameAt(3)},
	FieldPrincipal: {"principal", evenkeel.KindLifecycle, ternary.StringType, "who asked: a user, a key, a service account", false, nameAt(4)},

	FieldDirection: {"direction", evenkeel.KindFlow, ternary.StringType, "out or in, as seen from the asset", false,
		func(_ *evenkeel.Batch, r *evenkeel.Record) ternary.Value {
			return text(evenkeel.Direction(r.Op).String())
		}},
	FieldRemote: {"remote", evenkeel.KindFlow, ternary.StringType, "address of the other end", false, nameAt(0)},
	FieldPort: {"port", evenkeel.KindFlow, ternary.IntType,
		"port at the other end of an outgoing flow, own port of an incoming one", false,
		func(_ *evenkeel.Batch, r *evenkeel.Record) ternary.Value { return positive(int64(r.Value)) }},
	FieldProtocol: {"protocol", evenkeel.KindFlow, ternary.StringType, "tcp, udp, icmp …", false, nameAt(3)},
	FieldFlowName: {"name", evenkeel.KindFlow, ternary.StringType, "DNS name or TLS server name, lower case", false, nameAt(1)},
	FieldApp: {"app", evenkeel.KindFlow, ternary.StringType,
		"application protocol as the sensor recognised it, such as stratum, tls, dns, http", false, nameAt(2)},
	FieldPackets: {"packets", evenkeel.KindFlow, ternary.IntType, "packets of the flow", true, positiveCount},
	FieldBytes: {"bytes", evenkeel.KindFlow, ternary.IntType, "bytes of the flow", true,
		func(_ *evenkeel.Batch, r *evenkeel.Record) ternary.Value { return positive(r.Bytes) }},

	FieldWhat: {"what", evenkeel.KindHostEvent, ternary.StringType,
		"what was seen, such as exec, file-write, known-miner, firewall-off", false, nameAt(0)},
	FieldFileName: {"name", evenkeel.KindHostEvent, ternary.StringType, "program or file", false, nameAt(1)},
	FieldSHA256:   {"sha256", evenkeel.KindHostEvent, ternary.StringType, "SHA-256 of the file, in hex", false, nameAt(2)},

	FieldPaymentKind: {"kind", evenkeel.KindPayment, ternary.StringType, "payment, refund, chargeback or credit", false,
		func(_ *evenkeel.Batch, r *evenkeel.Record) ternary.Value {
			return text(evenkeel.PaymentKind(r.Op).String())
		}},
	FieldAmount: {"amount", evenkeel.KindPayment, ternary.DoubleType, "how much, in the payment's currency", false,
		func(b *evenkeel.Batch, r *evenkeel.Record) ternary.Value {
			f, err := strconv.ParseFloat(b.Text(r.Names[0]), 64)
			if err != nil {
				return ternary.Unknown(notTold)
			}
			return ternary.Double(f)
		}},
	FieldCurrency: {"currency", evenkeel.KindPayment, ternary.StringType, "ISO 4217", false, nameAt(1)},

	FieldReportKind: {"kind", evenkeel.KindReport, ternary.StringType,
		"attack, spam, compromise, exposure, phishing, copyright, content or other", false, nameAt(0)},
	FieldClass:     {"class", evenkeel.KindReport, ternary.StringType, "category/type of XARF v4, such as connection/ddos", false, nameAt(1)},
	FieldReporter:  {"reporter", evenkeel.KindReport, ternary.StringType, "domain of whoever reported", false, nameAt(2)},
	FieldIncidents: {"incidents", evenkeel.KindReport, ternary.IntType, "how often, as the reporter says", true, positiveCount},

	FieldPath:    {"path", evenkeel.KindRequest, ternary.StringType, "method and kind of path, such as GET /search", false, nameAt(0)},
	FieldClient:  {"client", evenkeel.KindRequest, ternary.StringType, "what the client's hello and preface are like", false, nameAt(1)},
	FieldNetwork: {"network", evenkeel.KindRequest, ternary.StringType, "network of the visitor, a /24 or a /48", false, nameAt(2)},
	FieldCountry: {"country", evenkeel.KindRequest, ternary.StringType, "where the network is, by ISO 3166", false, nameAt(3)},
	FieldDid:     {"did", evenkeel.KindRequest, ternary.StringType, "passed, asked, refused or turned", false, nameAt(4)},
	FieldStatus: {"status", evenkeel.KindRequest, ternary.IntType, "of the answer, hundreds alone: 1 to 5", false,
		func(_ *evenkeel.Batch, r *evenkeel.Record) ternary.Value { return positive(int64(r.Op)) }},
	FieldRequests: {"requests", evenkeel.KindRequest, ternary.IntType, "how many requests this one stands for", true, positiveCount},
}

// String returns the name that `where`, `sum` and `distinct` use.
func (f Field) String() string {
	if f >= fieldCount {
		return "invalid"
	}
	return fieldRows[f].name
}

// variable is the field's name in `where`: bytes is the name of a type in CEL.
func (f Field) variable() string {
	if f == FieldBytes {
		return "octets"
	}
	return f.String()
}

// Type returns the type of a known value.
func (f Field) Type() ternary.Type { return fieldRows[f].typ }

// fieldsOf returns the fields of a kind of record that pass, in the order of the table.
func fieldsOf(k evenkeel.RecordKind, pass func(fieldRow) bool) []Field {
	var out []Field
	for f := FieldNone + 1; f < fieldCount; f++ {
		if fieldRows[f].of == k && pass(fieldRows[f]) {
			out = append(out, f)
		}
	}
	return out
}

func anyField(fieldRow) bool          { return true }
func summable(row fieldRow) bool      { return row.sum }
func distinguished(row fieldRow) bool { return row.typ == ternary.StringType || row.name == "port" }

func nameAt(i int) func(b *evenkeel.Batch, r *evenkeel.Record) ternary.Value {
	return func(b *evenkeel.Batch, r *evenkeel.Record) ternary.Value { return text(b.Text(r.Names[i])) }
}

func text(s string) ternary.Value {
	if s == "" || s == "invalid" {
		return ternary.Unknown(notTold)
	}
	return ternary.String(s)
}

func positiveCount(_ *evenkeel.Batch, r *evenkeel.Record) ternary.Value { return positive(r.Count) }

func positive(n int64) ternary.Value {
	if n <= 0 {
		return ternary.Unknown(notTold)
	}
	return ternary.Int(n)
}
