package challenge

import (
	"slices"
	"strings"
)

// Manner is how a request may be refused for want of a pass.
type Manner uint8

// The manners.
const (
	Plain Manner = iota // with a status and no page: what asked would not show one, or would lose what it carries
	Page                // with a page that asks: a person looks at it
	Open                // not at all: nobody is there to answer, and something breaks
)

var manners = [...]string{Plain: "plain", Page: "page", Open: "open"}

// String returns plain, page or open.
func (m Manner) String() string {
	if int(m) < len(manners) {
		return manners[m]
	}
	return "invalid"
}

// Request is what of a request says who asks: header fields as they came, "" where there is none.
type Request struct {
	Method        string
	Path          string // decoded, without the query
	Accept        string
	Destination   string // Sec-Fetch-Dest
	Site          string // Sec-Fetch-Site
	Purpose       string // Sec-Purpose
	Upgrade       string
	RequestedWith string // X-Requested-With
	Authorization bool   // whether there is one
}

// certificates is where authorities look for the answer of ACME (RFC 8555, section 8.3).
const certificates = "/.well-known/acme-challenge/"

// Of returns how a request may be refused. health are the paths, exactly, that the operator's health checks ask for.
//
// A page is for a GET that a person's window makes (Fetch Metadata Request Headers, W3C: its destination is a
// document, or for browsers that do not say, HTML is accepted by name), and for nothing else: what a page loads, feeds, programs
// with a key, sockets, and forms, whose content would be lost. In a frame of another site
// its cookie would not come back, so the question would never end.
func Of(r *Request, health []string) Manner {
	switch {
	case validation(r), slices.Contains(health, r.Path):
		return Open
	case r.Method != "GET", r.Upgrade != "", r.RequestedWith != "", r.Authorization, strings.Contains(r.Purpose, "prefetch"):
		return Plain
	case strings.HasPrefix(r.Path, "/.well-known/"), r.Path == "/robots.txt", isFeed(r):
		return Plain
	}
	switch r.Destination {
	case "document":
		return Page
	case "iframe", "frame":
		if r.Site == "same-origin" {
			return Page
		}
	case "": // a browser of before 2023, or a program
		if strings.Contains(strings.ToLower(r.Accept), "text/html") {
			return Page
		}
	}
	return Plain
}

// validation says whether a certificate authority may ask: for one file, whose name is a token of base64url (RFC 8555, section 8.3), and
// nothing that anybody could read as another path.
func validation(r *Request) bool {
	token, ok := strings.CutPrefix(r.Path, certificates)
	if !ok || token == "" || len(token) > mostToken || r.Method != "GET" && r.Method != "HEAD" {
		return false
	}
	for _, c := range []byte(token) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// mostToken is how long the name of a file for an authority is at most; theirs have 43 characters.
const mostToken = 128

// isFeed says whether a feed is asked for: by what is accepted, or where one customarily is. A window that opens a feed
// says that it is a document, and is no reader.
func isFeed(r *Request) bool {
	accept := strings.ToLower(r.Accept)
	if strings.Contains(accept, "application/rss+xml") || strings.Contains(accept, "application/atom+xml") ||
		strings.Contains(accept, "application/feed+json") {
		return true
	}
	if r.Destination == "document" {
		return false
	}
	path := strings.ToLower(strings.TrimSuffix(r.Path, "/"))
	for _, end := range [...]string{".rss", ".atom", "/feed", "/rss", "/atom", "/feed.xml", "/rss.xml", "/atom.xml", "/feed.json"} {
		if strings.HasSuffix(path, end) {
			return true
		}
	}
	return false
}
