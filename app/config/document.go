package config

import (
	_ "embed" // the default document
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
)

// Text is the document with every key at its default, and what each is for.
//
//go:embed default.yaml
var Text string

// Document is all that can be set. default.yaml says what the keys mean.
type Document struct {
	Listen     string     `yaml:"listen"`
	Data       string     `yaml:"data"`
	Durability string     `yaml:"durability"`
	Intake     Intake     `yaml:"intake"`
	Console    Console    `yaml:"console"`
	Shield     Shield     `yaml:"shield"`
	Hosts      Hosts      `yaml:"hosts"`
	Courier    Courier    `yaml:"courier"`
	Rota       string     `yaml:"rota"`
	Page       Page       `yaml:"page"`
	Billing    Billing    `yaml:"billing"`
	Status     Status     `yaml:"status"`
	SLA        string     `yaml:"sla"`
	Inbox      Inbox      `yaml:"inbox"`
	Reports    Reports    `yaml:"reports"`
	Ledger     Ledger     `yaml:"ledger"`
	Retention  Retention  `yaml:"retention"`
	Rules      []string   `yaml:"rules"`
	Policies   []string   `yaml:"policies"`
	Checkpoint Checkpoint `yaml:"checkpoint"`
	Watch      Watch      `yaml:"watch"`
}

// Intake says where telemetry comes in, and from whom.
type Intake struct {
	OTLPgRPC string   `yaml:"otlp_grpc"`
	OTLPHTTP string   `yaml:"otlp_http"`
	Assets   []string `yaml:"assets"`
	Labels   []string `yaml:"labels"`
	Sources  []Source `yaml:"sources"`
}

// Source is a sender that has a token.
type Source struct {
	Name        string   `yaml:"name,required"`
	TokenSHA256 string   `yaml:"token_sha256"`
	TokenFile   string   `yaml:"token_file"`
	May         []string `yaml:"may,required"`
	Points      float64  `yaml:"points_per_second"`
	Bytes       Size     `yaml:"bytes_per_second"`
}

// OwnMachine says whether only this machine reaches the console.
func (d *Document) OwnMachine() bool { return loopback(d.Listen) && d.Console.URL == "" }

// Secure says whether people reach the console by TLS, ours or that of who stands in front.
func (d *Document) Secure() bool {
	u, err := url.Parse(d.Console.URL)
	return d.Console.TLS() || err == nil && u.Scheme == "https"
}

// Console says how people reach it.
type Console struct {
	URL     string    `yaml:"url"`
	TLSCert string    `yaml:"tls_cert"`
	TLSKey  string    `yaml:"tls_key"`
	Metrics []Network `yaml:"metrics"`
	// Providers sign people in by OpenID Connect, in the order in which they are offered.
	Providers []Provider `yaml:"providers"`
}

// TLS says whether the console speaks TLS itself.
func (c *Console) TLS() bool { return c.TLSCert != "" }

// Shield says who carries orders out.
type Shield struct {
	Webhook Receiver `yaml:"webhook"`
}

// Receiver is a webhook that carries orders out, and what it declares.
type Receiver struct {
	URL        string    `yaml:"url"`
	Name       string    `yaml:"name"`
	SecretFile string    `yaml:"secret_file"`
	Networks   []Network `yaml:"networks"`
	Measures   []Carried `yaml:"measures"`
	Keeps      []string  `yaml:"keeps"`
	Destroys   []string  `yaml:"destroys"`
	Withholds  bool      `yaml:"withholds"`
	// ProbeEvery is how often it has to show that the ways stay open, ProofFor how long that counts.
	ProbeEvery time.Duration `yaml:"probe_every"`
	ProofFor   time.Duration `yaml:"proof_for"`
}

// Courier says how tenants are told.
type Courier struct {
	Operator string `yaml:"operator"`
	Domain   string `yaml:"domain"`
	Mail     Mail   `yaml:"mail"`
	Webhook  Teller `yaml:"webhook"`
	// Endpoints say how machines of tenants are posted to, where the inventory names some.
	Endpoints Endpoints `yaml:"endpoints"`
}

// Endpoints are the machines of tenants that are posted to.
type Endpoints struct {
	Networks    []Network `yaml:"networks"`
	Authorities string    `yaml:"authorities"` // a file of certificates, PEM
}

// Tells says whether notices get to anybody.
func (c *Courier) Tells() bool { return c.Mail.Server != "" || c.Webhook.URL != "" }

// Mail is the server that takes mail.
type Mail struct {
	Server       string `yaml:"server"`
	TLS          string `yaml:"tls"`
	User         string `yaml:"user"`
	PasswordFile string `yaml:"password_file"`
	From         string `yaml:"from"`
	ReplyTo      string `yaml:"reply_to"`
}

// Status says when the platform counts as hurt, who is called, and where the public page is written.
type Status struct {
	Directory string        `yaml:"directory"`
	CallAfter time.Duration `yaml:"call_after"`
	Tenants   int           `yaml:"tenants"`
	Share     float64       `yaml:"share"`
	Quiet     time.Duration `yaml:"quiet"`
}

// Billing says who bills tenants.
type Billing struct {
	Webhook Teller `yaml:"webhook"`
}

// Teller is a webhook that is told of every notice, or of every credit.
type Teller struct {
	URL        string    `yaml:"url"`
	SecretFile string    `yaml:"secret_file"`
	Networks   []Network `yaml:"networks"`
}

// Network is a range of addresses, such as 10.0.0.0/8.
type Network struct{ netip.Prefix }

// UnmarshalText reads one.
func (n *Network) UnmarshalText(b []byte) (err error) {
	if n.Prefix, err = netip.ParsePrefix(string(b)); err == nil {
		return nil
	}
	if a, err := netip.ParseAddr(string(b)); err == nil {
		return evenkeel.Invalid("the network %.80q; expected one like 10.0.0.0/8: for one address write %s/%d", b, a, a.BitLen())
	}
	return evenkeel.Invalid("the network %.80q; expected one like 10.0.0.0/8", b)
}

// Retention bounds the log of what came in, and says for how long kinds of what is kept are.
type Retention struct {
	Bytes    Size          `yaml:"bytes"`
	Age      time.Duration `yaml:"age"`
	Findings time.Duration `yaml:"findings"` // after their case was closed
	Contacts time.Duration `yaml:"contacts"` // from before a change, after their case was closed
	Mails    time.Duration `yaml:"mails"`    // after they came
	Reports  time.Duration `yaml:"reports"`  // after they were settled
}

// The least that kinds are kept for. A clearance holds machines back for 30 days, and lots are drawn over
// cases that were closed lately.
const (
	LeastFindings = 90 * 24 * time.Hour
	LeastContacts = 30 * 24 * time.Hour
	LeastMails    = 30 * 24 * time.Hour
	LeastReports  = 90 * 24 * time.Hour
)

// Checkpoint says how often what is known is written down.
type Checkpoint struct {
	Every time.Duration `yaml:"every"`
}

// Watch bounds what the engine keeps.
type Watch struct {
	Lateness    time.Duration `yaml:"lateness"`
	Horizon     time.Duration `yaml:"horizon"`
	Subjects    int           `yaml:"subjects"`
	Lines       int           `yaml:"lines"`
	TenantShare int           `yaml:"tenant_share"`
	Identities  int           `yaml:"identities"`
	Held        int           `yaml:"held"`
}

// Sync says whether what is acknowledged outlives the loss of power.
func (d *Document) Sync() bool { return d.Durability == "sync" }

// Default is what holds where nothing is set.
func Default() Document {
	var d Document
	if err := strict.Decode("default.yaml", []byte(Text), &d); err != nil {
		panic("the program's own default.yaml: " + err.Error()) // a test reads it
	}
	return d
}

// Parse reads a document over the defaults and checks it. name stands in errors, which are of
// KindInvalid and hold a line for each fault. Where some of it cannot be read the rest is read
// and checked all the same, and returned, so that all faults can be told at once.
func Parse(name string, data []byte) (Document, error) {
	d := Default()
	if Blank(data) {
		return d, d.check(name)
	}
	if err := strict.Decode(name, data, &d); err != nil {
		unread := &evenkeel.Error{Kind: evenkeel.KindInvalid, Err: err, Hint: "evenkeel config print writes every key with its meaning"}
		return d, errors.Join(unread, d.check(name))
	}
	return d, d.check(name)
}

// Blank says whether a text sets nothing: all of it is comments, or it is empty.
func Blank(data []byte) bool {
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			return false
		}
	}
	return true
}
