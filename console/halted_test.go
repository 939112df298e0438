package console

import (
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// halted is a case in which something is held and that asks us to be quick, while the switch global is pulled and
// nobody can be called.
func halted(w *world) {
	w.mute = true
	w.board = docket.Board{Switches: []docket.Switch{{Scope: docket.Scope{Kind: docket.SwitchGlobal}, Pulled: noon.Add(-time.Hour), By: "anna", Why: "Stop."}}}
	w.folders = []docket.Folder{plainCase("c-halted", "kestrel", "mining", func(f *docket.Folder) {
		due := noon.Add(11 * time.Minute)
		f.Held, f.Coming, f.Due, f.DueKind, f.Urgent = 1, evenkeel.MeasureThrottle, due, docket.ClockHearing, noon
		f.Decisions = []evenkeel.Decision{{
			ID: "d-held", Tenant: "kestrel", Measure: evenkeel.MeasureThrottle, Wanted: evenkeel.MeasureThrottle, State: evenkeel.Held, Mode: evenkeel.ModeLive, From: due, Until: due.Add(time.Hour),
			Grounds: evenkeel.Grounds{Basis: []evenkeel.Basis{{Rule: "crypto-mining", Revision: evenkeel.Final, Version: 1}}},
		}}
		f.Clocks = []docket.Clock{
			{Case: "c-halted", Decision: "d-held", Kind: docket.ClockHearing, Started: noon, Due: due},
			{Case: "c-halted", Kind: docket.ClockPage, Started: noon, Due: noon.Add(14 * time.Minute), Breach: "Whoever is on call is called."},
		}
	})}
}

// unableStates are pages that say what keeps machines and people from what is said elsewhere.
func unableStates() []state {
	return []state{
		{"a docket while all switches are pulled and nobody can be called", halted, annasToken, "/", 200, []string{
			`<a href="/switches#pulled"><span class="mark danger">no machine enters a measure: the switch global is pulled`, `<a href="/oncall"><span class="mark warn">nobody can be called: no channel is set`,
			"nobody can be called</span>", "It would take effect", "a person is asked, as no machine enters it while the switch global is pulled",
		}},
		{"a case while a switch is pulled and nobody can be called", halted, annasToken, "/case/c-halted", 200, []string{
			"<strong>The switch global is pulled.</strong>", "It would take effect", "a person is asked, as no machine enters it while the switch global is pulled", "Nobody can be called, as no channel is set. A call is due",
		}},
		{"a case in which more was wanted than anybody can carry out", beyond, annasToken, "/case/c-beyond", 200, []string{"wanted: isolate; nobody here can carry it out", "Whoever would carry it out cannot isolate.", "Connect a receiver of orders that can"}},
		{"a case in which something is held no more", func(w *world) { w.folders = []docket.Folder{heldNoMore()} }, annasToken, "/case/c-asked", 200, []string{"As it was announced:", "throttle takes effect at", "Not by itself any more, by what ben decided beside it: a person is asked since"}},
	}
}

// beyond is a case in which the policy wanted more than anybody here can carry out.
func beyond(w *world) {
	w.lacks = func(m evenkeel.Measure) string {
		if m == evenkeel.MeasureNotify {
			return ""
		}
		return "whoever would carry it out cannot " + m.String()
	}
	w.folders = []docket.Folder{plainCase("c-beyond", "kestrel", "mining", func(f *docket.Folder) { f.Highest, f.Wanted = evenkeel.MeasureNotify, evenkeel.MeasureIsolate })}
}

// TestStrongEvidenceIsNotLostWhereNobodyCanAct (R1, R5): docket and case say that more was wanted than anybody here can carry out; not where it can be, or waits.
func TestStrongEvidenceIsNotLostWhereNobodyCanAct(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*world)
		want   bool
	}{
		"nobody can carry it out":     {func(*world) {}, true},
		"somebody can":                {func(w *world) { w.lacks = func(evenkeel.Measure) string { return "" } }, false},
		"a person is asked":           {func(w *world) { w.folders[0].Proposed = 1 }, false},
		"no more was wanted":          {func(w *world) { w.folders[0].Wanted = evenkeel.MeasureNotify }, false},
		"it is not known who carries": {func(w *world) { w.lacks = nil }, false},
	} {
		w := newWorld()
		beyond(w)
		c.change(w)
		for _, target := range []string{"/", "/case/c-beyond"} {
			if body := w.get(t, annasToken, target).Body.String(); strings.Contains(body, "nobody here can carry it out") != c.want {
				t.Errorf("%s, %s: expected that it says so: %v", name, target, c.want)
			}
		}
	}
}

// heldNoMore is a case in which somebody decided beside what was held (R10: that is no proposal of theirs).
func heldNoMore() docket.Folder {
	return plainCase("c-asked", "kestrel", "mining", func(f *docket.Folder) {
		f.Proposed = 1
		f.Decisions = []evenkeel.Decision{{
			ID: "d-asked", Tenant: "kestrel", Measure: evenkeel.MeasureThrottle, Wanted: evenkeel.MeasureThrottle, State: evenkeel.Proposed, Mode: evenkeel.ModeLive, From: noon, Until: noon.Add(time.Hour),
			Why: []string{"The tenant is heard first: throttle takes effect at 2019-05-30T12:11:00Z."},
		}}
		f.Entries = []evenkeel.Entry{
			{Seq: 1, At: noon, Kind: evenkeel.EntryDecided, Ref: "d-asked", State: "held"},
			{Seq: 2, At: noon, Kind: evenkeel.EntryDecided, Ref: "d-asked", State: "proposed", Actor: evenkeel.Actor{Person: "ben"}},
		}
	})
}

// TestWhatIsHeldNoMoreIsNobodysProposal (R10): who lifts the question that stood beside what was held is not said to have proposed that.
func TestWhatIsHeldNoMoreIsNobodysProposal(t *testing.T) {
	w := newWorld()
	w.folders = []docket.Folder{heldNoMore()}
	if body := w.get(t, annasToken, "/case/c-asked").Body.String(); strings.Contains(body, "proposed by ben") {
		t.Error("it is said to be a proposal of hers")
	}
}

// TestNothingIsSaidToTakeEffectWhileASwitchIsPulled (B): docket and case say what holds machines back, where it meets what is held and nowhere else.
func TestNothingIsSaidToTakeEffectWhileASwitchIsPulled(t *testing.T) {
	for name, c := range map[string]struct {
		scope        docket.Scope
		docket, page bool // it is said that it would
	}{
		"all":              {docket.Scope{Kind: docket.SwitchGlobal}, true, true},
		"its tenant":       {docket.Scope{Kind: docket.SwitchTenant, Key: "kestrel"}, true, true},
		"its rule":         {docket.Scope{Kind: docket.SwitchRule, Key: "crypto-mining"}, false, true},
		"another rule":     {docket.Scope{Kind: docket.SwitchRule, Key: "flood-out"}, false, false},
		"another tenant":   {docket.Scope{Kind: docket.SwitchTenant, Key: "mill"}, false, false},
		"its measure":      {docket.Scope{Kind: docket.SwitchMeasure, Key: "throttle"}, false, true},
		"a milder measure": {docket.Scope{Kind: docket.SwitchMeasure, Key: "limit"}, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			halted(w)
			w.board.Switches[0].Scope = c.scope
			for target, would := range map[string]bool{"/": c.docket, "/case/c-halted": c.page} {
				body := w.get(t, annasToken, target).Body.String()
				if strings.Contains(body, "It would take effect") != would || strings.Contains(body, "It takes effect") == would || target != "/" && strings.Contains(body, "is pulled.</strong>") != would {
					t.Errorf("%s: expected that it would take effect: %v\n%s", target, would, body)
				}
				if target == "/" && !strings.Contains(body, `href="/switches#pulled"`) {
					t.Error("the docket does not say that a switch is pulled")
				}
			}
			w.board.Switches[0].Second = &docket.Word{By: "ben"}
			for _, target := range []string{"/", "/case/c-halted"} {
				if body := w.get(t, annasToken, target).Body.String(); strings.Contains(body, "It would take effect") || strings.Contains(body, "/switches#pulled") {
					t.Errorf("%s: it is said of a switch that was let go", target)
				}
			}
		})
	}
}

// TestNobodyIsSaidToBeCalledAtTheDeskWhoCannotBe (R24): production is down, and the docket and the case do not promise whoever decides that somebody is called.
func TestNobodyIsSaidToBeCalledAtTheDeskWhoCannotBe(t *testing.T) {
	for _, mute := range []bool{false, true} {
		w := newWorld()
		halted(w)
		w.mute = mute
		for _, target := range []string{"/", "/case/c-halted"} {
			body := w.get(t, annasToken, target).Body.String()
			if strings.Contains(body, "nobody can be called</span>") != mute || strings.Contains(body, "Whoever is on call is called") == (mute || target == "/") {
				t.Errorf("%s, where nobody can be called: %v, says otherwise:\n%s", target, mute, body)
			}
		}
	}
}
