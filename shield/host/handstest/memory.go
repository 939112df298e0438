package handstest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield/host"
	"github.com/evenkeel/evenkeel/shield/plan"
)

// memory is a hand without a kernel, on a clock that a test turns.
type memory struct {
	mu    sync.Mutex
	at    evenkeel.Moment
	rules *plan.Ruleset
	left  plan.Memory
	drops plan.Drops
}

// OpenMemory makes a scene in memory: a hand that decides by plan.Verdict, which every other is held to.
func OpenMemory(testing.TB) *Scene {
	m := &memory{at: evenkeel.Moment(time.Hour), rules: &plan.Ruleset{}}
	port := plan.Port{Name: "tap1", Index: 1}
	return &Scene{
		Hand: m, Port: port, Now: m.now, Pass: m.pass,
		Send: func(p plan.Packet, n int) (arrived int) {
			for i := range n {
				x := p
				if p.SrcPort == 0 {
					x.SrcPort = uint16(5000 + i)
				}
				if m.sent(x) {
					arrived++
				}
			}
			return arrived
		},
		Stream: m.stream,
		Killed: func(orders []evenkeel.Order) {
			r, _ := plan.Compile(orders, World(port), m.now())
			m.put(r)
		},
	}
}

func (m *memory) now() evenkeel.Moment {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at
}

func (m *memory) pass(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = m.at.Add(d)
}

func (m *memory) sent(p plan.Packet) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	p.Port, p.Src, p.Ported, p.Size = 1, Guest, true, 60
	if p.Dst.Is6() {
		p.Src = Guest6
	}
	v := m.rules.Verdict(&m.left, &p, m.at)
	if !v.Pass {
		m.drops[v.By]++
	}
	return v.Pass
}

func (m *memory) stream(p plan.Packet) (stop func() int) {
	end, arrived := make(chan struct{}), make(chan int)
	go func() {
		n := 0
		for {
			select {
			case <-end:
				arrived <- n
				return
			default:
				if m.sent(p) {
					n++
				}
			}
		}
	}()
	return func() int { close(end); return <-arrived }
}

// put makes a ruleset the one in force. A port whose rules are the same keeps its buckets.
func (m *memory) put(r *plan.Ruleset) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c := plan.Diff(m.rules, r); c.Kept || len(c.Put)+len(c.Gone) > 0 {
		m.left = plan.Memory{}
	}
	m.rules = r
}

func (m *memory) Name() string  { return "memory" }
func (m *memory) Can() plan.Can { return plan.Can{Traffic: true, PerDestination: true} }

func (m *memory) Swap(ctx context.Context, r *plan.Ruleset, _ evenkeel.Moment) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.put(r)
	return nil
}

func (m *memory) Look(_ context.Context, r *plan.Ruleset, _ evenkeel.Moment, _ evenkeel.AssetID) (host.Seen, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.rules.Digest() != r.Digest() {
		return host.Seen{Amiss: "another ruleset is in force"}, nil
	}
	return host.Seen{Says: "as ordered", Dropped: map[int]plan.Drops{1: m.drops}}, nil
}
