package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// dataField is a field of an act, as its errors name it.
var dataField = regexp.MustCompile(`\bdata\.[a-z_0-9.]*[a-z0-9]`)

// inArguments is an error that names the arguments which an act was made of, not the fields of
// what was sent.
func inArguments(a *docket.Act, err error) error {
	if err == nil || !dataField.MatchString(err.Error()) {
		return err
	}
	says := dataField.ReplaceAllStringFunc(err.Error(), func(path string) string { return argument(a, strings.TrimPrefix(path, "data.")) })
	return &evenkeel.Error{Kind: evenkeel.KindOf(err), Says: says, Hint: evenkeel.HintOf(err)}
}

// argument is what a field of an act is called on the command line.
func argument(a *docket.Act, field string) string {
	switch {
	case field == "says" && a.Kind.OfTenant():
		return "<words>"
	case field == "says":
		return "<reason>"
	case field == "case" && a.Kind != docket.ActFlag:
		return "<case>"
	case field == "flag" && a.Kind == docket.ActRevoke:
		return "<flag>"
	}
	prefix := "--"
	if within, ok := strings.CutPrefix(field, "flag."); ok {
		prefix, field = "--flag-", within
	}
	name := field[strings.LastIndexByte(field, '.')+1:] // what it is part of has no flag
	if name == "selector" {
		return "what the flag covers"
	}
	return prefix + strings.ReplaceAll(name, "_", "-")
}

// mostCases is how many cases are looked through for who ended a flag.
const mostCases = 20

// ended is the error of an act that would end a flag which is over: it says since when, and who
// ended it.
func (c *toServe) ended(ctx context.Context, a *docket.Act, err error) error {
	if a.Kind != docket.ActRevoke || evenkeel.KindOf(err) != evenkeel.KindNotFound {
		return err
	}
	books, unread := app.Open(c.Data)
	if unread != nil {
		return err
	}
	defer books.Close()
	f, unread := flagMeant(ctx, books, string(a.Flag), "")
	if unread != nil {
		return err
	}
	says := ""
	switch {
	case f.Revoked != 0:
		says = "was revoked at " + at(f.Revoked) + revoker(ctx, books, &f)
	case f.Until <= a.At:
		says = "ended at " + at(f.Until) + " by itself"
	default:
		return err
	}
	return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("revoke: flag %s %s", f.ID, says), Hint: evenkeel.HintOf(err)}
}

// revoker is who ended a flag, in words, or "". The flag keeps who granted it; who ended it stands
// in the timeline of the case that was the newest one then.
func revoker(ctx context.Context, books *app.Books, f *evenkeel.Flag) string {
	rows, err := books.Cases(ctx, docket.Query{Tenant: f.Tenant, Family: f.Family, Closed: true, Max: mostCases})
	if err != nil {
		return ""
	}
	people, err := books.People(ctx)
	if err != nil {
		return ""
	}
	for i := range rows {
		folder, err := books.Folder(ctx, rows[i].Case.ID)
		if err != nil {
			return ""
		}
		for j := range folder.Entries {
			e := &folder.Entries[j]
			if e.At == f.Revoked && e.Kind == evenkeel.EntryActed && e.Actor.Person != "" {
				return " by " + shown(people.Name(e.Actor.Person))
			}
		}
	}
	return ""
}
