package console

import (
	"cmp"
	"fmt"
	"maps"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/evenkeel/evenkeel/judge/docket"
)

// asChinese asks for a page as somebody whose browser prefers Chinese.
func (w *world) asChinese(t *testing.T, token, target string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("GET", target, nil)
	r.Header.Set("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.5")
	r.Header.Set("Cookie", "evenkeel="+cmp.Or(token, "nobody"))
	out := httptest.NewRecorder()
	w.server(t).Handler().ServeHTTP(out, r)
	return out
}

// named are the Latin words that a page in Chinese may have: names of things, and of people.
var named = regexp.MustCompile(`^(Evenkeel|Wilson|English|UTC|USD|CPU|TCP|SYN|TOTP|QR|JSON|Q\d|Cookie|B|KiB|MiB|GiB|sha256|webhook|en|zh|EUR|` + // products, standards, units
	`Anna|Frank|Ben|anna|ben|carl|zoe|lara|dora|ada|chen|lin|operator|Nine|Shells|Raisup|Ltd|raisup|mill|kestrel|` + // people and tenants
	`blue-harbour|north-9|t-\d+|t|c-[a-z0-9]+|i-[0-9a-f]+|vm-lost|worker(-\d+)?|deploy|ubuntu-\d+\.\d+|ci|fleet|books|Collector|Prometheus|CloudEvents|evenkeel|serve|metrics|R-[0-9A-F]+|xxx+|` + // cases, machines
	`crypto-mining|flood-out|wire|edge|Gone|ntfy|iso|rota|on_credit|night)$`) // rules, detectors, nodes, channels, states

var latin = regexp.MustCompile(`[A-Za-z][A-Za-z0-9_.-]*[A-Za-z0-9]|[A-Za-z]`)

// free are the texts in which a fixture has markup or a sentence of somebody's own in a place where
// pages show data.
var free = regexp.MustCompile(`<script>|<img|<i>|<s>|<b>|#\d+ `)

// TestEveryPageIsInChinese but for names, what people wrote, and a small part that is marked.
func TestEveryPageIsInChinese(t *testing.T) {
	used := map[string]bool{}
	for _, c := range states() {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			if c.change != nil {
				c.change(w)
			}
			for _, text := range inChineseWhole(t, w.asChinese(t, c.token, c.target).Body.String()) {
				if used[text] = true; !slices.Contains(madeUp, text) {
					t.Errorf("%q has no Chinese: add a phrase to console/internal/chinese, or, where it is a fixture's and not the program's, add it to madeUp", text)
				}
			}
		})
	}
	for _, text := range madeUp {
		if !used[text] {
			t.Errorf("%q stands in English on no page; expected a list of those that do", text)
		}
	}
}

// TestEveryReasonOfTheWatcherIsInChinese: R21, what keeps people from being called is read by whoever is at the desk.
func TestEveryReasonOfTheWatcherIsInChinese(t *testing.T) {
	for _, because := range append(slices.Collect(maps.Keys(Unwatched)), "a reason of later") {
		w := newWorld()
		w.status = Status{Unwatched: because}
		if body := w.asChinese(t, annasToken, "/").Body.String(); !strings.Contains(body, "未向外部值守者报告一切正常：") || len(inChineseWhole(t, body)) > 0 {
			t.Errorf("%s: it is not in Chinese", because)
		}
	}
}

// madeUp are what may stay in English: what the fixtures made up in the place of rules, servers, nodes and probes.
// It is a list and no number: a number lets a sentence of the program's pass where one of a fixture's has gone.
var madeUp = []string{
	"250 accepted", "Abuse: vm-1 is to be isolated", "Backup brought nothing back.", "Nobody has <b>decided</b>.", "Others report spam: reports 3.", "The CPU of worker-01 was busy.",
	"no payload is looked at", "no such interface", "worker-\"><img src=x>",
}

// inChineseWhole checks that a page is in Chinese, and that at most a tenth of its texts is marked
// as English. It returns those.
func inChineseWhole(t *testing.T, body string) (english []string) {
	t.Helper()
	tree, err := html.Parse(strings.NewReader(body))
	if err != nil || !strings.Contains(body, `<html lang="zh-Hans">`) {
		t.Fatalf("%v: %.200s", err, body)
	}
	all := 0
	for n := range tree.Descendants() {
		for _, a := range n.Attr {
			if slices.Contains([]string{"title", "placeholder", "aria-label", "alt", "data-label"}, a.Key) {
				noLatin(t, a.Key, a.Val)
			}
		}
		if n.Type != html.TextNode || strings.TrimSpace(n.Data) == "" {
			continue
		}
		all++
		switch what := heldBy(n); what {
		case "data":
		case "en":
			english = append(english, n.Data)
		default:
			noLatin(t, n.Parent.Data, n.Data)
		}
	}
	if len(english)*10 > all {
		t.Errorf("%d of %d texts are in English: %q", len(english), all, english)
	}
	return english
}

// TestARefusedFormIsInChinese and has what was typed.
func TestARefusedFormIsInChinese(t *testing.T) {
	for says, c := range map[string]struct {
		token, target, form, want string
	}{
		"a decision without its points":       {annasToken, "/case/" + raisupID + "/act", "nonce=NONCE&seen=1&terms=x&act=clear&reason=It+ends+now.", "It ends now.</textarea>"},
		"a lawful order that lacks something": {annasToken, "/case/" + raisupID + "/propose", "nonce=NONCE&seen=1&terms=x&v-measure=withhold&v-reason=Sign+in", "Sign in</textarea>"},
		"a lawful order beside a measure":     {annasToken, "/case/" + raisupID + "/propose", "nonce=NONCE&seen=1&terms=x&v-measure=suspend&v-secret=1&v-reason=Sign+in", "Sign in</textarea>"},
		"nothing chosen":                      {annasToken, "/case/" + raisupID + "/act", "nonce=NONCE&seen=1&terms=x&reason=Sign+in", "Sign in</textarea>"},
		"a wrong password":                    {"", "/enter", "name=anna&password=wrong&code=1", `value="anna"`},
		"a switch without a scope":            {leadToken, "/switches/pull", "nonce=NONCE&reason=Sign+in", "Sign in</textarea>"},
		"an undo of nothing":                  {leadToken, "/switches/undo", "nonce=NONCE&reason=Sign+in&from=never", "Sign in</textarea>"},
		"a telling with an address":           {annasToken, "/case/c-untold/told", "nonce=NONCE&t-contact=a@b&t-when=2099&t-reason=Sign+in", "Sign in</textarea>"},
		"a lot without a finding":             {annasToken, "/audits/au-mine", "nonce=NONCE&reason=Sign+in", "Sign in</textarea>"},
	} {
		t.Run(says, func(t *testing.T) {
			w := newWorld()
			w.folders = []docket.Folder{raisup()}
			lotted(w)
			w.folders = append(w.folders, untoldCase(cameBack(), nil))
			r := httptest.NewRequest("POST", c.target, strings.NewReader(strings.ReplaceAll(c.form, "NONCE", strings.Repeat("A", 26))))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Accept-Language", "zh")
			r.Header.Set("Cookie", "evenkeel="+cmp.Or(c.token, "nobody"))
			out := httptest.NewRecorder()
			w.server(t).Handler().ServeHTTP(out, r)
			if !strings.Contains(out.Body.String(), c.want) {
				t.Errorf("status %d; what was typed is gone", out.Code)
			}
			inChineseWhole(t, out.Body.String())
		})
	}
}

// sinceFirst is how a moment is written in what is shown by lot.
var sinceFirst = regexp.MustCompile(`\bT(\+[0-9hms]+)?\b`)

func noLatin(t *testing.T, where, text string) {
	t.Helper()
	if free.MatchString(text) {
		return
	}
	for _, word := range latin.FindAllString(sinceFirst.ReplaceAllString(text, ""), -1) {
		if !named.MatchString(word) {
			t.Errorf("%s: %q stands in %q", where, word, text)
		}
	}
}

// heldBy says whether a text is data, English, or neither.
func heldBy(n *html.Node) string {
	for p := n.Parent; p != nil; p = p.Parent {
		if slices.Contains([]string{"code", "pre", "time", "bdi", "textarea", "style"}, p.Data) {
			return "data"
		}
		for _, a := range p.Attr {
			switch {
			case a.Key == "class" && slices.ContainsFunc(strings.Fields(a.Val), func(c string) bool { return c == "words" || c == "said" }):
				return "data"
			case a.Key == "hreflang":
				return "data" // the name of a language in itself
			case a.Key == "lang" && a.Val == "en":
				return "en"
			}
		}
	}
	return ""
}

// TestPagesInBothLanguagesHaveTheSameFormsAndLinks whatever they say.
func TestPagesInBothLanguagesHaveTheSameFormsAndLinks(t *testing.T) {
	for _, c := range states() {
		w := newWorld()
		if c.change != nil {
			c.change(w)
		}
		en, zh := skeleton(w.get(t, cmp.Or(c.token, "nobody"), c.target).Body.String()), skeleton(w.asChinese(t, c.token, c.target).Body.String())
		for i := range max(len(en), len(zh)) {
			if i >= len(en) || i >= len(zh) || en[i] != zh[i] {
				t.Errorf("%s: element %d of %d and %d differs: %q", c.name, i, len(en), len(zh), append(en, "none")[min(i, len(en))])
				break
			}
		}
	}
}

// skeleton is all elements of a page, with what a form sends and a link leads to.
func skeleton(page string) (out []string) {
	z := html.NewTokenizer(strings.NewReader(page))
	added := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return out
		case html.EndTagToken:
			tok := z.Token()
			if tok.Data == "span" && added > 0 {
				added--
				continue
			}
			out = append(out, "/"+tok.Data)
		case html.StartTagToken, html.SelfClosingTagToken:
			tok := z.Token()
			if tok.Data == "span" && fmt.Sprint(tok.Attr) == "[{ lang en}]" {
				added++ // it holds a text and nothing else
				continue
			}
			line, nonce := tok.Data, slices.ContainsFunc(tok.Attr, func(a html.Attribute) bool { return a.Key == "name" && a.Val == "nonce" })
			for _, a := range tok.Attr {
				if slices.Contains([]string{"id", "name", "value", "href", "action", "method", "type", "for", "checked", "selected", "class", "aria-describedby", "required"}, a.Key) && !(nonce && a.Key == "value") {
					line += " " + a.Key + "=" + a.Val
				}
			}
			out = append(out, line)
		}
	}
}
