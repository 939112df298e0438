package ledger

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
	"golang.org/x/mod/sumdb/tlog"
)

// MaxLeaf is the longest leaf in bytes.
const MaxLeaf = 4096

// format is the first line of a leaf.
const format = "evenkeel ledger leaf v1"

// The form of a leaf, version 1. It is text in lines, each of them ended by a newline: the
// line "evenkeel ledger leaf v1", then one line for each of these that is not zero, in this
// order, of its name, a space and its value:
//
//	at kind family policy measure wanted state mode from until assets machine case outcome
//	tenant subject content
//
// A time is RFC 3339 in UTC with as many decimals as needed. A word is the one of the
// enumeration. A number is decimal. What may only be true is "yes". A text is its bytes, of
// which all but the printable ones of ASCII, and the space and the per cent sign, are
// written as % and two capital hexadecimal digits. A commitment is base64. What is zero has
// no line: no measure is "none", and a word that is not there is not known. Every leaf has a
// time and a kind, and all but those of policies a content.
//
// A leaf of another form begins with another first line, as version 2 does (later.go); this
// one never changes.
var lines = []line{
	moment("at", func(l *Leaf) *evenkeel.Moment { return &l.At }),
	word("kind", func(l *Leaf) *Kind { return &l.Kind }, ParseKind),
	text("family", func(l *Leaf) *string { return &l.Family }),
	text("policy", func(l *Leaf) *string { return &l.Policy }),
	word("measure", func(l *Leaf) *evenkeel.Measure { return &l.Measure }, evenkeel.ParseMeasure),
	word("wanted", func(l *Leaf) *evenkeel.Measure { return &l.Wanted }, evenkeel.ParseMeasure),
	word("state", func(l *Leaf) *evenkeel.DecisionState { return &l.State }, evenkeel.ParseDecisionState),
	word("mode", func(l *Leaf) *evenkeel.Mode { return &l.Mode }, evenkeel.ParseMode),
	moment("from", func(l *Leaf) *evenkeel.Moment { return &l.From }),
	moment("until", func(l *Leaf) *evenkeel.Moment { return &l.Until }),
	number("assets", func(l *Leaf) *int { return &l.Assets }),
	yes("machine", func(l *Leaf) *bool { return &l.Machine }),
	word("case", func(l *Leaf) *evenkeel.CaseState { return &l.Case }, evenkeel.ParseCaseState),
	word("outcome", func(l *Leaf) *evenkeel.Outcome { return &l.Outcome }, evenkeel.ParseOutcome),
	yes("tenant", func(l *Leaf) *bool { return &l.Tenant }),
	commitment("subject", func(l *Leaf) *tlog.Hash { return &l.Subject }),
	commitment("content", func(l *Leaf) *tlog.Hash { return &l.Content }),
}

// line is one line of a leaf: write returns "" where it is left out.
type line struct {
	name  string
	write func(*Leaf) string
	read  func(*Leaf, string) error
}

// Bytes returns the leaf in its only form.
func (l Leaf) Bytes() []byte {
	first, lines := l.form()
	b := []byte(first + "\n")
	for _, x := range lines {
		if v := x.write(&l); v != "" {
			b = fmt.Appendf(b, "%s %s\n", x.name, v)
		}
	}
	return b
}

// ParseLeaf reads what Bytes wrote. Anything else is an error of KindInvalid that says what
// was expected, another spelling of the same leaf too.
func ParseLeaf(data []byte) (Leaf, error) {
	if len(data) > MaxLeaf {
		return Leaf{}, evenkeel.Invalid("leaf of %d bytes; expected at most %d", len(data), MaxLeaf)
	}
	rest, ended := strings.CutSuffix(string(data), "\n")
	if !ended {
		return Leaf{}, evenkeel.Invalid("leaf %.40q; expected lines that end with a newline", data)
	}
	given := strings.Split(rest, "\n")
	lines, known := forms[given[0]]
	if !known {
		return Leaf{}, evenkeel.Invalid("leaf: its first line is %.40q; expected %q or %q", given[0], format, later)
	}
	var l Leaf
	at := 1
	for _, x := range lines {
		if at == len(given) {
			break
		}
		name, value, _ := strings.Cut(given[at], " ")
		if name != x.name {
			continue
		}
		at++
		if err := x.read(&l, value); err != nil {
			return Leaf{}, fmt.Errorf("leaf: line %d, %s: %w", at, x.name, err)
		}
	}
	if at < len(given) {
		return Leaf{}, evenkeel.Invalid("leaf: line %d is %.60q; expected the lines of a leaf, each at most once and in their order", at+1, given[at])
	}
	if !bytes.Equal(l.Bytes(), data) {
		return Leaf{}, evenkeel.Invalid("leaf: written as %.1000q; expected %.1000q", data, l.Bytes())
	}
	return l, l.check()
}

// check says what every leaf has.
func (l *Leaf) check() error {
	switch {
	case l.At == 0 || l.Kind == 0:
		return evenkeel.Invalid("leaf of kind %q at %q; expected both", l.Kind, l.At)
	case l.Kind == KindPolicy && (l.Policy == "" || l.Subject != tlog.Hash{} || l.Content != tlog.Hash{}):
		return evenkeel.Invalid("leaf of a policy; expected its digest and no commitment")
	case l.Kind == KindCredit && !l.isLater():
		return evenkeel.Invalid("leaf of a credit; expected its minutes or its amount")
	case l.Kind != KindPolicy && l.Content == tlog.Hash{}:
		return evenkeel.Invalid("leaf of kind %s commits to no content", l.Kind)
	}
	return nil
}

func moment(name string, at func(*Leaf) *evenkeel.Moment) line {
	return line{
		name,
		func(l *Leaf) string { return at(l).String() },
		func(l *Leaf, s string) (err error) {
			*at(l), err = evenkeel.ParseMoment(s)
			return err
		},
	}
}

func word[E interface {
	~uint8
	fmt.Stringer
}](name string, at func(*Leaf) *E, parse func(string) (E, error)) line {
	return line{
		name,
		func(l *Leaf) string {
			if *at(l) == 0 {
				return ""
			}
			return (*at(l)).String()
		},
		func(l *Leaf, s string) (err error) {
			*at(l), err = parse(s)
			return err
		},
	}
}

func number(name string, at func(*Leaf) *int) line {
	return line{
		name,
		func(l *Leaf) string {
			if *at(l) == 0 {
				return ""
			}
			return strconv.Itoa(*at(l))
		},
		func(l *Leaf, s string) error {
			n, err := strconv.Atoi(s)
			if err != nil || n <= 0 {
				return evenkeel.Invalid("number %.20q; expected 1 or more", s)
			}
			*at(l) = n
			return nil
		},
	}
}

func yes(name string, at func(*Leaf) *bool) line {
	return line{
		name,
		func(l *Leaf) string {
			if !*at(l) {
				return ""
			}
			return "yes"
		},
		func(l *Leaf, s string) error {
			if s != "yes" {
				return evenkeel.Invalid("%.20q; expected yes, or no such line", s)
			}
			*at(l) = true
			return nil
		},
	}
}

func commitment(name string, at func(*Leaf) *tlog.Hash) line {
	return line{
		name,
		func(l *Leaf) string {
			if *at(l) == (tlog.Hash{}) {
				return ""
			}
			return at(l).String()
		},
		func(l *Leaf, s string) (err error) {
			if *at(l), err = tlog.ParseHash(s); err != nil {
				return evenkeel.Invalid("commitment %.60q; expected 32 bytes in base64", s)
			}
			return nil
		},
	}
}

func text(name string, at func(*Leaf) *string) line {
	return line{
		name,
		func(l *Leaf) string { return escape(*at(l)) },
		func(l *Leaf, s string) (err error) {
			*at(l), err = unescape(s)
			return err
		},
	}
}

// plain says whether a byte of a text stands for itself.
func plain(c byte) bool { return c > ' ' && c < 0x7f && c != '%' }

func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; plain(c) {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

func unescape(s string) (string, error) {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '%' {
			b = append(b, c)
			continue
		}
		n, err := strconv.ParseUint(s[i+1:min(i+3, len(s))], 16, 8)
		if err != nil || i+3 > len(s) {
			return "", evenkeel.Invalid("text %.60q; expected two hexadecimal digits after each %%", s)
		}
		b = append(b, byte(n))
		i += 2
	}
	return string(b), nil
}
