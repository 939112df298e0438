package hostlink

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// Token is what a host needs to enrol, once. Its text is a secret until it was used.
type Token struct {
	Host      string   // the id that the host will have
	Addresses []string // of control, as host:port, the first to be tried first
	Pin       Pin      // of control's certificate authority
	Secret    [32]byte
}

// Pin is the SHA-256 of a certificate (DER).
type Pin [sha256.Size]byte

const (
	tokenPrefix  = "ek-host-1-"
	maxToken     = 4096 // bytes of its text
	maxHostID    = 64
	maxAddresses = 8
	maxAddress   = 253 + 1 + 5 // a name (RFC 1035) and a port
)

// CheckHost says what is wrong with the id of a host, or nil: 1 to 64 letters, digits, - and _, since it is a
// part of subjects.
func CheckHost(id string) error {
	ok := len(id) >= 1 && len(id) <= maxHostID
	for _, r := range id {
		ok = ok && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	}
	if !ok {
		return evenkeel.Invalid("host %.80q; expected 1 to %d of the characters a-z, A-Z, 0-9, - and _", id, maxHostID)
	}
	return nil
}

func checkAddresses(all []string) error {
	if len(all) < 1 || len(all) > maxAddresses {
		return evenkeel.Invalid("%d addresses of control; expected 1 to %d", len(all), maxAddresses)
	}
	for _, a := range all {
		host, port, err := net.SplitHostPort(a)
		n, bad := strconv.ParseUint(port, 10, 16)
		if err != nil || bad != nil || n == 0 || host == "" || len(a) > maxAddress || strings.ContainsAny(a, " /@\"\\%") {
			return evenkeel.Invalid("address of control %.80q; expected a name or an address and a port, such as control.example.com:7422", a)
		}
	}
	return nil
}

// Text returns the token as it is handed to a host.
func (t Token) Text() string {
	b := append([]byte{byte(len(t.Host))}, t.Host...)
	b = append(b, byte(len(t.Addresses)))
	for _, a := range t.Addresses {
		b = binary.BigEndian.AppendUint16(b, uint16(len(a)))
		b = append(b, a...)
	}
	b = append(b, t.Pin[:]...)
	b = append(b, t.Secret[:]...)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(b)
}

// String keeps the secret out of logs.
func (t Token) String() string { return "token for host " + t.Host }

// GoString keeps the secret out of logs.
func (t Token) GoString() string { return t.String() }

// ParseToken reads what Text wrote, with white space around it. An error never holds the token's text.
func ParseToken(text string) (Token, error) {
	text = strings.TrimSpace(text)
	rest, ok := strings.CutPrefix(text, tokenPrefix)
	if !ok || len(text) > maxToken {
		return Token{}, evenkeel.Invalid("the token has %d characters and begins otherwise; expected one that begins with %s", len(text), tokenPrefix)
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(rest)
	if err != nil || strings.ContainsAny(rest, "\r\n") || // which the decoder passes over
		len(b) < 4 || crc32.ChecksumIEEE(b[:len(b)-4]) != binary.BigEndian.Uint32(b[len(b)-4:]) {
		return Token{}, evenkeel.Invalid("the token is not whole; copy all of it, as it was given, in one line")
	}
	t, ok := readToken(b[:len(b)-4])
	if !ok {
		return Token{}, evenkeel.Invalid("the token is of another version; expected one that this version's control gave")
	}
	if err := CheckHost(t.Host); err != nil {
		return Token{}, err
	}
	return t, checkAddresses(t.Addresses)
}

func readToken(b []byte) (t Token, ok bool) {
	take := func(n int) (part []byte) {
		if len(b) < n {
			ok, n = false, len(b)
		}
		part, b = b[:n], b[n:]
		return part
	}
	number := func(n int) (v int) {
		for _, c := range slices.Clone(take(n)) {
			v = v<<8 | int(c)
		}
		return v
	}
	ok = true
	t.Host = string(take(number(1)))
	for n := number(1); n > 0 && ok; n-- {
		t.Addresses = append(t.Addresses, string(take(number(2))))
	}
	copy(t.Pin[:], take(len(t.Pin)))
	copy(t.Secret[:], take(len(t.Secret)))
	return t, ok && len(b) == 0
}
