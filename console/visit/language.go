package visit

import (
	"net/http"
	"strconv"
	"strings"
)

// languages are those that the page can speak, by the first part of their tag.
var languages = map[string]*texts{"en": &english, "zh": &chinese}

// language is which of them a visitor reads: the one that was asked for on the page, the one that
// the browser prefers, that of the contact, English.
func (s *server) language(r *http.Request, v *visitor) *texts {
	if t := languages[r.URL.Query().Get("lang")]; t != nil {
		return t
	}
	if t := accepted(r.Header.Get("Accept-Language")); t != nil {
		return t
	}
	if v != nil && s.parts.Lang != nil {
		if t := tagged(s.parts.Lang(v.tenant, v.claim.Contact)); t != nil {
			return t
		}
	}
	return &english
}

// tagged returns the texts of a tag such as zh-Hans-CN, or nil.
func tagged(tag string) *texts {
	first, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
	return languages[first]
}

// accepted returns what a browser prefers of what we have (RFC 9110, section 12.5.4), or nil.
func accepted(header string) *texts {
	var best *texts
	most := 0.0
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
		if t := tagged(tag); t != nil && weight > most {
			best, most = t, weight
		}
	}
	return best
}

// langQuery is what keeps a language that was asked for on the page.
func langQuery(r *http.Request) string {
	if l := r.URL.Query().Get("lang"); languages[l] != nil {
		return "?lang=" + l
	}
	return ""
}
