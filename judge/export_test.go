package judge

import (
	"context"

	"github.com/evenkeel/evenkeel/judge/docket"
)

// LeftOpen is an act with an answer to each criterion that it takes, where it has none: most tests are about something else.
func (d *Docket) LeftOpen(a docket.Act) docket.Act {
	if f, err := d.parts.Books.(docket.Reader).Folder(context.Background(), a.Case); err == nil {
		a.LeaveOpen(d.family(f.Case.Family).Criteria, "It is not known.")
	} else {
		a.LeaveOpen(d.family(a.Family).Criteria, "It is not known.")
	}
	return a
}
