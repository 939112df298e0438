package flood

import (
	"context"
	"crypto/x509"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel/lab/edge/browser"
	"github.com/evenkeel/evenkeel/lab/edge/crowd"
)

// Most is how many requests or connections are under way at once.
const Most = 6000

// Patience is how long an attacker waits for an answer.
const Patience = 3 * time.Second

// Attack is one attack on one site.
type Attack struct {
	Letter  string
	Seed    uint64
	Host    string
	Front   []netip.AddrPort
	CAs     *x509.CertPool
	From    netip.Prefix // addresses of attackers over IPv4
	From6   netip.Prefix // and over IPv6
	Carrier []netip.Addr
	Begin   time.Time
	Lasts   time.Duration
	Rate    float64 // 0 is the profile's
	Now     func() time.Time
}

// Report is what was made of an attack.
type Report struct {
	Wanted   int   `json:"wanted"`   // at its pace
	Made     int   `json:"made"`     // of the profile's unit; a request counts when its connection was tried
	Answered int   `json:"answered"` // with what was asked for: pages, or a server's hello
	Refused  int   `json:"refused"`  // with something else, or by breaking off
	Failed   int   `json:"failed"`   // not answered in time
	Solved   int   `json:"solved"`   // questions that were answered
	Seconds  []int `json:"seconds"`  // made in each second
}

// counts are what goroutines count.
type counts struct {
	made, answered, refused, failed, solved atomic.Int64
	spared                                  atomic.Int64 // not wanted any more when their turn came
	mu                                      sync.Mutex
	seconds                                 []int
}

// made counts some in the second since the attack began.
func (c *counts) makes(at time.Duration, n int) {
	c.made.Add(int64(n))
	c.mu.Lock()
	defer c.mu.Unlock()
	i := min(max(int(at/time.Second), 0), 3600)
	for len(c.seconds) <= i {
		c.seconds = append(c.seconds, 0)
	}
	c.seconds[i] += n
}

// one does what is due once.
type one func(ctx context.Context, number int)

// Run carries the attack out.
func (a *Attack) Run(ctx context.Context) (Report, error) {
	p, err := Named(a.Letter)
	if err != nil {
		return Report{}, err
	}
	if a.Rate > 0 {
		p.Rate = a.Rate
	}
	c := &counts{}
	var do one
	step := 1 // how many of the unit one of do makes
	switch p.Way {
	case Requests:
		do = a.persons(&p, c)
	case Slow:
		do = a.slow(&p, c)
	case Frames:
		step = burst
		do = a.frames(&p, c)
	case Handshakes:
		if do, err = a.hellos(&p, c); err != nil {
			return Report{}, err
		}
	}
	wanted := a.pace(ctx, p.Rate/float64(step), do)
	return Report{
		Wanted: wanted*step - int(c.spared.Load()), Made: int(c.made.Load()), Answered: int(c.answered.Load()), Refused: int(c.refused.Load()),
		Failed: int(c.failed.Load()), Solved: int(c.solved.Load()), Seconds: c.seconds,
	}, nil
}

// pace starts so many a second, as long as the attack lasts, and waits until those under way have ended. It returns how many were due.
func (a *Attack) pace(ctx context.Context, rate float64, do one) int {
	end := a.Begin.Add(a.Lasts)
	during, stop := context.WithDeadline(ctx, end.Add(Patience))
	defer stop()
	var all sync.WaitGroup
	room := make(chan struct{}, Most)
	timer := time.NewTimer(a.Begin.Sub(a.Now()))
	defer timer.Stop()
	number := 0
	for {
		select {
		case <-timer.C:
		case <-ctx.Done():
			all.Wait()
			return number
		}
		at := min(a.Now().Sub(a.Begin), a.Lasts)
		for due := int(at.Seconds() * rate); number < due; number++ {
			select {
			case room <- struct{}{}:
				n := number
				all.Go(func() {
					do(during, n)
					<-room
				})
			default: // too many are under way: this one is not made
			}
		}
		if at >= a.Lasts {
			break
		}
		timer.Reset(time.Millisecond)
	}
	all.Wait()
	return number
}

// at is how long the attack has lasted.
func (a *Attack) at() time.Duration { return a.Now().Sub(a.Begin) }

// client is an attacker of a number.
func (a *Attack) client(p *Profile, number int) browser.Client {
	r := rand.New(rand.NewPCG(a.Seed^0xa77ac4, uint64(number)))
	c := browser.Client{Kind: p.Kinds[r.IntN(len(p.Kinds))], CAs: a.CAs}
	switch {
	case p.Carrier && len(a.Carrier) > 0:
		c.From = a.Carrier[number%len(a.Carrier)]
	case number%4 == 3 && a.From6.IsValid():
		c.From = crowd.Within(a.From6, r.Uint64())
	default:
		c.From = crowd.Within(a.From, r.Uint64())
	}
	c.To = a.Front[0]
	for _, f := range a.Front {
		if f.Addr().Is4() == c.From.Is4() {
			c.To = f
		}
	}
	return c
}
