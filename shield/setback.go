package shield

import (
	"errors"
	"time"

	"github.com/evenkeel/evenkeel"
)

// later is an error with the wish of the other end, not to be asked again so soon.
type later struct {
	error
	after time.Duration
}

func (l later) Unwrap() error { return l.error }

// After makes an error say how long the other end wants to be left alone.
func After(d time.Duration, err error) error { return later{err, d} }

// wished returns how long the other end wants to be left alone, or 0.
func wished(err error) time.Duration {
	if l, ok := errors.AsType[later](err); ok {
		return max(0, l.after)
	}
	return 0
}

// Final says whether an order that came back with this error would always come back with it:
// what the other end called invalid, not found, a conflict or denied. All else may pass.
func Final(err error) bool {
	switch evenkeel.KindOf(err) {
	case evenkeel.KindInvalid, evenkeel.KindNotFound, evenkeel.KindConflict, evenkeel.KindDenied:
		return true
	default:
		return false
	}
}
