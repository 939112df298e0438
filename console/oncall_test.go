package console

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// called is a world with a rota and pages of every kind.
func called(w *world) {
	turn := func(level int, from, until time.Duration, who ...evenkeel.PersonID) Shift {
		return Shift{level, noon.Add(from), noon.Add(until), who}
	}
	page := func(level int, who ...evenkeel.PersonID) docket.Page {
		return docket.Page{ID: "p", Case: raisupID, Tenant: "raisup<i>", Family: "mining", Level: level, At: noon.Add(-20 * time.Minute), Why: "Nobody has <b>decided</b>.", For: who, Due: noon.Add(10 * time.Minute)}
	}
	w.oncall = OnCall{Rota: "desk <s>", Ahead: noon.Add(99 * time.Hour), Shifts: []Shift{
		turn(1, -2*time.Hour, -time.Hour, "zoe"), turn(1, -time.Hour, 8*time.Hour, "ada"), turn(1, 8*time.Hour, 16*time.Hour, "ben", "chen"), turn(1, 16*time.Hour, 20*time.Hour), turn(2, -time.Hour, 9*time.Hour), turn(2, 9*time.Hour, 99*time.Hour, "ada"), turn(0, -time.Hour, 99*time.Hour, "lin"),
	}, Calls: []docket.Calling{
		{Page: page(docket.LevelOnCall, "ada"), Attempts: 2, Next: noon.Add(5 * time.Minute), Why: "the server answered 500", Tried: []docket.Tried{{Person: "ada", Channel: "ntfy", At: noon, Says: "500 <1>"}, {Person: "lin", At: noon}}},
		{Page: page(docket.LevelSecond)},
		{Page: page(docket.LevelLead, "lin"), Over: noon, Tried: []docket.Tried{{Person: "lin", Channel: "ntfy", At: noon, Taken: true}}},
		{Page: page(docket.LevelOnCall, "ada"), Over: noon, Tried: []docket.Tried{{Person: "ada", Channel: "ntfy", At: noon}}},
		{Page: page(docket.LevelOnCall, "ada"), Over: noon, Failed: true, Why: "no channel took it"},
	}}
}

// F12: a page says whom it called, what was tried, and, in words, that nobody was on call.
func TestWhoIsOnCallAndWhoWasCalledIsShown(t *testing.T) {
	w := newWorld()
	called(w)
	body := w.get(t, annasToken, "/oncall").Body.String()
	whole(t, body)
	at := 0
	for _, s := range []string{
		"By the rota <bdi>desk &lt;s&gt;</bdi>", "Nobody is at the desk now:", "Called first", `Now <strong>ada</strong>, until <time datetime="2019-05-30T20:00:00Z">`, "ben, chen", `<span class="urgent">nobody is on call: a gap</span>`, "Called second", `<span class="urgent">Nobody is on call now</span>`,
		`From <time datetime="2019-05-30T21:00:00Z">2019-05-30 21:00 UTC</time> on: ada`, "Who leads", `<strong>lin</strong>; no end is planned before <time datetime="2019-06-03T15:00:00Z">`, "raisup&lt;i&gt;", "not reached yet", "Nobody has &lt;b&gt;decided&lt;/b&gt;.", "to ada", "2 attempts came to nothing: the server answered 500; again in 5", "a decision is due in 10", "ada by ntfy, not taken: 500 &lt;1&gt;</li>", "lin has no channel</li>", "nobody was on call", "somebody was reached", "withdrawn before anybody was reached", "nobody was reached", "no channel took it",
	} {
		i := strings.Index(body[at:], s)
		if i < 0 {
			t.Fatalf("%q is not shown, or not after what comes before it", s)
		}
		at += i
	}
	if strings.Contains(body, "zoe") {
		t.Error("a shift that is over is shown")
	}
	w.oncall = OnCall{}
	if body := w.get(t, annasToken, "/oncall").Body.String(); !strings.Contains(body, "There is no rota:") || !strings.Contains(body, "Nobody was called yet.") {
		t.Error("that nobody is called is not told")
	}
}

// R21: what a channel answered is read by whoever is at the desk, in their language; so is what a tenant's endpoint answered.
func TestWhatAChannelAnsweredIsInChinese(t *testing.T) {
	w := newWorld()
	called(w)
	w.oncall.Calls[0].Tried = []docket.Tried{{Person: "ada", Channel: "mail", At: noon, Taken: true, Says: "written down as p-1.eml; nobody got it"}, {Person: "lin", At: noon, Says: "no channel is set for this person"}}
	w.folders = []docket.Folder{raisup()}
	for path, says := range map[string][]string{
		"/oncall":           {"ada，方式 mail，已送出：已写入 p-1.eml；没有人收到", "lin 没有渠道</li>"},
		"/case/" + raisupID: {"，状态码204", "，其答复 410 Gone"},
	} {
		page := w.asChinese(t, annasToken, path).Body.String()
		for _, x := range says {
			if !strings.Contains(page, x) {
				t.Errorf("%s does not say %q", path, x)
			}
		}
	}
}
