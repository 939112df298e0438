package cloudevent

import "testing"

// TestASelectorThatCannotBeReadIsRefusedAtTheDoor (R9): a burst that is announced with words that no person and
// no machine understands would help nobody when it comes.
func TestASelectorThatCannotBeReadIsRefusedAtTheDoor(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, "assets=vm-1,vm-2": true, "image=worker": true, "principal=ci image=sim-3": true,
		"batch-*": false, "assets=": false, "image=": false, "image=x name=y": false, "tenant=acme": false,
	} {
		if selects(text) != want {
			t.Errorf("%q is taken: %v", text, !want)
		}
	}
}
