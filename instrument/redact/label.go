package redact

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// LeastKey is how many bytes a key has at least: marks are short, and so are most addresses.
const LeastKey = 32

// Key is the secret under which marks are made. The zero value makes none.
type Key struct{ secret func() []byte } // behind a function, so that nothing prints it

// NewKey returns a key of bytes that somebody drew by lot, and whether they are enough.
func NewKey(secret []byte) (Key, bool) {
	if len(secret) < LeastKey {
		return Key{}, false
	}
	own := append([]byte(nil), secret...)
	return Key{func() []byte { return own }}, true
}

// Known says whether it is a key.
func (k Key) Known() bool { return k.secret != nil }

// markDigits is how long a mark is. 48 bits tell the few recipients of one thing apart.
const markDigits = 12

// Mark returns what stands for an address where something is told of it: the same for the same
// address, whatever the size of its letters, and another one under another key or about another
// thing. Without the key nobody can try out whose it is.
func (k Key) Mark(about, address string) string {
	if !k.Known() {
		return ""
	}
	h := hmac.New(sha256.New, k.secret())
	for _, s := range []string{"evenkeel recipient 1", about, strings.ToLower(strings.TrimSpace(address))} {
		n := len(s)
		h.Write([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}) // so that no two lists are the same bytes
		h.Write([]byte(s))
	}
	return hex.EncodeToString(h.Sum(nil))[:markDigits]
}

// Contact is the mark of a contact in a case: what a link says of whose it is.
func (k Key) Contact(in, address string) string { return k.Mark("contact in "+in, address) }

// Label is a recipient as it is written down, such as owner#3f2a9c0d11e2: who it is to a person, and
// which one.
func Label(role, mark string) string {
	if mark == "" {
		return role
	}
	return role + "#" + mark
}

// Role is what a person reads of a label: all but its mark.
func Role(label string) string {
	role, _ := split(label)
	return role
}

// MarkOf returns the mark of a label, or "" where it has none.
func MarkOf(label string) string {
	_, mark := split(label)
	return mark
}

func split(label string) (role, mark string) {
	i := len(label) - markDigits - 1
	if i < 0 || label[i] != '#' || strings.Trim(label[i+1:], "0123456789abcdef") != "" {
		return label, ""
	}
	return label[:i], label[i+1:]
}
