package app

import (
	"fmt"
	"net/netip"
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

// Accuse returns what of a case those may read who were attacked from an address that an asset of it has,
// or why they may not be told of it: by hand and by itself it is asked here. An asset that is an address
// is that one; of a machine with another name whoever asks says which it had. What was measured is of
// whoever held the asset then, since a case has no other findings.
func Accuse(f *docket.Folder, asset evenkeel.AssetID, source netip.Addr, from, until evenkeel.Moment) (m Measured, err error) {
	c := &f.Case
	refused := func(kind evenkeel.Kind, hint, format string, args ...any) error {
		return &evenkeel.Error{Kind: kind, Says: fmt.Sprintf(format, args...), Hint: hint}
	}
	address, notOne := netip.ParseAddr(string(asset))
	switch {
	case c.Outcome.Cleared():
		return m, refused(evenkeel.KindDenied, "nobody is accused of what was found not to be so; what is found next in the case, and confirmed, may be told",
			"case %s was cleared (%s)", c.ID, c.Outcome)
	case c.State == evenkeel.CaseClosed && c.Outcome != evenkeel.OutcomeConfirmed && c.Outcome != evenkeel.OutcomeVictim:
		return m, refused(evenkeel.KindDenied, "whoever was attacked is told of what a person confirmed, or of a machine that was taken over",
			"case %s was closed as %s: nobody found that it was so", c.ID, c.Outcome)
	case !slices.Contains(c.Assets, asset):
		return m, refused(evenkeel.KindInvalid, "say with --asset which of them has the address that attacked; evenkeel case show names them",
			"case %s is about %d assets, none of which is %s", c.ID, len(c.Assets), asset)
	case notOne == nil && address != source:
		return m, refused(evenkeel.KindInvalid, "name the address of the case with --from, or leave --from out where it has only one",
			"case %s is about the address %s, and not about %s", c.ID, asset, source)
	}
	if m = measuredAt(f, asset, from, until); m.Text == "" {
		return m, refused(evenkeel.KindInvalid, "what others reported, and what is known of the tenant, is not passed on",
			"case %s has nothing that was measured at the port of %s", c.ID, asset)
	}
	return m, nil
}

// measuredAt gathers what final findings say that was measured at the port of an asset of a case, and
// that overlaps a time; an until of 0 takes all. What was reported, what is known of the tenant, and
// what rules on trial found, is left out; so is a sentence that names the tenant, and mail addresses in
// any of them go out.
func measuredAt(f *docket.Folder, asset evenkeel.AssetID, from, until evenkeel.Moment) (m Measured) {
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
