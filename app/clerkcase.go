package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/store/sqlite"
	abuse "github.com/evenkeel/evenkeel/watch/intake/report"
)

// reportFamily is the family of the rules that watch reports.
const reportFamily = "report"

// caseOf is the oldest case that is open, or was when the report came, of whoever held the asset at
// the time that the report is about; "" where there is none.
func (k *clerk) caseOf(ctx context.Context, x *docket.Reported) (found evenkeel.CaseID, err error) {
	tenant, held := k.holder(x.Asset, x.At)
	if !held {
		return "", nil
	}
	rows, err := k.casesOf(ctx, docket.Query{Tenant: tenant, Family: reportFamily, Closed: true})
	var opened evenkeel.Moment
	for i := range rows {
		c := &rows[i].Case
		if !slices.Contains(c.Assets, x.Asset) || c.State == evenkeel.CaseClosed && c.Since < x.Came || found != "" && c.Opened >= opened {
			continue
		}
		f, err := k.folder(ctx, c.ID)
		if err != nil {
			return "", fmt.Errorf("look for the case of a report: %w", err)
		}
		if stands(&f, x) {
			found, opened = c.ID, c.Opened
		}
	}
	return found, err
}

// stands says whether a report stands in a case, as it was when it was closed: its class about its asset.
// Where a rule of the operator's own has other terms than classes, any finding of reports about it will do.
func stands(f *docket.Folder, x *docket.Reported) bool {
	entered := map[string]bool{} // by when the case was closed
	for i := range f.Entries {
		if e := &f.Entries[i]; e.Kind == evenkeel.EntryFound && (f.Case.State != evenkeel.CaseClosed || e.At <= f.Case.Since) {
			entered[e.Ref+" "+e.State] = true
		}
	}
	var class abuse.Class
	class.Category, class.Type, _ = strings.Cut(x.Class, "/")
	for i := range f.Findings {
		n := &f.Findings[i]
		if !entered[docket.FindingKey(n)] || !slices.Contains(n.Named(), x.Asset) {
			continue
		}
		for _, t := range n.Terms {
			if t.Family == evenkeel.EvidenceReport && t.Weight > 0 && (!slices.Contains(classTerms, t.Name) || slices.Contains(termsOf(class), t.Name)) {
				return true
			}
		}
	}
	return false
}

// classTerms are the terms of the built-in rule about reports: the kinds, and scans apart.
var classTerms = []string{"attack", "scan", "spam", "compromise", "exposure", "phishing", "copyright", "content"}

// termsOf returns the terms of the built-in rule by which a class is told.
func termsOf(c abuse.Class) []string {
	switch k := c.Kind(); k {
	case "attack":
		return []string{k, "scan"}
	case "other":
		return []string{"content"}
	default:
		return []string{k}
	}
}

// Bounds of what a letter tells of reports: of so many assets, so many reports, and how far the clock of a
// pane may lie before the first of them.
const (
	assetsReported = 20
	eachReported   = 21
	paneOfReports  = time.Minute
)

// reportsLooked is how many reports of each machine are looked through for those of a case.
const reportsLooked = 1000

// reportsOf are the reports of the machines of a case, one by one, the newest first, at most so many: those of the
// time that its findings are about, and since. What is about a time when somebody else is known to have held the machine says nothing of
// the tenant, and is none of them.
func reportsOf(books *sqlite.DB, holder func(evenkeel.AssetID, evenkeel.Moment) (evenkeel.TenantID, bool)) func(context.Context, *docket.Folder, int) ([]docket.Reported, error) {
	return func(ctx context.Context, f *docket.Folder, most int) (all []docket.Reported, err error) {
		since := f.Case.Opened
		for i := range f.Findings {
			since = min(since, f.Findings[i].From)
		}
		for _, a := range f.Case.Assets[:min(len(f.Case.Assets), assetsReported)] {
			rows, err := books.Reporters().Lately(ctx, a, since.Add(-paneOfReports), max(most, reportsLooked))
			if err != nil {
				return nil, err
			}
			all = append(all, slices.DeleteFunc(rows, func(x docket.Reported) bool {
				tenant, known := holder(x.Asset, x.At)
				return known && tenant != f.Case.Tenant
			})...)
		}
		slices.SortStableFunc(all, func(a, b docket.Reported) int { return cmp.Compare(b.Came, a.Came) })
		return all[:min(len(all), most)], nil
	}
}

// reportedOf is what others reported of the assets of a notice about reports, where that is kept.
func (h *house) reportedOf(ctx context.Context, n *evenkeel.Notice) (all []courier.Reported) {
	if n.Family != reportFamily || n.Since == 0 {
		return nil
	}
	for _, a := range n.Assets[:min(len(n.Assets), assetsReported)] {
		rows, err := h.books.Reporters().About(ctx, a, n.Since.Add(-paneOfReports), n.At.Add(paneOfReports), eachReported)
		if err != nil {
			h.parts.Log.Warn("a letter does not list what was reported; it leaves all the same", "err", err, "hint", "see whether the books can be read")
			return nil
		}
		for _, x := range rows {
			all = append(all, courier.Reported{Asset: x.Asset, Class: x.Class, At: x.At})
		}
	}
	return all
}
