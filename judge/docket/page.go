package docket

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// PageID names a page; it is derived, so that twice is once.
type PageID string

// The levels of a page.
const (
	LevelOnCall = 1 // whoever is on call
	LevelSecond = 2 // the second level
	LevelLead   = 3 // the lead
)

// Page calls people of the operator to a case. It leaves by the outbox, as orders and notices
// do, and stops no clock: only a decision does.
type Page struct {
	ID     PageID              `json:"id"`
	Case   evenkeel.CaseID     `json:"case"` // "" of a page about no case: then Tenant is House
	Tenant evenkeel.TenantID   `json:"tenant"`
	Family string              `json:"family"`
	Level  int                 `json:"level"` // LevelOnCall to LevelLead
	At     evenkeel.Moment     `json:"at"`
	Why    string              `json:"why"`           // a sentence, without addresses
	For    []evenkeel.PersonID `json:"for,omitempty"` // in the order of calling; none where nobody is known
	Due    evenkeel.Moment     `json:"due,omitempty"` // by when a person has to decide; 0: as soon as one can
	// Drawn says that For is whom a lot fell on: nobody else reads who that is (BlindCall).
	Drawn bool `json:"drawn,omitempty"`
}

// NewPageID derives the id of a page to a level about a case, for what clock or event, at a
// moment.
func NewPageID(c evenkeel.CaseID, level int, at evenkeel.Moment, about string) PageID {
	parts := []string{"evenkeel page 1", string(c), strconv.Itoa(level), at.String(), about}
	for i, p := range parts { // each with its length before it, so that no two lists are the same bytes
		parts[i] = strconv.Itoa(len(p)) + " " + p
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "")))
	return PageID("p-" + hex.EncodeToString(sum[:16]))
}

// MaxPaged is how many people one page names.
const MaxPaged = 64

// Check says what a page lacks, or nil.
func (p *Page) Check() error {
	switch {
	case p.ID == "" || p.Tenant == "" || (p.Case == "") != (p.Tenant == House):
		return evenkeel.Invalid("page %q about case %q of tenant %q; expected all three", p.ID, p.Case, p.Tenant)
	case p.Level < LevelOnCall || p.Level > LevelLead:
		return evenkeel.Invalid("page %s is for level %d; expected %d to %d", p.ID, p.Level, LevelOnCall, LevelLead)
	case p.At == 0 || p.Why == "":
		return evenkeel.Invalid("page %s at %s says %q; expected when, and why", p.ID, p.At, p.Why)
	case len(p.For) > MaxPaged:
		return evenkeel.Invalid("page %s is for %d people; expected at most %d", p.ID, len(p.For), MaxPaged)
	}
	return nil
}

// Calling is a page, and what became of it.
type Calling struct {
	Page Page `json:"page"`
	// Attempts is how many came to nothing, Why what the last of them met, and Next when the
	// next is due: 0 at once.
	Attempts int             `json:"attempts,omitempty"`
	Next     evenkeel.Moment `json:"next,omitempty"`
	Why      string          `json:"why,omitempty"`
	// Over is since when it is not tried any more: somebody was reached, or Failed. 0 while it
	// waits.
	Over   evenkeel.Moment `json:"over,omitempty"`
	Failed bool            `json:"failed,omitempty"`
	// Tried are those that were written down, in that order: of a person on a channel at most
	// one that was taken and one that was not.
	Tried []Tried `json:"tried,omitempty"`
}

// Tried is what became of a page on one channel of one person.
type Tried struct {
	Page    PageID            `json:"page"`
	Person  evenkeel.PersonID `json:"person"`
	Channel string            `json:"channel,omitempty"` // such as ntfy; "" where the person has none
	At      evenkeel.Moment   `json:"at"`
	Taken   bool              `json:"taken,omitempty"`
	Says    string            `json:"says,omitempty"` // what the other side answered, without addresses
}

// Check says what it lacks, or nil.
func (t *Tried) Check() error {
	if t.Page == "" || t.Person == "" || t.At == 0 || t.Taken && t.Channel == "" {
		return evenkeel.Invalid("page %q to %q by %q at %s; expected all four", t.Page, t.Person, t.Channel, t.At)
	}
	return nil
}

// SentPage is a page as a transaction sees it, with its case.
type SentPage struct {
	Case    evenkeel.Case // the zero one of a page about no case
	Entries int64         // of Case
	Calling
}

// PageOutbox is what of the books whoever calls people looks at. What is told to people goes
// through the judge: who was reached, and that nobody was.
type PageOutbox interface {
	// PendingPages returns pages that are not over and due at now, in the order of their
	// writing: at most so many, those due longest.
	PendingPages(ctx context.Context, now evenkeel.Moment, most int) ([]Calling, error)
	// RetryPage says that an attempt came to nothing, why, and when the next is due. Of a page
	// that is over it changes nothing. KindNotFound where there is no such page.
	RetryPage(ctx context.Context, id PageID, at evenkeel.Moment, why string) error
	// WaitingPages returns how many pages are not over.
	WaitingPages(ctx context.Context) (int, error)
}

// Calls show which people of the operator were called.
type Calls interface {
	// RecentPages returns pages, over or not, that were written last, the newest first: at most so
	// many.
	RecentPages(ctx context.Context, most int) ([]Calling, error)
}

// ReceiptOf is the number of the receipt for what a tenant handed in by an act about a case.
func ReceiptOf(c evenkeel.CaseID, act string) string {
	sum := sha256.Sum256([]byte("evenkeel receipt 1\n" + strconv.Itoa(len(c)) + " " + string(c) + act))
	return "R-" + strings.ToUpper(hex.EncodeToString(sum[:5]))
}
