package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
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

// loaded tells the judge which versions of rules are in force. One that is new begins below live, and
// somebody should know.
func (h *house) loaded(ctx context.Context) error {
	below, err := h.judge.Load(ctx, h.now(), Loaded(h.parts.Rules))
	for i := range below {
		s := &below[i]
		h.parts.Log.Warn("a version of a rule begins below live", "rule", s.Rule, "version", s.Version, "stage", s.Stage.String(), "why", s.Why,
			"hint", "evenkeel rules precision shows what comes next; docs/learning.md")
	}
	return err
}

// Loaded are the versions of rules that may be acted on: those that are not written to be watched.
func Loaded(all []*rule.Rule) (out []docket.Loaded) {
	for _, r := range all {
		if r.Mode == evenkeel.ModeLive {
			out = append(out, docket.Loaded{RuleVersion: docket.RuleVersion{Rule: r.ID, Version: r.Version}, Family: r.Family, Digest: r.Digest})
		}
	}
	return out
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
