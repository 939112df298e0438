package procedure

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// LacksAnswer says, a phrase each, what the words of a person who leaves what was appealed as it was need
// yet before they count; nothing where they are whole. said is what the tenant said in the case, the newest first, and earlier
// what persons answered to appeals before. An appeal is refused for reasons that are of its case, as a contract is
// ended (F14): the last answer of 31 May 2019 was a template, and so were the four before it.
func LacksAnswer(says string, d *docket.Dossier, said, earlier []evenkeel.Entry) (lacks []string) {
	say := func(format string, args ...any) { lacks = append(lacks, fmt.Sprintf(format, args...)) }
	r := docket.ReadReasons(says)
	own := r.Reason
	besides := unquoted(r.Reason, said)
	switch n, left := countOf(r.Reason), countOf(strings.Join(besides, "\n")); {
	case n < sentenceWords:
		say("a reason in at least %d words; it has %d", sentenceWords, n)
	case left < sentenceWords:
		say("a reason in at least %d words besides those of the tenant; it has %d", sentenceWords, left)
	}
	for i, p := range r.Points {
		if n := countOf(p.Note); n < answerWords {
			say("point %d in at least %d words; it has %d", i+1, answerWords, n)
		}
		own += "\n" + p.Note
	}
	if !namesFact(own, d, said) {
		say("a fact of the case by reference: %s", factsToName(d))
	}
	if !takesUp(own, said) {
		say("an answer to what the tenant said: quote three words of it, or name its entry, #%d", said[0].Seq)
	}
	if len(lacks) == 0 && told(besides, earlier) {
		say("words of its own: more than nine tenths of the reason, but for what it quotes, and of an earlier answer to an appeal are the same")
	}
	return lacks
}

// factsToName are what an answer can refer to, the first few of them.
func factsToName(d *docket.Dossier) string {
	const most = 8
	terms := map[string]bool{}
	for i := range d.Decisions {
		for _, b := range d.Decisions[i].Grounds.Basis {
			for _, t := range b.Terms {
				terms[t.Name] = true
			}
		}
	}
	if len(terms) == 0 {
		return fmt.Sprintf("an entry (#1 to #%d)", d.Entries)
	}
	names := slices.Sorted(maps.Keys(terms))
	return fmt.Sprintf("a term (%s), the id of a finding, or an entry (#1 to #%d)", strings.Join(names[:min(len(names), most)], ", "), d.Entries)
}

// namesFact says whether a text names a term or a finding of the case, or an entry that is not only what the tenant
// said itself.
func namesFact(text string, d *docket.Dossier, said []evenkeel.Entry) bool {
	for n := range entriesIn(text) {
		if n > 0 && n <= d.Entries && !isSaid(said, n) {
			return true
		}
	}
	spoken := spokenOf(text)
	for name := range facts(d) {
		if countOf(name) > 0 && strings.Contains(spoken, spokenOf(name)) {
			return true
		}
	}
	return false
}

// takesUp says whether a text quotes what the tenant said, three words in a row, or names an entry of it. Where
// nothing was said nothing is asked.
func takesUp(text string, said []evenkeel.Entry) bool {
	for n := range entriesIn(text) {
		if isSaid(said, n) {
			return true
		}
	}
	mine := shingles(text)
	return len(said) == 0 || slices.ContainsFunc(said, func(e evenkeel.Entry) bool { return common(mine, shingles(e.Words)) > 0 })
}

// unquoted is what is left of a text, in pieces, without the words of it that the tenant said, three or more in a row: who
// puts another tenant's words into a template has written nothing.
func unquoted(text string, said []evenkeel.Entry) (pieces []string) {
	theirs := map[uint64]bool{}
	for i := range said {
		for _, h := range shingles(said[i].Words) {
			theirs[h] = true
		}
	}
	words := slices.Collect(wordsOf(text))
	quoted := make([]bool, len(words))
	for i := 0; i+shingle <= len(words); i++ {
		if theirs[shingles(strings.Join(words[i:i+shingle], " "))[0]] {
			for k := range shingle {
				quoted[i+k] = true
			}
		}
	}
	from := 0
	for i := range len(words) + 1 {
		if i == len(words) || quoted[i] {
			if from < i {
				pieces = append(pieces, strings.Join(words[from:i], " "))
			}
			from = i + 1
		}
	}
	return pieces
}

// told says whether a reason, in pieces between what it quotes, stands in what was answered before.
func told(pieces []string, earlier []evenkeel.Entry) bool {
	var mine []uint64
	for _, p := range pieces {
		mine = append(mine, shingles(p)...)
	}
	slices.Sort(mine)
	mine = slices.Compact(mine)
	return slices.ContainsFunc(earlier, func(e evenkeel.Entry) bool {
		theirs := shingles(docket.ReadReasons(e.Words).Reason)
		return like(mine, theirs) || len(mine) > 0 && len(theirs) >= telling && float64(common(mine, theirs)) > likeness*float64(len(mine))
	})
}

func isSaid(said []evenkeel.Entry, seq int64) bool {
	return slices.ContainsFunc(said, func(e evenkeel.Entry) bool { return e.Seq == seq })
}

// entriesIn are the numbers of entries that a text names, as in #12.
func entriesIn(text string) map[int64]bool {
	out := map[int64]bool{}
	for _, after := range strings.Split(text, "#")[1:] {
		end := strings.IndexFunc(after, func(c rune) bool { return !unicode.IsDigit(c) })
		if end < 0 {
			end = len(after)
		}
		if n, err := strconv.ParseInt(after[:end], 10, 64); err == nil {
			out[n] = true
		}
	}
	return out
}

// spokenOf are the words of a text, each between blanks.
func spokenOf(text string) string {
	var b strings.Builder
	b.WriteByte(' ')
	for w := range wordsOf(text) {
		b.WriteString(w)
		b.WriteByte(' ')
	}
	return b.String()
}
