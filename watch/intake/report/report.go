package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
)

// Bounds of a report. What is longer is cut, except where its reader refuses it.
const (
	MaxSays     = 1000     // characters of what the reporter writes, as in XARF v4
	MaxEvidence = 50       // pieces of evidence, as in XARF v4
	MaxKept     = 16 << 10 // bytes that are kept of a piece; its hash and size are of all of it
	MaxName     = 200      // characters of names and ids
)

// Format is how a report was written.
type Format uint8

// The formats.
const (
	FormatXARF4 Format = iota + 1 // JSON, XARF v4
	FormatXARF3                   // JSON, XARF v1 to v3
	FormatXARF0                   // X-ARF 0.x: lines of key and value in a part of a mail
	FormatARF                     // RFC 5965: message/feedback-report in a mail
	FormatForm                    // the mail of a reporter whose form is known
	FormatMail                    // any other mail that names an address
)

var formats = [...]string{
	FormatXARF4: "xarf4", FormatXARF3: "xarf3", FormatXARF0: "xarf0", FormatARF: "arf", FormatForm: "form", FormatMail: "mail",
}

// String returns the format's word.
func (f Format) String() string {
	if int(f) >= len(formats) || formats[f] == "" {
		return "invalid"
	}
	return formats[f]
}

// MarshalText writes String.
func (f Format) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// Report is what somebody says about something that a tenant of ours may hold.
type Report struct {
	Format Format `json:"format"`
	// ID is the reporter's own name for it (report_id, Message-ID), or a hash of what it says:
	// the same report sent twice has the same ID.
	ID       string   `json:"id"`
	Reporter Reporter `json:"reporter"`
	Class    Class    `json:"class"`
	Source   Source   `json:"source"`
	// Target is what was attacked, where the reporter says it. It is in no JSON: it can give away who
	// reported.
	Target     Target          `json:"-"`
	At         evenkeel.Moment `json:"at"`              // when it was first seen, or the only time told
	Until      evenkeel.Moment `json:"until,omitempty"` // when it was last seen; 0 where one time is told
	Evidence   []Evidence      `json:"evidence,omitempty"`
	Incidents  int64           `json:"incidents"`  // how often, at least 1
	Confidence float64         `json:"confidence"` // 0 to 1: the reporter's, or how sure we are that we read it right; 0 not told
	Says       string          `json:"says,omitempty"`
	// Authentication is what is known of where a mail came from. It is a fact about the
	// report, not a reason to refuse it.
	Authentication Authentication `json:"authentication"`
	// Dropped names fields that were not taken over, such as _internal.
	Dropped []string `json:"dropped,omitempty"`
}

// Reporter is who reports.
type Reporter struct {
	Org    string `json:"org,omitempty"`
	Domain string `json:"domain,omitempty"` // lower case; what precision is counted by
	// Contact is where we may write back. It is not part of any JSON and no tenant reads it.
	Contact Contact `json:"-"`
}

// Contact is a mail address that only staff may see. It prints as a word, so that it gets into
// no log by accident.
type Contact struct{ address string }

// ContactOf keeps a mail address.
func ContactOf(address string) Contact { return Contact{Clip(address, MaxName)} }

// Address returns the address, for whoever writes to the reporter.
func (c Contact) Address() string { return c.address }

// Known says whether there is one.
func (c Contact) Known() bool { return c.address != "" }

// String never returns the address.
func (c Contact) String() string {
	if c.Known() {
		return "(a contact)"
	}
	return ""
}

// GoString is String, so that %#v tells no more.
func (c Contact) GoString() string { return c.String() }

// Source is where the abuse is said to come from, or to be.
type Source struct {
	Addr    netip.Addr `json:"addr,omitzero"`
	Port    uint16     `json:"port,omitempty"` // 0 not told
	Domain  string     `json:"domain,omitempty"`
	URL     string     `json:"url,omitempty"`
	Account string     `json:"account,omitempty"` // whose password is known to others, of reports about accounts
	Masked  string     `json:"masked,omitempty"`  // an address of which the reporter blotted out digits
}

// Target is an address that was attacked.
type Target struct {
	Addr     netip.Addr
	Port     uint16 // 0 not told
	Protocol string // lower case, such as tcp; "" not told
}

// TargetOf reads what a report says was attacked; the zero value where that is no address.
func TargetOf(address string, port int64, protocol string) Target {
	a, err := netip.ParseAddr(strings.TrimSpace(address))
	if err != nil || port < 0 || port > 65535 {
		return Target{}
	}
	return Target{a.Unmap().WithZone(""), uint16(port), strings.ToLower(protocol)}
}

// Known says whether anything is named.
func (s Source) Known() bool { return s != Source{} }

// Asset returns the id of what the source names: the address in its shortest form, else the
// domain. Accounts and pages without either name no asset.
func (s Source) Asset() evenkeel.AssetID {
	switch {
	case s.Addr.IsValid():
		return evenkeel.AssetID(s.Addr.Unmap().WithZone("").String())
	case s.Domain != "" && len(s.Domain) <= evenkeel.MaxID:
		return evenkeel.AssetID(s.Domain)
	}
	return ""
}

// SourceOf reads an address, a host name or an absolute URL, with or without a port. ok is false
// where it is none of them.
func SourceOf(text string) (s Source, ok bool) {
	text = strings.TrimSpace(text)
	if a, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return Source{Addr: a.Unmap().WithZone("")}, true
	}
	if ap, err := netip.ParseAddrPort(text); err == nil {
		return Source{Addr: ap.Addr().Unmap().WithZone(""), Port: ap.Port()}, true
	}
	if u, err := url.Parse(text); err == nil && u.Host != "" && u.IsAbs() {
		s, _ = SourceOf(u.Hostname())
		s.URL = Clip(text, 2048)
		return s, true
	}
	if masked.MatchString(text) {
		return Source{Masked: strings.ToLower(text)}, true
	}
	if host := strings.ToLower(strings.TrimSuffix(text, ".")); isDomain(host) {
		return Source{Domain: host}, true
	}
	return Source{}, false
}

var masked = regexp.MustCompile(`^(?i)([0-9]{1,3}|x{1,3})(\.([0-9]{1,3}|x{1,3})){3}$`)

// isDomain wants at least one dot and a top level that is not a number.
func isDomain(s string) bool {
	i := strings.LastIndexByte(s, '.')
	if i < 1 || len(s) > 253 || i == len(s)-1 || s[i+1] >= '0' && s[i+1] <= '9' {
		return false
	}
	for _, c := range []byte(s) {
		if c != '-' && c != '.' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return !strings.Contains(s, "..") && s[0] != '-'
}

// Evidence is one thing that the reporter brings along.
type Evidence struct {
	ContentType string `json:"content_type"`
	Says        string `json:"says,omitempty"`
	SHA256      string `json:"sha256"` // in hex, of all of it
	Size        int    `json:"size"`   // bytes of all of it
	Claim       Claim  `json:"claim"`  // what became of the hash that the reporter told
	Kept        []byte `json:"-"`      // the first MaxKept bytes, for staff
}

// Claim is what became of a hash that a reporter wrote beside a piece of evidence.
type Claim uint8

// The claims.
const (
	ClaimNone    Claim = iota // none was told
	ClaimAgrees               // it is that of the evidence
	ClaimDiffers              // it is not: the evidence was changed on its way, or the hash was made up
)

// String returns none, agrees or differs.
func (c Claim) String() string {
	return [...]string{"none", "agrees", "differs", "invalid"}[min(c, 3)]
}

// MarshalText writes String.
func (c Claim) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// EvidenceOf hashes and bounds a piece of evidence.
func EvidenceOf(contentType, says string, body []byte) Evidence {
	sum := sha256.Sum256(body)
	return Evidence{
		ContentType: Clip(contentType, MaxName), Says: Clip(says, 500), SHA256: hex.EncodeToString(sum[:]),
		Size: len(body), Kept: append([]byte(nil), body[:min(len(body), MaxKept)]...),
	}
}

// Authentication is what a receiving mail server wrote about where a mail came from: a word such
// as pass or fail, or unknown where it wrote nothing or is not one of ours.
type Authentication struct {
	SPF   string `json:"spf"`
	DKIM  string `json:"dkim"`
	DMARC string `json:"dmarc"`
}

// Unauthenticated is what is known of a report that did not come by mail.
var Unauthenticated = Authentication{"unknown", "unknown", "unknown"}

// Ended returns Until, or At where there is none.
func (r *Report) Ended() evenkeel.Moment { return max(r.At, r.Until) }

// Digest names a report by what it says, for one that has no id: source, class, time and
// evidence.
func (r *Report) Digest() string {
	h := sha256.New()
	parts := []string{r.Reporter.Domain, r.Class.String(), string(r.Source.Asset()), r.Source.URL, r.Source.Account,
		r.At.String(), r.Until.String(), r.Says}
	for _, e := range r.Evidence {
		parts = append(parts, e.SHA256)
	}
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)[:16])
}

// Settle fills what follows from the rest: an id, one incident, the order of times, bounds.
func (r *Report) Settle() {
	r.Says = Clip(r.Says, MaxSays)
	r.Reporter.Org = Clip(r.Reporter.Org, MaxName)
	r.Reporter.Domain = strings.ToLower(Clip(r.Reporter.Domain, 253))
	r.Evidence = r.Evidence[:min(len(r.Evidence), MaxEvidence)]
	r.Incidents = max(r.Incidents, 1)
	r.Authentication.SPF = cmp.Or(r.Authentication.SPF, "unknown")
	r.Authentication.DKIM = cmp.Or(r.Authentication.DKIM, "unknown")
	r.Authentication.DMARC = cmp.Or(r.Authentication.DMARC, "unknown")
	if r.Until != 0 && r.Until < r.At {
		r.At, r.Until = r.Until, r.At
	}
	if r.Class == (Class{}) {
		r.Class = Other
	}
	if r.ID = Clip(strings.Trim(strings.TrimSpace(r.ID), "<>"), MaxName); r.ID == "" {
		r.ID = r.Digest()
	}
}

// Clip makes a text of foreign bytes: valid UTF-8, without control characters but for newlines
// and tabs, of at most so many characters.
func Clip(s string, most int) string {
	s = strings.Map(func(c rune) rune {
		if c == utf8.RuneError || unicode.IsControl(c) && c != '\n' && c != '\t' {
			return -1
		}
		return c
	}, s[:min(len(s), 4*most+4)])
	s = strings.TrimSpace(s)
	for i := range s {
		if most--; most < 0 {
			return s[:i]
		}
	}
	return s
}
