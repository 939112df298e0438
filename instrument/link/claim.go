package link

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"
	"unicode/utf8"
)

// Purpose is what a link may do. There is no other.
type Purpose uint8

// The purposes. Their numbers are part of tokens.
const (
	Show  Purpose = 1 // read what was decided about the tenant, and why
	Speak Purpose = 2 // that, and answer
)

var purposes = [...]string{Show: "show", Speak: "speak"}

// String returns show or speak.
func (p Purpose) String() string {
	if int(p) < len(purposes) && purposes[p] != "" {
		return purposes[p]
	}
	return "invalid"
}

// Covers says whether a link of this purpose may also do what one of another may.
func (p Purpose) Covers(other Purpose) bool {
	return p == other && p.String() != "invalid" || p == Speak && other == Show
}

// MaxText is the longest case, tenant or contact in bytes.
const MaxText = 256

// Claim is what a link says.
type Claim struct {
	Purpose Purpose
	Case    string
	Tenant  string
	Contact string    // the role of the one whom it was sent to, or "": who is heard to speak
	Until   time.Time // from then on it opens nothing; whole seconds, later parts are cut off
}

// latest is the last second that a link may name: the end of the year 9999, beyond which times
// are not written in RFC 3339.
const latest = 253402300799

func (c *Claim) check() error {
	switch s := c.Until.Unix(); {
	case c.Purpose.String() == "invalid":
		return fmt.Errorf("a link of purpose %d; expected show or speak", c.Purpose)
	case c.Case == "" || c.Tenant == "":
		return errors.New("a link about no case or to no tenant; expected both")
	case s <= 0 || s > latest:
		return errors.New("a link without an end; expected one from 1970 to 9999")
	}
	for _, s := range []string{c.Case, c.Tenant, c.Contact} {
		if len(s) > MaxText || !utf8.ValidString(s) {
			return fmt.Errorf("a link with a text of %d bytes; expected UTF-8 of at most %d", len(s), MaxText)
		}
	}
	return nil
}

// append writes the claim: its purpose, its end, and three texts with their lengths before
// them, so that its bytes say themselves where they stop.
func (c *Claim) append(b []byte) []byte {
	b = append(b, byte(c.Purpose))
	b = binary.AppendUvarint(b, uint64(c.Until.Unix()))
	for _, s := range []string{c.Case, c.Tenant, c.Contact} {
		b = appendText(b, s)
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// readClaim reads what append wrote, and returns what is left.
func readClaim(b []byte) (c Claim, rest []byte, ok bool) {
	if len(b) == 0 {
		return c, nil, false
	}
	c.Purpose, b = Purpose(b[0]), b[1:]
	until, n := binary.Uvarint(b)
	if n <= 0 || until > math.MaxInt64 {
		return c, nil, false
	}
	c.Until, b = time.Unix(int64(until), 0).UTC(), b[n:]
	for _, s := range []*string{&c.Case, &c.Tenant, &c.Contact} {
		if *s, b, ok = readText(b, MaxText); !ok {
			return c, nil, false
		}
	}
	return c, b, true
}

func readText(b []byte, most uint64) (s string, rest []byte, ok bool) {
	long, n := binary.Uvarint(b)
	if n <= 0 || long > most || long > uint64(len(b)-n) {
		return "", nil, false
	}
	b = b[n:]
	return string(b[:long]), b[long:], true
}
