package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// covering finds the first flag, in the order given, that covers the finding, and the rate of
// its envelope. It writes into the proposal which one it is, and why others are not: of some
// why, and of the rest how many they are.
func covering(v *View, out *Proposal) (found bool, rate float64) {
	more := 0
	defer func() {
		switch {
		case more == 1:
			out.NotCovered = append(out.NotCovered, "… and 1 more flag does not cover it.")
		case more > 1:
			out.NotCovered = append(out.NotCovered, fmt.Sprintf("… and %d more flags do not cover it.", more))
		}
	}()
	for i := range v.Flags {
		f := &v.Flags[i]
		ok, rate, why := covers(f, v)
		switch {
		case ok:
			out.Flag = f.ID
			return true, rate
		case why != "" && len(out.NotCovered) == mostNotCovered:
			more++
		case why != "":
			out.NotCovered = append(out.NotCovered, fmt.Sprintf("Flag %s does not cover it: %s.", f.ID, why))
		}
	}
	return false, 0
}

// covers says whether a flag covers the finding of a view, the rate up to which it does (0: no
// bound), and, where it does not, why. A flag that is over, revoked, or about something else
// was not looked at: then there is no reason.
//
// It is held against the finding's time, and a person's also against the time of judging: what
// is allowed by now is not stopped now for what was seen before. What a tenant announced
// after it was seen excuses nothing.
//
// No other function reads what a flag selects and how much of it to decide whether that is
// covered: what was cleared must stay cleared on every path, live, in shadow, in a replay and on the command line.
func covers(flag *evenkeel.Flag, v *View) (ok bool, rate float64, why string) {
	f := &v.Finding
	at := f.At
	if flag.By.Person != "" && at < flag.From {
		at = max(at, v.Judged)
	}
	switch {
	case flag.Tenant != f.Subject.Tenant || flag.Family != f.Family:
		return false, 0, ""
	case flag.Until <= at || flag.Revoked != 0 && flag.Revoked <= at:
		return false, 0, ""
	case at < flag.From:
		return false, 0, fmt.Sprintf("it begins only at %s", flag.From)
	}
	if flag.By.Person == "" {
		// Load was announced, and nobody looked at anything else.
		if beyond := beyondUsage(evidenceOf(f)); beyond != "" {
			return false, 0, "it was granted for announced load, which does not excuse evidence of " + beyond
		}
	}
	if why := unmatched(&flag.Selector, v); why != "" {
		return false, 0, why
	}
	if why := exceeded(&flag.Selector, &flag.Envelope, v); why != "" {
		return false, 0, why
	}
	return true, flag.Envelope.Rate, ""
}

// beyondUsage names the families of evidence other than usage, or "".
func beyondUsage(e evidence) string {
	var out []string
	for f := range e.met {
		if e.met[f] && evenkeel.Evidence(f) != evenkeel.EvidenceUsage {
			out = append(out, evenkeel.Evidence(f).String())
		}
	}
	return strings.Join(out, " and ")
}

// unmatched says why the selector does not match every asset that the finding names, or "".
func unmatched(s *evenkeel.Selector, v *View) string {
	if s.TenantWide {
		return ""
	}
	named := v.Finding.Named()
	if len(named) == 0 {
		return "it is about certain assets, and the finding names none"
	}
	for _, a := range named {
		if why := mismatch(s, a, v.holding(a)); why != "" {
			return why
		}
	}
	return ""
}

// mismatch says why the selector does not match an asset, or "". hold is nil where it is not
// known what the asset is.
func mismatch(s *evenkeel.Selector, a evenkeel.AssetID, hold *evenkeel.Holding) string {
	switch {
	case s.TenantWide:
		return ""
	case len(s.Assets) > 0:
		if slices.Contains(s.Assets, a) {
			return ""
		}
		return fmt.Sprintf("it does not name %s", a)
	case s.Principal+s.Image+s.StartScript == "": // of no form: it selects nothing
		return "it selects nothing"
	case hold == nil:
		return fmt.Sprintf("it is not known what %s is", a)
	}
	for _, part := range [...]struct{ what, asks, is string }{
		{"principal", s.Principal, hold.Principal}, {"image", s.Image, hold.Image}, {"start script", s.StartScript, hold.StartScript},
	} {
		switch {
		case part.asks == "" || part.asks == part.is:
		case part.is == "":
			return fmt.Sprintf("the %s of %s is not known; the flag asks for %s", part.what, a, part.asks)
		default:
			return fmt.Sprintf("the %s of %s is %s; the flag asks for %s", part.what, a, part.is, part.asks)
		}
	}
	return ""
}

// exceeded says why what runs is beyond the envelope, or "". The assets that the finding names
// count as running while the tenant holds them, whoever forgot to tell that they were made.
func exceeded(s *evenkeel.Selector, e *evenkeel.Envelope, v *View) string {
	if e.Count == 0 && e.VCPUs == 0 {
		return ""
	}
	counted := map[evenkeel.AssetID]bool{}
	var vcpus int64
	unknown := evenkeel.AssetID("")
	for _, holdings := range [...][]evenkeel.Holding{v.Running, v.Holdings} {
		for i := range holdings {
			h := &holdings[i]
			if counted[h.Asset] || !v.holds(h) || mismatch(s, h.Asset, h) != "" {
				continue
			}
			counted[h.Asset] = true
			if !h.VCPUs.Known() && unknown == "" {
				unknown = h.Asset
			}
			vcpus = plus(vcpus, h.VCPUs.Value)
		}
	}
	switch n := int64(len(counted)); {
	case v.More:
		return fmt.Sprintf("it is not known how many of the machines that it selects run: the tenant holds more than the %d that were looked at", len(v.Running))
	case e.Count > 0 && n > e.Count:
		return fmt.Sprintf("%d of the machines that it selects run, and it covers %d", n, e.Count)
	case e.VCPUs > 0 && unknown != "":
		return fmt.Sprintf("it covers %d vCPUs, and it is not known how many %s has", e.VCPUs, unknown)
	case e.VCPUs > 0 && vcpus > e.VCPUs:
		return fmt.Sprintf("the machines that it selects have %d vCPUs, and it covers %d", vcpus, e.VCPUs)
	}
	return ""
}

// plus adds what is not negative, cut to the range.
func plus(a, b int64) int64 {
	if s := a + max(b, 0); s >= a {
		return s
	}
	return 1<<63 - 1
}
