package visit

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"strconv"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/charts"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
	"github.com/evenkeel/evenkeel/judge/availability"
)

// Sites is what came to tenants' sites at the edge, and what is promised of it. A link shows those of its own tenant.
type Sites struct {
	Record   availability.Record
	Promises *availability.Promises
}

// siteTexts are what the page of sites says in one language.
type siteTexts struct {
	Title, Link, Back, Intro, None string
	Promised, Nothing              string // 1 the share
	Windows                        [4]string
	Nobody, Left, Credit, NoCredit string // Credit: 1 per cent of the month's price
	Missed, MissedOf               string // 1 how many, 2 of how many
	Excused                        map[string]string
	Plots, Outages, Attacks        string
	Outage                         string // 1 from, 2 minutes, 3 site, 4 missed, 5 wanted, 6 why
	Attack                         string // 1 from, 2 minutes, 3 site, 4 came, 5 held off, 6 wanted, 7 served
	Why                            [4]string
	Estimated                      string // of an outage
	NoOutage, NoAttack             string
	Spans                          [4]string
}

var siteSays = map[string]siteTexts{
	english.Tag: {
		Title: "Your sites", Link: "How available your sites were", Back: "Back to what happened",
		Intro: "Of the requests of visitors whom nothing tells from those who always come, how many were served within a second. Minutes in which nobody came count as neither.",
		None:  "No edge told of a site of yours in the last month.", Promised: "Promised are %[1]s of the requests of a calendar month.", Nothing: "Nothing is promised.",
		Windows: [4]string{"This month", "30 days", "7 days", "24 hours"}, Nobody: "nobody came", Left: "Error budget left", Credit: "If the month ended now, you would be credited %[1]s %% of its price.", NoCredit: "If the month ended now, nothing would be credited.",
		Missed: "Missed in 30 days", MissedOf: "%[1]s of %[2]s",
		Excused: map[string]string{"maintenance": "Not counted this month, during maintenance that was announced: %[1]s", "backends": "Not counted this month, by backends that you run yourself: %[1]s", "beyond_budget": "Not counted this month, at the stage that you chose beyond your budget: %[1]s"},
		Plots:   "Over time", Outages: "Outages in 30 days", Attacks: "Attacks in 30 days",
		Outage: "%[1]s, %[2]s min, %[3]s: %[4]s of %[5]s were not served; %[6]s", Attack: "%[1]s, %[2]s min, %[3]s: %[4]s came, %[5]s were held off; of %[6]s that were wanted %[7]s were served",
		Why: [4]string{"it is not known why", "the site's own backends failed", "visitors were held off in an attack", "none of our servers in front of it was there"}, Estimated: "what would have come is estimated from the hour before", NoOutage: "None.", NoAttack: "None.", Spans: [4]string{"6 hours", "24 hours", "7 days", "30 days"},
	},
	chinese.Tag: {
		Title: "您的网站", Link: "您的网站的可用性", Back: "返回所发生的情况",
		Intro: "与平常访客无异的访客的请求中，有多少在一秒内得到响应。无人访问的分钟不计入。",
		None:  "最近一个月没有边缘节点报告您的网站。", Promised: "承诺每个自然月请求的 %[1]s。", Nothing: "未作承诺。",
		Windows: [4]string{"本月", "30 天", "7 天", "24 小时"}, Nobody: "无人访问", Left: "剩余错误预算", Credit: "若本月到此为止，将退还当月价格的 %[1]s %%。", NoCredit: "若本月到此为止，无需退还。",
		Missed: "30 天内未响应", MissedOf: "%[2]s 次中的 %[1]s 次",
		Excused: map[string]string{"maintenance": "本月不计入（已预告的维护期间）：%[1]s", "backends": "本月不计入（您自行运行的后端）：%[1]s", "beyond_budget": "本月不计入（您为超出预算所选的阶段）：%[1]s"},
		Plots:   "变化情况", Outages: "30 天内的中断", Attacks: "30 天内的攻击",
		Outage: "%[1]s，%[2]s 分钟，%[3]s：%[5]s 次中有 %[4]s 次未响应；%[6]s", Attack: "%[1]s，%[2]s 分钟，%[3]s：到达 %[4]s，拦下 %[5]s；正当请求 %[6]s 中得到响应 %[7]s",
		Why: [4]string{"原因不明", "网站自身的后端出错", "访客在攻击期间被拦下", "我们位于其前端的服务器均不可用"}, Estimated: "本应到达的请求数按之前一小时估算", NoOutage: "没有。", NoAttack: "没有。", Spans: [4]string{"6 小时", "24 小时", "7 天", "30 天"},
	},
}

// sitesPart is what its template is given.
type sitesPart struct {
	S        siteTexts
	Back     string
	None     bool
	Promised template.HTML
	Credit   template.HTML
	Excused  []template.HTML
	Rows     []siteRow
	Spans    []spanPart
	Plots    []template.HTML
	Outages  []template.HTML
	Attacks  []template.HTML
}

type siteRow struct {
	Site   string
	Shares []string
	Left   string
	Missed template.HTML
}

type spanPart struct {
	Href, Says string
	Here       bool
}

// mostOutages is how many outages and attacks the page tells, the latest.
const mostOutages = 50

// hasSites says whether the page of sites has anything to show to a tenant.
func (s *server) hasSites(ctx context.Context, t evenkeel.TenantID) bool {
	if s.parts.Sites == nil || t == "" {
		return false
	}
	held, err := s.parts.Sites.Record.Sites(ctx, availability.Of{Tenant: t, Most: 1})
	if err != nil {
		s.parts.Log.WarnContext(ctx, "look for a tenant's sites", "err", err)
	}
	return len(held) > 0
}

// sitesLink leads to it.
func (s *server) sitesLink(r *http.Request, v *visitor, t tongue) template.HTML {
	if !s.hasSites(r.Context(), v.tenant) {
		return ""
	}
	return say(`%s`, template.HTML(`<a href="/t/`+url.PathEscape(v.token)+"/sites"+template.HTMLEscapeString(langQuery(r))+`">`+template.HTMLEscapeString(siteSays[t.Tag].Link)+`</a>`))
}

// showSites shows the sites of the link's tenant, and of no other.
func (s *server) showSites(w http.ResponseWriter, r *http.Request, v *visitor) {
	if !s.hasSites(r.Context(), v.tenant) {
		s.brokenLink(w, r)
		return
	}
	t := tongue{s.language(r, v), v.now}
	p, err := s.sitesPart(r, v, t)
	var body template.HTML
	if err == nil {
		body, err = sheet.Fill(pageTemplate, "sites", p)
	}
	if err != nil {
		s.parts.Log.ErrorContext(r.Context(), "write a tenant's page of sites", "err", err)
		write(w, http.StatusInternalServerError, s.parts.Brand, s.laterPage(r))
		return
	}
	write(w, http.StatusOK, s.parts.Brand, sheet.Page{Title: p.S.Title, Lang: t.Tag, Skip: t.Skip, Body: body})
}

func (s *server) sitesPart(r *http.Request, v *visitor, t tongue) (*sitesPart, error) {
	promises, record, says := s.parts.Sites.Promises, s.parts.Sites.Record, siteSays[t.Tag]
	p := &sitesPart{S: says, Back: "/t/" + url.PathEscape(v.token) + langQuery(r)}
	look, err := promises.LookNow(r.Context(), record, v.now)
	if err != nil {
		return nil, err
	}
	all, sites, err := promises.TenantFigures(r.Context(), look, v.tenant)
	if err != nil {
		return nil, err
	}
	if p.None = len(sites) == 0; p.None {
		return p, nil
	}
	p.Promised = say("%s", says.Nothing)
	if all.Plan.Target > 0 {
		p.Promised, p.Credit = say(says.Promised, all.Plan.Target.Percent()+" %"), say("%s", says.NoCredit)
		if all.Credit > 0 {
			p.Credit = say(says.Credit, strconv.Itoa(all.Credit))
		}
	}
	for _, clause := range []string{"maintenance", "backends", "beyond_budget"} {
		if n := all.Windows[0].ByClause()[clause]; n > 0 {
			p.Excused = append(p.Excused, say(says.Excused[clause], inDigits(n)))
		}
	}
	history := new(availability.History)
	for i := range sites {
		f := &sites[i]
		p.Rows = append(p.Rows, siteRowOf(f, &says))
		h, err := look.History(r.Context(), v.tenant, f.Site)
		if err != nil {
			return nil, err
		}
		history.Join(h)
		for _, o := range f.Outages[max(0, len(f.Outages)-mostOutages):] {
			why := says.Why[o.Why]
			if o.Estimated > 0 {
				why += "; " + says.Estimated
			}
			p.Outages = append(p.Outages, say(says.Outage, t.moment(o.From), inDigits(uint64(o.For().Minutes())), name(string(f.Site)), inDigits(o.Missed), inDigits(o.Wanted), why))
		}
		for _, a := range f.Attacks[max(0, len(f.Attacks)-mostOutages):] {
			off := a.Cost.Of(evenkeel.PartRefused) + a.Cost.Of(evenkeel.PartTurned)
			p.Attacks = append(p.Attacks, say(says.Attack, t.moment(a.From), inDigits(uint64(a.For().Minutes())), name(string(f.Site)), inDigits(a.Cost.Of(evenkeel.PartVisits)), inDigits(off), inDigits(a.Cost.Wanted()), inDigits(a.Cost.Served())))
		}
	}
	here := 1
	for i, x := range charts.Spans {
		if x.Word == r.URL.Query().Get("span") {
			here = i
		}
	}
	for i, x := range charts.Spans {
		q := r.URL.Query()
		q.Set("span", x.Word)
		p.Spans = append(p.Spans, spanPart{"/t/" + url.PathEscape(v.token) + "/sites?" + q.Encode(), says.Spans[i], i == here})
	}
	p.Plots = charts.Sites(history, v.now, charts.Spans[here], all.Plan.Target, t.Tag == chinese.Tag)
	return p, nil
}

func inDigits(n uint64) string { return strconv.FormatUint(n, 10) }

func siteRowOf(f *availability.Figures, says *siteTexts) siteRow {
	row := siteRow{Site: string(f.Site), Left: "–"}
	for i := range f.Windows {
		share := says.Nobody
		if n, ok := f.Windows[i].Share(); ok {
			share = n.Percent() + " %"
		}
		row.Shares = append(row.Shares, share)
	}
	if n, ok := f.Budget.Left(); ok && f.Plan.Target > 0 {
		row.Left = strconv.FormatFloat(float64(n)/10, 'f', 1, 64) + " %"
	}
	row.Missed = say(says.MissedOf, inDigits(f.Windows[1].Missed), inDigits(f.Windows[1].Wanted))
	return row
}
