package agent

import (
	"testing"

	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/plan"
)

func TestWhatAHandDidNotDoIsNotSaidToBeCarried(t *testing.T) {
	all := standings([]host.Standing{{State: plan.Carried, Effect: "limit by eBPF"}, {Why: "eBPF failed"}, {}, {State: plan.Waits, Why: plan.IsOff}})
	for i, want := range []string{"carried", NotInForce, "unknown", "waits"} {
		if all[i].State != want {
			t.Errorf("%+v is %s; want %s", all[i], all[i].State, want)
		}
	}
}
