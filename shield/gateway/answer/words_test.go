package answer

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// same are sentences that are the same in two languages.
var same = []string{"part up"}

func TestEverySentenceIsThereInEveryLanguage(t *testing.T) {
	place := regexp.MustCompile(`\{\w+\}`)
	for name, s := range said {
		for l, text := range s {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%q is not there in %s", name, Lang(l))
			}
			if strings.ContainsAny(text, "<>&\"\\'") || strings.ContainsFunc(text, unseen) {
				t.Errorf("%q in %s has a character that has to be escaped: %s", name, Lang(l), text)
			}
			if !slices.Equal(place.FindAllString(text, -1), place.FindAllString(s[English], -1)) {
				t.Errorf("%q in %s has other places than in English: %s", name, Lang(l), text)
			}
			for before := range l {
				if s[before] == text && !slices.Contains(same, name) && !isAmount(name) {
					t.Errorf("%q is the same in %s and %s", name, Lang(before), Lang(l))
				}
			}
			han := strings.ContainsFunc(text, func(c rune) bool { return c >= 0x3040 && c <= 0x9fff })
			if han != (Lang(l) == Chinese || Lang(l) == Japanese) {
				t.Errorf("%q in %s is in another writing: %s", name, Lang(l), text)
			}
		}
	}
}

// isAmount says whether a name is of an amount of time: Chinese and Japanese share signs there.
func isAmount(name string) bool {
	first, _, _ := strings.Cut(name, " ")
	return first == "ago" || first == "in" || first == "about"
}

// TestEverySentenceIsSaid: what no page and no line of code says puzzles whoever translates it.
func TestEverySentenceIsSaid(t *testing.T) {
	used := map[string]bool{}
	for _, name := range append(reasonSentences[:], stateSentences[:]...) {
		used[name] = true
	}
	html, err := fs.ReadFile(source, "page/pages.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?:say|before|behind) "([^"]+)"`).FindAllStringSubmatch(string(html), -1) {
		used[m[1]] = true
	}
	for _, name := range []string{
		"not known", "stay", "no end", "down", "planned", "late", "since", "back", "parts", "words", "updates", "left out", "nothing yet",
		"program asked", "program many", "just now", "under minute", "over day",
	} {
		used[name] = true // in the code
	}
	for name := range said {
		if !used[name] && !isAmount(name) {
			t.Errorf("%q is never said", name)
		}
	}
}
