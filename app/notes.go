package app

import (
	"context"
	"errors"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/instrument/backoff"
	"github.com/evenkeel/evenkeel/instrument/redact"
	"github.com/evenkeel/evenkeel/judge/docket"
)

const (
	notesLook  = 2 * time.Second
	notesTried = 24 * time.Hour // a note is tried for; later it is no news
	notesOnce  = 64             // that are looked at at once
)

// noter brings notes about incidents to the contacts of those who are touched, by the channels of people.
type noter struct {
	books    docket.Incidents
	contacts courier.Contacts
	channel  courier.Channel
	marks    redact.Key
	head     courier.Letterhead
	now      func() evenkeel.Moment
	warn     func(error)

	unkept *docket.SentNote // whose last letter left and could not be written down; of the loop alone
}

// Run brings notes until ctx ends.
func (n *noter) Run(ctx context.Context) error { return rounds(ctx, notesLook, nil, n.round, n.warn) }

// round looks at those that are due. Where the books cannot be written no more letters leave: who has one already would get
// another.
func (n *noter) round(ctx context.Context) error {
	if n.unkept != nil {
		if err := n.books.NoteBecame(ctx, *n.unkept); err != nil {
			return err
		}
		n.unkept = nil
	}
	all, err := n.books.PendingNotes(ctx, n.now(), notesOnce)
	for i := 0; i < len(all) && err == nil; i++ {
		err = n.bring(ctx, all[i])
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// bring brings one note to those contacts who do not have it. Each delivery is written down before the next letter leaves.
func (n *noter) bring(ctx context.Context, x docket.SentNote) error {
	to := courier.NotedTo(n.contacts.Of(x.Note.Tenant), string(x.Note.ID), n.marks)
	open, why := 0, "no contact is known"
	for _, r := range to {
		label := redact.Label(r.Role, r.Mark)
		if settled(x.Deliveries, label) || len(x.Deliveries) >= docket.MaxDelivered {
			continue
		}
		lang := courier.NoteLang(r)
		l, err := courier.NoteLetter(&courier.Note{
			ID: string(x.Note.ID), Thread: string(x.Note.Incident), Tenant: x.Note.Tenant, Subject: x.Note.Subject.In(lang), Text: x.Note.Text.In(lang),
		}, r, n.head)
		says := ""
		if err == nil {
			says, err = n.channel.Send(ctx, l)
		}
		switch {
		case ctx.Err() != nil && err != nil:
			return ctx.Err()
		case errors.Is(err, courier.ErrAnswerLost):
			says, err = "no answer to the mail's end; it may have arrived", nil
		case err != nil && evenkeel.KindOf(err) == evenkeel.KindUnavailable:
			open, why = open+1, redact.Addresses(err.Error())
			continue
		}
		d := docket.NoteDelivery{Channel: n.channel.Name(), To: label, At: n.now(), Refused: err != nil, Says: redact.Addresses(says)}
		if err != nil {
			d.Says, why = redact.Addresses(err.Error()), redact.Addresses(err.Error())
		}
		x.Deliveries = append(x.Deliveries, d)
		kept := context.WithoutCancel(ctx) // the letter has left
		if err := n.books.NoteBecame(kept, x); err != nil {
			n.unkept = &x
			return err
		}
	}
	served := false
	for _, d := range x.Deliveries {
		served = served || !d.Refused
	}
	now := n.now()
	switch {
	case open == 0 && served:
		x.Over, x.Why = now, ""
	case now.Sub(x.Note.At) >= notesTried, open == 0 && len(to) > 0:
		x.Over, x.Why = now, why
	default:
		x.Attempts, x.Why = x.Attempts+1, why
		x.Next = now.Add(backoff.Pause(10*time.Second, time.Hour, 0, string(x.Note.ID), x.Attempts))
	}
	return n.books.NoteBecame(ctx, x)
}

func settled(all []docket.NoteDelivery, to string) bool {
	for _, d := range all {
		if d.To == to {
			return true
		}
	}
	return false
}
