package answer

import (
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel/instrument/challenge"
)

// Reader is who reads an answer, and so its form.
type Reader uint8

// The readers.
const (
	Text    Reader = iota // a line of text: nobody shows or parses what is answered
	Program               // problem details as JSON (RFC 9457)
	Person                // a page

	readers = 3
)

var readerNames = [readers]string{"text", "program", "person"}

// String returns text, program or person.
func (r Reader) String() string {
	if int(r) < len(readerNames) {
		return readerNames[r]
	}
	return "invalid"
}

// ReaderOf returns who reads the answer to a request. health are the paths, exactly, of the operator's health checks.
//
// A person does where a window asks for a document, with whatever method: challenge.Of says so of a GET, and a form that was sent
// by a window is answered in the window too. Everything else that has a key, was sent by a script or likes JSON is a program; what is
// left gets a line.
func ReaderOf(r *challenge.Request, health []string) Reader {
	as := *r
	as.Method = "GET"
	switch challenge.Of(&as, health) {
	case challenge.Page:
		return Person
	case challenge.Open:
		return Text
	}
	accept := r.Accept[:min(len(r.Accept), MostPreference)]
	switch {
	case r.Authorization, r.RequestedWith != "", r.Destination == "empty", likesJSON(accept):
		return Program
	}
	return Text
}

// likesJSON says whether JSON is accepted by name, but for that of feeds.
func likesJSON(accept string) bool {
	for range MostPreferred {
		var name string
		name, _, accept = preferred(accept)
		if len(name) >= 5 && strings.EqualFold(name[len(name)-4:], "json") && !strings.EqualFold(name, "application/feed+json") {
			return true
		}
	}
	return false
}

// Visitor is what an answer has to know of who asked.
type Visitor struct {
	Reader Reader
	// Askable: a page may ask this visitor for something and come back to the same address. It may not where a form was sent,
	// whose content would be lost.
	Askable bool
	Lang    Lang
	Gzip    bool   // takes gzip
	Host    string // the site's name as the directory has it, for the head of the page; "" shows none
}

// VisitorOf returns what an answer has to know, from a request and from its Accept-Language and Accept-Encoding as they came.
// site is the name that the directory has, never what the client sent; what is no host name is not shown. At AnswerPath a form may be
// answered by a question too: nothing but the answer to one is in it, and where to go back to.
func (p *Pages) VisitorOf(r *challenge.Request, languages, encodings, site string, health []string) Visitor {
	v := Visitor{Reader: ReaderOf(r, health), Lang: LangOf(languages), Gzip: takesGzip(encodings), Host: shownHost(site)}
	v.Askable = v.Reader == Person && (r.Method == "GET" || r.Path == p.answerPath)
	return v
}

// MostHost is the longest host name in bytes (RFC 1035, section 2.3.4, without the root).
const MostHost = 253

// shownHost returns a host name that consists of letters, digits, hyphens and full stops, and "" for all else: a page shows
// no name that it does not know how to read.
func shownHost(host string) string {
	if len(host) > MostHost || slices.ContainsFunc([]byte(host), notOfHosts) {
		return ""
	}
	return host
}

func notOfHosts(c byte) bool {
	return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '.'
}
