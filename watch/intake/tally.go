package intake

import (
	"fmt"
	"strings"
)

// Reason is why a point or event became no record, or a field of an event was not read.
type Reason uint8

// The reasons. Those up to BadEvent refuse: the sender should change something. The rest
// ignore: nothing is wrong, or nothing that spoils what was taken.
const (
	NotANumber        Reason = iota // the value is missing, NaN or infinite
	Negative                        // the value is below zero
	OutOfRange                      // a share above 1, or beside such a one in its request
	NoAsset                         // no attribute names an asset
	BadAsset                        // the asset's name is no id
	BadTime                         // the time is before 1971 or in 2200 and later
	TooOld                          // before the window of accepted times
	TooNew                          // after it
	TooManyAttributes               // more attributes than the limits allow
	TooLong                         // a key or text longer than the limits allow
	TooDeep                         // a value that nests deeper than the limits allow
	TooManyAssets                   // more assets in one request than the limits allow
	WrongType                       // a known metric in a form that it does not have
	WrongUnit                       // a known metric in a unit that we do not know
	NoTemporality                   // a counter that is neither cumulative nor delta
	UnknownState                    // a CPU state or direction that we do not know
	NotPermitted                    // the source may not say this; see Grant
	BadEvent                        // an event that is not what its type says

	UnknownMetric // a metric that no rule can use
	NoValue       // a point that says "no value was recorded"
	Redundant     // what other states say: busy CPU states where idle is told, iowait where it is not
	UnknownField  // a field that an event's type does not have; the event itself was taken

	reasons int = iota
)

var reasonWords = [reasons]struct{ name, says string }{
	NotANumber:        {"not_a_number", "there is no value, or it is not a finite number"},
	Negative:          {"negative", "the value is below zero"},
	OutOfRange:        {"out_of_range", "shares of the metric are above 1: percent without a unit? set the unit to % (all points of the asset's metric in such a request are refused)"},
	NoAsset:           {"no_asset", "no attribute names the asset"},
	BadAsset:          {"bad_asset", "the asset's name is not an id of 1 to 256 bytes of text"},
	BadTime:           {"bad_time", "the time is not between 1971 and 2200; expected nanoseconds since 1970 in OTLP, RFC 3339 in CloudEvents"},
	TooOld:            {"too_old", "the time is further back than the intake accepts"},
	TooNew:            {"too_new", "the time is further ahead than the intake accepts"},
	TooManyAttributes: {"too_many_attributes", "there are more attributes than the intake accepts"},
	TooLong:           {"too_long", "an attribute is longer than the intake accepts"},
	TooDeep:           {"too_deep", "an attribute nests deeper than the intake accepts"},
	TooManyAssets:     {"too_many_assets", "the request names more assets than the intake accepts"},
	WrongType:         {"wrong_type", "the metric is not of the type expected for its name"},
	WrongUnit:         {"wrong_unit", "the unit is not one expected for the metric"},
	NoTemporality:     {"no_temporality", "the counter is neither cumulative nor delta"},
	UnknownState:      {"unknown_state", "the CPU state or direction is not a known one"},
	NotPermitted:      {"not_permitted", "the source may not say this"},
	BadEvent:          {"bad_event", "the event is not what its type says"},
	UnknownMetric:     {"unknown_metric", "no rule uses the metric"},
	NoValue:           {"no_value", "the point says that no value was recorded"},
	Redundant:         {"redundant", "other states say the same"},
	UnknownField:      {"unknown_field", "the event's type has no such field"},
}

// String returns the reason's name, as metrics use it.
func (r Reason) String() string {
	if int(r) >= reasons {
		return "invalid"
	}
	return reasonWords[r].name
}

// Says returns a sentence for the sender.
func (r Reason) Says() string {
	if int(r) >= reasons {
		return "invalid reason"
	}
	return reasonWords[r].says
}

// Refuses says whether the sender should change something, since a point or event was not
// taken.
func (r Reason) Refuses() bool { return r <= BadEvent }

// Reasons returns all reasons.
func Reasons() []Reason {
	all := make([]Reason, reasons)
	for i := range all {
		all[i] = Reason(i)
	}
	return all
}

// Tally counts what became of the points and events of some requests. The zero value is
// ready. It is one plain value: a copy is a copy.
type Tally struct {
	Accepted int // became records
	counts   [reasons]int
	first    [reasons]string
	strange  [MaxStrange]strange // different fields that types do not have, the first ones
}

// MaxStrange is how many different fields that types do not have are named.
const MaxStrange = 8

// strange is a field that a type does not have: its name with the type's, and the event that had it first.
type strange struct{ what, event string }

// Count counts a point that became no record, or a field that was not read. It returns true for the first one of its
// reason, for which a caller may Explain.
func (t *Tally) Count(r Reason) (first bool) { return t.CountN(r, 1) }

// CountN counts n points that became no record. It returns true if they are the first of
// their reason.
func (t *Tally) CountN(r Reason, n int) (first bool) {
	first = t.counts[r] == 0 && n > 0
	t.counts[r] += n
	return first
}

// Explain keeps an example for a reason: which point it was, in words.
func (t *Tally) Explain(r Reason, example string) { t.first[r] = example }

// Strange keeps the name of a field that the type of an event does not have, each once and MaxStrange of them. what
// is the field with its type, and event says which one had it. Counting is another matter: Count(UnknownField).
func (t *Tally) Strange(what, event string) {
	for i := range t.strange {
		switch t.strange[i].what {
		case what:
			return
		case "":
			t.strange[i] = strange{what, event}
			return
		}
	}
}

// StrangeFields names the fields that were kept, with the event that had each first.
func (t *Tally) StrangeFields() (all []string) {
	for _, s := range t.strange {
		if s.what != "" {
			all = append(all, s.what+s.event)
		}
	}
	return all
}

// Of returns how many points became no record for a reason, and the example that was kept.
func (t *Tally) Of(r Reason) (n int, example string) { return t.counts[r], t.first[r] }

// Refused returns how many points were refused.
func (t *Tally) Refused() int { return t.sum(true) }

// Ignored returns how many points were ignored though nothing is wrong with them, and how
// many fields of events that were taken.
func (t *Tally) Ignored() int { return t.sum(false) }

func (t *Tally) sum(refused bool) (n int) {
	for r, c := range t.counts {
		if Reason(r).Refuses() == refused {
			n += c
		}
	}
	return n
}

// Merge adds what another tally counted.
func (t *Tally) Merge(o Tally) {
	t.Accepted += o.Accepted
	for _, s := range o.strange {
		if s.what != "" {
			t.Strange(s.what, s.event)
		}
	}
	for r := range t.counts {
		if t.first[r] == "" {
			t.first[r] = o.first[r]
		}
		t.counts[r] += o.counts[r]
	}
}

// Says returns what was refused and why, with the examples that were kept, and which fields
// were ignored, or "" where nothing was: the message of an OTLP partial success.
func (t *Tally) Says() string {
	var refused, parts []string
	for r := range t.counts {
		if t.counts[r] > 0 && Reason(r).Refuses() {
			refused = append(refused, t.because("because", Reason(r)))
		}
	}
	if refused != nil {
		parts = append(parts, fmt.Sprintf("%d refused: %s", t.Refused(), strings.Join(refused, "; ")))
	}
	if t.counts[UnknownField] > 0 {
		part := fmt.Sprintf("%d ignored because %s", t.counts[UnknownField], UnknownField.Says())
		if named := t.StrangeFields(); named != nil {
			part += ": " + strings.Join(named, "; ")
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

func (t *Tally) because(verb string, r Reason) string {
	part := fmt.Sprintf("%d %s %s", t.counts[r], verb, r.Says())
	if t.first[r] != "" {
		part += " (first: " + t.first[r] + ")"
	}
	return part
}

// String returns the counts on one line, such as "accepted 12, too_old 3".
func (t *Tally) String() string {
	s := fmt.Sprintf("accepted %d", t.Accepted)
	for r, n := range t.counts {
		if n > 0 {
			s += fmt.Sprintf(", %s %d", Reason(r), n)
		}
	}
	return s
}
