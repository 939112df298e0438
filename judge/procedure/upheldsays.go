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
// yet before they count; nothing where they are whole. ends are the clocks that the answer ends, of which those of appeals count, said is what the tenant said in the case, the newest first, and earlier
// what persons answered to appeals before. An appeal is refused for reasons that are of its case, as a contract is
// ended (F14): the last answer of 31 May 2019 was a template, and so were the four before it.
func LacksAnswer(says string, d *docket.Dossier, ends []docket.Clock, said, earlier []evenkeel.Entry) []string {
	r := docket.ReadReasons(says)
	lacks, besides := lacksSentence("a reason", r.Reason, said)
	own := r.Reason
	for i, p := range r.Points {
		if n := countOf(p.Note); n < answerWords {
			lacks = append(lacks, fmt.Sprintf("point %d in at least %d words; it has %d", i+1, answerWords, n))
		}
		own += "\n" + p.Note
	}
	if !namesFact(own, d, said) {
		lacks = append(lacks, "a fact of the case by reference: "+factsToName(d))
	}
	lacks = append(lacks, leavesOut(own, ends, said)...)
	return lacksOwn(lacks, "the reason", besides, earlier)
}

// lacksToAppeal says what a verdict of two needs besides what each needs, where an appeal waits for it and it does not find for the
// tenant: what one person's answer needs, of which the facts stand beside it.
func lacksToAppeal(v *docket.Verdict, d *docket.Dossier, said, earlier []evenkeel.Entry) []string {
	lacks := lacksWords(v)
	if n := countOf(v.Argument); n > 0 && n < sentenceWords { // which was said
		return lacks
	}
	more, besides := lacksSentence("the argument", v.Argument, said)
	lacks = append(append(lacks, more...), leavesOut(v.Argument, d.Clocks, said)...)
	return lacksOwn(lacks, "the argument", besides, earlier)
}

// lacksOwn adds, where nothing else lacks, that a text is one that somebody got before.
func lacksOwn(lacks []string, what string, besides []string, earlier []evenkeel.Entry) []string {
	if len(lacks) > 0 || !told(besides, earlier) {
		return lacks
	}
	return []string{fmt.Sprintf("words of its own: more than nine tenths of %s, but for what it quotes, and of an earlier answer to an appeal are the same", what)}
}

// lacksSentence says whether a text is too short to say why, with or without what it quotes of the tenant; and what is left of it
// without that, in pieces.
func lacksSentence(what, text string, said []evenkeel.Entry) (lacks, besides []string) {
	besides = unquoted(text, said)
	switch n, left := countOf(text), countOf(strings.Join(besides, "\n")); {
	case n < sentenceWords:
		lacks = append(lacks, fmt.Sprintf("%s in at least %d words; it has %d", what, sentenceWords, n))
	case left < sentenceWords:
		lacks = append(lacks, fmt.Sprintf("%s in at least %d words besides those of the tenant; it has %d", what, sentenceWords, left))
	}
	return lacks, besides
}

// leavesOut says what of the tenant's words an answer does not take up: each appeal whose clock it ends, of a few, the oldest
// first; and where none is known, whatever was said.
func leavesOut(text string, ends []docket.Clock, said []evenkeel.Entry) (lacks []string) {
	const most = 8
	lacking := func(e *evenkeel.Entry) {
		lacks = append(lacks, fmt.Sprintf("an answer to what the tenant said: quote three words of it, or name its entry, #%d", e.Seq))
	}
	words := slices.DeleteFunc(slices.Clone(said), func(e evenkeel.Entry) bool { return e.State == docket.ActVouch.String() })
	var appeals []evenkeel.Entry
	for _, e := range slices.Backward(words) {
		if len(appeals) < most && waitsFor(ends, &e) {
			appeals = append(appeals, e)
		}
	}
	for i := range appeals {
		if !takesUp(text, appeals[i:i+1]) {
			lacking(&appeals[i])
		}
	}
	if len(appeals) == 0 && !takesUp(text, words) {
		lacking(&words[0])
	}
	return lacks
}

// waitsFor says whether what was said is an appeal, and one of the clocks is that of its answer.
func waitsFor(clocks []docket.Clock, e *evenkeel.Entry) bool {
	return e.State == docket.ActAppeal.String() && slices.ContainsFunc(clocks, func(k docket.Clock) bool {
		return k.Kind == docket.ClockAppealAnswer && k.Started == e.At
	})
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
