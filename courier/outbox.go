package courier

import (
	"context"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/redact"
)

// Outbox is where notices wait until they are over. Whoever keeps it puts them in, in the
// transaction of their decisions. outboxtest holds one to this.
type Outbox interface {
	// Pending returns notices that are not over and due at now, in the order in which they
	// were put in: at most so many, those due longest.
	Pending(ctx context.Context, now evenkeel.Moment, most int) ([]Waiting, error)
	// Delivered says that one recipient is served, or refused for good. It is kept when it
	// returns: from then on that recipient gets this notice no more. To say it twice is to
	// say it once.
	Delivered(ctx context.Context, id evenkeel.NoticeID, d Delivery) error
	// Retry says that somebody could not be reached, why, and when the next attempt is due.
	Retry(ctx context.Context, id evenkeel.NoticeID, at evenkeel.Moment, why string) error
	// Done says that a notice is over: every recipient is settled, and one at least is served.
	Done(ctx context.Context, id evenkeel.NoticeID) error
	// Failed says that a notice is over and nobody could be told, and why. A notice that is
	// over stays so. The last four return KindNotFound where there is no such notice.
	Failed(ctx context.Context, id evenkeel.NoticeID, why string) error
}

// Waiting is a notice that is not over, how many attempts came to nothing, when the next is
// due, and who is settled. It is an alias of a plain struct, as shield's is.
type Waiting = struct {
	Notice     evenkeel.Notice
	Attempts   int
	Next       evenkeel.Moment // 0: at once
	Deliveries []Delivery
	// Before are the tenant's contacts as they were before they were changed while the case was open; nil:
	// they were not. Confirmed are those who came since and whom somebody confirmed. Former says that those of both are
	// told too who are none any more.
	Before    []evenkeel.Contact
	Confirmed []evenkeel.Contact
	Former    bool
}

// Delivery is one notice that one recipient's server took, or will not take.
type Delivery struct {
	Notice  evenkeel.NoticeID `json:"notice"`
	Channel string            `json:"channel"` // its name
	To      string            `json:"to"`      // which contact: a redact.Label of its role; never an address
	Message string            `json:"message"` // the Message-ID: the same however often it is sent
	At      evenkeel.Moment   `json:"at"`
	Refused bool              `json:"refused,omitempty"` // for good
	Says    string            `json:"says,omitempty"`    // what the other side answered
}

// same says whether two deliveries settle the same recipient on the same channel. Whoever has the
// same address is the same, whatever the role is by now; a new one in an old role is not. Labels
// without a mark are compared by role: there were such.
func (d *Delivery) same(o *Delivery) bool {
	if d.Notice != o.Notice || d.Channel != o.Channel {
		return false
	}
	mine, theirs := redact.MarkOf(d.To), redact.MarkOf(o.To)
	if mine == "" || theirs == "" {
		return redact.Role(d.To) == redact.Role(o.To)
	}
	return mine == theirs
}
