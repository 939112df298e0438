package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// leastID is how many characters of an id a person has to give at least, and wholeID how
// many an id has behind its kind: what has as many is whole, and nothing is looked up.
const (
	leastID = 6
	wholeID = 26
)

// known is an id that may be meant, and whose it is.
type known struct{ id, of string }

// whole says whether an id is given with all its characters, whatever its kind is.
func whole(id string) bool {
	_, rest, _ := strings.Cut(id, "-")
	return len(rest) >= wholeID
}

// meant finds the one id that begins with what was given. what says what it is an id of, and
// hint where the ids are printed.
func meant(what, given, hint string, all []known) (string, error) {
	var fit []string
	for _, k := range all {
		if k.id == given {
			return given, nil
		}
		if given != "" && strings.HasPrefix(k.id, given) {
			fit = append(fit, k.id+" ("+k.of+")")
		}
	}
	slices.Sort(fit)
	switch {
	case len(fit) > 0 && len(given) < leastID:
		return "", &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("%s %s is too short; expected a whole id, or its first %d characters or more", what, shown(given), leastID), Hint: hint,
		}
	case len(fit) == 0:
		return "", &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("there is no %s %s", what, shown(given)), Hint: hint}
	case len(fit) > 1:
		return "", &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("%d begin with %s %s: %s; expected one", len(fit), what, shown(given), firstOf(fit, 5)), Hint: hint,
		}
	}
	id, _, _ := strings.Cut(fit[0], " ")
	return id, nil
}

// wholeCase is the id of the case that is meant.
func wholeCase(ctx context.Context, books *app.Books, given evenkeel.CaseID, hint string) (evenkeel.CaseID, error) {
	if whole(string(given)) {
		return given, nil
	}
	rows, err := books.Cases(ctx, docket.Query{Closed: true})
	if err != nil {
		return "", err
	}
	all := make([]known, len(rows))
	for i := range rows {
		c := &rows[i].Case
		all[i] = known{string(c.ID), fmt.Sprintf("%s, %s, %s", shown(c.Tenant), c.Family, state(c))}
	}
	id, err := meant("case", string(given), hint, all)
	return evenkeel.CaseID(id), err
}

// folderOf reads all that is kept about the case that is meant.
func (b *fromCase) folderOf(ctx context.Context, books *app.Books, given string) (docket.Folder, error) {
	id, err := wholeCase(ctx, books, evenkeel.CaseID(given), b.caseHint())
	if err != nil {
		return docket.Folder{}, err
	}
	var f docket.Folder
	if err = b.look(ctx, books, id); err == nil {
		f, err = books.Folder(ctx, id)
	}
	if evenkeel.KindOf(err) == evenkeel.KindNotFound {
		err = &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "there is no case " + shown(id), Hint: b.caseHint()}
	}
	return f, err
}

// wholeDecision is the id of the decision of a case that is meant.
func wholeDecision(ctx context.Context, books *app.Books, c evenkeel.CaseID, given evenkeel.DecisionID, hint string) (evenkeel.DecisionID, error) {
	if given == "" || whole(string(given)) {
		return given, nil
	}
	f, err := books.Folder(ctx, c)
	if err != nil {
		return "", err
	}
	all := make([]known, len(f.Decisions))
	for i := range f.Decisions {
		d := &f.Decisions[i]
		all[i] = known{string(d.ID), fmt.Sprintf("%s %s", d.Measure, d.State)}
	}
	id, err := meant("decision", string(given), hint, all)
	return evenkeel.DecisionID(id), err
}

// flagMeant is the flag that is meant.
func flagMeant(ctx context.Context, books *app.Books, given, hint string) (f evenkeel.Flag, err error) {
	flags, err := books.Flags(ctx, "")
	if err != nil {
		return f, err
	}
	all := make([]known, len(flags))
	for i := range flags {
		all[i] = known{string(flags[i].ID), fmt.Sprintf("%s, %s", shown(flags[i].Tenant), flags[i].Family)}
	}
	id, err := meant("flag", given, hint, all)
	if err != nil {
		return f, err
	}
	return flags[slices.IndexFunc(flags, func(f evenkeel.Flag) bool { return string(f.ID) == id })], nil
}
