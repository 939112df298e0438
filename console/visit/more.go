package visit

import (
	"html/template"
	"net/url"
	"strconv"
)

// stretch is what a page shows of a list that begins with the newest, and the ways to the rest.
type stretch struct {
	From, Until int
	Ways        []template.HTML
}

// stretch cuts a list of n as the page's address asks for it: name is the parameter, to the place
// on the page. So a page comes over a bad line, and nothing is out of reach.
func (t tongue) stretch(v *visitor, q url.Values, name, to string, n, size int) stretch {
	at, err := strconv.Atoi(q.Get(name))
	if err != nil || at < 0 || at >= n {
		at = 0
	}
	at -= at % size
	s := stretch{From: at, Until: min(at+size, n)}
	way := func(at int, says string) {
		with := url.Values{}
		if lang := q.Get("lang"); languages[lang] != nil {
			with.Set("lang", lang)
		}
		if at > 0 {
			with.Set(name, strconv.Itoa(at))
		}
		href := "/t/" + url.PathEscape(v.token) + "?" + with.Encode() + "#" + to
		s.Ways = append(s.Ways, template.HTML(`<a href="`+template.HTMLEscapeString(href)+`">`+template.HTMLEscapeString(says)+`</a>`))
	}
	if s.Until < n {
		way(s.Until, t.MoreSeen.of(int64(n-s.Until)))
	}
	if at > 0 {
		way(max(at-size, 0), t.NewerSeen)
	}
	return s
}
