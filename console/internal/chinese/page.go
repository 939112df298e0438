package chinese

import (
	"strings"

	"golang.org/x/net/html"
)

// Tag is the language that pages are in, as attributes say it.
const Tag = "zh-Hans"

// most is how many bytes a page may have: what is larger is not read.
const most = 4 << 20

// Page returns a page in Chinese, or as it was where it cannot be read. It never fails: an operator
// gets the page in any case.
func Page(page string) string {
	if len(page) > most {
		return page
	}
	r := reader{page: page, say: newSayer(all), of: newSayer(scopes)}
	if !r.read() { // something was not read, and must not be lost
		return page
	}
	return r.written()
}

// read takes all of the page in, or returns false.
func (r *reader) read() bool {
	z := html.NewTokenizer(strings.NewReader(r.page))
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		r.take(kind, z)
	}
	r.end(0)
	return r.at == len(r.page)
}

// piece is a token of the page: what stands there, or what is written in its place.
type piece struct {
	was    string
	now    string // where changed
	before string // text that is put before it
	text   bool
	change bool
}

// reader goes once over a page.
type reader struct {
	page   string
	at     int // how far
	pieces []piece
	open   []*run // the block's, and those of inline elements within
	say    *sayer
	of     *sayer // for names of switches and the like

	hushed string // the element in which nothing is said, "" elsewhere
	deep   int    // how many of that name are open within
	quiet  string // the element in which no element may be put, "" elsewhere
}

// take takes one token in.
func (r *reader) take(kind html.TokenType, z *html.Tokenizer) {
	size := len(z.Raw())
	if r.at+size > len(r.page) {
		r.at = -len(r.page) // as if nothing fitted
		return
	}
	p := piece{was: r.page[r.at : r.at+size], text: kind == html.TextToken}
	r.at += size
	i := len(r.pieces)
	r.pieces = append(r.pieces, p)
	switch kind {
	case html.TextToken:
		if r.hushed == "" {
			r.top().add(i, string(z.Text()))
		}
	case html.StartTagToken, html.SelfClosingTagToken:
		name, more := z.TagName()
		r.start(i, string(name), attrsOf(z, more), kind == html.SelfClosingTagToken)
	case html.EndTagToken:
		name, _ := z.TagName()
		r.close(i, string(name))
	}
}

func (r *reader) start(i int, name string, attrs []html.Attribute, closed bool) {
	if r.hushed != "" {
		if name == r.hushed && !closed && !void[name] {
			r.deep++
		}
		return
	}
	if now, ok := r.say.tag(name, attrs, closed); ok {
		r.pieces[i].now, r.pieces[i].change = now, true
	}
	if !inline[name] {
		r.end(0)
	} else {
		r.top().mark(i + 1)
	}
	switch {
	case void[name] || closed && inSVG[name]:
	case name == "bdi" && r.namesScope(i):
		r.open = append(r.open, &run{name: name, from: i + 1, scope: true})
	case hush(name, attrs):
		r.hushed, r.deep = name, 1
	case inline[name]:
		r.open = append(r.open, &run{name: name, from: i + 1, class: classOf(attrs)})
	case r.quiet == "" && (bare[name] || hasClass(attrs, named)):
		r.quiet = name
	}
	r.top().from = i + 1
}

func (r *reader) close(i int, name string) {
	if r.hushed != "" {
		if name == r.hushed {
			r.deep--
		}
		if r.deep == 0 {
			r.hushed = ""
			r.top().moved(i + 1)
		}
		return
	}
	if inline[name] {
		for n := len(r.open) - 1; n > 0; n-- {
			if r.open[n].name == name {
				r.end(n)
				r.top().moved(i + 1)
				return
			}
		}
		return
	}
	r.end(0)
	if name == r.quiet {
		r.quiet = ""
	}
	r.top().from = i + 1
}

// top is the run that text belongs to.
func (r *reader) top() *run {
	if len(r.open) == 0 {
		r.open = append(r.open, &run{from: len(r.pieces)})
	}
	return r.open[len(r.open)-1]
}

// end says all runs from the n-th on, the innermost first.
func (r *reader) end(n int) {
	for i := len(r.open) - 1; i >= n; i-- {
		r.tell(r.open[i])
	}
	r.open = r.open[:min(n, len(r.open))]
}

// tell says a run and puts what is said in the place of its texts.
func (r *reader) tell(u *run) {
	said, ok := r.said(u)
	if !ok {
		return
	}
	slots := strings.Split(said, mark)
	if len(slots) != len(u.slots)+1 {
		return
	}
	for k, text := range slots {
		slot := u.slot(k)
		for _, i := range slot.texts {
			r.pieces[i].now, r.pieces[i].change = "", true
		}
		switch text = written(text, r.quiet == ""); {
		case text == "":
		case len(slot.texts) > 0:
			r.pieces[slot.texts[0]].now = text
		case slot.from < len(r.pieces):
			r.pieces[slot.from].before += text
		}
	}
}

// said says a run, as is right where it stands.
func (r *reader) said(u *run) (string, bool) {
	english := u.english()
	if u.scope {
		return r.of.phrase(english, 0)
	}
	if zh, ok := ofMarks[u.class][english]; ok {
		return zh, true
	}
	return r.say.run(english)
}

// namesScope says whether a name that begins at a piece is that of a switch, a budget or a version
// of a rule, or what a flag covers: there it is the first thing in what holds it. Elsewhere it is a tenant's
// or a machine's, and is theirs.
func (r *reader) namesScope(i int) bool {
	if i == 0 {
		return false
	}
	before := r.pieces[i-1].was
	return before == "<strong>" || before == "<p>" || strings.HasPrefix(before, "<label ") || strings.HasPrefix(before, `<a href="/audits/`)
}

// written is the page as it is now.
func (r *reader) written() string {
	var b strings.Builder
	b.Grow(len(r.page) + len(r.page)/8)
	for i := range r.pieces {
		p := &r.pieces[i]
		b.WriteString(p.before)
		if p.change {
			b.WriteString(p.now)
		} else {
			b.WriteString(p.was)
		}
	}
	return b.String()
}

// written escapes a text and puts English between marks into an element, where one may stand.
func written(s string, mayMark bool) string {
	s = html.EscapeString(s)
	if mayMark {
		return marksOfEnglish.Replace(s)
	}
	return noMarks.Replace(s)
}

var (
	marksOfEnglish = strings.NewReplacer(englishFrom, `<span lang="en">`, englishUntil, `</span>`)
	noMarks        = strings.NewReplacer(englishFrom, "", englishUntil, "")
)
