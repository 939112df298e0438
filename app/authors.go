package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/rule"
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

// rulesInForce names rules with their versions.
func rulesInForce(all []*rule.Rule) string {
	names := make([]string, len(all))
	for i, r := range all {
		names[i] = fmt.Sprintf("%s v%d", r.ID, r.Version)
		if r.Mode != evenkeel.ModeLive {
			names[i] += " (" + r.Mode.String() + ")"
		}
	}
	return strings.Join(names, ", ")
}
