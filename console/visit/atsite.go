package visit

import (
	"maps"
	"slices"

	"github.com/evenkeel/evenkeel"
)

// floods is the family of cases about sites that others flood, as the built-in policy calls it.
const floods = "edge"

// siteWords are said in the place of others in a case about sites: what is named is a site and no machine, others send
// what comes there, and nobody suspects its tenant of it.
type siteWords struct {
	Site                                    string // 1 its asset
	Sites                                   plural
	TitleAsked, TitleSeen                   string
	TitleDone, TitleHeld                    string
	TitleOrdered, TitleUnfit, TitlePaper    string
	Seen                                    string // 1 its asset
	LeadUnseen                              string // 1 sites, 3 from, 4 until, 5 what a person ordered though nothing was measured
	SpeakIntro, AnswerHint                  string
	Customers                               string // to whom it is to be passed on
	Pressed                                 string // what a page does that is shown only while visitors press
	Confirmed, Victim, Mismatch, FalseAlarm string // how a case was closed
}

// atSites says whether a case is about sites: by its family, or by what was decided, since only visitors of sites are asked or
// see a page, and a policy may call the family otherwise.
func (v *visitor) atSites() bool {
	return v.folder.Case.Family == floods || slices.ContainsFunc(v.folder.Decisions, func(d evenkeel.Decision) bool {
		return d.Measure == evenkeel.MeasureChallenge || d.Measure == evenkeel.MeasureShut
	})
}

// ofSites are the texts of each language in a case about sites, by its tag.
var ofSites = map[string]*texts{english.Tag: withSites(english), chinese.Tag: withSites(chinese)}

func withSites(t texts) *texts {
	w := &t.AtSite
	t.Machine, t.Machines = w.Site, w.Sites
	t.TitleAsked, t.TitleSeen, t.TitleDone, t.TitleHeld = w.TitleAsked, w.TitleSeen, w.TitleDone, w.TitleHeld
	t.TitleOrdered, t.TitleUnfit, t.TitlePaper = w.TitleOrdered, w.TitleUnfit, w.TitlePaper
	t.SeenAbout, t.SpeakIntro, t.AnswerHint = w.Seen, w.SpeakIntro, w.AnswerHint
	t.Outcomes = maps.Clone(t.Outcomes)
	maps.Copy(t.Outcomes, map[evenkeel.Outcome]string{
		evenkeel.OutcomeConfirmed: w.Confirmed, evenkeel.OutcomeVictim: w.Victim,
		evenkeel.OutcomePolicyMismatch: w.Mismatch, evenkeel.OutcomeFalsePositive: w.FalseAlarm,
	})
	return &t
}

// saying are the texts of a language for what is about sites, or is not.
func saying(t *texts, sites bool) *texts {
	if sites {
		return ofSites[t.Tag]
	}
	return tagged(t.Tag)
}

// does says what a decision does.
func (t tongue) does(d *evenkeel.Decision) string {
	if d.Measure == evenkeel.MeasureShut && d.Params["when"] == "pressed" {
		return t.AtSite.Pressed
	}
	return t.Measures[d.Measure].Does
}
