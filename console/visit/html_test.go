package visit_test

import (
	"strings"

	"golang.org/x/net/html"
)

// checkHTML wants a page to be whole: each id once, what is pointed at there, every field with a
// label, one h1, one main, and no script.
func checkHTML(t interface {
	Helper()
	Errorf(string, ...any)
}, page string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Errorf("the page cannot be parsed: %v", err)
		return
	}
	ids, labels, count := map[string]int{}, map[string]bool{}, map[string]int{}
	var fields, pointed []string
	walk(root, func(n *html.Node) {
		a := map[string]string{}
		for _, x := range n.Attr {
			a[x.Key] = x.Val
			if strings.HasPrefix(x.Key, "on") || x.Key == "style" {
				t.Errorf("<%s> has %s", n.Data, x.Key)
			}
		}
		count[n.Data]++
		if id := a["id"]; id != "" {
			ids[id]++
		}
		switch n.Data {
		case "label":
			labels[a["for"]] = true
		case "input", "textarea", "select":
			if a["type"] != "hidden" {
				fields = append(fields, a["id"])
			}
		}
		for _, key := range []string{"aria-labelledby", "aria-describedby"} {
			pointed = append(pointed, strings.Fields(a[key])...)
		}
		if to, ok := strings.CutPrefix(a["href"], "#"); ok {
			pointed = append(pointed, to)
		}
	})
	for id, n := range ids {
		if n > 1 {
			t.Errorf("the id %s stands %d times", id, n)
		}
	}
	for _, id := range pointed {
		if ids[id] == 0 {
			t.Errorf("%s is pointed at and is not there", id)
		}
	}
	for _, id := range fields {
		if id == "" || !labels[id] {
			t.Errorf("the field %q has no label", id)
		}
	}
	if count["h1"] != 1 || count["main"] != 1 || count["script"] != 0 {
		t.Errorf("the page has %d h1, %d main, %d scripts", count["h1"], count["main"], count["script"])
	}
}

func walk(n *html.Node, f func(*html.Node)) {
	if n.Type == html.ElementNode {
		f(n)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, f)
	}
}
