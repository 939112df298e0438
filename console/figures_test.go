package console

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// figures are what the world says of rules, reporters, the ways to the data, witnesses and the record.
type figures struct {
	rules     Rules
	reporters Reporters
	ways      Ways
	witnesses Witnesses
	quarters  []string
}

func (w *world) Rules(context.Context) (Rules, error) { return w.figures.rules, w.sick }

func (w *world) Reporters(_ context.Context, most int) (Reporters, error) {
	r := w.figures.reporters
	r.All = r.All[:min(len(r.All), most)]
	return r, w.sick
}

func (w *world) Ways(context.Context) (Ways, error) { return w.figures.ways, w.sick }

func (w *world) Witnesses(context.Context) (Witnesses, error) { return w.figures.witnesses, w.sick }

func (w *world) Quarters(context.Context) ([]string, error) { return w.figures.quarters, w.sick }

func (w *world) Page(_ context.Context, quarter, lang string) (template.HTML, error) {
	if quarter != "2019Q1" && quarter != "2019Q2" {
		return "", &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("quarter %.20q; expected a year and one of Q1 to Q4", quarter), Hint: "write it such as 2026Q4"}
	}
	return template.HTML(map[string]string{"en": "<p>What was done about abuse.</p>", "zh": "<p>针对滥用行为采取的措施。</p>"}[lang]), w.sick
}

func (w *world) File(_ context.Context, name string) ([]byte, string, error) {
	if name != "report-2019Q2.json" {
		return nil, "", &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("there is no file %.80q of the public record", name), Hint: "the page of the public record links those there are"}
	}
	return []byte("{}\n"), "application/json", w.sick
}

// figured is a world with something on each of these pages.
func figured(w *world) {
	learned := func(rule string, version int, r docket.Record) docket.Learned {
		return docket.Learned{RuleVersion: docket.RuleVersion{Rule: rule, Version: version}, Record: r}
	}
	stands := func(at, next docket.Stage, by evenkeel.PersonID, why, takes string) *Standing {
		return &Standing{Next: next, Takes: takes, Promoted: docket.Promoted{Hits: 3, Staged: docket.Staged{Stage: at, Since: noon.Add(-50 * time.Hour), UpTo: evenkeel.MeasureThrottle, By: by, Why: why, Test: &docket.Backtest{From: noon - 9, Until: noon, Hits: 9, Wanted: 7, Unwanted: 1}}}}
	}
	gated := func(s *Standing) *Standing {
		s.Gates = []GateTakes{{evenkeel.MeasureThrottle, ""}, {evenkeel.MeasureFreeze, "Freeze takes 90 % at least: 41 reviewed cases are there, 1 of them wrong, which shows 87.4 %; 12 more that are right in a row are missing."}}
		return s
	}
	w.figures = figures{
		rules: Rules{
			Gates: []Gate{{evenkeel.MeasureThrottle, 800}, {evenkeel.MeasureFreeze, 900}, {evenkeel.MeasureIsolate, 950}},
			All: []RuleRecord{
				{
					Learned: learned("crypto-mining", 3, docket.Record{Confirmed: 38, Victims: 2, Mismatches: 1, Inconclusive: 3, Covered: 5, Audited: 7, AuditedWrong: 1, HumanSeconds: 44 * 750, HumanMeasured: 44}),
					Stands:  gated(stands(docket.StageCanary, docket.StageLive, "zoe", "Forty were right.", "")),
					Acts:    "acts alone for 10 % of the tenants", Earned: []evenkeel.Measure{evenkeel.MeasureThrottle}, Next: evenkeel.MeasureFreeze, Missing: 12,
				},
				{Learned: learned("crypto-mining", 4, docket.Record{}), Acts: "watched in shadow", Next: evenkeel.MeasureThrottle, Missing: 16, Stands: stands(docket.StageShadow, docket.StageConfirm, "", "The policy has a new version of a rule begin there.",
					"In shadow for 2 days it found something 3 times: 7 days and 5 times are needed, or 30 days.")},
				{Learned: learned("flood-out", 1, docket.Record{}), Acts: "a person confirms each measure", Held: true, Stands: stands(docket.StageLive, 0, "", "The policy has the first version of a rule begin there.", "")},
				{Learned: learned("flood-out", 2, docket.Record{Covered: 1}), Acts: "a person confirms each measure", Next: evenkeel.MeasureThrottle, Missing: 16},
			},
		},
		reporters: Reporters{Doubt: 200, All: []docket.Precision{
			{Reporter: "token north-9", Confirmed: 41, False: 2, Other: 1, Open: 3}, {Reporter: "mail blue-harbour", False: 30}, {Reporter: "claimed t-1", Open: 1},
		}},
		ways: Ways{
			Asked: true, Backend: "webhook", Proven: true, Shown: noon.Add(-2 * time.Hour), Until: noon.Add(4 * time.Hour), Tried: noon.Add(-2 * time.Hour),
			Probes: []Probe{{Measure: evenkeel.MeasureIsolate, Fetched: []Fetched{{Way: "console", Came: true, Size: 256}, {Way: "backup", Why: "the mount was not there"}}}},
			Orders: []Probe{{Measure: evenkeel.MeasureIsolate, Order: "o-1", Amiss: "backup brought nothing back", Fetched: []Fetched{{Way: "backup"}}}},
		},
		witnesses: Witnesses{Size: 42, Needed: 2, Cosigned: 1, Shown: "evenkeel\n42\n", Earlier: []Head{{Size: 40, Note: "evenkeel\n40\n"}, {Size: 37, Note: "evenkeel\n37\n"}}, All: []Witness{
			{Name: "north-9", Size: 42, At: noon.Add(-time.Hour)}, {Name: "mill", Size: 40, At: noon.Add(-30 * time.Hour), Fault: "it did not answer"}, {Name: "kestrel"},
		}},
		quarters: []string{"2019Q2", "2019Q1"},
	}
}

// TestAFileOfThePublicRecordIsHandedOut to be kept, and nothing but such a file.
func TestAFileOfThePublicRecordIsHandedOut(t *testing.T) {
	w := newWorld()
	figured(w)
	got := w.get(t, adminToken, "/record/report-2019Q2.json")
	h := got.Header()
	if got.Code != http.StatusOK || got.Body.String() != "{}\n" || h.Get("Content-Disposition") != `attachment; filename=report-2019Q2.json` || h.Get("Content-Type") != "application/json" || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("status %d, %v: %s", got.Code, h, got.Body)
	}
	for _, name := range []string{"report-2019Q2.exe", "..%2fledger.key"} {
		if got := w.get(t, adminToken, "/record/"+name); got.Code != http.StatusNotFound || got.Header().Get("Content-Disposition") != "" {
			t.Errorf("%s: status %d, %v", name, got.Code, got.Header())
		}
	}
}

// TestListsOfFiguresAreBounded: a page does not grow with what strangers report or with old versions of rules.
func TestListsOfFiguresAreBounded(t *testing.T) {
	w := newWorld()
	for i := range 3 * maxReporters {
		w.figures.reporters.All = append(w.figures.reporters.All, docket.Precision{Reporter: fmt.Sprintf("claimed r-%d", i)})
		w.figures.rules.All = append(w.figures.rules.All, RuleRecord{Learned: docket.Learned{RuleVersion: docket.RuleVersion{Rule: "flood-out", Version: i + 1}}})
	}
	if body := w.get(t, annasToken, "/reporters").Body.String(); strings.Count(body, `role="rowheader"`) != maxReporters || !strings.Contains(body, "<code>evenkeel reporters</code> prints them") {
		t.Error("reporters have no bound, or nothing says that there are more")
	}
	if body := w.get(t, annasToken, "/rules?from=50").Body.String(); strings.Count(body, "<h2") != maxRules || !strings.Contains(body, "version 51<") || !strings.Contains(body, "Rules after these") {
		t.Error("rules have no bound, or the second page is not there")
	}
}

// TestAShareIsDrawnAsItIsSaid: the ends of the band are those of the words, and never beyond the whole.
func TestAShareIsDrawnAsItIsSaid(t *testing.T) {
	for _, c := range []struct {
		right, wrong int64
		low, high    string
		drawn        string
	}{
		{0, 0, "0 %", "100 %", `height="12"/></svg>`},
		{16, 0, "80.6 %", "100 %", `<rect class="band" x="806" y="4" width="194" height="12"/><rect class="at" x="994"`},
		{0, 30, "0 %", "11.4 %", `<rect class="band" x="0" y="4" width="114" height="12"/><rect class="at" x="0"`},
	} {
		v := spanOf(c.right, c.wrong)
		if strings.ReplaceAll(v.Low, "\u00a0", " ") != c.low || strings.ReplaceAll(v.High, "\u00a0", " ") != c.high || !strings.Contains(string(v.Plot), c.drawn) {
			t.Errorf("%d of %d: %s to %s, %s", c.right, v.All, v.Low, v.High, v.Plot)
		}
	}
}
