package policy

import (
	"slices"

	"github.com/evenkeel/evenkeel"
)

// holding returns what is known of an asset at the finding's time, or nil.
func (v *View) holding(a evenkeel.AssetID) *evenkeel.Holding {
	for _, holdings := range [...][]evenkeel.Holding{v.Holdings, v.Running} {
		for i := range holdings {
			if h := &holdings[i]; h.Asset == a && v.holds(h) {
				return h
			}
		}
	}
	return nil
}

// holds says whether the holding is the tenant's at the finding's time.
func (v *View) holds(h *evenkeel.Holding) bool {
	at := v.Finding.At
	return h.Tenant == v.Finding.Subject.Tenant && h.From <= at && (h.Until == 0 || at < h.Until)
}

// others says whether another tenant is known to hold the asset at the finding's time.
func (v *View) others(a evenkeel.AssetID) bool {
	at := v.Finding.At
	return slices.ContainsFunc(v.Holdings, func(h evenkeel.Holding) bool {
		return h.Asset == a && h.Tenant != v.Finding.Subject.Tenant && h.From <= at && (h.Until == 0 || at < h.Until)
	})
}
