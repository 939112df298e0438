package courier

import (
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/phrasebook"
)

// toldWords are said of what nobody of ours saw, and of what a person weighed.
type toldWords struct {
	short, asks, title, innocent string // what others report: in a subject, at the beginning, above the list, beneath it
	cleared, permitted           string // how it was closed, assets
	points                       string // above what was weighed point by point
	speaks                       [3]string
	reported                     string // a report: asset, class, when
	down                         string // that "production is down" calls people, beside an appeal
}

var englishTold = toldWords{
	short: "Question about reports: %s", asks: "Others report something about %s that we need to ask you about. We did not see it ourselves.",
	title: "What others report", innocent: "This is what others say, and we did not measure it. It is not a verdict: there may be a good reason for it, and you know best which.",
	cleared:   "A person looked at what was reported about %s and closed it in your favour: it was not what it looked like. We are sorry for the trouble.",
	permitted: "A person looked at what was reported about %s and closed it in your favour: you may do this.",
	points:    "What was weighed, point by point:", speaks: [3]string{"It speaks for you.", "It speaks against you.", "It could not be told."},
	reported: "Reported of %s: %s, at %s.",
	down:     "If what you run is down because of this, say so on the page behind the link: that calls people at once, whatever the time.",
}

var chineseTold = toldWords{
	short: "关于他人举报的询问：%s", asks: "他人举报了关于%s的一些情况，需要向您了解。这并非我们自己看到的。",
	title: "他人举报了什么", innocent: "以上是他人所述，并非我们测得，也不是结论：它可能有正当的原因，而您最清楚。",
	cleared:   "工作人员查看了他人关于 %s 的举报，并按有利于您的结果结案：实际情况并非看上去那样。给您带来不便，我们深表歉意。",
	permitted: "工作人员查看了他人关于 %s 的举报，并按有利于您的结果结案：这是允许的。",
	points:    "逐项考虑的内容：", speaks: [3]string{"对您有利。", "对您不利。", "无法判断。"},
	reported: "关于 %s 的举报：%s，时间：%s。",
	down:     "如果您的业务因此中断，请在链接所指的页面上说明：无论何时都会立即呼叫工作人员。",
}

// onlyReported says whether all that speaks against the tenant is what others report.
func (t *telling) onlyReported() bool {
	any := false
	for i := range t.n.Seen {
		if x := &t.n.Seen[i]; x.Weight > 0 {
			if any = true; x.Family != evenkeel.EvidenceReport {
				return false
			}
		}
	}
	return any
}

// reported lists what others reported: the class, about what and when, never who did.
func (t *telling) reported() (b block) {
	for _, x := range t.head.Reported[:min(len(t.head.Reported), mostReported)] {
		b.Items = append(b.Items, item{Says: saying{Text: fill(t.p.told.reported, clean(string(x.Asset)), clean(x.Class), t.p.at(x.At))}})
	}
	return t.andOthers(b, len(t.head.Reported)-mostReported)
}

// mostReported is how many reports a letter lists.
const mostReported = 20

// What a person answered point by point begins with these: see docket.Reasons, which writes it.
const pointByPoint = "Point by point:"

var speaks = [3]string{"Speaks for the tenant.", "Speaks against the tenant.", "Cannot tell."}

// pointed puts what was answered point by point to the tenant: the list is written for whoever decides. A
// receipt of an appeal leaves it out, since it was told before.
func (t *telling) pointed(lines []string) []string {
	for i, line := range lines {
		if line != pointByPoint {
			continue
		}
		out := lines[:i:i]
		if t.received() {
			for len(out) > 0 && out[len(out)-1] == "" {
				out = out[:len(out)-1]
			}
			return out
		}
		out = append(out, t.p.told.points)
		for _, line := range lines[i+1:] {
			out = append(out, t.point(line))
		}
		return out
	}
	return lines
}

// point is a line of that list: a criterion with its number, or how an answer begins.
func (t *telling) point(line string) string {
	for k, s := range speaks {
		if note, ok := strings.CutPrefix(line, s); ok {
			return t.p.told.speaks[k] + note
		}
	}
	n, criterion, ok := strings.Cut(line, ". ")
	if en, zh, known := phrasebook.Criterion(criterion); ok && known {
		if t.p.speaks("zh") {
			en = zh
		}
		return n + ". " + en
	}
	return line
}
