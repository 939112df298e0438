package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/lab/feed"
	"github.com/evenkeel/evenkeel/lab/replay"
	"github.com/evenkeel/evenkeel/lab/sorted"
)

type replayCmd struct {
	Rules      []string `sep:"none" placeholder:"DIR" help:"Rules to use instead of those that come with the program: a directory or a file. May be given again."`
	Inventory  []string `sep:"none" placeholder:"FILE" help:"Who holds which asset, and the facts of tenants: CloudEvents, one a line. May be given again."`
	Format     string   `placeholder:"FORMAT" enum:",otlp-json,cloudevents" default:"" help:"otlp-json or cloudevents; where it is not given, each file's format is found out."`
	Assets     []string `name:"asset-attributes" placeholder:"NAME,…" help:"Attributes of metrics that name the asset; the first one that is present wins (${asset_attributes})."`
	SortMemory byteSize `placeholder:"SIZE" default:"128MiB" help:"Memory that records may take before they are sorted on disk (default ${default})."`
	Tmp        string   `placeholder:"DIR" help:"Where sorting on disk puts its files; they are removed at the end."`
	Files      []string `arg:"" name:"file" help:"Telemetry, one request or event a line; plain, gzip or zstd; - is standard input."`
}

// Help is the long help.
func (*replayCmd) Help() string {
	return `Records are watched in the order of their own times, whatever the order in and across files, as fast as
the machine can. One finding a line goes to standard output as JSON (docs/schema/replay.schema.json), first
"provisional", as soon as it could have been made, then "final", from closed windows. A summary goes to
standard error. The exit code is 1 where a line could not be read: each is named, the rest is watched.

Examples:
  evenkeel replay metrics.jsonl
  evenkeel replay --inventory books.jsonl metrics-*.jsonl.zst | jq 'select(.revision == "final")'
  zcat metrics.gz | evenkeel replay --format otlp-json --rules ./rules -`
}

// Run replays.
func (c *replayCmd) Run(ctx context.Context, p *process) error {
	if n := countOf(append(slices.Clone(c.Inventory), c.Files...), "-"); n > 1 {
		return evenkeel.Invalid("standard input (-) is named %d times; expected at most once", n)
	}
	format, err := feed.ParseFormat(c.Format)
	if err != nil {
		return err
	}
	rules, err := loadRules(c.Rules)
	if err != nil {
		return err
	}
	begun, b := p.now(), newBar(p)
	sum, err := replay.Run(ctx, replay.Script{
		Rules: rules, Inventory: c.Inventory, Files: c.Files, Stdin: p.stdin, Format: format, Assets: c.Assets,
		Sort: sorted.Options{Dir: c.Tmp, Budget: int64(c.SortMemory)},
		Problem: func(problem feed.Problem) {
			if ctx.Err() == nil { // else it is the interrupt that broke the reading
				b.clear()
				fmt.Fprintln(p.stderr, problem)
			}
		},
		Progress: func(at replay.Progress) { b.show(progressWord(at), at.Done, at.Total) },
	}, func(f evenkeel.Finding) error {
		line, err := json.Marshal(f)
		if err != nil {
			return err
		}
		_, err = p.stdout.Write(append(line, '\n'))
		return err
	})
	b.clear()
	if err = cmp.Or(err, ctx.Err()); err != nil {
		return err
	}
	printReplay(p, &sum, p.now().Sub(begun))
	if sum.Read.Malformed > 0 || sum.Refused != nil {
		return errFailed
	}
	return nil
}

func progressWord(at replay.Progress) string {
	if at.Watching {
		return "watching"
	}
	return "reading"
}

// printReplay writes the summary.
func printReplay(p *process, s *replay.Summary, took time.Duration) {
	say := func(format string, args ...any) { fmt.Fprintf(p.stderr, format+"\n", args...) }
	say("read      %s, %s, %s", several(s.Read.Files, "file"), several(s.Read.Lines, "line"), several(s.Read.Records, "record"))
	if s.From != 0 {
		say("times     %s to %s", s.From, s.Until)
	}
	w := &s.Watched
	say("watched   %s counted, %s repeated, %s late, %s idle, %s over quota, %s unusable",
		amount(w.Counted), amount(w.Repeated), amount(w.Late), amount(w.Idle), amount(w.OverQuota), amount(w.Unusable))
	if s.Sort.Runs > 0 {
		say("sorted    on disk, in %s", several(s.Sort.Runs, "run"))
	}
	say("findings  %d final; in shadow %d; held for want of a tenant %d", s.Findings, s.Shadow, s.Held)
	if says := s.Read.Tally.Says(); says != "" {
		say("refused   %s", says)
	}
	if s.Refused != nil {
		say("refused   %s: %v", several(s.Inventory.Refused, "inventory record"), s.Refused)
	}
	if s.Read.Malformed > 0 {
		say("malformed %s", several(s.Read.Malformed, "line"))
	}
	if seconds := took.Seconds(); seconds > 0 {
		say("took      %s, %s records a second", took.Round(time.Millisecond), amount(int64(float64(w.Records)/seconds)))
	}
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
