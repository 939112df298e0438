package intake

// Grant is what a source may say. Whoever may tell what a machine does need not be believed
// about who pays for it.
type Grant uint8

// The grants. The zero Grant sets no bounds: it is that of an operator's own files.
const (
	GrantTelemetry Grant = 1 << iota // what is seen: metrics, flows, host events
	GrantInventory                   // what the books say: tenants, assets, machines, payments, and announced bursts
)

// Allows says whether everything in what may be said.
func (g Grant) Allows(what Grant) bool { return g == 0 || g&what == what }

// String returns the words of a configuration.
func (g Grant) String() string {
	switch g {
	case 0:
		return "unbounded"
	case GrantTelemetry:
		return "telemetry"
	case GrantInventory:
		return "inventory"
	case GrantTelemetry | GrantInventory:
		return "telemetry and inventory"
	}
	return "invalid"
}
