package procedure

import (
	"strings"
	"unicode"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

const (
	shingle  = 5   // words of one
	likeness = 0.9 // share from which on a text counts as copied
)

// copied says whether a verdict's words stand in an earlier denial of another review: more than
// nine tenths of its shingles do, each of five words. Where the sets are as alike as that by
// Jaccard, so is this share, which also meets a short text that was cut out of a longer one.
func copied(r *docket.Review, v *docket.Verdict, denials []docket.Review) bool {
	mine := shingles(prose(v))
	if len(mine) == 0 {
		return false
	}
	for i := range denials {
		if denials[i].ID == r.ID {
			continue
		}
		for j := range denials[i].Verdicts {
			other := &denials[i].Verdicts[j]
			if other.Measure != evenkeel.MeasureDeny {
				continue
			}
			theirs, both := shingles(prose(other)), 0
			for s := range mine {
				if theirs[s] {
					both++
				}
			}
			if float64(both) > likeness*float64(len(mine)) {
				return true
			}
		}
	}
	return false
}

// prose is what a person wrote in a verdict. The clause is the policy's.
func prose(v *docket.Verdict) string {
	return strings.Join(v.Answers, "\n") + "\n" + v.Innocent + "\n" + v.Argument
}

// shingles are all runs of five words of a text, whatever its case and its signs. A text of fewer
// words is one.
func shingles(text string) map[string]bool {
	words := wordsOf(text)
	out := map[string]bool{}
	for i := 0; i == 0 || i+shingle <= len(words); i++ {
		if s := strings.Join(words[i:min(i+shingle, len(words))], " "); s != "" {
			out[s] = true
		}
	}
	return out
}

// wordsOf are the words of a text in lower case. Chinese has no spaces: each sign is a word.
func wordsOf(text string) (out []string) {
	word := strings.Builder{}
	end := func() {
		if word.Len() > 0 {
			out = append(out, word.String())
			word.Reset()
		}
	}
	for _, c := range strings.ToLower(text) {
		switch {
		case unicode.Is(unicode.Han, c):
			end()
			out = append(out, string(c))
		case unicode.IsLetter(c) || unicode.IsDigit(c):
			word.WriteRune(c)
		default:
			end()
		}
	}
	end()
	return out
}
