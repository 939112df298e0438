package xarf

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Kinds are the types of a report in category connection that can be written.
var Kinds = []string{"ddos", "login_attack", "port_scan"}

// Protocols are what those types know.
var Protocols = []string{"tcp", "udp", "icmp", "sctp"}

// The bounds of a report, in bytes; those of org, description and evidence are the schema's, in
// characters, and bytes are never fewer.
const (
	MaxOrg      = 200
	MaxSays     = 1000
	MaxEvidence = 64 << 10 // of all texts together
)

// Attack is what somebody is told.
type Attack struct {
	Key        string // names what it is about: two reports of one key and victim are the same
	Kind       string // one of Kinds
	Source     netip.Addr
	SourcePort int // 1 to 65535: behind one address there may be many machines; 0 only with icmp
	Victim     netip.Addr
	VictimPort int // 0: several, or none
	Protocol   string
	At         time.Time // when the report is written
	First      time.Time // of what was seen
	Last       time.Time // zero: not known, or it goes on
	Reporter   Reporter
	Says       string     // in a few sentences
	Evidence   []Evidence // at most 50
}

// Reporter is who writes: the operator.
type Reporter struct {
	Org     string
	Contact string // an e-mail address
	Domain  string
}

// Evidence is a text.
type Evidence struct {
	About string // in a few words
	Text  string
}

// check says what a report lacks, or nil.
func (a *Attack) check() error {
	size := 0
	for _, e := range a.Evidence {
		size += len(e.Text)
		if len(e.About) > 500 {
			return fmt.Errorf("a piece of evidence is called by %d bytes; expected at most 500", len(e.About))
		}
	}
	_, host, at := strings.Cut(a.Reporter.Contact, "@")
	switch {
	case a.Key == "":
		return fmt.Errorf("the report has no key; expected what it is about")
	case !slices.Contains(Kinds, a.Kind):
		return fmt.Errorf("kind %.40q; expected one of %s", a.Kind, strings.Join(Kinds, ", "))
	case !slices.Contains(Protocols, a.Protocol):
		return fmt.Errorf("protocol %.40q; expected one of %s", a.Protocol, strings.Join(Protocols, ", "))
	case !plain(a.Source) || !plain(a.Victim):
		return fmt.Errorf("from %s at %s; expected two addresses", a.Source, a.Victim)
	case !Public(a.Source) || !Public(a.Victim):
		return fmt.Errorf("from %s at %s; expected two public addresses: behind one that is private or reserved nobody can be told, and nobody can be found", a.Source, a.Victim)
	case a.Source == a.Victim:
		return fmt.Errorf("from %s at itself; expected whom it attacked", a.Source)
	case a.SourcePort < 0 || a.SourcePort > 65535 || a.VictimPort < 0 || a.VictimPort > 65535:
		return fmt.Errorf("ports %d and %d; expected 1 to 65535", a.SourcePort, a.VictimPort)
	case a.SourcePort == 0 && a.Protocol != "icmp":
		return fmt.Errorf("the port that it came from is missing; expected one that was seen, since behind one address there may be many machines")
	case a.At.IsZero() || a.First.IsZero() || a.First.After(a.At) || !a.Last.IsZero() && a.Last.Before(a.First):
		return fmt.Errorf("written %s about %s to %s; expected three times in their order", a.At, a.First, a.Last)
	case a.Reporter.Org == "" || len(a.Reporter.Org) > MaxOrg || a.Reporter.Domain == "":
		return fmt.Errorf("reporter %.40q of %.40q; expected a name of at most %d bytes and a domain", a.Reporter.Org, a.Reporter.Domain, MaxOrg)
	case !at || host == "" || strings.ContainsAny(a.Reporter.Contact, " \t\r\n<>,"):
		return fmt.Errorf("contact %.60q; expected an e-mail address", a.Reporter.Contact)
	case len(a.Says) > MaxSays:
		return fmt.Errorf("it says %d bytes; expected at most %d", len(a.Says), MaxSays)
	case size > MaxEvidence || len(a.Evidence) > 50:
		return fmt.Errorf("%d pieces of evidence with %d bytes; expected at most 50 with %d", len(a.Evidence), size, MaxEvidence)
	}
	return nil
}

// reserved are the IPv4 networks behind which nobody is in public: the special-purpose registry of IANA
// (RFC 6890), multicast (RFC 5771) and what was never given out. Those of documentation (RFC 5737) are
// not among them: they are nobody's, and examples are made of them.
var reserved = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.168.0.0/16"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("224.0.0.0/3"),
}

// unicast is what is given out of IPv6 (RFC 4291); all else is private, local, mapped or multicast.
var unicast = netip.MustParsePrefix("2000::/3")

// Public says whether somebody may answer for an address: it is not private, and not reserved.
func Public(a netip.Addr) bool {
	if !plain(a) || a.Is6() {
		return plain(a) && unicast.Contains(a)
	}
	return !slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(a) })
}

// plain says whether an address is one that can be written to others: a zone means nothing to them.
func plain(a netip.Addr) bool {
	return a.IsValid() && a.Zone() == "" && !a.IsUnspecified() && !a.Is4In6()
}
