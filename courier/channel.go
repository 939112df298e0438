package courier

import (
	"context"
	"errors"

	"github.com/evenkeel/evenkeel"
)

// Channel is a way to reach people.
type Channel interface {
	// Name is what deliveries say, such as "mail". No two channels of a courier have the same.
	Name() string
	// Send hands one letter over, once, and returns what the other side said to it. The kind
	// of its error says what follows: KindUnavailable, come again (nobody is known to have the
	// letter); all others, the other side will not take it, however often it comes. An error
	// that is ErrSilent says that no other letter would have gone through either.
	Send(ctx context.Context, l *Letter) (says string, err error)
}

// ErrSilent says that nothing goes through on a channel at the moment.
var ErrSilent = errors.New("nothing goes through")

// Letter is a notice for one recipient, ready to go.
type Letter struct {
	Notice  *evenkeel.Notice
	To      Recipient
	Links   Links
	Message Message
}
