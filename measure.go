package evenkeel

// Measure is what may be done about a tenant's assets. Which measures follow one another
// for a family of rules is that family's ladder, an ordered list in the policy.
type Measure uint8

// The measures. MeasureNone is a decision too: it was looked at, and only recorded.
const (
	MeasureNone      Measure = iota
	MeasureNotify            // tells, asks, starts clocks
	MeasureChallenge         // ingress: visitors of one domain pass a challenge
	MeasureShut              // ingress: the domain answers its own page
	MeasureLimit             // egress: token buckets, per port and destination
	MeasureDropFlow          // egress: one destination, port and protocol
	MeasureThrottle          // compute: CPU quota
	MeasureFreeze            // control plane: new changes are refused, what is in flight finishes or rolls back
	MeasureIsolate           // egress and ingress: all traffic but the data path, rescue and console
	MeasureSuspend           // machine: paused, the data path open
	MeasureDeny              // account: the contract ends after retrieval
)

var measures = [...]string{
	MeasureNone: "none", MeasureNotify: "notify", MeasureChallenge: "challenge", MeasureShut: "shut",
	MeasureLimit: "limit", MeasureDropFlow: "drop-flow", MeasureThrottle: "throttle", MeasureFreeze: "freeze",
	MeasureIsolate: "isolate", MeasureSuspend: "suspend", MeasureDeny: "deny",
}

// String returns the word of policies and decisions, such as "drop-flow".
func (m Measure) String() string { return word(measures[:], int(m)) }

// ParseMeasure reads the word of a policy.
func ParseMeasure(s string) (Measure, error) { return parseWord[Measure]("measure", measures[:], s) }

// MarshalText writes String.
func (m Measure) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads the word.
func (m *Measure) UnmarshalText(b []byte) error { return readWord(m, b, ParseMeasure) }

// Enforced says whether somebody has to carry the measure out, by an order.
func (m Measure) Enforced() bool { return m > MeasureNotify }

// Destroys returns what the measure takes away for good, or "". Automation never destroys
// memory, a disk or an address.
func (m Measure) Destroys() string {
	if m == MeasureIsolate {
		return "connections"
	}
	return ""
}

// StepsDown returns what follows when this one may not stand any longer: never a new kind of harm.
func (m Measure) StepsDown() Measure {
	switch m {
	case MeasureShut:
		return MeasureChallenge
	case MeasureDropFlow, MeasureIsolate:
		return MeasureLimit
	case MeasureFreeze:
		return MeasureNotify
	case MeasureSuspend:
		return MeasureIsolate
	case MeasureDeny:
		return MeasureSuspend
	default:
		return MeasureNone
	}
}

// NeedsTwo says whether the measure takes two different persons, whatever the evidence.
func (m Measure) NeedsTwo() bool { return m == MeasureSuspend || m == MeasureDeny }
