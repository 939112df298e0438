package answer

import (
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"
)

// Settings are the operator's: who answers, and how to be heard.
type Settings struct {
	// Operator is the name that visitors know, up to MostOperator bytes; "" shows none.
	Operator string
	// Contact is an address, a telephone number or a sentence, up to MostContact bytes; "" shows none. An address of mail
	// and a number can be pressed.
	Contact string
	// Form is an https address where mistakes are reported, up to MostForm bytes; the reference is added to its query as ray. "" shows none.
	Form string
	// Base is under which path of every site the script lies and answers are taken; "" is DefaultBase.
	Base string
}

// The bounds of settings in bytes, and what is taken where nothing is set.
const (
	MostOperator = 80
	MostContact  = 200
	MostForm     = 500
	MostBase     = 64
	DefaultBase  = "/.evenkeel/"
)

// check completes settings and refuses what no page could show.
func (s *Settings) check() error {
	if s.Base == "" {
		s.Base = DefaultBase
	}
	for _, x := range []struct {
		name, is string
		most     int
	}{{"operator", s.Operator, MostOperator}, {"contact", s.Contact, MostContact}, {"form", s.Form, MostForm}, {"base", s.Base, MostBase}} {
		if len(x.is) > x.most {
			return fmt.Errorf("the %s of the pages has %d bytes; expected at most %d", x.name, len(x.is), x.most)
		}
		if !utf8.ValidString(x.is) || strings.ContainsFunc(x.is, unseen) {
			return fmt.Errorf("the %s of the pages is %q; expected text in UTF-8 without control characters", x.name, x.is)
		}
	}
	if s.Form != "" {
		u, err := url.Parse(s.Form)
		if err != nil || u.Scheme != "https" || u.Host == "" || u.Fragment != "" || u.User != nil || strings.ContainsAny(s.Form, " \"'<>\\`") {
			return fmt.Errorf("the form of the pages is %q; expected an https address without a fragment, such as https://help.example/mistake", s.Form)
		}
	}
	if !strings.HasPrefix(s.Base, "/") || !strings.HasSuffix(s.Base, "/") || strings.Contains(s.Base, "//") || len(s.Base) < 2 ||
		strings.ContainsFunc(s.Base, func(c rune) bool { return c > 0x7e || notOfHosts(byte(c)) && !strings.ContainsRune("/_~", c) }) {
		return fmt.Errorf("the base of the pages is %q; expected a path such as %s", s.Base, DefaultBase)
	}
	return nil
}

// reached returns the contact as HTML: something to press where it is an address or a number.
func (s *Settings) reached() string {
	if s.Contact == "" {
		return ""
	}
	text := string(appendHTML(nil, s.Contact))
	name, domain, at := strings.Cut(s.Contact, "@")
	switch {
	case at && name != "" && strings.Contains(domain, ".") && !strings.ContainsAny(s.Contact, " ,;:?&%\"'<>\\()") && !strings.Contains(domain, "@"):
		return `<a href="mailto:` + text + `">` + text + `</a>`
	case isTelephone(s.Contact):
		number := strings.Map(func(c rune) rune {
			if c == '+' || c >= '0' && c <= '9' {
				return c
			}
			return -1
		}, s.Contact)
		return `<a href="tel:` + number + `">` + text + `</a>`
	}
	return text
}

// isTelephone says whether a text is a number as in ITU-T E.123: digits, a plus at the beginning, and spaces, hyphens and
// brackets between them.
func isTelephone(s string) bool {
	digits := 0
	for i, c := range s {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '+' && i == 0, c == ' ', c == '-', c == '(', c == ')':
		default:
			return false
		}
	}
	return digits >= 5
}
