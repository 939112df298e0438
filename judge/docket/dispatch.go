package docket

import (
	"context"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/redact"
)

// Dispatch is what became of one order or one notice that leaves by the outbox.
type Dispatch struct {
	Order  evenkeel.OrderID  `json:"order,omitempty"`  // one of these two
	Notice evenkeel.NoticeID `json:"notice,omitempty"` //
	// Attempts is how many came to nothing, Why what the last of them met, and Next when the
	// next is due: 0 where none is.
	Attempts int             `json:"attempts,omitempty"`
	Next     evenkeel.Moment `json:"next,omitempty"`
	Why      string          `json:"why,omitempty"`
	// Over is since when it is not tried any more: it was taken, or Failed. 0 while it waits.
	Over   evenkeel.Moment `json:"over,omitempty"`
	Failed bool            `json:"failed,omitempty"`
	// Receipt is the last of an order; without a State nobody has confirmed what was done, and
	// without an Order there is none.
	Receipt evenkeel.Receipt `json:"receipt,omitzero"`
	// Heard is how many receipts of an order said something new.
	Heard int `json:"heard,omitempty"`
	// Deliveries are those of a notice, in the order in which they were made.
	Deliveries []Delivery `json:"deliveries,omitempty"`
}

// MaxHeard is how many receipts of one order are written down, and MaxDeliveries how many
// deliveries of one notice: others can send as many as they like.
const (
	MaxHeard      = 32
	MaxDeliveries = 80
)

// Delivery is one notice that one recipient's server took, or will not take.
type Delivery struct {
	Notice evenkeel.NoticeID `json:"notice"`
	// Channel is how it went: mail, webhook or endpoint.
	Channel string `json:"channel"`
	// To is which contact of the tenant it went to: its role, and a mark that tells it from another
	// one in that role, such as owner#3f2a9c0d11e2 (redact.Label); never an address.
	To string `json:"to"`
	// Message is its identity there, such as a Message-ID: the same however often it is sent.
	Message string          `json:"message"`
	At      evenkeel.Moment `json:"at"`
	Refused bool            `json:"refused,omitempty"` // for good
	Says    string          `json:"says,omitempty"`    // what the other side answered
}

// EffectPaper is the effect in the receipt of an order that is only written down.
const EffectPaper = "on paper"

// OnPaper says whether the order was written down and nobody carries it out.
func (d *Dispatch) OnPaper() bool {
	return d.Receipt.State == evenkeel.ReceiptApplied && d.Receipt.Effect == EffectPaper
}

// Undone says whether nobody carries the order out, as far as is known: a node refused it, or
// it was given up and nobody has said anything of it since.
func (d *Dispatch) Undone() bool {
	return d.Receipt.State == evenkeel.ReceiptRefused || d.Failed && d.Receipt.Order == ""
}

// LetGo says whether whoever carried an order to enforce out has let go of it, as far as is known, such as by hand on a host: of an
// order that lifts this is its end, and of one whose decision stands it is what nobody carries out any more.
func (d *Dispatch) LetGo() bool { return d.Receipt.State == evenkeel.ReceiptLifted }

// ChannelPaper is how a notice goes that is only written down.
const ChannelPaper = "paper"

// ChannelEndpoint is how a notice goes to a machine of the tenant's.
const ChannelEndpoint = "endpoint"

// ToMachine says whether it went to a machine of the tenant's, which may be read by nobody: whatever it
// answers, no person was reached by it, and none was missed.
func (d *Delivery) ToMachine() bool { return d.Channel == ChannelEndpoint }

// Reached says whether a person's server took it. Whether it came back since, Dispatch.Took says.
func (d *Delivery) Reached() bool { return !d.Refused && !d.OnPaper() && !d.ToMachine() }

// Untold says whether a notice reached nobody, as far as is known: it was given up, or is over and
// nobody took it or what they took came back, or an attempt came to nothing and nobody has it yet, such as where no contact is
// known. What was only written down, and is over by that, is on paper and not untold. A machine is nobody.
func (d *Dispatch) Untold() bool {
	paper := false
	for i := range d.Deliveries {
		x := &d.Deliveries[i]
		if d.Took(i) {
			return false
		}
		paper = paper || x.OnPaper()
	}
	if d.Over == 0 {
		return d.Attempts > 0
	}
	return d.Failed || !paper
}

// Took says whether the person of the nth delivery has the notice, as far as is known: their server
// took it, and it did not come back since. One that came back stands twice, the second time refused.
func (d *Dispatch) Took(n int) bool {
	x := &d.Deliveries[n]
	return x.Reached() && !slices.ContainsFunc(d.Deliveries[n+1:], func(later Delivery) bool {
		return later.Refused && later.Channel == x.Channel && later.To == x.To
	})
}

// Bounced says whether the nth delivery is that what the recipient's server took before came back.
func (d *Dispatch) Bounced(n int) bool {
	x := &d.Deliveries[n]
	return x.Refused && slices.ContainsFunc(d.Deliveries[:n], func(before Delivery) bool {
		return !before.Refused && before.Channel == x.Channel && before.To == x.To
	})
}

// Role is whom it went to, as a person reads it.
func (d Delivery) Role() string { return redact.Role(d.To) }

// OnPaper says whether the notice was written down and nobody got it.
func (d *Delivery) OnPaper() bool { return d.Channel == ChannelPaper && !d.Refused }

// Ending says that an order, a notice or a page is not tried any more.
type Ending struct {
	Order  evenkeel.OrderID  // one of these three
	Notice evenkeel.NoticeID //
	Page   PageID            //
	At     evenkeel.Moment   // never 0
	Failed bool              // it was not taken
	Why    string            // it failed
}

// Of says what it is of, where it is one thing, and when: else it is not an ending.
func (e *Ending) Of() (id string, ok bool) {
	n := 0
	for _, s := range []string{string(e.Order), string(e.Notice), string(e.Page)} {
		if s != "" {
			id, n = s, n+1
		}
	}
	return id, n == 1 && e.At != 0
}

// SentOrder is an order as it was written, with its case and what became of it.
type SentOrder struct {
	Case     evenkeel.Case
	Entries  int64 // of Case
	Order    evenkeel.Order
	Dispatch Dispatch
}

// SentNotice is a notice as it was written, with its case and what became of it.
type SentNotice struct {
	Case     evenkeel.Case
	Entries  int64 // of Case
	Notice   evenkeel.Notice
	Dispatch Dispatch
}

// WaitingOrder is an order that is not over.
type WaitingOrder = struct {
	Order    evenkeel.Order
	Attempts int
	Next     evenkeel.Moment // 0: at once
}

// WaitingNotice is a notice that is not over, and what of it was delivered.
type WaitingNotice = struct {
	Notice     evenkeel.Notice
	Attempts   int
	Next       evenkeel.Moment // 0: at once
	Deliveries []Delivery
}

// NoticeWords are what a notice tells of its measure, in a few words for staff: its state, as it is worded where that
// stands, with what else the notice is about; or what it is instead.
func NoticeWords(n *evenkeel.Notice, state string) string {
	switch {
	case n.Heard:
		return "receipt " + n.Receipt + " of an answer"
	case n.Receipt != "":
		return "receipt " + n.Receipt + " of an appeal"
	case n.Turn > 0:
		return state + ", a reminder in turn"
	case n.Reminder:
		return state + ", a reminder"
	case n.Cut:
		return state + ", a way to the data is cut"
	case n.Contacts.Confirmed != "":
		return state + ", a contact was confirmed"
	case n.Contacts.Until != 0:
		return state + ", the contacts were changed"
	case n.Undone && n.State == evenkeel.InForce:
		return "is not carried out"
	case n.Undone:
		return state + ", was not carried out"
	}
	return state
}

// Unsent is an order or a notice that waits to leave, or a notice that reached nobody, for people to look at: the
// outbox as a list.
type Unsent struct {
	Case     evenkeel.CaseID
	Tenant   evenkeel.TenantID
	Order    evenkeel.Order  // one of these two
	Notice   evenkeel.Notice //
	Post     bool            // the notice waits for a machine of the tenant's, which has failed before
	Failed   bool            // it reached nobody, and is not tried any more
	Attempts int             // that came to nothing
	Why      string          // what the last of them met
	Next     evenkeel.Moment // 0: at once
}

// Outbox is what of the books whoever sends looks at. Only what is due when is changed here:
// all that is told to people goes through the judge.
type Outbox interface {
	Reached
	// PendingOrders returns orders that are not over, in the order of their writing: up to
	// most of those that are due at now, those due longest first, and with them every earlier
	// one that names an asset or a decision of theirs, and every lift of their decisions, due
	// or not. It may return others too.
	PendingOrders(ctx context.Context, now evenkeel.Moment, most int) ([]WaitingOrder, error)
	// RetryOrder says that an attempt came to nothing, why, and when the next is due. Of an
	// order that is over it changes nothing. KindNotFound where there is no such order.
	RetryOrder(ctx context.Context, id evenkeel.OrderID, at evenkeel.Moment, why string) error
	// PendingNotices returns notices that are not over and due at now, in the order of their
	// writing: at most so many, those due longest.
	PendingNotices(ctx context.Context, now evenkeel.Moment, most int) ([]WaitingNotice, error)
	// RetryNotice is RetryOrder of a notice.
	RetryNotice(ctx context.Context, id evenkeel.NoticeID, at evenkeel.Moment, why string) error
	// PendingPosts is PendingNotices for those who post to machines of tenants. Every notice waits for
	// them from its writing on, beside the people whom it waits for.
	PendingPosts(ctx context.Context, now evenkeel.Moment, most int) ([]WaitingNotice, error)
	// RetryPost is RetryNotice of what waits to be posted. Nothing else of the notice changes by it.
	RetryPost(ctx context.Context, id evenkeel.NoticeID, at evenkeel.Moment, why string) error
	// EndPosts says that notices wait for no machine any more: all of them, or none. Of one that does
	// not wait it changes nothing. KindNotFound where there is no such notice.
	EndPosts(ctx context.Context, all ...evenkeel.NoticeID) error
	// OrderOf returns an order as it was written. KindNotFound where there is none.
	OrderOf(ctx context.Context, id evenkeel.OrderID) (evenkeel.Order, error)
}
