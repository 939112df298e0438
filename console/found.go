package console

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/internal/evidence"
	"github.com/evenkeel/evenkeel/console/internal/sheet"
	"github.com/evenkeel/evenkeel/judge/docket"
)

const (
	maxFound = 12 // findings on a page, with plot and terms
	maxPanes = 6  // windows that are drawn of one finding
)

// findingView is a finding, by its last revision.
type findingView struct {
	ID             evenkeel.FindingID
	Rule           string
	About          string
	Names          string
	Marks          []Mark
	From, Until    evenkeel.Moment
	At             evenkeel.Moment
	Score          string
	Families       string
	Met, Unmet     []termView
	Plot           template.HTML
	Principal      string
	HasConclusives bool
}

// termView is one weighed statement.
type termView struct {
	Name, Says, Family, Value, Threshold, Weight string
	Conclusive                                   bool
	Unknown                                      string
}

// found fills in what was found, the newest first.
func (v *caseView) found(f *docket.Folder) {
	var last []*evenkeel.Finding
	at := map[evenkeel.FindingID]int{}
	for i := range f.Findings {
		x := &f.Findings[i]
		if j, seen := at[x.ID]; seen {
			if x.Revision >= last[j].Revision {
				last[j] = x
			}
			continue
		}
		at[x.ID] = len(last)
		last = append(last, x)
	}
	slices.Reverse(last)
	v.FoundPart = v.pages.of("found", len(last), maxFound, "found", "findings")
	for _, x := range last[v.FoundPart.From:v.FoundPart.Until] {
		v.Found = append(v.Found, findingOf(x, true))
	}
}

func findingOf(f *evenkeel.Finding, whole bool) findingView {
	v := findingView{
		ID: f.ID, Rule: fmt.Sprintf("%s, version %d", f.Rule, f.Version), About: about(f), From: f.From, Until: f.Until, At: f.At,
		Score: sheet.Number(evenkeel.Reading{Value: f.Score, Known: true}, ""), Principal: f.Subject.Principal,
	}
	if len(f.Assets) > 0 {
		v.Names = list(f.Assets, 12)
	}
	var families []string
	for _, e := range f.Families() {
		families = append(families, e.String())
	}
	v.Families = strings.Join(families, " and ")
	v.Marks = append(v.Marks, Mark{"mute", f.Revision.String()})
	if f.Mode == evenkeel.ModeShadow {
		v.Marks = append(v.Marks, Mark{"info", "in shadow: nothing follows from it"})
	}
	for i := range f.Terms {
		v.Met = append(v.Met, termOf(f, &f.Terms[i]))
		v.HasConclusives = v.HasConclusives || f.Terms[i].Conclusive
	}
	if v.HasConclusives {
		v.Marks = append(v.Marks, Mark{"danger", "conclusive"})
	}
	if !whole {
		return v
	}
	for i := range f.Unmet {
		v.Unmet = append(v.Unmet, termOf(f, &f.Unmet[i]))
	}
	v.Plot = evidence.Draw(f, evidence.Options{Title: v.About, Most: maxPanes})
	return v
}

// about names the subject without calling it anything.
func about(f *evenkeel.Finding) string {
	switch s := &f.Subject; s.Kind {
	case evenkeel.SubjectAsset:
		return string(s.Asset)
	case evenkeel.SubjectPrincipal:
		return "what " + s.Principal + " makes"
	default:
		return "all of the tenant's machines"
	}
}

func termOf(f *evenkeel.Finding, t *evenkeel.Term) termView {
	unit := evidence.Unit(f, t)
	return termView{
		Name: t.Name, Says: t.Says, Family: t.Family.String(), Value: sheet.Number(t.Value, unit), Threshold: sheet.Number(t.Threshold, unit),
		Weight: sheet.Number(evenkeel.Reading{Value: t.Weight, Known: true}, ""), Conclusive: t.Conclusive, Unknown: t.Unknown,
	}
}
