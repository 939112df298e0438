package site_test

import (
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

func TestADocumentIsRead(t *testing.T) {
	got, err := site.Parse("sites.yaml", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	at, _ := evenkeel.ParseMoment("2026-11-28T10:00:00Z")
	want := site.Site{
		ID: "shop", Tenant: "t-17", Asset: "domain/shop.example.org",
		Names: []string{"shop.example.org", "*.shop.example.org", "xn--bcher-kva.example"},
		Backends: []site.Backend{
			{Address: "10.0.0.5:8080", Check: "/healthz", Weight: 2},
			{Secure: true, Address: "app.internal:443", Name: "shop.internal", HTTP2: true, Weight: 1},
		},
		Health:   site.Health{Interval: 5 * time.Second, Timeout: time.Second, Rise: 3, Fall: 2, Low: 200, High: 299},
		Timeouts: site.Timeouts{Connect: time.Second, Answer: 30 * time.Second, Idle: 5 * time.Minute},
		Retries:  2, Connections: 100, Weight: 3,
		Certificates: site.Certificates{Files: []site.KeyPair{{Certificate: "/etc/evenkeel/shop.pem", Key: "/etc/evenkeel/shop.key"}}},
		Paths:        site.Paths{Health: []string{"/ping"}, Feeds: []string{"/feed.xml"}, API: []string{"/api/*"}},
		Allowed:      []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::1/128")},
		Attack:       site.Attack{Highest: site.Proof, Budget: site.Budget{CPU: 30 * time.Second, Bytes: 1_000_000, Backend: 10 * time.Minute}, Beyond: site.Queue, Rules: site.Shadow},
		Maintenance:  map[string]string{"en": "We are back soon.", "ja": "すぐに戻ります。"},
		Updates:      []site.Update{{At: at, Says: map[string]string{"en": "The disk is being replaced."}}},
	}
	if len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("read\n%+v\nexpected\n%+v", got, want)
	}
}

const short = "site: a\ntenant: t\nasset: d\nnames: [a.example.org]\nbackends: [{url: \"http://10.0.0.1\"}]\n"

func TestWhatIsNotWrittenHasItsDefault(t *testing.T) {
	got, err := site.Parse("s", []byte(short+"health: {interval: 1s}\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := site.Default()
	want.ID, want.Tenant, want.Asset, want.Names = "a", "t", "d", []string{"a.example.org"}
	want.Backends = []site.Backend{{Address: "10.0.0.1:80", Weight: 1}}
	want.Health.Interval, want.Health.Timeout = time.Second, time.Second // no longer than the interval
	if !reflect.DeepEqual(got[0], want) {
		t.Errorf("read\n%+v\nexpected\n%+v", got[0], want)
	}
}

func TestAFaultSaysWhereAndWhatToWrite(t *testing.T) {
	for name, c := range map[string]struct{ document, says string }{
		"an unknown key":               {short + "retrys: 1\n", `s:6:1: unknown key "retrys"; did you mean "retries"?`},
		"a stage that is none":         {short + "attack: {highest: prof}\n", `s:6:19: "prof" is no stage; did you mean proof?`},
		"a stage far from any":         {short + "attack: {beyond: burn}\n", `s:6:18: "burn" is no stage; expected one of observe, filter, cookie, proof, queue, page`},
		"milder beyond the budget":     {short + "attack: {highest: queue, beyond: cookie}\n", "s:6:34: cookie is milder than queue; expected queue or one after it: beyond the budget nothing gets milder"},
		"a name that is not ASCII":     {strings.Replace(short, "a.example.org", "Bücher.example", 1), `s:4:9: "Bücher.example" is not ASCII; write its A-label: xn--bcher-kva.example`},
		"a wildcard in capitals":       {strings.Replace(short, "a.example.org", `"*.bücher.example"`, 1), `s:4:9: "*.bücher.example" is not ASCII; write its A-label: *.xn--bcher-kva.example`},
		"an A-label that is none":      {strings.Replace(short, "a.example.org", "xn--zzzz--.example.org", 1), "s:4:9: "},
		"an address for a name":        {strings.Replace(short, "a.example.org", "10.0.0.1", 1), `s:4:9: "10.0.0.1" is an address; expected a name`},
		"a wildcard of everything":     {strings.Replace(short, "a.example.org", `"*.org"`, 1), `s:4:9: "*.org" would stand for everything below org; expected two labels or more after *.`},
		"a wildcard within":            {strings.Replace(short, "a.example.org", `a.*.org`, 1), `s:4:9: "a.*.org": a * stands for one whole label, the first: *.example.org`},
		"a backend elsewhere":          {strings.Replace(short, "http://10.0.0.1", "ftp://10.0.0.1", 1), `s:5:18: the scheme is "ftp", expected http or https; expected a URL such as http://10.0.0.5:8080 or https://app.internal`},
		"a backend with a path":        {strings.Replace(short, "http://10.0.0.1", "http://10.0.0.1/app", 1), `s:5:18: "http://10.0.0.1/app" has more than a host and a port; requests keep their own path; expected a URL such as http://10.0.0.5:8080 or https://app.internal`},
		"no backend":                   {strings.Replace(short, `[{url: "http://10.0.0.1"}]`, "[]", 1), "s:5:11: there are 0; expected 1 to 64"},
		"a backend of all addresses":   {strings.Replace(short, "10.0.0.1", "0.0.0.0", 1), `s:5:18: the host "0.0.0.0" is neither a name nor an address`},
		"a check longer than waited":   {short + "health: {interval: 1s, timeout: 2s}\n", "s:6:33: it is 2s; expected 100ms to 1s"},
		"a status that is none":        {short + "health: {status: ok}\n", `s:6:18: "ok" is no status; expected one such as 204, or a range such as 200-399`},
		"statuses upside down":         {short + "health: {status: 300-200}\n", "s:6:18: it is 300-200; expected a status from 200 to 599, such as 204, or a range such as 200-399"},
		"too many retries":             {short + "retries: 9\n", "s:6:10: it is 9; expected 0 to 3"},
		"every path":                   {short + "paths: {api: [/*]}\n", `s:6:15: "/*" is every path, and would leave the site without a challenge; expected a path that begins with /, such as /api/*`},
		"a path with dots":             {short + "paths: {api: [/api/../*]}\n", `s:6:15: "/api/../*" is no such path; expected a path such as /healthz or, with all below it, /api/*, escaped as in a URL, without dot segments and query`},
		"a network with more bits":     {short + "allowed: [192.0.2.1/24]\n", "s:6:11: 192.0.2.1/24 has bits beyond its length; write 192.0.2.0/24"},
		"all addresses":                {short + "allowed: [0.0.0.0/0]\n", "s:6:11: 0.0.0.0/0 is no network; expected one such as 192.0.2.0/24 or 2001:db8::/32, and not all addresses"},
		"ACME for a wildcard":          {strings.Replace(short, "a.example.org", `"*.example.org"`, 1) + "certificates: {acme: true}\n", "s:6:22: a wildcard is not issued for what an edge can show by itself (RFC 8555 section 8.3); name the hosts, or give a certificate as files"},
		"a text that is long":          {short + "maintenance: {en: " + strings.Repeat("a", site.MaxText+1) + "}\n", "s:6:19: the text has 2001 bytes; expected at most 2000"},
		"a text turned round":          {short + "maintenance: {en: \"a\\u202eb\"}\n", "s:6:19: the text has a character that is not shown; expected plain text with line breaks"},
		"a language that is none":      {short + "maintenance: {English: hello}\n", `s:6:14: "English" is no language (BCP 47); expected a tag such as en, ja or pt-br`},
		"updates upside down":          {short + "updates: [{at: 2026-01-02T00:00:00Z, says: {en: b}}, {at: 2026-01-01T00:00:00Z, says: {en: a}}]\n", "s:6:59: it is older than the one before it; the newest stands last"},
		"a site twice":                 {short + "---\n" + strings.Replace(short, "a.example.org", "b.example.org", 1), `s:7:7: the site "a" is there twice, first on line 1`},
		"a name of two sites":          {short + "---\n" + strings.Replace(short, "site: a", "site: b", 1), `s:10:9: the sites "a" and "b" both claim the name a.example.org, the other one on line 4; a name is one site's`},
		"rules of a mode that is none": {short + "attack: {rules: shade}\n", `s:6:17: "shade" is neither; expected live or shadow`},
		"a budget below nothing":       {short + "attack: {budget: {backend: -1s}}\n", "s:6:28: it is -1s; expected 0s to 10000h0m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := site.Parse("s", []byte(c.document))
			if got != nil || err == nil || evenkeel.KindOf(err) != evenkeel.KindInvalid {
				t.Fatalf("read %v, error %v", got, err)
			}
			if !strings.HasPrefix(err.Error(), c.says) || !strings.HasSuffix(c.says, ": ") && err.Error() != c.says {
				t.Errorf("says\n%s\nexpected\n%s", err, c.says)
			}
		})
	}
}

func TestTheAddressOfABackendIsMadeWhole(t *testing.T) {
	for url, want := range map[string]string{
		"http://app": "app:80", "https://App.Internal.": "app.internal:443", "http://[2001:DB8::1]": "[2001:db8::1]:80", "https://[::1]:8443/": "[::1]:8443", "http://10.0.0.1:81": "10.0.0.1:81",
		"http://": "", "http://a:0": "", "http://a:65536": "", "http://a:080": "", "http://[fe80::1%25eth0]": "", "http://[::]": "", "http://2130706433": "", "http://a b": "", "//a": "", "http://[::1": "",
	} {
		got, err := site.Parse("s", []byte(strings.Replace(short, "http://10.0.0.1", url, 1)))
		if (err != nil) != (want == "") || err == nil && got[0].Backends[0].Address != want {
			t.Errorf("%s: %v %v", url, got, err)
		}
	}
}

func TestASecretInTheAddressOfABackendIsNotRepeated(t *testing.T) {
	for _, url := range []string{"http://me:hunter2@10.0.0.1", "http://me:hunter2%@10.0.0.1"} {
		_, err := site.Parse("s", []byte(strings.Replace(short, "http://10.0.0.1", url, 1)))
		if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "password") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestAllFaultsAreToldAtOnceAndInOrder(t *testing.T) {
	_, err := site.Parse("s", []byte("site: a\ntenant: t\nasset: d\nnames: [10.0.0.1, a b]\nbackends: [{url: 'http://10.0.0.1', weight: 0}]\nretries: 9\nweight: 0\n"))
	list, ok := errors.AsType[strict.Errors](err)
	if !ok || len(list) != 5 {
		t.Fatalf("says %v", err)
	}
	for i, line := range []int{4, 4, 5, 6, 7} {
		if list[i].Line != line {
			t.Errorf("fault %d is on line %d, expected %d: %v", i, list[i].Line, line, list[i])
		}
	}
}

func TestAPathThatLooksLikeAnotherIsForPeople(t *testing.T) {
	p := site.Paths{Health: []string{"/ping"}, Feeds: []string{"/feed.xml", "/tags/*"}, API: []string{"/api/*"}}
	for path, want := range map[string]site.Purpose{
		"/ping": site.ForMonitor, "/feed.xml": site.ForReader, "/tags/a/feed": site.ForReader, "/api/v1/x": site.ForProgram, "/api/": site.ForProgram,
		"/api/a%20b": site.ForProgram, "/api/a.b..c": site.ForProgram,
		"/": site.ForPeople, "/api": site.ForPeople, "/apix": site.ForPeople, "/ping/": site.ForPeople, "/feed.xmlx": site.ForPeople,
		"/api/../login": site.ForPeople, "/api/..": site.ForPeople, "/api/./x": site.ForPeople, "/api//login": site.ForPeople, "/api/%2e%2E/login": site.ForPeople,
		"/api/..%2flogin": site.ForPeople, "/api/..;/login": site.ForPeople, `/api/..\login`: site.ForPeople, "/api/%5c": site.ForPeople, "/api/%252e": site.ForPeople,
		"/api/%00": site.ForPeople, "/api/%zz": site.ForPeople, "/api/%2": site.ForPeople, "/api/x%3by": site.ForPeople,
	} {
		if got := p.Of(path); got != want {
			t.Errorf("%s is for %d, expected %d", path, got, want)
		}
	}
}

// FuzzParse: no panic, and either faults inside the file or sites that a Directory takes.
func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte(short + "---\n" + short))
	f.Add([]byte(strings.Replace(short, "a.example.org", "Bücher.example", 1)))
	f.Add([]byte(short + "allowed: [::/0, 1.2.3.4, ::ffff:1.2.3.4/120]\npaths: {api: [/%*, '*']}\nhealth: {status: 0-1}\n"))
	f.Add([]byte(strings.Replace(short, "http://10.0.0.1", "http://[::1%25eth0]:99999", 1)))
	f.Fuzz(func(t *testing.T, data []byte) {
		sites, err := site.Parse("f", data)
		if err != nil {
			list, ok := errors.AsType[strict.Errors](err)
			if !ok || len(list) == 0 || len(list) > 20 || sites != nil {
				t.Fatalf("%v %v", sites, err)
			}
			for _, e := range list {
				if e.Line < 1 || e.Column < 1 || e.Message == "" || e.Line > strings.Count(string(data), "\n")+strings.Count(string(data), "\r")+2 {
					t.Fatalf("a fault without a place: %+v", e)
				}
			}
			return
		}
		d, err := new(site.Directory).With(sites, nil)
		if err != nil {
			t.Fatalf("a directory does not take what was read: %v", err)
		}
		for i := range sites {
			for _, name := range sites[i].Names {
				if s, _ := d.Of(strings.Replace(name, "*", "zz", 1)); !strings.HasPrefix(name, "*.") && (s == nil || s.ID != sites[i].ID) {
					t.Fatalf("%s finds %v", name, s)
				}
			}
		}
	})
}
