package report

import "github.com/evenkeel/evenkeel"

// Told is what a tenant may read of a report about it. It is a type of its own and not a report
// with fields left out, so that a field that is added to Report is not shown before somebody
// has decided that it may be. Neither who reported nor what the reporter wrote is in it: both
// can give away a person who was attacked.
type Told struct {
	Class    Class           `json:"class"`
	Source   Source          `json:"source"`
	At       evenkeel.Moment `json:"at"`
	Until    evenkeel.Moment `json:"until,omitempty"`
	Evidence []Evidence      `json:"evidence,omitempty"`
	Count    int64           `json:"count"`
}

// Told returns what the tenant may read: what is said to have come from where and when, and the
// hashes of what was brought along as evidence, without its words.
func (r *Report) Told() Told {
	t := Told{Class: r.Class, Source: r.Source, At: r.At, Until: r.Until, Count: r.Incidents}
	for _, e := range r.Evidence {
		t.Evidence = append(t.Evidence, Evidence{ContentType: e.ContentType, SHA256: e.SHA256, Size: e.Size})
	}
	return t
}
