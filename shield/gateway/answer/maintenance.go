package answer

import (
	"cmp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Maintenance is what is known of a domain that is down, or being worked on. All texts are the tenant's own; they may have
// any content.
type Maintenance struct {
	Site    string // the site's name, for the head of the page
	Planned bool   // work that was announced
	Since   evenkeel.Moment
	Back    evenkeel.Moment // when it is expected back; 0 is not known
	Parts   []Part          // which parts, the first MostParts
	Words   string          // of the tenant, up to MostWords bytes
	Updates []Update        // the newest first, MostUpdates of them
	Lang    string          // the tag of the language of all of these texts; "" is not known
}

// Part is a part of a site, and what is known of it.
type Part struct {
	Name  string // up to MostName bytes
	State State
}

// State is how a part of a site is.
type State uint8

// The states.
const (
	Down State = iota
	Slow
	Up
)

var stateSentences = [...]string{"part down", "part slow", "part up"}

// Update is what was said later.
type Update struct {
	At   evenkeel.Moment // 0: not told
	Text string          // up to MostWords bytes
	Lang string          // the tag of its language, where that is another one than Maintenance.Lang
}

// The bounds of what a page shows, in bytes of UTF-8 and in number. What is longer is cut, and the page says so.
const (
	MostParts   = 12
	MostName    = 80
	MostWords   = 4 << 10
	MostUpdates = 10

	// mostEscaped is what parts, words and updates take as HTML together, so that the page is not longer than MostPage.
	mostEscaped = 9 << 10
	// mostLines is how many paragraphs a text has.
	mostLines = 40
)

// The bounds of Retry-After for a domain that is down, in seconds: crawlers are told to come soon where nothing is known, and not to
// stay away for longer than an hour where the end was only expected.
const (
	unknownBack = 120
	mostBack    = 60 * 60
)

// Notice is a maintenance page that is ready, of one Pages. It is made anew once a minute and language, for the times that it tells, and keeps
// at most twice as many bodies as there are languages. Any number of goroutines may use it. Make it with Prepare.
type Notice struct {
	m     Maintenance
	ready [Langs][2]atomic.Pointer[rendered]
}

type rendered struct {
	minute int64
	body   []byte
}

// Prepare bounds and cleans what is known of a domain. Nothing of it is refused: a page that shows less than all is better than none
// when everything else is down.
func Prepare(m Maintenance) *Notice {
	m.Site = shownHost(m.Site)
	if !isTag(m.Lang) {
		m.Lang = ""
	}
	m.Parts = append([]Part(nil), m.Parts[:min(len(m.Parts), MostParts)]...)
	m.Updates = append([]Update(nil), m.Updates...)
	for i := range m.Updates {
		if u := &m.Updates[i]; !isTag(u.Lang) {
			u.Lang = ""
		}
	}
	return &Notice{m: m}
}

// isTag says whether a text can be a tag of a language: letters, then up to three subtags (BCP 47, without its rarer forms).
func isTag(s string) bool {
	if len(s) > 35 {
		return false
	}
	for i, sub := range strings.Split(s, "-") {
		if i > 3 || len(sub) == 0 || len(sub) > 8 || i == 0 && (len(sub) < 2 || len(sub) > 3 || strings.ContainsAny(sub, "0123456789")) ||
			strings.ContainsFunc(sub, func(c rune) bool { return c >= 0x80 || c == '.' || notOfHosts(byte(c)) }) {
			return false
		}
	}
	return true
}

// Maintenance answers for a domain that is down: 503, and when to come back. now is the time of the answer.
func (p *Pages) Maintenance(dst []byte, v Visitor, n *Notice, now evenkeel.Moment) (a Answer) {
	if v.Reader != Person {
		back := n.m.Back
		if back <= now {
			back = 0
		}
		a = p.brief(dst, codeDown, 503, &v, 0, back)
	} else {
		l := v.lang()
		a = Answer{Status: 503, Body: n.body(p, l, v.Gzip, now), fields: p.heads[pageMaintenance][l][bit(v.Gzip)]}
	}
	unknown := n.m.Back
	if unknown <= now {
		unknown = 0 // it is later than expected: by how much nobody knows
	}
	a.retry = retryAfter(secondsTo(unknown, now, unknownBack, mostBack))
	return a
}

// body returns the page of this minute.
func (n *Notice) body(p *Pages, l Lang, packed bool, now evenkeel.Moment) []byte {
	minute := int64(now) / int64(time.Minute)
	slot := &n.ready[l][bit(packed)]
	if r := slot.Load(); r != nil && r.minute == minute {
		return r.body
	}
	body := p.molds[pageMaintenance][l].render(nil, packed, func(dst []byte, h hole) []byte {
		switch h {
		case holeHost:
			return appendHTML(dst, n.m.Site)
		case holeTitle:
			name := "down"
			if n.m.Planned {
				name = "planned"
			}
			return append(dst, said[name][l]...)
		case holeFacts:
			return n.facts(dst, l, now)
		case holeWords:
			return n.words(dst, l, now)
		}
		return dst
	})
	slot.Store(&rendered{minute, body})
	return body
}

// facts appends since when, until when and which parts, as terms of a list.
func (n *Notice) facts(dst []byte, l Lang, now evenkeel.Moment) []byte {
	if n.m.Since != 0 {
		dst = appendTerm(dst, l, "since")
		if n.m.Since > now { // a clock is behind: what is told is the time alone
			dst = appendUTC(dst, n.m.Since)
		} else {
			dst = appendTime(dst, l, n.m.Since, now)
		}
		dst = append(dst, "</dd></div>"...)
	}
	dst = appendTerm(dst, l, "back")
	switch {
	case n.m.Back == 0:
		dst = append(dst, said["not known"][l]...)
	case n.m.Back <= now:
		dst = append(dst, said["late"][l]...)
	default:
		dst = appendTime(dst, l, n.m.Back, now)
	}
	dst = append(dst, "</dd></div>"...)
	if len(n.m.Parts) == 0 {
		return dst
	}
	dst = appendTerm(dst, l, "parts")
	dst = append(dst, "<ul>"...)
	for _, part := range n.m.Parts {
		dst = append(dst, "<li>"...)
		dst = worded(dst, "bdi", n.m.Lang)
		dst, _ = appendWithin(dst, within(part.Name, MostName), MostName*2)
		dst = append(dst, "</bdi>: "...)
		dst = append(dst, said[stateSentences[min(int(part.State), len(stateSentences)-1)]][l]...)
		dst = append(dst, "</li>"...)
	}
	return append(dst, "</ul></dd></div>"...)
}

func appendTerm(dst []byte, l Lang, name string) []byte {
	dst = append(dst, "<div><dt>"...)
	dst = append(dst, said[name][l]...)
	return append(dst, "</dt><dd>"...)
}

// words appends what the tenant says, and said since.
func (n *Notice) words(dst []byte, l Lang, now evenkeel.Moment) []byte {
	left, all := mostEscaped-len(n.m.Parts)*(2*MostName+80), true
	if strings.TrimSpace(n.m.Words) != "" {
		dst = appendHeading(dst, l, "words")
		dst, left, all = paragraphs(dst, n.m.Words, n.m.Lang, left)
	}
	updates := n.m.Updates
	if len(updates) > MostUpdates {
		updates, all = updates[:MostUpdates], false
	}
	for i, u := range updates {
		if left -= 200; left < 0 {
			all = false
			break
		}
		if i == 0 {
			dst = appendHeading(dst, l, "updates")
			dst = append(dst, "<ol>"...)
		}
		dst = append(dst, "<li><p>"...)
		dst = appendTime(dst, l, u.At, now)
		dst = append(dst, "</p>"...)
		var whole bool
		dst, left, whole = paragraphs(dst, u.Text, cmp.Or(u.Lang, n.m.Lang), left)
		all = all && whole
		dst = append(dst, "</li>"...)
		if i == len(updates)-1 || left < 200 {
			all = all && i == len(updates)-1
			dst = append(dst, "</ol>"...)
			break
		}
	}
	if !all {
		dst = append(dst, `<p class="small">`...)
		dst = append(dst, said["left out"][l]...)
		dst = append(dst, "</p>"...)
	}
	if strings.TrimSpace(n.m.Words) == "" && len(n.m.Updates) == 0 {
		dst = append(dst, "<p>"...)
		dst = append(dst, said["nothing yet"][l]...)
		dst = append(dst, "</p>"...)
	}
	return dst
}

func appendHeading(dst []byte, l Lang, name string) []byte {
	dst = append(dst, "<h2>"...)
	dst = append(dst, said[name][l]...)
	return append(dst, "</h2>"...)
}

// paragraphs appends a text with a paragraph for each of its lines, as much as fits, and returns what room is left and whether that was all.
func paragraphs(dst []byte, text, lang string, room int) (_ []byte, left int, all bool) {
	all = len(text) <= MostWords
	lines := 0
	for line := range strings.Lines(within(text, MostWords)) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		const around = 40 // bytes of the element
		if lines++; lines > mostLines || room <= around+len(lang) {
			return dst, room, false
		}
		at := len(dst)
		dst = worded(dst, "p", lang)
		var whole bool
		dst, whole = appendWithin(dst, line, room-around-len(lang))
		dst = append(dst, "</p>"...)
		if room -= len(dst) - at; !whole {
			return dst, max(room, 0), false
		}
	}
	return dst, room, all
}

// worded opens an element in which somebody's words stand, in their language and direction.
func worded(dst []byte, element, lang string) []byte {
	dst = append(dst, '<')
	dst = append(dst, element...)
	dst = append(dst, ` lang="`...)
	dst = append(dst, lang...)
	return append(dst, `" dir="auto">`...)
}

// within cuts a text to so many bytes, in front of a character.
func within(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && s[most]&0xc0 == 0x80 {
		most--
	}
	return s[:most]
}
