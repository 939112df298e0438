package app

import (
	"context"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/shield/fleet"
)

// shelf is what of the books says which orders stand, and what was said of them.
type shelf interface {
	Peek(ctx context.Context, f func(docket.Tx) error) error
	Bearing(ctx context.Context, after evenkeel.CaseID, most int) ([]evenkeel.CaseID, error)
	Folder(ctx context.Context, c evenkeel.CaseID) (docket.Folder, error)
}

// hostsBooks are the books as the hosts have them.
type hostsBooks struct{ *hosts }

var _ fleet.Books = hostsBooks{}

// Order returns an order, and what was taken of it last.
func (k hostsBooks) Order(ctx context.Context, id evenkeel.OrderID) (evenkeel.Order, evenkeel.Receipt, error) {
	return lastOf(ctx, k.books.Peek, id)
}

// lastOf returns an order, and what was said of it last. KindNotFound says that there is none.
func lastOf(ctx context.Context, peek func(context.Context, func(docket.Tx) error) error, id evenkeel.OrderID) (o evenkeel.Order, last evenkeel.Receipt, err error) {
	err = peek(ctx, func(tx docket.Tx) error {
		s, err := tx.Order(id)
		o, last = s.Order, s.Dispatch.Receipt
		return err
	})
	return o, last, err
}

// Take takes what all hosts of an order say.
func (k hostsBooks) Take(ctx context.Context, r evenkeel.Receipt) error { return k.orders.Take(ctx, r) }

// Standing returns the orders in force that somebody carries out.
func (k hostsBooks) Standing(ctx context.Context) (out []evenkeel.OrderID, err error) {
	for id, err := range bearing(ctx, k.books) {
		var f docket.Folder
		if err == nil {
			f, err = k.books.Folder(ctx, id)
		}
		if err != nil {
			return nil, err
		}
		if out = append(out, inForceOf(&f)...); len(out) >= fleet.MostWent {
			break // more are not remembered
		}
	}
	return out, nil
}
