package webhook

import (
	"cmp"
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
)

// goneFor is how long a receiver is left alone that wants nothing any more. That may have been a
// mistake of a day, such as a route that was missing in a new version; letters wait for a week.
const goneFor = 24 * time.Hour

// Patient is a Poster that leaves a receiver alone which answered 410 Gone, and asks it anew after
// a day: with a Poster that is opened anew, since settings and secrets may be other ones by then.
// Safe for concurrent use.
type Patient struct {
	open func() (Poster, error)
	now  func() evenkeel.Moment

	mu     sync.Mutex
	poster Poster // nil: to be opened
	gone   evenkeel.Moment
}

var _ Poster = (*Patient)(nil)

// NewPatient returns one, with the Poster opened once, or why it cannot be.
func NewPatient(open func() (Poster, error), now func() evenkeel.Moment) (*Patient, error) {
	p, err := open()
	if err != nil {
		return nil, err
	}
	return &Patient{open: open, now: now, poster: p}, nil
}

// Post posts one message. While the receiver is left alone, the status is 410 and nothing is sent.
func (p *Patient) Post(ctx context.Context, id string, body []byte) (status int, err error) {
	to, err := p.ready()
	if err != nil {
		return http.StatusGone, err
	}
	status, err = to.Post(ctx, id, body)
	if status != http.StatusGone {
		return status, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.poster == to { // else another letter said so before
		p.poster, p.gone = nil, p.now()
	}
	return status, p.silence()
}

// ready returns the Poster, or why nothing may be sent now.
func (p *Patient) ready() (Poster, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.poster != nil:
		return p.poster, nil
	case p.now() < p.gone.Add(goneFor):
		return nil, p.silence()
	}
	to, err := p.open()
	if err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "ask the webhook anew", Err: err, Hint: cmp.Or(evenkeel.HintOf(err), "set right what courier.webhook names: it is read again with the next letter")}
	}
	p.poster = to
	return to, nil
}

func (p *Patient) silence() error {
	return &evenkeel.Error{
		Kind: evenkeel.KindUnavailable,
		Says: "the webhook answered 410 Gone at " + p.gone.String() + ": it wants nothing any more, and is asked again at " + p.gone.Add(goneFor).String(),
		Hint: "take courier.webhook out of the settings or name another address, and start Evenkeel again; or bring the receiver back: a start asks it at once",
	}
}
