package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// reduction is the place in the law's table at which a proposal stands.
type reduction struct {
	row     *row
	column  column
	mandate evenkeel.Measure // the most that the tenant let the edge do; none: all that the row has
	aimed   bool             // the finding names where flows went
	rate    float64          // of the flag that covers it, packets a second; 0 no bound
}

// apply sets what of the wanted measure a machine may do alone, and says why it is less.
func (r reduction) apply(p *Proposal) {
	if p.Wanted == evenkeel.MeasureNone {
		return
	}
	fam := p.Family
	full := strongest(fam.Harm, p.Wanted, r.within(r.row.cells[permitted].may))
	here := strongest(fam.Harm, p.Wanted, r.may(fam.Harm))
	p.Allowed = strongest(fam.Harm, p.Wanted, onLadder(fam.Ladder, r.may(fam.Harm)))

	if p.Wanted.NeedsTwo() {
		p.Why = append(p.Why, fmt.Sprintf("%s takes two persons: a machine never does it alone.", capital(p.Wanted.String())))
	}
	if p.Wanted == evenkeel.MeasureDropFlow && !r.aimed {
		p.Why = append(p.Why, "What was found names no end of a flow that could be cut.")
	}
	if full != p.Wanted {
		p.Why = append(p.Why, fmt.Sprintf("On the evidence (%s) a machine may go up to %s alone.", r.row.name, full))
	}
	if here != full || r.column == flagged {
		p.Why = append(p.Why, r.because(p, here))
	}
	switch {
	case p.Allowed == here:
	case p.Allowed == evenkeel.MeasureNone:
		p.Why = append(p.Why, fmt.Sprintf("The ladder of %s has no %s and no lower rung that is permitted: nothing is done.", fam.Name, here))
	default:
		p.Why = append(p.Why, fmt.Sprintf("The ladder of %s has no %s: %s is the next lower rung that is permitted.", fam.Name, here, p.Allowed))
	}
	if r.column == flagged && p.Allowed == evenkeel.MeasureLimit && r.rate > 0 {
		p.Params = map[string]string{"rate": rateText(r.rate)}
	}
}

// may returns the measures of the cell. At an envelope without a rate nothing is limited.
func (r reduction) may(h Harm) []evenkeel.Measure {
	cell := r.row.cells[r.column].may
	may := r.within(cell)
	instead := len(may) < len(cell) // of a flow that nobody can cut
	if r.column == flagged && h == HarmPackets && r.rate == 0 && !instead {
		may = slices.DeleteFunc(slices.Clone(may), func(m evenkeel.Measure) bool { return m == evenkeel.MeasureLimit })
	}
	return may
}

// within leaves drop-flow out where nothing says which flow, since such an order would cut nothing, and what is above the mandate.
func (r reduction) within(may []evenkeel.Measure) []evenkeel.Measure {
	return slices.DeleteFunc(slices.Clone(may), func(m evenkeel.Measure) bool {
		return m == evenkeel.MeasureDropFlow && !r.aimed || r.mandate != evenkeel.MeasureNone && HarmEdge.rank(m) > HarmEdge.rank(r.mandate)
	})
}

// because says what the column took away.
func (r reduction) because(p *Proposal, here evenkeel.Measure) string {
	if r.column != flagged {
		return fmt.Sprintf("%s: a machine may go up to %s alone.", heldBackBy(p.Safeguards), here)
	}
	s := fmt.Sprintf("Flag %s covers it", p.Flag)
	switch {
	case here == evenkeel.MeasureNone:
		return s + ": it is only recorded."
	case here == evenkeel.MeasureLimit && r.rate > 0:
		return fmt.Sprintf("%s up to %s packets a second: what is beyond is limited.", s, rateText(r.rate))
	}
	return fmt.Sprintf("%s: a machine may go up to %s alone.", s, here)
}

// heldBackBy names the safeguards that let nothing more pass.
func heldBackBy(asked []evenkeel.Safeguard) string {
	var protects, unknown []string
	for _, s := range asked {
		switch {
		case s.Says == evenkeel.Protect:
			protects = append(protects, s.Name)
		case holdsBack(s):
			unknown = append(unknown, s.Name)
		}
	}
	switch {
	case len(protects) > 0 && len(unknown) > 0:
		return fmt.Sprintf("Safeguards protect the tenant (%s) or are unknown (%s)", strings.Join(protects, ", "), strings.Join(unknown, ", "))
	case len(protects) > 0:
		return fmt.Sprintf("Safeguards protect the tenant (%s)", strings.Join(protects, ", "))
	case len(unknown) > 0:
		return fmt.Sprintf("Safeguards are unknown (%s)", strings.Join(unknown, ", "))
	}
	return "No safeguard was asked"
}

// strongest is the strongest of some measures that is not above the wanted one, or none.
func strongest(h Harm, wanted evenkeel.Measure, of []evenkeel.Measure) evenkeel.Measure {
	best := evenkeel.MeasureNone
	for _, m := range of {
		if r := h.rank(m); r > h.rank(best) && r <= h.rank(wanted) {
			best = m
		}
	}
	return best
}

// onLadder keeps the measures that are rungs.
func onLadder(ladder, of []evenkeel.Measure) []evenkeel.Measure {
	return slices.DeleteFunc(slices.Clone(of), func(m evenkeel.Measure) bool { return !slices.Contains(ladder, m) })
}

func rateText(rate float64) string { return strconv.FormatFloat(rate, 'f', -1, 64) }

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
