package rule

import "github.com/evenkeel/evenkeel/instrument/ternary"

// Fact is something known of the subject that telemetry does not tell: the inventory does.
type Fact uint8

// The facts. Facts of an asset exist only in rules about assets.
const (
	TenantStanding Fact = iota
	TenantAge
	TenantPaid
	TenantRunRate
	AssetAge
	AssetVCPUs
	AssetKind
	AssetFlavour
	AssetImage
	AssetRegion

	Facts = iota // how many there are
)

// FactSlot says where in the slot vector a fact belongs.
type FactSlot struct {
	Fact Fact
	Slot int
}

// facts is the one table of facts.
var facts = [Facts]ternary.Var{
	TenantStanding: {Name: "tenant.standing", Type: ternary.StringType,
		Doc: "how the tenant pays: prepaid, invoiced, on_credit, trial or delinquent"},
	TenantAge:     {Name: "tenant.age", Type: ternary.DurationType, Doc: "how long the tenant has been a customer"},
	TenantPaid:    {Name: "tenant.paid", Type: ternary.DoubleType, Doc: "what the tenant has paid so far, in its currency; unknown on credit without payments"},
	TenantRunRate: {Name: "tenant.run_rate", Type: ternary.DoubleType, Doc: "what the tenant uses per month, in its currency"},
	AssetAge:      {Name: "asset.age", Type: ternary.DurationType, Doc: "time since the asset was created"},
	AssetVCPUs:    {Name: "asset.vcpus", Type: ternary.IntType, Doc: "how many virtual CPUs the asset has"},
	AssetKind:     {Name: "asset.kind", Type: ternary.StringType, Doc: "what the asset is: vm, pod, address, domain, namespace, account or key"},
	AssetFlavour:  {Name: "asset.flavour", Type: ternary.StringType, Doc: "the asset's size or plan, as the cloud names it"},
	AssetImage:    {Name: "asset.image", Type: ternary.StringType, Doc: "the image that the asset was made from"},
	AssetRegion:   {Name: "asset.region", Type: ternary.StringType, Doc: "where the asset is"},
}

// String returns the name that expressions use.
func (f Fact) String() string {
	if f >= Facts {
		return "invalid"
	}
	return facts[f].Name
}

// Type returns the type of a known value.
func (f Fact) Type() ternary.Type { return facts[f].Type }

// OfAsset says whether the fact is about an asset; else it is about a tenant.
func (f Fact) OfAsset() bool { return f >= AssetAge }
