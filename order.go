package evenkeel

// OrderID names an order; it is derived, so that twice is once.
type OrderID string

// Order is what enforcement nodes are told under a decision. Until is kept by the node
// itself: it lets go at that time even if nobody speaks to it any more.
type Order struct {
	ID       OrderID           `json:"id"`
	Decision DecisionID        `json:"decision"`
	Tenant   TenantID          `json:"tenant"`
	Measure  Measure           `json:"measure"`
	Params   map[string]string `json:"params,omitempty"` // of the policy, such as cpu: 20%
	Assets   []AssetID         `json:"assets"`
	From     Moment            `json:"from"`
	Until    Moment            `json:"until"`
	Lift     bool              `json:"lift,omitempty"` // let go now
	// Data is DataWithheld where a lawful order ends access to the data until then; of no measure, and "" of each.
	Data string `json:"data,omitempty"`
}

// DataWithheld is what an order says of a tenant's data that nobody may fetch for a time.
const DataWithheld = "withheld"

// NewOrderID derives the id of the order to enforce, or to lift, a decision.
func NewOrderID(d DecisionID, lift bool) OrderID {
	what := "enforce"
	if lift {
		what = "lift"
	}
	return OrderID(deriveID("o-", "evenkeel order 1", string(d), what))
}

// Part names an order about just these assets: hosts are handed parts of one order, all under its id.
func (o *Order) Part() string {
	d := newDigest("evenkeel part of an order 1")
	d.text(string(o.ID))
	for _, a := range o.Assets {
		d.text(string(a))
	}
	return d.id("p-")
}

// Receipt is what a node did with an order. A measure without one is unconfirmed.
type Receipt struct {
	Order  OrderID      `json:"order"`
	Node   string       `json:"node"`
	State  ReceiptState `json:"state,omitempty"`  // none: nobody confirmed
	Effect string       `json:"effect,omitempty"` // as the node verified it
	Why    string       `json:"why,omitempty"`    // of a refusal
	At     Moment       `json:"at"`
	// Asked is the Part that it answers, or Unasked; "": its node does not say, as agents did not before there was this.
	Asked string `json:"asked,omitempty"`
	// NotHeld: some of the order's assets are not, or no more, with this node. Of one that says Asked; others say so in Why alone.
	NotHeld bool `json:"not_held,omitempty"`
}

// Unasked is what a receipt answers of which its node speaks by itself.
const Unasked = "unasked"

// ReceiptState is what became of an order.
type ReceiptState uint8

// The states of a receipt.
const (
	ReceiptApplied ReceiptState = iota + 1
	ReceiptRefused
	ReceiptLapsed
	ReceiptLifted
)

var receiptStates = [...]string{ReceiptApplied: "applied", ReceiptRefused: "refused", ReceiptLapsed: "lapsed", ReceiptLifted: "lifted"}

// String returns applied, refused, lapsed or lifted.
func (s ReceiptState) String() string { return word(receiptStates[:], int(s)) }

// ParseReceiptState reads the word.
func ParseReceiptState(s string) (ReceiptState, error) {
	return parseWord[ReceiptState]("state of a receipt", receiptStates[:], s)
}

// MarshalText writes String.
func (s ReceiptState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word.
func (s *ReceiptState) UnmarshalText(b []byte) error { return readWord(s, b, ParseReceiptState) }
