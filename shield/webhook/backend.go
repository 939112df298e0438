package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
)

// OrderType is the type in the body of every order. A receiver takes nothing else for one.
const OrderType = "evenkeel.order.v1"

// Backend hands orders to a receiver.
type Backend struct {
	name   string
	means  shield.Means
	sender *Sender
}

var _ shield.Backend = (*Backend)(nil)

// New returns a backend of this name. The means are what the operator declares of the
// receiver.
func New(name string, m shield.Means, s *Sender) (*Backend, error) {
	if err := evenkeel.CheckID("the name of a webhook backend", name); err != nil {
		return nil, err
	}
	return &Backend{name, m, s}, nil
}

// Name returns the name.
func (b *Backend) Name() string { return b.name }

// Means returns what was declared.
func (b *Backend) Means() shield.Means { return b.means }

// Apply sends an order. Where the receiver answers with a receipt, that is returned; where it
// only takes the order, or answers with something that is no receipt of it, the receipt has
// no state and says so.
func (b *Backend) Apply(ctx context.Context, o evenkeel.Order) (evenkeel.Receipt, error) {
	body, err := encode(&o)
	if err != nil {
		return evenkeel.Receipt{}, err
	}
	a, err := b.sender.Post(ctx, string(o.ID), body)
	if err != nil {
		return evenkeel.Receipt{}, err
	}
	now := b.sender.now()
	r, why := readAnswer(&o, a, now)
	if why != "" {
		r = evenkeel.Receipt{Order: o.ID, Why: why, At: now}
	}
	r.Node = b.name
	return r, nil
}

// encode writes the body of an order: its fields beside the type. The same order is the same
// bytes.
func encode(o *evenkeel.Order) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(struct {
		Type string `json:"type"`
		*evenkeel.Order
	}{OrderType, o})
	if err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "write order " + string(o.ID), Err: err}
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// readAnswer returns the receipt in an answer, or why there is none.
func readAnswer(o *evenkeel.Order, a Answer, now evenkeel.Moment) (r evenkeel.Receipt, why string) {
	said := fmt.Sprintf("taken with %d, not confirmed", a.Status)
	if a.Broken != "" {
		return r, said + ": " + a.Broken
	}
	if len(bytes.TrimSpace(a.Body)) == 0 {
		return r, said
	}
	r, err := ParseReceipt(a.Body, now)
	if err == nil {
		err = shield.Fits(o, &r)
	}
	if err != nil {
		return r, said + ": its answer is no receipt: " + err.Error()
	}
	return r, ""
}
