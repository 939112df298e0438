package evenkeel

import (
	"encoding/json"
	"math"
)

// MarshalJSON writes the finding as one line of replay's output. Fields and types may be
// added; none is renamed. Times are RFC 3339 in UTC. A number that is not known is null.
func (f Finding) MarshalJSON() ([]byte, error) {
	return json.Marshal(findingLine{
		Type: "finding", ID: f.ID, Revision: f.Revision.String(), Rule: f.Rule, Version: f.Version,
		Family: f.Family, Mode: f.Mode.String(), Tenant: f.Subject.Tenant, Asset: f.Subject.Asset,
		Subject: f.Subject.Kind.String(), Principal: f.Subject.Principal,
		From: f.From, Until: f.Until, At: f.At, Score: f.Score,
		Terms: termLines(f.Terms), Unmet: termLines(f.Unmet), Assets: f.Assets, Panes: paneLines(f.Panes), Held: f.Held,
	})
}

type findingLine struct {
	Type      string      `json:"type"`
	ID        FindingID   `json:"id"`
	Revision  string      `json:"revision"`
	Rule      string      `json:"rule"`
	Version   int         `json:"version"`
	Family    string      `json:"family"`
	Mode      string      `json:"mode"`
	Tenant    TenantID    `json:"tenant"`
	Asset     AssetID     `json:"asset"`
	Subject   string      `json:"subject"`
	Principal string      `json:"principal,omitempty"`
	From      Moment      `json:"from"`
	Until     Moment      `json:"until"`
	At        Moment      `json:"at"`
	Score     float64     `json:"score"`
	Terms     []termLine  `json:"terms"`
	Unmet     []termLine  `json:"unmet"`
	Assets    []AssetID   `json:"assets,omitempty"`
	Panes     []panesLine `json:"panes,omitempty"`
	Held      string      `json:"held,omitempty"`
}

type termLine struct {
	Name       string   `json:"name"`
	Family     string   `json:"family"`
	Conclusive bool     `json:"conclusive,omitempty"`
	Value      *float64 `json:"value"`
	Threshold  *float64 `json:"threshold"`
	Unit       string   `json:"unit,omitempty"`
	Weight     float64  `json:"weight"`
	Says       string   `json:"says,omitempty"`
	Unknown    string   `json:"unknown,omitempty"`
}

type panesLine struct {
	Name   string     `json:"name"`
	Unit   string     `json:"unit,omitempty"`
	From   Moment     `json:"from"`
	Width  float64    `json:"width_s"`
	Values []*float64 `json:"values"`
}

func termLines(terms []Term) []termLine {
	out := make([]termLine, len(terms))
	for i, t := range terms {
		out[i] = termLine{
			Name: t.Name, Family: t.Family.String(), Conclusive: t.Conclusive, Value: t.Value.json(),
			Threshold: t.Threshold.json(), Unit: t.Unit, Weight: t.Weight, Says: t.Says, Unknown: t.Unknown,
		}
	}
	return out
}

func paneLines(panes []PaneSeries) []panesLine {
	out := make([]panesLine, len(panes))
	for i, p := range panes {
		out[i] = panesLine{Name: p.Name, Unit: p.Unit, From: p.From, Width: float64(p.Width) / 1e9}
		out[i].Values = make([]*float64, len(p.Values))
		for j, v := range p.Values {
			out[i].Values[j] = v.json()
		}
	}
	return out
}

// json returns nil for what is not known and for what JSON cannot hold.
func (r Reading) json() *float64 {
	if !r.Known || math.IsNaN(r.Value) || math.IsInf(r.Value, 0) {
		return nil
	}
	return &r.Value
}
