package visit_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/visit"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// R6, D: under every enforced measure the page says, before anything else that is to be read, what
// still works and how data is fetched; under what limits nothing it does not.
func TestThePageSaysHowDataIsFetchedUnderEveryMeasure(t *testing.T) {
	seen := map[string]bool{}
	for m := evenkeel.MeasureNone; m.String() != "invalid"; m++ {
		h := open(t)
		c := aCase("raisup", "mining")
		d := decided(c, m, evenkeel.InForce, evenkeel.ModeLive, 20)
		for _, lang := range []string{"en", "zh"} {
			body := h.page(t, docket.Folder{Row: docket.Row{Case: c}, Decisions: []evenkeel.Decision{d}, Notices: []evenkeel.Notice{noticed(d, "")}}, lang)
			_, rest, there := strings.Cut(body, `<h3 id="fetch">`)
			if there != m.Enforced() {
				t.Errorf("%s, %s: it says how: %t", m, lang, there)
			}
			if !there {
				continue
			}
			before, _, _ := strings.Cut(rest, `id="seen"`)
			_, how, _ := strings.Cut(before, "<p>")
			how, _, _ = strings.Cut(how, "</p>")
			if how == "" || strings.Count(before, "<p>") < 2 || seen[how] && m != evenkeel.MeasureShut {
				t.Errorf("%s, %s: it says %q", m, lang, how)
			}
			seen[how] = true
		}
	}
}

// R6, D: the page names the ways that whoever carries measures out keeps open, and none that it does not;
// in both languages, under every measure that closes some.
func TestThePageNamesTheWaysThatStayOpen(t *testing.T) {
	words := map[string]map[string]string{
		"en": {"console": "the console", "export": "the export of your data", "backup": "the download of backups", "rescue": "the rescue system"},
		"zh": {"console": "控制台", "export": "数据导出", "backup": "下载备份", "rescue": "救援系统"},
	}
	closes := []evenkeel.Measure{evenkeel.MeasureLimit, evenkeel.MeasureDropFlow, evenkeel.MeasureIsolate, evenkeel.MeasureSuspend, evenkeel.MeasureDeny}
	for m := evenkeel.MeasureNone; m.String() != "invalid"; m++ {
		for _, ways := range [][]string{{"rescue", "export"}, {"console"}, {"backup", "by post"}, nil} {
			h := open(t)
			h.ways = visit.Ways{Open: ways, Shown: at(1)}
			h.Handler = h.handler(h.books)
			c := aCase("raisup", "mining")
			d := decided(c, m, evenkeel.InForce, evenkeel.ModeLive, 20)
			for lang, of := range words {
				body := h.page(t, docket.Folder{Row: docket.Row{Case: c}, Decisions: []evenkeel.Decision{d}, Notices: []evenkeel.Notice{noticed(d, "")}}, lang)
				_, rest, there := strings.Cut(body, `<h3 id="fetch">`)
				if there != m.Enforced() {
					t.Fatalf("%s, %s: it says how: %t", m, lang, there)
				}
				says, _, _ := strings.Cut(rest, `id="seen"`)
				if !slices.Contains(closes, m) || ways == nil {
					continue
				}
				for way, word := range of {
					if strings.Contains(says, word) != slices.Contains(ways, way) {
						t.Errorf("%s, %s, %v: %q", m, lang, ways, says)
					}
				}
				if strings.Contains(says, "by post") != slices.Contains(ways, "by post") {
					t.Errorf("%s, %s, %v: a way that has no word of its own is not named as it is: %q", m, lang, ways, says)
				}
			}
		}
	}
}

// The time to fetch data does not run while an appeal is open, and the page says what is left of it.
func TestThePageSaysUntilWhenDataIsKept(t *testing.T) {
	c := aCase("raisup", "mining")
	d := decided(c, evenkeel.MeasureDeny, evenkeel.InForce, evenkeel.ModeLive, 20)
	k := docket.Clock{Case: c.ID, Kind: docket.ClockRetrieval, Started: at(20), Due: at(20).Add(30 * 24 * time.Hour)}
	paused := k
	paused.Paused, paused.PausedAt = "an appeal is open", at(20+24*60)
	ended := k
	ended.Ended = at(30)
	for _, x := range []struct {
		name  string
		clock docket.Clock
		says  string
		not   string
	}{
		{"it runs", k, "Your data is kept until <time datetime=\"2019-06-28T12:20:00Z\">", "has not run"},
		{"an appeal is open", paused, "has not run since <time datetime=\"2019-05-30T12:20:00Z\">30 May 2019, 12:20 UTC</time>, because an appeal is open. When a person has decided, 29 days are left.", "is kept until"},
		{"it has ended", ended, "The contract ends, and not before you could fetch your data.", "is kept until"},
	} {
		t.Run(x.name, func(t *testing.T) {
			h := open(t)
			f := docket.Folder{Row: docket.Row{Case: c}, Decisions: []evenkeel.Decision{d}, Notices: []evenkeel.Notice{noticed(d, "")}, Clocks: []docket.Clock{x.clock}}
			if body := h.page(t, f, "en"); !strings.Contains(body, x.says) || strings.Contains(body, x.not) {
				t.Errorf("the page does not say %q, or says %q", x.says, x.not)
			}
		})
	}
}
