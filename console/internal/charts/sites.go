package charts

import (
	"fmt"
	"html/template"
	"math"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/plot"
	"github.com/evenkeel/evenkeel/judge/availability"
)

// Span is a length of time until now, and the steps in which it is drawn.
type Span struct {
	Word string // of addresses
	Says string
	over time.Duration
	step time.Duration
}

// Spans are those that there are.
var Spans = [...]Span{
	{"6h", "6 hours", 6 * time.Hour, time.Minute}, {"24h", "24 hours", 24 * time.Hour, 5 * time.Minute}, {"7d", "7 days", 7 * 24 * time.Hour, time.Hour}, {"30d", "30 days", 30 * 24 * time.Hour, 3 * time.Hour},
}

// Sites draws what came to sites until now, what was promised of it, and what it cost.
func Sites(h *availability.History, now evenkeel.Moment, span Span, target availability.Millionth, chinese bool) (out []template.HTML) {
	over, step, say := span.over, span.step, wordsIn(chinese)
	until := now.Time().Truncate(step) // the step that is not over would look like a fall
	from := until.Add(-over)
	bins := h.Bins(evenkeel.MomentOf(from), evenkeel.MomentOf(until), step)
	series := func(name, unit string, f func(*availability.Counts) float64) plot.Series {
		x := plot.Series{Name: say(name), Unit: unit, From: from, Step: step}
		for i := range bins {
			x.Values = append(x.Values, f(&bins[i]))
		}
		return x
	}
	rate := func(name, unit string, p evenkeel.Part, by float64) plot.Series {
		return series(name, unit, func(c *availability.Counts) float64 { return float64(c.Of(p)) / by / step.Seconds() })
	}
	share := series("served", "fraction", func(c *availability.Counts) float64 {
		if c.Wanted() == 0 {
			return math.NaN()
		}
		return float64(c.Served()) / float64(c.Wanted())
	})
	var bands []plot.Band
	attacks := h.Attacks(evenkeel.MomentOf(from), evenkeel.MomentOf(until))
	for _, a := range attacks[max(0, len(attacks)-plot.MaxBands):] {
		bands = append(bands, plot.Band{From: a.From.Time(), Until: a.Until.Time(), Label: say("attack")})
	}
	stage := series("stage", "stage", func(c *availability.Counts) float64 { return float64(c.Highest()) })
	var lines []plot.Line
	if target > 0 {
		lines = append(lines, plot.Line{At: float64(target) / float64(availability.Whole), Unit: "fraction", Label: say("promised")})
	}
	said := plot.Words{
		Data: say("The numbers as a table"), Time: say("Time (UTC)"), Unknown: say("nobody came"), None: say("Nobody came."), Lowest: say("lowest"), Highest: say("highest"), Gaps: say("Hatched: nobody came."),
	}
	for i, c := range []plot.Chart{
		{Title: "Share of what was wanted that was served", Series: []plot.Series{share}, Lines: lines},
		{Title: "Highest stage: 1 filter, 2 cookie, 3 proof of work, 4 queue, 5 page", Series: []plot.Series{stage}},
		{Title: "Requests a second that were wanted, and of these served", Series: []plot.Series{rate("wanted", "", evenkeel.PartWanted, 1), rate("served", "", evenkeel.PartServed, 1)}},
		{Title: "Requests a second that came, were refused, and asked for something", Series: []plot.Series{rate("came", "", evenkeel.PartVisits, 1), rate("refused", "", evenkeel.PartRefused, 1), rate("asked", "", evenkeel.PartAsked, 1)}},
		{Title: "What it cost: processors busy at the edge, backends busy, and backends spared, as estimated", Series: []plot.Series{
			rate("edge", "processors", evenkeel.PartEdgeTime, 1000), rate("backends", "backends", evenkeel.PartBackendTime, 1000), rate("spared", "backends", evenkeel.PartSavedTime, 1000),
		}},
		{Title: "Bytes a second to visitors", Series: []plot.Series{rate("bytes", "bytes", evenkeel.PartSiteBytes, 1)}},
	} {
		c.ID, c.Title, c.Bands, c.Words = fmt.Sprintf("site-%d", i), say(c.Title), bands, said
		out = append(out, plot.Draw(c))
	}
	return out
}

// wordsIn are those that stand in the plots, in English or in Chinese: a picture's description holds too much data for
// phrases to be found in it.
func wordsIn(chinese bool) func(string) string {
	return func(s string) string {
		if zh := words[s]; chinese && zh != "" {
			return zh
		}
		return s
	}
}

var words = map[string]string{
	"The numbers as a table": "以表格显示数据", "Time (UTC)": "时间 (UTC)", "nobody came": "无人访问", "Nobody came.": "无人访问。", "lowest": "最低", "highest": "最高", "Hatched: nobody came.": "斜线：无人访问。",
	"promised": "承诺", "served": "得到响应", "wanted": "正当请求", "came": "到达", "refused": "被拒绝", "asked": "被要求验证", "edge": "边缘", "backends": "后端", "spared": "节省", "bytes": "字节",
	"attack": "攻击", "stage": "阶段", "Highest stage: 1 filter, 2 cookie, 3 proof of work, 4 queue, 5 page": "最高阶段：1 过滤，2 Cookie 验证，3 工作量证明，4 排队，5 专用页面",
	"Share of what was wanted that was served":                                                    "正当请求中得到响应的比例",
	"Requests a second that were wanted, and of these served":                                     "每秒正当请求数，及其中得到响应的",
	"Requests a second that came, were refused, and asked for something":                          "每秒到达、被拒绝和被要求验证的请求数",
	"What it cost: processors busy at the edge, backends busy, and backends spared, as estimated": "成本：边缘处理器占用、后端占用，以及节省的后端占用（估计）",
	"Bytes a second to visitors":                                                                  "每秒发给访客的字节数",
}
