package evenkeel

// Evidence is the family of a term of evidence. Only different families count as
// independent: CPU, creation, age and account facts are what a lawful batch job looks like
// too, so they are one family.
type Evidence uint8

// The families of evidence.
const (
	EvidenceUsage   Evidence = iota + 1 // CPU, creation, age, account facts
	EvidenceWire                        // flows, names, packets
	EvidenceProcess                     // programs, files, payload
	EvidenceFleet                       // identical across unrelated accounts
	EvidenceReport                      // others say so
)

var evidences = [...]string{
	EvidenceUsage: "usage", EvidenceWire: "wire", EvidenceProcess: "process",
	EvidenceFleet: "fleet", EvidenceReport: "report",
}

// String returns the word that rules and findings use.
func (e Evidence) String() string { return word(evidences[:], int(e)) }

// ParseEvidence reads the word of a rule document.
func ParseEvidence(s string) (Evidence, error) {
	return parseWord[Evidence]("family of evidence", evidences[:], s)
}

// MarshalText writes String.
func (e Evidence) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText reads the word.
func (e *Evidence) UnmarshalText(b []byte) error { return readWord(e, b, ParseEvidence) }

// Mode says whether a rule's findings count.
type Mode uint8

// The modes of a rule.
const (
	ModeShadow Mode = iota + 1 // watched and shown, never acted on
	ModeLive
)

var modes = [...]string{ModeShadow: "shadow", ModeLive: "live"}

// String returns "shadow" or "live".
func (m Mode) String() string { return word(modes[:], int(m)) }

// ParseMode reads the word of a rule document.
func ParseMode(s string) (Mode, error) { return parseWord[Mode]("mode", modes[:], s) }

// MarshalText writes String.
func (m Mode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads the word.
func (m *Mode) UnmarshalText(b []byte) error { return readWord(m, b, ParseMode) }

// Standing is how a tenant pays. It is an enumeration and never a number, because zero
// paid on a trial is a known fact and zero paid on credit is no payment history.
type Standing uint8

// The standings. The zero value means that nobody said.
const (
	StandingUnknown Standing = iota
	StandingPrepaid
	StandingInvoiced
	StandingOnCredit
	StandingTrial
	StandingDelinquent
)

var standings = [...]string{
	StandingUnknown: "unknown", StandingPrepaid: "prepaid", StandingInvoiced: "invoiced",
	StandingOnCredit: "on_credit", StandingTrial: "trial", StandingDelinquent: "delinquent",
}

// String returns the word of the inventory's events.
func (s Standing) String() string { return word(standings[:], int(s)) }

// ParseStanding reads the word of an inventory event.
func ParseStanding(s string) (Standing, error) {
	return parseWord[Standing]("standing", standings[:], s)
}

// MarshalText writes String.
func (s Standing) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word of an inventory event.
func (s *Standing) UnmarshalText(b []byte) error { return readWord(s, b, ParseStanding) }

// word returns the name of an enumerated value, or "invalid".
func word(names []string, i int) string {
	if i < 0 || i >= len(names) || names[i] == "" {
		return "invalid"
	}
	return names[i]
}

// parseWord finds the enumerated value of a name, or says what was expected.
func parseWord[E ~uint8](what string, names []string, s string) (E, error) {
	known := ""
	for i, n := range names {
		if n == "" {
			continue
		}
		if n == s {
			return E(i), nil
		}
		if known != "" {
			known += ", "
		}
		known += n
	}
	return 0, Invalid("%s %q; expected one of %s", what, s, known)
}

// readWord sets an enumerated value to what parse makes of a word.
func readWord[E any](to *E, word []byte, parse func(string) (E, error)) (err error) {
	*to, err = parse(string(word))
	return err
}
