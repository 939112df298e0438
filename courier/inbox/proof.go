package inbox

import (
	"bytes"
	"errors"
	"net"
	"slices"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
)

// mostSignatures are verified of a mail; each asks for a key.
const mostSignatures = 4

// Proof is what is known of who sent a mail. It stands beside the words.
type Proof struct {
	Signed []string // domains whose DKIM signature holds
	Broken []string // domains whose signature does not hold, or could not be verified, with why
	SPF    string   // as the operator's own server saw it, or ""
	DMARC  string
}

// Says tells it in a line.
func (p *Proof) Says() string {
	dkim := "no signature"
	switch {
	case len(p.Signed) > 0:
		dkim = "signed by " + strings.Join(p.Signed, ", ")
	case len(p.Broken) > 0:
		dkim = strings.Join(p.Broken, ", ")
	}
	or := func(s string) string {
		if s == "" {
			return "not known"
		}
		return s
	}
	return "DKIM: " + dkim + ". SPF: " + or(p.SPF) + ". DMARC: " + or(p.DMARC) + "."
}

// verify holds the signatures of a mail (RFC 6376) against keys that lookup finds, as net.LookupTXT does.
func (p *Proof) verify(raw []byte, lookup func(domain string) ([]string, error)) {
	if lookup == nil || !bytes.Contains(bytes.ToLower(raw[:min(len(raw), 256<<10)]), []byte("dkim-signature:")) {
		return
	}
	asked := func(domain string) ([]string, error) {
		txt, err := lookup(domain)
		if dns, ok := errors.AsType[*net.DNSError](err); err != nil && (!ok || !dns.IsNotFound) { // nobody said that there is none
			err = &net.DNSError{Err: "no answer", Name: domain, IsTemporary: true}
		}
		return txt, err
	}
	all, err := dkim.VerifyWithOptions(bytes.NewReader(raw), &dkim.VerifyOptions{LookupTXT: asked, MaxVerifications: mostSignatures})
	if err != nil && !errors.Is(err, dkim.ErrTooManySignatures) {
		p.Broken = append(p.Broken, "signatures that cannot be read")
		return
	}
	for _, v := range all {
		domain := oneLine(strings.ToLower(v.Domain))
		switch {
		case v.Err == nil:
			p.Signed = append(p.Signed, domain)
		case dkim.IsTempFail(v.Err):
			p.Broken = append(p.Broken, "the key of "+domain+" could not be asked for")
		default:
			p.Broken = append(p.Broken, "a signature of "+domain+" that does not hold")
		}
	}
}

// trust takes what one server says, which the operator named.
func (p *Proof) trust(m *Mail, server string) {
	spf, _, dmarc := m.header.Checked(server)
	p.SPF, p.DMARC = known(spf), known(dmarc)
}

// known is a result that there is; another one is not repeated.
func known(result string) string {
	if slices.Contains([]string{"none", "pass", "fail", "softfail", "neutral", "temperror", "permerror"}, result) {
		return result
	}
	return ""
}
