package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"time"

	"github.com/evenkeel/evenkeel"
	signed "github.com/evenkeel/evenkeel/instrument/webhook"
)

// Receipts takes receipts that come on their own way.
type Receipts interface {
	// Take takes a receipt. Its state comes from outside: shield.Fits says whether it can be
	// one of the order. The same receipt again changes nothing. KindNotFound: there is no
	// such order.
	Take(ctx context.Context, r evenkeel.Receipt) error
}

// The bounds of a request.
const (
	maxRequest  = 64 << 10
	bodyFor     = 10 * time.Second
	rememberIDs = 1 << 14
)

// Callback is the handler of POST /receipts: a receiver says what became of an order, signed
// with the secret that it shares with us. There is one for each backend.
type Callback struct {
	node string
	keys signed.Keys
	take Receipts
	now  func() evenkeel.Moment
	log  *slog.Logger
	seen *signed.Seen
	// patience is how long a body may take.
	patience time.Duration
}

// NewCallback returns the handler for the receiver behind a backend. Receipts carry the
// backend's name, whatever the receiver says.
func NewCallback(b *Backend, take Receipts, now func() evenkeel.Moment, log *slog.Logger) *Callback {
	return &Callback{
		node: b.name, keys: b.sender.to.Keys, take: take, now: now, log: log,
		seen: signed.NewSeen(rememberIDs), patience: bodyFor,
	}
}

// ServeHTTP takes one receipt. Who sends is asked before what is sent is read; a message that
// came before is answered like the first and does nothing.
func (c *Callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		problem(w, http.StatusMethodNotAllowed, "receipts are sent by POST")
		return
	}
	body, status, says := c.read(w, r)
	if says != "" {
		problem(w, status, says)
		return
	}
	id, err := c.keys.Verify(r.Header, body, c.now().Time())
	if err != nil {
		w.Header().Set("WWW-Authenticate", "Standard-Webhooks")
		problem(w, http.StatusUnauthorized, err.Error())
		return
	}
	acted, err := c.seen.Once(id, c.now().Time(), func() error { return c.accept(r.Context(), body) })
	switch {
	case err == nil:
		answer(w, "application/json", http.StatusOK, map[string]bool{"again": !acted})
	case errors.Is(err, signed.ErrRunning), errors.Is(err, signed.ErrFull):
		w.Header().Set("Retry-After", "5")
		problem(w, http.StatusServiceUnavailable, err.Error())
	case evenkeel.KindOf(err) == evenkeel.KindInternal:
		c.log.Error("a receipt could not be taken: it comes again; see why the books do not take it", "backend", c.node, "err", err)
		problem(w, http.StatusInternalServerError, "this is a fault of ours; send it again")
	default:
		problem(w, evenkeel.KindOf(err).HTTPStatus(), err.Error())
	}
}

// read returns the body, or what is wrong with the request.
func (c *Callback) read(w http.ResponseWriter, r *http.Request) (body []byte, status int, says string) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, http.StatusUnsupportedMediaType, "the content type of a receipt is application/json"
	}
	if r.Header.Get("Content-Encoding") != "" {
		return nil, http.StatusUnsupportedMediaType, "a receipt is sent without content encoding"
	}
	// A deadline that is over ends the read. Where the server has none, its own bounds hold.
	late := time.AfterFunc(c.patience, func() { _ = http.NewResponseController(w).SetReadDeadline(time.Unix(1, 0)) })
	defer late.Stop()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, http.StatusRequestEntityTooLarge, "a receipt has at most 64 KiB"
	}
	if err != nil {
		return nil, http.StatusRequestTimeout, "the body did not come whole and in time"
	}
	return body, 0, ""
}

func (c *Callback) accept(ctx context.Context, body []byte) error {
	r, err := ParseReceipt(body, c.now())
	if err != nil {
		return err
	}
	r.Node = c.node
	return c.take.Take(ctx, r)
}

// problem writes an RFC 9457 problem.
func problem(w http.ResponseWriter, status int, says string) {
	answer(w, "application/problem+json", status, map[string]any{
		"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": says,
	})
}

func answer(w http.ResponseWriter, kind string, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "the answer cannot be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // a sender that is gone needs no answer
}
