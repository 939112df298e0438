package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

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
standard error, with what was left out and why: no finding is not the same as nothing to find. The exit code is 1
where a line could not be read: each is named, the rest is watched.

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
	printReplay(p, &sum, len(c.Inventory) > 0, p.now().Sub(begun))
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
