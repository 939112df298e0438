package visit_test

import (
	"flag"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/judge/docket"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// spoken are the kinds of act that a link may bring in, by their route.
var spoken = []string{"answer", "message", "announce", "appeal", "extend", "down", "answered", "vouch"}

// R27: a link may only show and speak, and opening it changes nothing: programs that look for danger
// in mail open every link.
func TestOpeningALinkChangesNothing(t *testing.T) {
	h := open(t)
	_, path := opened(t, h, link.Speak)
	before := h.dump()
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodOptions} {
		all := []string{path, path + "?lang=zh", path + "?said=x&allowed=y"}
		for _, k := range spoken {
			all = append(all, path+"/"+k, path+"/"+k+"?nonce="+nonce()+"&text=hello&down=yes&done=yes&machines=1&until=2019-06-01T00:00")
		}
		for _, to := range append(all, all...) { // some open everything twice
			if w := h.do(method, to, nil); w.Code >= 500 {
				t.Errorf("%s %s answers %d", method, to, w.Code)
			}
		}
	}
	if h.dump() != before || len(h.clerk.acts) > 0 {
		t.Errorf("the books changed; acts: %+v", h.clerk.acts)
	}
}

func TestALinkThatDoesNotOpenAnythingGetsOnePageWhyever(t *testing.T) {
	h := open(t)
	c, path := opened(t, h, link.Speak)
	stranger := aCase("stranger", "mining") // a case that is not kept
	theirs := aCase("neighbour", "mining")
	theirs.Tenant = "raisup" // signed for the wrong tenant
	good := strings.TrimPrefix(path, "/t/")
	elsewhere, err := link.ParseKeys("k1:" + "HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
	if err != nil {
		t.Fatal(err)
	}
	forged, err := elsewhere.Make(link.Claim{Purpose: link.Speak, Case: string(c.ID), Tenant: "raisup", Until: at(9999).Time()})
	if err != nil {
		t.Fatal(err)
	}
	over, err := h.keys.Make(link.Claim{Purpose: link.Speak, Case: string(c.ID), Tenant: "raisup", Until: at(59).Time()})
	if err != nil {
		t.Fatal(err)
	}
	if w := h.get("/t/"); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "<html") {
		t.Errorf("nothing behind /t/ answers %d:\n%s", w.Code, w.Body)
	}
	before, want := h.dump(), ""
	for _, x := range []struct{ name, token string }{
		{"forged", forged}, {"expired", over}, {"cut short", good[:len(good)-9]}, {"changed", strings.Replace(good, good[9:10], "_", 1)}, {"no token", "hello"},
		{"too long", strings.Repeat("A", 5000)}, {"about no case", h.token(link.Speak, stranger, "")}, {"about another tenant's case", h.token(link.Speak, theirs, "")},
	} {
		t.Run(x.name, func(t *testing.T) {
			for _, w := range []interface {
				Result() *http.Response
			}{
				h.get("/t/" + x.token), h.get("/t/"+x.token, "Accept-Language", "zh-CN"), h.get("/t/" + x.token + "/nope"), h.get(path + "/nope"), h.post("/t/"+x.token+"/answer", url.Values{"nonce": {nonce()}, "text": {"hello"}}),
				h.post("/t/"+x.token+"/appeal", url.Values{"nonce": {nonce()}, "text": {"hello"}}), h.post("/t/"+x.token+"/down", url.Values{"nonce": {nonce()}}),
			} {
				res := w.Result()
				body := new(strings.Builder)
				if _, err := readAll(body, res); err != nil {
					t.Fatal(err)
				}
				if want == "" {
					want = body.String()
				}
				if res.StatusCode != http.StatusNotFound || body.String() != want {
					t.Errorf("it answers %d with another page than the first:\n%s", res.StatusCode, body)
				}
			}
		})
	}
	for _, part := range []string{"Answer the mail that it came with", "请直接回复附有此链接的邮件", `lang="zh-Hans"`} {
		if !strings.Contains(want, part) {
			t.Errorf("the page does not say %q: %s", part, want)
		}
	}
	if h.dump() != before {
		t.Error("the books changed")
	}
	if h.log.Len() > 0 {
		t.Errorf("there is nothing for the operator to do, and the log says %s", h.log)
	}
}

// TestNobodyIsLedToAnAnswerThatNobodyReads (R3, F15): where nobody reads mail, a page leads to no answer by mail, as letters do not.
func TestNobodyIsLedToAnAnswerThatNobodyReads(t *testing.T) {
	for _, unread := range []bool{false, true} {
		h := open(t)
		h.unread = unread
		h.Handler = h.handler(h.books)
		_, path := opened(t, h, link.Show)
		for name, body := range map[string]string{
			"a dead link":            h.get("/t/x").Body.String(),
			"a link that only shows": h.get(path).Body.String() + h.get(path+"?lang=zh").Body.String(),
			"what it refuses":        h.post(path+"/message", answer("hello")).Body.String() + h.get(path+"?lang=zh").Body.String(),
		} {
			led := strings.Contains(body, "nswer the mail that") || strings.Contains(body, "answer the mail itself")
			if zh := strings.Contains(body, "直接回复"); led == unread || zh == unread {
				t.Errorf("%s, where nobody reads mail: %v, says otherwise:\n%s", name, unread, body)
			}
		}
	}
}

func TestALinkThatOnlyShowsHasNoFormsAndMayNotSpeak(t *testing.T) {
	h := open(t)
	_, path := opened(t, h, link.Show)
	body := h.get(path).Body.String()
	if strings.Contains(body, "<form") || strings.Contains(body, "<textarea") || !strings.Contains(body, "This link can only show") {
		t.Errorf("the page has forms: %s", body)
	}
	before := h.dump()
	for _, k := range spoken {
		w := h.post(path+"/"+k, url.Values{"nonce": {nonce()}, "text": {"hello"}, "machines": {"3"}, "until": {"2019-06-01T00:00"}})
		if w.Code != http.StatusForbidden || strings.Contains(w.Body.String(), "<form") {
			t.Errorf("%s answers %d", k, w.Code)
		}
	}
	if h.dump() != before || len(h.clerk.acts) > 0 {
		t.Error("the books changed")
	}
}

func TestAVisitorSeesNothingThatIsNotTheTenants(t *testing.T) {
	h := open(t)
	_, path := opened(t, h, link.Speak)
	for _, lang := range []string{"", "?lang=zh"} {
		body := h.get(path + lang).Body.String()
		for _, secret := range []string{
			"neighbour", "shadow", "deny", "ada.", "lovelace", "4711", "secret-rule-part", "crypto-mining v1", "payment-history", "said by nobody", "one step at a time", "only-in-shadow", "7.5", "compute, two",
		} {
			if strings.Contains(body, secret) {
				t.Errorf("%q stands on the page", secret)
			}
		}
		terms, keeps, wire := clause, "backups can be downloaded", "Stratum, the protocol"
		if lang != "" {
			terms, keeps, wire = "不得使用机器挖掘加密货币", "可以下载备份", "识别出 Stratum"
		}
		for _, ours := range []string{"worker-1", "worker-2", wire, terms, keeps, "<svg"} {
			if !strings.Contains(body, ours) {
				t.Errorf("%q does not stand on the page", ours)
			}
		}
	}
}

func TestAMeasureWithoutAReceiptIsNotSaidToBeDone(t *testing.T) {
	h := open(t)
	c, path := opened(t, h, link.Speak)
	d := decided(c, evenkeel.MeasureThrottle, evenkeel.InForce, evenkeel.ModeLive, 20)
	if body := h.get(path).Body.String(); !strings.Contains(body, "ordered, not yet confirmed") {
		t.Error("it is not said that nobody has confirmed it")
	}
	h.put(docket.Changes{Tenant: "raisup", Receipts: []evenkeel.Receipt{{Order: orderOf(d).ID, Node: "n1", State: evenkeel.ReceiptApplied, At: at(22)}}})
	if body := h.get(path).Body.String(); !strings.Contains(body, "confirmed at <time") || strings.Contains(body, "not yet confirmed") || strings.Contains(body, "n1") {
		t.Error("the receipt is not shown")
	}
}

func TestPagesAreAsInTheGoldenFiles(t *testing.T) {
	h := open(t)
	c, path := opened(t, h, link.Speak)
	h.follow(h.post(path+"/answer", url.Values{"nonce": {nonce()}, "text": {"It is our yearly valuation.\nIt ends tonight."}, "down": {"yes"}}))
	h.now = at(75)
	over := decided(c, evenkeel.MeasureThrottle, evenkeel.Lifted, evenkeel.ModeLive, 20)
	over.At = at(70)
	h.put(docket.Changes{Tenant: "raisup", Decisions: []evenkeel.Decision{over}, Notices: []evenkeel.Notice{noticed(over, "A valuation, as they said. Sorry for the trouble.")}})
	for _, lang := range []string{"en", "zh"} {
		t.Run(lang, func(t *testing.T) {
			got := h.get(path + "?lang=" + lang).Body.String()
			got = strings.ReplaceAll(got, strings.TrimPrefix(path, "/t/"), "TOKEN") // its form is not ours
			golden(t, lang+".html", got)
		})
	}
}

// What a person cleared is no secret from whom it was cleared for; why it was, in the operator's
// own words, and by whom, is.
func TestWhatTheCaseWasClearedForIsShown(t *testing.T) {
	h := open(t)
	c, path := opened(t, h, link.Speak)
	flag := evenkeel.Flag{
		Tenant: "raisup", Family: "mining", Case: c.ID, Selector: evenkeel.Selector{Principal: "ci"}, From: at(30), Until: at(9999), By: evenkeel.Actor{Person: "ada.lovelace"}, Why: internal,
	}
	old, revoked := flag, flag
	old.Selector.Principal, old.Until = "old-key", at(60)
	revoked.Selector.Principal, revoked.Revoked = "revoked-key", at(40)
	for _, f := range []*evenkeel.Flag{&flag, &old, &revoked} {
		f.ID = evenkeel.NewFlagID(f)
	}
	h.put(docket.Changes{Tenant: "raisup", Flags: []evenkeel.Flag{flag, old, revoked}})
	body := h.get(path).Body.String()
	if !strings.Contains(body, "Machines made by <code>ci</code>, from") {
		t.Error("the flag is not shown")
	}
	for _, secret := range []string{"old-key", "revoked-key", "lovelace", "4711"} {
		if strings.Contains(body, secret) {
			t.Errorf("%q stands on the page", secret)
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if styleless(got) != styleless(string(want)) {
		t.Errorf("%s differs; write it anew with -rewrite and read the difference. It is now\n%s", name, got)
	}
}

// styleless is a page without the name of its style sheet, which changes with what is in it.
func styleless(page string) string {
	before, rest, _ := strings.Cut(page, `<link rel="stylesheet" href="`)
	_, after, _ := strings.Cut(rest, `"`)
	return before + after
}

func TestThereAreNoOtherRoutes(t *testing.T) {
	h := open(t)
	_, path := opened(t, h, link.Speak)
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{http.MethodGet, "/", 404}, {http.MethodGet, "/t/", 404}, {http.MethodGet, "/case/c-1", 404}, {http.MethodGet, path + "/lift", 404}, {http.MethodPost, path + "/lift", 404},
		{http.MethodPost, path + "/flag", 404}, {http.MethodPost, path + "/contacts", 404}, {http.MethodPost, path + "/uphold", 404}, {http.MethodPost, path + "/renew", 404},
		{http.MethodPost, path + "/clear", 404}, {http.MethodPost, path, 405}, {http.MethodPut, path + "/answer", 405}, {http.MethodDelete, path, 405}, {http.MethodGet, path + "/answer", 303},
	} {
		if w := h.do(c.method, c.path, nil, "Sec-Fetch-Site", "same-origin"); w.Code != c.status {
			t.Errorf("%s %s answers %d; expected %d", c.method, c.path, w.Code, c.status)
		}
	}
}

func TestEveryAnswerKeepsTheAddressToItself(t *testing.T) {
	h := open(t)
	_, path := opened(t, h, link.Speak)
	for _, w := range []interface{ Header() http.Header }{
		h.get(path), h.get("/t/x"), h.get("/nothing"), h.post(path+"/answer", url.Values{"nonce": {nonce()}, "text": {"hello"}}), h.post(path+"/answer", nil),
	} {
		for name, want := range map[string]string{
			"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow, noarchive", "Set-Cookie": "", "X-Content-Type-Options": "nosniff",
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s is %q; expected %q", name, got, want)
			}
		}
		if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "script-src") {
			t.Errorf("the content security policy is %q", csp)
		}
	}
}

func TestTheStyleIsServedBesideThePage(t *testing.T) {
	h := open(t)
	_, path := opened(t, h, link.Speak)
	_, rest, _ := strings.Cut(h.get(path).Body.String(), `<link rel="stylesheet" href="`)
	to, _, _ := strings.Cut(rest, `"`)
	w := h.get(to)
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") || !strings.Contains(w.Body.String(), ".plot") {
		t.Errorf("%s answers %d, %s", to, w.Code, w.Header())
	}
}

func TestWhenTheBooksCannotBeReadTheFaultIsOurs(t *testing.T) {
	h := open(t)
	_, path := opened(t, h, link.Speak)
	h.Handler = h.handler(shut{h.books})
	for _, w := range []interface {
		Result() *http.Response
	}{h.get(path), h.post(path+"/answer", url.Values{"nonce": {nonce()}, "text": {"hello"}})} {
		res := w.Result()
		body := new(strings.Builder)
		if _, err := readAll(body, res); err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != http.StatusServiceUnavailable || !strings.Contains(body.String(), "The fault is ours") || res.Header.Get("Retry-After") == "" {
			t.Errorf("it answers %d: %s", res.StatusCode, body)
		}
	}
	if !strings.Contains(h.log.String(), "the disk is full") || strings.Contains(h.log.String(), strings.TrimPrefix(path, "/t/")) {
		t.Errorf("the log says %s; expected why, and no link", h.log)
	}
}

func TestAPartThatIsMissingIsTold(t *testing.T) {
	if h, err := newEmpty(); err == nil || h != nil || evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("the tenant's side is made of nothing: %v", err)
	}
}
