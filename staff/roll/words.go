package roll

import (
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// wordOf returns the nth word, or "invalid".
func wordOf[E ~uint8](words []string, e E) string {
	if int(e) < len(words) && words[e] != "" {
		return words[e]
	}
	return "invalid"
}

// parseWord finds a word; what says what it is for.
func parseWord[E ~uint8](what string, words []string, s string) (E, error) {
	if i := slices.Index(words, s); i >= 0 && s != "" {
		return E(i), nil
	}
	known := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "" })
	return 0, evenkeel.Invalid("%s %q: expected one of %s", what, s, strings.Join(known, ", "))
}
