package inbox

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// unread are elements whose text nobody sees.
var unread = map[atom.Atom]bool{atom.Script: true, atom.Style: true, atom.Head: true, atom.Title: true, atom.Template: true, atom.Noscript: true, atom.Svg: true, atom.Object: true, atom.Iframe: true}

// breaks are elements that begin a line.
var breaks = map[atom.Atom]bool{
	atom.Br: true, atom.P: true, atom.Div: true, atom.Tr: true, atom.Li: true, atom.Table: true, atom.Ul: true, atom.Ol: true, atom.Pre: true,
	atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.Hr: true, atom.Blockquote: true, atom.Section: true, atom.Article: true,
}

// mostNested bounds how deep quotations in a page count.
const mostNested = 8

// textOf is what a page says, as text: its tags are read and none of them does anything. What it
// quotes gets the mark that quotations in plain texts have.
func textOf(page string, most int) string {
	w := pageText{most: most}
	z := html.NewTokenizer(strings.NewReader(page))
	z.SetMaxBuf(most + 1<<10)
	for w.b.Len() < most {
		switch z.Next() {
		case html.ErrorToken:
			return w.b.String()
		case html.TextToken:
			if w.hidden == "" {
				w.text(string(z.Text()))
			}
		case html.StartTagToken:
			name, _ := z.TagName()
			w.begin(atom.Lookup(name))
		case html.SelfClosingTagToken:
			name, _ := z.TagName()
			if a := atom.Lookup(name); breaks[a] {
				w.line()
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			w.end(atom.Lookup(name))
		}
	}
	return w.b.String()
}

type pageText struct {
	b      strings.Builder
	most   int
	hidden string // the element that is skipped
	quoted int
	fresh  bool // nothing stands in the line yet
	space  bool
}

func (w *pageText) begin(a atom.Atom) {
	if w.hidden == "head" && a == atom.Body { // one that was never closed
		w.hidden = ""
	}
	if w.hidden != "" {
		return
	}
	if unread[a] {
		w.hidden = a.String()
		return
	}
	if a == atom.Blockquote {
		w.quoted = min(w.quoted+1, mostNested)
	}
	if breaks[a] {
		w.line()
	}
}

func (w *pageText) end(a atom.Atom) {
	if w.hidden != "" {
		if a.String() == w.hidden {
			w.hidden = ""
		}
		return
	}
	if breaks[a] {
		w.line()
	}
	if a == atom.Blockquote {
		w.quoted = max(w.quoted-1, 0)
	}
}

// line ends a line; of several empty ones one is left.
func (w *pageText) line() {
	if !strings.HasSuffix(w.b.String(), "\n\n") {
		w.b.WriteByte('\n')
	}
	w.fresh, w.space = true, false
}

func (w *pageText) text(s string) {
	words := strings.Fields(s)
	if strings.TrimLeft(s, " \t\r\n\f") != s {
		w.space = true
	}
	for i, word := range words {
		switch {
		case w.fresh || w.b.Len() == 0:
			if w.quoted > 0 {
				w.b.WriteString(strings.Repeat(">", w.quoted) + " ")
			}
			w.fresh = false
		case i > 0 || w.space:
			w.b.WriteByte(' ')
		}
		w.b.WriteString(word)
	}
	if len(words) > 0 {
		w.space = strings.TrimRight(s, " \t\r\n\f") != s
	}
}
