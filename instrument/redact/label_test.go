package redact

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func key(t testing.TB, b byte) Key {
	t.Helper()
	k, ok := NewKey(bytes.Repeat([]byte{b}, LeastKey))
	if !ok {
		t.Fatal("no key")
	}
	return k
}

func TestAMarkTellsAddressesApartAndSaysNothingOfThem(t *testing.T) {
	k := key(t, 7)
	mark := k.Mark("n-1", "Jan@Example.com")
	if len(mark) != markDigits || mark != k.Mark("n-1", " jan@example.com ") {
		t.Errorf("%q, and %q for the same address", mark, k.Mark("n-1", " jan@example.com "))
	}
	for says, other := range map[string]string{
		"another address": k.Mark("n-1", "eva@example.com"), "another thing": k.Mark("n-2", "Jan@Example.com"),
		"another key": key(t, 8).Mark("n-1", "Jan@Example.com"), "the two run together": k.Mark("n-1jan", "@Example.com"),
	} {
		if other == mark {
			t.Errorf("%s has the same mark", says)
		}
	}
	if _, ok := NewKey(make([]byte, LeastKey-1)); ok || (Key{}).Mark("n-1", "a@b") != "" || (Key{}).Known() {
		t.Error("what is no key makes marks")
	}
	if says := fmt.Sprintf("%v %+v %#v", k, k, []Key{k}); strings.Contains(says, "7 7 7") || strings.Contains(says, "070707") {
		t.Errorf("a key prints as %s", says)
	}
}

// TestTheMarkGolden never changes: with another one, whoever was told already is told again.
func TestTheMarkGolden(t *testing.T) {
	if got := key(t, 1).Mark("n-1", "jan@example.com"); got != "1d84531cf352" {
		t.Errorf("the mark is %q", got)
	}
}

func TestALabelIsReadBackToAPerson(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		role := rapid.String().Draw(t, "role")
		mark := rapid.StringMatching(`[0-9a-f]{12}`).Draw(t, "mark")
		label := Label(role, mark)
		if Role(label) != role || MarkOf(label) != mark {
			t.Errorf("%q is read as %q and %q", label, Role(label), MarkOf(label))
		}
	})
	for _, bare := range []string{"", "owner", "owner 2", "tech #2", "ops#", "ops#3f2a", "#3f2a9c0d11eX"} {
		if Role(bare) != bare || MarkOf(bare) != "" || Label(bare, "") != bare {
			t.Errorf("%q is read as %q with the mark %q", bare, Role(bare), MarkOf(bare))
		}
	}
}
