package hostlink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
)

// However many throttles wait for a hypervisor that does not answer, a limit is handed on at once.
func TestOrdersAboutPacketsWaitForNoHypervisor(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	limited := make(chan evenkeel.OrderID, 100)
	o := newOrders(&Agent{o: AgentOptions{Logger: slog.New(slog.DiscardHandler)}}, func(ctx context.Context, x evenkeel.Order) (evenkeel.Receipt, error) {
		if x.Measure == evenkeel.MeasureLimit {
			limited <- x.ID
		} else {
			<-ctx.Done()
		}
		return evenkeel.Receipt{}, errors.New("not done")
	})
	var work sync.WaitGroup
	o.run(ctx, &work)
	defer work.Wait()
	defer cancel()
	offer := func(m evenkeel.Measure, d string) {
		x := evenkeel.Order{ID: evenkeel.OrderID("o-" + d), Decision: evenkeel.DecisionID(d), Measure: m}
		lift := x
		if lift.Lift = true; queueOf(&lift) != queueOf(&x) {
			t.Errorf("the lift of %s goes another way than its order", d)
		}
		text, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		o.offer(text)
	}
	const each = 10
	for i := range each {
		offer(evenkeel.MeasureThrottle, fmt.Sprintf("cpu-%d", i))
		offer(evenkeel.MeasureSuspend, fmt.Sprintf("machine-%d", i))
	}
	for i := range each {
		offer(evenkeel.MeasureLimit, fmt.Sprintf("net-%d", i))
	}
	within := time.After(20 * time.Second)
	for range each {
		select {
		case <-limited:
		case <-within:
			t.Fatal("orders about packets are not handed on")
		}
	}
}
