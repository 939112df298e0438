package ledger

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// MaxHead is the longest signed head in bytes.
const MaxHead = 1 << 16

// Head is the state of the log at a moment. Signed it is a C2SP checkpoint: a note
// (golang.org/x/mod/sumdb/note, Ed25519) of the lines origin, size, root in base64, and, as
// the one line of extension, "time" and the time in RFC 3339.
type Head struct {
	Origin string // which log: the name of the key that signs it
	Size   int64
	Root   tlog.Hash
	At     evenkeel.Moment // 0 where it does not say
}

// text is what is signed.
func (h Head) text() string {
	s := fmt.Sprintf("%s\n%d\n%s\n", h.Origin, h.Size, h.Root)
	if h.At != 0 {
		s += "time " + h.At.String() + "\n"
	}
	return s
}

// Signer signs the state of one log.
type Signer struct {
	key      note.Signer
	verifier string
}

// GenerateKey makes the key of a log, as the text that NewSigner reads. It is secret. The
// origin names the log for ever, such as ledger.example.com.
func GenerateKey(random io.Reader, origin string) (string, error) {
	if err := checkOrigin(origin); err != nil {
		return "", err
	}
	secret, _, err := note.GenerateKey(random, origin)
	if err != nil {
		return "", fmt.Errorf("make a key for ledger %s: %w", origin, err)
	}
	return secret, nil
}

// checkOrigin takes what a note's name may be, and less: visible ASCII.
func checkOrigin(origin string) error {
	if origin == "" || len(origin) > evenkeel.MaxID || strings.ContainsFunc(origin, func(r rune) bool { return r <= ' ' || r == '+' || r >= 0x7f }) {
		return evenkeel.Invalid("origin of a ledger %.60q; expected a name such as ledger.example.com", origin)
	}
	return nil
}

// NewSigner reads the text of a secret key.
func NewSigner(key string) (*Signer, error) {
	bad := evenkeel.Invalid("key of a ledger; expected PRIVATE+KEY+name+hash+base64, as it was generated") // it does not repeat the key
	key = strings.TrimSpace(key)
	s, err := note.NewSigner(key)
	if err != nil || checkOrigin(s.Name()) != nil {
		return nil, bad
	}
	parts := strings.SplitN(key, "+", 5) // the last may hold more of them
	secret, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(secret) != 1+ed25519.SeedSize {
		return nil, bad
	}
	public, _ := ed25519.NewKeyFromSeed(secret[1:]).Public().(ed25519.PublicKey)
	verifier, err := note.NewEd25519VerifierKey(s.Name(), public)
	if err != nil {
		return nil, bad
	}
	return &Signer{s, verifier}, nil
}

// Verifier returns the public key as text, for NewVerifier and for programs of others.
func (s *Signer) Verifier() string { return s.verifier }

// Sign signs the state of the log.
func (s *Signer) Sign(t Tree, at evenkeel.Moment) (string, error) {
	size, root, err := Root(t)
	if err != nil {
		return "", err
	}
	h := Head{Origin: s.key.Name(), Size: size, Root: root, At: at}
	signed, err := note.Sign(&note.Note{Text: h.text()}, s.key)
	if err != nil {
		return "", fmt.Errorf("sign the head of ledger %s at %d leaves: %w", h.Origin, size, err)
	}
	return string(signed), nil
}

// NewVerifier reads the text of a public key. Its errors do not quote what was read: it may
// be the secret key, which lies beside the public one and is called nearly the same.
func NewVerifier(key string) (note.Verifier, error) {
	key = strings.TrimSpace(key)
	if strings.HasPrefix(key, "PRIVATE+KEY+") {
		return nil, evenkeel.Invalid("this is the secret key of the ledger; expected the public one, such as data/ledger.pub")
	}
	v, err := note.NewVerifier(key)
	if err != nil {
		return nil, evenkeel.Invalid("this is no public key of a ledger; expected one line of name+hash+base64, such as in data/ledger.pub")
	}
	return v, nil
}

// ParseHead reads a signed head. Where there is a verifier, its signature must be on it, and
// the head must be of its log; without one no signature is checked. KindInvalid where it is
// no head, KindDenied where the signature does not fit.
func ParseHead(signed string, v note.Verifier) (Head, error) {
	if len(signed) > MaxHead {
		return Head{}, evenkeel.Invalid("tree head of %d bytes; expected at most %d", len(signed), MaxHead)
	}
	var known note.Verifiers
	if v != nil {
		known = note.VerifierList(v)
	}
	n, err := note.Open([]byte(signed), known)
	if unverified, ok := errors.AsType[*note.UnverifiedNoteError](err); ok && v == nil {
		n, err = unverified.Note, nil
	}
	if err != nil {
		return Head{}, headFault(err, v)
	}
	h, err := parseHeadText(n.Text)
	if err == nil && v != nil && h.Origin != v.Name() {
		return Head{}, &evenkeel.Error{Kind: evenkeel.KindDenied, Says: fmt.Sprintf("tree head of ledger %s, signed by %s; expected one that signs for itself", h.Origin, v.Name())}
	}
	return h, err
}

func headFault(err error, v note.Verifier) error {
	_, forged := errors.AsType[*note.InvalidSignatureError](err)
	_, unsigned := errors.AsType[*note.UnverifiedNoteError](err)
	if forged || unsigned {
		return &evenkeel.Error{Kind: evenkeel.KindDenied, Says: fmt.Sprintf("tree head without a signature of %s", v.Name()), Err: err}
	}
	return evenkeel.Invalid("tree head: %v; expected a signed note", err)
}

// parseHeadText reads the lines. Lines of extension that it does not know are passed over,
// as the format asks.
func parseHeadText(s string) (Head, error) {
	lines := strings.Split(strings.TrimSuffix(s, "\n"), "\n")
	if len(lines) < 3 {
		return Head{}, evenkeel.Invalid("tree head of %d lines; expected an origin, a size and a root", len(lines))
	}
	h := Head{Origin: lines[0]}
	if err := checkOrigin(h.Origin); err != nil {
		return Head{}, fmt.Errorf("tree head: %w", err)
	}
	var err error
	if h.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || h.Size < 0 || strconv.FormatInt(h.Size, 10) != lines[1] {
		return Head{}, evenkeel.Invalid("tree head of ledger %s: size %.30q; expected a decimal number", h.Origin, lines[1])
	}
	if h.Root, err = tlog.ParseHash(lines[2]); err != nil || h.Root.String() != lines[2] {
		return Head{}, evenkeel.Invalid("tree head of ledger %s: root %.60q; expected 32 bytes in base64", h.Origin, lines[2])
	}
	for _, x := range lines[3:] {
		if at, ok := strings.CutPrefix(x, "time "); ok && h.At == 0 {
			if h.At, err = evenkeel.ParseMoment(at); err != nil {
				return Head{}, fmt.Errorf("tree head of ledger %s: %w", h.Origin, err)
			}
		}
	}
	return h, nil
}
