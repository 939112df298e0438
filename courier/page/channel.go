package page

import (
	"context"

	"github.com/evenkeel/evenkeel"
)

// Channel is a way to reach one person. pagetest holds one to this.
type Channel interface {
	// Name is what attempts say, such as "ntfy".
	Name() string
	// Send hands one page over, once, and returns what the other side said to it. After an error
	// nobody is known to have the page; it has a hint where a person can mend something.
	Send(ctx context.Context, p *Page) (says string, err error)
}

// Book says by which channels a person can be reached, the first to be tried first. It is not
// changed while somebody uses it.
type Book map[evenkeel.PersonID][]Channel
