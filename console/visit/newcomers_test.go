package visit_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/instrument/redact"
	"github.com/evenkeel/evenkeel/judge/docket"
)

var marks, _ = redact.NewKey([]byte(strings.Repeat("k", redact.LeastKey)))

// The contacts of a case: Ann was one before and is none any more, bill is one still, Carl came.
var (
	ann  = evenkeel.Contact{Role: "owner", Email: "ann@raisup.example"}
	bill = evenkeel.Contact{Role: "billing", Email: "bill@raisup.example"}
	carl = evenkeel.Contact{Role: "owner", Email: "carl@elsewhere.example"}
)

// came is a case in which Carl came in the place of Ann.
func came(t *testing.T, h *house) evenkeel.Case {
	t.Helper()
	c, _ := opened(t, h, link.Speak)
	h.put(docket.Changes{Tenant: c.Tenant, Reaches: []docket.Reach{{Case: c.ID, Listed: at(50), Until: at(9999), Before: []evenkeel.Contact{ann, bill}, Now: []evenkeel.Contact{carl, bill}}}})
	return c
}

// of is the page of a contact's own link.
func (h *house) of(p link.Purpose, c evenkeel.Case, role string, who evenkeel.Contact) string {
	return "/t/" + h.token(p, c, redact.Label(role, marks.Contact(string(c.ID), who.Email)))
}

// R27: who may confirm a newcomer is shown who came, without their address; anybody else is told why they cannot and what to do, and
// is refused.
func TestOnlyAKnownContactIsOfferedToConfirmWhoCame(t *testing.T) {
	h := open(t)
	c := came(t, h)
	typed := url.Values{"listed": {at(50).String()}, "newcomer": {"owner#new"}, "text": {"Carl has bought the company."}}
	for _, x := range []struct{ name, path, says, zh string }{
		{"who came", h.of(link.Speak, c, "owner#new", carl), "nobody has confirmed you yet", "尚未获得确认"},
		{"who came, with a letter that does not say so", h.of(link.Speak, c, "owner", carl), "nobody has confirmed you yet", "尚未获得确认"},
		{"who is none any more", h.of(link.Speak, c, "owner", ann), "none of the contacts any more", "已不再是联系人"},
		{"an older link, under which no letter is known to have gone", "/t/" + h.token(link.Speak, c, "billing"), "not sure as whom this link speaks", "无法确定此链接"},
		{"a link that only shows", h.of(link.Show, c, "billing", bill), "can only show: to confirm", "此链接只能查看：如需确认"},
	} {
		page, zh := h.get(x.path).Body.String(), h.get(x.path+"?lang=zh").Body.String()
		checkHTML(t, page)
		if !strings.Contains(page, x.says) || !strings.Contains(zh, x.zh) || strings.Contains(page, "/vouch") || strings.Contains(page, "elsewhere.example") {
			t.Errorf("%s: the page says %s", x.name, page)
		}
		typed.Set("nonce", nonce())
		if w := h.post(x.path+"/vouch", typed); w.Code != http.StatusForbidden || x.name != "a link that only shows" && !strings.Contains(w.Body.String(), "Carl has bought the company.") {
			t.Errorf("%s: the form answers %d: %s", x.name, w.Code, w.Body)
		}
	}
	if len(h.clerk.acts) > 0 {
		t.Fatalf("done was %+v", h.clerk.acts)
	}
	path := h.of(link.Speak, c, "billing", bill)
	for _, lang := range []string{"en", "zh"} {
		page := h.get(path + "?lang=" + lang).Body.String()
		checkHTML(t, page)
		if !strings.Contains(page, "c…@elsewhere.example") || strings.Contains(page, carl.Email) || strings.Contains(page, ann.Email) || !strings.Contains(page, "/vouch?lang="+lang) {
			t.Errorf("in %s the page of one from before says %s", lang, page)
		}
	}
}

// R27: what a known contact confirms is one act, of the list that they read, however often the form comes.
func TestAKnownContactConfirmsByTheirLink(t *testing.T) {
	h := open(t)
	c := came(t, h)
	path := h.of(link.Speak, c, "billing", bill)
	typed := func() url.Values {
		return url.Values{"nonce": {nonce()}, "listed": {at(50).String()}, "newcomer": {"owner#new"}, "text": {"Carl has bought the company."}}
	}
	for name, spoil := range map[string]func(url.Values){
		"nobody is chosen": func(v url.Values) { v.Del("newcomer") }, "no word": func(v url.Values) { v.Set("text", " ") },
		"of another list": func(v url.Values) { v.Set("listed", at(49).String()) }, "of no list": func(v url.Values) { v.Set("listed", "x") },
	} {
		v := typed()
		spoil(v)
		w := h.post(path+"/vouch", v)
		checkHTML(t, w.Body.String())
		if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), `href="#vouch-`) || len(h.clerk.acts) > 0 {
			t.Errorf("%s: %d, %+v: %s", name, w.Code, h.clerk.acts, w.Body)
		}
	}
	v := typed()
	page := h.follow(h.post(path+"/vouch", v))
	if !strings.Contains(page, "This contact is known from now on") {
		t.Errorf("the receipt: %s", page)
	}
	h.follow(h.post(path+"/vouch", v))
	if len(h.clerk.acts) != 1 {
		t.Fatalf("done was %+v; expected it once", h.clerk.acts)
	}
	if a := h.clerk.acts[0]; a.Kind != docket.ActVouch || a.Contact != "billing" || a.Confirm == nil || *a.Confirm != (docket.Confirming{Contact: "owner#new", Listed: at(50), Speaker: bill.Email}) || strings.Contains(a.ID, "@") {
		t.Errorf("done was %+v, of %+v", a, a.Confirm)
	}
	r, err := h.books.ReachOf(context.Background(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	r.Confirmed = []docket.Confirmed{{Contact: carl, Called: "owner#new", By: "billing", At: at(60)}}
	h.put(docket.Changes{Tenant: c.Tenant, Reaches: []docket.Reach{r}})
	if page := h.get(h.of(link.Speak, c, "owner#new", carl)).Body.String(); !strings.Contains(page, "by your billing contact") || strings.Contains(page, `id="vouch"`) {
		t.Errorf("afterwards: %s", page)
	}
}

// N, R27: a decision is told once; a letter that reminds of it, or tells of contacts or of a way to the data, says on the page
// what it was about, and not that it was decided again.
func TestWhatWasDecidedStandsOnThePageOnce(t *testing.T) {
	h := open(t)
	c, path := opened(t, h, link.Speak)
	d := decided(c, evenkeel.MeasureThrottle, evenkeel.InForce, evenkeel.ModeLive, 20)
	before := map[string]int{}
	word := map[string]string{"en": "<h3>Decided: ", "zh": "<h3>决定："}
	for lang := range word {
		before[lang] = strings.Count(h.get(path+"?lang="+lang).Body.String(), word[lang])
	}
	var all []evenkeel.Notice
	for i, change := range []func(*evenkeel.Notice){
		func(n *evenkeel.Notice) { n.Reminder = true },
		func(n *evenkeel.Notice) { n.Cut = true },
		func(n *evenkeel.Notice) { n.Contacts = evenkeel.Contacts{Added: []string{"owner"}, Until: at(9999)} },
		func(n *evenkeel.Notice) {
			n.Contacts = evenkeel.Contacts{Until: at(9999), Confirmed: "owner", By: "billing"}
		},
	} {
		n := noticed(d, "")
		n.ID, n.At = n.ID+evenkeel.NoticeID(rune('a'+i)), at(30+i)
		change(&n)
		all = append(all, n)
	}
	h.put(docket.Changes{Tenant: c.Tenant, Notices: all})
	for lang, says := range map[string][]string{
		"en": {"We wrote again: ", "A way to your data was found cut: ", "Your contacts were changed, and we wrote to those from before too", "A contact of yours was confirmed</h3>", "by your billing contact."},
		"zh": {"我们再次致信：", "发现取回数据的途径不通：", "贵方联系人发生了更改", "贵方一位联系人已获确认</h3>", "由贵方的联系人（billing）确认。"},
	} {
		page := h.get(path + "?lang=" + lang).Body.String()
		checkHTML(t, page)
		for _, x := range says {
			if strings.Count(page, x) != 1 {
				t.Errorf("%s: the page says %q %d times; expected once", lang, x, strings.Count(page, x))
			}
		}
		if got := strings.Count(page, word[lang]); got != before[lang] || got == 0 {
			t.Errorf("%s: %d times it stands that it was decided; expected %d", lang, got, before[lang])
		}
	}
}
