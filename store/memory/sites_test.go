package memory

import (
	"testing"

	"github.com/evenkeel/evenkeel/judge/availability"
	"github.com/evenkeel/evenkeel/store/storetest"
)

func TestSitesKeepTheContract(t *testing.T) {
	storetest.RunAvailability(t, func(testing.TB) availability.Record { return NewSites() })
}
