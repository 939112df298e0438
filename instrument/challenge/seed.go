package challenge

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// The bounds of a seed in bytes, and of how many are believed at once.
const (
	LeastSeed = 32
	MostSeed  = 64
	MaxSeeds  = 4
)

// Seed is the secret that a fleet shares; all keys of all epochs follow from it. It prints as a mark of
// two digits that follows from it too.
type Seed struct {
	bytes func() []byte // fmt asks no methods of a field that is not exported, and would print what it holds
	mark  byte
}

// NewSeed makes a seed of 32 to 64 bytes that somebody drew by lot. They are copied.
func NewSeed(secret []byte) (Seed, error) {
	if len(secret) < LeastSeed || len(secret) > MostSeed {
		return Seed{}, fmt.Errorf("the seed of challenges has %d bytes; expected %d to %d", len(secret), LeastSeed, MostSeed)
	}
	own := append([]byte(nil), secret...)
	s := Seed{bytes: func() []byte { return own }}
	s.mark = s.derive("mark", 0)[0]
	return s, nil
}

// Format prints the same for every verb.
func (s Seed) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.hidden()) }

// MarshalText writes the same, so that no document shows a seed.
func (s Seed) MarshalText() ([]byte, error) { return []byte(s.hidden()), nil }

func (s Seed) hidden() string { return fmt.Sprintf("seed-%02x:(hidden)", s.mark) }

// derive returns the key of a purpose and an epoch: HMAC-SHA-256 as the expanding function of NIST SP
// 800-108r1, section 4.1, with one block. The purposes contain no zero byte.
func (s Seed) derive(purpose string, epoch int64) [32]byte {
	h := hmac.New(sha256.New, s.bytes())
	h.Write([]byte("evenkeel challenge 1 " + purpose + "\x00"))
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(epoch)))
	return [32]byte(h.Sum(nil))
}

// Keys are the keys of all epochs of some seeds: the first seed signs, each is believed. They may be used by any
// number of goroutines.
type Keys struct{ chains []*chain }

// NewKeys returns the keys of 1 to MaxSeeds seeds, each another.
func NewKeys(seeds ...Seed) (*Keys, error) {
	if len(seeds) == 0 || len(seeds) > MaxSeeds {
		return nil, fmt.Errorf("there are %d seeds of challenges; expected 1 to %d", len(seeds), MaxSeeds)
	}
	k := &Keys{}
	for i, s := range seeds {
		if s.bytes == nil {
			return nil, errors.New("a seed of challenges is empty; expected one that NewSeed made")
		}
		for _, before := range seeds[:i] {
			if hmac.Equal(before.bytes(), s.bytes()) {
				return nil, errors.New("a seed of challenges is there twice; expected each once")
			}
		}
		k.chains = append(k.chains, &chain{seed: s})
	}
	return k, nil
}

// chain is a seed with the keys of its last epochs. A key that is not there is made again, to the same
// bytes, so it does not matter who puts it there. Nobody from outside chooses epochs: those
// beyond the one before and the one after now are refused first.
type chain struct {
	seed   Seed
	tokens [4]atomic.Pointer[tokenKey]
	passes [4]atomic.Pointer[passKey]
}

type tokenKey struct {
	epoch int64
	mac   mac
}

type passKey struct {
	epoch int64
	nonce mac
	aead  cipher.AEAD
}

func (c *chain) token(epoch int64) *tokenKey {
	slot := &c.tokens[epoch&3]
	k := slot.Load()
	if k == nil || k.epoch != epoch {
		k = &tokenKey{epoch, newMAC(c.seed.derive("token", epoch))}
		slot.Store(k)
	}
	return k
}

func (c *chain) pass(epoch int64) *passKey {
	slot := &c.passes[epoch&3]
	k := slot.Load()
	if k == nil || k.epoch != epoch {
		key := c.seed.derive("pass", epoch)
		block, err := aes.NewCipher(key[:])
		if err != nil {
			panic("a key of 32 bytes is none of AES: " + err.Error()) // cannot be
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			panic("AES has blocks of another length: " + err.Error()) // cannot be
		}
		k = &passKey{epoch, newMAC(c.seed.derive("nonce", epoch)), aead}
		slot.Store(k)
	}
	return k
}

// mac is HMAC-SHA-256 (RFC 2104) under one key for short messages, without allocating: crypto/hmac
// makes two hashes each time.
type mac struct{ inner, outer [sha256.BlockSize]byte }

// mostMessage is the longest message.
const mostMessage = 56

func newMAC(key [32]byte) (m mac) {
	for i := range m.inner {
		m.inner[i], m.outer[i] = 0x36, 0x5c
		if i < len(key) {
			m.inner[i] ^= key[i]
			m.outer[i] ^= key[i]
		}
	}
	return m
}

// sum returns the sum of at most mostMessage bytes.
func (m *mac) sum(message []byte) [32]byte {
	var in [sha256.BlockSize + mostMessage]byte
	copy(in[:], m.inner[:])
	n := copy(in[sha256.BlockSize:], message)
	sum := sha256.Sum256(in[:sha256.BlockSize+n])
	var out [sha256.BlockSize + sha256.Size]byte
	copy(out[:], m.outer[:])
	copy(out[sha256.BlockSize:], sum[:])
	return sha256.Sum256(out[:])
}
