package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	edgebench "github.com/evenkeel/evenkeel/lab/edge"
)

type benchCmd struct {
	Edge benchEdgeCmd `cmd:"" help:"Measure what HTTP edges still serve, whom they harm and what they cost while one of their sites is attacked."`
}

type benchEdgeCmd struct {
	Attacks    string        `placeholder:"LETTERS" help:"Which attacks, a to j, and - for none (all of them)."`
	Contenders []string      `placeholder:"NAME,…" help:"Who is measured: evenkeel (the gateway), nginx, haproxy, and others that the long help has (five that are installed)."`
	Short      bool          `help:"One attack and a few seconds."`
	Calm       time.Duration `placeholder:"TIME" help:"How long visitors come alone before each attack (5s)."`
	Attack     time.Duration `placeholder:"TIME" help:"How long each attack lasts (10s)."`
	Browsers   bool          `negatable:"" default:"true" help:"Two real Chromiums visit the attacked site too, one with JavaScript and one without, where Chromium is installed."`
	Plots      string        `placeholder:"DIR" help:"A folder for pictures (SVG): attacked.svg, others.svg and attack-LETTER.svg, with the stages."`
	Out        string        `placeholder:"DIR" help:"A folder for table.md, results.jsonl and plots.html, beside the table that is printed."`
}

// Help is the long help.
func (*benchEdgeCmd) Help() string {
	return `Twenty-one sites stand behind each contender, in network namespaces that lead nowhere else. Visitors come to all of them as browsers do, from
thousands of addresses, at times that are drawn once and for all: whoever is slow is not asked less. One site is attacked at ten times what its
backend bears. The table says for each attack and contender how many requests were answered rightly within a second, at
the attacked site and at the others; how many visitors were asked for something or sent away; how long it took until the site was back; and
what 1,000 requests of the attack cost the contender.

The contender has a core of its own, everything else shares another, so two cores are needed; and root, for the namespaces. All attacks
on all contenders take a quarter of an hour. A run in which the attack could not be made at its pace, or visitors were sent
late, is marked: it is no result. Debian's packages of the peers are nginx-light and haproxy.

  a  10,372 addresses, one search each       f  handshakes that nobody finishes
  b  a few addresses that hammer             g  the same, for names that nobody has
  c  changing browsers, busting caches       h  programs that solve what they are asked
  d  slow heads and bodies                   i  perfect browsers' fingerprints, with cookies
  e  rapid reset and CONTINUATION            j  one of 500 behind an address that many share

Contenders are evenkeel (the gateway), evenkeel+nginx and evenkeel+haproxy (Evenkeel's sieve and guard before them), sieve+nginx, sieve+haproxy,
guard+nginx, guard+haproxy (one of both), nginx and haproxy (with limits per address), nginx-plain and haproxy-plain (without), caddy (built
once by the go command, out of the module proxy, and kept in the cache folder), and reverseproxy (Go's own, with nothing that defends it).
Before others' proxies processor time and memory are those of both together.

Two real Chromiums load a page of the attacked site every two seconds, one with JavaScript and one without.

Examples:
  evenkeel bench edge --short
  evenkeel bench edge --calm 5s --attack 8s --plots docs/images/edge --out ./edge
  evenkeel bench edge --attacks abcfg --contenders nginx-plain,sieve+nginx,guard+nginx
  evenkeel bench edge --attacks -abj --contenders evenkeel,nginx --out ./edge`
}

// Run measures.
func (c *benchEdgeCmd) Run(ctx context.Context, p *process) error {
	course := edgebench.Whole()
	if c.Short {
		course = edgebench.Short()
	}
	if c.Attacks != "" {
		course.Letters = strings.Split(c.Attacks, "")
	}
	if c.Calm > 0 {
		course.Calm = c.Calm
	}
	if c.Attack > 0 {
		course.Attack = c.Attack
	}
	if c.Browsers {
		if _, err := os.Stat(edgebench.Chromium); err == nil {
			course.Chromium = edgebench.Chromium
		} else {
			fmt.Fprintf(p.stderr, "real browsers are left out: there is no %s (Debian has it in chromium)\n", edgebench.Chromium)
		}
	}
	var err error
	if course.Contenders, err = c.contenders(ctx, p); err != nil {
		return err
	}
	if err := course.Check(); err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "bench edge: " + strings.ReplaceAll(err.Error(), "\n", "; ")}
	}
	alone, err := edgebench.Alone()
	if err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: "bench edge: " + err.Error()}
	}
	defer alone.Close()
	dir, err := os.MkdirTemp("", "evenkeel-bench-")
	if err != nil {
		return openError("make", os.TempDir(), err)
	}
	defer os.RemoveAll(dir)
	fmt.Fprintf(p.stderr, "about %v\n", course.Lasts().Round(time.Minute/2))
	course.Say = func(s string) { fmt.Fprintln(p.stderr, s) }
	list, err := course.Run(ctx, dir)
	fmt.Fprint(p.stdout, edgebench.Table(list))
	if err != nil {
		return fmt.Errorf("bench edge: %w", err)
	}
	return c.write(list)
}

func (c *benchEdgeCmd) contenders(ctx context.Context, p *process) ([]edgebench.Contender, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	names := c.Contenders
	if len(names) == 0 {
		names = edgebench.Usual()
	}
	var list []edgebench.Contender
	for _, n := range names {
		k := edgebench.Called(n, self)
		if b, ok := k.(*edgebench.Built); ok {
			if b.Missing() {
				fmt.Fprintf(p.stderr, "%s is built, once: some minutes\n", n)
			}
			if err := b.Build(ctx); err != nil {
				fmt.Fprintf(p.stderr, "%s is left out: %v\n", n, err)
				continue
			}
		}
		command, ok := k.(interface{ Missing() bool })
		switch {
		case k == nil:
			return nil, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("bench edge: there is no contender %q; expected one or more of %s", n, strings.Join(edgebench.Names(), ", "))}
		case ok && command.Missing() && len(c.Contenders) > 0:
			return nil, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "bench edge: " + n + " is not installed", Hint: "Debian has it in nginx-light or haproxy"}
		case ok && command.Missing():
			fmt.Fprintf(p.stderr, "%s is not installed and is left out\n", n)
			continue
		}
		list = append(list, k)
	}
	return list, nil
}

// write writes the files.
func (c *benchEdgeCmd) write(list []edgebench.Result) error {
	if c.Plots != "" {
		if err := os.MkdirAll(c.Plots, 0o755); err != nil {
			return openError("make", c.Plots, err)
		}
		for name, text := range edgebench.Plots(list) {
			if err := os.WriteFile(filepath.Join(c.Plots, name), []byte(text), 0o644); err != nil {
				return openError("write", filepath.Join(c.Plots, name), err)
			}
		}
	}
	if c.Out == "" {
		return nil
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return openError("make", c.Out, err)
	}
	var lines, page bytes.Buffer
	if err := edgebench.WriteLines(&lines, list); err != nil {
		return err
	}
	if err := edgebench.Page(&page, list); err != nil {
		return err
	}
	for name, text := range map[string][]byte{"table.md": []byte(edgebench.Table(list)), "results.jsonl": lines.Bytes(), "plots.html": page.Bytes()} {
		if err := os.WriteFile(filepath.Join(c.Out, name), text, 0o644); err != nil {
			return openError("write", filepath.Join(c.Out, name), err)
		}
	}
	return nil
}
