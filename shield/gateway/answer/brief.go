package answer

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/evenkeel/evenkeel"
)

// code names in problem details why there was no answer of the site; it is the same in all languages.
type code uint8

const (
	codeAsked code = iota
	codeMany
	codeDown
	codeUnknown
	codeMisdirected
	codeReasons // those of refusals begin here

	codes = codeReasons + code(reasons)
)

// brief is what is told to whoever reads no pages.
type brief struct{ program, line *mold }

// The titles of problem details are those of their status (RFC 9110, section 15; RFC 6585), as RFC 9457, section 4.2.1, has it.
var titles = map[int]string{
	400: "Bad Request", 403: "Forbidden", 404: "Not Found", 421: "Misdirected Request", 429: "Too Many Requests", 503: "Service Unavailable",
}

// makeBriefs makes all of them in a language.
func (p *Pages) makeBriefs(x *press, l Lang) (err error) {
	add := func(c code, name, sentence string, status int) {
		if err == nil {
			p.briefs[c][l], err = newBrief(x, l, name, sentence, status, c >= codeReasons)
		}
	}
	add(codeAsked, "asked", "program asked", 429)
	add(codeMany, "many", "program many", 503)
	add(codeDown, "down", "down", 503)
	add(codeUnknown, "unknown", "unknown why", 404)
	add(codeMisdirected, "misdirected", "unknown why", 421)
	for r := range reasons {
		add(codeReasons+code(r), r.String(), r.sentence(), r.status())
	}
	return err
}

func newBrief(x *press, l Lang, name, sentence string, status int, ray bool) (b brief, err error) {
	text, err := say(sentence, l)
	if err != nil {
		return b, err
	}
	head, err := json.Marshal(struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
		Code   string `json:"code"`
	}{"about:blank", titles[status], status, text, name})
	if err != nil {
		return b, err
	}
	program := string(head[:len(head)-1])
	line := fmt.Sprintf("%d %s: %s", status, titles[status], text)
	if ray {
		program += `,"ray":"` + string([]byte{mark, byte(holeRay)}) + `"`
		line += " (" + string([]byte{mark, byte(holeRay)}) + ")"
	}
	if b.program, err = x.mold(program + string([]byte{mark, byte(holeUntil)}) + "}\n"); err != nil {
		return b, err
	}
	b.line, err = x.mold(line + "\n")
	return b, err
}

// brief tells somebody who reads no pages. What is told is never compressed: it is shorter than what that costs.
func (p *Pages) brief(dst []byte, c code, status int, v *Visitor, ray Ray, until evenkeel.Moment) Answer {
	l, at := v.lang(), len(dst)
	m, reader := p.briefs[c][l].line, Text
	if v.Reader == Program {
		m, reader = p.briefs[c][l].program, Program
	}
	dst = m.render(dst, false, func(dst []byte, h hole) []byte {
		switch {
		case h == holeRay:
			return ray.Append(dst)
		case h == holeUntil && until != 0:
			dst = append(dst, `,"until":"`...)
			dst = until.Time().AppendFormat(dst, time.RFC3339)
			return append(dst, '"')
		}
		return dst
	})
	return Answer{Status: status, Body: dst[at:], fields: p.plain[reader][l]}
}

// appendDigits appends a number that is at least 0.
func appendDigits(dst []byte, n int) []byte { return strconv.AppendInt(dst, int64(max(n, 0)), 10) }
