package answer

import "strings"

// Lang is a language that the pages speak.
type Lang uint8

// The languages. English is what is spoken to whoever asks for none of them.
const (
	English Lang = iota
	Chinese      // in simplified characters
	Japanese
	German
	French
	Spanish

	// Langs is how many there are.
	Langs = 6
)

var tags = [Langs]string{"en", "zh-Hans", "ja", "de", "fr", "es"}

// String returns the tag of the language as in BCP 47.
func (l Lang) String() string {
	if int(l) < len(tags) {
		return tags[l]
	}
	return tags[English]
}

// The bounds of what is read of the fields by which a client says what it would like: bytes, and members of the list. What
// stands behind them is not read.
const (
	MostPreference = 1 << 10
	MostPreferred  = 16
)

// LangOf returns the language that a visitor likes best of those there are, by Accept-Language (RFC 9110, section 12.5.4); of
// equal ones the first, English where there is none. A region or a script decides nothing: who reads
// traditional Chinese reads the simplified one sooner than English. It does not allocate.
func LangOf(accept string) Lang {
	best, most := English, 0
	for range MostPreferred {
		var name string
		var weight int
		if name, weight, accept = preferred(accept); weight > most {
			if l, ok := langOf(name); ok {
				best, most = l, weight
			}
		}
	}
	return best
}

// langOf returns the language of a tag.
func langOf(tag string) (Lang, bool) {
	first, _, _ := strings.Cut(tag, "-")
	if len(first) != 2 {
		return 0, false
	}
	for l, t := range tags {
		if strings.EqualFold(first, t[:2]) {
			return Lang(l), true
		}
	}
	return 0, false
}

// takesGzip says whether a client takes gzip, by Accept-Encoding (RFC 9110, section 12.5.3).
func takesGzip(accept string) bool {
	any, named := false, false
	for range MostPreferred {
		var name string
		var weight int
		name, weight, accept = preferred(accept)
		switch {
		case strings.EqualFold(name, "gzip"), strings.EqualFold(name, "x-gzip"):
			if weight > 0 {
				return true
			}
			named = true
		case name == "*":
			any = weight > 0
		}
	}
	return any && !named
}

// preferred cuts the first member off a list with weights: its name, and its weight in thousandths; 0 where it has none that
// RFC 9110, section 12.4.2, knows.
func preferred(list string) (name string, weight int, rest string) {
	list = list[:min(len(list), MostPreference)]
	member, rest, _ := strings.Cut(list, ",")
	name, params, has := strings.Cut(member, ";")
	name = strings.Trim(name, " \t")
	if !has {
		return name, 1000, rest
	}
	q := strings.Trim(params, " \t")
	if len(q) < 3 || q[0]|0x20 != 'q' || q[1] != '=' {
		return name, 0, rest
	}
	return name, thousandths(q[2:]), rest
}

// thousandths reads a weight: 0 to 1 with at most three decimals; 0 for what is none.
func thousandths(q string) int {
	if len(q) > 5 || q[0] != '0' && q[0] != '1' || len(q) > 1 && q[1] != '.' {
		return 0
	}
	n := int(q[0]-'0') * 1000
	for i, unit := 2, 100; i < len(q); i, unit = i+1, unit/10 {
		if q[i] < '0' || q[i] > '9' {
			return 0
		}
		n += int(q[i]-'0') * unit
	}
	if n > 1000 {
		return 0
	}
	return n
}
