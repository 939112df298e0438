package shape

import (
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// forms are what a text may have to look like: the words of the lines of a shape. Each answers
// whether a text is of its form.
var forms = map[string]struct {
	says string
	is   func(string) bool
}{
	"time":  {"a time as in RFC 3339, such as 2026-11-22T09:30:00Z", isTime},
	"date":  {"a date such as 2026-11-22", func(s string) bool { _, err := time.Parse(time.DateOnly, s); return err == nil }},
	"uri":   {"an absolute URI", isURI},
	"email": {"a mail address", isEmail},
	"host":  {"a host name", IsHost},
	"uuid":  {"a UUID of 36 characters", regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`).MatchString},
	"ip":    {"an IPv4 or IPv6 address", isIP},
	"ipv4":  {"an IPv4 address", func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is4() }},
	"ipv6":  {"an IPv6 address", func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is6() && a.Zone() == "" }},
}

func isIP(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Zone() == ""
}

// isTime takes RFC 3339 with either case of T and Z. A leap second is a time.
func isTime(s string) bool {
	s = strings.ToUpper(s)
	if len(s) < 20 || s[10] != 'T' {
		return false
	}
	if s[17:19] == "60" {
		s = s[:17] + "59" + s[19:]
	}
	_, err := time.Parse(time.RFC3339Nano, s)
	return err == nil
}

func isURI(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && !strings.ContainsAny(s, " <>\"{}|\\^`")
}

func isEmail(s string) bool {
	local, domain, ok := cutLast(s, "@")
	if !ok || len(local) == 0 || len(local) > 64 || len(s) > 254 {
		return false
	}
	a, err := mail.ParseAddress("<" + s + ">")
	return err == nil && a.Name == "" && (IsHost(domain) || strings.HasPrefix(domain, "["))
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// IsHost says whether a text is a host name: labels of 1 to 63 letters, digits and hyphens, the
// whole of at most 253 characters (RFC 1123).
func IsHost(s string) bool {
	s = strings.TrimSuffix(s, ".")
	if s == "" || len(s) > 253 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range []byte(label) {
			if c != '-' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
				return false
			}
		}
	}
	return true
}

func runes(s string) int { return utf8.RuneCountInString(s) }
