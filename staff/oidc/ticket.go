package oidc

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
)

// TicketFor is how long somebody may take to sign in at the provider.
const TicketFor = 10 * time.Minute

// maxTicket is the longest sealed ticket that is looked at, in bytes.
const maxTicket = 4096

// Ticket is what the browser is told to remember, and cannot change.
type Ticket struct {
	To   string `json:"to,omitempty"`   // where to go afterwards
	Pass string `json:"pass,omitempty"` // the id of the session that wants to be known by this identity; "" to sign in
}

// sealed is a ticket with what belongs to one sign-in.
type sealed struct {
	Ticket
	Provider string          `json:"provider"`
	Seed     []byte          `json:"seed"` // of state, nonce and verifier
	Until    evenkeel.Moment `json:"until"`
}

var errTicket = &evenkeel.Error{
	Kind: evenkeel.KindDenied, Says: "this sign-in was not begun in this browser, or was begun too long ago",
	Hint: "begin again from the page where one signs in; the browser has to keep cookies of this site",
}

// mark is a MAC over a text, under a key of its own for each label.
func mark(key []byte, label string, text []byte) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(label + "\n"))
	m.Write(text)
	return m.Sum(nil)
}

// seal writes a ticket for a cookie.
func seal(key []byte, t *sealed) (string, error) {
	body, err := json.Marshal(t)
	if err != nil {
		return "", err
	}
	out := base64.RawURLEncoding.EncodeToString(body) + "." + base64.RawURLEncoding.EncodeToString(mark(key, "ticket", body))
	if len(out) > maxTicket {
		return "", evenkeel.Invalid("sign in by a provider: where to go afterwards is too long; expected less than %d bytes", maxTicket)
	}
	return out, nil
}

// unseal reads what seal wrote, for one provider and in time.
func unseal(key []byte, text, provider string, now evenkeel.Moment) (t sealed, err error) {
	head, tail, _ := strings.Cut(text, ".")
	body, err := base64.RawURLEncoding.Strict().DecodeString(head)
	sum, err2 := base64.RawURLEncoding.Strict().DecodeString(tail)
	if len(text) > maxTicket || err != nil || err2 != nil || !hmac.Equal(sum, mark(key, "ticket", body)) {
		return sealed{}, errTicket
	}
	if err := json.Unmarshal(body, &t); err != nil || t.Provider != provider || t.Until <= now {
		return sealed{}, errTicket
	}
	return t, nil
}

// The three secrets of one sign-in. They are derived, so that nothing is kept of it here.

func (t *sealed) derived(key []byte, label string) string {
	return base64.RawURLEncoding.EncodeToString(mark(key, label, append([]byte(t.Provider+"\n"), t.Seed...)))
}

func (t *sealed) state(key []byte) string    { return t.derived(key, "state") }
func (t *sealed) nonce(key []byte) string    { return t.derived(key, "nonce") }
func (t *sealed) verifier(key []byte) string { return t.derived(key, "verifier") } // 43 characters: RFC 7636, 4.1
