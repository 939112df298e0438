package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/lab/gaming"
	"github.com/evenkeel/evenkeel/watch/rule"
)

type policyGameCmd struct {
	Accounts int           `default:"3" placeholder:"N" help:"How many accounts the abuser has, of two machines with four vCPUs each (default ${default})."`
	Crowd    int           `default:"100" placeholder:"N" help:"Play the best plays once more with so many accounts; 0: do not (default ${default})."`
	For      time.Duration `default:"24h" placeholder:"TIME" help:"How long it is played (default ${default})."`
	From     int           `default:"18" placeholder:"HOUR" help:"At which hour it begins (default ${default})."`
	Persons  int           `default:"2" placeholder:"N" help:"How many people are at work (default ${default})…"`
	Opens    int           `default:"8" placeholder:"HOUR" help:"… from this hour (default ${default})…"`
	Closes   int           `default:"18" placeholder:"HOUR" help:"… until this one, every day (default ${default})."`
	Weekends bool          `help:"They are at work on Saturdays and Sundays too: do not play the best plays once more over a weekend without anybody."`
	Decide   time.Duration `default:"10m" placeholder:"TIME" help:"What a case takes a person; twice that where it takes two (default ${default})."`
	Price    float64       `default:"0.01" placeholder:"AMOUNT" help:"What a CPU-hour brings the abuser, in your currency (default ${default})."`
	Rules    []string      `sep:"none" placeholder:"DIR" help:"Rules that watch whoever mines, instead of those that come with the program: a directory or a file."`
	JSON     bool          `name:"json" help:"Print each play as a JSON object, for machines."`
	Policies []string      `arg:"" optional:"" name:"name|file" help:"Names that evenkeel policy list prints, or files; none: default."`
	Policy   []string      `sep:"none" placeholder:"FILE" help:"The same, as a flag."`
}

// Help is the long help.
func (*policyGameCmd) Help() string {
	return `An abuser plays against the policy: it is unknown, or fresh, or buys old accounts; it answers every notice at once at three in
the morning, appeals 24 times a day, goes on with that when its account is closed, opens its accounts over the day, announces a burst
and mines in it, lets its machines take turns, or hides. The judge is the
real one, with empty books, and the time is made up, so nothing of yours is touched. First come the plays that are known, each with
what it gained before it was stopped; then the best that a search finds: one beside which no single other choice gains more; and that once more as a crowd, and
over a weekend on which nobody is at work, from when people leave on a Friday until they come on Monday.

GAIN is the share of what the machines could have done, had nobody done anything; where it aims at people's time, of all the time
that they have. MONEY is CPU-hours times --price. PACKETS are
those sent at third parties. MINUTES are of your people. FOUND is how many accounts a person found to be abuse.
Under a throttle goes on what the policy's cpu says, under a limit what its rate says; where it says neither, all. What rules see of mining is found by the real engine, and of a flood assumed; docs/gaming.md says how to read the figures. Try how they change with somebody at
work at night: --opens 0 --closes 24.

Examples:
  evenkeel policy game
  evenkeel policy game my-policy.yaml --opens 0 --closes 24
  evenkeel policy game default my-policy.yaml --accounts 10 --price 0.02 --json`
}

// played is a play as it is printed for machines. Fields may be added; none is renamed.
type played struct {
	Type    string      `json:"type"` // play, best, crowd or weekend
	Policy  string      `json:"policy"`
	Digest  string      `json:"digest"`
	Kind    string      `json:"kind,omitempty"` // what was asked, of all but play
	Says    string      `json:"says"`
	Play    gaming.Play `json:"play"`
	Gain    gaming.Gain `json:"gain"`
	Share   float64     `json:"share"` // of what could have been gained; of people's time, where it aims at that
	Money   float64     `json:"money"`
	Tried   int         `json:"tried,omitempty"` // plays, until the best was found
	account int         // how many
}

// Run plays.
func (c *policyGameCmd) Run(ctx context.Context, p *process) error {
	if err := c.fits(); err != nil {
		return err
	}
	if c.Policies = append(c.Policies, c.Policy...); len(c.Policies) == 0 {
		c.Policies = []string{"default"}
	}
	all, err := loadPolicies(c.Policies)
	if err != nil {
		return err
	}
	rules, err := loadRules(c.Rules)
	if err != nil {
		return err
	}
	for i, one := range all {
		rows, err := c.play(ctx, p, one, rules)
		if err != nil {
			return err
		}
		if !c.JSON && i > 0 {
			fmt.Fprintln(p.stdout)
		}
		if err := c.print(p, one, rows); err != nil {
			return err
		}
	}
	return nil
}

// fits says what of the flags is out of its bounds, or nil.
func (c *policyGameCmd) fits() error {
	for _, x := range []struct {
		name, is  string
		fits      bool
		from, til string
	}{
		{"accounts", fmt.Sprint(c.Accounts), c.Accounts >= 1 && c.Accounts <= 1000, "1", "1,000"},
		{"crowd", fmt.Sprint(c.Crowd), c.Crowd >= 0 && c.Crowd <= 1000, "0", "1,000"},
		{"for", c.For.String(), c.For >= time.Hour && c.For <= 14*24*time.Hour, "1h", "336h"},
		{"decide", c.Decide.String(), c.Decide >= time.Minute && c.Decide <= 24*time.Hour, "1m", "24h"},
		{"persons", fmt.Sprint(c.Persons), c.Persons >= 0, "0", "as many as work for you"},
		{"from", fmt.Sprint(c.From), c.From >= 0 && c.From <= 23, "0", "23"},
		{"opens", fmt.Sprint(c.Opens), c.Opens >= 0 && c.Opens <= 24, "0", "24"},
		{"closes", fmt.Sprint(c.Closes), c.Closes >= c.Opens && c.Closes <= 24, fmt.Sprintf("%d, when people come,", c.Opens), "24"},
		{"price", fmt.Sprint(c.Price), c.Price >= 0, "0", "what a CPU-hour brings"},
	} {
		if !x.fits {
			return &evenkeel.Error{
				Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("--%s is %s; expected from %s to %s", x.name, x.is, x.from, x.til), Hint: "evenkeel policy game --help says what each is",
			}
		}
	}
	return nil
}

// world is that of the flags.
func (c *policyGameCmd) world(one *policy.Policy, rules []*rule.Rule) gaming.World {
	return gaming.World{
		Rules: rules, Policy: one, Books: func() gaming.Books { return app.PaperBooks().(gaming.Books) }, // those on paper are read too
		Start: evenkeel.MomentOf(time.Date(2026, 3, 2, c.From, 0, 0, 0, time.UTC)), For: c.For,
		Persons: c.Persons, Opens: c.Opens, Closes: c.Closes, Decide: c.Decide,
	}
}

// play plays the known plays, and searches for the best.
func (c *policyGameCmd) play(ctx context.Context, p *process, one *policy.Policy, rules []*rule.Rule) (rows []played, err error) {
	w, b, done := c.world(one, rules), newBar(p), 0
	defer b.clear()
	in := w
	add := func(r played, aim gaming.Aim, g gaming.Gain) {
		r.Policy, r.Digest, r.Says, r.Gain = one.ID(), one.Digest(), r.Play.String(), g
		if most := aim.Most(in, r.Play); most > 0 {
			r.Share = min(1, aim.Worth(g, r.Play)/most)
		}
		r.Money, r.account = g.CPUHours*c.Price, r.Play.Accounts
		rows = append(rows, r)
		done++
	}
	for _, play := range gaming.Scripts(c.Accounts) {
		b.show("playing", int64(done), 0)
		g, err := w.Gain(ctx, play)
		if err != nil {
			return nil, fmt.Errorf("play %s against %s: %w", play, one.ID(), err)
		}
		add(played{Type: "play", Play: play}, gaming.ForGain, g)
	}
	w.Tried = func(n int) { b.show("playing", int64(done+n), 0) }
	for _, q := range gaming.Questions(c.Accounts) {
		best, tried, err := w.Best(ctx, q)
		if err != nil {
			return nil, fmt.Errorf("search against %s: %w", one.ID(), err)
		}
		add(played{Type: "best", Kind: q.Name, Play: best.Play, Tried: tried}, q.Aim, best.Gain)
		for _, also := range c.also(w, q, best.Play) {
			g, err := also.in.Gain(ctx, also.play)
			if err != nil {
				return nil, fmt.Errorf("play %s against %s: %w", also.play, one.ID(), err)
			}
			in = also.in
			add(played{Type: also.as, Kind: q.Name, Play: also.play}, q.Aim, g)
			in = w
		}
	}
	return rows, nil
}

// also is a best play once more, in another world or by more accounts.
type also struct {
	as   string
	in   gaming.World
	play gaming.Play
}

// also says how a best play is played once more: by a crowd, and over a weekend, unless it wears out people, who are not there then.
func (c *policyGameCmd) also(w gaming.World, q gaming.Question, best gaming.Play) (out []also) {
	if c.Crowd > 0 {
		many := best
		many.Accounts = c.Crowd
		out = append(out, also{"crowd", w, many})
	}
	if !c.Weekends && c.Opens < c.Closes && q.Aim == gaming.ForGain {
		out = append(out, also{"weekend", w.Weekend(), best})
	}
	return out
}

// print writes the plays of one policy: as lines for machines, or as tables.
func (c *policyGameCmd) print(p *process, one *policy.Policy, rows []played) error {
	if c.JSON {
		for i := range rows {
			if err := p.line(&rows[i]); err != nil {
				return err
			}
		}
		return nil
	}
	fmt.Fprintf(p.stdout, "policy %s, %s: %s from %02d:00, %d at work from %d to %d\n\n", one.ID(), one.Mode(), strings.TrimSuffix(strings.TrimSuffix(c.For.String(), "0s"), "0m"), c.From, c.Persons, c.Opens, c.Closes)
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	const form = "%3.0f %%\t%.0f\t%.2f\t%.3g\t%.0f\t%d of %d\t  %s\n"
	head := func(last string) { fmt.Fprintf(w, "GAIN\tCPU-HOURS\tMONEY\tPACKETS\tMINUTES\tFOUND\t  %s\n", last) }
	head("PLAY")
	for i := range rows {
		r := &rows[i]
		says := r.Says
		switch {
		case r.Type == "best":
			if i > 0 && rows[i-1].Type == "play" {
				if err := w.Flush(); err != nil {
					return err
				}
				fmt.Fprintln(p.stdout)
				head("BEST PLAY FOUND")
			}
			says = fmt.Sprintf("%s (%d tried): %s", r.Kind, r.Tried, says)
		case r.Type == "crowd":
			says = "the same as a crowd: " + says
		case r.Type == "weekend":
			says = "the same over a weekend without anybody: " + says
		}
		fmt.Fprintf(w, form, 100*r.Share, r.Gain.CPUHours, r.Money, r.Gain.Packets, r.Gain.Minutes, r.Gain.Found, r.account, strings.TrimSpace(says))
	}
	return w.Flush()
}
