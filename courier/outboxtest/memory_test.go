package outboxtest

import (
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/courier"
)

func TestMemoryKeepsTheContract(t *testing.T) {
	Run(t, func(testing.TB) (courier.Outbox, func(...evenkeel.Notice)) {
		m := &Memory{}
		return m, m.Put
	})
}
