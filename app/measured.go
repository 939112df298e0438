package app

import (
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/redact"
	"github.com/evenkeel/evenkeel/instrument/xarf"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// Measured is what of a case those may read who were attacked.
type Measured struct {
	From, Until evenkeel.Moment
	Text        string // lines, at most xarf.MaxEvidence bytes; "" where nothing was measured
}

// MeasuredAt gathers what final findings say that was measured at the port of an asset of a case, and
// that overlaps a time; an until of 0 takes all. What was reported, what is known of the tenant, and
// what rules on trial found, is left out; so is a sentence that names the tenant, and mail addresses in
// any of them go out.
func MeasuredAt(f *docket.Folder, asset evenkeel.AssetID, from, until evenkeel.Moment) (m Measured) {
	var lines []string
	for i := range f.Findings {
		x := &f.Findings[i]
		if x.Subject.Asset != asset && !slices.Contains(x.Assets, asset) || until != 0 && (x.Until < from || x.From > until) {
			continue
		}
		told := measured(x, f.Case.Tenant)
		if len(told) == 0 {
			continue
		}
		if m.From == 0 || x.From < m.From {
			m.From = x.From
		}
		m.Until = max(m.Until, x.Until)
		lines = append(append(lines, x.From.String()+" to "+x.Until.String()+":"), told...)
	}
	m.Text = wholeLines(strings.Join(slices.Compact(lines), "\n"), xarf.MaxEvidence)
	return m
}

// measured are the sentences about packets of a final finding. What a rule's author may have put into
// one that reads like a mail address goes out.
func measured(f *evenkeel.Finding, tenant evenkeel.TenantID) (out []string) {
	if f.Mode != evenkeel.ModeLive || f.Revision != evenkeel.Final {
		return nil
	}
	for _, t := range f.Terms {
		if t.Family == evenkeel.EvidenceWire && t.Weight > 0 && t.Says != "" && !strings.Contains(t.Says, string(tenant)) {
			out = append(out, redact.Addresses(t.Says))
		}
	}
	return out
}

// wholeLines cuts a text to whole lines.
func wholeLines(s string, most int) string {
	if len(s) <= most {
		return s
	}
	s = s[:most]
	return s[:max(strings.LastIndexByte(s, '\n'), 0)]
}
