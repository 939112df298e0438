package console

import (
	"maps"
	"net/url"
	"strconv"
)

// pager cuts lists of one page into parts, each by a parameter of the page's address. So a page is
// bounded, and nothing is out of reach.
type pager struct {
	path  string
	asked url.Values
}

// part is what a page shows of a list, and the ways to what is before and after it. Lists begin
// with what is to be read first.
type part struct {
	From, Until int // of the list: the first, and the one after the last
	All         int
	Back, On    string // links, "" where there is nothing
	Earlier     string // words of the links: "Newer lines", "Older lines"
	Later       string
}

// Cut says whether there is more than is shown.
func (p part) Cut() bool { return p.Back+p.On != "" }

// First is the number of the first that is shown, as people count.
func (p part) First() int { return p.From + 1 }

// of returns the part that is asked for of a list of n. name is the parameter, to the place on
// the page, and what the list's things.
func (p pager) of(name string, n, size int, to, what string) part {
	from := p.from(name)
	if from >= n {
		from = 0
	}
	from -= from % size
	out := part{From: from, Until: min(from+size, n), All: n, Earlier: "Newer " + what, Later: "Older " + what}
	if from > 0 {
		out.Back = p.link(name, from-size, to)
	}
	if out.Until < n {
		out.On = p.link(name, out.Until, to)
	}
	return out
}

// maxFrom is how far into a list an address can lead.
const maxFrom = 1 << 24

// from is where the part begins that is asked for of a list.
func (p pager) from(name string) int {
	from, err := strconv.Atoi(p.asked.Get(name))
	if err != nil || from < 0 || from > maxFrom {
		return 0
	}
	return from
}

// link is the address of another part of a list, with the others as they are.
func (p pager) link(name string, from int, to string) string {
	q := maps.Clone(p.asked)
	q.Del("done")
	q.Del(name)
	if from > 0 {
		q.Set(name, strconv.Itoa(from))
	}
	out := p.path
	if len(q) > 0 {
		out += "?" + q.Encode()
	}
	if to != "" {
		out += "#" + to
	}
	return out
}

// pages is the pager of a request.
func (v *visit) pages(path string) pager { return pager{path: path, asked: v.r.URL.Query()} }
