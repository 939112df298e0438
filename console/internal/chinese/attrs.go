package chinese

import (
	"strings"

	"golang.org/x/net/html"
)

// attrsOf reads the attributes of a tag.
func attrsOf(z *html.Tokenizer, more bool) (attrs []html.Attribute) {
	for more {
		var key, val []byte
		key, val, more = z.TagAttr()
		attrs = append(attrs, html.Attribute{Key: string(key), Val: string(val)})
	}
	return attrs
}

// spoken are the attributes that people read or hear. The sheet shows data-label on small screens.
var spoken = set("title placeholder aria-label alt data-label")

// tag returns a tag whose attributes are said in Chinese, and whether any is.
func (s *sayer) tag(name string, attrs []html.Attribute, closed bool) (string, bool) {
	changed := false
	button := name == "input" && (kindOf(attrs) == "submit" || kindOf(attrs) == "button")
	for i := range attrs {
		a := &attrs[i]
		switch {
		case name == "html" && a.Key == "lang":
			a.Val, changed = Tag, true
		case spoken[a.Key] || button && a.Key == "value":
			if zh, ok := s.plain(a.Val); ok {
				a.Val, changed = zh, true
			}
		}
	}
	if !changed {
		return "", false
	}
	var b strings.Builder
	b.WriteString("<" + name)
	for _, a := range attrs {
		b.WriteString(" " + a.Key + `="` + html.EscapeString(a.Val) + `"`)
	}
	if closed {
		b.WriteString("/")
	}
	b.WriteString(">")
	return b.String(), true
}

func kindOf(attrs []html.Attribute) string {
	for _, a := range attrs {
		if a.Key == "type" {
			return strings.ToLower(a.Val)
		}
	}
	return ""
}

// plain says a text in which no element can stand.
func (s *sayer) plain(english string) (string, bool) {
	if strings.ContainsAny(english, signs) {
		return "", false
	}
	zh, ok := s.run(blanks(english))
	return noMarks.Replace(zh), ok
}
