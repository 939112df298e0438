package visit_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/judge/docket"
	"go.yaml.in/yaml/v4"
)

// TestTheBuiltInPolicySpeaksChinese: what still works and the clause stand on the Chinese page as
// they do in the mail, and every built-in fact says what it measures.
func TestTheBuiltInPolicySpeaksChinese(t *testing.T) {
	type family struct {
		Clause   string
		Measures map[string]struct{ Keeps []string }
	}
	var policy struct {
		Families map[string]family
		Other    family
	}
	text, err := os.ReadFile("../../judge/policy/builtin/default.yaml")
	if err == nil {
		err = yaml.Unmarshal(text, &policy)
	}
	if err != nil {
		t.Fatal(err)
	}
	policy.Families["other"] = policy.Other
	h, seen := open(t), 0
	for name, f := range policy.Families {
		for _, m := range f.Measures {
			c := aCase("raisup", name)
			d := decided(c, evenkeel.MeasureThrottle, evenkeel.InForce, evenkeel.ModeLive, 40)
			d.Grounds.Clause = f.Clause
			n := noticed(d, "")
			n.Keeps, n.Clause = m.Keeps, f.Clause
			body := h.page(t, docket.Folder{Row: docket.Row{Case: c}, Decisions: []evenkeel.Decision{d}, Notices: []evenkeel.Notice{n}}, "zh")
			for _, english := range append(m.Keeps, f.Clause) {
				if seen++; strings.Contains(body, english) {
					t.Errorf("%s: %q stands on the Chinese page", name, english)
				}
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d sentences were looked at", seen)
	}
	_, path := opened(t, h, link.Speak)
	h.Handler = h.handler(h.books)
	body := h.get(path + "?lang=zh").Body.String()
	for _, part := range []string{"网络和磁盘照常工作", "不得使用机器挖掘加密货币", "CPU 使用率为", "每秒网络流量", `<html lang="zh-Hans">`} {
		if !strings.Contains(body, part) {
			t.Errorf("the page does not say %q", part)
		}
	}
	if english := h.get(path + "?lang=en").Body.String(); strings.Contains(english, "<span lang") || regexp.MustCompile(`\p{Han}`).MatchString(strings.ReplaceAll(english, "中文", "")) {
		t.Error("the English page speaks Chinese")
	}
}

// What an operator wrote is quoted in the operator's language, and is no markup.
func TestWhatAnOperatorWroteIsQuotedInItsLanguage(t *testing.T) {
	h := open(t)
	c := aCase("raisup", "mining")
	d := decided(c, evenkeel.MeasureThrottle, evenkeel.InForce, evenkeel.ModeLive, 40)
	d.Grounds.Clause = "No <b>noise</b> after ten."
	n := noticed(d, "")
	n.Keeps, n.Clause = []string{"the lift & the stairs"}, d.Grounds.Clause
	body := h.page(t, docket.Folder{Row: docket.Row{Case: c}, Decisions: []evenkeel.Decision{d}, Notices: []evenkeel.Notice{n}}, "zh")
	for _, part := range []string{`<span lang="en">“the lift &amp; the stairs”</span>`, `<span lang="en">“No &lt;b&gt;noise&lt;/b&gt; after ten.”</span>`} {
		if strings.Count(body, part) != 2 {
			t.Errorf("the page says %q %d times; expected it where it holds and in the statement of reasons", part, strings.Count(body, part))
		}
	}
}

// TestMailAndPageNameThingsAlike: who has read the one looks for its words on the other. No stage
// may import another, so it is the sources that are compared.
func TestMailAndPageNameThingsAlike(t *testing.T) {
	mail, page := source(t, "../../courier/phrases_zh.go"), source(t, "chinese.go")
	names := regexp.MustCompile(`evenkeel\.(Measure\w+):\s+\{("[^"]+")`)
	of := map[string]string{}
	for _, m := range names.FindAllStringSubmatch(mail, -1) {
		of[m[1]] = m[2]
	}
	found := names.FindAllStringSubmatch(page, -1)
	for _, m := range found {
		if of[m[1]] != m[2] {
			t.Errorf("%s is %s on the page and %s in the mail", m[1], m[2], of[m[1]])
		}
	}
	if len(found) < 11 || len(of) != len(found) {
		t.Errorf("%d measures on the page, %d in the mail", len(found), len(of))
	}
	for _, other := range []string{"人工", "提示页", "暂停更改", "暂停机器", "一种出站流量", "我们迟了"} {
		if strings.Contains(mail+page, other) {
			t.Errorf("%s has another name too", other)
		}
	}
}

func source(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Where a narrow screen makes blocks of rows, only their roles still say that they are a table.
func TestTablesStayTablesOnPhones(t *testing.T) {
	h := open(t)
	_, path := opened(t, h, link.Speak)
	body := h.get(path).Body.String()
	table := found1(regexp.MustCompile(`(?s)(<table class="rows".*?</table>)`), body)
	for tag, role := range map[string]string{"table": "table", "thead": "rowgroup", "tbody": "rowgroup", "tr": "row", "th": "columnheader", "td": "cell"} {
		all := regexp.MustCompile(`<`+tag+`\b[^>]*>`).FindAllString(table, -1)
		for _, x := range all {
			if !strings.Contains(x, `role="`+role+`"`) {
				t.Errorf("%s has no role; expected %s", x, role)
			}
		}
		if len(all) == 0 {
			t.Errorf("there is no <%s>", tag)
		}
	}
	for _, list := range []string{`<ul class="names"`, `<ol class="story"`} { // a list without marks is none to some
		if n := strings.Count(body, list); n == 0 || n != strings.Count(body, list+` role="list"`) {
			t.Errorf("%s is %d times on the page, and not always told to be a list", list, n)
		}
	}
}
