package webhook

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
)

// Poster posts one signed message to the operator's endpoint, once. The id is the key of
// idempotency. The kind of its error says what follows: KindUnavailable, come again; all others,
// never again with this message, but only where the status is 400, 413, 415 or 422. A notice that
// is turned away in another way comes again.
type Poster interface {
	Post(ctx context.Context, id string, body []byte) (status int, err error)
}

// Webhook hands letters to a Poster. Safe for concurrent use where that is.
type Webhook struct{ poster Poster }

var _ courier.Channel = (*Webhook)(nil)

// New returns the channel.
func New(p Poster) *Webhook { return &Webhook{p} }

// Name returns "webhook".
func (w *Webhook) Name() string { return "webhook" }

// Send posts one letter.
func (w *Webhook) Send(ctx context.Context, l *courier.Letter) (string, error) {
	body, err := json.Marshal(bodyOf(l))
	if err != nil {
		return "", &evenkeel.Error{Says: "write notice " + string(l.Notice.ID), Err: err}
	}
	status, err := w.poster.Post(ctx, id(l), body)
	if err == nil {
		return fmt.Sprintf("status %d", status), nil
	}
	if refused(status) && evenkeel.KindOf(err) != evenkeel.KindUnavailable {
		return "", err
	}
	why := courier.ErrSilent
	if evenkeel.KindOf(err) != evenkeel.KindUnavailable || shut(status) {
		why = courier.ErrShut
	}
	return "", &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "post a notice", Hint: evenkeel.HintOf(err), Err: fmt.Errorf("%w: %w", why, err)}
}

// refused says whether a status speaks of this body, and would come back with it for ever.
func refused(status int) bool {
	switch status {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return true
	}
	return false
}

// shut says whether a status speaks of the secret or the address: whatever the Poster makes of
// it, a notice must not be lost by a setting that a person can put right.
func shut(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		return true
	}
	return status >= 300 && status < 400
}

// id names a notice to one recipient: letters, digits and hyphens, as signatures need. Whoever takes
// the place of another in a role is another recipient; one who gets another role is the same.
func id(l *courier.Letter) string {
	who := l.To.Mark
	if who == "" {
		who = l.To.Role
	}
	sum := sha256.Sum256([]byte("evenkeel notice message 1\n" + string(l.Notice.ID) + "\n" + who))
	return "nm-" + hex.EncodeToString(sum[:16])
}
