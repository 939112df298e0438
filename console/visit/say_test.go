package visit_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/visit"
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// shut are books on a disk that is full.
type shut struct{ docket.Reader }

func (shut) Folder(context.Context, evenkeel.CaseID) (docket.Folder, error) {
	return docket.Folder{}, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "the disk is full", Hint: "make room"}
}

func readAll(to *strings.Builder, res *http.Response) (int64, error) { return io.Copy(to, res.Body) }

func newEmpty() (http.Handler, error) { return visit.New(visit.Parts{}) }

func answer(text string) url.Values { return url.Values{"nonce": {nonce()}, "text": {text}} }

func TestWhoAnswersSeesTheReceiptAtOnce(t *testing.T) {
	h := open(t)
	c, path := opened(t, h, link.Speak)
	form := answer("It is our yearly valuation.\r\nIt ends tonight.")
	form.Set("down", "yes")
	form.Set("done", "yes")
	w := h.post(path+"/answer", form)
	if !strings.HasSuffix(w.Header().Get("Location"), "#receipt") {
		t.Errorf("it leads to %s; expected the receipt", w.Header().Get("Location"))
	}
	body := h.follow(w)
	for _, part := range []string{
		`id="receipt"`, "We have it", "number <code>" + string(c.ID) + "-8</code>", "A person answers by <time datetime=\"2019-05-29T14:00:00Z\">", "(in 1 hour)",
		"It is our yearly valuation.\nIt ends tonight.", "Production is down", "All questions are answered", "as owner", "We owe you the decision of a person by",
	} {
		if !strings.Contains(body, part) {
			t.Errorf("the page does not say %q", part)
		}
	}
	if len(h.clerk.acts) != 3 || h.clerk.acts[1].Kind != docket.ActDown || h.clerk.acts[2].Kind != docket.ActAnswered {
		t.Fatalf("%+v; expected the answer, and what its boxes say, which calls a person at once", h.clerk.acts)
	}
	a := h.clerk.acts[0]
	want := docket.Act{ID: a.ID, Kind: docket.ActAnswer, At: at(60), Tenant: "raisup", Case: c.ID, Says: "Production is down.\nAll questions are answered.\nIt is our yearly valuation.\nIt ends tonight."}
	if !strings.HasPrefix(a.ID, "link "+string(c.ID)+" owner "+form.Get("nonce")) || a.Says != want.Says || a.Kind != want.Kind || a.Case != want.Case || a.Tenant != want.Tenant || a.At != want.At || a.By != "" {
		t.Errorf("the act is %+v; expected %+v", a, want)
	}
}

func TestTheSameFormSentTwiceCountsOnce(t *testing.T) {
	h := open(t)
	_, path := opened(t, h, link.Speak)
	form := answer("hello")
	first := h.follow(h.post(path+"/answer", form))
	once := h.dump()
	h.now = at(63)
	again := h.follow(h.post(path+"/answer", form))
	if h.dump() != once {
		t.Error("the second tap changed the books")
	}
	if !strings.Contains(again, "We have it") || !strings.Contains(first, "We have it") {
		t.Error("who taps twice does not see the receipt")
	}
}

// Who goes back, changes the words and sends the same form again has said something new. It would
// be lost in silence if the form alone told acts apart.
func TestWordsThatWereChangedCountAsNewOnes(t *testing.T) {
	h := open(t)
	_, path := opened(t, h, link.Speak)
	form := answer("hello")
	h.follow(h.post(path+"/answer", form))
	form.Set("text", "hello, and the database is down too")
	if body := h.follow(h.post(path+"/answer", form)); !strings.Contains(body, "the database is down too") {
		t.Error("the second words are lost")
	}
	form.Set("down", "yes")
	h.follow(h.post(path+"/answer", form))
	if n := len(h.clerk.acts); n != 4 || h.clerk.acts[3].Kind != docket.ActDown {
		t.Errorf("%d acts; expected three answers and what the box says", n)
	}
}

func TestAMessageIsAMessage(t *testing.T) {
	h := open(t)
	_, path := opened(t, h, link.Speak)
	h.follow(h.post(path+"/message", answer("May I object?")))
	if a := h.clerk.acts[0]; a.Kind != docket.ActMessage || a.Says != "May I object?" {
		t.Errorf("the act is %+v", a)
	}
}

func TestAReceiptIsShownOnlyForWhatTheBooksHold(t *testing.T) {
	h := open(t)
	_, path := opened(t, h, link.Speak)
	for _, q := range []string{"?said=" + nonce() + ".0123456789ab", "?allowed=flag-x", "?said=" + strings.Repeat("x", 9999), "?said=%00"} {
		if body := h.get(path + q).Body.String(); strings.Contains(body, `id="receipt"`) {
			t.Errorf("%s is shown a receipt", q)
		}
	}
}

func TestHostileWordsStayWords(t *testing.T) {
	h := open(t)
	_, path := opened(t, h, link.Speak)
	h.follow(h.post(path+"/answer", answer(hostile)))
	kept := h.get(path).Body.String()
	wrong := h.post(path+"/announce", url.Values{"nonce": {nonce()}, "text": {hostile}, "machines": {hostile}, "principal": {hostile}, "from": {hostile}, "zone": {hostile}}).Body.String()
	for name, body := range map[string]string{"the page": kept, "the form again": wrong} {
		if strings.Contains(body, "<script") || strings.Contains(body, "<img") || strings.Contains(body, "\u202e") || !strings.Contains(body, "&lt;script&gt;") {
			t.Errorf("%s has markup of the visitor's", name)
		}
		checkHTML(t, body)
	}
}

// After a bad line or a bad field, nobody types it all again on a phone.
func TestWhatWasTypedIsKeptWhenAFormIsNotTakenIn(t *testing.T) {
	h := open(t)
	_, path := opened(t, h, link.Speak)
	const words = "We value 500,000 rows."
	burst := url.Values{"nonce": {nonce()}, "text": {words}, "machines": {"none"}, "from": {"2019-05-29T09:00"}, "until": {"soon"}, "zone": {"+08:00"}, "principal": {"ci key"}}
	w := h.post(path+"/announce", burst)
	body := w.Body.String()
	if w.Code != http.StatusUnprocessableEntity {
		t.Errorf("it answers %d", w.Code)
	}
	for _, part := range []string{
		words, `value="none"`, `value="2019-05-29T09:00"`, `value="soon"`, `<option selected>&#43;08:00`, `value="ci key"`, "Give a whole number of machines, from 1 to 1048576.", "It lies in the past",
		`id="burst-machines-wrong"`, `aria-invalid="true"`, "Give one name without blanks", burst.Get("nonce"), `<details class="tell" open>`,
	} {
		if !strings.Contains(body, part) {
			t.Errorf("the form does not have %q", part)
		}
	}
	h.clerk.fails = &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "the disk is full", Hint: "make room"}
	w = h.post(path+"/answer", answer(words))
	if body := w.Body.String(); w.Code != http.StatusServiceUnavailable || !strings.Contains(body, words) || !strings.Contains(body, "This was not sent") || !strings.Contains(body, "The fault is ours") {
		t.Errorf("it answers %d: %s", w.Code, body)
	}
	if !strings.Contains(h.log.String(), "the disk is full") || strings.Contains(h.log.String(), words) {
		t.Errorf("the log says %s; expected why, and none of the words", h.log)
	}
	h.clerk.fails = &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "two cases of ada"}
	w = h.post(path+"/message", answer(words))
	if body := w.Body.String(); w.Code != http.StatusConflict || !strings.Contains(body, words) || strings.Contains(body, "two cases of ada") {
		t.Errorf("it answers %d: %s", w.Code, body)
	}
}

func TestSizesAreBounded(t *testing.T) {
	h := open(t)
	_, path := opened(t, h, link.Speak)
	han := strings.Repeat("忙", visit.MaxWords/3) // 24 kB as a form sends it
	for _, c := range []struct {
		name, text string
		status     int
	}{
		{"as long as may be", strings.Repeat("x", visit.MaxWords), 303}, {"as long as may be in Chinese", han, 303}, {"a byte more", strings.Repeat("x", visit.MaxWords+1), 422},
		{"more than a form may have", strings.Repeat("x", visit.MaxBody), 413}, {"nothing", " \r\n\t", 422}, {"controls alone", "\x00\x01\u0085", 422},
	} {
		t.Run(c.name, func(t *testing.T) {
			if w := h.post(path+"/answer", answer(c.text)); w.Code != c.status {
				t.Errorf("it answers %d; expected %d", w.Code, c.status)
			}
		})
	}
	long := url.Values{"nonce": {nonce()}, "text": {strings.Repeat("x", visit.MaxWords)}, "machines": {"1"}, "until": {"2019-05-30T00:00"}, "principal": {strings.Repeat("p", 256)}}
	if w := h.post(path+"/announce", long); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("an announcement that is too long with its numbers answers %d", w.Code)
	}
	for _, a := range h.clerk.acts {
		if len(a.Says) > 8<<10 {
			t.Errorf("an act says %d bytes", len(a.Says))
		}
	}
	if w := h.do(http.MethodPost, path+"/answer", strings.NewReader(`{"text":"x"}`), "Content-Type", "application/json", "Sec-Fetch-Site", "same-origin"); w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("JSON answers %d", w.Code)
	}
	for _, n := range []string{"", "short", strings.Repeat("a", 65), strings.Repeat("G", 32), "0123456789abcdef 0123456789abcdef"} {
		if w := h.post(path+"/answer", url.Values{"nonce": {n}, "text": {"kept words"}}); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "kept words") {
			t.Errorf("the form %q answers %d", n, w.Code)
		}
	}
}

// The box alone is an answer: who has no hand free ticks it.
func TestTickingThatProductionIsDownIsEnough(t *testing.T) {
	h := open(t)
	_, path := opened(t, h, link.Speak)
	if body := h.follow(h.post(path+"/answer", url.Values{"nonce": {nonce()}, "down": {"yes"}})); !strings.Contains(body, "Production is down") {
		t.Error("it is not kept")
	}
}

func TestOfWhatIsSaidTooOftenTheVisitorIsToldWhenToComeAgain(t *testing.T) {
	h := open(t)
	c, path := opened(t, h, link.Speak)
	for i := range visit.MostSaid {
		h.now = at(60 + i)
		kind := "/message"
		form := answer("hello")
		if i%2 == 1 { // announcements that a person is asked about count too
			kind = "/announce"
			form = url.Values{"nonce": {nonce()}, "text": {"x"}, "machines": {"500"}, "until": {"2019-06-01T00:00"}}
		}
		if w := h.post(path+kind, form); w.Code != http.StatusSeeOther {
			t.Fatalf("message %d answers %d", i+1, w.Code)
		}
	}
	last := answer("and again")
	w := h.post(path+"/message", last)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "2460" || !strings.Contains(w.Body.String(), "2019-05-29T14:00:00Z") || !strings.Contains(w.Body.String(), "and again") {
		t.Errorf("it answers %d, come again in %s s", w.Code, w.Header().Get("Retry-After"))
	}
	if w := h.post("/t/"+h.token(link.Speak, c, "technical")+"/message", answer("I am somebody else")); w.Code != http.StatusSeeOther {
		t.Errorf("another contact may not speak: %d", w.Code)
	}
	if w := h.post("/t/"+h.token(link.Speak, c, "owner")+"/message", answer("by a second link")); w.Code != http.StatusTooManyRequests {
		t.Errorf("a second link of the same contact gets round it: %d", w.Code)
	}
	h.now = at(120)
	if w := h.post(path+"/message", last); w.Code != http.StatusSeeOther {
		t.Errorf("an hour later it answers %d", w.Code)
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	h := open(t)
	_, path := opened(t, h, link.Speak)
	send := func(headers ...string) int {
		return h.do(http.MethodPost, path+"/answer", strings.NewReader(answer("hello").Encode()), append([]string{"Content-Type", "application/x-www-form-urlencoded"}, headers...)...).Code
	}
	for _, c := range []struct {
		name    string
		headers []string
		status  int
	}{
		{"a form of another site", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, 403},
		{"a form of another site in an old browser", []string{"Origin", "https://evil.example"}, 403},
		{"a form of another site that hides its origin", []string{"Sec-Fetch-Site", "cross-site", "Origin", "null"}, 403},
		{"our form", []string{"Sec-Fetch-Site", "same-origin", "Origin", "null"}, 303},
		{"our form in an old browser, which is told to give no referrer", []string{"Origin", "null"}, 303},
		{"our form in an old browser", []string{"Origin", "https://abuse.example"}, 303},
		{"a program", nil, 303},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := h.dump()
			if status := send(c.headers...); status != c.status {
				t.Errorf("it answers %d; expected %d", status, c.status)
			}
			if c.status == 403 && h.dump() != before {
				t.Error("the books changed")
			}
		})
	}
}

// What has arrived is taken in though the phone lost its line before the answer.
func TestALineThatGoesDownLosesNothing(t *testing.T) {
	h := open(t)
	_, path := opened(t, h, link.Speak)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://abuse.example"+path+"/answer", leaves{strings.NewReader(answer("hello").Encode()), cancel})
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	h.ServeHTTP(&lost{http.Header{}}, r)
	if len(h.clerk.acts) != 1 || !strings.Contains(h.get(path).Body.String(), "hello") {
		t.Errorf("the words are lost: %+v", h.clerk.acts)
	}
}

// leaves is a body whose sender hangs up when all of it has come.
type leaves struct {
	io.Reader
	hangUp func()
}

func (l leaves) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	if err == io.EOF {
		l.hangUp()
	}
	return n, err
}

// lost is an answer that nobody reads.
type lost struct{ head http.Header }

func (l *lost) Header() http.Header       { return l.head }
func (l *lost) WriteHeader(int)           {}
func (l *lost) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestABurstWithinWhatWasEarnedIsAllowedAtOnce(t *testing.T) {
	h := open(t)
	_, path := opened(t, h, link.Speak)
	form := url.Values{"nonce": {nonce()}, "text": {"Yearly valuation"}, "machines": {"10"}, "until": {"2019-05-30T08:00"}, "zone": {"+08:00"}, "principal": {"ci"}}
	body := h.follow(h.post(path+"/announce", form))
	for _, part := range []string{"We have it", "It is allowed", "Machines made by <code>ci</code>, at most 10 machines at the same time", `<time datetime="2019-05-30T00:00:00Z">`, "What you may run"} {
		if !strings.Contains(body, part) {
			t.Errorf("the page does not say %q", part)
		}
	}
	b := h.clerk.acts[0].Burst
	if b.From != h.now || b.Count != 10 || b.Selector != "principal=ci" || b.What != "Yearly valuation" || b.Tenant != "raisup" || h.clerk.acts[0].Case != "" {
		t.Errorf("the burst is %+v", b)
	}
	h.now = h.now.Add(time.Minute)
	if again := h.follow(h.post(path+"/announce", form)); !strings.Contains(again, "It is allowed") {
		t.Error("who taps twice does not see the receipt")
	}
	if strings.Count(h.get(path).Body.String(), "Machines made by") != 1 {
		t.Error("it is allowed twice")
	}
}

func TestABurstBeyondThatIsAQuestionToAPerson(t *testing.T) {
	h := open(t)
	_, path := opened(t, h, link.Speak)
	form := url.Values{"nonce": {nonce()}, "text": {"A launch"}, "machines": {"500"}, "from": {"2019-06-01 08:00"}, "until": {"2019-06-02T08:00"}}
	body := h.follow(h.post(path+"/announce", form))
	for _, part := range []string{"We have it", "A person answers by", "A person looks at it by", "500 machines, all machines, from 1 Jun 2019, 08:00 UTC until 2 Jun 2019, 08:00 UTC.\nA launch"} {
		if !strings.Contains(body, part) {
			t.Errorf("the page does not say %q", part)
		}
	}
}

func TestTimesOfABurst(t *testing.T) {
	h := open(t) // it is 13:00 UTC
	_, path := opened(t, h, link.Speak)
	for _, c := range []struct {
		name, from, until, zone string
		status                  int
	}{
		{"from now on", "", "2019-05-29T14:00", "", 303}, {"this minute is now", "2019-05-29T13:00", "2019-05-29T14:00", "", 303},
		{"a minute ago is an answer", "2019-05-29T12:59", "2019-05-29T14:00", "", 422}, {"a time zone counts", "2019-05-29T14:30", "2019-05-29T15:00", "+08:00", 422},
		{"an end before the beginning", "2019-05-29T15:00", "2019-05-29T14:00", "", 422}, {"no end", "", "", "", 422}, {"an end in ten years", "", "2029-05-29T14:00", "", 422},
		{"no time zone of this world", "", "2019-05-29T14:00", "Mars", 422}, {"a year of five digits", "", "20190-05-29T14:00", "", 422},
		{"half an hour from UTC", "", "2019-05-29T20:00", "+05:30", 303},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := h.post(path+"/announce", url.Values{"nonce": {nonce()}, "text": {c.name}, "machines": {"1"}, "from": {c.from}, "until": {c.until}, "zone": {c.zone}})
			if w.Code != c.status {
				t.Errorf("it answers %d; expected %d", w.Code, c.status)
			}
		})
	}
}

// Whatever a visitor sends, nothing breaks, and what leaves is the tenant's own word, bounded.
func FuzzPost(f *testing.F) {
	f.Add("answer", "nonce=0123456789abcdef&text=hello&down=yes")
	f.Add("announce", "nonce=0123456789abcdef&text=x&machines=3&until=2019-05-30T00:00&zone=%2B08:00&principal=ci")
	f.Add("message", "nonce=0123456789abcdef&text=%ff%00\u202e&lang=zh")
	f.Add("message", "text=%zz;;&&nonce")
	f.Add("appeal", "nonce=0123456789abcdef&text=x&decision=")
	f.Add("extend", "nonce=0123456789abcdef&text=x")
	f.Add("down", "nonce=0123456789abcdef&text=")
	f.Add("answered", "nonce=0123456789abcdef&text=%00")
	f.Fuzz(func(t *testing.T, kind, body string) {
		h := open(t)
		c, path := opened(t, h, link.Speak)
		if !slices.Contains(spoken, kind) {
			kind = "announce"
		}
		own := decided(c, evenkeel.MeasureThrottle, evenkeel.InForce, evenkeel.ModeLive, 20).ID
		body = strings.Replace(body, "decision=", "decision="+string(own), 1)
		w := h.do(http.MethodPost, path+"/"+kind, strings.NewReader(body), "Content-Type", "application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
		if w.Code >= 500 || w.Code == 200 {
			t.Fatalf("it answers %d", w.Code)
		}
		if w.Code == http.StatusSeeOther {
			h.follow(w)
		} else {
			checkHTML(t, w.Body.String())
		}
		for _, a := range h.clerk.acts {
			ours := a.Case == c.ID || a.Case == "" && a.Kind == docket.ActAnnounce && a.Burst != nil && a.Burst.Tenant == c.Tenant
			if a.Decision != "" && (a.Kind != docket.ActAppeal || a.Decision != own) || a.Flag != "" || a.Grant != nil || a.Outcome != 0 || a.Measure != 0 {
				t.Fatalf("the act does more than speak: %+v", a)
			}
			if a.Tenant != c.Tenant || !ours || !a.Kind.OfTenant() || a.By != "" || a.Says == "" || len(a.Says) > 8<<10 || strings.ToValidUTF8(a.Says, "") != a.Says {
				t.Fatalf("the act is %+v", a)
			}
		}
	})
}
