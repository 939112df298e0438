package incident

import (
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Draft is what the public may be told of an incident as it is now. A person reads it, changes it, and sends it or does not.
func Draft(i *docket.Incident) docket.Texts {
	en, zh := []string{}, []string{}
	switch {
	case i.Phase == docket.PhaseOver:
		en = append(en, fmt.Sprintf("Requests have been served again since %s.", clock(i.Until)))
		zh = append(zh, fmt.Sprintf("自 %s 起，请求已恢复正常应答。", clock(i.Until)))
	case i.Phase == docket.PhaseIdentified:
		en, zh = append(en, "Part of our platform does not serve all requests. We know what it comes from, as far as is said here."), append(zh, "我们平台的一部分目前无法应答全部请求。就此处所述，我们已知其原因。")
	default:
		en, zh = append(en, "Part of our platform does not serve all requests."), append(zh, "我们平台的一部分目前无法应答全部请求。")
	}
	for _, list := range [][]docket.Stated{i.Known, i.Unknown} {
		for _, s := range list {
			en, zh = append(en, s.English), append(zh, s.Chinese)
		}
	}
	return docket.Texts{English: strings.Join(en, " "), Chinese: strings.Join(zh, "")}
}

// maxNamed is how many of its sites a note names; of more it says how many there are.
const maxNamed = 20

// Note is what one tenant is told by an update of an incident: what was counted at its own sites, and the words that
// a person sent. The update is the one with that number, from 1, of the incident's.
func Note(i *docket.Incident, update int, t evenkeel.TenantID) docket.Note {
	u := &i.Updates[update-1]
	n := docket.Note{ID: docket.NewNoteID(i.ID, update, t), Incident: i.ID, Update: update, Tenant: t, At: u.At}
	n.Subject = docket.Texts{English: "Requests to your sites are not all served", Chinese: "您的站点有部分请求未得到应答"}
	switch {
	case u.Corrects > 0:
		n.Subject = docket.Texts{English: "Correction: what we wrote about your sites was wrong", Chinese: "更正：我们此前关于您站点的说明有误"}
	case u.Phase == docket.PhaseOver:
		n.Subject = docket.Texts{English: "Requests to your sites are served again", Chinese: "您的站点已恢复应答请求"}
	}
	var en, zh []string
	if u.Corrects > 0 {
		was := i.Updates[u.Corrects-1]
		en = append(en, "What we wrote at "+clock(was.At)+" was not right. It said:\n\n"+quoted(was.Text.English)+"\n\nWhat is right:")
		zh = append(zh, "我们于 "+clock(was.At)+" 所写的内容有误。原文为：\n\n"+quoted(was.Text.Chinese)+"\n\n正确的内容是：")
	}
	en, zh = append(en, u.Text.English), append(zh, u.Text.Chinese)
	own := i.Of(t)
	var list, listZh []string
	for _, x := range own[:min(len(own), maxNamed)] {
		a, b := counted(&x)
		list, listZh = append(list, a), append(listZh, b)
	}
	if more := len(own) - maxNamed; more > 0 {
		list, listZh = append(list, fmt.Sprintf("  and %d more of your sites", more)), append(listZh, fmt.Sprintf("  以及您的另外 %d 个站点", more))
	}
	en = append(en, "What was counted at your sites, as of "+clock(u.At)+":\n\n"+strings.Join(list, "\n"))
	zh = append(zh, "截至 "+clock(u.At)+"，在您的站点上的计数：\n\n"+strings.Join(listZh, "\n"))
	en = append(en, "A person read this and sent it. There is nothing that you have to do.", "Incident "+string(i.ID)+", update "+fmt.Sprint(update)+".")
	zh = append(zh, "本函由工作人员审阅并发出。您无需进行任何操作。", "事件 "+string(i.ID)+"，第 "+fmt.Sprint(update)+" 次更新。")
	n.Text = docket.Texts{English: strings.Join(en, "\n\n"), Chinese: strings.Join(zh, "\n\n")}
	return n
}

// counted is what was counted at one site, in a line.
func counted(x *docket.Touched) (en, zh string) {
	span := clock(x.From) + " to " + clock(x.Until)
	spanZh := clock(x.From) + " 至 " + clock(x.Until)
	site := cut(string(x.Site))
	en, zh = "  "+site+": "+span, "  "+site+"："+spanZh
	if x.Wanted > 0 {
		en += fmt.Sprintf(", %d of %d requests not served", x.Wanted-x.Served, x.Wanted)
		zh += fmt.Sprintf("，%d 个请求中有 %d 个未得到应答", x.Wanted, x.Wanted-x.Served)
	}
	if x.Unknown > 0 {
		en += ", " + many(x.Unknown, "minute", "minutes") + " without a count"
		zh += fmt.Sprintf("，另有 %d 分钟没有计数", x.Unknown)
	}
	return en, zh
}

// cut bounds the id of a site in a line.
func cut(s string) string {
	if len(s) > 100 {
		return strings.ToValidUTF8(s[:97], "") + "…"
	}
	return s
}

// quoted is a text as one quotes it in plain mail.
func quoted(s string) string { return "> " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n> ") }
