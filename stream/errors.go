package stream

import (
	"fmt"

	"github.com/evenkeel/evenkeel"
)

func unavailable(says, hint string, err error) error {
	return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: says, Hint: hint, Err: err}
}

func errClosed() error { return unavailable("the intake stream is closed", "", nil) }

func errFull(most int64, err error) error {
	return unavailable(
		fmt.Sprintf("publish to the intake stream: it is full with %d bytes", most),
		"whoever consumes it is behind or stands still: see the log; or allow more bytes", err)
}
