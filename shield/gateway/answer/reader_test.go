package answer

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/instrument/challenge"
)

const (
	chromeAccept  = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7"
	firefoxAccept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
)

// sets are header sets as clients send them.
var sets = []struct {
	name    string
	request challenge.Request
	reader  Reader
	askable bool
}{
	{"Chrome opens a page", challenge.Request{Method: "GET", Path: "/", Accept: chromeAccept, Destination: "document", Site: "none"}, Person, true},
	{"Firefox opens a page", challenge.Request{Method: "GET", Path: "/a", Accept: firefoxAccept, Destination: "document", Site: "cross-site"}, Person, true},
	{"Safari 15 opens a page, without fetch metadata", challenge.Request{Method: "GET", Path: "/", Accept: firefoxAccept}, Person, true},
	{"Chrome sends a form", challenge.Request{Method: "POST", Path: "/order", Accept: chromeAccept, Destination: "document", Site: "same-origin"}, Person, false},
	{"Safari 15 sends a form", challenge.Request{Method: "POST", Path: "/order", Accept: firefoxAccept}, Person, false},
	{"Chrome shows a frame of the same site", challenge.Request{Method: "GET", Path: "/f", Accept: chromeAccept, Destination: "iframe", Site: "same-origin"}, Person, true},
	{"Chrome shows a frame of another site", challenge.Request{Method: "GET", Path: "/f", Accept: chromeAccept, Destination: "iframe", Site: "cross-site"}, Text, false},
	{"a window opens a feed", challenge.Request{Method: "GET", Path: "/feed", Accept: firefoxAccept, Destination: "document"}, Person, true},
	{"Googlebot", challenge.Request{Method: "GET", Path: "/", Accept: "text/html,application/xhtml+xml,application/signed-exchange;v=b3,application/xml;q=0.9,*/*;q=0.8"}, Person, true},
	{"Chrome fetches ahead", challenge.Request{Method: "GET", Path: "/next", Accept: chromeAccept, Destination: "document", Purpose: "prefetch;prerender"}, Text, false},
	{"fetch", challenge.Request{Method: "GET", Path: "/api", Accept: "*/*", Destination: "empty", Site: "same-origin"}, Program, false},
	{"fetch for a single page application that asks for HTML", challenge.Request{Method: "GET", Path: "/part", Accept: "text/html", Destination: "empty"}, Program, false},
	{"fetch posts", challenge.Request{Method: "POST", Path: "/api", Accept: "*/*", Destination: "empty", Site: "same-origin"}, Program, false},
	{"jQuery", challenge.Request{Method: "GET", Path: "/list", Accept: "text/html, */*; q=0.01", RequestedWith: "XMLHttpRequest"}, Program, false},
	{"axios", challenge.Request{Method: "GET", Path: "/list", Accept: "application/json, text/plain, */*"}, Program, false},
	{"an image", challenge.Request{Method: "GET", Path: "/a.png", Accept: "image/avif,image/webp,*/*;q=0.8", Destination: "image", Site: "same-origin"}, Text, false},
	{"a script", challenge.Request{Method: "GET", Path: "/a.js", Accept: "*/*", Destination: "script"}, Text, false},
	{"a style", challenge.Request{Method: "GET", Path: "/a.css", Accept: "text/css,*/*;q=0.1", Destination: "style"}, Text, false},
	{"a service worker", challenge.Request{Method: "GET", Path: "/sw.js", Accept: "*/*", Destination: "serviceworker"}, Text, false},
	{"an event stream", challenge.Request{Method: "GET", Path: "/events", Accept: "text/event-stream", Destination: "empty"}, Program, false},
	{"a socket", challenge.Request{Method: "GET", Path: "/ws", Destination: "websocket", Upgrade: "websocket"}, Text, false},
	{"curl", challenge.Request{Method: "GET", Path: "/", Accept: "*/*"}, Text, false},
	{"Go", challenge.Request{Method: "GET", Path: "/"}, Text, false},
	{"a program with a key, whatever it likes", challenge.Request{Method: "GET", Path: "/", Accept: firefoxAccept, Destination: "document", Authorization: true}, Program, false},
	{"kubectl", challenge.Request{Method: "GET", Path: "/api/v1/pods", Accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json", Authorization: true}, Program, false},
	{"an API client of ActivityPub", challenge.Request{Method: "GET", Path: "/users/a", Accept: `application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"`}, Program, false},
	{"GraphQL", challenge.Request{Method: "POST", Path: "/graphql", Accept: "application/graphql-response+json, application/json;q=0.9"}, Program, false},
	{"git", challenge.Request{Method: "GET", Path: "/a.git/info/refs", Accept: "*/*"}, Text, false},
	{"docker", challenge.Request{Method: "HEAD", Path: "/v2/a/manifests/1", Accept: "application/vnd.docker.distribution.manifest.v2+json"}, Program, false},
	{"Miniflux", challenge.Request{Method: "GET", Path: "/index.xml", Accept: "application/xml, application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json, text/html, */*;q=0.9"}, Text, false},
	{"NetNewsWire", challenge.Request{Method: "GET", Path: "/feed.json", Accept: "*/*"}, Text, false},
	{"a reader of JSON feeds", challenge.Request{Method: "GET", Path: "/f", Accept: "application/feed+json"}, Text, false},
	{"Let's Encrypt", challenge.Request{Method: "GET", Path: "/.well-known/acme-challenge/x", Accept: "*/*"}, Text, false},
	{"ACME in a window", challenge.Request{Method: "GET", Path: "/.well-known/acme-challenge/x", Accept: firefoxAccept, Destination: "document"}, Text, false},
	{"kube-probe", challenge.Request{Method: "GET", Path: "/healthz", Accept: "*/*"}, Text, false},
	{"a health check that likes HTML", challenge.Request{Method: "GET", Path: "/healthz", Accept: firefoxAccept}, Text, false},
	{"robots.txt", challenge.Request{Method: "GET", Path: "/robots.txt", Accept: chromeAccept}, Text, false},
	{"facebookexternalhit", challenge.Request{Method: "GET", Path: "/", Accept: "*/*"}, Text, false},
	{"Firefox sends an answer to a challenge", challenge.Request{Method: "POST", Path: "/.evenkeel/answer", Accept: firefoxAccept, Destination: "document", Site: "same-origin"}, Person, true},
	{"a script sends an answer", challenge.Request{Method: "POST", Path: "/.evenkeel/answer", Accept: "*/*", Destination: "empty", Site: "same-origin"}, Program, false},
	{"an endless Accept", challenge.Request{Method: "GET", Path: "/", Accept: strings.Repeat("a/b,", 1<<18) + "application/json"}, Text, false},
}

func TestWhoIsShownAPage(t *testing.T) {
	p := pages(t)
	for _, c := range sets {
		v := p.VisitorOf(&c.request, "", "", "", []string{"/healthz"})
		if v.Reader != c.reader || v.Askable != c.askable {
			t.Errorf("%s: %s, askable %v; expected %s, %v", c.name, v.Reader, v.Askable, c.reader, c.askable)
		}
	}
}

// TestNobodyButAPersonGetsHTML asks every page for each of the sets.
func TestNobodyButAPersonGetsHTML(t *testing.T) {
	p := pages(t)
	for _, c := range sets {
		v := p.VisitorOf(&c.request, "fr", "gzip", "shop.example", []string{"/healthz"})
		for _, page := range every {
			a := page.answer(p, v)
			kind := header(&a)["Content-Type"][0]
			want := map[Reader]string{Person: "text/html; charset=utf-8", Program: "application/problem+json", Text: "text/plain; charset=utf-8"}[c.reader]
			if kind != want {
				t.Errorf("%s gets the page %s as %s; expected %s", c.name, page.name, kind, want)
			}
			if (a.Status == 429 || a.Status == 503) && a.Retry() == "" {
				t.Errorf("%s is not told by the page %s when to come back", c.name, page.name)
			}
			if c.reader == Person && !c.askable && strings.Contains(opened(t, a.Body), "token") {
				t.Errorf("%s is asked by the page %s, and what was typed is lost", c.name, page.name)
			}
		}
	}
}

func TestNoNameIsShownThatIsNone(t *testing.T) {
	p := pages(t)
	for _, c := range []struct{ name, shown string }{
		{"shop.example", "shop.example"}, {"xn--bcher-kva.example", "xn--bcher-kva.example"}, {"", ""}, {"192.0.2.1", "192.0.2.1"},
		{"<script>.example", ""}, {"shop.example:443", ""}, {"a b", ""}, {"shöp.example", ""}, {"a\x00b", ""}, {strings.Repeat("a", 254), ""}, {"[::1]", ""}, {`"><img src=x>`, ""},
	} {
		if v := p.VisitorOf(&challenge.Request{}, "", "", c.name, nil); v.Host != c.shown {
			t.Errorf("%q is shown as %q; expected %q", c.name, v.Host, c.shown)
		}
	}
}
