package procedure

import (
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// Means is what whoever would carry out a measure has declared and shown. The zero value
// declares nothing.
type Means struct {
	Measures []evenkeel.Measure // that it can carry out; nil: nobody was asked
	Declared bool               // it said what it keeps and what it destroys
	Keeps    []string           // console, export, backup …: the ways to the data that stay open
	Destroys []string           // memory, disk, address; connections do not count
	Proven   bool               // it fetched a canary while the measure stood
	Unshown  []evenkeel.Measure // of these it did not, where it did of others
	Finishes bool               // a freeze lets operations in flight finish or rolls them back
}

// Lacks says what is missing before a measure may be carried out with these means, or "".
// What leaves every way to the data as it is may always be done; for all else the way to the
// data has to be shown, not promised. It holds for persons as for machines.
func (m Means) Lacks(x evenkeel.Measure) string {
	switch x {
	case evenkeel.MeasureNone, evenkeel.MeasureNotify:
		return ""
	}
	if m.Measures != nil && !slices.Contains(m.Measures, x) {
		return "whoever would carry it out cannot " + x.String()
	}
	switch x {
	case evenkeel.MeasureChallenge, evenkeel.MeasureLimit, evenkeel.MeasureThrottle:
		return ""
	}
	destroys := slices.DeleteFunc(slices.Clone(m.Destroys), func(s string) bool { return s == "connections" })
	switch {
	case !m.Declared:
		return "nobody who would carry it out has declared what it keeps and what it destroys"
	case len(destroys) > 0:
		return "whoever would carry it out destroys " + strings.Join(destroys, ", ")
	case len(m.Keeps) == 0:
		return "whoever would carry it out keeps no way to the tenant's data open"
	case !m.Proven || slices.Contains(m.Unshown, x):
		return "whoever would carry it out has not shown, by fetching a canary, that the way to the tenant's data stays open"
	case x == evenkeel.MeasureFreeze && !m.Finishes:
		return "whoever would carry it out has not shown that operations in flight finish or are rolled back"
	}
	return ""
}
