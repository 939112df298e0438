package page

import (
	"context"

	"github.com/evenkeel/evenkeel"
)

// List is where calls wait until they are over. Whoever keeps it puts them in, in the
// transaction of what they are about. pagetest holds one to this.
type List interface {
	// Waiting returns calls that are not over and due at now, in the order in which they were
	// put in: at most so many, those due longest.
	Waiting(ctx context.Context, now evenkeel.Moment, most int) ([]Waiting, error)
	// Tried says what became of one page. It is kept when it returns. To say it twice is to say
	// it once.
	Tried(ctx context.Context, id ID, a Attempt) error
	// Retry says that nobody could be reached, why, and when the next round is due.
	Retry(ctx context.Context, id ID, at evenkeel.Moment, why string) error
	// Delivered says that a call is over: somebody has it.
	Delivered(ctx context.Context, id ID) error
	// Failed says that a call is over and reached nobody, and why. A call that is over stays so.
	// The last four return KindNotFound where there is no such call.
	Failed(ctx context.Context, id ID, why string) error
}

// Waiting is a call that is not over, how many rounds came to nothing, when the next is due, and
// what was tried.
type Waiting struct {
	Call     Call
	Rounds   int
	Next     evenkeel.Moment // 0: at once
	Attempts []Attempt
}

// Attempt is what became of a page on one channel.
type Attempt struct {
	Person  evenkeel.PersonID `json:"person"`
	Channel string            `json:"channel"` // its name; "" where the person has none
	At      evenkeel.Moment   `json:"at"`
	Taken   bool              `json:"taken"`
	Says    string            `json:"says,omitempty"` // what the other side answered, or why not
}

// MaxAttempts is how many attempts of one call are written down, but for those that are taken.
const MaxAttempts = 64

// same says whether two attempts tell the same, whenever they were made.
func (a *Attempt) same(o *Attempt) bool {
	return a.Person == o.Person && a.Channel == o.Channel && a.Taken == o.Taken && a.Says == o.Says
}
