package console

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// onAppeal is Raisup's case, in which a throttle that somebody decided is appealed.
func onAppeal(by evenkeel.Actor) docket.Folder {
	f := raisup()
	f.Decisions[0].Actor = by
	f.Appeals, f.AppealDue = 1, noon.Add(20*time.Hour)
	f.Clocks = append(f.Clocks, docket.Clock{
		Case: f.Case.ID, Kind: docket.ClockAppealAnswer, Decision: "d-throttle", Started: noon.Add(-4 * time.Hour), Due: noon.Add(20 * time.Hour), Breach: "What is enforced steps down.",
		Paused: "nobody is at the desk", PausedAt: noon.Add(-time.Hour), Renewed: "ben",
	})
	number := docket.ReceiptOf(f.Case.ID, "visit 1")
	f.Entries = append(f.Entries,
		evenkeel.Entry{Case: f.Case.ID, Seq: 7, At: noon.Add(-4 * time.Hour), Kind: evenkeel.EntrySaid, State: docket.ActAppeal.String(), Ref: "visit 1", Words: "It is <b>our</b> batch job."},
		evenkeel.Entry{Case: f.Case.ID, Seq: 8, At: noon.Add(-4 * time.Hour), Kind: evenkeel.EntryToldTo, State: "receipt", Ref: number, Decision: "d-throttle", Says: "Receipt " + number + "."},
	)
	return f
}

// R5, solo: who is alone is told that they hear it, and is offered to end or lower it, and not to uphold it.
func TestWhoIsAloneIsOfferedToEase(t *testing.T) {
	w := newWorld()
	f := onAppeal(evenkeel.Actor{Person: "anna"})
	f.Notices = append(f.Notices, evenkeel.Notice{ID: "n-solo", At: noon, Measure: evenkeel.MeasureThrottle, State: evenkeel.InForce, Solo: true})
	w.folders = []docket.Folder{f}
	body := w.get(t, annasToken, "/case/"+raisupID).Body.String()
	whole(t, body)
	for _, s := range []string{"You are alone here and hear it by", "You took the decision, and nobody else works here:", "you can only end or lower it", `value="lift d-throttle"`, `value="lower d-throttle"`} {
		if !strings.Contains(body, s) {
			t.Errorf("the page does not say %q", s)
		}
	}
	for _, s := range []string{`value="uphold d-throttle"`, "another person decides", "A person who did not decide it"} {
		if strings.Contains(body, s) {
			t.Errorf("the page says %q", s)
		}
	}
	inChineseWhole(t, w.asChinese(t, annasToken, "/case/"+raisupID).Body.String())
}

// R5: an appeal comes first on the page, with its number, and reaches a person who did not decide.
func TestAnAppealReachesAPersonWhoDidNotDecide(t *testing.T) {
	number := docket.ReceiptOf(raisup().Case.ID, "visit 1")
	for _, c := range []struct {
		name  string
		by    evenkeel.Actor
		shows []string
		own   bool
	}{
		{"decided by a machine", evenkeel.Actor{Policy: digestOf}, []string{"Decided by a machine."}, false},
		{"decided by a colleague", evenkeel.Actor{Person: "ben"}, []string{"Decided by ben."}, false},
		{"decided by whoever looks", evenkeel.Actor{Person: "anna"}, []string{"Decided by anna.", "You may not decide on it:", "another person decides on it"}, true},
		{"decided by whoever looks, as the second", evenkeel.Actor{Person: "ben", Second: "anna"}, []string{"Decided by ben and anna.", "You may not decide on it:"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.folders = []docket.Folder{onAppeal(c.by)}
			body := w.get(t, annasToken, "/case/"+raisupID).Body.String()
			whole(t, body)
			all := append([]string{"An appeal waits", "Against throttle, in force", "Receipt " + number, "It is &lt;b&gt;our&lt;/b&gt; batch job.", "Where it stands", "1 appeal waits", "The decision on the appeal is due",
				"For a person here. Paused: Nobody is at the desk. ben renewed what stands"}, c.shows...)
			for _, s := range all {
				if !strings.Contains(body, s) {
					t.Errorf("the page does not say %q", s)
				}
			}
			if strings.Index(body, `id="appeals"`) > strings.Index(body, `id="standing"`) {
				t.Error("the appeal does not come first")
			}
			for _, value := range []string{"uphold d-throttle", "lift d-throttle", "lower d-throttle"} {
				if is := strings.Contains(body, `value="`+value+`"`); is == c.own {
					t.Errorf("%s is offered: %v", value, is)
				}
			}
		})
	}
}

func TestAppealsAreUpheldAndMeasuresRenewed(t *testing.T) {
	lapsed := onAppeal(evenkeel.Actor{Person: "ben"})
	lapsed.Decisions[0].State = evenkeel.Lapsed
	for _, c := range []struct {
		name   string
		folder docket.Folder
		form   func() (act string, more []string)
		status int
		kind   docket.ActKind
		says   string
	}{
		{"uphold", onAppeal(evenkeel.Actor{Person: "ben"}), func() (string, []string) { return "uphold d-throttle", nil }, 303, docket.ActUphold, ""},
		{"uphold what is over by now", lapsed, func() (string, []string) { return "uphold d-throttle", nil }, 303, docket.ActUphold, ""},
		{"uphold without the innocent explanation", lapsed, func() (string, []string) { return "uphold d-throttle", []string{"note-3", ""} }, 400, 0, "strongest innocent explanation"},
		{"uphold one's own", onAppeal(evenkeel.Actor{Person: "anna"}), func() (string, []string) { return "uphold d-throttle", nil }, 409, 0, "cannot be done any more"},
		{"lift one's own", onAppeal(evenkeel.Actor{Person: "anna"}), func() (string, []string) { return "lift d-throttle", nil }, 409, 0, "cannot be done any more"},
		{"renew", onAppeal(evenkeel.Actor{Person: "anna"}), func() (string, []string) {
			return "renew d-throttle", []string{"speaks-1", "", "speaks-2", "", "speaks-3", ""}
		}, 303, docket.ActRenew, ""},
		{"uphold where nothing is appealed", raisup(), func() (string, []string) { return "uphold d-throttle", nil }, 409, 0, "cannot be done any more"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.folders = []docket.Folder{c.folder}
			act, more := c.form()
			got := w.ask(t, annasToken, http.MethodPost, "/case/"+raisupID+"/act", typed(act, append([]string{"seen", "9"}, more...)...))
			if got.Code != c.status || (len(w.acts) == 1) != (c.kind != 0) || !strings.Contains(got.Body.String(), c.says) {
				t.Fatalf("status %d, acts %v: %s", got.Code, w.acts, alert(got.Body.String()))
			}
			if c.kind != 0 && (w.acts[0].Kind != c.kind || w.acts[0].Decision != "d-throttle") {
				t.Errorf("the act is %+v", w.acts[0])
			}
		})
	}
}

// The runs of the docket follow docket.CompareRows, also where a contact says that production is down.
func TestWhoAsksUsToBeQuickIsAboveTheOthers(t *testing.T) {
	w := newWorld()
	w.folders = []docket.Folder{unaware(), refused(), plainCase("c-down", "kestrel", "mining", func(f *docket.Folder) { f.Urgent, f.Highest = noon, evenkeel.MeasureThrottle })}
	body := w.get(t, annasToken, "/").Body.String()
	whole(t, body)
	last := 0
	for _, s := range []string{"Ask us to be quick", "kestrel: mining", "asks us to be quick", "Not stopped", "mill: flood", "Not told"} {
		at := strings.Index(body, s)
		if at < last {
			t.Errorf("%q is at %d; expected it after %d", s, at, last)
		}
		last = at
	}
}

func TestABarIsAsLongAsWhatIsOver(t *testing.T) {
	for _, c := range []struct {
		name       string
		start, due time.Duration
		paused     time.Duration
		want       string
	}{
		{"at its beginning", 0, time.Hour, 0, `width="0.0"`},
		{"a quarter", -time.Hour, 3 * time.Hour, 0, `width="25.0"`},
		{"over", -time.Hour, -time.Minute, 0, `width="100.0"`},
		{"paused", -2 * time.Hour, 2 * time.Hour, -time.Hour, `width="25.0"`},
		{"of no length", 0, 0, 0, `width="100.0"`},
	} {
		k := docket.Clock{Started: noon.Add(c.start), Due: noon.Add(c.due)}
		if c.paused != 0 {
			k.Paused, k.PausedAt = "nobody is here", noon.Add(c.paused)
		}
		if got := string(bar(&k, noon)); !strings.Contains(got, `class="over" `+c.want) {
			t.Errorf("%s: %s; expected %s", c.name, got, c.want)
		}
	}
}

// F11: whoever looks again sees first that a colleague cleared it, when, and who that was.
func TestTheLastClearanceIsNamed(t *testing.T) {
	cleared := evenkeel.Case{ID: "c-0", Family: "flood", State: evenkeel.CaseClosed, Outcome: evenkeel.OutcomePolicyMismatch, Since: noon.Add(-48 * time.Hour)}
	confirmed := cleared
	confirmed.Outcome, confirmed.Since = evenkeel.OutcomeConfirmed, noon
	flag := evenkeel.Flag{Case: "c-0", By: evenkeel.Actor{Person: "zoe"}}
	own := evenkeel.Entry{At: noon.Add(-time.Hour), Kind: evenkeel.EntryActed, State: "clear", Actor: evenkeel.Actor{Person: "ben"}}
	for _, c := range []struct {
		name string
		f    docket.Folder
		want *clearance
	}{
		{"nothing", docket.Folder{Prior: []evenkeel.Case{confirmed}}, nil},
		{"an earlier case, and who granted its flag", docket.Folder{Prior: []evenkeel.Case{confirmed, cleared}, Flags: []evenkeel.Flag{flag}}, &clearance{cleared.Since, "zoe", "flood"}},
		{"an earlier case without a flag", docket.Folder{Prior: []evenkeel.Case{cleared}}, &clearance{cleared.Since, "", "flood"}},
		{"this case, later", docket.Folder{Prior: []evenkeel.Case{cleared}, Entries: []evenkeel.Entry{own}}, &clearance{own.At, "ben", "this"}},
	} {
		got := lastClearance(&c.f)
		if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
			t.Errorf("%s: %+v; expected %+v", c.name, got, c.want)
		}
	}
}
