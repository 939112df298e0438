package visit_test

import (
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/link"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// N: whoever waits for an answer within the hour and appeals reads first what is due first, and the hour is not lost behind the days of the appeal.
func TestThePageBeginsWithWhatIsDueFirst(t *testing.T) {
	for lang, says := range map[string][2]string{"en": {"We owe you the decision of a person by", "Your appeal against"}, "zh": {"之前给您由工作人员作出的决定", "的申诉已收到"}} {
		h := open(t)
		c, path := opened(t, h, link.Speak)
		d := decided(c, evenkeel.MeasureThrottle, evenkeel.InForce, evenkeel.ModeLive, 20)
		top := func(hours int) string {
			h.put(docket.Changes{Tenant: "raisup", Clocks: []docket.Clock{
				{Case: c.ID, Kind: docket.ClockOurAnswer, Started: at(59), Due: at(60 + 60*hours)},
				{Case: c.ID, Decision: d.ID, Kind: docket.ClockAppealAnswer, Started: at(60), Due: at(60 + 60*5)},
			}})
			body := h.get(path + "?lang=" + lang).Body.String()
			body, _, _ = strings.Cut(body, `id="seen"`)
			return body
		}
		if body := top(1); !strings.Contains(body, says[0]) || strings.Contains(body, says[1]) {
			t.Errorf("%s: the page does not begin with the hour: %s", lang, body)
		}
		if body := top(9); strings.Contains(body, says[0]) || !strings.Contains(body, says[1]) {
			t.Errorf("%s: the page does not begin with the appeal, which is due first: %s", lang, body)
		}
	}
}

// G: the page says of the second appeal that it is the last one, and once persons have decided on it
// that no further one is heard: it offers none, and what is sent all the same is kept.
func TestThePageSaysThatNoMoreAppealsAreHeard(t *testing.T) {
	for lang, says := range map[string][2]string{
		"en": {"It is the last appeal against this decision that is heard", "so no further appeal against it is heard"},
		"zh": {"这是针对该决定受理的最后一次申诉", "因此不再受理针对它的申诉"},
	} {
		h := open(t)
		c, path := opened(t, h, link.Speak)
		d := decided(c, evenkeel.MeasureThrottle, evenkeel.InForce, evenkeel.ModeLive, 20)
		k := docket.Clock{Case: c.ID, Decision: d.ID, Kind: docket.ClockAppealAnswer, Started: at(60), Due: at(600), Heard: [][]evenkeel.PersonID{{"ben"}}}
		h.put(docket.Changes{Tenant: "raisup", Clocks: []docket.Clock{k}})
		if body := h.get(path + "?lang=" + lang).Body.String(); !strings.Contains(body, says[0]) || strings.Contains(body, says[1]) {
			t.Errorf("%s: the page does not say that this is the last appeal", lang)
		}
		h.now = at(95)
		k.Ended, k.Because, k.Heard = at(61), "a person decided on the appeal", append(k.Heard, []evenkeel.PersonID{"cem"})
		h.put(docket.Changes{Tenant: "raisup", Clocks: []docket.Clock{k}})
		body := h.get(path + "?lang=" + lang).Body.String()
		if !strings.Contains(body, says[1]) || strings.Contains(body, says[0]) || strings.Contains(body, `id="appeal"`) {
			t.Errorf("%s: the page does not say that no further appeal is heard, or offers one", lang)
		}
	}
}
