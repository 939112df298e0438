package challenge

import (
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// A token is 32 bytes, written as 43 characters of the URL-safe alphabet of RFC 4648, section 5:
//
//	form and version 1 | amount 1 | mark of the seed 1 | issued at 6, in ms since 1970 | lot 7 | sum 16
//
// The sum is HMAC-SHA-256, cut to 128 bits, of what stands before it, the domain and the client, under
// the key of the epoch in which the token was issued.
const (
	tokenHead  = 16
	tokenBytes = 32
	// TokenSize is the length of every token in characters.
	TokenSize = 43

	version = 0x10 // in the upper half of the first byte, above the form
)

var encoding = base64.RawURLEncoding.Strict()

// Why an answer is not believed. A visitor who is not is asked again, whatever the reason, but for ErrEarly: then the
// page waits on with the token that it has.
var (
	// ErrMalformed: it is no token, or the nonce is none.
	ErrMalformed = errors.New("the answer is none to a challenge of ours")
	// ErrWeak: it asks for less than is demanded, or in a form that is not taken.
	ErrWeak = errors.New("the challenge asked for less than is demanded")
	// ErrExpired: its time is up.
	ErrExpired = errors.New("the challenge has expired")
	// ErrFuture: it was issued later than now by more than Skew.
	ErrFuture = errors.New("the challenge was issued in the future")
	// ErrForged: the sum is not right. It is of another domain, client or seed, or was changed.
	ErrForged = errors.New("the challenge is not one of ours for this visitor and domain")
	// ErrUnsolved: the nonce does not do the work.
	ErrUnsolved = errors.New("the nonce does not solve the challenge")
	// ErrEarly: the visitor is to wait until Ticket.From.
	ErrEarly = errors.New("the challenge was answered before its time")
)

// Issue returns a token. The lot tells challenges apart that are issued to one scope in the same millisecond; its
// lower 56 bits count. Nothing is kept of it.
func (k *Keys) Issue(s Scope, a Ask, lot uint64, now time.Time) (string, error) {
	if err := a.check(); err != nil {
		return "", fmt.Errorf("issue a challenge: %w", err)
	}
	ms := now.UnixMilli()
	if ms <= 0 || ms > latest {
		return "", fmt.Errorf("issue a challenge: at %d ms since 1970; expected 1 to %d", ms, int64(latest))
	}
	c := k.chains[0]
	var b [tokenBytes]byte
	binary.BigEndian.PutUint64(b[8:], lot) // the first byte is written over
	binary.BigEndian.PutUint64(b[1:], uint64(ms))
	b[0], b[1], b[2] = version|byte(a.Form), a.Amount, c.seed.mark
	sum := sumOf(c.token(epochOf(ms, tokenEpoch)), (*[tokenHead]byte)(b[:]), s)
	copy(b[tokenHead:], sum[:])
	var text [TokenSize]byte
	encoding.Encode(text[:], b[:])
	return string(text[:]), nil
}

// sumOf returns the sum of a token.
func sumOf(k *tokenKey, head *[tokenHead]byte, s Scope) [tokenBytes - tokenHead]byte {
	var m [tokenHead + len(s.Domain) + 8]byte
	copy(m[:], head[:])
	copy(m[tokenHead:], s.Domain[:])
	binary.BigEndian.PutUint64(m[tokenHead+len(s.Domain):], s.Client)
	sum := k.mac.sum(m[:])
	return [tokenBytes - tokenHead]byte(sum[:])
}

// Answer is what a visitor sends.
type Answer struct {
	Token string
	Nonce string // "" for waiting
}

// Ticket is an answer that is believed. Whether it is so for the first time says Spent.Take.
type Ticket struct {
	Ask Ask
	At  time.Time // when the challenge was issued

	scope Scope // that of Check, so that the pass is for nobody else
	ms    int64
	sum   [tokenBytes - tokenHead]byte
}

// ID is the challenge's number, and that of the pass that follows. Nobody without a seed chooses it.
func (t *Ticket) ID() uint64 { return binary.BigEndian.Uint64(t.sum[:]) }

// From is when the ticket becomes good: for waiting after its seconds, for work at once.
func (t *Ticket) From() time.Time {
	if t.Ask.Form == FormWait {
		return t.At.Add(time.Duration(t.Ask.Amount) * time.Second)
	}
	return t.At
}

// Check returns the ticket of an answer that came at the time now. Its errors are, for errors.Is, those
// above. With ErrEarly the ticket says when the token becomes good; it is none yet.
func (k *Keys) Check(s Scope, a Answer, d Demand, now time.Time) (Ticket, error) {
	t, head, mark, err := read(a.Token)
	if err != nil {
		return Ticket{}, err
	}
	age := now.UnixMilli() - t.ms
	switch {
	case !d.Met(t.Ask):
		return Ticket{}, ErrWeak
	case age < -Skew.Milliseconds():
		return Ticket{}, ErrFuture
	case age >= TokenFor.Milliseconds():
		return Ticket{}, ErrExpired
	case t.Ask.Form == FormWork && !isNonce(a.Nonce), t.Ask.Form == FormWait && a.Nonce != "":
		return Ticket{}, ErrMalformed
	case !k.ours(&head, mark, t.ms, s, &t.sum):
		return Ticket{}, ErrForged
	case t.Ask.Form == FormWork && !solves(a.Token, a.Nonce, t.Ask.Amount):
		return Ticket{}, ErrUnsolved
	}
	t.At, t.scope = time.UnixMilli(t.ms).UTC(), s
	if t.Ask.Form == FormWait && age < int64(t.Ask.Amount)*1000 {
		return Ticket{Ask: t.Ask, At: t.At}, ErrEarly
	}
	return t, nil
}

// read takes a token apart. Nothing of it is believed yet.
func read(token string) (t Ticket, head [tokenHead]byte, mark byte, err error) {
	if len(token) != TokenSize {
		return t, head, 0, ErrMalformed
	}
	var text [TokenSize]byte
	copy(text[:], token)
	var b [tokenBytes + 1]byte // the decoder may write one more
	if n, err := encoding.Decode(b[:], text[:]); err != nil || n != tokenBytes {
		return t, head, 0, ErrMalformed
	}
	t.Ask = Ask{Form(b[0] &^ 0xf0), b[1]}
	if b[0]&0xf0 != version || t.Ask.Form != FormWork && t.Ask.Form != FormWait {
		return t, head, 0, ErrMalformed
	}
	t.ms = int64(binary.BigEndian.Uint64(b[1:]) & latest)
	copy(t.sum[:], b[tokenHead:])
	copy(head[:], b[:])
	return t, head, b[2], nil
}

// ours says whether a sum is right under a seed of the mark. Of most marks there is one seed at most.
func (k *Keys) ours(head *[tokenHead]byte, mark byte, ms int64, s Scope, sum *[tokenBytes - tokenHead]byte) bool {
	for _, c := range k.chains {
		if c.seed.mark != mark {
			continue
		}
		want := sumOf(c.token(epochOf(ms, tokenEpoch)), head, s)
		if subtle.ConstantTimeCompare(want[:], sum[:]) == 1 {
			return true
		}
	}
	return false
}
