package suspect_test

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

func TestPathsBecomeTemplates(t *testing.T) {
	shaper := suspect.NewShaper(key)
	for _, c := range []struct{ path, query, want string }{
		{"/", "", "/"},
		{"", "", "/"},
		{"/article/4711", "", "/article/#"},
		{"/user/12/profile", "", "/user/#/profile"},
		{"/item-12-of-300", "", "/item-#-of-#"},
		{"/v2/page7.html", "", "/v#/page#.html"},
		{"/o/550e8400-e29b-41d4-a716-446655440000", "", "/o/~"},
		{"/static/9f86d081.css", "", "/static/~.css"},
		{"/s/a1b2c3d4", "", "/s/~"},
		{"/t/x9k2m4p7.js", "", "/t/~.js"},
		{"/t/app-1f86d081.min.js", "", "/t/app-~.min.js"},
		{"/2026-11-28", "", "/#-#-#"},
		{"/how-to-write-a-very-long-title-of-a-page", "", "/+"},
		{"/a/b/c/d/e/f/g", "", "/a/b/c/d/e/*"},
		{"/search", "q=flood&page=2", "/search?q&page"},
		{"/", "8890121518", "/?#"},
		{"/x", "a=1&b=2&c=3&d=4&e=5", "/x?a&b&c&d&*"},
		{"//", "", "//"},
		{"/\x00\xff", "=", "/???"},
		{"/" + strings.Repeat("ab/", 40), "", "/ab/ab/ab/ab/ab/*"},
		{"/" + strings.Repeat("x", 5000), "", "/+"},
	} {
		s := shaper.Of(c.path, c.query)
		if got := s.String(); got != c.want {
			t.Errorf("%.40q ? %.40q is %q; expected %q", c.path, c.query, got, c.want)
		}
	}
	if shaper.Of("/article/1", "") != shaper.Of("/article/22", "") || shaper.Of("/a", "") == shaper.Of("/b", "") {
		t.Error("pages of one kind differ, or of two are one")
	}
}

func FuzzShape(f *testing.F) {
	f.Add("/article/4711", "q=1&page=2")
	f.Add("/\x00//..%2f", "&&=&=")
	f.Add("/static/9f86d081.css", "")
	shaper := suspect.NewShaper(key)
	f.Fuzz(func(t *testing.T, path, query string) {
		s := shaper.Of(path, query)
		text := s.String()
		if text == "" || text[0] != '/' || len(text) > 47 || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Errorf("the template is %q", text)
		}
		if strings.ContainsAny(text, "0123456789") && !strings.Contains(path+query, ".") { // an ending of a name may have some
			t.Errorf("the template %q has digits", text)
		}
		if s != shaper.Of(path, query) {
			t.Error("the same path has two templates")
		}
	})
}

// TestNobodyMakesManyKindsOfPages: whoever asks for everything has it all in a few classes.
func TestNobodyMakesManyKindsOfPages(t *testing.T) {
	d := newDomain(7)
	classes, busts := map[suspect.Class]bool{}, 0
	for range 20_000 {
		s := d.shaper.Of("/"+word(d)+"/"+word(d), word(d)+"="+word(d))
		c, _ := d.habit.Class(&s)
		classes[c] = true
		s = d.shaper.Of("/search", word(d)+"=1")
		c, b := d.habit.Class(&s)
		classes[c] = true
		if b {
			busts++
		}
	}
	if len(classes) > 20 || busts < 19_900 {
		t.Errorf("%d classes, and %d of 20,000 queries count as unusual", len(classes), busts)
	}
	for range 100_000 { // even where it is taken for calm
		v := d.visit()
		d.asks(&v, "/"+word(d), "", 1)
		d.habit.Note(&v)
	}
	known := d.shaper.Of("/article/12", "")
	if c, _ := d.habit.Class(&known); d.shaper.Of("/article/7", "") != known || c == suspect.Elsewhere {
		t.Error("what was usual before is not any more")
	}
}
