package courier

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxColumns is the longest line of a text. Addresses of links and the lines of the ledger's
// head are longer where they have to be: broken they would be worth nothing.
const maxColumns = 76

// writeText writes the letter as plain text. No line ends with a space, so that it reads the
// same to a program that takes such lines for broken ones (RFC 3676).
func writeText(l *letter) string {
	w := textWriter{colon: l.Colon, aside: l.Aside}
	for _, s := range append([]string{l.What}, l.Then...) {
		w.paragraph("", "", s)
	}
	if l.Works != "" {
		w.paragraph("", "", l.Works)
	}
	for _, s := range l.Reason {
		w.wrapped("", "", s)
		if s == "" {
			w.line("")
		}
	}
	if len(l.Reason) > 0 {
		w.line("")
	}
	for _, s := range l.Sections {
		w.title(s.Title)
		for _, b := range s.Blocks {
			w.block(&b)
		}
	}
	w.line("")
	w.paragraph("", "", l.Sign)
	w.paragraph("", "", l.Auto)
	if l.Ledger.Title != "" {
		w.title(l.Ledger.Title)
		w.paragraph("", "", l.Ledger.Why)
		for _, s := range l.Ledger.Lines {
			w.line(s)
		}
	}
	return strings.Trim(w.String(), "\n") + "\n"
}

type textWriter struct {
	strings.Builder
	colon, aside string
}

func (w *textWriter) line(s string) {
	w.WriteString(s)
	w.WriteByte('\n')
}

func (w *textWriter) title(s string) {
	w.line("")
	w.line(s)
	w.line(strings.Repeat("-", min(columns(s), maxColumns)))
	w.line("")
}

// paragraph writes wrapped lines, the first after one indent, the others after another, and an
// empty line.
func (w *textWriter) paragraph(first, others, s string) {
	w.wrapped(first, others, s)
	w.line("")
}

func (w *textWriter) wrapped(first, others, s string) {
	indent := first
	for _, l := range wrap(s, maxColumns-max(columns(first), columns(others))) {
		w.line(strings.TrimRight(indent+l, " "))
		indent = others
	}
}

func (w *textWriter) block(b *block) {
	switch {
	case b.Link != "":
		w.wrapped("", "", strings.TrimRight(b.Text.Text+w.colon, " "))
		w.line("<" + b.Link + ">")
	case b.Text.Text != "":
		w.wrapped("", "", b.Text.Text)
	}
	for _, i := range b.Items {
		w.wrapped("* ", "  ", i.Says.Text)
		if i.Note != "" {
			w.wrapped("  ", "  ", fill(w.aside, i.Note))
		}
	}
	for _, r := range b.Rows {
		w.wrapped("", "  ", r.Name+w.colon+r.Value.Text)
	}
	w.line("")
}

// wrap breaks a text into lines of so many columns, where there are spaces or beside wide
// characters; a word that is longer than a line is broken anywhere.
func wrap(s string, most int) []string {
	var lines []string
	for s != "" {
		end := fitting(s, most)
		line := strings.TrimRight(s[:end], " ")
		if strings.HasPrefix(line, ">") || strings.HasPrefix(line, "From ") {
			line = " " + line // or a mailbox or a reader takes it for something else
		}
		lines = append(lines, line)
		s = strings.TrimLeft(s[end:], " ")
	}
	return lines
}

// fitting returns how many bytes of a text go onto a line.
func fitting(s string, most int) int {
	wide, brk := 0, 0
	var last rune
	for i, r := range s {
		if i > 0 && mayBreak(last, r) {
			brk = i
		}
		wide += width(r)
		if wide > most && i > 0 {
			if r == ' ' {
				return i
			}
			if brk > 0 {
				return brk
			}
			return i
		}
		last = r
	}
	return len(s)
}

// mayBreak says whether a line may end between two characters: after a space, and beside a wide
// one unless punctuation would begin a line or an opening mark end one.
func mayBreak(before, next rune) bool {
	if before == ' ' {
		return true
	}
	if width(before) < 2 && width(next) < 2 || next == ' ' {
		return false
	}
	return !strings.ContainsRune("，。、；：？！）》」』”’%", next) && !strings.ContainsRune("（《「『“‘", before)
}

func columns(s string) (n int) {
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		n += width(r)
		s = s[size:]
	}
	return n
}

// width is 2 for the characters that terminals and fixed fonts draw twice as wide.
func width(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me):
		return 0
	case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana),
		r >= 0x3000 && r <= 0x303f, r >= 0xff00 && r <= 0xff60:
		return 2
	}
	return 1
}
