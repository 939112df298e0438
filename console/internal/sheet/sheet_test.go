package sheet

import (
	"html/template"
	"math"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel"
)

var noon = evenkeel.MomentOf(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))

func TestAPageIsWholeAndSafe(t *testing.T) {
	w := httptest.NewRecorder()
	Render(w, 418, Page{
		Title: "<b>", Lang: "zh", Skip: "跳到内容", Nav: []Group{{"C&D", []Link{{"/", "A&B", true}, {"/x", "X", false}}}}, Body: "<p>\u202eevil\x1b</p>", Foot: "<i>",
	})
	body := w.Body.String()
	for _, want := range []string{
		"<!DOCTYPE html>", `lang="zh"`, "跳到内容", "<h1>&lt;b&gt;</h1>", `aria-current="page">A&amp;B`, `<span id="nav-0">C&amp;D</span>`, `<p>\u202eevil\u001b</p>`, "&lt;i&gt;", `href="` + StylePath, `name="viewport"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in %s", want, body)
		}
	}
	if w.Code != 418 || w.Header().Get("Content-Security-Policy") != Policy || strings.Contains(Policy, "unsafe") || !strings.HasPrefix(Policy, "default-src 'none'") {
		t.Errorf("status %d, headers %v", w.Code, w.Header())
	}
	Render(w, 200, Page{Aside: "x", Lead: "y"}) // all else is left out
}

func TestTheStyleSheetNeedsNothingFromElsewhere(t *testing.T) {
	for _, bad := range []string{"url(", "@import", "http:", "https:", "expression"} {
		if strings.Contains(string(style), bad) {
			t.Errorf("the style sheet has %q", bad)
		}
	}
	if n := len(style); n > 32<<10 {
		t.Errorf("the style sheet has %d bytes", n)
	}
}

func TestTimesAreSaidAsPeopleSayThem(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 s", 59 * time.Second: "59 s", 14*time.Minute + 59*time.Second: "14 min", time.Hour: "1 h", time.Hour + 30*time.Second: "1 h", 200 * time.Minute: "3 h 20 min",
		47 * time.Hour: "47 h", 12 * 24 * time.Hour: "12 days", -90 * time.Second: "−1 min", math.MaxInt64: "106751 days", math.MinInt64: "−106751 days",
	} {
		if got := strings.ReplaceAll(Length(d), "\u00a0", " "); got != want {
			t.Errorf("%d is %q; want %q", d, got, want)
		}
	}
	for m, want := range map[evenkeel.Moment]string{
		noon.Add(14 * time.Minute): "in 14 min", noon.Add(-2 * time.Hour): "2 h ago", noon + 1: "now", noon - 1: "now", 0: "at a time that is not known",
	} {
		if got := strings.ReplaceAll(Until(m, noon), "\u00a0", " "); got != want {
			t.Errorf("%v is %q; want %q", m, got, want)
		}
	}
	if got := When(noon, noon); got != `<time datetime="2026-03-02T12:00:00Z">2026-03-02 12:00 UTC</time> <span class="soft">(now)</span>` {
		t.Errorf("noon is %s", got)
	}
	if got := When(0, noon); strings.Contains(string(got), "1970") {
		t.Errorf("a time that is not known is %s", got)
	}
	if got := Since(noon.Add(time.Hour), noon); got != "0\u00a0s" {
		t.Errorf("since a time that is yet to come: %q", got)
	}
}

func TestNumbersKeepWhatCounts(t *testing.T) {
	for _, c := range []struct {
		v    float64
		unit string
		want string
	}{
		{0, "", "0"}, {0.997, "1", "0.997"}, {0.99712345, "1", "0.9971"}, {1200, "pps", "1200 pps"}, {12345.6, "", "12 346"}, {1234567, "", "1 234 567"}, {-12345, "", "−12 345"},
		{5400, "s", "1 h 30 min"}, {30, "s", "30 s"}, {0.4, "s", "0.4 s"}, {3860, "s", "1 h 4 min"}, {0.99853, "fraction", "99.9 %"}, {0.995, "fraction", "99.5 %"}, {1, "fraction", "100 %"}, {0.99997, "fraction", "99.997 %"},
		{0.0004, "fraction", "0.04 %"}, {0, "fraction", "0 %"}, {4.2e6, "bytes", "4.005 MiB"}, {900, "bytes", "900 B"}, {1e20, "", "1e+20"}, {1e-9, "", "1e-09"}, {math.Inf(1), "", "beyond measure"}, {math.NaN(), "", "unknown"}, {611.5, "", "611.5"},
	} {
		got := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(Number(evenkeel.Reading{Value: c.v, Known: true}, c.unit))
		if got != c.want {
			t.Errorf("%g %s is %q; want %q", c.v, c.unit, got, c.want)
		}
	}
	if got := Number(evenkeel.Reading{Value: 5}, ""); got != "unknown" {
		t.Errorf("a reading that is not known is %q", got)
	}
}

func TestAnIDIsShownWholeToWhoCopiesIt(t *testing.T) {
	if got := ID(evenkeel.CaseID("c-<b>")); got != `<code class="id">c-&lt;b&gt;</code>` {
		t.Errorf("it is %s", got)
	}
	if got := ID(evenkeel.CaseID("")); strings.Contains(string(got), "<code") {
		t.Errorf("no id is %s", got)
	}
	if got := Mark("x\"y", "<b>"); got != `<span class="mark x&#34;y">&lt;b&gt;</span>` {
		t.Errorf("a mark is %s", got)
	}
}

// FuzzPlain looks for text that still steers.
func FuzzPlain(f *testing.F) {
	f.Add("a\u202eb\x1b[2J\r\n\t\u2066\xff")
	f.Add("family: 👨‍👩‍👧 नमस्ते")
	f.Fuzz(func(t *testing.T, s string) {
		got := Plain(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, steers) {
			t.Errorf("%q is %q", s, got)
		}
		if again := Plain(got); again != got {
			t.Errorf("%q is %q, and then %q", s, got, again)
		}
	})
}

func TestATemplateFillsABody(t *testing.T) {
	tmpl := template.Must(New("x").Parse(`{{define "x"}}{{moment .}} {{count 2 "case" "cases"}} {{add 1 2}}{{end}}`))
	got, err := Fill(tmpl, "x", noon)
	if err != nil || !strings.HasSuffix(string(got), "2 cases 3") {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := Fill(tmpl, "none", nil); err == nil {
		t.Error("a template that is not there is filled")
	}
}

func TestAnErrorIsShownAsASentence(t *testing.T) {
	for in, want := range map[string]string{"": "", "there is none": "There is none.", "Why?": "Why?", "élan.": "Élan."} {
		if got := Sentence(in); got != want {
			t.Errorf("%q is %q; want %q", in, got, want)
		}
	}
}

func TestWhatStandsInAFieldIsLeftAsItWasTyped(t *testing.T) {
	typed := "a\u200fb\u202bc\u00ad"
	page := template.Must(template.New("").Parse(`{{define "p"}}<p>{{.}}</p><textarea id="x" required>{{.}}</textarea><p>{{.}}</p><input id="y" required value="{{.}}" title="{{.}}"><i title="{{.}}">{{.}}</i>{{end}}`))
	body, err := Fill(page, "p", typed+`"<textarea>\x1b`+"\u202e")
	if err != nil {
		t.Fatal(err)
	}
	got, shown := plainPage(strings.ReplaceAll(string(body), `\x1b`, "\x1b")), `a`+"\u200f"+`b\u202bc\u00ad`
	for want, n := range map[string]int{typed: 2, shown: 5, `\u001b\u202e`: 7, "\x1b": 0, "\u202e": 0} {
		if strings.Count(got, want) != n {
			t.Errorf("%q is there %d times; want %d: %q", want, strings.Count(got, want), n, got)
		}
	}
	for _, odd := range []string{"", "<textarea>a\u202e", `<input value="a` + "\u202e", `<input value="">` + "\xff", "<textarea\u202e"} {
		if got := plainPage(odd); !utf8.ValidString(got) {
			t.Errorf("%q is %q", odd, got)
		}
	}
}
