package door

import "time"

// Verdict is what happens to a connection whose hello was read.
type Verdict uint8

// The verdicts.
const (
	Pass   Verdict = iota // shake hands
	Refuse                // a TLS alert, and the end: whoever means well can say what happened
	Drop                  // a reset without a word, which costs least
	Hold                  // wait, and ask again
)

// String returns the verdict in a word.
func (v Verdict) String() string {
	return [...]string{"pass", "refuse", "drop", "hold"}[min(v, Hold)]
}

// Alert is a description of RFC 8446, section 6, as it is sent.
type Alert uint8

// Alerts for refusals.
const (
	HandshakeFailure Alert = 40
	DecodeError      Alert = 50
	ProtocolVersion  Alert = 70
	InternalError    Alert = 80
	UnrecognizedName Alert = 112
	AccessDenied     Alert = 49

	unexpectedMessage Alert = 10
	recordOverflow    Alert = 22
)

// Decision is what is said of a visitor before any key is exchanged. Its zero value passes.
type Decision struct {
	Do     Verdict
	Alert  Alert         // with Refuse; AccessDenied where it is 0
	Tenant string        // with Pass: whose connection it is counted as; empty is nobody's
	Wait   time.Duration // with Hold: until Decide is asked again, with Visitor.Held told; in all Limits.HoldTime at most, then it is dropped
}

// Outcome is how a connection left the door.
type Outcome uint8

// The outcomes.
const (
	Served      Outcome = iota // handed on
	Refused                    // by decision, with an alert
	Dropped                    // by decision, with a reset
	HeldTooLong                // held for Limits.HoldTime, or too many were
	Slow                       // the hello was not whole within Limits.HelloTime
	Left                       // closed by the visitor before its hello was whole
	NotTLS                     // something else where TLS is spoken
	ClearHTTP                  // plain HTTP where TLS is spoken
	SSLv2                      // a hello in the form of SSL 2
	NotHello                   // TLS, and no hello first
	Malformed                  // a hello that contradicts itself
	TooLong                    // a hello beyond Limits.HelloBytes
	Forged                     // a PROXY header from a network that is not trusted
	NoHeader                   // none, or a broken one, from one that is
	Crowded                    // its prefix or tenant has its share already
	Full                       // the door has
	Overtaken                  // its hello was waited for, and others needed the place
	Failed                     // the handshake failed, or was not done in time
	Shut                       // the listener was closed
	Validated                  // a certificate authority saw what it came for
	NotHTTP                    // something else where HTTP is spoken without TLS, and passed through
	outcomes
)

var outcomeNames = [outcomes]string{
	"served", "refused", "dropped", "held too long", "slow", "left", "not TLS", "clear HTTP", "SSL 2", "no hello", "malformed",
	"too long", "forged PROXY header", "no PROXY header", "crowded", "full", "overtaken", "failed handshake", "shut", "validated",
	"not HTTP",
}

// String returns the outcome in a few words.
func (o Outcome) String() string {
	if o >= outcomes {
		return "unknown"
	}
	return outcomeNames[o]
}

// Counts is how many connections ended in each way at the door, since it was opened.
type Counts struct {
	Outcomes [outcomes]uint64
	Misused  uint64 // connections of HTTP/2 that were cut for misuse
	Evicted  uint64 // idle ones that were closed because others needed the place
	SlowBody uint64 // requests whose body came too slowly
	NoSYN    uint64 // connections without a saved SYN
}
