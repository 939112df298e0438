package gateway

import (
	"cmp"
	"maps"
	"slices"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/answer"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/upstream"
)

// down is the site's own page: what is known of why nobody answers, in the tenant's words where there are some. 503 for all.
func (e *Edge) down(q *question, dst []byte) Verdict {
	return e.says(q, turned, e.downPage(q, dst))
}

func (e *Edge) downPage(q *question, dst []byte) answer.Answer {
	v := q.visitor(e)
	return e.pages.Maintenance(dst, v, q.domain.notice(e, q.site, v.Lang, q.moment), q.moment)
}

// notice is the page of a site for those who read a language. It is made anew where the site's document changed, or since when it is down, or
// what is new there.
func (d *domain) notice(e *Edge, s *site.Site, l answer.Lang, now evenkeel.Moment) *answer.Notice {
	var state upstream.State
	if p := e.pools.Of(s); p != nil {
		state = p.State()
	}
	all, told := d.pages.Load(), e.toldAt(s.Asset, now)
	if all == nil || all.since != state.Since || all.told != told {
		all = &notices{since: state.Since, told: told}
		news := d.news.Load()
		for i := range all.by {
			m := answer.Maintenance{Site: s.Names[0], Since: state.Since}
			if told != nil {
				text, lang := says(told.Says, answer.Lang(i))
				m.Back, m.Updates = told.Back, append(m.Updates, answer.Update{At: told.At, Text: text, Lang: lang})
			}
			if news != nil && news.Text != "" {
				m.Updates = append(m.Updates, *news)
			}
			m.Words, m.Lang = says(s.Maintenance, answer.Lang(i))
			for _, u := range slices.Backward(s.Updates) {
				text, lang := says(u.Says, answer.Lang(i))
				m.Lang = cmp.Or(m.Lang, lang)
				m.Updates = append(m.Updates, answer.Update{At: u.At, Text: text})
			}
			all.by[i] = answer.Prepare(m)
		}
		d.pages.Store(all)
	}
	return all.by[l]
}

// says picks what is said to those who read a language: in it, else in English, else in the first of those there are.
func says(texts map[string]string, l answer.Lang) (text, lang string) {
	tags := slices.Sorted(maps.Keys(texts))
	for _, want := range [...]string{l.String(), answer.English.String()} {
		for _, tag := range tags {
			if tag == want || len(tag) > len(want) && tag[:len(want)] == want && tag[len(want)] == '-' {
				return texts[tag], tag
			}
		}
	}
	if len(tags) == 0 {
		return "", ""
	}
	return texts[tags[0]], tags[0]
}
