package evenkeel

import "math"

// FlagID names a flag.
type FlagID string

// Flag is a clearance with a scope and an end: what it covers leads to no measure, and is
// recorded with what was wanted.
type Flag struct {
	ID       FlagID   `json:"id"`
	Tenant   TenantID `json:"tenant"`
	Family   string   `json:"family"` // of rules
	Selector Selector `json:"selector"`
	Envelope Envelope `json:"envelope"`
	From     Moment   `json:"from"`
	Until    Moment   `json:"until"`          // at most a year after From
	Case     CaseID   `json:"case,omitempty"` // whose clearance it is; "" for an announcement
	By       Actor    `json:"by"`
	Why      string   `json:"why"`
	Revoked  Moment   `json:"revoked,omitempty"` // 0 while it stands
}

// MaxFlag is how long a flag may last, in days.
const MaxFlag = 366

// Selector says which assets a flag is about: those that it names; or those of a principal,
// an image and a start script (what is empty is not asked); or all of the tenant's. Exactly
// one of the three.
type Selector struct {
	Assets      []AssetID `json:"assets,omitempty"`
	Principal   string    `json:"principal,omitempty"`
	Image       string    `json:"image,omitempty"`
	StartScript string    `json:"start_script_sha256,omitempty"`
	TenantWide  bool      `json:"tenant_wide,omitempty"`
}

// Envelope is how much of it a flag covers. Zero is no bound of that kind.
type Envelope struct {
	Count int64   `json:"count,omitempty"` // machines that run at the same time
	VCPUs int64   `json:"vcpus,omitempty"` // of these together
	Rate  float64 `json:"rate,omitempty"`  // packets a second
}

// NewFlagID derives the id of a flag from all that it grants, for when, by whom and why.
func NewFlagID(f *Flag) FlagID {
	d, s := newDigest("evenkeel flag 1"), &f.Selector
	for _, t := range []string{
		string(f.Tenant), f.Family, string(f.Case), f.By.Policy, string(f.By.Person), f.Why, s.Principal, s.Image, s.StartScript,
	} {
		d.text(t)
	}
	for _, n := range []uint64{
		uint64(f.From), uint64(f.Until), uint64(f.Envelope.Count), uint64(f.Envelope.VCPUs), math.Float64bits(f.Envelope.Rate),
	} {
		d.number(n)
	}
	for _, a := range s.Assets { // of none: all of the tenant's, where the other forms are empty
		d.text(string(a))
	}
	return FlagID(d.id("flag-"))
}

// Check says what is wrong with a flag, or nil.
func (f *Flag) Check() error {
	s := &f.Selector
	forms := 0
	for _, used := range []bool{len(s.Assets) > 0, s.Principal+s.Image+s.StartScript != "", s.TenantWide} {
		if used {
			forms++
		}
	}
	switch {
	case f.Tenant == "" || f.Family == "":
		return Invalid("flag of tenant %q for family %q; expected both", f.Tenant, f.Family)
	case forms != 1:
		return Invalid("flag of %s: its selector has %d forms; expected one of assets, principal with image and start script, or tenant_wide", f.Tenant, forms)
	case f.From == 0 || f.Until <= f.From:
		return Invalid("flag of %s: from %v until %v; expected an end after the beginning", f.Tenant, f.From, f.Until)
	case f.Until.Sub(f.From).Hours() > 24*MaxFlag:
		return Invalid("flag of %s: until %v; expected at most %d days after %v", f.Tenant, f.Until, MaxFlag, f.From)
	case f.Envelope.Count < 0 || f.Envelope.VCPUs < 0 || !(f.Envelope.Rate >= 0) || math.IsInf(f.Envelope.Rate, 1):
		return Invalid("flag of %s: its envelope is %+v; expected bounds of 0 or more", f.Tenant, f.Envelope)
	case f.Why == "":
		return Invalid("flag of %s: no reason; expected why it is granted", f.Tenant)
	case f.By == Actor{}:
		return Invalid("flag of %s: nobody granted it; expected a person or a policy", f.Tenant)
	}
	return nil
}
