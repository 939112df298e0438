package console

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/evenkeel/evenkeel/judge/docket"
)

// sent is what a browser sends of the form on a page when nobody touches it.
func sent(t *testing.T, body string) url.Values {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	out := url.Values{}
	for n := range doc.Descendants() {
		if name := attr(n, "name"); n.Type == html.ElementNode && name != "" && inForm(n, "/act") {
			if value, is := control(n); is {
				out.Set(name, value)
			}
		}
	}
	return out
}

// control is what a browser sends of a field, and whether it sends anything.
func control(n *html.Node) (value string, is bool) {
	switch kind := attr(n, "type"); {
	case n.Data == "select":
		for i, o := range slices.Collect(options(n)) {
			if marked(o, "selected") || i == 0 {
				value = attr(o, "value")
			}
		}
		return value, true
	case n.Data == "textarea" && n.FirstChild != nil:
		return n.FirstChild.Data, true
	case n.Data == "textarea":
		return "", true
	case kind == "radio" || kind == "checkbox":
		return attr(n, "value"), marked(n, "checked")
	}
	return attr(n, "value"), n.Data == "input"
}

func options(n *html.Node) func(func(*html.Node) bool) {
	return func(yield func(*html.Node) bool) {
		for o := range n.Descendants() {
			if o.Type == html.ElementNode && o.Data == "option" && !yield(o) {
				return
			}
		}
	}
}

func inForm(n *html.Node, to string) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == "form" {
			return strings.HasSuffix(attr(p, "action"), to)
		}
	}
	return false
}

func marked(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// press opens a case, chooses an act, answers every point and changes nothing else but more, and
// sends the form. It returns what was done, and the page where nothing was.
func (w *world) press(t *testing.T, c, act string, more ...string) (*docket.Act, string) {
	t.Helper()
	f := sent(t, w.get(t, annasToken, "/case/"+c).Body.String())
	if chosen := f.Get("act"); chosen != "" {
		t.Errorf("%q is chosen before anybody has chosen", chosen)
	}
	f.Set("act", act)
	f.Set("reason", "It is fine.")
	for n := 1; n <= len(miningCriteria); n++ {
		f.Set(fmt.Sprintf("speaks-%d", n), string(docket.SpeaksFor))
		f.Set(fmt.Sprintf("note-%d", n), "They asked before.")
	}
	for i := 0; i+1 < len(more); i += 2 {
		f.Set(more[i], more[i+1])
	}
	got := w.ask(t, annasToken, http.MethodPost, "/case/"+c+"/act", f)
	if len(w.acts) == 0 {
		return nil, got.Body.String()
	}
	return &w.acts[len(w.acts)-1], ""
}
