package flood

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"

	"github.com/evenkeel/evenkeel/lab/edge/browser"
)

// person is one attacker who makes requests.
type person struct {
	mu    sync.Mutex
	w     *browser.Window
	r     *rand.Rand
	asked int // requests on the connection
	kinds []browser.Kind
}

// persons makes requests, each person in turn.
func (a *Attack) persons(p *Profile, c *counts) one {
	list := make([]*person, p.Persons)
	for i := range list {
		list[i] = &person{
			w: &browser.Window{Client: a.client(p, i), Host: a.Host, Jar: &browser.Jar{}, Now: a.Now, Native: true, Deaf: !p.Solves},
			r: rand.New(rand.NewPCG(a.Seed^0xbad, uint64(i))), kinds: p.Kinds,
		}
	}
	return func(ctx context.Context, number int) {
		who := list[number%len(list)]
		w, path := who.turn(p)
		patience, stop := context.WithTimeout(ctx, Patience)
		defer stop()
		c.makes(a.at(), 1)
		got, err := w.Document(ctx, patience, path)
		if got.Asked > 0 && p.Solves && err == nil && got.Response.Status == 200 {
			c.solved.Add(1)
		}
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			c.failed.Add(1)
		case err != nil || got.Response.Status != 200:
			c.refused.Add(1)
		default:
			c.answered.Add(1)
		}
		if p.Each == 1 {
			w.Shut()
		}
	}
}

// turn returns the window and the path of the person's next request.
func (who *person) turn(p *Profile) (*browser.Window, string) {
	who.mu.Lock()
	defer who.mu.Unlock()
	if who.asked++; p.Each > 0 && who.asked > p.Each {
		old := who.w
		who.w = &browser.Window{Client: old.Client, Host: old.Host, Jar: old.Jar, Now: old.Now, Native: old.Native, Deaf: old.Deaf}
		who.w.Client.Kind = who.kinds[who.r.IntN(len(who.kinds))]
		if !p.Cookies {
			who.w.Jar = &browser.Jar{}
		}
		old.Shut()
		who.asked = 1
	}
	return who.w, p.Path(who.r)
}
