package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/lab/feed"
	"github.com/evenkeel/evenkeel/lab/replay"
	"github.com/evenkeel/evenkeel/lab/sorted"
	"github.com/evenkeel/evenkeel/watch/intake/wire"
)

type replayCmd struct {
	Rules      []string `sep:"none" placeholder:"DIR" help:"Rules to use instead of those that come with the program: a directory or a file. May be given again."`
	Policy     []string `sep:"none" placeholder:"FILE" help:"Policy to decide by instead of the one that comes with the program: a file, or a name of evenkeel policy list. One that is written to be in shadow is watched beside the one in force. May be given again."`
	Inventory  []string `sep:"none" placeholder:"FILE" help:"Who holds which asset, and the facts of tenants: CloudEvents, one a line. May be given again."`
	Acts       []string `sep:"none" placeholder:"FILE" help:"What people did meanwhile: answers, clearances, flags and others (docs/acts.md), CloudEvents, one a line. May be given again."`
	Books      string   `placeholder:"DIR" help:"Keep cases, decisions, clocks and the ledger in this directory, which has no books yet. Without it they are forgotten at the end."`
	Format     string   `placeholder:"FORMAT" enum:",otlp-json,cloudevents,pcap" default:"" help:"otlp-json, cloudevents or pcap; where it is not given, each file's format is found out."`
	Assets     []string `name:"asset-attributes" placeholder:"NAME,…" help:"Attributes of metrics that name the asset; the first one that is present wins (${asset_attributes})."`
	Guest      []string `sep:"none" placeholder:"ADDRESS=ASSET" help:"Of captures: whose an address or a range is, like 192.0.2.7=vm-1 or 2001:db8:7::/64=vm-1. May be given again; where it is not, the addresses that the inventory says are held."`
	Egress     string   `placeholder:"ASSET" help:"Of captures: all packets passed the port of this guest, so that those from other addresses than its own claim to be somebody else's."`
	SortMemory byteSize `placeholder:"SIZE" default:"128MiB" help:"Memory that records may take before they are sorted on disk (default ${default})."`
	Tmp        string   `placeholder:"DIR" help:"Where sorting on disk puts its files; they are removed at the end."`
	Files      []string `arg:"" name:"file" help:"Telemetry, one request or event a line, or captured packets (pcap, pcapng); plain, gzip or zstd; - is standard input."`
}

// Help is the long help.
func (*replayCmd) Help() string {
	return `Records are watched in the order of their own times, whatever the order in and across files, as fast as
the machine can. One finding a line goes to standard output as JSON (docs/schema/replay.schema.json), first
"provisional", as soon as it could have been made, then "final", from closed windows. What is decided about a
finding follows it, a line for each state that a decision comes into. Nothing is enforced and nobody is told. Time
ends with the last record or act: clocks that are due later do not run out.

A summary goes to standard error, with what was left out and why: no finding is not the same as nothing to find. The
exit code is 1 where a line could not be read, or an act could not be done: each is named, the rest goes on. Books are in
their directory once the replay has come to its end: of one that fails or is interrupted, none are kept, and of one
without a record and an act neither.

Captures become what the sensor at a guest's port tells of each second: counts and addresses, no payload. Which
addresses are a guest's has to be known: packets from them are its own, packets to them came to it, and the rest is
nobody's. A capture that was taken at one guest's port (a tap or veth) shows with --egress what it sent under foreign addresses, too.

Examples:
  evenkeel replay metrics.jsonl
  evenkeel replay --guest 192.0.2.7=vm-1 --guest 2001:db8:7::/64=vm-1 night.pcap.gz
  evenkeel replay --inventory books.jsonl --guest 192.0.2.7=vm-1 --egress vm-1 tap7.pcapng
  evenkeel replay --inventory books.jsonl metrics-*.jsonl.zst | jq 'select(.type == "decision" and .mode == "live")'
  evenkeel replay --policy new.yaml --inventory books.jsonl --acts acts.jsonl metrics.jsonl
  evenkeel replay --books ./march --inventory books.jsonl metrics.jsonl && evenkeel case list --books ./march
  zcat metrics.gz | evenkeel replay --format otlp-json --rules ./rules -`
}

// Run replays.
func (c *replayCmd) Run(ctx context.Context, p *process) error {
	begun := p.now()
	s, a, err := c.script(ctx, p)
	if err != nil {
		return err
	}
	judge, err := c.judge(a.policies)
	if err != nil {
		return err
	}
	s.Docket = judge
	sum, err := replay.Run(ctx, s, func(f evenkeel.Finding) error { return p.line(f) })
	a.bar.clear()
	if err = cmp.Or(err, ctx.Err()); err != nil {
		c.noBooks(p, "the replay did not come to its end")
		return errors.Join(err, judge.Drop())
	}
	if err := c.keep(p, judge, lastOf(&sum, s.Acts)); err != nil {
		return err
	}
	a.took = p.now().Sub(begun)
	printReplay(p, &sum, a)
	if sum.Read.Malformed > 0 || sum.Refused != nil || a.acts.Malformed > 0 || sum.Decided.Refused > 0 {
		return errFailed
	}
	return nil
}

// keep leaves the books, where they are to be kept and something happened.
func (c *replayCmd) keep(p *process, judge *app.Judge, last evenkeel.Moment) error {
	if last != 0 {
		return judge.Close(last)
	}
	c.noBooks(p, "there was no record and no act")
	return judge.Drop()
}

// noBooks says why none are kept, where they were asked for.
func (c *replayCmd) noBooks(p *process, why string) {
	if c.Books != "" {
		fmt.Fprintf(p.stderr, "books     none are kept in %s: %s\n", c.Books, why)
	}
}

// lastOf is when the last record or act was; 0 where there was none.
func lastOf(s *replay.Summary, acts []docket.Act) evenkeel.Moment {
	last := s.Until
	for i := range acts {
		last = max(last, acts[i].At)
	}
	return last
}

// line writes a value as a line of JSON to standard output.
func (p *process) line(v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = p.stdout.Write(append(line, '\n'))
	return err
}

// judge is who decides: with books that are kept, or forgotten.
func (c *replayCmd) judge(policies app.Policies) (*app.Judge, error) {
	if c.Books == "" {
		return app.OnPaper(policies)
	}
	return app.Keep(c.Books, policies)
}

// script reads all that a replay goes by, before any of it is done.
func (c *replayCmd) script(ctx context.Context, p *process) (s replay.Script, a asked, err error) {
	names := slices.Concat(c.Inventory, c.Acts, c.Files)
	if n := countOf(names, "-"); n > 1 {
		return s, a, evenkeel.Invalid("standard input (-) is named %d times; expected at most once", n)
	}
	a.bar = newBar(p)
	tell := func(format string, args ...any) {
		if ctx.Err() == nil { // else it is the interrupt that broke the reading
			a.bar.clear()
			fmt.Fprintf(p.stderr, format+"\n", args...)
		}
	}
	s = replay.Script{
		Inventory: c.Inventory, Files: c.Files, Stdin: p.stdin, Assets: c.Assets,
		Sort:     sorted.Options{Dir: c.Tmp, Budget: int64(c.SortMemory)},
		Problem:  func(problem feed.Problem) { tell("%s", problem) },
		Progress: func(at replay.Progress) { a.bar.show(progressWord(at), at.Done, at.Total) },
		Decided:  func(d evenkeel.Decision) error { return p.line(d) },
		Refused:  func(act docket.Act, err error) { tell("%s", refusal(act, err)) },
	}
	a.inventory = len(c.Inventory) > 0
	if s.Guests, s.Egress, err = c.guests(); err != nil {
		return s, a, err
	}
	if s.Format, err = feed.ParseFormat(c.Format); err != nil {
		return s, a, err
	}
	if s.Rules, err = loadRules(c.Rules); err != nil {
		return s, a, err
	}
	policies, err := loadPolicies(c.Policy)
	if err != nil {
		return s, a, err
	}
	if a.policies, err = app.Choose(policies); err != nil {
		return s, a, err
	}
	if err := a.policies.Fit(s.Rules); err != nil {
		return s, a, err
	}
	if _, err := feed.Sizes(names); err != nil { // before books are begun
		return s, a, err
	}
	acts := feed.New(feed.Options{Problem: s.Problem})
	err = acts.Acts(ctx, c.Acts, p.stdin, func(act docket.Act) error {
		s.Acts = append(s.Acts, act)
		return nil
	})
	a.acts = acts.Summary()
	return s, a, cmp.Or(err, ctx.Err())
}

// guests reads whose addresses are whose.
func (c *replayCmd) guests() (g wire.Guests, egress evenkeel.AssetID, err error) {
	for _, said := range c.Guest {
		of, asset, err := wire.ParseGuest(said)
		if err == nil {
			err = g.Add(of, asset)
		}
		if err != nil {
			return g, "", err
		}
	}
	if c.Egress != "" {
		err = evenkeel.CheckID("--egress", c.Egress)
	}
	return g, evenkeel.AssetID(c.Egress), err
}

// refusal says why an act could not be done.
func refusal(a docket.Act, err error) string {
	says := fmt.Sprintf("refused: act %q at %s: %v", a.ID, a.At, err)
	if hint := evenkeel.HintOf(err); hint != "" {
		says += " (" + hint + ")"
	}
	return says
}

func progressWord(at replay.Progress) string {
	if at.Watching {
		return "watching"
	}
	return "reading"
}

func countOf(names []string, name string) (n int) {
	for _, s := range names {
		if s == name {
			n++
		}
	}
	return n
}

// byteSize is a number of bytes, as a flag.
type byteSize int64

// UnmarshalText reads such as 64MiB.
func (b *byteSize) UnmarshalText(text []byte) error {
	for _, unit := range []struct {
		name  string
		bytes int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		digits, ok := strings.CutSuffix(string(text), unit.name)
		n, err := strconv.ParseInt(digits, 10, 64)
		if ok && err == nil && n > 0 && n < 1<<20 {
			*b = byteSize(n * unit.bytes)
			return nil
		}
	}
	return evenkeel.Invalid("size %q; expected such as 512KiB, 128MiB or 2GiB", text)
}
