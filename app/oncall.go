package app

import (
	"context"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/staff/rota"
)

// The bounds of what the console shows of a rota and of pages.
const (
	callAhead = 14 * 24 * time.Hour
	mostCalls = 1000
)

// onCall shows at the console who is on call by a rota, which may be nil, and who was called.
func onCall(turns judge.Rota, calls docket.Calls) func(context.Context, evenkeel.Moment) (console.OnCall, error) {
	r, _ := turns.(*rota.Rota)
	return func(ctx context.Context, at evenkeel.Moment) (out console.OnCall, err error) {
		if out.Calls, err = calls.RecentPages(ctx, mostCalls); err != nil || r == nil {
			return out, err
		}
		out.Rota, out.Staffed, out.Ahead = r.Name(), r.Staffed(at), at.Add(callAhead)
		shifts, err := r.Shifts(at, out.Ahead)
		for _, s := range shifts {
			out.Shifts = append(out.Shifts, console.Shift{Level: s.Level, From: s.From, Until: s.Until, Persons: s.Persons})
		}
		return out, err
	}
}
