package agent

import (
	"context"
	"os/exec"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel/instrument/baseline"
	intake "github.com/evenkeel/evenkeel/watch/intake/host"
)

// How long an answer of the firewall is taken for that of now, and how long it may take.
const (
	filterKept = time.Second
	filterWait = 2 * time.Second
)

// Filtered asks nftables, and where it does not filter iptables, whether packets that come in at this machine are dropped
// where no rule lets them pass, and says who answered. Without either it is unknown.
func Filtered(ctx context.Context) (answer baseline.Answer, by string) {
	if out, err := exec.CommandContext(ctx, "nft", "-j", "list", "ruleset").Output(); err == nil {
		if a, err := baseline.Filters(out); err == nil {
			answer, by = a, "nftables"
		}
	}
	if answer != baseline.Yes {
		if out, err := exec.CommandContext(ctx, "iptables-save").Output(); err == nil {
			if a := baseline.FiltersLegacy(out); a == baseline.Yes || answer == baseline.Unknown {
				answer, by = a, "iptables"
			}
		}
	}
	return answer, by
}

// filter keeps the answer for a moment: many changes settle at once.
type filter struct {
	ctx context.Context
	now func() time.Time

	mu    sync.Mutex
	is    intake.Answer
	asked time.Time
}

func newFilter(ctx context.Context, now func() time.Time) *filter {
	return &filter{ctx: ctx, now: now}
}

func (f *filter) answer() intake.Answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := f.now(); f.asked.IsZero() || now.Sub(f.asked) >= filterKept || now.Before(f.asked) {
		ctx, end := context.WithTimeout(f.ctx, filterWait)
		defer end()
		is, _ := Filtered(ctx)
		f.is, f.asked = map[baseline.Answer]intake.Answer{baseline.Yes: intake.Yes, baseline.No: intake.No}[is], now
	}
	return f.is
}
