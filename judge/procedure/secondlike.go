package procedure

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"unicode"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

const (
	shingle  = 3   // words of one
	likeness = 0.9 // share beyond which a text counts as copied
	telling  = 6   // shingles from which on a text can be told from others: eight words
)

// copied says which words of a denial stand in an earlier one of another review, or "": all that
// was written, or what the tenant reads of it, why it is proposed and what is said to its words.
// Which clause it is the policy says, so that is not compared.
func copied(r *docket.Review, v *docket.Verdict, denials []docket.Review) string {
	all, says, argument := shingles(prose(v)), shingles(r.Says), shingles(v.Argument)
	for i := range denials {
		o := &denials[i]
		if o.ID == r.ID {
			continue
		}
		for j := range o.Verdicts {
			w := &o.Verdicts[j]
			if w.Measure != evenkeel.MeasureDeny {
				continue
			}
			read := [][]uint64{shingles(o.Says), shingles(w.Argument)}
			switch {
			case like(all, shingles(prose(w))):
				return "the verdict"
			case like(says, read...):
				return "the reason why it is proposed"
			case like(argument, read...):
				return "the argument"
			}
		}
	}
	return ""
}

// like says whether more than nine tenths of one text stand in another, in either: a sentence cut
// out of a longer text is copied, and so is a text to which something was added. Where two sets
// are as alike as that by Jaccard, so are both shares.
func like(mine []uint64, others ...[]uint64) bool {
	return slices.ContainsFunc(others, func(theirs []uint64) bool {
		least := min(len(mine), len(theirs))
		return least >= telling && float64(common(mine, theirs)) > likeness*float64(least)
	})
}

// common counts what stands in both of two sets in order.
func common(a, b []uint64) (n int) {
	for len(a) > 0 && len(b) > 0 {
		switch cmp.Compare(a[0], b[0]) {
		case -1:
			a = a[1:]
		case 1:
			b = b[1:]
		default:
			a, b, n = a[1:], b[1:], n+1
		}
	}
	return n
}

// prose is what a person wrote in a verdict.
func prose(v *docket.Verdict) string {
	return strings.Join(v.Answers, "\n") + "\n" + v.Innocent + "\n" + v.Argument
}

// shingles are all runs of three words of a text, whatever its case and its signs, as the set of
// their hashes in order. A number is as good as another: who changes that of the case has written
// nothing.
func shingles(text string) (out []uint64) {
	var run [shingle]uint64
	n := 0
	for w := range wordsOf(text) {
		if strings.Trim(w, "0123456789") == "" {
			w = "0"
		}
		copy(run[:], run[1:])
		run[shingle-1] = hashOf(offset64, w)
		if n++; n < shingle {
			continue
		}
		h := uint64(offset64)
		for _, x := range run {
			h = (h ^ x) * prime64
		}
		out = append(out, h)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// FNV-1a with 64 bits: http://www.isthe.com/chongo/tech/comp/fnv/.
const (
	offset64 = 14695981039346656037
	prime64  = 1099511628211
)

func hashOf(h uint64, word string) uint64 {
	for i := range len(word) {
		h = (h ^ uint64(word[i])) * prime64
	}
	return h
}

// wordsOf are the words of a text in lower case. Chinese has no spaces: each sign is a word. What nobody sees in a
// text, such as a soft hyphen, parts no word.
func wordsOf(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		text := strings.ToLower(text) + " "
		if strings.ContainsFunc(text, unseen) {
			text = strings.Map(func(c rune) rune {
				if unseen(c) {
					return -1
				}
				return c
			}, text)
		}
		from := -1 // where the word began
		for at, c := range text {
			han := c >= 0x2E80 && unicode.Is(unicode.Han, c) // where the radicals of CJK begin
			within := 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c >= 0x80 && !han && (unicode.IsLetter(c) || unicode.IsDigit(c))
			if !within && from >= 0 {
				if !yield(text[from:at]) {
					return
				}
				from = -1
			}
			switch {
			case han && !yield(string(c)):
				return
			case within && from < 0:
				from = at
			}
		}
	}
}

// unseen says whether a sign shapes text and is none that is read.
func unseen(c rune) bool { return c >= 0x80 && unicode.In(c, unicode.Cf, unicode.Variation_Selector) }

// countOf is how many words a text has.
func countOf(text string) (n int) {
	for range wordsOf(text) {
		n++
	}
	return n
}
