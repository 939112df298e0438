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

// Receipt is what a node did with an order. A measure without one is unconfirmed.
type Receipt struct {
	Order  OrderID      `json:"order"`
	Node   string       `json:"node"`
	State  ReceiptState `json:"state,omitempty"`  // none: nobody confirmed
	Effect string       `json:"effect,omitempty"` // as the node verified it
	Why    string       `json:"why,omitempty"`    // of a refusal
	At     Moment       `json:"at"`
}

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
