package staff

import (
	"context"

	"github.com/evenkeel/evenkeel"
)

// How many hash at once, and how many wait for it. With 19 MiB each, that is 76 MiB at most;
// who waits behind 64 others waits a second or two.
const (
	maxHashing = 4
	maxWaiting = 64
)

// turn lets few through at a time. Each channel holds who is there; both full, it turns away.
type turn struct {
	there   chan struct{} // capacity maxHashing + maxWaiting; full, who comes is turned away
	hashing chan struct{} // capacity maxHashing; full, who is there waits
}

func newTurn() turn {
	return turn{there: make(chan struct{}, maxHashing+maxWaiting), hashing: make(chan struct{}, maxHashing)}
}

// wait waits for a turn; done gives it back. KindUnavailable where too many wait, or where ctx
// ends before.
func (t turn) wait(ctx context.Context) (done func(), err error) {
	select {
	case t.there <- struct{}{}:
	default:
		return nil, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "sign in: too many people are signing in", Hint: "try again in a few seconds"}
	}
	select {
	case t.hashing <- struct{}{}:
		return func() { <-t.hashing; <-t.there }, nil
	case <-ctx.Done():
		<-t.there
		return nil, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "sign in: it was given up while waiting", Err: ctx.Err()}
	}
}
