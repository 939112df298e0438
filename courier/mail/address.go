package mail

import (
	netmail "net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
	"golang.org/x/net/idna"
)

// maxAddress is the longest address that SMTP carries (RFC 5321, section 4.5.3.1.3).
const maxAddress = 254

// parseAddress takes a bare address of letters, digits and the few signs that need no quotes,
// and puts its domain into the form that every server knows. The error does not quote it.
func parseAddress(s string) (string, error) {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || domain == "" || len(s) > maxAddress || len(local) > 64 || !utf8.ValidString(s) ||
		strings.ContainsFunc(s, func(r rune) bool {
			return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`"(),:;<>[\]`, r)
		}) || strings.Contains(domain, "@") || strings.Contains("."+local+".", "..") {
		return "", evenkeel.Invalid("it is no e-mail address that mail can be sent to")
	}
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil || ascii == "" {
		return "", evenkeel.Invalid("its domain is none that mail can be sent to")
	}
	return local + "@" + ascii, nil
}

// parseSender takes an address with or without a name before it.
func parseSender(s string) (netmail.Address, error) {
	a, err := netmail.ParseAddress(s)
	if err != nil {
		return netmail.Address{}, evenkeel.Invalid("%q: expected an address, such as Example Cloud <abuse@example.com>", s)
	}
	a.Address, err = parseAddress(a.Address)
	if err != nil {
		return netmail.Address{}, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: s, Err: err}
	}
	return *a, nil
}

// ascii says whether a text needs nothing but SMTP of old.
func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}
