package edge

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel/lab/edge/shop"
)

// beat is how often what a contender uses is read.
const beat = 250 * time.Millisecond

// What is measured, who visits and what is visited go before whatever else the machine does (setpriority(2)), and attackers behind the visitors.
const (
	ahead  = -10
	behind = 0
	beside = 0 // real browsers
)

// lead is how long loads have to get ready before the beginning.
const lead = 300 * time.Millisecond

// play puts one contender under one attack.
func (c *Course) play(ctx context.Context, w *World, k Contender, letter string) (r Result, err error) {
	loads := machineLoad()
	from := now()
	shops, err := w.start(w.Behind, ahead, load{Shops: &shopsLoad{Sites: w.Setting.Sites, From: from}})
	if err != nil {
		return r, err
	}
	m := measured{workers: c.Workers}
	var counts [][]shop.Count
	defer func() {
		if counts == nil {
			err = errors.Join(err, shops.end(&counts))
		}
	}()
	s, err := k.Start(ctx, w)
	if err != nil {
		return r, err
	}
	stopped := false
	defer func() {
		if !stopped {
			err = errors.Join(err, s.Stop())
		}
	}()
	if err := c.floods(ctx, w, s, letter, from, &m); err != nil {
		return r, err
	}
	stopped = true
	if err := s.Stop(); err != nil {
		return r, err
	}
	if err := shops.end(&counts); err != nil {
		return r, err
	}
	if k, ok := s.(stager); ok {
		m.stages = k.stages(w.Setting.Sites[0].Label, from.Add(m.offset))
	}
	m.counts = counts[0]
	r = c.sum(k.Name(), letter, m)
	r.Loads = loads
	return r, nil
}

// floods has visitors come and an attack be made, and reads what the contender uses meanwhile.
func (c *Course) floods(ctx context.Context, w *World, s Started, letter string, from time.Time, m *measured) (err error) {
	town := c.town(w.Hosts(), letter)
	tabs, err := c.browse(w, s)
	if err != nil {
		return err
	}
	browsers := tabs
	defer func() {
		if tabs != nil {
			err = errors.Join(err, tabs.end(&m.real))
		}
	}()
	begin := now().Add(lead)
	m.offset = begin.Sub(from)
	visitors, err := w.start(w.Clients, ahead, load{Crowd: &crowdLoad{Town: town, Front: s.Front(), CA: w.Setting.CA, Begin: begin, Limit: c.Limit}})
	if err != nil {
		return err
	}
	var attackers *worker
	if letter != NoAttack {
		attackers, err = w.start(w.Clients, behind, load{Flood: &floodLoad{
			Letter: letter, Seed: c.Seed, Host: w.Setting.Sites[0].Name, Front: s.Front(), CA: w.Setting.CA, Begin: begin.Add(c.Calm), Lasts: c.Attack, Rate: c.Rate, Carrier: carrier,
		}})
		if err != nil {
			return errors.Join(err, visitors.end(&m.entries))
		}
	}
	watched, stop := context.WithCancel(ctx)
	var watch sync.WaitGroup
	watch.Go(func() { m.samples = sampled(watched, s, w.Core, begin) })
	abort := context.AfterFunc(ctx, func() {
		if browsers != nil {
			browsers.in.Close()
		}
		visitors.in.Close()
		if attackers != nil {
			attackers.in.Close()
		}
	})
	defer abort()
	err = visitors.wait(&m.entries)
	if attackers != nil {
		err = errors.Join(err, attackers.wait(&m.flood))
	}
	if tabs != nil {
		err = errors.Join(err, tabs.wait(&m.real))
		tabs = nil
	}
	stop()
	watch.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// browse starts the real browsers, where there are any.
func (c *Course) browse(w *World, s Started) (*worker, error) {
	if c.Chromium == "" {
		return nil, nil
	}
	k, err := w.start(w.Clients, beside, load{Browsers: &browsersLoad{
		Program: c.Chromium, Host: w.Setting.Sites[0].Name, Front: s.Front()[0].Addr(), Calm: c.Calm, Until: c.Calm + c.Attack, Lead: lead,
	}})
	if err != nil {
		return nil, err
	}
	k.leaves = true
	return k, nil
}

// sampled reads what a contender uses until the context ends.
func sampled(ctx context.Context, s Started, number int, begin time.Time) []sample {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	var list []sample
	for {
		u := usage(s.Processes())
		if text, err := os.ReadFile("/proc/stat"); err == nil {
			u.Core, _ = core(string(text), number) // where it is not known nobody else counts as being there
		}
		list = append(list, sample{now().Sub(begin), u})
		select {
		case <-tick.C:
		case <-ctx.Done():
			return list
		}
	}
}

// machineLoad is how busy the machine was: the load averages of proc(5).
func machineLoad() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return fmt.Sprint(err)
	}
	f := strings.Fields(string(text))
	return strings.Join(f[:min(3, len(f))], " ")
}
