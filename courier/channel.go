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

// What an error of a channel may be beside its kind, which is KindUnavailable.
var (
	// ErrSilent says that nothing goes through on a channel at the moment.
	ErrSilent = errors.New("nothing goes through")
	// ErrShut says that the other side turns us away, and will until a person sees to it.
	ErrShut = errors.New("it turns us away")
	// ErrAnswerLost says that a letter was handed over whole, and nobody answered to that.
	ErrAnswerLost = errors.New("no answer to its end")
)

// Paper is the name of the channel that reaches nobody: letters are only written down.
const Paper = "paper"

// Endpoint is the name of the channel to machines of tenants. They are nobody: who has a notice by it
// alone was not told.
const Endpoint = "endpoint"

// Letter is a notice for one recipient, ready to go.
type Letter struct {
	Notice  *evenkeel.Notice
	To      Recipient
	Links   Links
	Message Message
}
