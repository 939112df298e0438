package intake

import "testing"

func TestAGrantAllowsWhatIsInIt(t *testing.T) {
	both := GrantTelemetry | GrantInventory
	for _, c := range []struct {
		grant, what Grant
		want        bool
		word        string
	}{
		{0, both, true, "unbounded"},
		{GrantTelemetry, GrantTelemetry, true, "telemetry"},
		{GrantTelemetry, GrantInventory, false, "telemetry"},
		{GrantTelemetry, both, false, "telemetry"},
		{GrantInventory, GrantInventory, true, "inventory"},
		{GrantInventory, GrantTelemetry, false, "inventory"},
		{both, both, true, "telemetry and inventory"},
		{both, GrantInventory, true, "telemetry and inventory"},
		{GrantTelemetry, 0, true, "telemetry"},
		{8, GrantTelemetry, false, "invalid"},
	} {
		if got := c.grant.Allows(c.what); got != c.want || c.grant.String() != c.word {
			t.Errorf("%v (%d) allows %v: %v; expected %v and the words %q", c.grant, c.grant, c.what, got, c.want, c.word)
		}
	}
}
