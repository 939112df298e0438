package storetest

import (
	"context"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
)

// Books are what a store offers.
//
// Beyond what docket says, Put holds the line: it refuses what would break the books, with
// KindConflict where it speaks against what is kept (a key or an entry that is there, a gap,
// another size of the ledger, a case under another tenant, a decision that is over and
// changes, a flag that was revoked and stands again) and with KindInvalid where it could
// never be right (a word that does not exist, an end that is not after the beginning, a part
// of a case or decision that nobody keeps, and what became of an order or notice that nobody
// keeps).
type Books interface {
	docket.Books
	docket.Pages
	docket.Outbox
	docket.Boards
	docket.PageOutbox
	docket.Lessons
	docket.Calls
	docket.Bearing
	docket.Incidents
	// Outbox returns how many orders and notices are not over.
	Outbox(ctx context.Context) (orders, notices int, err error)
	// EraseKey erases a tenant's key for commitments for ever. Erasing it twice is the same
	// as once; KindNotFound where there never was one.
	EraseKey(ctx context.Context, t evenkeel.TenantID) error
	// Log gives f the ledger, its keys and the values in use, as of one moment.
	Log(ctx context.Context, f func(ledger.Log) error) error
}

// Open opens empty books, which are closed when the test ends.
type Open func(t testing.TB) Books

// Run holds books to the contract.
func Run(t *testing.T, open Open) {
	for _, group := range []struct {
		name  string
		tests []promise
	}{
		{"transactions", transactions},
		{"case files", files},
		{"dossiers", dossiers},
		{"clocks", clocks},
		{"outbox", outbox},
		{"what became of it", dispatches},
		{"what waits", waits},
		{"pages", pages},
		{"ledger", sealed},
		{"what is shown", shown},
		{"what two persons decide", reviews},
		{"what holds machines back", governors},
		{"what is learned and owed", lessons},
		{"what is looked at by lot", audits},
		{"where rules stand", stages},
		{"who could be told before", reaches},
		{"when the platform was hurt", incidents},
		{"values", values},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, p := range group.tests {
				t.Run(p.says, func(t *testing.T) { p.holds(t, &scene{t: t, books: open(t), open: open}) })
			}
		})
	}
}

// promise is one sentence about books, and its test.
type promise struct {
	says  string
	holds func(t *testing.T, s *scene)
}
