package link

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The bounds of a key: its name is part of every link, and its bytes have to be worth the
// strength of SHA-256.
const (
	MaxKeyID = 16
	LeastKey = 32
	MostKey  = 64
)

// MaxKeys is how many keys may be in use at once.
const MaxKeys = 8

// Key is a secret of 32 to 64 bytes with a name. It prints as its name. The bytes are behind a
// function because fmt asks no methods of a Key that stands in a field which is not exported,
// and would print what it holds.
type Key struct {
	id    string
	bytes func() []byte
}

// NewKey makes a key of bytes that somebody drew by lot. They are copied. The name has 1 to
// MaxKeyID of the characters a–z, 0–9 and "-".
func NewKey(id string, secret []byte) (Key, error) {
	if id == "" || len(id) > MaxKeyID || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return Key{}, fmt.Errorf("the name of a link key has %d bytes; expected 1 to %d of a-z, 0-9 and -", len(id), MaxKeyID)
	}
	if len(secret) < LeastKey || len(secret) > MostKey {
		return Key{}, fmt.Errorf("link key %s has %d bytes; expected %d to %d", id, len(secret), LeastKey, MostKey)
	}
	own := append([]byte(nil), secret...)
	return Key{id, func() []byte { return own }}, nil
}

// ID returns the key's name.
func (k Key) ID() string { return k.id }

// Reveal writes the key as ParseKeys reads it, for whoever keeps it.
func (k Key) Reveal() string {
	if k.bytes == nil {
		return ""
	}
	return k.id + ":" + base64.StdEncoding.EncodeToString(k.bytes())
}

// Format prints the same for every verb, so that no log and no error shows a key.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.id+":(hidden)") }

// MarshalText writes the mark, so that no document shows a key either.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.id + ":(hidden)"), nil }

// Keys are the keys in use, each with its own name. The first one signs, each of them opens.
type Keys []Key

// ParseKeys reads 1 to MaxKeys keys, each as "name:base64" (the standard alphabet, padded).
// Its errors do not quote what was read.
func ParseKeys(texts ...string) (Keys, error) {
	if len(texts) == 0 || len(texts) > MaxKeys {
		return nil, fmt.Errorf("there are %d link keys; expected 1 to %d", len(texts), MaxKeys)
	}
	keys := make(Keys, 0, len(texts))
	for i, text := range texts {
		k, err := parseKey(text)
		if err == nil {
			if _, known := keys.named(k.id); known {
				err = fmt.Errorf("the name %s is there already; expected one for each", k.id)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("link key %d of %d: %w", i+1, len(texts), err)
		}
		keys = append(keys, k)
	}
	return keys, nil
}

func parseKey(text string) (Key, error) {
	id, secret, ok := strings.Cut(text, ":")
	if !ok {
		return Key{}, errors.New(`it has no name; expected "name:" and base64`)
	}
	if len(secret) > base64.StdEncoding.EncodedLen(MostKey) {
		return Key{}, fmt.Errorf("it has %d characters after its name; expected base64 of %d to %d bytes", len(secret), LeastKey, MostKey)
	}
	b, err := base64.StdEncoding.Strict().DecodeString(secret)
	if err != nil || strings.ContainsAny(secret, "\r\n") {
		return Key{}, errors.New("it is not base64 after its name; expected the standard alphabet with padding")
	}
	return NewKey(id, b)
}

func (k Keys) named(id string) (Key, bool) {
	for _, key := range k {
		if key.id == id && key.bytes != nil {
			return key, true
		}
	}
	return Key{}, false
}
