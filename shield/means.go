package shield

import (
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// Means is what a backend declares: what it can do, and what stays standing while it does.
// The zero value can do nothing and declares nothing.
type Means struct {
	Measures []evenkeel.Measure // that it can carry out
	Declared bool               // Keeps and Destroys are meant, also where they are empty
	Keeps    []string           // ways to the tenant's data that stay open: console, export, backup …
	Destroys []string           // what is gone afterwards: connections, memory, disk, address …
	Proven   bool               // a canary was fetched on each of these ways while the measure stood, lately (Prober)
	// Unshown are measures of which that is not so now, where it is of others (Proven): each is shown by itself.
	Unshown   []evenkeel.Measure
	Withholds bool // it can withhold a tenant's data where a lawful order says so, and give it back
	// Key is which key of the operator's settings declares Keeps; "" where none does.
	Key      string
	Finishes bool // a freeze lets what is in flight finish, or rolls it back
}

// Refuses says why the backend may not be asked for what an order says, or "". To let go it always may.
func (m Means) Refuses(o *evenkeel.Order) string {
	switch {
	case o.Data == "":
		return m.Lacks(o.Measure)
	case !m.Withholds:
		return "it does not declare that it can withhold a tenant's data"
	}
	return ""
}

// mild are the measures that leave every way to the data as it is, so that nothing has to be
// shown before one is ordered.
var mild = []evenkeel.Measure{evenkeel.MeasureChallenge, evenkeel.MeasureLimit, evenkeel.MeasureThrottle}

// Lacks says why the backend may not be asked for a measure, or "". Persons are held to it
// as machines are: a way to the data that was never shown may be none.
func (m Means) Lacks(x evenkeel.Measure) string {
	if !slices.Contains(m.Measures, x) {
		return "it cannot " + x.String()
	}
	if slices.Contains(mild, x) {
		return ""
	}
	lost := slices.DeleteFunc(slices.Clone(m.Destroys), func(s string) bool { return s == "connections" })
	switch {
	case !m.Declared:
		says := "it has not declared what it keeps and destroys, so it gets nothing above limit and throttle"
		if m.Key != "" {
			says += ": name the ways to the data that it keeps open in " + m.Key
		}
		return says
	case len(lost) > 0:
		return "it destroys " + strings.Join(lost, ", ") + ", and no order may"
	case len(m.Keeps) == 0:
		return "it declares no way to the tenant's data that stays open"
	case !m.Proven || slices.Contains(m.Unshown, x):
		return "that the way to the tenant's data stays open is declared and not proven"
	case x == evenkeel.MeasureFreeze && !m.Finishes:
		return "it has not shown that what is in flight finishes or is rolled back"
	}
	return ""
}
