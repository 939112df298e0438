package incident

import (
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Known is what else is known while an incident goes on, from the books.
type Known struct {
	Measures []Measure
	Breakers []Breaker
	Active   int      // tenants with visitors of late
	Back     int      // touched sites at which requests are served again
	Edges    int      // that are known
	Silent   []string // of these, by name
	Before   int      // incidents that began in the hour before
}

// Measure is one in force on visitors of a site.
type Measure struct {
	Decision evenkeel.DecisionID
	Site     evenkeel.AssetID
	At       evenkeel.Moment
}

// Breaker is one that tripped: machines enter nothing more by that rule.
type Breaker struct {
	Rule string
	At   evenkeel.Moment
}

// near is how long before an incident something may have begun that it comes from.
const near = 10 * minute

// of are the measures that began shortly before the incident or while it went on.
func (k *Known) of(i *docket.Incident) (out []Measure) {
	for _, m := range k.Measures {
		if m.At >= i.Began.Add(-near) && (i.Until == 0 || m.At <= i.Until.Add(near)) {
			out = append(out, m)
		}
	}
	return out
}

// cause says whether it is known what the incident comes from: visitors of a site that it touches are held back in its time, or edges fell
// silent. A measure elsewhere is no more than what there is in the same time.
func (k *Known) cause(i *docket.Incident) bool { return k.touches(i) || len(k.Silent) > 0 }

// touches says whether a measure of the time is at a site that is touched.
func (k *Known) touches(i *docket.Incident) bool {
	return slices.ContainsFunc(k.of(i), func(m Measure) bool {
		return slices.ContainsFunc(i.Touched, func(t docket.Touched) bool { return t.Site == m.Site })
	})
}

// says are the facts of an incident, and what is not known. Neither names a tenant or a site.
func (k *Known) says(i *docket.Incident) (known, unknown []docket.Stated) {
	var wanted, served int64
	blind, minutes := 0, 0
	for _, t := range i.Touched {
		wanted, served, minutes = wanted+t.Wanted, served+t.Served, minutes+t.Unknown
		if t.Unknown > 0 {
			blind++
		}
	}
	tell := func(source, en, zh string) {
		known = append(known, docket.Stated{Texts: docket.Texts{English: en, Chinese: zh}, Source: source})
	}
	doubt := func(source, en, zh string) {
		unknown = append(unknown, docket.Stated{Texts: docket.Texts{English: en, Chinese: zh}, Source: source, Doubt: true})
	}
	const records = "records of edges: wanted and served, by the minute"
	sites, tenants := len(i.Touched)+i.More, len(i.Tenants())
	tell(records, fmt.Sprintf("Since %s requests to %s of %s were not all served.", clock(i.Began), many(sites, "site", "sites"), many(tenants, "customer", "customers")),
		fmt.Sprintf("自 %s 起，%d 个客户的 %d 个站点有部分请求未得到应答。", clock(i.Began), tenants, sites))
	if wanted > 0 {
		tell(records, fmt.Sprintf("In the minutes concerned, %d of %d requests were not served.", wanted-served, wanted),
			fmt.Sprintf("在受影响的各分钟内，%d 个请求中有 %d 个未得到应答。", wanted, wanted-served))
	}
	if k.Before > 0 {
		tell("incidents of the hour before", fmt.Sprintf("This is number %d within an hour.", k.Before+1), fmt.Sprintf("这是一小时内的第 %d 次。", k.Before+1))
	}
	if n := len(k.Silent); n > 0 {
		tell("edges that have sent no records for a minute: "+strings.Join(k.Silent[:min(n, 32)], ", "),
			fmt.Sprintf("%d of %d servers at the edge of our network do not answer.", n, k.Edges), fmt.Sprintf("我们网络边缘的 %d 台服务器中有 %d 台没有响应。", k.Edges, n))
	}
	if of := k.of(i); len(of) > 0 {
		var at, ids []string
		for _, m := range of {
			if !slices.Contains(at, string(m.Site)) {
				at = append(at, string(m.Site))
			}
			ids = append(ids, string(m.Decision))
		}
		where, whereZh := "one customer's site", "一个客户的站点"
		if len(at) > 1 {
			where, whereZh = fmt.Sprintf("%d sites", len(at)), fmt.Sprintf(" %d 个站点", len(at))
		}
		tell("decisions "+strings.Join(ids[:min(len(ids), 32)], ", "), "In the same time many requests came to "+where+"; visitors there are being checked or held back.",
			"同一时间，有大量请求涌向"+whereZh+"；该处的访问者正在接受检查或被限流。")
	}
	for _, b := range k.Breakers[:min(len(k.Breakers), 8)] {
		if b.At >= i.Began.Add(-near) {
			tell("breaker of rule "+b.Rule, "Part of the automatic defence stopped itself at "+clock(b.At)+", and people decide in its place.", "部分自动防御已于 "+clock(b.At)+" 自行停止，由工作人员代为决定。")
			break
		}
	}
	if !k.cause(i) {
		doubt("no measure at its sites, no silent edge in its time", "What this comes from is not known yet.", "原因尚不清楚。")
	} else if !k.touches(i) {
		doubt("no measure at its sites", "Why they do not answer is not known yet.", "这些服务器没有响应的原因尚不清楚。")
	}
	if blind > 0 {
		doubt("edges were silent", fmt.Sprintf("For %s of %s nothing was counted, so how many requests were lost there is not known.", many(minutes, "minute", "minutes"), many(blind, "site", "sites")),
			fmt.Sprintf("有 %d 个站点共 %d 分钟没有计数，那段时间损失的请求数未知。", blind, minutes))
	}
	if i.Over == 0 {
		doubt("nobody can know", "When it will be over is not known.", "何时结束尚不清楚。")
	}
	return known, unknown
}

// clock is a moment as people read it.
func clock(at evenkeel.Moment) string { return at.Time().UTC().Format("2006-01-02 15:04 UTC") }

func many(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
