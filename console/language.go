package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel/console/internal/chinese"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
)

// The languages that the console speaks, by the first part of their tags.
const (
	inEnglish = "en"
	inChinese = "zh"
)

// tonguesOf are the languages as the foot of a page offers them.
var tonguesOf = []sheet.Tongue{{Tag: inEnglish, Name: "English"}, {Tag: chinese.Tag, Name: "中文"}}

// tongue is the language somebody reads the console in: the one asked for on this page, the one
// asked for before, that of the browser, English.
func (s *Server) tongue(r *http.Request) string {
	if t := spokenHere(r.URL.Query().Get("lang")); t != "" {
		return t
	}
	if c, err := r.Cookie(s.tongueCookie()); err == nil {
		if t := spokenHere(c.Value); t != "" {
			return t
		}
	}
	return accepted(r.Header.Get("Accept-Language"))
}

// tongueCookie is the name of the cookie that has the language, beside the session's.
func (s *Server) tongueCookie() string { return s.cookie() + "-lang" }

// keepTongue keeps a language that a link of ours asked for. It says nothing of who asks, and
// changes nothing but the words: so a plain link does it.
func (s *Server) keepTongue(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet || !strings.Contains(r.URL.RawQuery, "lang=") {
		return
	}
	if t := spokenHere(r.URL.Query().Get("lang")); t != "" {
		http.SetCookie(w, &http.Cookie{Name: s.tongueCookie(), Value: t, Path: "/", MaxAge: 365 * 24 * 3600, HttpOnly: true, Secure: s.parts.Secure, SameSite: http.SameSiteLaxMode})
	}
}

// inTongue puts the languages into a page's foot, and has it said in Chinese where that is read.
func (s *Server) inTongue(r *http.Request, p *sheet.Page) {
	t := s.tongue(r)
	if t == inChinese {
		p.Retell = chinese.Page
	}
	if r.Method == http.MethodPost { // what a form led to is not there to be opened again
		return
	}
	for _, o := range tonguesOf {
		o.Here = spokenHere(o.Tag) == t
		o.Href = inAnother(r.URL, spokenHere(o.Tag))
		p.Tongues = append(p.Tongues, o)
	}
}

// inAnother is the address of a page in a language. At the door nothing of the address is written
// into the page but where to go after it: the rest may be a secret. What stands under a one-time link
// is left to the browser to complete, which knows where it is.
func inAnother(u *url.URL, t string) string {
	q := u.Query()
	if atDoor(u.Path) {
		q = url.Values{}
		if to := u.Query().Get("to"); to != "" {
			q.Set("to", to)
		}
	}
	q.Set("lang", t)
	path := u.EscapedPath()
	switch {
	case strings.HasPrefix(u.Path, "/enter/") && !strings.HasPrefix(u.Path, "/enter/with/"):
		path = ""
	case atDoor(u.Path):
		path = "/enter"
	}
	return path + "?" + q.Encode()
}

func atDoor(path string) bool { return path == "/enter" || strings.HasPrefix(path, "/enter/") }

// spokenHere is the language of a tag such as zh-Hans-CN as we name it, or "".
func spokenHere(tag string) string {
	switch first, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-"); first {
	case inEnglish, inChinese:
		return first
	}
	return ""
}

// accepted is what a browser prefers of what we have (RFC 9110, section 12.5.4), or English.
func accepted(header string) string {
	best, most := inEnglish, 0.0
	for i, part := range strings.Split(header, ",") {
		if i == 32 {
			break
		}
		tag, params, _ := strings.Cut(part, ";")
		weight := 1.0
		if q, ok := strings.CutPrefix(strings.TrimSpace(params), "q="); ok {
			w, err := strconv.ParseFloat(q, 64)
			if err != nil || !(w >= 0 && w <= 1) {
				continue
			}
			weight = w
		}
		if t := spokenHere(tag); t != "" && weight > most {
			best, most = t, weight
		}
	}
	return best
}
