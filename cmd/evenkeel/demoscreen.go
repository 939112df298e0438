package main

import (
	"bufio"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// screen writes a film: side by side where it has a width, else a line for each statement.
type screen struct {
	out    *bufio.Writer
	width  int  // 0: no terminal
	styled bool // bold and dim may be used
	day    string
}

// The widths that a terminal is used with.
const (
	narrowest = 80
	widest    = 200
	bar3      = " │ "
	clockWide = 9 // of the column of times
)

const (
	then, with = "then", "with Evenkeel"
)

// newScreen returns the screen for a terminal of so many columns; on one that is narrower
// than two columns of text need, statements stand below each other.
func newScreen(out *bufio.Writer, columns int, styled bool) *screen {
	if columns < narrowest {
		return &screen{out: out, styled: styled && columns > 0}
	}
	return &screen{out: out, width: min(columns, widest), styled: styled}
}

// columns are the widths of what stands left and right: more is said on the right.
func (s *screen) columns() (left, right int) {
	left = (s.width - utf8.RuneCountInString(bar3)) * 2 / 5
	return left, s.width - utf8.RuneCountInString(bar3) - left
}

// bold and dim style a text that is as wide without.
func (s *screen) bold(text string) string { return s.style("1", text) }
func (s *screen) dim(text string) string  { return s.style("2", text) }

func (s *screen) style(code, text string) string {
	if !s.styled || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// print writes a line at once.
func (s *screen) print(line string) error {
	if _, err := s.out.WriteString(line + "\n"); err != nil {
		return unwritten(err)
	}
	if err := s.out.Flush(); err != nil {
		return unwritten(err)
	}
	return nil
}

// head begins the two columns.
func (s *screen) head() {
	if s.width == 0 {
		return
	}
	left, right := s.columns()
	_ = s.print(s.bold(padded(then, left)) + s.dim(bar3) + s.bold(with)) // the next line meets the same error
	_ = s.print(s.dim(strings.Repeat("─", left+1) + "┼" + strings.Repeat("─", right+1)))
}

// lay returns the lines of a frame.
func (s *screen) lay(f frame) (lines []string) {
	day := f.at.Time().Format(time.DateOnly)
	if s.width == 0 {
		for _, x := range f.then {
			lines = append(lines, s.plain(day, then, x))
		}
		for _, x := range f.with {
			lines = append(lines, s.plain(day, with, x))
		}
		return lines
	}
	left, right := s.columns()
	a, b := s.column(f.then, left), s.column(f.with, right)
	if day != s.day {
		s.day = day
		a, b = append([]cell{{day, s.dim(day)}}, a...), append([]cell{{}}, b...)
	}
	return s.beside([]int{left}, a, b)
}

// plain is a statement on a line of its own.
func (s *screen) plain(day, side string, x statement) string {
	word := x.word
	if word != "" {
		word += " "
	}
	indent := ""
	if x.more {
		indent = "  "
	}
	return fmt.Sprintf("%s %-7s  %-13s  %s%s%s", day, x.clock, side, indent, word, x.text)
}

// cell is a line of a column: as it is measured, and as it is written.
type cell struct{ text, styled string }

// column lays statements into a width: their times, and what is said beside them.
func (s *screen) column(all []statement, width int) (out []cell) {
	clock := ""
	for _, x := range all {
		head, indent, text := padded(x.clock, clockWide), "", strings.TrimLeft(x.word+" "+x.text, " ")
		if x.clock == clock {
			head = padded("", clockWide)
		}
		if x.more {
			indent = "  "
		}
		clock = x.clock
		for _, line := range wrapped(text, width-clockWide-len(indent)) {
			styled := line
			if rest, begins := strings.CutPrefix(line, x.word+" "); begins && x.word != "" && !x.more {
				styled = s.bold(x.word) + " " + rest
			}
			out = append(out, cell{head + indent + line, s.dim(head) + indent + styled})
			head, x.word = padded("", clockWide), ""
		}
	}
	return out
}

// beside puts columns beside each other; the widths are those of all but the last.
func (s *screen) beside(widths []int, columns ...[]cell) (lines []string) {
	for i := 0; ; i++ {
		line, more := "", false
		for j, c := range columns {
			var at cell
			if i < len(c) {
				at, more = c[i], true
			}
			if j < len(widths) {
				line += at.styled + strings.Repeat(" ", max(0, widths[j]-utf8.RuneCountInString(at.text))) + s.dim(bar3)
			} else {
				line += at.styled
			}
		}
		if !more {
			return lines
		}
		lines = append(lines, strings.TrimRight(line, " "))
	}
}

// table writes what is compared, a row each; a row without a right side is left out.
func (s *screen) table(right [rowCount]string) error {
	if s.width > 0 {
		if err := s.row("", then, with); err != nil {
			return err
		}
	}
	for i, row := range compared {
		if right[i] == "" {
			continue
		}
		if err := s.row(row.name, row.then, right[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *screen) row(name, was, is string) error {
	const nameWide = 15
	if s.width == 0 {
		if err := s.print(fmt.Sprintf("%-*s%-13s  %s", nameWide, name, then, was)); err != nil {
			return err
		}
		return s.print(fmt.Sprintf("%-*s%-13s  %s", nameWide, "", with, is))
	}
	rest := s.width - nameWide - utf8.RuneCountInString(bar3)*2
	left := rest * 2 / 5
	for _, line := range s.beside([]int{nameWide, left}, []cell{{name, s.bold(name)}}, cells(was, left), cells(is, rest-left)) {
		if err := s.print(line); err != nil {
			return err
		}
	}
	return s.print(s.dim(strings.Repeat("─", s.width)))
}

func cells(text string, width int) (out []cell) {
	for _, line := range wrapped(text, width) {
		out = append(out, cell{line, line})
	}
	return out
}

// paragraph writes a text over the whole width.
func (s *screen) paragraph(text string) error {
	lines := []string{text}
	if s.width > 0 {
		lines = wrapped(text, s.width)
	}
	for _, line := range lines {
		if err := s.print(line); err != nil {
			return err
		}
	}
	return nil
}

func padded(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}

// wrapped breaks a text between words, and a word that is too long for a line within.
func wrapped(text string, width int) (lines []string) {
	line, wide := "", 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
		if wide > 0 && wide+1+n > width {
			lines, line, wide = append(lines, line), "", 0
		}
		for n > width {
			head := string([]rune(word)[:width])
			lines, word, n = append(lines, head), word[len(head):], n-width
		}
		if wide > 0 {
			line, wide = line+" ", wide+1
		}
		line, wide = line+word, wide+n
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
