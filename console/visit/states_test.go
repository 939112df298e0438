package visit_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// shelf are books that hold one folder.
type shelf struct{ folder docket.Folder }

func (s shelf) Cases(context.Context, docket.Query) ([]docket.Row, error) { return nil, nil }

func (s shelf) Folder(context.Context, evenkeel.CaseID) (docket.Folder, error) { return s.folder, nil }

func (s shelf) Flags(context.Context, evenkeel.TenantID) ([]evenkeel.Flag, error) { return nil, nil }

// page is the page of a folder, which has to be whole.
func (h *house) page(t *testing.T, f docket.Folder, lang string) string {
	t.Helper()
	h.Handler = h.handler(shelf{f})
	w := h.get("/t/" + h.token(link.Speak, f.Case, "owner") + "?lang=" + lang)
	if w.Code != http.StatusOK {
		t.Fatalf("it answers %d: %s", w.Code, h.log)
	}
	body := w.Body.String()
	checkHTML(t, body)
	for _, bad := range []string{"%!", "invalid", "&lt;no value", "&lt;nil"} {
		if strings.Contains(body, bad) {
			t.Errorf("the page says %q", bad)
		}
	}
	return body
}

func TestEveryStateHasAPage(t *testing.T) {
	h := open(t)
	for m := evenkeel.Measure(0); m.String() != "invalid"; m++ {
		for s := evenkeel.DecisionState(1); s.String() != "invalid"; s++ {
			t.Run(fmt.Sprintf("%s %s", m, s), func(t *testing.T) {
				for cs := evenkeel.CaseState(1); cs.String() != "invalid"; cs++ {
					c := aCase("raisup", "mining")
					c.State = cs
					if cs == evenkeel.CaseClosed {
						c.Outcome = evenkeel.Outcome(int(m)%6 + 1)
					}
					d := decided(c, m, s, evenkeel.ModeLive, 40)
					if s == evenkeel.Held {
						d.From, d.Until = at(90), at(300)
					}
					f := docket.Folder{Row: docket.Row{Case: c}, Decisions: []evenkeel.Decision{d}, Notices: []evenkeel.Notice{noticed(d, "")}}
					for _, lang := range []string{"en", "zh"} {
						h.page(t, f, lang)
					}
				}
			})
		}
	}
}

func TestThePageSaysWhoWaitsForWhom(t *testing.T) {
	clock := func(k docket.ClockKind, from, due int) []docket.Clock {
		return []docket.Clock{{Kind: k, Started: at(from), Due: at(due)}}
	}
	for _, c := range []struct {
		name   string
		folder docket.Folder // at an hour after the start
		says   string
	}{
		{"nobody has spoken", docket.Folder{Clocks: clock(docket.ClockTenantAnswer, 0, 200)}, "Please answer by <time datetime=\"2019-05-29T15:20:00Z\">"},
		{"the time to answer is over", docket.Folder{Clocks: clock(docket.ClockTenantAnswer, 0, 50)}, "It still counts."},
		{"the tenant waits", docket.Folder{Clocks: clock(docket.ClockOurAnswer, 50, 110), Row: docket.Row{Case: evenkeel.Case{Waiting: at(50), Spoke: at(55)}}}, "(in 50 minutes)"},
		{"the tenant waits, and spoke again", docket.Folder{Clocks: clock(docket.ClockOurAnswer, 50, 110), Row: docket.Row{Case: evenkeel.Case{Waiting: at(50), Spoke: at(55)}}}, "You wrote at <time datetime=\"2019-05-29T12:50:00Z\">"},
		{"we are late", docket.Folder{Clocks: clock(docket.ClockOurAnswer, 0, 60), Row: docket.Row{Case: evenkeel.Case{Waiting: at(0)}}}, "We are late: a person should have decided by"},
		{"we are late and nothing was left to ease", docket.Folder{Row: docket.Row{Case: evenkeel.Case{Waiting: at(0)}}}, "later than we promised"},
		{"a person has decided", docket.Folder{Row: docket.Row{Case: evenkeel.Case{Spoke: at(1)}}}, "A person has decided since you last wrote"},
		{"a clock that has ended does not run", docket.Folder{Clocks: []docket.Clock{{Kind: docket.ClockOurAnswer, Due: at(110), Ended: at(55)}}, Row: docket.Row{Case: evenkeel.Case{Spoke: at(1)}}}, "A person has decided since"},
		{"nothing is known", docket.Folder{}, "When you answer, a person looks at it."},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := open(t)
			x := aCase("raisup", "mining")
			x.Waiting, x.Spoke = c.folder.Case.Waiting, c.folder.Case.Spoke
			c.folder.Case = x
			if body := h.page(t, c.folder, "en"); !strings.Contains(body, c.says) {
				t.Errorf("the page does not say %q: %s", c.says, body)
			}
		})
	}
}

func TestThatWhatIsLimitedIsEasedIsSaidOnlyWhereSomethingIsLimited(t *testing.T) {
	const eased = "what is limited is eased by itself"
	for m, says := range map[evenkeel.Measure]bool{evenkeel.MeasureNone: false, evenkeel.MeasureNotify: false, evenkeel.MeasureThrottle: true} {
		h := open(t)
		c := aCase("raisup", "mining")
		c.Waiting, c.Spoke = at(50), at(50)
		f := docket.Folder{Row: docket.Row{Case: c}, Clocks: []docket.Clock{{Kind: docket.ClockOurAnswer, Started: at(50), Due: at(110)}}}
		if m != evenkeel.MeasureNone {
			f.Decisions = []evenkeel.Decision{decided(c, m, evenkeel.InForce, evenkeel.ModeLive, 20)}
		}
		if body := h.page(t, f, "en"); strings.Contains(body, eased) != says || !strings.Contains(body, "(in 50 minutes)") {
			t.Errorf("under %s the page says %q: %t", m, eased, !says)
		}
	}
}

// A measure whose time is up may stand in the books until somebody looks at the clocks. Nodes let
// go by themselves, so it is over.
func TestWhatHasRunOutIsNotInForce(t *testing.T) {
	h := open(t)
	c := aCase("raisup", "mining")
	d := decided(c, evenkeel.MeasureThrottle, evenkeel.InForce, evenkeel.ModeLive, 20)
	d.Until = at(60)
	if body := h.page(t, docket.Folder{Row: docket.Row{Case: c}, Decisions: []evenkeel.Decision{d}}, "en"); !strings.Contains(body, "Nothing is in force now.") {
		t.Error("it is said to be in force")
	}
}

func TestOfTwoRevisionsTheFinalOneIsShown(t *testing.T) {
	h := open(t)
	c := aCase("raisup", "mining")
	first, final := mined("raisup", "worker-1", evenkeel.Provisional), mined("raisup", "worker-1", evenkeel.Final)
	first.Terms = []evenkeel.Term{{Says: "said too early"}}
	for _, order := range [][]evenkeel.Finding{{first, final}, {final, first}} {
		body := h.page(t, docket.Folder{Row: docket.Row{Case: c}, Findings: order}, "en")
		if strings.Contains(body, "said too early") || strings.Count(body, "<svg") != 1 {
			t.Error("the provisional revision is shown")
		}
	}
}

// A page has to come over a bad line though much was found and decided.
func TestAPageIsBounded(t *testing.T) {
	h := open(t)
	c := aCase("raisup", "mining")
	f := docket.Folder{Row: docket.Row{Case: c}}
	for i := range 300 {
		x := mined("raisup", evenkeel.AssetID(fmt.Sprintf("worker-%d", i)), evenkeel.Final)
		x.At = at(i)
		for range 1440 {
			x.Panes[0].Values = append(x.Panes[0].Values, known(float64(i%7)/7))
		}
		f.Findings = append(f.Findings, x)
		d := decided(c, evenkeel.MeasureThrottle, evenkeel.Lapsed, evenkeel.ModeLive, i)
		f.Decisions, f.Notices = append(f.Decisions, d), append(f.Notices, noticed(d, ""))
		f.Entries = append(f.Entries, evenkeel.Entry{Seq: int64(i), At: at(i), Kind: evenkeel.EntrySaid, State: "message", Words: "hello"})
	}
	body := h.page(t, f, "en")
	if len(body) > 300<<10 {
		t.Errorf("%d bytes", len(body))
	}
	path, reached := "/t/"+h.token(link.Speak, c, "owner")+"?lang=en", map[string]bool{}
	for at := 0; at < 300; at += 6 {
		body := h.get(fmt.Sprintf("%s&before=%d&earlier=%d", path, at, at*10)).Body.String()
		for i := range 300 {
			if name := fmt.Sprintf("<code>worker-%d</code></h3>", i); strings.Contains(body, name) {
				reached[name] = true
			}
			if name := fmt.Sprintf("-%d</code>", i); at < 60 && strings.Contains(body, string(c.ID)+name) {
				reached[name] = true
			}
		}
	}
	if len(reached) != 600 {
		t.Errorf("%d of 300 findings and 300 messages can be reached", len(reached))
	}
	for _, says := range []string{"Show 294 earlier ones", "Show 540 earlier ones", "worker-299"} {
		if !strings.Contains(body, says) {
			t.Errorf("the page does not say %q", says)
		}
	}
}

func TestTheContactsLanguageCountsWhereTheBrowserSaysNothing(t *testing.T) {
	h := open(t)
	c := throttled(h)
	path := "/t/" + h.token(link.Speak, c, "财务")
	for _, x := range []struct{ query, header, lang string }{
		{"", "", "zh-Hans"}, {"", "en-GB", "en"}, {"?lang=en", "zh", "en"}, {"?lang=zh", "en", "zh-Hans"}, {"?lang=xx", "", "zh-Hans"}, {"", "de", "zh-Hans"},
	} {
		if body := h.get(path+x.query, "Accept-Language", x.header).Body.String(); !strings.Contains(body, `<html lang="`+x.lang+`">`) {
			t.Errorf("%q with %q is not in %s", x.query, x.header, x.lang)
		}
	}
	w := h.post(path+"/answer?lang=zh", answer("你好"))
	if !strings.Contains(w.Header().Get("Location"), "lang=zh") || !strings.Contains(h.follow(w), "我们已收到") {
		t.Error("the language is lost on the way")
	}
}

func TestLengthsAreCutAndNotRounded(t *testing.T) {
	h := open(t)
	for _, c := range []struct {
		d    time.Duration
		says string
	}{
		{90 * time.Second, "(in 1 minute)"}, {time.Hour - time.Second, "(in 59 minutes)"}, {time.Hour, "(in 1 hour)"}, {90 * time.Minute, "(in 1 hour 30 minutes)"}, {80 * time.Hour, "(in 3 days)"}, {30 * time.Second, "(now)"},
	} {
		x := aCase("raisup", "mining")
		x.Waiting = at(50)
		body := h.page(t, docket.Folder{Row: docket.Row{Case: x}, Clocks: []docket.Clock{{Kind: docket.ClockOurAnswer, Started: at(50), Due: h.now.Add(c.d)}}}, "en")
		if !strings.Contains(body, c.says) {
			t.Errorf("%s is not said as %s", c.d, c.says)
		}
	}
}

// Property D of the house: whatever stands, reading and exporting one's data works.
func TestWhatAlwaysWorksIsSaidWhereTheNoticeSaysNothing(t *testing.T) {
	h := open(t)
	c := aCase("raisup", "mining")
	d := decided(c, evenkeel.MeasureIsolate, evenkeel.InForce, evenkeel.ModeLive, 20)
	if body := h.page(t, docket.Folder{Row: docket.Row{Case: c}, Decisions: []evenkeel.Decision{d}}, "en"); !strings.Contains(body, "<li>reading, exporting and backing up your data</li>") {
		t.Error("it is not said")
	}
}

func TestThePageSaysWhyAPersonClosedTheCase(t *testing.T) {
	h := open(t)
	c := aCase("raisup", "mining")
	c.State, c.Since, c.Outcome = evenkeel.CaseClosed, at(50), evenkeel.OutcomeConfirmed
	acted := func(kind docket.ActKind, when evenkeel.Moment, words string) evenkeel.Entry {
		return evenkeel.Entry{Kind: evenkeel.EntryActed, Actor: evenkeel.Actor{Person: "ada.lovelace"}, State: kind.String(), At: when, Words: words}
	}
	f := docket.Folder{Row: docket.Row{Case: c}, Entries: []evenkeel.Entry{
		acted(docket.ActClear, at(20), "closed before"), acted(docket.ActLift, at(50), "not about the case"), acted(docket.ActClose, at(50), "The pool is <yours>."),
	}}
	body := h.page(t, f, "en")
	if !strings.Contains(body, "The person who decided writes: “The pool is &lt;yours&gt;.”") || strings.Contains(body, "closed before") || strings.Contains(body, "not about the case") || strings.Count(body, "The pool is") != 1 {
		t.Errorf("the page says\n%s", body)
	}
}

// N: what a person answered point by point is written of the tenant, and is put to it on its page as in its letter.
func TestThePagePutsWhatWasWeighedToTheTenant(t *testing.T) {
	h, c := open(t), aCase("raisup", "mining")
	c.State, c.Since, c.Outcome = evenkeel.CaseClosed, at(50), evenkeel.OutcomeFalsePositive
	r := docket.Reasons{Reason: "It is your scoring job.", Points: []docket.Point{
		{Criterion: "What does the tenant say that it runs, and does what was seen agree with it?", Speaks: docket.SpeaksFor, Note: "It does."},
		{Criterion: "One of their own", Speaks: docket.SpeaksAgainst},
	}}
	d := decided(c, evenkeel.MeasureThrottle, evenkeel.Lifted, evenkeel.ModeLive, 40)
	f := docket.Folder{Row: docket.Row{Case: c}, Decisions: []evenkeel.Decision{d}, Notices: []evenkeel.Notice{noticed(d, r.Text())}, Entries: []evenkeel.Entry{
		{Kind: evenkeel.EntryActed, Actor: evenkeel.Actor{Person: "ada.lovelace"}, State: docket.ActClear.String(), At: at(50), Words: r.Text()},
	}}
	for lang, says := range map[string][]string{
		"en": {"What was weighed, point by point", "1. What you say that you run, and whether what was seen agrees with it", "It speaks for you. It does.", "2. One of their own", "It speaks against you."},
		"zh": {"逐项考虑的内容", "您说明运行的内容", "对您有利。 It does.", "对您不利。"},
	} {
		body := h.page(t, f, lang)
		for _, s := range says {
			if strings.Count(body, s) == 0 {
				t.Errorf("in %s the page does not say %q:\n%s", lang, s, body)
			}
		}
		for _, s := range []string{"Speaks against the tenant", "What does the tenant say", "Speaks for the tenant"} {
			if strings.Contains(body, s) {
				t.Errorf("in %s the page says %q", lang, s)
			}
		}
	}
}

// TestWhatWasAnnouncedAndIsAllowedIsNoApology (R9): whoever announced a burst reads that it is allowed, what, until when and why; nothing was found, so nobody is sorry
// for what it looked like.
func TestWhatWasAnnouncedAndIsAllowedIsNoApology(t *testing.T) {
	for lang, says := range map[string][3]string{
		"en": {"What you announced is allowed: Machines made by <code>ci</code>, at most 20 machines", "“Your usual build.”", "It was not what it looked like"},
		"zh": {"您预先告知的内容已获准：由 <code>ci</code> 创建的机器，同时最多20台机器", "“Your usual build.”", "并非看上去那样"},
	} {
		h := open(t)
		c := aCase("raisup", docket.Announcements)
		c.State, c.Since, c.Outcome = evenkeel.CaseClosed, at(50), evenkeel.OutcomeFalsePositive // as books of before have it
		other := aCase("raisup", "mining")
		f := evenkeel.Flag{Tenant: "raisup", Family: "mining", Case: c.ID, Selector: evenkeel.Selector{Principal: "ci"}, Envelope: evenkeel.Envelope{Count: 20}, From: at(50), Until: at(900), By: evenkeel.Actor{Person: "ada"}, Why: "-"}
		f.ID = evenkeel.NewFlagID(&f)
		h.put(docket.Changes{Tenant: "raisup", Cases: []evenkeel.Case{c, other}, Flags: []evenkeel.Flag{f}, Entries: []evenkeel.Entry{
			{Case: c.ID, Seq: 1, At: at(40), Kind: evenkeel.EntrySaid, State: "announce", Ref: "a-1", Words: "Twenty machines."},
			{Case: c.ID, Seq: 2, At: at(50), Kind: evenkeel.EntryActed, State: "clear", Actor: evenkeel.Actor{Person: "ada"}, Words: "Your usual build."},
		}})
		for name, of := range map[string]evenkeel.Case{"its own page": c, "the page of another case": other} {
			body := h.get("/t/" + h.token(link.Speak, of, "owner") + "?lang=" + lang).Body.String()
			if !strings.Contains(body, says[0]) || !strings.Contains(body, says[1]) || strings.Contains(body, says[2]) {
				t.Errorf("%s, %s:\n%s", lang, name, body)
			}
		}
	}
}

// F7, N: what is announced names all of its machines, asks for an answer until the first of it begins, and says what an
// answer does; once there is one the page says that it did.
func TestThePageSaysWhatAnAnswerDoesToWhatIsAnnounced(t *testing.T) {
	c := aCase("raisup", "mining")
	asks := []docket.Clock{{Kind: docket.ClockTenantAnswer, Started: at(0), Due: at(24 * 60)}}
	in := func(m evenkeel.Measure, s evenkeel.DecisionState, from int, names ...evenkeel.AssetID) evenkeel.Decision {
		d := decided(c, m, s, evenkeel.ModeLive, 40)
		d.ID, d.Assets, d.From, d.Until = d.ID+evenkeel.DecisionID(names[0]), names, at(from), at(from+240)
		return d
	}
	held, throttle := evenkeel.Held, evenkeel.MeasureThrottle
	two := []evenkeel.Decision{in(throttle, held, 80, "worker-1"), in(throttle, held, 80, "worker-2")}
	later := in(throttle, held, 90, "worker-3")
	for _, x := range []struct {
		name      string
		decisions []evenkeel.Decision
		waiting   bool
		says, not []string
	}{
		{"two machines at once", two, false, []string{
			"2 of your machines (<code>worker-1</code>, <code>worker-2</code>)", "Please answer by <time datetime=\"2019-05-29T13:20:00Z\">", "Any answer of yours stops it", "from your answer on, what is announced does not take effect by itself",
		}, []string{"2019-05-30T12:00:00Z"}},
		{"another one later", append([]evenkeel.Decision{later}, two...), false, []string{"Please answer by <time datetime=\"2019-05-29T13:20:00Z\">", "<code>worker-3</code>: the machines get less CPU"}, nil},
		{"beside what is in force", append([]evenkeel.Decision{in(evenkeel.MeasureIsolate, evenkeel.InForce, 30, "worker-4")}, two...), false, []string{"It is announced that from", "Any answer of yours stops it"}, []string{"Nothing is limited yet"}},
		{"only a question", []evenkeel.Decision{in(evenkeel.MeasureNotify, evenkeel.InForce, 30, "worker-1")}, false, []string{"Please answer by <time datetime=\"2019-05-30T12:00:00Z\">"}, []string{"stops it", "does not take effect"}},
		{"the tenant has answered", []evenkeel.Decision{in(throttle, evenkeel.Proposed, 80, "worker-1"), in(throttle, evenkeel.Proposed, 80, "worker-2")}, true, []string{
			"Since you have answered, this does not take effect by itself any more", "a limit of the CPU on 2 of your machines (<code>worker-1</code>, <code>worker-2</code>)",
		}, []string{"Any answer of yours stops it"}},
		{"a person made a question of it", []evenkeel.Decision{in(throttle, evenkeel.Proposed, 80, "worker-1")}, false, []string{
			"This was announced and does not take effect by itself any more: a person decides", "a limit of the CPU on your machine <code>worker-1</code>",
		}, []string{"Since you have answered", "Any answer of yours stops it"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			h := open(t)
			f := docket.Folder{Row: docket.Row{Case: c}, Decisions: x.decisions, Clocks: asks}
			for _, d := range x.decisions {
				if d.State == evenkeel.Proposed { // as it was told
					d.State = held
				}
				f.Notices = append(f.Notices, noticed(d, ""))
			}
			if x.waiting {
				f.Case.Waiting, f.Case.Spoke = at(50), at(50)
				f.Clocks = []docket.Clock{{Kind: docket.ClockOurAnswer, Started: at(50), Due: at(110)}}
			}
			body := h.page(t, f, "en")
			h.page(t, f, "zh")
			for _, s := range x.says {
				if !strings.Contains(body, s) {
					t.Errorf("the page does not say %q: %s", s, body)
				}
			}
			for _, s := range x.not {
				if lead, _, _ := strings.Cut(body, "<h2 id=\"said"); strings.Contains(lead, s) {
					t.Errorf("the page says %q: %s", s, body)
				}
			}
		})
	}
}
