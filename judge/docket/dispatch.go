package docket

import "github.com/evenkeel/evenkeel"

// Dispatch is what became of one order or one notice that leaves by the outbox.
type Dispatch struct {
	Order  evenkeel.OrderID  // one of these two
	Notice evenkeel.NoticeID //
	// Attempts is how many came to nothing, Why what the last of them met, and Next when the
	// next is due: 0 where none is.
	Attempts int
	Next     evenkeel.Moment
	Why      string
	// Over is since when it is not tried any more: it was taken, or Failed. 0 while it waits.
	Over   evenkeel.Moment
	Failed bool
	// Receipt is the last of an order; without a State nobody has confirmed what was done.
	Receipt evenkeel.Receipt
	// Deliveries are those of a notice, in the order in which they were made.
	Deliveries []Delivery
}

// Delivery is one notice that one recipient's server took, or will not take.
type Delivery struct {
	Notice evenkeel.NoticeID `json:"notice"`
	// Channel is how it went: mail or webhook.
	Channel string `json:"channel"`
	// To is which contact of the tenant it went to, by role; never an address.
	To string `json:"to"`
	// Message is its identity there, such as a Message-ID: the same however often it is sent.
	Message string          `json:"message"`
	At      evenkeel.Moment `json:"at"`
	Refused bool            `json:"refused,omitempty"` // for good
	Says    string          `json:"says,omitempty"`    // what the other side answered
}

// WaitingNotice is a notice that is not over, and what of it was delivered.
type WaitingNotice = struct {
	Notice     evenkeel.Notice
	Attempts   int
	Next       evenkeel.Moment // 0: at once
	Deliveries []Delivery
}
