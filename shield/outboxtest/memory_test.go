package outboxtest

import (
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
)

func TestMemoryKeepsTheContract(t *testing.T) {
	Run(t, func(testing.TB) (shield.Outbox, func(...evenkeel.Order)) {
		m := &Memory{}
		return m, m.Put
	})
}
