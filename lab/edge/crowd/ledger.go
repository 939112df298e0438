package crowd

import (
	"fmt"
	"sync"
	"time"
)

// Outcome is what came of a request.
type Outcome uint8

// The outcomes. The zero value is none: nothing was entered.
const (
	Answered   Outcome = iota + 1 // with the right content; whether in time says Entry.Took
	Wrong                         // with other content, or a status that says that there is none
	Refused                       // sent away: 403, 429, a connection that was broken off
	Asked                         // a question was asked, and nobody let in
	Overloaded                    // a status of 500 and above
	Unanswered                    // nothing came while the visitor waited
	Failed                        // anything else
	Unmade                        // what its page loads, whose page did not come
	outcomes
)

var outcomeNames = [outcomes]string{"", "answered", "wrong", "refused", "asked", "overloaded", "unanswered", "failed", "unmade"}

// String returns its name.
func (o Outcome) String() string {
	if o >= outcomes {
		return fmt.Sprintf("Outcome(%d)", uint8(o))
	}
	return outcomeNames[o]
}

// Entry is one request and what came of it.
type Entry struct {
	Visit   int           `json:"v"`
	Site    int           `json:"s"`
	Page    bool          `json:"p,omitempty"` // it is a page, and nothing that one loads
	Due     time.Duration `json:"d"`
	Sent    time.Duration `json:"l,omitempty"` // by how much it was sent too late by us
	Took    time.Duration `json:"t"`           // since it was due
	Asked   int           `json:"a,omitempty"` // how many questions were asked
	Waited  int           `json:"w,omitempty"` // how often there was no room, and it was told to come back
	Asking  time.Duration `json:"q,omitempty"` // how long that took, for it or for its page
	Status  int           `json:"h,omitempty"` // of HTTP; 0 where nothing was answered
	Outcome Outcome       `json:"o"`
}

// Ledger holds an entry for each request of a plan. Any number of goroutines may use it.
type Ledger struct {
	mu      sync.Mutex
	entries []Entry
	twice   int
}

// NewLedger makes one for so many requests.
func NewLedger(requests int) *Ledger { return &Ledger{entries: make([]Entry, requests)} }

// Enter enters what came of the request of a number. What is entered stays.
func (l *Ledger) Enter(request int, e Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.entries[request].Outcome != 0 || e.Outcome == 0 || e.Outcome >= outcomes {
		l.twice++
		return
	}
	l.entries[request] = e
}

// Close returns all entries. It refuses an account in which a request is missing or was entered twice.
func (l *Ledger) Close() ([]Entry, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	missing := 0
	for _, e := range l.entries {
		if e.Outcome == 0 {
			missing++
		}
	}
	if missing > 0 || l.twice > 0 {
		return nil, fmt.Errorf("close the account of %d requests: %d are missing, %d were entered twice", len(l.entries), missing, l.twice)
	}
	return l.entries, nil
}
