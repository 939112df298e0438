package actevent

import (
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// FromBurst makes an act of a burst that a tenant announced among the telemetry. Its identity
// is that of the record, which has no space and so is none of an event's.
func FromBurst(u evenkeel.Burst) docket.Act {
	return docket.Act{
		ID: fmt.Sprintf("burst-%016x", u.ID), Kind: docket.ActAnnounce, At: u.At, Tenant: u.Tenant, Says: u.Says, Burst: &u,
	}
}
