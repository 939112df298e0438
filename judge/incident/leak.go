package incident

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Named is what one tenant could be told by: its id, its name, its sites.
type Named struct {
	Tenant evenkeel.TenantID
	Names  []string
}

// leastName is the shortest name, in letters, that is looked for: shorter ones stand in ordinary words.
const leastName = 3

// Leaks says which tenant a text that goes to all of them names, or nil: nobody who is touched, and nobody who was attacked, is
// named to others. A name that is a word of the draft, which is made of fixed sentences and names nobody, is no sign of a tenant; nor is
// one of which a person said that it is none here.
func Leaks(text, draft docket.Texts, none []string, all []Named) error {
	both, fixed := lower(text.English+"\n"+text.Chinese), lower(draft.English+"\n"+draft.Chinese)
	saidOf := func(name string) bool {
		return slices.ContainsFunc(none, func(said string) bool { return lower(said) == name })
	}
	for _, n := range all {
		for _, name := range append([]string{string(n.Tenant)}, n.Names...) {
			if n := lower(name); utf8.RuneCountInString(name) >= leastName && holds(both, n) && !holds(fixed, n) && !saidOf(n) {
				return &evenkeel.Error{
					Kind: evenkeel.KindDenied, Says: "the text names a customer: " + strings.ToValidUTF8(name, ""),
					Hint: "all who are touched read it, and the public: say it without whose it is; where the word means no customer, say so: evenkeel incident send --no-customer WORD",
				}
			}
		}
	}
	return nil
}

// lower is a text as names are compared.
func lower(s string) string { return strings.ToLower(s) }

// holds says whether a text holds a name as a word of its own: "ab" is not in "about".
func holds(text, name string) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], name)
		if i < 0 {
			return false
		}
		from, until := at+i, at+i+len(name)
		before, _ := utf8.DecodeLastRuneInString(text[:from])
		after, _ := utf8.DecodeRuneInString(text[until:])
		if !letter(before) && !letter(after) {
			return true
		}
		at = from + 1
	}
}

// letter says whether a rune goes on a word. Scripts without spaces have no words by themselves.
func letter(r rune) bool {
	return r != utf8.RuneError && r < 0x2e80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_')
}
