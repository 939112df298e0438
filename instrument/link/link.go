package link

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Why a token is not believed: for the log. A visitor is told the same of each (VisitorSays),
// or the answer would help those who guess.
var (
	// ErrMalformed: it is no token, or was cut short, as mail programs do with long lines.
	ErrMalformed = errors.New("the link is cut short or is no link of ours")
	// ErrForged: its signature is not right.
	ErrForged = errors.New("the link is not signed by us")
	// ErrUnknownKey: no key in use has the name that it is signed under. It is an ErrForged too.
	ErrUnknownKey = fmt.Errorf("%w: it names a key that is not in use", ErrForged)
	// ErrPurpose: it is ours, and is not meant for this.
	ErrPurpose = errors.New("the link is not meant for this")
	// ErrExpired: it is ours, and its time is up.
	ErrExpired = errors.New("the link has expired")
)

// VisitorSays is what somebody is told whose link is not believed, whatever the reason.
const VisitorSays = "This link does not open anything (any more). Answer the mail that it came with, and a person will read it."

// MaxToken is the longest token.
const MaxToken = 1200

// mark is the version. It stands last because it is neither a hyphen nor a full stop: programs
// that find links in a text leave those out at the end.
const mark = "1"

// A signature is HMAC-SHA-256 cut to 128 bits (RFC 2104, section 5): links have to be short,
// and to guess one takes a request each.
const signature = 16

var encoding = base64.RawURLEncoding.Strict()

// Make returns the token of a claim, signed with the first key. The same claim under the same
// key is always the same token.
func (k Keys) Make(c Claim) (string, error) {
	if len(k) == 0 || k[0].bytes == nil {
		return "", errors.New("make a link: there is no key; expected at least one")
	}
	if err := c.check(); err != nil {
		return "", fmt.Errorf("make a link: %w", err)
	}
	b := c.append(appendText(nil, k[0].id))
	return encoding.EncodeToString(append(b, k[0].sign(b)...)) + mark, nil
}

// Open returns the claim of a token at the time now. Its errors are, for errors.Is,
// ErrMalformed, ErrForged (ErrUnknownKey is one), ErrPurpose and ErrExpired.
func (k Keys) Open(token string, now time.Time) (Claim, error) {
	text, ok := strings.CutSuffix(token, mark)
	if !ok || len(token) > MaxToken || strings.ContainsAny(text, "\r\n") { // the decoder would pass over them
		return Claim{}, ErrMalformed
	}
	b, err := encoding.DecodeString(text)
	if err != nil || len(b) < signature {
		return Claim{}, ErrMalformed
	}
	b, sum := b[:len(b)-signature], b[len(b)-signature:]
	id, rest, ok := readText(b, MaxKeyID)
	if !ok {
		return Claim{}, ErrMalformed
	}
	c, rest, ok := readClaim(rest)
	if !ok || len(rest) > 0 {
		return Claim{}, ErrMalformed
	}
	key, ok := k.named(id)
	switch {
	case !ok:
		return Claim{}, ErrUnknownKey
	case !hmac.Equal(sum, key.sign(b)):
		return Claim{}, ErrForged
	case c.Purpose.String() == "invalid":
		return Claim{}, ErrPurpose
	case !now.Before(c.Until):
		return Claim{}, ErrExpired
	}
	return c, nil
}

// For returns the claim if the link may do what one of this purpose may, else ErrPurpose.
func (c Claim) For(p Purpose) (Claim, error) {
	if !c.Purpose.Covers(p) {
		return Claim{}, ErrPurpose
	}
	return c, nil
}

// sign returns the signature of bytes, told apart from whatever else the key may ever sign.
func (k Key) sign(b []byte) []byte {
	h := hmac.New(sha256.New, k.bytes())
	h.Write([]byte("evenkeel link 1\n"))
	h.Write(b)
	return h.Sum(nil)[:signature]
}
