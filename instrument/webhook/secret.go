package webhook

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
)

// secretMark begins a secret that is written as text.
const secretMark = "whsec_"

// The bounds of the specification: 192 to 512 bits.
const (
	leastSecret = 24
	mostSecret  = 64
)

// MaxKeys is how many secrets may be in use at once.
const MaxKeys = 4

// Secret is a key of 24 to 64 bytes that sender and receiver share. It prints as a mark. The
// key is behind a function because fmt asks no methods of a Secret that stands in a field which
// is not exported, and would print bytes and what a pointer points at.
type Secret struct{ key func() []byte }

// NewSecret makes a secret of bytes that somebody drew by lot. They are copied.
func NewSecret(key []byte) (Secret, error) {
	if len(key) < leastSecret || len(key) > mostSecret {
		return Secret{}, fmt.Errorf("a webhook secret has %d bytes; expected %d to %d", len(key), leastSecret, mostSecret)
	}
	own := append([]byte(nil), key...)
	return Secret{func() []byte { return own }}, nil
}

// bytes returns the key, or nothing of the zero Secret.
func (s Secret) bytes() []byte {
	if s.key == nil {
		return nil
	}
	return s.key()
}

// ParseSecret reads "whsec_" and base64 (the standard alphabet, padded). Its errors do not
// quote what was read.
func ParseSecret(s string) (Secret, error) {
	text, ok := strings.CutPrefix(s, secretMark)
	if !ok {
		return Secret{}, errors.New(`a webhook secret does not begin with "` + secretMark + `"`)
	}
	if len(text) > base64.StdEncoding.EncodedLen(mostSecret) {
		return Secret{}, fmt.Errorf("a webhook secret has %d characters after its mark; expected base64 of %d to %d bytes", len(text), leastSecret, mostSecret)
	}
	key, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return Secret{}, errors.New("a webhook secret is not base64 after its mark; expected the standard alphabet with padding")
	}
	return NewSecret(key)
}

// Reveal writes the secret as ParseSecret reads it, for whoever has to be told it.
func (s Secret) Reveal() string { return secretMark + base64.StdEncoding.EncodeToString(s.bytes()) }

// Format prints the same mark for every verb, so that no log and no error shows a key.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, secretMark+"(hidden)") }

// MarshalText writes the mark, so that no document shows a key either.
func (s Secret) MarshalText() ([]byte, error) { return []byte(secretMark + "(hidden)"), nil }

// Keys are the secrets in use, the newest first: one, or several while they are changed. All
// of them sign, and each of them verifies.
type Keys []Secret

// ParseKeys reads 1 to MaxKeys secrets.
func ParseKeys(texts ...string) (Keys, error) {
	if len(texts) == 0 || len(texts) > MaxKeys {
		return nil, fmt.Errorf("there are %d webhook secrets; expected 1 to %d", len(texts), MaxKeys)
	}
	keys := make(Keys, len(texts))
	for i, text := range texts {
		s, err := ParseSecret(text)
		if err != nil {
			return nil, fmt.Errorf("secret %d of %d: %w", i+1, len(texts), err)
		}
		keys[i] = s
	}
	return keys, nil
}
