package challenge

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestOnlyWhoCanAnswerIsShownAPage(t *testing.T) {
	html := "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	for _, c := range []struct {
		name string
		r    Request
		want Manner
	}{
		{"a window", Request{Method: "GET", Path: "/", Accept: html, Destination: "document", Site: "cross-site"}, Page},
		{"a browser that does not say what for", Request{Method: "GET", Path: "/", Accept: html}, Page},
		{"a frame of the site itself", Request{Method: "GET", Path: "/", Accept: html, Destination: "iframe", Site: "same-origin"}, Page},
		{"a frame in another site, whose cookie would not come back", Request{Method: "GET", Path: "/", Accept: html, Destination: "iframe", Site: "cross-site"}, Plain},
		{"a picture", Request{Method: "GET", Path: "/a.png", Accept: "image/avif,*/*", Destination: "image"}, Plain},
		{"a script's request", Request{Method: "GET", Path: "/", Accept: "*/*", Destination: "empty"}, Plain},
		{"a script's request in old browsers", Request{Method: "GET", Path: "/", Accept: html, RequestedWith: "XMLHttpRequest"}, Plain},
		{"what is fetched before anybody asks", Request{Method: "GET", Path: "/", Accept: html, Destination: "document", Purpose: "prefetch;prerender"}, Plain},
		{"a form, whose content would be lost", Request{Method: "POST", Path: "/", Accept: html, Destination: "document"}, Plain},
		{"a socket", Request{Method: "GET", Path: "/live", Upgrade: "websocket", Destination: "websocket"}, Plain},
		{"a program with a key", Request{Method: "GET", Path: "/", Accept: html, Authorization: true}, Plain},
		{"a program", Request{Method: "GET", Path: "/", Accept: "*/*"}, Plain},
		{"a program that wants JSON", Request{Method: "GET", Path: "/", Accept: "application/json"}, Plain},
		{"a reader of feeds", Request{Method: "GET", Path: "/news", Accept: "application/atom+xml, text/html;q=0.5"}, Plain},
		{"a reader of feeds that accepts HTML", Request{Method: "GET", Path: "/blog/feed/", Accept: html}, Plain},
		{"a person who opens a feed", Request{Method: "GET", Path: "/blog/feed/", Accept: html, Destination: "document"}, Page},
		{"robots.txt", Request{Method: "GET", Path: "/robots.txt", Accept: html}, Plain},
		{"an authority of certificates", Request{Method: "GET", Path: "/.well-known/acme-challenge/tok"}, Open},
		{"a health check", Request{Method: "HEAD", Path: "/healthz"}, Open},
		{"what only begins like one", Request{Method: "GET", Path: "/healthz/../admin", Destination: "document"}, Page},
		{"nothing at all", Request{}, Plain},
	} {
		if got := Of(&c.r, []string{"/healthz"}); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestBandsThatHarmAreRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		b    Bands
		want string
	}{
		{"none", nil, ""},
		{"three that grow", Bands{{0, Demand{}}, {10, Demand{0, 3}}, {20, Demand{16, 10}}}, ""},
		{"work with no way for those who cannot", Bands{{0, Demand{16, 0}}}, "lets nobody wait"},
		{"less for more weight", Bands{{0, Demand{16, 5}}, {10, Demand{12, 5}}}, "demands less"},
		{"out of order", Bands{{5, Demand{1, 5}}, {5, Demand{2, 5}}}, "ascending"},
		{"more than anybody should work", Bands{{0, Demand{MaxBits + 1, 5}}}, "at most 22 and 60"},
		{"longer than anybody should wait", Bands{{0, Demand{1, MaxSeconds + 1}}}, "at most 22 and 60"},
		{"too many", make(Bands, MaxBands+1), "at most 16"},
	} {
		err := c.b.Check()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	b := Bands{{0, Demand{0, 3}}, {20, Demand{16, 10}}}
	for weight, want := range map[int]Demand{-1: {}, 0: {0, 3}, 19: {0, 3}, 20: {16, 10}, 1000: {16, 10}} {
		if got := b.For(weight); got != want {
			t.Errorf("a weight of %d demands %+v, want %+v", weight, got, want)
		}
	}
}

func TestWhatCannotBeAskedIsNotIssued(t *testing.T) {
	k := keys(t, 1)
	for _, c := range []struct {
		a    Ask
		at   time.Time
		want string
	}{
		{Ask{}, noon, "form 0; expected work or wait"},
		{Ask{FormWork, 0}, noon, "work of 0; expected 1 to 22"},
		{Ask{FormWork, MaxBits + 1}, noon, "work of 23; expected 1 to 22"},
		{Ask{FormWait, MaxSeconds + 1}, noon, "wait of 61; expected 1 to 60"},
		{Ask{FormWait, 1}, time.Unix(0, 0), "at 0 ms since 1970"},
		{Ask{FormWait, 1}, time.UnixMilli(latest + 1), "at 281474976710656 ms since 1970"},
	} {
		if _, err := k.Issue(alice, c.a, 1, c.at); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v at %v: %v, want %s", c.a, c.at, err, c.want)
		}
	}
	if _, err := k.Grant(Ticket{}, time.Hour, noon); err == nil {
		t.Error("a pass is granted for nothing")
	}
	if (Ask{FormWork, 10}).Tries() != 1024 || (Ask{FormWait, 10}).Tries() != 0 {
		t.Error("the tries are wrong")
	}
}

func TestASeedDoesNotPrint(t *testing.T) {
	s := seed(t, 0x41)
	k := keys(t, 0x41)
	secret := strings.Repeat("A", 8)
	for _, f := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d"} {
		for _, v := range []any{s, &s, struct{ inner Seed }{s}, k} {
			if text := fmt.Sprintf(f, v); strings.Contains(text, secret) || strings.Contains(text, "41414141") || strings.Contains(text, "65 65 65") {
				t.Errorf("%s prints %s", f, text)
			}
		}
	}
	if b, err := json.Marshal(s); err != nil || strings.Contains(string(b), secret) {
		t.Errorf("as JSON: %s, %v", b, err)
	}
	for _, bad := range [][]byte{nil, make([]byte, 31), make([]byte, 65)} {
		if _, err := NewSeed(bad); err == nil {
			t.Errorf("a seed of %d bytes is taken", len(bad))
		}
	}
	for _, seeds := range [][]Seed{nil, {{}}, {s, s}, make([]Seed, 5)} {
		if _, err := NewKeys(seeds...); err == nil {
			t.Errorf("%v are taken", seeds)
		}
	}
}

func TestTheSumIsThatOfHMAC(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key"))
		message := rapid.SliceOfN(rapid.Byte(), 0, mostMessage).Draw(t, "message")
		m := newMAC(key)
		h := hmac.New(sha256.New, key[:])
		h.Write(message)
		if got := m.sum(message); got != [32]byte(h.Sum(nil)) {
			t.Fatalf("%x", got)
		}
	})
}

// TestTheFormsStay: tokens and cookies of a fleet in which two versions run have to be the same.
func TestTheFormsStay(t *testing.T) {
	k := keys(t, 1)
	token := issued(t, k, alice, Ask{FormWork, 4}, 0x0102030405060708, noon)
	p := granted(t, k, alice, 5, time.Hour, noon)
	got := token + " " + string(p.value[:])
	if want := wantForms; got != want {
		t.Errorf("the forms are\n%s, want\n%s", got, want)
	}
	if p.String() != "work 4 until "+noon.Add(time.Hour).Format(time.RFC3339) {
		t.Error(p.String())
	}
	if DomainOf("Shop.Example.") != shop || DomainOf("shop.example.com") == shop {
		t.Error("a name does not stand for what it should")
	}
}

const wantForms = "EQRnAaMYXFAAAgMEBQYHCKBJ7AJz2l0SaynZLnaQwwQ IWcgo-WO7K8G0Jzjm_P8IHPxkqi87YIpLv-h2oRgvf3no2t3soxOtNe3HIj-EtTVD5A"
