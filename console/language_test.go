package console

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestTheLanguageIsTheOneThatWasAskedFor on this page, before, or by the browser.
func TestTheLanguageIsTheOneThatWasAskedFor(t *testing.T) {
	for says, c := range map[string]struct {
		target, cookie, accept string
		chinese                bool
	}{
		"nothing is English":                       {"/enter", "", "", false},
		"the browser's":                            {"/enter", "", "zh-CN,zh;q=0.9,en;q=0.1", true},
		"the browser's that it prefers":            {"/enter", "", "en;q=0.9, zh;q=0.2", false},
		"a browser that reads neither":             {"/enter", "", "fr, de;q=0.9", false},
		"a weight that is none is passed over":     {"/enter", "", "zh;q=many, en;q=0.1", false},
		"the one kept is before the browser's":     {"/enter", "zh", "en", true},
		"English kept is before the browser's":     {"/enter", "en", "zh", false},
		"what is kept and unknown is none":         {"/enter", "xx", "zh", true},
		"the one of the address is before all":     {"/enter?lang=zh", "en", "en", true},
		"the other of the address is before all":   {"/enter?lang=en", "zh", "zh", false},
		"an unknown one of the address is nothing": {"/enter?lang=tlh", "zh", "en", true},
		"a whole tag will do":                      {"/enter?lang=zh-Hans-CN", "", "", true},
	} {
		r := httptest.NewRequest("GET", c.target, nil)
		r.Header.Set("Accept-Language", c.accept)
		if c.cookie != "" {
			r.AddCookie(&http.Cookie{Name: "evenkeel-lang", Value: c.cookie})
		}
		out := httptest.NewRecorder()
		newWorld().server(t).Handler().ServeHTTP(out, r)
		if got := strings.Contains(out.Body.String(), "<h1>登录</h1>"); got != c.chinese {
			t.Errorf("%s: the page is in Chinese: %t", says, got)
		}
		kept := out.Result().Cookies()
		if strings.Contains(c.target, "lang=") && !strings.Contains(c.target, "tlh") {
			if len(kept) != 1 || kept[0].Name != "evenkeel-lang" || !kept[0].HttpOnly || kept[0].SameSite != http.SameSiteLaxMode {
				t.Errorf("%s: kept is %v", says, kept)
			}
		} else if len(kept) != 0 {
			t.Errorf("%s: kept is %v, and nobody asked for it", says, kept)
		}
	}
}

// TestALinkToTheOtherLanguageHasNoSecrets of the address: a one-time link and what a provider sent
// are of use to whoever reads them.
func TestALinkToTheOtherLanguageHasNoSecrets(t *testing.T) {
	for target, want := range map[string]string{
		"/enter/SOME-LINK": `href="?lang=zh"`, "/enter/with/x/back?code=SOME-LINK&state=s": `href="/enter?lang=zh"`, "/enter?to=/case/c-1&code=SOME-LINK": `href="/enter?lang=zh&amp;to=%2Fcase%2Fc-1"`,
	} {
		r := httptest.NewRequest("GET", target, nil)
		out := httptest.NewRecorder()
		newWorld().server(t).Handler().ServeHTTP(out, r)
		_, foot, _ := strings.Cut(out.Body.String(), `class="width tongues"`)
		if !strings.Contains(foot, want) || strings.Contains(foot, "SOME-LINK") {
			t.Errorf("%s: the foot is %s", target, foot)
		}
	}
}

// TestAOneTimeLinkIsStillThereInTheOtherLanguage: whoever changes the language first can still come in.
func TestAOneTimeLinkIsStillThereInTheOtherLanguage(t *testing.T) {
	w := newWorld()
	_, href, _ := strings.Cut(w.get(t, "", "/enter/"+goodLink).Body.String(), `<a href="?lang=zh"`)
	if href == "" {
		t.Fatal("no link to the other language, which the browser completes")
	}
	page := w.get(t, "", "/enter/"+goodLink+"?lang=zh").Body.String()
	if !strings.Contains(page, `<html lang="zh-Hans">`) || !strings.Contains(page, `action="/enter/`+goodLink+`"`) {
		t.Errorf("the page is %s", page)
	}
	if in := w.ask(t, "", "POST", "/enter/"+goodLink, url.Values{}); in.Code != 303 {
		t.Errorf("status %d", in.Code)
	}
}

// TestLanguagesAreOfferedWhereAPageCanBeOpenedAgain and keep the rest of its address.
func TestLanguagesAreOfferedWhereAPageCanBeOpenedAgain(t *testing.T) {
	body := newWorld().get(t, annasToken, "/?closed=1&tenant=raisup").Body.String()
	for _, want := range []string{
		`<a href="/?closed=1&amp;lang=en&amp;tenant=raisup" lang="en" hreflang="en" aria-current="true">English</a>`, `<a href="/?closed=1&amp;lang=zh&amp;tenant=raisup" lang="zh-Hans" hreflang="zh-Hans">中文</a>`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
	r := httptest.NewRequest("POST", "/enter", strings.NewReader("name=anna&password=wrong&code=1"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	out := httptest.NewRecorder()
	if newWorld().server(t).Handler().ServeHTTP(out, r); !strings.Contains(out.Body.String(), "not right") || strings.Contains(out.Body.String(), "lang=zh") {
		t.Error("what a form led to offers to be opened again")
	}
}
