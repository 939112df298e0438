package visit_test

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// flooded is what was found about a site that others flood.
func flooded(c evenkeel.Case) evenkeel.Finding {
	s := evenkeel.Subject{Kind: evenkeel.SubjectAsset, Asset: c.Assets[0], Tenant: c.Tenant}
	return evenkeel.Finding{
		ID: evenkeel.NewFindingID("site-flood", 1, s, start), Revision: evenkeel.Final, Rule: "site-flood", Version: 1, Family: c.Family, Mode: evenkeel.ModeLive,
		Subject: s, From: start, Until: at(1), At: at(1), Score: 4,
		Terms: []evenkeel.Term{{Name: "asks", Family: evenkeel.EvidenceWire, Value: known(4800), Threshold: known(1), Weight: 4, Says: "Its edge asked 4,800 visitors."}},
	}
}

// A tenant whose shop is flooded has no machine that anything was seen on, and is suspected of nothing: whatever was decided, and whatever
// becomes of the case, the page speaks of a site. Of a miner's case it goes on to speak of machines.
func TestAFloodedSiteIsNotCalledAMachine(t *testing.T) {
	h := open(t)
	for _, x := range []struct {
		name    string
		measure evenkeel.Measure
		outcome evenkeel.Outcome
		en, zh  string
	}{
		{"asked about", evenkeel.MeasureNotify, 0, "We saw a flood of requests from others on your site <code>shop.example</code> and would like to know more.", "我们在您的网站<code>shop.example</code>上观察到他人发来的大量请求"},
		{"visitors are asked", evenkeel.MeasureChallenge, 0, "visitors of the site may be asked for a short check while a flood lasts.", "在大量请求持续期间，该网站的访客可能需先通过简短验证。"},
		{"its page is shown", evenkeel.MeasureShut, 0, "The protection of a site of yours was ordered", "已下令保护您的网站"},
		{"nothing was done", evenkeel.MeasureNone, 0, "Something was seen at a site of yours", "我们在您的网站上观察到一些情况"},
		{"it was one", evenkeel.MeasureChallenge, evenkeel.OutcomeConfirmed, "A person found that others flooded the site. Nothing is held against you.", "不会对您有任何不利"},
		{"it was harmed", evenkeel.MeasureChallenge, evenkeel.OutcomeVictim, "others flooded the site: you were harmed", "您是受害者"},
		{"it was a newsletter", evenkeel.MeasureChallenge, evenkeel.OutcomePolicyMismatch, "these visitors are welcome", "而这些访客是受欢迎的"},
		{"it was none", evenkeel.MeasureChallenge, evenkeel.OutcomeFalsePositive, "It was no flood.", "这并不是洪泛"},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := aCase("acme", "edge")
			c.Assets = []evenkeel.AssetID{"shop.example"}
			d := decided(c, x.measure, evenkeel.InForce, evenkeel.ModeLive, 20)
			n := noticed(d, "")
			n.PassOn, n.Help = true, x.outcome == evenkeel.OutcomeVictim
			n.Seen, n.Keeps = flooded(c).Terms, []string{"the site answers"}
			if x.outcome != 0 {
				c.State, c.Outcome, c.Since = evenkeel.CaseClosed, x.outcome, at(30)
			}
			f := docket.Folder{Row: docket.Row{Case: c}, Findings: []evenkeel.Finding{flooded(c)}, Decisions: []evenkeel.Decision{d}, Notices: []evenkeel.Notice{n}}
			en, zh := h.page(t, f, "en"), h.page(t, f, "zh")
			if !strings.Contains(en, x.en) || !strings.Contains(en, "At the site <code>shop.example</code>") {
				t.Errorf("the page does not say %q:\n%s", x.en, en)
			}
			if !strings.Contains(zh, x.zh) || !strings.Contains(zh, "网站 <code>shop.example</code>") {
				t.Errorf("the page does not say %q:\n%s", x.zh, zh)
			}
			for _, wrong := range []string{"your machine <", "your machines<", "taken over the machine", "goes against the terms", "you may do it", "use that we have to ask about", "What runs there", "a machine of a customer", "somebody else got in"} {
				if strings.Contains(en, wrong) {
					t.Errorf("the page says %q", wrong)
				}
			}
			for _, wrong := range []string{"您的机器<", "机器 <code>", "违反服务条款", "该机器曾被", "那里运行的是什么", "客户的机器", "有他人侵入"} {
				if strings.Contains(zh, wrong) {
					t.Errorf("the page says %q", wrong)
				}
			}
		})
	}
	if body := h.page(t, docket.Folder{Row: docket.Row{Case: aCase("acme", "mining")}}, "en"); !strings.Contains(body, "Something was seen on your machines") {
		t.Error("a miner's case is not about machines any more")
	}
}

// What a person has a site show in an emergency rests on that person's word, in a family of any name: the page does not say that anything was seen.
func TestWhatAPersonOrderedAtASiteIsNotSaidToHaveBeenSeen(t *testing.T) {
	h := open(t)
	c := aCase("acme", "our-sites")
	c.Assets = []evenkeel.AssetID{"shop.example"}
	d := decided(c, evenkeel.MeasureShut, evenkeel.InForce, evenkeel.ModeLive, 20)
	d.Actor.Person = "ada.lovelace"
	f := docket.Folder{Row: docket.Row{Case: c}, Decisions: []evenkeel.Decision{d}, Notices: []evenkeel.Notice{noticed(d, "It shows orders of others.")}}
	for lang, want := range map[string]string{"en": "about your site <code>shop.example</code>: visitors of the site see its notice page.", "zh": "关于您的网站<code>shop.example</code>，工作人员决定自"} {
		if body := h.page(t, f, lang); !strings.Contains(body, want) || strings.Contains(body, "We saw") || strings.Contains(body, "上观察到") {
			t.Errorf("%s: the page does not say %q, or that something was seen:\n%s", lang, want, body)
		}
	}
}

// The page that an edge shows by itself is shown while visitors press, and that of a person's order until its end: neither is said to be the other.
func TestAPageThatIsShownWhileVisitorsPressIsSaidToBe(t *testing.T) {
	h := open(t)
	for _, pressed := range []bool{true, false} {
		c := aCase("acme", "edge")
		d := decided(c, evenkeel.MeasureShut, evenkeel.InForce, evenkeel.ModeLive, 20)
		o := orderOf(d)
		if o.Params = map[string]string{"update": "We are mending it."}; pressed {
			o.Params, d.Params = map[string]string{"when": "pressed"}, map[string]string{"when": "pressed"}
		}
		f := docket.Folder{Row: docket.Row{Case: c}, Findings: []evenkeel.Finding{flooded(c)}, Decisions: []evenkeel.Decision{d}, Orders: []evenkeel.Order{o}, Notices: []evenkeel.Notice{noticed(d, "")}}
		for lang, want := range map[string]string{"en": "while a flood lasts and nothing less helps, visitors of the site", "zh": "只有在大量请求持续且更轻的措施无效期间"} {
			if body := h.page(t, f, lang); strings.Count(body, want) != map[bool]int{true: 2}[pressed] || strings.Contains(body, "In numbers") || strings.Contains(body, "具体数值") {
				t.Errorf("%s, while visitors press %t: it is said otherwise:\n%s", lang, pressed, body)
			}
		}
	}
}
