package answer

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"pgregory.net/rapid"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/challenge"
)

// TestACompressedPageIsThePage reads each as a client does.
func TestACompressedPageIsThePage(t *testing.T) {
	p := pages(t)
	for _, c := range every {
		for l := range Lang(Langs) {
			v := visitor(l)
			a := c.answer(p, v)
			v.Gzip = true
			b := c.answer(p, v)
			if got := opened(t, b.Body); got != string(a.Body) {
				t.Errorf("%s in %s is, compressed, another page:\n%s", c.name, l, got)
			}
			if h := header(&b); !slices.Equal(h["Content-Encoding"], []string{"gzip"}) || header(&a)["Content-Encoding"] != nil {
				t.Errorf("%s in %s: what is compressed is not said", c.name, l)
			}
			if len(b.Body) >= len(a.Body)*3/4 {
				t.Errorf("%s in %s: %d bytes become %d", c.name, l, len(a.Body), len(b.Body))
			}
		}
	}
	for _, takes := range []bool{false, true} {
		a := p.Script(takes)
		body := string(a.Body)
		if takes {
			body = opened(t, a.Body)
		}
		if !strings.HasSuffix(body, string(challenge.Script)) {
			t.Errorf("the script, compressed %v, is not the work of challenges", takes)
		}
	}
}

// elements calls f for each element of a page.
func elements(t *testing.T, body string, f func(n *html.Node, attribute func(string) string)) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			f(n, func(name string) string {
				for _, a := range n.Attr {
					if a.Key == name {
						return a.Val
					}
				}
				return ""
			})
		}
	}
}

// TestAPageLoadsNothingFromElsewhere holds each page to its own policy, and to what a strict one says.
func TestAPageLoadsNothingFromElsewhere(t *testing.T) {
	p := pages(t)
	style, err := os.ReadFile("page/style.css")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(style)
	hash := "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	for _, c := range every {
		a := c.answer(p, visitor(German))
		h := header(&a)
		policy := h["Content-Security-Policy"][0]
		if !strings.HasPrefix(policy, "default-src 'none'; ") || !strings.Contains(policy, "style-src "+hash+";") || strings.Contains(policy, "unsafe") ||
			strings.Contains(policy, "script-src") != (c.name == "challenge") {
			t.Errorf("%s has the policy %s", c.name, policy)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store", "Content-Language": "de"} {
			if got := h[name]; len(got) != 1 || got[0] != want {
				t.Errorf("%s has %s: %v; expected %s", c.name, name, got, want)
			}
		}
		ids := map[string]bool{}
		elements(t, string(a.Body), func(n *html.Node, attribute func(string) string) {
			for _, x := range n.Attr {
				if strings.HasPrefix(x.Key, "on") || x.Key == "style" {
					t.Errorf("%s has an attribute %s", c.name, x.Key)
				}
			}
			switch n.Data {
			case "style":
				if n.FirstChild.Data != string(style) {
					t.Errorf("%s has another style than its policy lets through", c.name)
				}
			case "script":
				if attribute("src") != p.ScriptPath() || n.FirstChild != nil {
					t.Errorf("%s has a script %q", c.name, attribute("src"))
				}
			case "link":
				if attribute("href") != "data:," {
					t.Errorf("%s loads %s", c.name, attribute("href"))
				}
			case "form":
				if attribute("action") != p.AnswerPath() || attribute("method") != "post" {
					t.Errorf("%s sends a form to %s", c.name, attribute("action"))
				}
			case "html":
				if attribute("lang") != "de" || attribute("dir") != "ltr" {
					t.Errorf("%s is in %q, %q", c.name, attribute("lang"), attribute("dir"))
				}
			case "img", "iframe", "object", "embed", "base", "video", "audio", "svg":
				t.Errorf("%s has a %s", c.name, n.Data)
			}
			if id := attribute("id"); id != "" && ids[id] {
				t.Errorf("%s has the id %s twice", c.name, id)
			} else if id != "" {
				ids[id] = true
			}
		})
	}
}

// hostile are texts that harm pages which take them for markup.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onload='x`, "</style><b>", "<!--", "]]>", "&lt;i&gt;", "\x00\x01", "\u202egnp.exe", "\xff\xfe", "a\nb\n\n\nc",
	strings.Repeat("&\"'", MostWords), strings.Repeat("\n<", MostWords), strings.Repeat("水", MostWords), "{{say \"moment\"}}", "{n} {in}",
}

// TestWhatATenantWritesIsText: whatever it is, the page has the elements that the same page has with harmless words, all the text that
// fits, and no more bytes than a page may have.
func TestWhatATenantWritesIsText(t *testing.T) {
	p := pages(t)
	allowed := []string{"html", "head", "meta", "link", "title", "style", "body", "main", "p", "h1", "h2", "dl", "div", "dt", "dd", "time", "span", "ul", "ol", "li", "bdi", "footer", "a"}
	for l := range Lang(Langs) {
		for _, words := range hostile {
			m := Maintenance{Site: words, Since: noon, Words: words, Lang: words}
			for range 2 * MostUpdates {
				m.Updates = append(m.Updates, Update{At: noon, Text: words, Lang: words})
				m.Parts = append(m.Parts, Part{words, State(len(m.Parts))})
			}
			a := p.Maintenance(nil, visitor(l), Prepare(m), noon)
			if len(a.Body) > MostPage {
				t.Errorf("with %.20q the page in %s has %d bytes", words, l, len(a.Body))
			}
			elements(t, string(a.Body), func(n *html.Node, attribute func(string) string) {
				if !slices.Contains(allowed, n.Data) || n.Data == "style" && n.Parent.Data != "head" || n.Data == "a" && !strings.HasPrefix(attribute("href"), "mailto:") {
					t.Errorf("with %.20q the page in %s has an element %s", words, l, n.Data)
				}
			})
			if strings.ContainsFunc(string(a.Body), func(c rune) bool { return unseen(c) && c != '\n' }) {
				t.Errorf("with %.20q the page in %s has characters that nobody sees", words, l)
			}
			if !strings.Contains(string(a.Body), said["left out"][l]) {
				t.Errorf("with %.20q the page in %s does not say that something is left out", words, l)
			}
		}
	}
}

// TestWhatATenantWritesIsThere: harmless words stand on the page as they are, the newest update first.
func TestWhatATenantWritesIsThere(t *testing.T) {
	a := pages(t).Maintenance(nil, visitor(English), Prepare(broken), noon)
	body := string(a.Body)
	at := 0
	for _, want := range []string{
		"2026-11-28 11:13 UTC</time> <span>(47 minutes ago)", "2026-11-28 13:15 UTC</time> <span>(in 75 minutes)",
		">Checkout</bdi>: not available", ">Search</bdi>: slow", ">Orders &amp; invoices</bdi>: works",
		`<p lang="en" dir="auto">Our database in Porto is being moved to another machine.</p>`, "Orders that you placed before 11:00 are safe.",
		"(6 minutes ago)", "The copy is complete; we are checking it.", "(30 minutes ago)", "We found the cause",
	} {
		i := strings.Index(body[at:], want)
		if i < 0 {
			t.Fatalf("behind byte %d the page does not say %s:\n%s", at, want, body)
		}
		at += i
	}
	if strings.Contains(body, said["left out"][English]) {
		t.Error("the page says that something is left out")
	}
}

// TestAPageIsSmallWhateverIsOnIt is with the longest of everything.
func TestAPageIsSmallWhateverIsOnIt(t *testing.T) {
	long := Settings{
		Operator: strings.Repeat("&", MostOperator), Contact: strings.Repeat("&", MostContact),
		Form: "https://help.example/?" + strings.Repeat("&", MostForm-23), Base: "/" + strings.Repeat("a", MostBase-2) + "/",
	}
	p, err := New(long)
	if err != nil {
		t.Fatal(err)
	}
	back := "/?" + strings.Repeat("&", MostReturn-2)
	for l := range Lang(Langs) {
		v := visitor(l)
		v.Host = strings.Repeat("a", MostHost)
		for name, a := range map[string]Answer{
			"challenge": p.Challenge(nil, v, Challenge{workToken, 22, Patience{waitToken, 60, back}}),
			"cookie":    p.Cookie(nil, v, Patience{waitToken, 60, back}),
			"waiting":   p.Waiting(nil, v, Queue{Place: math.MaxInt, Wait: math.MaxInt64, Lot: math.MaxUint64}),
			"refusal":   p.Refusal(nil, v, Refusal{RayOf(1), Client, math.MaxInt64}, 0),
			"unsent":    p.Waiting(nil, Visitor{Reader: Person, Lang: l, Host: v.Host}, Queue{}),
			"unknown":   p.Unknown(nil, v, true),
		} {
			if len(a.Body) > MostPage {
				t.Errorf("%s in %s has %d bytes", name, l, len(a.Body))
			}
			for name, values := range header(&a) {
				if n := len(name) + len(values[0]); n > 5<<10 {
					t.Errorf("the field %s has %d bytes", name, n)
				}
			}
		}
	}
}

// backwards is a number below zero.
var backwards = regexp.MustCompile(`[ >(]-[0-9]`)

// TestClocksSendNobodyAwayForever draws times, also those that no clock shows.
func TestClocksSendNobodyAwayForever(t *testing.T) {
	p := pages(t)
	rapid.Check(t, func(t *rapid.T) {
		moment := rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{0, 1, -1, math.MaxInt64, math.MinInt64, int64(noon)}), rapid.Int64Range(int64(noon)-1e14, int64(noon)+1e14))
		now, until, since := evenkeel.Moment(moment.Draw(t, "now")), evenkeel.Moment(moment.Draw(t, "until")), evenkeel.Moment(moment.Draw(t, "since"))
		v := Visitor{Reader: Reader(rapid.IntRange(0, readers-1).Draw(t, "reader")), Askable: true, Lang: Lang(rapid.IntRange(0, 255).Draw(t, "language"))}
		for _, a := range []Answer{
			p.Refusal(nil, v, Refusal{RayOf(1), Reason(rapid.IntRange(0, 255).Draw(t, "reason")), until}, now),
			p.Maintenance(nil, v, Prepare(Maintenance{Since: since, Back: until, Updates: []Update{{At: since, Text: "x"}}}), now),
			p.Waiting(nil, v, Queue{rapid.Int().Draw(t, "place"), time.Duration(rapid.Int64().Draw(t, "wait")), rapid.Bool().Draw(t, "soon"), rapid.Uint64().Draw(t, "lot")}),
			p.Challenge(nil, v, Challenge{Bits: uint8(rapid.IntRange(0, 255).Draw(t, "bits")), Wait: Patience{Seconds: uint8(rapid.IntRange(0, 255).Draw(t, "seconds"))}}),
		} {
			if a.Status != 429 && a.Status != 503 {
				continue
			}
			n, err := strconv.Atoi(a.Retry())
			if err != nil || n < LeastRetry || n > MostRetry {
				t.Fatalf("at %d, until %d: Retry-After is %q", now, until, a.Retry())
			}
			if backwards.Match(a.Body) {
				t.Fatalf("at %d, until %d: the page counts backwards: %s", now, until, a.Body)
			}
		}
	})
}

func TestRetryAfterIsRoundedUpToAStep(t *testing.T) {
	for n, want := range map[int]string{-5: "1", 0: "1", 1: "1", 59: "59", 60: "60", 61: "90", 90: "90", 91: "120", 3599: "3600", 3600: "3600", 3601: "4200", 86399: "86400", 86400: "86400", math.MaxInt: "86400"} {
		if got := retryAfter(n); got[0] != want || cap(got) != 1 {
			t.Errorf("%d seconds are told as %v; expected %s", n, got, want)
		}
	}
}

// TestWhatIsOverIsNotTold: an end that has passed, or that a clock made pass, is no promise.
func TestWhatIsOverIsNotTold(t *testing.T) {
	p := pages(t)
	a := p.Refusal(nil, visitor(English), Refusal{RayOf(1), Rate, noon - 1}, noon)
	if !strings.Contains(string(a.Body), said["no end"][English]) || a.Retry() != "300" {
		t.Errorf("Retry-After is %s:\n%s", a.Retry(), a.Body)
	}
	late := broken
	late.Back, late.Since = noon-1, noon+evenkeel.Moment(time.Hour)
	a = p.Maintenance(nil, visitor(English), Prepare(late), noon)
	if body := string(a.Body); !strings.Contains(body, said["late"][English]) || strings.Contains(body, "in 60 minutes") || a.Retry() != "120" {
		t.Errorf("Retry-After is %s:\n%s", a.Retry(), body)
	}
}

// TestANoticeKeepsUpWithTheTime: the page is made anew each minute, and not more often.
func TestANoticeKeepsUpWithTheTime(t *testing.T) {
	p, n := pages(t), Prepare(broken)
	first := p.Maintenance(nil, visitor(English), n, noon)
	same := p.Maintenance(nil, visitor(English), n, noon.Add(59*time.Second))
	later := p.Maintenance(nil, visitor(English), n, noon.Add(time.Minute))
	if &first.Body[0] != &same.Body[0] {
		t.Error("within a minute it is made twice")
	}
	if !strings.Contains(string(later.Body), "48 minutes ago") {
		t.Errorf("after a minute it says:\n%s", later.Body)
	}
}

func TestAVisitorGoesBackToTheSameSiteOnly(t *testing.T) {
	for target, want := range map[string]string{
		"/": "/", "/cart?item=7": "/cart?item=7", "/a%20b": "/a%20b", "": "/", "//evil.example": "/", `/\evil.example`: "/", "https://evil.example/": "/",
		"/a\r\nSet-Cookie: x": "/", "/a b": "/", "/ä": "/", "javascript:alert(1)": "/", `/a\b`: "/", "/a?" + strings.Repeat("x", MostReturn): "/a", "/" + strings.Repeat("x", MostReturn): "/",
		"/a?" + strings.Repeat("&", MostReturn/2): "/a", "/a" + strings.Repeat("&", MostReturn/2): "/",
	} {
		if got := ReturnTo(target); got != want {
			t.Errorf("%.40q leads to %.40q; expected %.40q", target, got, want)
		}
	}
}

// TestTheWayBackIsInThePageAndTheField: it comes back as it went.
func TestTheWayBackIsInThePageAndTheField(t *testing.T) {
	p := pages(t)
	const back = "/a?b='c'&d=\"<e>\""
	a := p.Cookie(nil, visitor(English), Patience{waitToken, 3, back})
	if got, want := header(&a)["Refresh"][0], "3; url=/.evenkeel/answer?token="+waitToken+"&to=%2Fa%3Fb%3D%27c%27%26d%3D%22%3Ce%3E%22"; got != want {
		t.Errorf("Refresh is %s; expected %s", got, want)
	}
	b := p.Challenge(nil, visitor(English), Challenge{workToken, 14, Patience{waitToken, 3, back}})
	for _, a := range []Answer{a, b} {
		found := 0
		elements(t, string(a.Body), func(n *html.Node, attribute func(string) string) {
			if n.Data == "input" && attribute("name") == "to" {
				if found++; attribute("value") != back {
					t.Errorf("the form leads back to %q; expected %q", attribute("value"), back)
				}
			}
		})
		if found == 0 {
			t.Error("no form leads back")
		}
	}
}

// TestNoTenantIsLeakedToWhoAsksForAName: the answer is the same, byte for byte, whatever name was asked for and whoever there is.
func TestNoTenantIsLeakedToWhoAsksForAName(t *testing.T) {
	p := pages(t)
	for _, reader := range []Reader{Text, Program, Person} {
		for _, misdirected := range []bool{false, true} {
			a := p.Unknown(nil, Visitor{Reader: reader, Host: "shop.example"}, misdirected)
			b := p.Unknown(nil, Visitor{Reader: reader}, misdirected)
			if string(a.Body) != string(b.Body) || strings.Contains(string(a.Body), "shop") || a.Retry() != "" {
				t.Errorf("a %s is told:\n%s", reader, a.Body)
			}
			if want := map[bool]int{false: 404, true: 421}[misdirected]; a.Status != want {
				t.Errorf("the status is %d; expected %d", a.Status, want)
			}
		}
	}
}

// TestProblemDetailsAreJSON reads each, in each language, with its status.
func TestProblemDetailsAreJSON(t *testing.T) {
	p := pages(t)
	for l := range Lang(Langs) {
		v := Visitor{Reader: Program, Lang: l}
		answers := []Answer{p.Unknown(nil, v, true)}
		for r := range reasons + 1 {
			answers = append(answers, p.Refusal(nil, v, Refusal{RayOf(7), r, noon + 1}, noon), p.Refusal(nil, v, Refusal{RayOf(7), r, 0}, noon))
		}
		for _, c := range every {
			answers = append(answers, c.answer(p, v))
		}
		for _, a := range answers {
			var is struct {
				Type, Title, Detail, Code string
				Status                    int
			}
			if err := json.Unmarshal(a.Body, &is); err != nil || is.Status != a.Status || is.Title != titles[a.Status] || is.Title == "" || is.Type != "about:blank" || is.Detail == "" || is.Code == "" {
				t.Errorf("in %s, with status %d: %s: %v", l, a.Status, a.Body, err)
			}
		}
	}
}

// TestThoseWhoWaitDoNotComeAtOnce: the refresh is within its bounds, and spread.
func TestThoseWhoWaitDoNotComeAtOnce(t *testing.T) {
	for _, wait := range []time.Duration{0, time.Second, time.Minute, 3 * time.Minute, time.Hour, -time.Hour, math.MaxInt64} {
		seen := map[int]bool{}
		for lot := range uint64(100) {
			q := Queue{Wait: wait, Lot: lot}
			n := q.refresh()
			if seen[n] = true; n < LeastRefresh || n > MostRefresh {
				t.Fatalf("with a wait of %v the page looks again after %d seconds", wait, n)
			}
		}
		if len(seen) < 3 {
			t.Errorf("with a wait of %v all come at one of %v", wait, seen)
		}
	}
}

// TestWhoFindsNoRoomForAMomentComesBackWithinSeconds, and not all at once.
func TestWhoFindsNoRoomForAMomentComesBackWithinSeconds(t *testing.T) {
	seen := map[int]bool{}
	for lot := range uint64(100) {
		q := Queue{Soon: true, Lot: lot}
		n := q.refresh()
		if seen[n] = true; n < 2 || n > 4 {
			t.Fatalf("the page looks again after %d seconds; expected 2 to 4", n)
		}
		if q.Wait = time.Minute; q.refresh() < LeastRefresh {
			t.Fatalf("a wait that is known is not told")
		}
	}
	if len(seen) < 3 {
		t.Errorf("all come at one of %v", seen)
	}
}

// TestWhatIsWrittenIntoAHeaderIsNobodysElse: whoever adds a value to a field does not add it to those of others.
func TestWhatIsWrittenIntoAHeaderIsNobodysElse(t *testing.T) {
	p := pages(t)
	for _, c := range every {
		a := c.answer(p, visitor(English))
		first := header(&a)
		for name := range first {
			first[name] = append(first[name], "more")
		}
		for name, values := range header(&a) {
			if len(values) != 1 || values[0] == "more" || len(first[name]) != 2 {
				t.Errorf("%s is %v, after somebody added to it", name, values)
			}
		}
	}
}

func TestSettingsThatNoPageCanShowAreRefused(t *testing.T) {
	for _, c := range []struct {
		s    Settings
		says string
	}{
		{Settings{Operator: strings.Repeat("a", 81)}, "at most 80"},
		{Settings{Contact: "a\nb"}, "control characters"},
		{Settings{Contact: "\xff"}, "UTF-8"},
		{Settings{Form: "http://help.example"}, "https"},
		{Settings{Form: "javascript:alert(1)"}, "https"},
		{Settings{Form: "https://help.example/#a"}, "without a fragment"},
		{Settings{Form: `https://help.example/"onclick="`}, "https"},
		{Settings{Form: "https://user:word@help.example/"}, "https"},
		{Settings{Base: "ek/"}, "a path"}, {Settings{Base: "/"}, "a path"}, {Settings{Base: "/ek"}, "a path"}, {Settings{Base: "//evil.example/"}, "a path"}, {Settings{Base: "/a?b/"}, "a path"}, {Settings{Base: "/ä/"}, "a path"},
	} {
		if _, err := New(c.s); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: %v; expected an error that says %q", c.s, err, c.says)
		}
	}
}

func TestAContactCanBePressed(t *testing.T) {
	for contact, want := range map[string]string{
		"help@harbour.example": `<a href="mailto:help@harbour.example">help@harbour.example</a>`,
		"+49 (30) 123-456":     `<a href="tel:+4930123456">+49 (30) 123-456</a>`,
		"Ask at the <desk>":    "Ask at the &lt;desk&gt;",
		"a@b.c?bcc=d":          "a@b.c?bcc=d",
		"":                     "",
	} {
		s := Settings{Contact: contact}
		if got := s.reached(); got != want {
			t.Errorf("%q is shown as %s; expected %s", contact, got, want)
		}
	}
}

// TestTheSameTextIsEscapedEverywhere: in one go and bounded, a text becomes the same HTML, and HTML makes of it the text that can be seen.
func TestTheSameTextIsEscapedEverywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.RuneFrom([]rune("&<>\"'a水\u202e\x00\ufffd"))), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).Draw(t, "text")
		got := string(appendHTML(nil, s))
		within, all := appendWithin(nil, s, len(got))
		if !all || string(within) != got {
			t.Fatalf("%q becomes %q, and bounded %q, %v", s, got, within, all)
		}
		seen := strings.Map(func(c rune) rune {
			if unseen(c) {
				return -1
			}
			return c
		}, strings.ToValidUTF8(string([]rune(s)), "\ufffd"))
		if strings.ContainsAny(got, "<>\"'") || html.UnescapeString(got) != seen {
			t.Fatalf("%q becomes %q, which is read as %q", s, got, html.UnescapeString(got))
		}
		if n := len(got) / 2; n > 0 {
			if cut, all := appendWithin([]byte("x"), s, n); all || len(cut) > n+1 || !strings.HasPrefix(got, string(cut[1:])) {
				t.Fatalf("%q within %d bytes becomes %q, %v", s, n, cut, all)
			}
		}
	})
}

func FuzzReturnTo(f *testing.F) {
	for _, s := range []string{"/", "/a?b=c&d", "//evil.example", "/\\evil", "/%2f/evil", "https://evil.example", "/a?" + strings.Repeat("&", 600)} {
		f.Add(s)
	}
	at, err := url.Parse("https://shop.example/x/y?z")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, target string) {
		got := ReturnTo(target)
		if u, err := at.Parse(got); err == nil && (u.Scheme != "https" || u.Host != "shop.example") {
			t.Errorf("%q leads to %s", target, u)
		}
		if got[0] != '/' || len(got) > MostReturn || len(appendHTML(nil, got)) > mostReturnEscaped || ReturnTo(got) != got || got != "/" && !strings.HasPrefix(target, got) {
			t.Errorf("%q leads to %q", target, got)
		}
	})
}
