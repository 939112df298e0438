package testhost

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Serve is a web server with one page.
type Serve struct {
	At   netip.AddrPort
	Page int // bytes
}

func (s Serve) job() job { return job{Serve: &s} }

func (s *Serve) run(ready func(), stop <-chan struct{}) (Report, error) {
	r := Report{From: now()}
	l, err := net.Listen("tcp", s.At.String())
	if err != nil {
		return r, err
	}
	page := bytes.Repeat([]byte("p"), s.Page)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(page) }), ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	ready()
	<-stop
	server.Close()
	if err := <-done; !errors.Is(err, http.ErrServerClosed) {
		return r, err
	}
	r.Until = now()
	return r, nil
}

// Visit is visitors who fetch a page at a steady rate, whether or not those before have got theirs. Each has a
// connection of its own, and an address of Visitors or Visitors6.
type Visit struct {
	At    netip.AddrPort
	Rate  int           // pages a second, at most 1000
	Lasts time.Duration // at most 10 minutes
	Limit time.Duration // how long a visitor waits; at most 10 s
}

// Fetch is one page that was wanted.
type Fetch struct {
	Due   time.Time     `json:"due"`
	Took  time.Duration `json:"took"` // from when it was due until it was there, or given up
	Fault string        `json:"fault,omitempty"`
}

func (v Visit) job() job { return job{Visit: &v} }

func (v *Visit) run(ready func(), stop <-chan struct{}) (Report, error) {
	if v.Rate < 1 || v.Rate > 1000 || v.Lasts <= 0 || v.Lasts > 10*time.Minute || v.Limit <= 0 || v.Limit > 10*time.Second {
		return Report{}, fmt.Errorf("visit pages: %+v is out of its bounds", *v)
	}
	r := Report{From: now(), Visits: make([]Fetch, int(float64(v.Rate)*v.Lasts.Seconds()))}
	ready()
	timer := time.NewTimer(0)
	defer timer.Stop()
	var all sync.WaitGroup
	for i := range r.Visits {
		due := r.From.Add(time.Duration(i) * time.Second / time.Duration(v.Rate))
		timer.Reset(due.Sub(now()))
		select {
		case <-stop:
			all.Wait()
			r.Visits, r.Until = r.Visits[:i], now()
			return r, nil
		case <-timer.C:
		}
		all.Go(func() {
			f := Fetch{Due: due}
			if err := v.fetch(i); err != nil {
				f.Fault = err.Error()
			}
			f.Took = now().Sub(due)
			r.Visits[i] = f
		})
	}
	all.Wait()
	r.Until = now()
	return r, nil
}

func (v *Visit) fetch(i int) error {
	from := Visitors.Addr().As4()
	from[3] = byte(1 + i%250)
	addr := netip.AddrFrom4(from)
	if v.At.Addr().Is6() {
		from := Visitors6.Addr().As16()
		from[15] = byte(1 + i%250)
		addr = netip.AddrFrom16(from)
	}
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: addr.AsSlice()}}
	c := http.Client{Timeout: v.Limit, Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, to string) (net.Conn, error) {
		return d.DialContext(ctx, network, to)
	}}}
	answer, err := c.Get("http://" + v.At.String() + "/")
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	return errors.Join(err, answer.Body.Close())
}

// Pages is how visitors fared.
type Pages struct {
	Wanted   int           `json:"wanted"`
	Failed   int           `json:"failed"`
	P50, P99 time.Duration // of all that were wanted: one that failed took as long as its visitor waited
}

// Pages sums up what was due from From up to and without Until.
func (r Report) Pages(from, until time.Time) Pages {
	var p Pages
	var took []time.Duration
	for _, f := range r.Visits {
		if f.Due.Before(from) || !f.Due.Before(until) {
			continue
		}
		if f.Fault != "" {
			p.Failed++
		}
		took = append(took, f.Took)
	}
	if p.Wanted = len(took); p.Wanted > 0 {
		slices.Sort(took)
		p.P50, p.P99 = took[(len(took)-1)/2], took[(len(took)-1)*99/100]
	}
	return p
}
