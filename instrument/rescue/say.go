package rescue

import (
	"slices"
	"strings"
)

// mark begins the line by which a tenant says what is done, and nothing is what it says of none.
const (
	mark    = "[rescue] done: "
	nothing = "nothing yet"
)

// Say writes the line by which a tenant says which steps are done, in their order; names that are
// none are left out. It is the same in every language, so that who reads it at the operator's and
// who wrote it may have different ones.
func Say(done []string) string {
	var names []string
	for _, s := range english.Steps {
		if slices.Contains(done, s.Name) {
			names = append(names, s.Name)
		}
	}
	if len(names) == 0 {
		return mark + nothing + "."
	}
	return mark + strings.Join(names, ", ") + "."
}

// Ticked returns the steps that words say are done, in their order, and the words without that
// line; false where they say nothing of steps. Whoever types such a line says the same by it.
func Ticked(words string) (done []string, rest string, ok bool) {
	line, rest, _ := strings.Cut(words, "\n")
	said, is := strings.CutPrefix(line, mark)
	end := strings.IndexByte(said, '.')
	if !is || end < 0 {
		return nil, words, false
	}
	if after := strings.TrimSpace(said[end+1:]); after != "" {
		rest = strings.TrimSuffix(after+"\n"+rest, "\n")
	}
	told := strings.Split(said[:end], ", ")
	for _, s := range english.Steps {
		if slices.Contains(told, s.Name) {
			done = append(done, s.Name)
		}
	}
	return done, rest, true
}

// All says whether every step is among those that are done.
func All(done []string) bool {
	return !slices.ContainsFunc(english.Steps, func(s Step) bool { return !slices.Contains(done, s.Name) })
}
