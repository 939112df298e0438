package section

import "fmt"

// Damaged is why a stream cannot be read: it is not what a Writer wrote, or not of the kind
// and version that was expected. Errors of another type come from what was read from.
type Damaged struct{ Why string }

// Error returns why.
func (d *Damaged) Error() string { return d.Why }

func damaged(format string, args ...any) error { return &Damaged{fmt.Sprintf(format, args...)} }
