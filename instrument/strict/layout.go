package strict

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// run is a stretch of a text that stands in the file in one piece: from (line, column) of the text on,
// columns of text and file go together.
type run struct{ line, column, fileLine, fileColumn int }

// walk goes through a text and its spelling in the file at once.
type walk struct {
	value        []rune
	at           int // index in value
	line, column int // of the text, from 1
	runs         []run
}

func (w *walk) mark(fileLine, fileColumn int) {
	w.runs = append(w.runs, run{w.line, w.column, fileLine, fileColumn})
}

// take goes over one character of the text.
func (w *walk) take() {
	if w.at >= len(w.value) {
		return
	}
	w.column++
	if w.value[w.at] == '\n' {
		w.line, w.column = w.line+1, 1
	}
	w.at++
}

func (w *walk) next(c rune) bool { return w.at < len(w.value) && w.value[w.at] == c }

// layout finds where the characters of a scalar stand; it returns at least one run.
func (r *reading) layout(n *yaml.Node) []run {
	w := &walk{value: []rune(n.Value), line: 1, column: 1}
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		r.block(n, w)
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		r.flow(n, w, n.Column+1, n.Style&yaml.DoubleQuotedStyle != 0, true)
	default:
		r.flow(n, w, n.Column, false, false)
	}
	if len(w.runs) == 0 {
		w.mark(n.Line, n.Column)
	}
	return w.runs
}

// block walks | and >. All lines stand one indentation to the right; a folded line break is one space
// of the text.
func (r *reading) block(n *yaml.Node, w *walk) {
	indent := r.indentation(n)
	for line := n.Line; line < len(r.lines) && (w.at < len(w.value) || len(w.runs) == 0); line++ {
		text := r.lines[line]
		w.mark(line+1, indent+1)
		for _, c := range text[min(indent, len(text)):] {
			if !w.next(c) {
				break
			}
			w.take()
		}
		if w.next('\n') || w.next(' ') {
			w.take()
		}
	}
}

// indentation of a block is what its first line with letters has in the file more than in the text.
func (r *reading) indentation(n *yaml.Node) int {
	inText := 0
	for l := range strings.SplitSeq(n.Value, "\n") {
		if t := strings.TrimLeft(l, " "); t != "" {
			inText = len(l) - len(t)
			break
		}
	}
	for line := n.Line; line < len(r.lines); line++ {
		l := string(r.lines[line])
		if t := strings.TrimLeft(l, " "); t != "" {
			return max(0, len(l)-len(t)-inText)
		}
	}
	return 0
}

// flow walks plain and quoted scalars. A line break with the blanks around it is one space of the
// text, or as many line breaks as there are empty lines.
func (r *reading) flow(n *yaml.Node, w *walk, column int, escapes, quotes bool) {
	for line := n.Line - 1; line < len(r.lines); line++ {
		text := r.lines[line]
		start := min(column-1, len(text))
		if line >= n.Line {
			for start = 0; start < len(text) && (text[start] == ' ' || text[start] == '\t'); start++ {
			}
		}
		w.mark(line+1, start+1)
		for i := start; i < len(text) && w.at < len(w.value); {
			skip := 1
			switch {
			case escapes && text[i] == '\\':
				skip = escapeLength(text[i:])
			case quotes && !escapes && text[i] == '\'':
				skip = 2
			case !w.next(text[i]): // blanks before a line break, which the text does not have
				i = len(text)
				continue
			}
			i += skip
			if skip == 1 || i <= len(text) {
				w.take()
			}
			if skip > 1 {
				w.mark(line+1, i+1)
			}
		}
		if w.at >= len(w.value) {
			return
		}
		if line+1 < len(r.lines) && (w.next('\n') || w.next(' ')) {
			w.take()
		}
	}
}

// escapeLength is how many characters of the file an escape in double quotes takes.
func escapeLength(text []rune) int {
	if len(text) < 2 {
		return 2 // the line break itself is escaped: no character of the text
	}
	switch text[1] {
	case 'x':
		return 4
	case 'u':
		return 6
	case 'U':
		return 10
	}
	return 2
}

// splitLines cuts at the line breaks of YAML and drops a byte order mark.
func splitLines(data []byte) [][]rune {
	text := strings.TrimPrefix(string(data), "\ufeff")
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n").Replace(text)
	var lines [][]rune
	for l := range strings.SplitSeq(text, "\n") {
		lines = append(lines, []rune(l))
	}
	return lines
}
