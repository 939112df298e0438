package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/story"
)

type demoCmd struct {
	Speed  float64  `default:"1" placeholder:"N" help:"How many times as fast as a person reads (default 1: about a minute and a half)."`
	NoWait bool     `name:"no-wait" help:"Print all of it at once and end, without a console; for tests and pipes."`
	Once   bool     `help:"End with the film, in the place of leaving the console open."`
	Keep   string   `placeholder:"DIR" help:"Keep the books of the film in a directory without books, in the place of a temporary one."`
	Listen string   `placeholder:"ADDR" help:"Where the console of the film is, on this machine (default 127.0.0.1:0: any free port, which is printed)."`
	Policy []string `sep:"none" placeholder:"FILE" help:"Policy to decide by, in the place of the one that comes with the program: a file, or a name of evenkeel policy list. One in shadow is watched beside it. May be given again."`
}

// Help is the long help.
func (*demoCmd) Help() string {
	return `Shows what happened to a company of two in May 2019, when its cloud took a batch job for mining, and beside it the
same three days with Evenkeel. The left side is told as the people involved told it. The right side is not written
beforehand: records of 22 machines (two that serve, and ten for each of two runs of the job) go through the rules, the
policy and the judge into books of their own, and what is shown is what came of them. When people answer and decide
(the 31 minutes) is written in the script: it is assumed, not measured. At the end both are compared; the figures on the right are counted in the books.

A console beside it shows its books as they are at each moment, and stays open after the film until you interrupt, unless
with --once or --no-wait. Nothing leaves this machine. The books are in a temporary directory, which is removed at the end, however it ends.
On a terminal of 80 columns or more both sides stand beside each other, elsewhere below each other.

Examples:
  evenkeel demo
  evenkeel demo --speed 3
  evenkeel demo --no-wait | less
  evenkeel demo --policy raisup-2019           what the policy of 2019, in shadow, would have done
  evenkeel demo --keep ./film && evenkeel case list --books ./film --closed
  evenkeel rehearse raisup-three-days          the whole transcript of the right side`
}

// Run plays the film.
func (c *demoCmd) Run(ctx context.Context, p *process) error {
	s, err := readStory(filmed)
	if err != nil {
		return err
	}
	if c.NoWait && c.Listen == "" { // nobody looks
		return c.play(ctx, p, s, nil)
	}
	return c.play(ctx, p, s, c.console(p))
}

// console returns what shows the books of the film.
func (c *demoCmd) console(p *process) serve {
	return func(ctx context.Context, dir string, now func() time.Time) (string, func() error, error) {
		policies, err := choosePolicies(c.Policy)
		if err != nil {
			return "", nil, err
		}
		room := app.Showroom{
			Dir: dir, Listen: cmp.Or(c.Listen, "127.0.0.1:0"), Policies: policies, Shown: now, Now: p.now, Version: build(),
			Log: slog.New(slog.DiscardHandler),
		}
		return room.Open(ctx)
	}
}

// serve shows the books in a directory, at the time that now says, until its ctx ends. It
// returns where that can be seen, and what waits until all its work has ended.
type serve func(ctx context.Context, dir string, now func() time.Time) (url string, wait func() error, err error)

// play plays a story as the film, with a console where there is one.
func (c *demoCmd) play(ctx context.Context, p *process, s *story.Script, console serve) (err error) {
	switch {
	case !(c.Speed > 0 && c.Speed <= 1000):
		return evenkeel.Invalid("--speed %g; expected more than 0, up to 1000", c.Speed)
	}
	parts := story.Parts{}
	if len(c.Policy) > 0 {
		chosen, err := choosePolicies(c.Policy)
		if err != nil {
			return err
		}
		parts.Policies = append(chosen.Shadow, chosen.Force)
	}
	dir := c.Keep
	if dir == "" {
		if dir, err = os.MkdirTemp("", "evenkeel-demo-*"); err != nil {
			return fmt.Errorf("make a directory for the film: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	stage, err := app.NewStage(dir)
	if err != nil {
		return err
	}
	parts.Books = stage.Books
	r := &reel{dir: dir, stage: stage, screen: newScreen(p.stdout, p.columns, os.Getenv("NO_COLOR") == "" && p.columns > 0)}
	return r.run(ctx, c, func(f *film) error { return f.play(ctx, s, parts) }, console)
}

func choosePolicies(names []string) (app.Policies, error) {
	all, err := loadPolicies(names)
	if err != nil {
		return app.Policies{}, err
	}
	return app.Choose(all)
}

// reel is a film with its books, from the first line to the last.
type reel struct {
	dir    string
	stage  *app.Stage
	screen *screen
	at     atomic.Int64 // where the film stands
}

func (r *reel) moment() evenkeel.Moment { return evenkeel.Moment(r.at.Load()) }

func (r *reel) run(ctx context.Context, c *demoCmd, play func(*film) error, console serve) error {
	r.at.Store(int64(facts[0].at))
	if console != nil {
		stop, err := r.open(ctx, console)
		defer stop()
		if err != nil {
			return errors.Join(err, r.stage.Close(r.moment()))
		}
	}
	err := play(&film{facts: facts, screen: r.screen, pause: c.pause, at: func(m evenkeel.Moment) { r.at.Store(int64(m)) }})
	if closed := r.stage.Close(r.moment()); err == nil { // what was kept is whole wherever the film ended
		err = closed
	}
	if err == nil {
		err = r.compare(ctx, c)
	}
	if err != nil || console == nil || c.Once {
		return err
	}
	if err := r.screen.paragraph("The console stays open until you interrupt."); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// open opens the console. Stop ends it, and returns when all its work has ended.
func (r *reel) open(ctx context.Context, console serve) (stop func(), err error) {
	showing, end := context.WithCancel(ctx)
	url, wait, err := console(showing, r.dir, func() time.Time { return r.moment().Time() })
	stop = func() {
		end()
		if wait != nil {
			_ = wait() // the film is over: nobody looks any more
		}
	}
	if err != nil {
		return stop, err
	}
	return stop, r.screen.paragraph("The console of the film: " + url)
}

// compare writes the table, from the books as they lie in the directory.
func (r *reel) compare(ctx context.Context, c *demoCmd) error {
	books, err := app.Open(r.dir)
	if err != nil {
		return err
	}
	defer books.Close()
	a, err := accountOf(ctx, books, evenkeel.Moment(r.at.Load()))
	if err != nil {
		return err
	}
	if err := r.screen.print(""); err != nil {
		return err
	}
	if err := r.screen.table(a.compare()); err != nil {
		return err
	}
	sealed, err := verified(ctx, books)
	if err != nil {
		return err
	}
	texts := []string{"", sealed, sourceThen, sourceWith}
	if c.Keep != "" {
		texts = append(texts, "The books stay: evenkeel case list --books "+c.Keep+" --closed")
	}
	for _, text := range texts {
		if err := r.screen.paragraph(text); err != nil {
			return err
		}
	}
	return nil
}

// verified holds the ledger of the film against the heads that were signed.
func verified(ctx context.Context, books *app.Books) (string, error) {
	key, err := books.PublicKey()
	if err != nil {
		return "", err
	}
	heads, err := books.Heads()
	if err != nil {
		return "", err
	}
	report, err := books.Verify(ctx, key, heads)
	if err != nil {
		return "", err
	}
	if report.Fault != nil {
		return "", &evenkeel.Error{Kind: evenkeel.KindInternal, Says: "the ledger of the film does not fit: " + report.Fault.String()}
	}
	return fmt.Sprintf("The ledger holds %s, and all of them fit.", amount(report.Leaves)+" sealed leaves"), nil
}

// pause waits, as long as the speed makes it.
func (c *demoCmd) pause(ctx context.Context, d time.Duration) error {
	if c.NoWait {
		return ctx.Err()
	}
	t := time.NewTimer(time.Duration(float64(d) / c.Speed))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
