package visit_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// What a tenant is told while something of it is down decides where it looks for the fault.
func TestTheHeadlineSaysOfAMeasureWhatIsKnownOfIt(t *testing.T) {
	const (
		limitedEn, limitedZh = "Something of yours is limited", "您的部分资源受到限制"
		cpuEn, cpuZh         = "the machines run on a fifth of their CPU", "机器以五分之一的 CPU 运行"
	)
	c := aCase("raisup", "mining")
	throttle := decided(c, evenkeel.MeasureThrottle, evenkeel.InForce, evenkeel.ModeLive, 40)
	limit := decided(c, evenkeel.MeasureLimit, evenkeel.InForce, evenkeel.ModeLive, 40)
	order := func(d evenkeel.Decision, change func(*docket.Dispatch, *evenkeel.Receipt)) docket.Dispatch {
		id := evenkeel.NewOrderID(d.ID, false)
		x := docket.Dispatch{Order: id}
		change(&x, &x.Receipt)
		return x
	}
	receipt := func(s evenkeel.ReceiptState, effect string) func(*docket.Dispatch, *evenkeel.Receipt) {
		return func(x *docket.Dispatch, r *evenkeel.Receipt) {
			*r = evenkeel.Receipt{Order: x.Order, State: s, Effect: effect, At: at(41)}
		}
	}
	paper, applied, refused := receipt(evenkeel.ReceiptApplied, docket.EffectPaper), receipt(evenkeel.ReceiptApplied, "CPU quota 20%"), receipt(evenkeel.ReceiptRefused, "")
	letGo := receipt(evenkeel.ReceiptLifted, "")
	givenUp := func(x *docket.Dispatch, _ *evenkeel.Receipt) {
		x.Over, x.Failed, x.Why = at(50), true, "nobody answered"
	}
	both := []evenkeel.Decision{throttle, limit}
	for _, x := range []struct {
		name      string
		decisions []evenkeel.Decision
		sent      []docket.Dispatch
		en, zh    []string
		not       []string
	}{
		{"carried out", both[:1], []docket.Dispatch{order(throttle, applied)}, []string{limitedEn + " · ", "confirmed at", cpuEn, "In numbers: at most 20 % of the CPU."}, []string{limitedZh, cpuZh, "具体数值：最多 20 % 的 CPU。"}, nil},
		{"ordered", both[:1], nil, []string{"A limit of something of yours was ordered", "not confirmed yet that it is carried out", cpuEn, "In numbers: at most 20 % of the CPU."}, []string{"已对您的部分资源下达限制", "尚未确认执行"}, []string{limitedEn, limitedZh}},
		{"refused", both[:1], []docket.Dispatch{order(throttle, refused)},
			[]string{"A limit was decided, and is not carried out", "nothing of yours is limited by it", "it is not carried out", `<h3 class="cap">a limit of the CPU</h3>`},
			[]string{"已决定采取限制，但目前没有执行", "没有因此受到限制"}, []string{limitedEn, limitedZh, "<li>" + cpuEn + "</li></ul>\n<p>", "confirmed at"}},
		{"given up", both[:1], []docket.Dispatch{order(throttle, givenUp)},
			[]string{"A limit was decided, and is not carried out", "it is not carried out"}, []string{"已决定采取限制，但目前没有执行", "目前没有执行"}, []string{limitedEn, limitedZh, "not yet confirmed"}},
		{"let go of, by hand on a host", both[:1], []docket.Dispatch{order(throttle, letGo)},
			[]string{"A limit was decided, and is not carried out", "nothing of yours is limited by it"}, []string{"已决定采取限制，但目前没有执行"}, []string{limitedEn, limitedZh, "not yet confirmed"}},
		{"on paper", both[:1], []docket.Dispatch{order(throttle, paper)},
			[]string{"A limit was decided on paper only", "nobody carries it out: nothing of yours is limited by it"}, []string{"限制仅作了书面记录，并未执行", "没有因此受到限制"}, []string{limitedEn, limitedZh, "confirmed at", "In numbers", "具体数值"}},
		{"the higher refused, the lower carried out", both, []docket.Dispatch{order(throttle, refused), order(limit, applied)},
			[]string{limitedEn, "outgoing traffic is limited.", "it is not carried out"}, []string{limitedZh, "目前没有执行"}, nil},
		{"one on paper, the other refused", both, []docket.Dispatch{order(throttle, paper), order(limit, refused)},
			[]string{"A limit was decided, and is not carried out", "was decided: outgoing traffic is limited."}, []string{"已决定采取限制，但目前没有执行"}, []string{limitedEn, limitedZh}},
	} {
		t.Run(x.name, func(t *testing.T) {
			f := docket.Folder{Row: docket.Row{Case: c}, Decisions: x.decisions, Dispatches: x.sent, Notices: []evenkeel.Notice{noticed(throttle, "")}, Orders: []evenkeel.Order{orderOf(throttle)}}
			h := open(t)
			for lang, says := range map[string][]string{"en": x.en, "zh": x.zh} {
				body := h.page(t, f, lang)
				for _, want := range says {
					if !strings.Contains(body, want) {
						t.Errorf("%s: the page does not say %q", lang, want)
					}
				}
				if i := slices.IndexFunc(x.not, func(s string) bool { return strings.Contains(body, s) }); i >= 0 {
					t.Errorf("%s: the page says %q", lang, x.not[i])
				}
			}
		})
	}
}

// A case may be closed as confirmed while a measure runs to its end: unless nobody carries it out.
func TestAClosedCaseDoesNotSayThatSomethingStaysWhichNobodyCarriesOut(t *testing.T) {
	h := open(t)
	c := aCase("raisup", "mining")
	c.State, c.Outcome = evenkeel.CaseClosed, evenkeel.OutcomeConfirmed
	d := decided(c, evenkeel.MeasureThrottle, evenkeel.InForce, evenkeel.ModeLive, 40)
	id := evenkeel.NewOrderID(d.ID, false)
	for state, stays := range map[evenkeel.ReceiptState]bool{evenkeel.ReceiptApplied: true, evenkeel.ReceiptRefused: false} {
		f := docket.Folder{Row: docket.Row{Case: c}, Decisions: []evenkeel.Decision{d}, Dispatches: []docket.Dispatch{{Order: id, Receipt: evenkeel.Receipt{Order: id, State: state}}}}
		if body := h.page(t, f, "en"); strings.Contains(body, "at the latest this stays") != stays {
			t.Errorf("%s: that it stays is said: %t", state, !stays)
		}
	}
}

// The letter that corrects another stands among what we decided, in the words of the page.
func TestACorrectionSaysOnThePageWhatItSaidInTheLetter(t *testing.T) {
	h := open(t)
	c := aCase("raisup", "mining")
	d := decided(c, evenkeel.MeasureThrottle, evenkeel.Lapsed, evenkeel.ModeLive, 40)
	n := noticed(d, "")
	n.ID, n.State, n.Undone = evenkeel.NewUndoneID(d.ID, true), evenkeel.InForce, true
	f := docket.Folder{Row: docket.Row{Case: c}, Decisions: []evenkeel.Decision{d}, Notices: []evenkeel.Notice{n}}
	for lang, want := range map[string]string{"en": "A limit was decided, and is not carried out.", "zh": "已决定采取限制，但目前没有执行。"} {
		if body := h.page(t, f, lang); !strings.Contains(body, want) || strings.Contains(body, n.Keeps[0]) || strings.Contains(body, "五分之一") {
			t.Errorf("%s: the page does not say %q, or says what works under a limit that nobody carries out", lang, want)
		}
	}
}

// Of a decision whose place another took no letter is written: the history says that it ended.
func TestTheHistorySaysThatWhatWasReplacedHasEnded(t *testing.T) {
	h := open(t)
	c := aCase("raisup", "mining")
	for state, ended := range map[evenkeel.DecisionState]bool{evenkeel.Superseded: true, evenkeel.InForce: false} {
		d := decided(c, evenkeel.MeasureThrottle, state, evenkeel.ModeLive, 40)
		n := noticed(d, "")
		n.State = evenkeel.InForce
		f := docket.Folder{Row: docket.Row{Case: c}, Decisions: []evenkeel.Decision{d}, Notices: []evenkeel.Notice{n}}
		for lang, want := range map[string]string{"en": "This has ended: another decision took its place at", "zh": "该措施已结束：已于"} {
			if body := h.page(t, f, lang); strings.Contains(body, want) != ended {
				t.Errorf("%s, %s: that it ended is said: %t", state, lang, !ended)
			}
		}
	}
}

func TestNumbersAreInTheWordsOfTheLanguage(t *testing.T) {
	h := open(t)
	c := aCase("raisup", "mining")
	for _, x := range []struct {
		v      float64
		en, zh string
	}{
		{3860, "1 hour 4 minutes", "1小时4分钟"}, {3859.8, "1 hour 4 minutes", "1小时4分钟"}, {120, "2 minutes", "2分钟"}, {45, "45 seconds", "45秒"}, {7 * 86400, "7 days", "7天"}, {0, "0\u00a0s", "0\u00a0s"},
	} {
		f := mined("raisup", "worker-1", evenkeel.Final)
		f.Terms[1].Value = known(x.v)
		for lang, want := range map[string]string{"en": x.en, "zh": x.zh} {
			if body := h.page(t, docket.Folder{Row: docket.Row{Case: c}, Findings: []evenkeel.Finding{f}}, lang); !strings.Contains(body, `">`+want+`</td>`) || !strings.Contains(body, `">99.9`+"\u00a0"+`%</td>`) {
				t.Errorf("%g s is not said as %s", x.v, want)
			}
		}
	}
}

// The notice that a case was closed is named after a decision, and decides nothing of it.
func TestANoticeThatTheCaseWasClosedIsNotSaidToBeADecision(t *testing.T) {
	h := open(t)
	c := aCase("raisup", "mining")
	c.State, c.Outcome, c.Since = evenkeel.CaseClosed, evenkeel.OutcomeConfirmed, at(50)
	d := decided(c, evenkeel.MeasureThrottle, evenkeel.Lapsed, evenkeel.ModeLive, 20)
	n := noticed(d, "The pool is yours.")
	n.ID, n.At, n.Outcome = evenkeel.NewClosingID(c.ID, c.Since), c.Since, c.Outcome
	for lang, says := range map[string]string{"en": "<h3>This case is closed. A person found that it goes against the terms.</h3>", "zh": "<h3>此案已结案。经工作人员认定，该行为违反服务条款。</h3>"} {
		body := h.page(t, docket.Folder{Row: docket.Row{Case: c}, Decisions: []evenkeel.Decision{d}, Notices: []evenkeel.Notice{n}}, lang)
		if !strings.Contains(body, says) || strings.Contains(body, "<h3>Ended") {
			t.Errorf("%s: it is not said", lang)
		}
	}
}
