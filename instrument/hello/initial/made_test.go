package initial

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"testing"
)

// made are keys as an RFC prints them.
func made(t *testing.T, key, iv, head string) (k keys) {
	t.Helper()
	decode := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	block, err := aes.NewCipher(decode(key))
	if err != nil {
		t.Fatal(err)
	}
	if k.seal, err = cipher.NewGCM(block); err != nil {
		t.Fatal(err)
	}
	copy(k.iv[:], decode(iv))
	if k.head, err = aes.NewCipher(decode(head)); err != nil {
		t.Fatal(err)
	}
	return k
}
