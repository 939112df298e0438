package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/redact"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// readsWhoCame refuses to confirm a contact from the command line where it is not said which list was read, and says who came (R27): a list
// that was changed once more has the same roles, and another's addresses. The console's form says which it showed.
func (h *house) readsWhoCame(ctx context.Context, a *docket.Act) error {
	if a.Kind != docket.ActConfirm || a.Confirm == nil || a.Confirm.Listed != 0 || a.Case == "" {
		return nil
	}
	r, err := h.books.ReachOf(ctx, a.Case)
	if err != nil {
		return err
	}
	var came []string
	for _, c := range r.Came() {
		came = append(came, strings.TrimSuffix(fmt.Sprintf("%s (%s)", c.Name, redact.Masked(c.Email)), " ()"))
	}
	if len(came) == 0 {
		return nil // which the judge says
	}
	return &evenkeel.Error{
		Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("confirm: it does not say which list of contacts was read; by that of %s came %s", r.Listed, strings.Join(came, ", ")),
		Hint: fmt.Sprintf("where that is whom you checked, confirm it with --listed %s (listed, in an act)", r.Listed),
	}
}
