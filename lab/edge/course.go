package edge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/evenkeel/evenkeel/lab/edge/crowd"
	"github.com/evenkeel/evenkeel/lab/edge/flood"
)

// NoAttack is the letter of a run in which nobody attacks.
const NoAttack = "-"

// Course is what every contender is put through.
type Course struct {
	Seed     uint64        `json:"seed"`
	Calm     time.Duration `json:"calm"`   // visitors alone
	Attack   time.Duration `json:"attack"` // and attackers
	After    time.Duration `json:"after"`  // visitors alone again
	Limit    time.Duration `json:"limit"`  // how long a visitor waits
	Sites    int           `json:"sites"`
	Workers  int           `json:"workers"`  // of each site
	Attacked float64       `json:"attacked"` // visits a second at the site that is attacked
	Others   float64       `json:"others"`   // visits a second at each of the others
	Rate     float64       `json:"rate"`     // of attacks; 0 is each one's own
	Letters  []string      `json:"letters"`  // of attacks, NoAttack among them

	Chromium   string       `json:"chromium"` // the program of the real browsers beside the visitors; "" is none
	Contenders []Contender  `json:"-"`
	Say        func(string) `json:"-"` // progress, may be nil
	Done       func(Result) `json:"-"` // each result as soon as it is there, may be nil
}

// The bounds of a course.
const (
	mostSites = 100
	mostPhase = 10 * time.Minute
)

// Whole is all attacks on 21 sites, some 20 s for each attack and contender.
func Whole() Course {
	c := Course{
		Seed: 20260706, Calm: 5 * time.Second, Attack: 10 * time.Second, After: 2 * time.Second, Limit: 5 * time.Second,
		Sites: 21, Workers: 4, Attacked: 12, Others: 1, Letters: []string{NoAttack},
	}
	for _, p := range flood.Profiles() {
		c.Letters = append(c.Letters, p.Letter)
	}
	return c
}

// Short is one attack and a few seconds.
func Short() Course {
	c := Whole()
	c.Calm, c.Attack, c.After, c.Limit = 2*time.Second, 4*time.Second, time.Second, 2*time.Second
	c.Letters = []string{"b"}
	return c
}

// Lasts is how long it takes, less what starting takes.
func (c *Course) Lasts() time.Duration {
	return time.Duration(len(c.Letters)*len(c.Contenders)) * (c.lasts() + 3*time.Second)
}

func (c *Course) lasts() time.Duration { return c.Calm + c.Attack + c.After }

// Check refuses what cannot be played.
func (c *Course) Check() error {
	var errs []error
	expect := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	for _, d := range []time.Duration{c.Calm, c.Attack, c.After, c.Limit} {
		expect(d >= time.Second && d <= mostPhase, "a phase or a limit lasts %v; expected 1 s to %v", d, mostPhase)
	}
	expect(c.Sites >= 2 && c.Sites <= mostSites, "there are %d sites; expected 2 to %d", c.Sites, mostSites)
	expect(c.Workers >= 1 && c.Workers <= 1000, "a site has %d workers; expected 1 to 1000", c.Workers)
	expect(c.Attacked > 0 && c.Others > 0, "visits a second are %v and %v; expected some", c.Attacked, c.Others)
	expect(len(c.Contenders) > 0, "there is no contender; expected one or more")
	expect(len(c.Letters) > 0, "there is no attack; expected one or more, or %s", NoAttack)
	for _, l := range c.Letters {
		if l != NoAttack {
			_, err := flood.Named(l)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// town is who visits while an attack of this letter lasts.
func (c *Course) town(hosts []string, letter string) crowd.Town {
	t := crowd.Town{
		Seed: c.Seed, Lasts: c.lasts(), Hosts: hosts, Attacked: c.Attacked, Others: c.Others, Known: 0.6, Regulars: 40,
		Homes: Homes, Homes6: Homes6,
	}
	if p, err := flood.Named(letter); err == nil && p.Carrier {
		t.Carrier, t.Behind = carrier, 0.5
	}
	return t
}

// Run plays it with all contenders, in a world that it makes in a folder. It needs root. What was measured until an error is returned beside it.
func (c *Course) Run(ctx context.Context, dir string) ([]Result, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	w, err := New(dir, c.Sites, c.Workers)
	if err != nil {
		return nil, err
	}
	var list []Result
	for _, letter := range c.Letters {
		for _, k := range c.Contenders {
			r, err := c.play(ctx, w, k, letter)
			if err != nil {
				return list, errors.Join(fmt.Errorf("play attack %s against %s: %w", letter, k.Name(), err), w.Close())
			}
			list = append(list, r)
			if c.Say != nil {
				c.Say(fmt.Sprintf("%d of %d: %s", len(list), len(c.Letters)*len(c.Contenders), r.String()))
			}
			if c.Done != nil {
				c.Done(r)
			}
		}
	}
	return list, w.Close()
}
