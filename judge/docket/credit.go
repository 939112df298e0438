package docket

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// CreditID names a credit.
type CreditID string

// NewCreditID derives the id of what a tenant is owed for a case that was closed at a moment.
func NewCreditID(c evenkeel.CaseID, closed evenkeel.Moment) CreditID {
	parts := []string{"evenkeel credit 1", string(c), closed.String()}
	for i, p := range parts { // each with its length before it, so that no two lists are the same bytes
		parts[i] = strconv.Itoa(len(p)) + " " + p
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "")))
	return CreditID("cr-" + hex.EncodeToString(sum[:16]))
}

// Credit is what a tenant is owed that was restricted wrongly.
type Credit struct {
	ID     CreditID          `json:"id"`
	Case   evenkeel.CaseID   `json:"case"`
	Tenant evenkeel.TenantID `json:"tenant"`
	Family string            `json:"family"`
	Closed evenkeel.Moment   `json:"closed"` // when the case was closed as a false positive: it counts what stood until then
	State  CreditState       `json:"state"`
	At     evenkeel.Moment   `json:"at"` // of the state
	// Decisions are those whose measures it is for, sorted.
	Decisions []evenkeel.DecisionID `json:"decisions"`
	Assets    int                   `json:"assets"`   // that were restricted
	Minutes   int64                 `json:"minutes"`  // of all of them together, each minute of one asset once
	Amount    int64                 `json:"amount"`   // in hundredths of the currency, from 0
	Currency  string                `json:"currency"` // ISO 4217
	Policy    string                `json:"policy"`   // digest of the one whose prices were taken
	By        evenkeel.PersonID     `json:"by,omitempty"`
	Why       string                `json:"why,omitempty"` // a person's reason
}

// Money is the amount as people read it, such as "12.50 EUR".
func (c *Credit) Money() string {
	return fmt.Sprintf("%d.%02d %s", c.Amount/100, c.Amount%100, c.Currency)
}

// For is what it is for, as people read it, such as "45 minutes of 2 assets".
func (c *Credit) For() string {
	minutes, assets := "minutes", "assets"
	if c.Minutes == 1 {
		minutes = "minute"
	}
	if c.Assets == 1 {
		assets = "asset"
	}
	return fmt.Sprintf("%d %s of %d %s", c.Minutes, minutes, c.Assets, assets)
}

// MaxCredit is the highest amount of one credit, in hundredths.
const MaxCredit = 1e15

// Check says what a credit lacks, or nil.
func (c *Credit) Check() error {
	switch {
	case c.ID == "" || c.Case == "" || c.Tenant == "" || c.Closed == 0 || c.At < c.Closed:
		return evenkeel.Invalid("credit %q of case %q to tenant %q, closed at %v, at %v; expected all of them, in order of time", c.ID, c.Case, c.Tenant, c.Closed, c.At)
	case c.State.String() == "invalid":
		return evenkeel.Invalid("credit %s is in no state; expected proposed, granted or refused", c.ID)
	case c.Minutes < 1 || c.Assets < 1 || c.Amount < 0 || c.Amount > MaxCredit || len(c.Currency) != 3:
		return evenkeel.Invalid("credit %s: %d minutes of %d assets, %d hundredths of %q; expected at least one of each, an amount and a currency", c.ID, c.Minutes, c.Assets, c.Amount, c.Currency)
	case c.State == CreditRefused && (c.By == "" || c.Why == ""):
		return evenkeel.Invalid("credit %s is refused by %q for %q; expected a person and a reason", c.ID, c.By, c.Why)
	}
	return nil
}

// CreditState is where a credit stands. A proposed one is granted or refused; then it stays.
type CreditState uint8

// The states of a credit.
const (
	CreditProposed CreditState = iota + 1 // a person has to say
	CreditGranted
	CreditRefused
)

var creditStates = [...]string{CreditProposed: "proposed", CreditGranted: "granted", CreditRefused: "refused"}

// String returns proposed, granted or refused.
func (s CreditState) String() string {
	if int(s) >= len(creditStates) || creditStates[s] == "" {
		return "invalid"
	}
	return creditStates[s]
}

// ParseCreditState reads the word.
func ParseCreditState(s string) (CreditState, error) {
	return parseWord[CreditState]("state of a credit", creditStates[:], s)
}

// MarshalText writes String.
func (s CreditState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the word.
func (s *CreditState) UnmarshalText(b []byte) (err error) {
	*s, err = ParseCreditState(string(b))
	return err
}
