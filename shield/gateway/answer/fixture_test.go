package answer

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

var noon = evenkeel.MomentOf(time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC))

const (
	workToken = "EQ4Bhq8nA1cAAAAAAAAAAcQ8xWJmTn1m0oLqk3yT7uA"
	waitToken = "EgUBhq8nA1cAAAAAAAAAAmHn5Kx3s0mWl1bYvQd9ZrE"
)

var settings = Settings{Operator: "Harbour Cloud", Contact: "help@harbour.example", Form: "https://help.harbour.example/mistake?from=edge"}

// made are the pages of all tests, made once.
var made = sync.OnceValues(func() (*Pages, error) { return New(settings) })

func pages(t testing.TB) *Pages {
	t.Helper()
	p, err := made()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// visitor is somebody with a window, in a language.
func visitor(l Lang) Visitor {
	return Visitor{Reader: Person, Askable: true, Lang: l, Host: "shop.example"}
}

var broken = Maintenance{
	Site: "shop.example", Since: noon.Add(-47 * time.Minute), Back: noon.Add(75 * time.Minute),
	Parts: []Part{{"Checkout", Down}, {"Search", Slow}, {"Orders & invoices", Up}},
	Words: "Our database in Porto is being moved to another machine.\n\nOrders that you placed before 11:00 are safe.",
	Lang:  "en",
	Updates: []Update{
		{At: noon.Add(-6 * time.Minute), Text: "The copy is complete; we are checking it."},
		{At: noon.Add(-30 * time.Minute), Text: "We found the cause: a disk that answers slowly."},
	},
}

// every is each page once, with everything on it that can be.
var every = []struct {
	name   string
	answer func(p *Pages, v Visitor) Answer
}{
	{"challenge", func(p *Pages, v Visitor) Answer {
		return p.Challenge(nil, v, Challenge{Work: workToken, Bits: 14, Wait: Patience{waitToken, 5, "/cart?item=7&size=m"}})
	}},
	{"cookie", func(p *Pages, v Visitor) Answer {
		return p.Cookie(nil, v, Patience{waitToken, 1, "/cart?item=7&size=m"})
	}},
	{"cookieless", func(p *Pages, v Visitor) Answer { return p.Cookieless(nil, v, "/cart?item=7&size=m") }},
	{"waiting", func(p *Pages, v Visitor) Answer {
		return p.Waiting(nil, v, Queue{Place: 214, Wait: 150 * time.Second, Lot: 3})
	}},
	{"unsent", func(p *Pages, v Visitor) Answer {
		v.Askable = false
		return p.Waiting(nil, v, Queue{})
	}},
	{"refusal", func(p *Pages, v Visitor) Answer {
		return p.Refusal(nil, v, Refusal{RayOf(0x5a17c03de), Failed, noon.Add(20 * time.Minute)}, noon)
	}},
	{"maintenance", func(p *Pages, v Visitor) Answer { return p.Maintenance(nil, v, Prepare(broken), noon) }},
	{"unknown", func(p *Pages, v Visitor) Answer { return p.Unknown(nil, v, false) }},
}

// header is what an answer puts into a header that is empty.
func header(a *Answer) map[string][]string {
	h := map[string][]string{}
	a.Put(h)
	return h
}

// opened is a compressed body as a client reads it.
func opened(t testing.TB, body []byte) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Multistream(false)
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// text is a body in which the style is only named, so that a golden file shows what differs.
func text(t testing.TB, body []byte) string {
	t.Helper()
	before, rest, found := strings.Cut(string(body), "<style>")
	_, behind, closed := strings.Cut(rest, "</style>")
	if !found || !closed {
		return string(body)
	}
	return before + "<style>page/style.css</style>" + behind
}
