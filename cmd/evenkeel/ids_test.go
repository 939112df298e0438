package main

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
)

func TestTheBeginningOfAnIDMeansTheOneThatHasIt(t *testing.T) {
	all := []known{{"c-abcdef1", "t-1, mining, open"}, {"c-abcdef2", "t-2, mining, closed: victim"}, {"c-xyz", "t-3"}, {"c-abcdef", "t-4"}, {"c-mnopqr", "t-5"}}
	for _, c := range []struct {
		name, given, is, says string
		kind                  evenkeel.Kind
	}{
		{"a whole one, though others begin with it", "c-abcdef", "c-abcdef", "", 0},
		{"a whole one that is short", "c-xyz", "c-xyz", "", 0},
		{"a beginning", "c-mnop", "c-mnopqr", "", 0},
		{"a beginning that is too short", "c-mno", "", "case c-mno is too short; expected a whole id, or its first 6 characters or more", evenkeel.KindInvalid},
		{"a beginning of several", "c-abcde", "", "3 begin with case c-abcde: c-abcdef (t-4), c-abcdef1 (t-1, mining, open), c-abcdef2 (t-2, mining, closed: victim); expected one", evenkeel.KindInvalid},
		{"of none", "c-nobody", "", "there is no case c-nobody", evenkeel.KindNotFound},
		{"nothing", "", "", "there is no case ", evenkeel.KindNotFound},
		{"what steers a terminal", "c-\x1b[2J", "", `there is no case c-\u001b[2J`, evenkeel.KindNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			id, err := meant("case", c.given, "list them", all)
			if id != c.is {
				t.Errorf("%q is meant; want %q", id, c.is)
			}
			if c.says == "" && err == nil {
				return
			}
			if err == nil || err.Error() != c.says || evenkeel.KindOf(err) != c.kind || evenkeel.HintOf(err) != "list them" {
				t.Errorf("%v (%v); want %q (%v)", err, evenkeel.KindOf(err), c.says, c.kind)
			}
		})
	}
	if !whole("c-"+strings.Repeat("a", wholeID)) || whole("c-"+strings.Repeat("a", wholeID-1)) || whole("") {
		t.Error("what is whole is not known")
	}
}
