package evenkeel

import (
	"encoding/json"
	"math"
)

// MarshalJSON writes the finding as one line of replay's output. Fields and types may be
// added; none is renamed. Times are RFC 3339 in UTC. A number that is not known is null.
func (f Finding) MarshalJSON() ([]byte, error) {
	return json.Marshal(findingLine{
		Type: "finding", ID: f.ID, Revision: f.Revision, Rule: f.Rule, Version: f.Version,
		Family: f.Family, Mode: f.Mode, Tenant: f.Subject.Tenant, Asset: f.Subject.Asset,
		Subject: f.Subject.Kind, Principal: f.Subject.Principal, Since: f.Subject.Since,
		From: f.From, Until: f.Until, At: f.At, Score: f.Score,
		Terms: some(f.Terms), Unmet: some(f.Unmet), Assets: f.Assets, Panes: paneLines(f.Panes), Aims: f.Aims, Held: f.Held,
	})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (f *Finding) UnmarshalJSON(data []byte) error {
	var l findingLine
	if err := json.Unmarshal(data, &l); err != nil {
		return err
	}
	*f = Finding{
		ID: l.ID, Revision: l.Revision, Rule: l.Rule, Version: l.Version, Family: l.Family, Mode: l.Mode,
		Subject: Subject{Kind: l.Subject, Asset: l.Asset, Tenant: l.Tenant, Principal: l.Principal, Since: l.Since},
		From:    l.From, Until: l.Until, At: l.At, Score: l.Score, Terms: l.Terms, Unmet: l.Unmet, Assets: l.Assets, Aims: l.Aims, Held: l.Held,
	}
	for _, p := range l.Panes {
		f.Panes = append(f.Panes, PaneSeries{Name: p.Name, Unit: p.Unit, From: p.From, Width: Moment(math.Round(p.Width * 1e9)), Values: p.Values})
	}
	return nil
}

// MarshalJSON writes the decision as one line of replay's output, under the same promise as
// a finding's.
func (d Decision) MarshalJSON() ([]byte, error) {
	type plain Decision
	p := plain(d)
	p.Assets, p.Safeguards, p.Grounds.Basis = some(p.Assets), some(p.Safeguards), some(p.Grounds.Basis)
	return json.Marshal(struct {
		Type string `json:"type"`
		plain
	}{"decision", p})
}

type findingLine struct {
	Type      string      `json:"type"`
	ID        FindingID   `json:"id"`
	Revision  Revision    `json:"revision"`
	Rule      string      `json:"rule"`
	Version   int         `json:"version"`
	Family    string      `json:"family"`
	Mode      Mode        `json:"mode"`
	Tenant    TenantID    `json:"tenant"`
	Asset     AssetID     `json:"asset"`
	Subject   SubjectKind `json:"subject"`
	Principal string      `json:"principal,omitempty"`
	Since     Moment      `json:"since,omitempty"`
	From      Moment      `json:"from"`
	Until     Moment      `json:"until"`
	At        Moment      `json:"at"`
	Score     float64     `json:"score"`
	Terms     []Term      `json:"terms"`
	Unmet     []Term      `json:"unmet"`
	Assets    []AssetID   `json:"assets,omitempty"`
	Panes     []panesLine `json:"panes,omitempty"`
	Aims      []Aim       `json:"aims,omitempty"`
	Held      string      `json:"held,omitempty"`
}

type panesLine struct {
	Name   string    `json:"name"`
	Unit   string    `json:"unit,omitempty"`
	From   Moment    `json:"from"`
	Width  float64   `json:"width_s"`
	Values []Reading `json:"values"`
}

// some makes an empty list of none, which JSON would write as null.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func paneLines(panes []PaneSeries) []panesLine {
	out := make([]panesLine, len(panes))
	for i, p := range panes {
		out[i] = panesLine{Name: p.Name, Unit: p.Unit, From: p.From, Width: float64(p.Width) / 1e9, Values: some(p.Values)}
	}
	return out
}

// MarshalJSON writes null for what is not known and for what JSON cannot hold.
func (r Reading) MarshalJSON() ([]byte, error) {
	if !r.Known || math.IsNaN(r.Value) || math.IsInf(r.Value, 0) {
		return []byte("null"), nil
	}
	return json.Marshal(r.Value)
}

// UnmarshalJSON reads a number or null.
func (r *Reading) UnmarshalJSON(data []byte) error {
	*r = Reading{}
	if string(data) == "null" {
		return nil
	}
	r.Known = true
	return json.Unmarshal(data, &r.Value)
}
