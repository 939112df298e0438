package suspect

import (
	"net/netip"
	"time"

	"github.com/evenkeel/evenkeel"
)

// Ban is an address that is refused until a moment. No rule refuses: what an address failed at itself does.
type Ban struct {
	Address  netip.Addr
	Until    evenkeel.Moment
	Failures uint64 // at least
	Why      string
}

const (
	// FailuresFrom is after how many failures within FailuresFor an address is refused.
	FailuresFrom = 8
	FailuresFor  = 5 * time.Minute
	// BanFor is how long it is.
	BanFor = 10 * time.Minute
)
