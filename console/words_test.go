package console

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

func TestAnyMeasureThatNobodyCarriesOutOrWasToldOfCallsForAPerson(t *testing.T) {
	called := Mark{"danger", "a person must look"}
	for says, c := range map[string]struct {
		row  docket.Row
		must bool
	}{
		"a throttle was refused":        {docket.Row{Highest: evenkeel.MeasureThrottle, Failed: 1}, true},
		"a limit was refused":           {docket.Row{Highest: evenkeel.MeasureLimit, Failed: 1, Unstopped: 1}, true},
		"nobody was told of a throttle": {docket.Row{Highest: evenkeel.MeasureThrottle, Untold: 1, Unaware: 1}, true},
		"nobody was told of a question": {docket.Row{Highest: evenkeel.MeasureNotify, Untold: 1}, false},
		"nobody has confirmed it yet":   {docket.Row{Highest: evenkeel.MeasureThrottle, Unconfirmed: 1}, false},
		"it was refused, and is closed": {docket.Row{Case: evenkeel.Case{State: evenkeel.CaseClosed}, Failed: 1}, false},
	} {
		if got := slices.Contains(rowMarks(&c.row), called); got != c.must {
			t.Errorf("%s: that a person must look is said: %t", says, got)
		}
	}
}

func TestTheDocketSaysOfWhatNobodyWasTold(t *testing.T) {
	for says, c := range map[string]struct {
		row  docket.Row
		want []Mark
	}{
		"a throttle":                    {docket.Row{Highest: evenkeel.MeasureThrottle, Untold: 1, Unaware: 1}, []Mark{{"danger", "a person must look"}, {"danger", "nobody was told"}}},
		"a question":                    {docket.Row{Highest: evenkeel.MeasureNotify, Untold: 1}, []Mark{{"info", "notify in force"}, {"warn", "nobody was told"}}},
		"a hearing of a throttle":       {docket.Row{Held: 1, Coming: evenkeel.MeasureThrottle}, []Mark{{"info", "throttle held for a hearing"}}}, // N: what is about to happen has its name
		"hearings of several":           {docket.Row{Held: 2, Coming: evenkeel.MeasureIsolate}, []Mark{{"info", "2 held for a hearing, the highest isolate"}}},
		"a hearing":                     {docket.Row{Held: 1, Untold: 1}, []Mark{{"info", "1 held for a hearing"}, {"warn", "nobody was told"}}},
		"nothing, where all was lifted": {docket.Row{}, []Mark{{"mute", "nothing stands"}}},
	} {
		got := slices.DeleteFunc(rowMarks(&c.row), func(m Mark) bool { return strings.HasSuffix(m.Word, " in force") && m.Word != "notify in force" })
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v; want %v", says, got, c.want)
		}
	}
}

// TestSentencesHaveTheirTimesToTheSecond wherever the judge wrote a moment into one.
func TestSentencesHaveTheirTimesToTheSecond(t *testing.T) {
	at := noon.Add(448307772)
	says := fmt.Sprintf("The tenant waits since %s.", at)
	w := newWorld()
	w.folders = []docket.Folder{plainCase("c-odd", "mill", "mining", func(f *docket.Folder) {
		f.Decisions = []evenkeel.Decision{{
			ID: "d-1", Measure: evenkeel.MeasureThrottle, Wanted: evenkeel.MeasureIsolate, State: evenkeel.Proposed, Mode: evenkeel.ModeLive, From: at, Until: at.Add(time.Hour),
			Why: []string{says}, Safeguards: []evenkeel.Safeguard{{Name: "prior-clearance", Says: evenkeel.Protect, Why: says}},
		}}
		f.Clocks = []docket.Clock{{Kind: docket.ClockLease, Started: at, Due: at.Add(time.Hour), Breach: says}, {Kind: docket.ClockHearing, Started: at, Due: at, Ended: at, Because: says}}
		f.Entries = []evenkeel.Entry{{Seq: 1, At: at, Kind: evenkeel.EntryDecided, Says: says}, {Seq: 2, At: at, Kind: evenkeel.EntrySaid, Says: "The tenant: message.", Words: says}}
	})}
	body := w.get(t, annasToken, "/case/c-odd").Body.String()
	if n := strings.Count(body, "2019-05-30T12:00:00.448307772Z"); n != 2 { // what the tenant said stays as it was, twice
		t.Errorf("%d times to the nanosecond; expected those in the tenant's own words", n)
	}
	if n := strings.Count(body, "since 2019-05-30T12:00:00Z"); n < 5 {
		t.Errorf("%d sentences with a time to the second; expected 5", n)
	}
}

// TestSafeguardsSayWhenTheyWereAsked, which of what is held is before it begins.
func TestSafeguardsSayWhenTheyWereAsked(t *testing.T) {
	w := newWorld()
	w.folders = []docket.Folder{plainCase("c-held", "mill", "mining", func(f *docket.Folder) {
		f.Decisions = []evenkeel.Decision{{
			ID: "d-1", Measure: evenkeel.MeasureThrottle, Wanted: evenkeel.MeasureThrottle, State: evenkeel.Held, Mode: evenkeel.ModeLive, At: noon, From: noon.Add(15 * time.Minute), Until: noon.Add(time.Hour),
			Safeguards: []evenkeel.Safeguard{{Name: "prior-clearance", Says: evenkeel.Permit, Why: "So."}},
		}}
		f.Entries = []evenkeel.Entry{{Seq: 1, At: noon, Kind: evenkeel.EntryDecided, Ref: "d-1", Says: "It is held."}}
	})}
	body := w.get(t, annasToken, "/case/c-held").Body.String()
	_, asked, found := strings.Cut(body, "As they were asked for the decision, at ")
	if asked = asked[:min(len(asked), 60)]; !found || !strings.Contains(asked, "2019-05-30T12:00:00Z") {
		t.Errorf("the page says %q; expected when they were asked, at noon", asked)
	}
}

func TestTheTimelineSaysOnceWhatOneActDid(t *testing.T) {
	anna := evenkeel.Actor{Person: "anna"}
	entry := func(seq int64, at evenkeel.Moment, says string, s evenkeel.DecisionState) evenkeel.Entry {
		return evenkeel.Entry{Seq: seq, At: at, Kind: evenkeel.EntryDecided, Actor: anna, Says: says, State: s.String()}
	}
	f := docket.Folder{Entries: []evenkeel.Entry{
		entry(1, noon, "anna approved isolate.", evenkeel.Superseded),
		{Seq: 2, At: noon, Kind: evenkeel.EntryClock, Says: "A clock ended."},
		entry(3, noon, "anna approved isolate.", evenkeel.InForce),
		entry(4, noon+1, "isolate takes its place.", evenkeel.Superseded), // nothing else says so
		entry(5, noon+2, "anna lifted it.", evenkeel.Lifted), entry(6, noon+2, "anna lifted it.", evenkeel.Lifted),
	}}
	var v caseView
	v.told(&f)
	var got []int64
	for _, l := range v.Timeline {
		got = append(got, l.Seq)
	}
	if !slices.Equal(got, []int64{6, 5, 4, 3, 2}) {
		t.Errorf("the timeline has %v", got)
	}
}

func TestAnErrorSaysFirstWhatWasWrong(t *testing.T) {
	wrong := &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "enrol: the code does not fit", Hint: "the clocks may differ"}
	wrapped := &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "read who works here", Err: fmt.Errorf("in a transaction: %w", wrong)}
	if got := told(wrapped); got != wrong.Says {
		t.Errorf("a person reads %q", got)
	}
	if got := told(&evenkeel.Error{Says: "read the case", Err: fmt.Errorf("disk 7")}); got != "read the case" {
		t.Errorf("a person reads %q", got)
	}
}

func TestTheHeadNamesAllRoles(t *testing.T) {
	for token, want := range map[string]string{annasToken: "(reviewer)", bensToken: "(reviewer, admin)", adminToken: "(admin)"} {
		if body := newWorld().get(t, token, "/ledger").Body.String(); !strings.Contains(body, `<span class="soft">`+want+`</span>`) {
			t.Errorf("the head does not say %s", want)
		}
	}
}
