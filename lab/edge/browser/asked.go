package browser

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// question is what a page asks of a browser before it lets somebody in.
type question struct {
	action string     // of the form that holds the work; "" where there is none
	bits   uint8      // that its work has
	token  string     // what the work is done on
	fields url.Values // of that form
	script string     // what does the work in a real browser
	wait   int        // seconds of a refresh outside noscript, -1 where there is none
	next   string     // where the refresh leads to, "" for the same address
}

// asks reads what an answer asks. A page that asks for nothing is none.
func asks(r *Response) (question, bool) {
	q := question{wait: -1, fields: url.Values{}}
	if f := r.Field("refresh"); f != "" {
		q.refresh(f)
	}
	if strings.HasPrefix(r.Field("content-type"), "text/html") {
		q.page(r.Body)
	}
	return q, q.action != "" || q.wait >= 0
}

func (q *question) page(body []byte) {
	z := html.NewTokenizer(bytes.NewReader(body))
	hidden, mine := false, false // inside noscript; inside the form of the work
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			tag, at := z.TagName()
			switch string(tag) {
			case "noscript":
				hidden = true
			case "meta":
				if a := attributes(z, at); !hidden && strings.EqualFold(a["http-equiv"], "refresh") {
					q.refresh(a["content"])
				}
			case "script":
				if a := attributes(z, at); a["src"] != "" {
					q.script = a["src"]
				}
			case "form":
				a := attributes(z, at)
				if mine = a["id"] == "challenge"; mine {
					bits, _ := strconv.ParseUint(a["data-bits"], 10, 8)
					q.action, q.bits = a["action"], uint8(bits)
				}
			case "input":
				if a := attributes(z, at); mine {
					q.fields.Set(a["name"], a["value"])
					if a["name"] == "token" {
						q.token = a["value"]
					}
				}
			}
		case html.EndTagToken:
			switch tag, _ := z.TagName(); string(tag) {
			case "noscript":
				hidden = false
			case "form":
				mine = false
			}
		}
	}
}

func attributes(z *html.Tokenizer, more bool) map[string]string {
	a := map[string]string{}
	for more {
		var k, v []byte
		k, v, more = z.TagAttr()
		a[string(k)] = string(v)
	}
	return a
}

// refresh reads "3; url=/there".
func (q *question) refresh(s string) {
	seconds, rest, _ := strings.Cut(s, ";")
	n, err := strconv.Atoi(strings.TrimSpace(seconds))
	if err != nil || n < 0 {
		return
	}
	q.wait = n
	if rest = strings.TrimSpace(rest); len(rest) > 4 && strings.EqualFold(rest[:4], "url=") {
		q.next = strings.Trim(rest[4:], `"'`)
	}
}
