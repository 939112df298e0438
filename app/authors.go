package app

import (
	"context"
	"fmt"
	"slices"

	"github.com/evenkeel/evenkeel"
)

// wrote tells the judge who wrote the policy and the rules that are in force, as they say: they are
// never drawn as a second person about what these led to, whatever is in force later (R5).
func (h *house) wrote(ctx context.Context) error {
	force := h.parts.Policies.Force
	written := map[string][]evenkeel.PersonID{force.Digest(): force.Authors()}
	for _, r := range h.parts.Rules {
		written[r.ID] = append(slices.Clone(written[r.ID]), r.Authors...)
	}
	for what, who := range written {
		for _, p := range who {
			if err := h.judge.Wrote(ctx, p, what, h.now()); err != nil {
				return fmt.Errorf("note that %s wrote %s: %w", p, what, err)
			}
		}
	}
	return nil
}
