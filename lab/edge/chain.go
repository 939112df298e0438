package edge

import (
	"context"
	"errors"
	"net/netip"
)

// Chain is a contender of several programs, one before the other. They are started from the last on, and visitors meet the first.
type Chain struct {
	Title    string
	Commands []*Command
}

// Name is its title.
func (c *Chain) Name() string { return c.Title }

// Missing says whether one of its programs is not installed.
func (c *Chain) Missing() bool {
	for _, k := range c.Commands {
		if k.Missing() {
			return true
		}
	}
	return false
}

type chained []Started

// Start starts all of them.
func (c *Chain) Start(ctx context.Context, w *World) (Started, error) {
	var list chained
	for i := len(c.Commands) - 1; i >= 0; i-- {
		s, err := c.Commands[i].Start(ctx, w)
		if err != nil {
			return nil, errors.Join(err, list.Stop())
		}
		list = append(list, s)
	}
	return list, nil
}

// Front is that of the first.
func (l chained) Front() []netip.AddrPort { return l[len(l)-1].Front() }

// Processes are those of all.
func (l chained) Processes() []int {
	var list []int
	for _, s := range l {
		list = append(list, s.Processes()...)
	}
	return list
}

// Stop stops the first one first.
func (l chained) Stop() error {
	var errs []error
	for i := len(l) - 1; i >= 0; i-- {
		errs = append(errs, l[i].Stop())
	}
	return errors.Join(errs...)
}
