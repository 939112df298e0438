package witness

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// algorithm is the type of key of cosignature/v1 in a note's key.
const algorithm = 4

// signatureSize is that of a time and a signature.
const signatureSize = 8 + ed25519.SignatureSize

// Cosigner signs the checkpoints of others, each with the time.
type Cosigner struct {
	name string
	key  ed25519.PrivateKey
}

// GenerateKey makes the key of a witness, as the texts that NewCosigner and NewVerifier read. The
// name is the witness's for ever, such as witness.example.com.
func GenerateKey(random io.Reader, name string) (secret, public string, err error) {
	if !named(name) {
		return "", "", fmt.Errorf("name of a witness %.60q; expected one such as witness.example.com", name)
	}
	var seed [ed25519.SeedSize]byte
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return "", "", fmt.Errorf("make the key of witness %s: %w", name, err)
	}
	c := Cosigner{name, ed25519.NewKeyFromSeed(seed[:])}
	key := base64.StdEncoding.EncodeToString(append([]byte{algorithm}, seed[:]...))
	return fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", name, c.KeyHash(), key), c.Verifier(), nil
}

// named says whether a text can name a witness: what a note's name may be, and of ASCII.
func named(name string) bool {
	return name != "" && len(name) <= 256 && !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == '+' || r >= 0x7f })
}

// NewCosigner reads the text of a secret key. Its errors do not quote it.
func NewCosigner(secret string) (*Cosigner, error) {
	bad := errors.New("secret key of a witness; expected PRIVATE+KEY+name+hash+base64, as it was generated")
	rest, ok := strings.CutPrefix(strings.TrimSpace(secret), "PRIVATE+KEY+")
	parts := strings.SplitN(rest, "+", 3)
	if !ok || len(parts) != 3 || !named(parts[0]) {
		return nil, bad
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.SeedSize || key[0] != algorithm {
		return nil, bad
	}
	c := &Cosigner{parts[0], ed25519.NewKeyFromSeed(key[1:])}
	if fmt.Sprintf("%08x", c.KeyHash()) != parts[1] {
		return nil, bad
	}
	return c, nil
}

func (c *Cosigner) public() ed25519.PublicKey { return ed25519.PublicKey(c.key[ed25519.SeedSize:]) }

// Name is the witness's.
func (c *Cosigner) Name() string { return c.name }

// KeyHash is the short name of the key, of its type too.
func (c *Cosigner) KeyHash() uint32 { return keyHash(c.name, c.public()) }

// Verifier is the public key as text.
func (c *Cosigner) Verifier() string {
	return fmt.Sprintf("%s+%08x+%s", c.name, c.KeyHash(), base64.StdEncoding.EncodeToString(append([]byte{algorithm}, c.public()...)))
}

func keyHash(name string, public ed25519.PublicKey) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n\x04"), public...))
	return binary.BigEndian.Uint32(sum[:])
}

// Cosign returns the line of a signature for the text of a checkpoint, as of a time.
func (c *Cosigner) Cosign(text string, at time.Time) string {
	b := binary.BigEndian.AppendUint32(nil, c.KeyHash())
	b = binary.BigEndian.AppendUint64(b, uint64(max(at.Unix(), 0)))
	b = append(b, ed25519.Sign(c.key, message(text, uint64(max(at.Unix(), 0))))...)
	return "— " + c.name + " " + base64.StdEncoding.EncodeToString(b) + "\n"
}

// message is what is signed.
func message(text string, at uint64) []byte {
	return fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, text)
}

// Verifier checks the cosignatures of one witness; it is a note.Verifier.
type Verifier struct {
	name string
	key  ed25519.PublicKey
}

var _ note.Verifier = (*Verifier)(nil)

// NewVerifier reads the text of a public key.
func NewVerifier(public string) (*Verifier, error) {
	bad := fmt.Errorf("public key of a witness %.80q; expected name+hash+base64 of a cosignature key", public)
	if strings.HasPrefix(public, "PRIVATE+KEY+") {
		return nil, errors.New("this is the secret key of a witness; expected the public one")
	}
	parts := strings.SplitN(strings.TrimSpace(public), "+", 3)
	if len(parts) != 3 || !named(parts[0]) {
		return nil, bad
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != algorithm {
		return nil, bad
	}
	v := &Verifier{parts[0], key[1:]}
	if fmt.Sprintf("%08x", v.KeyHash()) != parts[1] {
		return nil, bad
	}
	return v, nil
}

// Name is the witness's.
func (v *Verifier) Name() string { return v.name }

// KeyHash is the short name of the key.
func (v *Verifier) KeyHash() uint32 { return keyHash(v.name, v.key) }

// Verify says whether a cosignature is the witness's for a text.
func (v *Verifier) Verify(text, signature []byte) bool {
	if len(signature) != signatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(signature)
	return at < 1<<63 && ed25519.Verify(v.key, message(string(text), at), signature[8:])
}
