package webhook

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestAnAddressThatSomebodyElseNames(t *testing.T) {
	for _, c := range []struct{ name, address, says string }{
		{"https", "https://hooks.raisup.example/evenkeel?to=ops", ""},
		{"a port", "https://hooks.raisup.example:8443/", ""},
		{"a path as it is escaped", "https://hooks.raisup.example/%23%40", ""},
		{"no TLS", "http://hooks.raisup.example/", `begins with "http"; expected https://`},
		{"no TLS on this machine", "http://127.0.0.1/", `begins with "http"; expected https://`},
		{"a file", "file:///etc/passwd", `begins with "file"; expected https://`},
		{"nothing", "", `begins with ""; expected https://`},
		{"a path alone", "/evenkeel", `begins with ""; expected https://`},
		{"a mail address", "mailto:owner@raisup.example", "it is no address"},
		{"no host", "https:///evenkeel", "names no host"},
		{"a port without a host", "https://:443/", "names no host"},
		{"no slashes", "https:hooks.raisup.example", "it is no address"},
		{"a user", "https://me:geheim@hooks.raisup.example/", "holds a user"},
		{"an empty user", "https://@hooks.raisup.example/", "holds a user"},
		{"a fragment", "https://hooks.raisup.example/#top", "holds a fragment"},
		{"an empty fragment", "https://hooks.raisup.example/#", "holds a fragment"},
		{"a line break", "https://hooks.raisup.example/\r\nHost:x", "a space, a backslash"},
		{"a backslash", `https://hooks.raisup.example\@10.0.0.1/`, "a space, a backslash"},
		{"a name beyond ASCII", "https://höst.example/", "xn--"},
		{"what cannot be parsed", "https://hooks.raisup.example/%zz", "it is no address"},
		{"one that is too long", "https://x.example/" + strings.Repeat("a", MaxAddress), "expected at most 1024"},
	} {
		err := CheckAddress(c.address)
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; expected %q", c.name, err, c.says)
		}
		if err != nil && strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: the error quotes the address: %v", c.name, err)
		}
	}
}

// FuzzAddress: what is taken is a request to one https host, and nothing else.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{"https://a.example/x", "https://u@a.example", "https://[::1]:1/", "https:a", "https://a#b", "//a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if CheckAddress(s) != nil {
			return
		}
		u, err := url.Parse(s)
		if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.Fragment != "" || len(s) > MaxAddress {
			t.Fatalf("%q is taken: %+v, %v", s, u, err)
		}
		if req, err := http.NewRequest(http.MethodPost, s, nil); err != nil || strings.ContainsAny(req.URL.RequestURI(), "\r\n ") {
			t.Fatalf("%q is taken, and makes %v, %v", s, req, err)
		}
	})
}

// TestKeysOfTheirOwn: one tenant's secret verifies nothing of another's, nor of the one that it comes from, and
// whoever has one knows no other. While the master is changed, each signs.
func TestKeysOfTheirOwn(t *testing.T) {
	master := keys(t, longText, shortText)
	sign := func(k Keys) http.Header {
		t.Helper()
		h := http.Header{}
		if err := k.Sign(h, "nm-1", signedAt, []byte("{}")); err != nil {
			t.Fatal(err)
		}
		return h
	}
	verifies := func(k Keys, h http.Header) bool {
		_, err := k.Verify(h, []byte("{}"), signedAt)
		return err == nil
	}
	mine := master.For("raisup", "https://a.example/")
	if len(mine) != 2 || !verifies(master.For("raisup", "https://a.example/"), sign(mine)) {
		t.Error("the same parts give other keys")
	}
	for name, k := range map[string]Keys{
		"the master's": master, "another tenant's": master.For("acme", "https://a.example/"), "another endpoint's": master.For("raisup", "https://b.example/"),
		"one whose parts run together": master.For("raisuph", "ttps://a.example/"), "one part": master.For("raisuphttps://a.example/"),
	} {
		if verifies(k, sign(mine)) || verifies(mine, sign(k)) {
			t.Errorf("%s keys are the same", name)
		}
	}
	if old := (master[1:]).For("raisup", "https://a.example/"); !verifies(old, sign(mine)) || !verifies(mine[:1], sign(mine)) || verifies(old, sign(mine[:1])) {
		t.Error("while the secret is changed not both sign")
	}
	if err := (Keys{{}}).For("raisup").Sign(http.Header{}, "nm-1", signedAt, nil); err == nil {
		t.Error("a key that is empty gives one that signs")
	}
}
