package console

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// announcedByLink is a case about an announcement, as the page of a tenant writes it; the first of
// two, and the second in a form that was written before.
func announcedByLink() docket.Folder {
	return plainCase("c-link", "mill", docket.Announcements, func(f *docket.Folder) {
		f.Case.State, f.Case.Waiting, f.Case.Spoke, f.Due, f.DueKind = evenkeel.CaseUnderReview, noon, noon, noon.Add(time.Hour), docket.ClockOurAnswer
		f.Clocks = []docket.Clock{{Kind: docket.ClockOurAnswer, Started: noon, Due: noon.Add(time.Hour), Breach: "What is enforced steps down."}}
		f.Entries = []evenkeel.Entry{
			{Seq: 1, At: noon, Kind: evenkeel.EntrySaid, State: "announce", Ref: "link c-0 owner x", Words: "Announced: 3 machines, made by \"ci\", from 2019-05-30T08:17:01.124773106Z until 2019-05-31T01:00:00Z.\nA run."},
			{Seq: 2, At: noon, Kind: evenkeel.EntryDecided, Says: "A person has to look."},
		}
	})
}

func TestAFormThatNobodyTouchesAllowsExactlyWhatWasAnnounced(t *testing.T) {
	from, until := noon.Add(-223*time.Minute), noon.Add(13*time.Hour)
	announce := func(f *docket.Folder, words string) {
		f.Entries = append(f.Entries, evenkeel.Entry{Seq: int64(len(f.Entries) + 1), At: noon, Kind: evenkeel.EntrySaid, State: "announce", Ref: "link c-0 owner y", Words: words})
	}
	for _, c := range []struct {
		name   string
		change func(*docket.Folder)
		want   docket.Grant
	}{
		{"by who makes the machines", nil, docket.Grant{Selector: evenkeel.Selector{Principal: "ci"}, Envelope: evenkeel.Envelope{Count: 3}, From: from, Until: until}},
		{"of all machines, and the newest of two", func(f *docket.Folder) {
			announce(f, "Announced: 1 machine, all machines, from 1 Jun 2019, 08:00 UTC until 2 Jun 2019, 08:00:30 UTC.\nMore.")
		}, docket.Grant{Selector: evenkeel.Selector{TenantWide: true}, Envelope: evenkeel.Envelope{Count: 1}, From: noon.Add(44 * time.Hour), Until: noon.Add(68*time.Hour + 30*time.Second)}},
	} {
		for _, act := range []string{"flag", "clear"} {
			t.Run(c.name+", "+act, func(t *testing.T) {
				w, f := newWorld(), announcedByLink()
				if c.change != nil {
					c.change(&f)
				}
				w.folders = []docket.Folder{f}
				a, page := w.press(t, "c-link", act)
				if a == nil || a.Kind.String() != act || a.Grant == nil || fmt.Sprint(*a.Grant) != fmt.Sprint(c.want) {
					t.Fatalf("what is done is %+v: %s", a, alert(page))
				}
			})
		}
	}
}

func TestWhatThePolicySaysOfAnAnnouncementHasItsTimesToTheSecond(t *testing.T) {
	const why = "Announced: 10 machines from 2019-05-30T08:17:01.124773106Z until 2019-05-31T01:00:00Z."
	w, policy := newWorld(), evenkeel.Actor{Policy: digestOf}
	w.folders = []docket.Folder{plainCase("c-flagged", "mill", "mining", func(f *docket.Folder) {
		f.Flags = []evenkeel.Flag{{ID: "flag-1", Tenant: "mill", Family: "mining", Selector: evenkeel.Selector{TenantWide: true}, From: noon, Until: noon + 1, By: policy, Why: why}}
		f.Entries = []evenkeel.Entry{{Seq: 1, At: noon, Kind: evenkeel.EntryFlagged, Actor: policy, Says: "A flag was granted.", Words: why}}
	})}
	for _, page := range []string{"/flags", "/case/c-flagged"} {
		if body := w.get(t, annasToken, page).Body.String(); strings.Contains(body, ".124773106Z") || !strings.Contains(body, "from 2019-05-30T08:17:01Z until") {
			t.Errorf("%s has a time to the nanosecond, or none", page)
		}
	}
}

func TestAPersonCanWidenWhatWasAnnounced(t *testing.T) {
	w := newWorld()
	w.folders = []docket.Folder{announcedByLink()}
	a, page := w.press(t, "c-link", "flag", "flag-cover", "tenant=all", "flag-count", "", "flag-vcpus", "96", "flag-from", "", "flag-until", "2019-06-30 12:00")
	want := docket.Grant{Selector: evenkeel.Selector{TenantWide: true}, Envelope: evenkeel.Envelope{VCPUs: 96}, Until: noon.Add(31 * 24 * time.Hour)}
	if a == nil || fmt.Sprint(*a.Grant) != fmt.Sprint(want) {
		t.Fatalf("what is done is %+v: %s", a, alert(page))
	}
}

// Of what comes with the telemetry only the tenant's words are kept: to press the button must not
// allow everything for a quarter of a year.
func TestOfWhatWasAnnouncedInWordsAloneNothingIsFilledIn(t *testing.T) {
	w := newWorld()
	w.folders = crowd()
	a, page := w.press(t, "c-burst", "flag")
	if a != nil {
		t.Fatalf("it is granted: %+v", a.Grant)
	}
	for _, want := range []string{"Choose what the flag covers.", "Give a time in UTC such as", "Only the words of what was announced are kept"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q: %s", want, alert(page))
		}
	}
	a, page = w.press(t, "c-burst", "flag", "flag-cover", "typed", "flag-principal", "ci", "flag-until", "2019-05-31T12:00", "flag-count", "3")
	want := docket.Grant{Selector: evenkeel.Selector{Principal: "ci"}, Envelope: evenkeel.Envelope{Count: 3}, Until: noon.Add(24 * time.Hour)}
	if a == nil || fmt.Sprint(*a.Grant) != fmt.Sprint(want) {
		t.Fatalf("what is done is %+v: %s", a, alert(page))
	}
}

func TestTimesOfAFlagThatCannotBeAreSaidToBeWrong(t *testing.T) {
	for _, c := range []struct{ name, from, until, says string }{
		{"a beginning that is none", "tomorrow", "2019-05-31T01:00", "or nothing for now"},
		{"an end that is none", "", "soon", "Give a time in UTC such as"},
		{"no end", "", "", "Give a time in UTC such as"},
		{"an end that is past", "2019-05-29T00:00", "2019-05-30T11:59", "Give an end after now"},
		{"an end before the beginning", "2019-06-02T00:00", "2019-06-01T00:00", "Give an end after now"},
		{"an end too far off", "", "2020-06-01T00:00", "at most 366 days after it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.folders = []docket.Folder{announcedByLink()}
			a, page := w.press(t, "c-link", "flag", "flag-from", c.from, "flag-until", c.until)
			if a != nil || !strings.Contains(alert(page), c.says) {
				t.Fatalf("acts %v: %s", a, alert(page))
			}
			whole(t, page)
			if c.from != "" && !strings.Contains(page, `value="`+c.from+`"`) {
				t.Error("what was typed is lost")
			}
		})
	}
}

// proposals is a case in which something is proposed as a measure, and isolate is wanted.
func proposals(m evenkeel.Measure) docket.Folder {
	return plainCase("c-proposals", "raisup", "mining", func(f *docket.Folder) {
		f.Proposed = 1
		f.Findings = []evenkeel.Finding{pinned()}
		f.Decisions = []evenkeel.Decision{{
			ID: "d-1", Measure: m, Wanted: evenkeel.MeasureIsolate, State: evenkeel.Proposed, Mode: evenkeel.ModeLive, Assets: []evenkeel.AssetID{"worker-01"}, From: noon, Until: noon.Add(time.Hour),
		}}
	})
}

// pinned is a finding whose trace runs along its threshold, and which knows nothing of the network.
func pinned() evenkeel.Finding {
	f := finding("f-pinned", "worker-01", noon.Add(-time.Hour))
	cpu := &f.Panes[0]
	cpu.Unit, cpu.Values = "fraction", cpu.Values[45:]
	cpu.From, f.Terms[0].Unit, f.Terms[0].Threshold.Value = cpu.From.Add(45*time.Minute), "", 0.99
	f.Terms[0].Value.Value = 0.995
	network := *cpu
	network.Name, network.Unit, network.Values = "network", "bytes", make([]evenkeel.Reading, len(cpu.Values))
	f.Panes = append(f.Panes, network)
	return f
}

func TestAnApprovalThatNobodyTouchesIsOfTheMeasureThatIsShown(t *testing.T) {
	for _, c := range []struct {
		name            string
		measure, wanted evenkeel.Measure
		state           evenkeel.DecisionState
		want            evenkeel.Measure // none: the form asks for one
	}{
		{"proposed, and more was wanted", evenkeel.MeasureThrottle, evenkeel.MeasureIsolate, evenkeel.Proposed, evenkeel.MeasureThrottle},
		{"held, and more was wanted", evenkeel.MeasureThrottle, evenkeel.MeasureIsolate, evenkeel.Held, evenkeel.MeasureThrottle},
		{"proposed as wanted", evenkeel.MeasureIsolate, evenkeel.MeasureIsolate, evenkeel.Proposed, evenkeel.MeasureIsolate},
		{"without a measure", evenkeel.MeasureNone, evenkeel.MeasureIsolate, evenkeel.Proposed, evenkeel.MeasureNone},
		{"without a measure, and a notice was wanted", evenkeel.MeasureNone, evenkeel.MeasureNotify, evenkeel.Proposed, evenkeel.MeasureNotify},
		{"as what takes two persons", evenkeel.MeasureSuspend, evenkeel.MeasureSuspend, evenkeel.Proposed, evenkeel.MeasureNotify},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, f := newWorld(), proposals(c.measure)
			f.Decisions[0].Wanted, f.Decisions[0].State = c.wanted, c.state
			w.folders = []docket.Folder{f}
			a, page := w.press(t, "c-proposals", "approve d-1")
			switch {
			case c.want == evenkeel.MeasureNone && (a != nil || !strings.Contains(alert(page), "Choose one of the measures.")):
				t.Errorf("what is done is %+v: %s", a, alert(page))
			case c.want != evenkeel.MeasureNone && (a == nil || a.Measure != c.want):
				t.Errorf("what is done is %+v; want %s: %s", a, c.want, alert(page))
			}
		})
	}
	w := newWorld() // more than is proposed is there, by its name
	w.folders = []docket.Folder{proposals(evenkeel.MeasureThrottle)}
	if a, page := w.press(t, "c-proposals", "approve d-1", "measure approve d-1", "isolate"); a == nil || a.Measure != evenkeel.MeasureIsolate {
		t.Errorf("what is done is %+v: %s", a, alert(page))
	}
}

// R24: of a tenant with one contact no further one is written to.
func TestTheClockOfAReminderPromisesNoFurtherContact(t *testing.T) {
	if c := clockOf(docket.ClockReminder, noon.Add(time.Hour), evenkeel.MeasureNone, "The tenant is reminded.", noon); c.Then != "it is written to again, and to further contacts where there are any" {
		t.Errorf("it says %q", c.Then)
	}
}

func TestAClockSaysThatAMeasureStepsDownOnlyWhereOneIsEnforced(t *testing.T) {
	for m, steps := range map[evenkeel.Measure]bool{evenkeel.MeasureNone: false, evenkeel.MeasureNotify: false, evenkeel.MeasureThrottle: true, evenkeel.MeasureIsolate: true} {
		for _, breach := range []string{"", "What is enforced steps down."} {
			c := clockOf(docket.ClockOurAnswer, noon.Add(time.Hour), m, breach, noon)
			if got := c.Then == "what is enforced steps down"; got != steps || !got && c.Then != againWords {
				t.Errorf("under %s it says %q", m, c.Then)
			}
		}
	}
}
