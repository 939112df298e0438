package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// scopes knows what a switch or an undo can be about: a slip in a name would stop nothing, and whoever
// pulls in haste would believe that it did.
type scopes struct {
	rules, detectors []string                                              // those in force
	ruled            func(ctx context.Context, rule string) (bool, error)  // whether it ever led to something
	versions         func(ctx context.Context, rule string) ([]int, error) // that are in force, or led to something; nil: it is not asked
	tenant           func(context.Context, evenkeel.TenantID) (bool, error)
}

// scopes are the process's own. What it has in memory is asked first, so that what is known is pulled at
// once.
func (h *house) scopes() *scopes {
	s := &scopes{ruled: h.ruled, versions: h.versions}
	for e := evenkeel.EvidenceUsage; e.String() != "invalid"; e++ {
		s.detectors = append(s.detectors, e.String())
	}
	for _, r := range h.parts.Rules {
		s.rules = append(s.rules, r.ID)
		for i := range r.Terms {
			s.detectors = append(s.detectors, r.Terms[i].Name)
		}
	}
	s.tenant = func(ctx context.Context, id evenkeel.TenantID) (bool, error) {
		if h.watcher.registry.Snapshot().Knows(id) {
			return true, nil
		}
		rows, err := h.books.Cases(ctx, docket.Query{Tenant: id, Closed: true, Max: 1})
		return len(rows) > 0, err
	}
	return s
}

// refuses says that what a person wants pulled or undone is nothing that is known, or nil. Books that
// cannot be read hold nobody up.
func (s *scopes) refuses(ctx context.Context, a *docket.Act) error {
	switch {
	case s == nil:
	case a.Kind == docket.ActUndo && a.Undo != nil:
		return cmp.Or(s.unknownRule(ctx, a.Undo.Rule), s.unknownVersion(ctx, a.Undo))
	case a.Kind != docket.ActPull || a.Scope == nil:
	case a.Scope.Kind == docket.SwitchRule:
		return s.unknownRule(ctx, a.Scope.Key)
	case a.Scope.Kind == docket.SwitchDetector:
		if !slices.Contains(s.detectors, a.Scope.Key) {
			return unknownName("detector", a.Scope.Key, s.detectors, "no term of a rule in force and no family of evidence")
		}
	case a.Scope.Kind == docket.SwitchTenant:
		if known, err := s.tenant(ctx, evenkeel.TenantID(a.Scope.Key)); err == nil && !known {
			return unknownName("tenant", a.Scope.Key, nil, "the inventory does not know it, and it has no case")
		}
	}
	return nil
}

// unknownRule says that a rule is not in force, and nothing was ever decided by it, or nil.
func (s *scopes) unknownRule(ctx context.Context, name string) error {
	if slices.Contains(s.rules, name) {
		return nil
	}
	if known, err := s.ruled(ctx, name); err != nil || known {
		return nil
	}
	return unknownName("rule", name, s.rules, "it is not in force, nothing stands by it, and no case was closed by it")
}

// unknownVersion says that a version of a rule that is known is none: an undo of it would end nothing, and say so as if all were well.
func (s *scopes) unknownVersion(ctx context.Context, u *docket.Undo) error {
	if s.versions == nil {
		return nil
	}
	all, err := s.versions(ctx, u.Rule)
	if err != nil || len(all) == 0 || slices.Contains(all, u.Version) {
		return nil
	}
	return &evenkeel.Error{
		Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("version %d of rule %.80s: it is not in force, nothing stands by it, and no case was closed by it", u.Version, u.Rule),
		Hint: "known are " + strings.Trim(fmt.Sprint(all), "[]") + "; --unknown has it done all the same",
	}
}

// versions are those of a rule that are in force, by which something stands, or by which a case was closed, each once.
func (h *house) versions(ctx context.Context, rule string) (all []int, err error) {
	for _, r := range h.parts.Rules {
		if r.ID == rule {
			all = append(all, r.Version)
		}
	}
	stands, err := h.books.Stands(ctx, docket.Standing{Rule: rule})
	if err != nil {
		return nil, err
	}
	for i := range stands {
		for _, b := range stands[i].Grounds.Basis {
			if b.Rule == rule {
				all = append(all, b.Version)
			}
		}
	}
	learned, err := h.books.Learned(ctx)
	for i := range learned {
		if learned[i].Rule == rule {
			all = append(all, learned[i].Version)
		}
	}
	slices.Sort(all)
	return slices.Compact(all), err
}

// ruled says whether the books know a rule: something stands by it, or a case of it was closed.
func (h *house) ruled(ctx context.Context, rule string) (bool, error) {
	stands, err := h.books.Stands(ctx, docket.Standing{Rule: rule})
	if err != nil || len(stands) > 0 {
		return len(stands) > 0, err
	}
	all, err := h.books.Learned(ctx)
	return slices.ContainsFunc(all, func(l docket.Learned) bool { return l.Rule == rule }), err
}

// unknownName names what is known, the nearest first.
func unknownName(kind, name string, known []string, why string) error {
	e := &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("%s %.80q: %s", kind, name, why), Hint: "--unknown has it done all the same"}
	if len(known) > 0 {
		known = slices.Compact(slices.Sorted(slices.Values(known)))
		e.Hint = "known are " + strings.Join(known[:min(len(known), mostNames)], ", ") + "; " + e.Hint
		if near := strict.Nearest(name, known); near != "" {
			e.Hint = "did you mean " + near + "? " + e.Hint
		}
	}
	return e
}

// mostNames is how many names a hint holds.
const mostNames = 40
