package webhook

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
)

// Reacher posts one message to an endpoint of a tenant's, once, signed with the secret that is that endpoint's
// alone. Status is 0 where nobody answered; then the error says why, without the endpoint's address.
type Reacher interface {
	Post(ctx context.Context, to evenkeel.TenantID, address, id string, body []byte) (status int, err error)
}

// Endpoints is the channel to machines of tenants. Safe for concurrent use where its Reacher is.
type Endpoints struct{ reacher Reacher }

var _ courier.Channel = (*Endpoints)(nil)

// NewEndpoints returns the channel.
func NewEndpoints(r Reacher) *Endpoints { return &Endpoints{r} }

// Name returns courier.Endpoint.
func (e *Endpoints) Name() string { return courier.Endpoint }

// Send posts one notice. What an endpoint answers beside its status is read by nobody. Nothing that one of them
// does says anything of another: no error is courier.ErrSilent.
func (e *Endpoints) Send(ctx context.Context, l *courier.Letter) (string, error) {
	b := bodyOf(l)
	b.Links = nil // whatever a letter has: a machine holds nothing that speaks
	body, err := json.Marshal(b)
	if err != nil {
		return "", &evenkeel.Error{Says: "write notice " + string(l.Notice.ID), Err: err}
	}
	status, err := e.reacher.Post(ctx, l.Notice.Tenant, l.To.Endpoint, b.ID, body)
	switch {
	case status == 0 && err != nil:
		return "", &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "post a notice", Err: err}
	case status >= 200 && status < 300:
		return fmt.Sprintf("status %d", status), nil
	}
	is := &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: fmt.Sprintf("it answered %d %s", status, http.StatusText(status))}
	switch {
	case status >= 300 && status < 400:
		is.Says += "; redirects are not followed"
	case refused(status) || status == http.StatusGone:
		is.Kind = evenkeel.KindInvalid
	}
	return "", is
}
