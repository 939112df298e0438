package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/policy/builtin"
	"github.com/evenkeel/evenkeel/lab/feed"
	"github.com/evenkeel/evenkeel/lab/lookback"
	"github.com/evenkeel/evenkeel/lab/lookback/prometheus"
	"github.com/evenkeel/evenkeel/lab/sorted"
)

type lookbackCmd struct {
	Prometheus lookbackPrometheusCmd `cmd:"" help:"Look back over what a Prometheus remembers."`
}

type lookbackPrometheusCmd struct {
	URL        string        `arg:"" name:"url" help:"Where the Prometheus answers, such as http://prometheus:9090."`
	Days       int           `default:"30" help:"How many days to look back (default ${default})."`
	Until      string        `placeholder:"TIME" help:"Where to end (RFC 3339); where it is not given, now."`
	Step       time.Duration `default:"1m" placeholder:"TIME" help:"How far apart readings may be (default ${default}). Rules that look at minutes find nothing in coarser ones."`
	Inventory  []string      `sep:"none" placeholder:"FILE" help:"Who holds which asset, and the facts of tenants: CloudEvents, one a line. May be given again."`
	Rules      []string      `sep:"none" placeholder:"DIR" help:"Rules to use instead of those that come with the program: a directory or a file. May be given again."`
	Policy     []string      `sep:"none" placeholder:"FILE" help:"Policy to decide by instead of the one that comes with the program."`
	Selector   string        `placeholder:"SELECTOR" help:"Which series to look at, such as {job=\"node\"}."`
	Assets     []string      `name:"asset-labels" placeholder:"NAME,…" help:"Labels that name the asset; the first one that is present wins (evenkeel_asset, instance)."`
	Token      string        `name:"bearer-token-file" placeholder:"FILE" help:"File with the token that the Prometheus asks for."`
	Out        string        `placeholder:"FILE" help:"The page to write (lookback-DATE-TIME.html, of where the lookback ends); it holds data about customers, so that only you may read it."`
	Force      bool          `help:"Write the page in the place of one that is there."`
	JSON       bool          `name:"json" help:"Print the report as JSON instead of as text."`
	SortMemory byteSize      `placeholder:"SIZE" default:"128MiB" help:"Memory that records may take before they are sorted on disk (default ${default})."`
	Tmp        string        `placeholder:"DIR" help:"Where sorting on disk puts its files; they are removed at the end."`
}

// Help is the long help.
func (*lookbackPrometheusCmd) Help() string {
	return `Evenkeel's own rules and policy are run over what the Prometheus remembers of the metrics of node_exporter,
OpenTelemetry and cAdvisor, and over your books if you give them, as if they had been in force. The report says who would
have been suspected and why, which busy machines would have been left alone and why, and whom the rule of 2019 would have
locked: CPU load and no payment history, where what is not known counts as guilt.

This only reads. The Prometheus is asked by GET, and by POST where a question is long (api/v1/query, label values,
status/buildinfo). Nothing is enforced, nobody is told, no books are kept.

Without --inventory nothing is known of anybody: busy machines are told and not judged; nor are those that it does not
name. It names assets as the Prometheus does: by the host of instance, or by the label evenkeel_asset; OpenTelemetry's by
host_id, container_id, k8s_pod_uid or host_name before instance. Facts count from the time that they are dated.

The report goes to standard output, and to a page with charts that needs nothing else. The exit code is 1 where a line of
the inventory could not be read, or the Prometheus did not answer.

Examples:
  evenkeel lookback prometheus http://prometheus:9090
  evenkeel lookback prometheus http://prometheus:9090 --days 14 --inventory books.jsonl --out march.html
  evenkeel lookback prometheus https://metrics.example/prom --selector '{job="node"}' --bearer-token-file token
  evenkeel lookback prometheus http://prometheus:9090 --json | jq '.locked_2019[].tenant'`
}

const (
	mostDays      = 400
	mostTokenFile = 64 << 10
	pageWidth     = 100 // columns where there is no terminal
)

// Run looks back.
func (c *lookbackPrometheusCmd) Run(ctx context.Context, p *process) error {
	o, err := c.options(p)
	if err != nil {
		return err
	}
	if _, err = o.Server.Version(ctx); err != nil { // before the page: what is wrong with the address is said first
		return err
	}
	c.Out = cmp.Or(c.Out, pageOf(o.Span.Until))
	place, err := c.place()
	if err != nil {
		return err
	}
	bar, malformed := newBar(p), 0
	o.Problem = func(problem feed.Problem) {
		malformed++
		bar.clear()
		fmt.Fprintln(p.stderr, problem)
	}
	eta := &left{now: p.now}
	o.Progress = func(at lookback.Progress) { bar.show(eta.says(at), at.Done, at.Total) }
	report, err := lookback.Run(ctx, o)
	bar.clear()
	if err != nil {
		place.drop()
		return err
	}
	if err = report.HTML(place.file); err != nil {
		place.drop()
		return openError("write report", c.Out, err)
	}
	if err := place.keep(); err != nil {
		return err
	}
	if err := c.print(p, &report); err != nil {
		return err
	}
	fmt.Fprintf(p.stderr, "report    %s\n", c.Out)
	if malformed > 0 {
		return errFailed
	}
	return nil
}

func (c *lookbackPrometheusCmd) print(p *process, r *lookback.Report) error {
	if !c.JSON {
		return r.Text(p.stdout, cmp.Or(p.columns, pageWidth))
	}
	e := json.NewEncoder(p.stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// pageOf names the page of a lookback that ends at a moment, so that the next one has another.
func pageOf(end evenkeel.Moment) string {
	return "lookback-" + end.Time().Format("2006-01-02-1504") + ".html"
}

// place is where the page goes. It is begun before the history is asked for: an hour of reading for
// nothing would be a pity.
func (c *lookbackPrometheusCmd) place() (*replacement, error) {
	if info, err := os.Lstat(c.Out); err == nil && !c.Force && (info.Mode().IsRegular() || info.Mode()&fs.ModeSymlink != 0) {
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindConflict, Says: "write report " + c.Out + ": it is there already",
			Hint: "--force writes in its place, --out FILE elsewhere",
		}
	}
	place, err := replace("write report", c.Out)
	if err != nil {
		return nil, err
	}
	if info, err := place.file.Stat(); err == nil && info.Mode().IsRegular() {
		if err := place.file.Chmod(0o600); err != nil {
			place.drop()
			return nil, openError("write report", c.Out, err)
		}
	}
	return place, nil
}

// options reads all that a lookback goes by, before the Prometheus is asked.
func (c *lookbackPrometheusCmd) options(p *process) (o lookback.Options, err error) {
	if o.Span, err = c.span(p.now()); err != nil {
		return o, err
	}
	if o.Server, err = c.server(); err != nil {
		return o, err
	}
	if _, err = prometheus.NewHistory(o.Server, o.Span, nil); err != nil { // the selector
		return o, err
	}
	if o.Rules, err = loadRules(c.Rules); err != nil {
		return o, err
	}
	given, err := loadPolicies(c.Policy)
	if err != nil {
		return o, err
	}
	policies, err := app.Choose(given)
	if err == nil {
		err = policies.Fit(o.Rules)
	}
	if err != nil {
		return o, err
	}
	if len(policies.Shadow) > 0 {
		return o, &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "policy " + policies.Shadow[0].ID() + " is written to be watched in shadow; expected one that may be in force",
			Hint: "a lookback compares with raisup-2019; evenkeel replay compares with any",
		}
	}
	if _, err = feed.Sizes(c.Inventory); err != nil {
		return o, err
	}
	o.Inventory, o.Policy = c.Inventory, policies.Force
	o.Sort = sorted.Options{Dir: c.Tmp, Budget: int64(c.SortMemory)}
	return o, c.judges(&o, policies)
}

func (c *lookbackPrometheusCmd) judges(o *lookback.Options, p app.Policies) (err error) {
	if o.Old, err = builtin.Policy("raisup-2019"); err != nil {
		return err
	}
	p.Shadow = []*policy.Policy{o.Old}
	one, err := app.OnPaper(p)
	if err != nil {
		return err
	}
	other, err := app.OnPaper(p)
	o.Judge, o.Other = one, other
	return err
}

func (c *lookbackPrometheusCmd) span(now time.Time) (prometheus.Span, error) {
	until := evenkeel.MomentOf(now)
	if c.Until != "" {
		var err error
		if until, err = evenkeel.ParseMoment(c.Until); err != nil {
			return prometheus.Span{}, err
		}
	}
	if c.Days < 1 || c.Days > mostDays {
		return prometheus.Span{}, evenkeel.Invalid("--days %d; expected 1 to %d", c.Days, mostDays)
	}
	if c.Step < 10*time.Second || c.Step > 15*time.Minute {
		return prometheus.Span{}, evenkeel.Invalid("--step %s; expected 10s to 15m: over a longer time the mean of a counter says nothing", c.Step)
	}
	return prometheus.Span{
		From: until.Add(-time.Duration(c.Days) * 24 * time.Hour), Until: until, Step: c.Step, Selector: c.Selector, Labels: c.Assets,
	}, nil
}

func (c *lookbackPrometheusCmd) server() (*prometheus.Server, error) {
	o := prometheus.Options{URL: c.URL}
	if c.Token != "" {
		text, err := os.ReadFile(c.Token)
		if err != nil {
			return nil, openError("read bearer token", c.Token, err)
		}
		o.Token = strings.TrimSpace(string(text))
		if o.Token == "" || len(text) > mostTokenFile || strings.ContainsAny(o.Token, " \t\r\n") {
			return nil, evenkeel.Invalid("read bearer token %s: expected one word", c.Token)
		}
	}
	return prometheus.New(o)
}

// left guesses how long a stage will still take.
type left struct {
	now   func() time.Time
	stage lookback.Stage
	begun time.Time
}

func (l *left) says(at lookback.Progress) string {
	if at.Stage != l.stage {
		l.stage, l.begun = at.Stage, l.now()
	}
	says := string(at.Stage)
	if at.Stage == lookback.Asking {
		says += ", " + several(at.Questions, "question") + ", " + several(at.Samples, "sample")
	}
	took := l.now().Sub(l.begun)
	if took > 3*time.Second && at.Done > 0 && at.Done < at.Total {
		says += ", " + (time.Duration(float64(took) * (float64(at.Total)/float64(at.Done) - 1))).Round(time.Second).String() + " left"
	}
	return says
}
