package inbox

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// cleaned is a text as it is kept: valid UTF-8, ends of lines as one character, no controls and
// nothing that turns the direction of what follows.
func cleaned(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\r\n", "\n"), "\r", "\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case r == '\u2028' || r == '\u2029' || r == '\u00a0':
			return ' '
		case unicode.IsControl(r) || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\ufeff':
			return -1
		}
		return r
	}, s)
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t")
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// oneLine is cleaned in one line.
func oneLine(s string) string { return bounded(strings.Join(strings.Fields(cleaned(s)), " "), 500) }

// bounded shortens a text to so many bytes, between two characters, and marks it.
func bounded(s string, most int) string {
	if len(s) <= most {
		return s
	}
	i := max(0, most-len("…"))
	for i > 0 && !utf8.RuneStart(s[i]) {
		i--
	}
	return s[:i] + "…"
}

// unquoted leaves out what a mail quotes at its end, with the line that says whom. It leaves out
// nothing that has words of the sender after it: answers between quoted lines stay with them. Where
// nothing would be left, all is.
func unquoted(whole string) (words string, quoted bool) {
	lines := strings.Split(whole, "\n")
	end := len(lines)
	for i := range lines {
		if forwarded(lines, i) {
			end = i
			break
		}
	}
	for end > 0 && (lines[end-1] == "" || strings.HasPrefix(lines[end-1], ">")) {
		end--
	}
	if end == len(lines) || !quotes(lines[end:]) {
		return whole, false
	}
	if words = strings.TrimSpace(strings.Join(lines[:introduced(lines, end)], "\n")); words == "" {
		return whole, false
	}
	return words, true
}

func quotes(lines []string) bool {
	for _, l := range lines {
		if l != "" {
			return true
		}
	}
	return false
}

// forwarded says whether the mail that is answered stands from this line on, as programs write it that
// do not mark each line: a rule of hyphens with words in it, or a rule of underscores and then a header.
func forwarded(lines []string, i int) bool {
	l := strings.TrimSpace(lines[i])
	if strings.HasPrefix(l, "-----") && strings.HasSuffix(l, "-----") {
		inside := strings.TrimSpace(strings.Trim(l, "-"))
		return inside != "" && i+1 < len(lines) && header(next(lines, i))
	}
	return len(l) >= 20 && strings.Trim(l, "_") == "" && header(next(lines, i))
}

func next(lines []string, i int) string {
	for _, l := range lines[i+1:] {
		if l != "" {
			return l
		}
	}
	return ""
}

// header says whether a line begins as those do that programs put above a mail they quote.
func header(l string) bool {
	l = strings.TrimLeft(l, "* ")
	for _, name := range []string{"From", "Sent", "Von", "De", "发件人", "寄件者", "差出人"} {
		rest, ok := strings.CutPrefix(l, name)
		rest = strings.TrimLeft(rest, "* ")
		if ok && (strings.HasPrefix(rest, ":") || strings.HasPrefix(rest, "：")) {
			return true
		}
	}
	return false
}

// introduced is where the lines begin that introduce a quotation which begins at end: one or two that end with
// a colon and name a time or an address, and what they go on from where that names the time. Others stay.
func introduced(lines []string, end int) int {
	i := end
	for i > 0 && lines[i-1] == "" {
		i--
	}
	for from := i - 1; from >= max(0, i-2) && lines[from] != ""; from-- {
		said := strings.Join(lines[from:i], " ")
		if !strings.HasSuffix(said, ":") && !strings.HasSuffix(said, "：") {
			break
		}
		switch {
		case len(said) > longestIntro:
		case dated(said) || onADay(said):
			return from
		case strings.Contains(said, "@"):
			return wrapped(lines, from)
		}
	}
	return end
}

// longestIntro is how long what introduces a quotation is at most, in bytes.
const longestIntro = 400

// wrapped is where an introduction begins whose last lines, from here on, name an address and no time: programs that
// break lines put the time up to two lines above. A line that ends a sentence is none of it.
func wrapped(lines []string, from int) int {
	for i := from - 1; i >= max(0, from-2) && lines[i] != "" && !strings.HasPrefix(lines[i], ">"); i-- {
		if strings.ContainsAny(lines[i][len(lines[i])-1:], ".!?:") || strings.HasSuffix(lines[i], "。") {
			break
		}
		if dated(lines[i]) && len(strings.Join(lines[i:from], " ")) <= longestIntro || onADay(strings.Join(lines[i:from+1], " ")) {
			return i
		}
	}
	return from
}

// onADay says whether a line introduces a quotation by a day without its year, such as "On Friday, abuse wrote:".
func onADay(said string) bool {
	day, ok := strings.CutPrefix(said, "On ")
	if !ok || !strings.HasSuffix(said, " wrote:") {
		return false
	}
	for word := range strings.FieldsFuncSeq(day, func(r rune) bool { return !unicode.IsLetter(r) }) {
		for _, name := range []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"} {
			if word == name || word == name[:3] {
				return true
			}
		}
	}
	return false
}

// dated says whether a text has a year or a time of day in it, as introductions have.
func dated(s string) bool {
	run := 0
	for i, r := range s + " " {
		if r >= '0' && r <= '9' {
			run++
			continue
		}
		if run == 4 || run > 0 && run <= 2 && r == ':' && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9' {
			return true
		}
		run = 0
	}
	return false
}
