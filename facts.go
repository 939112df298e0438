package evenkeel

// Fact is a value, or unknown and why. A stale value, a field that nobody told and a ratio
// over nothing are unknown, never zero.
type Fact[T any] struct {
	Value   T
	Unknown string // why the value is not known; "" when it is
	Seen    Moment // when the source said so
}

// KnownFact returns a fact that was told at a moment.
func KnownFact[T any](v T, seen Moment) Fact[T] { return Fact[T]{Value: v, Seen: seen} }

// UnknownFact returns a fact that nobody told, and why.
func UnknownFact[T any](why string) Fact[T] { return Fact[T]{Unknown: why} }

// Known says whether there is a value.
func (f Fact[T]) Known() bool { return f.Unknown == "" }

// Account is what was known of a tenant at a moment.
type Account struct {
	Tenant   TenantID
	Since    Fact[Moment]
	Standing Fact[Standing]
	// Paid and RunRate are amounts in Currency. Zero paid on a trial is a known fact; zero
	// paid on credit is no payment history, so there Paid is unknown.
	Paid     Fact[float64]
	RunRate  Fact[float64] // per month
	Currency string
	// Reseller says whether its machines are those of customers of its own. Unknown is only what was told to be:
	// of whom nothing was told, it is not.
	Reseller Fact[bool]
}

// Holding is a tenancy as it was known at a moment: who held the asset, from–until, and
// what the asset was.
type Holding struct {
	Asset  AssetID
	Tenant TenantID
	Kind   AssetKind // 0 unknown
	From   Moment
	Until  Moment // 0 open

	Created     Fact[Moment] // when the machine was made; unknown where no create was told
	VCPUs       Fact[int64]
	Flavour     string
	Image       string
	StartScript string
	Region      string
	Principal   string
}
