package site_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

func TestAHostFindsItsSite(t *testing.T) {
	d := directory(t, plain("exact", "a.example.org"), plain("wild", "*.example.org"), plain("deep", "*.b.example.org"), plain("local", "localhost"),
		plain("book", "xn--bcher-kva.example"))
	for _, c := range []struct {
		host, id string
		is       site.Host
	}{
		{"a.example.org", "exact", site.Named},
		{"A.Example.ORG", "exact", site.Named},
		{"a.example.org.", "exact", site.Named},
		{"a.example.org:443", "exact", site.Named},
		{"a.example.org.:8443", "exact", site.Named},
		{"a.example.org:", "exact", site.Named},
		{"c.example.org", "wild", site.Named},
		{"b.example.org", "wild", site.Named},
		{"c.b.example.org:80", "deep", site.Named},
		{"XN--bcher-kva.example", "book", site.Named},
		{"c.a.example.org", "", site.Named},
		{"example.org", "", site.Named},
		{"localhost:8080", "local", site.Named},
		{"a.example.com", "", site.Named},
		{"_dmarc.example.org", "wild", site.Named},
		{"", "", site.Missing},
		{"192.0.2.1", "", site.Literal},
		{"192.0.2.1.", "", site.Literal},
		{"192.0.2.1:443", "", site.Literal},
		{"[2001:db8::1]:443", "", site.Literal},
		{"[::1]", "", site.Literal},
		{"::1", "", site.Literal},
		{"2130706433", "", site.Literal},
		{"0x7f.1", "", site.Literal},
		{"0X7F000001", "", site.Literal},
		{"fe80::1%eth0", "", site.Literal},
		{"*.example.org", "", site.Malformed},
		{"a..example.org", "", site.Malformed},
		{".example.org", "", site.Malformed},
		{"a.example.org..", "", site.Malformed},
		{"-a.example.org", "", site.Malformed},
		{"a-.example.org", "", site.Malformed},
		{"a.example.org-", "", site.Malformed},
		{"a.example.org:443x", "", site.Malformed},
		{"a.example.org:65536", "", site.Malformed},
		{"a.example.org:443:1", "", site.Malformed},
		{"a.example.org/x", "", site.Malformed},
		{"u@a.example.org", "", site.Malformed},
		{"a example.org", "", site.Malformed},
		{"bücher.example", "", site.Malformed},
		{"[::1", "", site.Malformed},
		{"[::1]x", "", site.Malformed},
		{"[a.example.org]", "", site.Malformed},
		{":443", "", site.Malformed},
		{".", "", site.Malformed},
		{strings.Repeat("a", 64) + ".example.org", "", site.Malformed},
		{strings.Repeat("a", 63) + ".example.org", "wild", site.Named},
		{strings.Repeat("a.", 127) + "org", "", site.Malformed},
	} {
		t.Run(c.host, func(t *testing.T) {
			s, is := d.Find(c.host)
			id := ""
			if s != nil {
				id = string(s.ID)
			}
			if id != c.id || is != c.is {
				t.Errorf("found %q, a host that is %s; expected %q, %s", id, is, c.id, c.is)
			}
			if same, ok := d.Of(c.host); same != s || ok != (s != nil) {
				t.Errorf("Of says something else than Find: %v %t", same, ok)
			}
		})
	}
}

func TestTwoSitesNeverHoldOneName(t *testing.T) {
	d := directory(t, plain("b", "b.example.org", "shared.example.org"))
	_, err := d.With([]site.Site{plain("a", "a.example.org", "shared.example.org")}, nil)
	if evenkeel.KindOf(err) != evenkeel.KindConflict || err.Error() != `the sites "a" and "b" both claim the name shared.example.org` {
		t.Errorf("the error is %v", err)
	}
	if _, ok := d.Of("a.example.org"); ok || d.Len() != 1 {
		t.Error("a part of what failed is in the directory")
	}
	// In one step a name may pass on, whoever stands first.
	next, err := d.With([]site.Site{plain("a", "shared.example.org"), plain("b", "b.example.org")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s, _ := next.Of("shared.example.org"); s == nil || s.ID != "a" {
		t.Errorf("the name went to %v", s)
	}
	if s, _ := d.Of("shared.example.org"); s == nil || s.ID != "b" {
		t.Errorf("the directory before it changed: %v", s)
	}
	if next, err = d.With([]site.Site{plain("a", "shared.example.org")}, []site.ID{"b", "nobody"}); err != nil || next.Len() != 1 {
		t.Errorf("a site that goes keeps its name: %v", err)
	}
}

func TestWhatIsNoSiteIsNotTaken(t *testing.T) {
	d := directory(t, plain("a", "a.example.org"))
	for name, c := range map[string]struct {
		changed []site.Site
		gone    []site.ID
		says    string
	}{
		"an address for a name":  {[]site.Site{plain("b", "192.0.2.1")}, nil, `site "b": names[0]: "192.0.2.1" is an address; expected a name`},
		"a name in capitals":     {[]site.Site{plain("b", "B.example.org")}, nil, `site "b": names[0]: "B.example.org" is not the normal form; write b.example.org`},
		"twice":                  {[]site.Site{plain("b", "b.example.org"), plain("b", "c.example.org")}, nil, `the site "b" is given twice; expected once, changed or gone`},
		"changed and gone":       {[]site.Site{plain("b", "b.example.org")}, []site.ID{"b"}, `the site "b" is given twice; expected once, changed or gone`},
		"two that are no sites":  {[]site.Site{plain("c"), plain("b")}, nil, `site "b": names: there are 0; expected 1 to 100; and 1 more like it`},
		"nothing but its zero":   {[]site.Site{{}}, nil, `site "": site: it is empty; expected 1 to 256 bytes`},
		"a name and a name more": {[]site.Site{plain("b", "b.example.org", "b.example.org")}, nil, `site "b": names[1]: b.example.org is there twice`},
	} {
		t.Run(name, func(t *testing.T) {
			n, err := d.With(c.changed, c.gone)
			if n != nil || evenkeel.KindOf(err) != evenkeel.KindInvalid || err.Error() != c.says {
				t.Errorf("the error is %v; expected %s", err, c.says)
			}
		})
	}
}

// TestTheOrderOfApplicationDoesNotShow applies changes in one step, one by one in any order, and in
// steps: what is found is the same, and what fails fails with the same words.
func TestTheOrderOfApplicationDoesNotShow(t *testing.T) {
	names := []string{"a.example.org", "b.example.org", "*.example.org", "c.b.example.org", "*.b.example.org", "d.example", "e.example", "f.example"}
	rapid.Check(t, func(t *rapid.T) {
		var sites []site.Site
		free := slices.Clone(names)
		clash := rapid.Bool().Draw(t, "names may clash")
		for i := range rapid.IntRange(1, 5).Draw(t, "sites") {
			var own []string
			for range rapid.IntRange(1, 2).Draw(t, "names") {
				if len(free) == 0 {
					break
				}
				j := rapid.IntRange(0, len(free)-1).Draw(t, "name")
				own = append(own, free[j])
				if !clash {
					free = slices.Delete(free, j, j+1)
				}
			}
			if len(own) > 0 {
				slices.Sort(own)
				sites = append(sites, plain(fmt.Sprint(i), slices.Compact(own)...))
			}
		}
		before := directoryOf(t, plain("x", "d.example", "x.example"), plain("y", "e.example"))
		gone := []site.ID{"x", "y"}
		once, err := before.With(sites, gone)
		shuffled := rapid.Permutation(sites).Draw(t, "order")
		again, err2 := before.With(shuffled, []site.ID{"y", "x"})
		if fmt.Sprint(err) != fmt.Sprint(err2) {
			t.Fatalf("in one order it says %v, in another %v", err, err2)
		}
		if err != nil {
			return
		}
		steps, err := before.With(nil, gone)
		for _, s := range shuffled {
			if err == nil {
				steps, err = steps.With([]site.Site{s}, nil)
			}
		}
		if err != nil {
			t.Fatalf("one by one: %v", err)
		}
		if want := found(once); !maps.Equal(found(again), want) || !maps.Equal(found(steps), want) || again.Len() != len(sites) || steps.Len() != len(sites) {
			t.Fatalf("found %v; %v; %v", want, found(again), found(steps))
		}
		if s, _ := before.Of("d.example"); s == nil || s.ID != "x" || before.Len() != 2 {
			t.Fatal("the directory before it changed")
		}
	})
}

func directoryOf(t *rapid.T, sites ...site.Site) *site.Directory {
	d, err := new(site.Directory).With(sites, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// found is which site each host finds.
func found(d *site.Directory) map[string]site.ID {
	out := map[string]site.ID{}
	for _, host := range []string{"a.example.org", "b.example.org", "z.example.org", "c.b.example.org", "z.b.example.org", "d.example", "e.example", "f.example", "x.example", "z.z"} {
		if s, ok := d.Of(host); ok {
			out[host] = s.ID
		}
	}
	for _, s := range d.All() {
		out["id "+string(s.ID)] = s.ID
		if same, ok := d.Site(s.ID); !ok || same != s {
			out["id "+string(s.ID)] = "lost"
		}
	}
	return out
}

func TestLookingUpAllocatesNothing(t *testing.T) {
	d := directory(t, many(2000)...)
	for _, host := range []string{"app7.example.org", "WWW.App1999.Example.org.:443", "nobody.example.com", "192.0.2.1:80", "[::1]:80", "a..b", strings.Repeat("a.", 126) + "b"} {
		if n := testing.AllocsPerRun(100, func() { d.Of(host) }); n != 0 {
			t.Errorf("%s: %v allocations", host, n)
		}
	}
	p := site.Paths{API: []string{"/api/*"}}
	if n := testing.AllocsPerRun(100, func() { p.Of("/api/a%20b") }); n != 0 {
		t.Errorf("a path: %v allocations", n)
	}
}

// FuzzOf: whatever a host is, it is found as its normal name is, or as nothing.
func FuzzOf(f *testing.F) {
	for _, s := range []string{"a.example.org", "A.example.org.:443", "*.example.org", "[::1]:80", "::1", "0x7f.1", "bücher.example", "xn--a", "a..b", ":", "a.example.org:99999", "-", "a_b.example.org"} {
		f.Add(s)
	}
	d, err := new(site.Directory).With([]site.Site{plain("exact", "a.example.org"), plain("wild", "*.example.org"), plain("top", "localhost")}, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, host string) {
		s, is := d.Find(host)
		if s != nil && is != site.Named {
			t.Fatalf("%q is %s and finds %s", host, is, s.ID)
		}
		if name, err := site.Name(host); err == nil {
			if again, err := site.Name(name); err != nil || again != name {
				t.Fatalf("%q becomes %q, and that %q, %v", host, name, again, err)
			}
			if plain := strings.TrimPrefix(name, "*."); plain == name {
				same, is2 := d.Find(name)
				if same != s || is2 != is || is != site.Named {
					t.Fatalf("%q finds %v, %q finds %v", host, s, name, same)
				}
			}
		}
		if s != nil && s.ID == "wild" && !strings.HasSuffix(strings.ToLower(strings.TrimRight(host, ".:0123456789")), ".example.org") {
			t.Fatalf("%q finds the wildcard", host)
		}
	})
}
