package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/edge"
	"github.com/evenkeel/evenkeel/shield/gateway/answer"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

type gatewayCmd struct {
	Run     gatewayRunCmd     `cmd:"" help:"Be the HTTP front of the sites in a folder, so that one's flood stays its own."`
	Status  gatewayStatusCmd  `cmd:"" help:"Say how the sites stand: stages, rules, backends, documents with faults."`
	Cost    gatewayCostCmd    `cmd:"" help:"Say what the attacks of the last 30 days took, and what each stage saved."`
	Reload  gatewayReloadCmd  `cmd:"" help:"Have the documents of sites read again at once, and say what came of it."`
	Check   gatewayCheckCmd   `cmd:"" help:"Check documents of sites."`
	Stop    gatewayStopCmd    `cmd:"" help:"Stop one site for a while: nobody reaches its backends."`
	Start   gatewayStartCmd   `cmd:"" help:"Let visitors of a site in again before its stop ends."`
	Ray     gatewayRayCmd     `cmd:"" help:"Find out who the reference on a page of refusal was given to."`
	Pardon  gatewayPardonCmd  `cmd:"" help:"Let an address in again that is refused."`
	Enrol   gatewayEnrolCmd   `cmd:"" help:"Let this edge in at control, with a token: it goes by its word then."`
	Release gatewayReleaseCmd `cmd:"" help:"Let go of what control ordered about a site, by hand."`
	Config  gatewayConfigCmd  `cmd:"" help:"Print or check the settings of evenkeel gateway run."`
}

// gatewayFile is which settings a command about the gateway goes by.
type gatewayFile struct {
	Config string `placeholder:"FILE" help:"What the gateway goes by (default ${gateway_config} where that is there, else what evenkeel gateway config print writes)."`
}

// gatewayConfig is the file of settings that counts where none is named.
const gatewayConfig = "/etc/evenkeel/gateway.yaml"

func (f *gatewayFile) settings() (edge.Settings, error) {
	name, text, err := settingsText(f.Config, gatewayConfig, "evenkeel gateway config print")
	switch {
	case err != nil:
		return edge.Settings{}, err
	case name == "":
		return edge.Default(), nil
	}
	return edge.Parse(name, text)
}

type gatewayRunCmd struct{ gatewayFile }

// Help is the long help.
func (*gatewayRunCmd) Help() string {
	return `Takes the connections of visitors, ends TLS, and sends requests to the backends of the site that they name. Each site has its own
stage, budget and place in the queue. When more comes to one than its backends bear, and it is not what usually comes there, that
site's visitors are filtered, then asked for a cookie, then for a little work, then to wait: as far as its document allows, stage by stage and back
again, with the reason in the log. The other sites notice nothing.

Sites are YAML documents in the folders that sites: names; docs/gateway.md describes them. A document that changes is served within
seconds without dropping a connection; one with a fault is served as it was before. Stages are kept over a restart, killed or not.

A line on standard output says when it is ready, the log goes to standard error. An interrupt or SIGTERM ends it after
what is in flight has come to its end.

Examples:
  evenkeel gateway run
  evenkeel gateway run --config ./gateway.yaml`
}

// Run runs the gateway.
func (c *gatewayRunCmd) Run(ctx context.Context, p *process) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(p.stderr, nil))
	g, err := edge.Open(ctx, edge.Options{Settings: s, Version: build(), Now: p.now, Log: log})
	if err != nil {
		return fmt.Errorf("gateway run: %w", refused(s.Data, err))
	}
	r := g.Ready()
	if r.SYN != nil {
		log.Warn("addresses that many share are told apart by less", "err", r.SYN)
	}
	fmt.Fprintf(p.stdout, "ready: %s%s%s%s%s%s\n", several(r.Sites, "site"), listed(", TLS at ", r.Listen), listed(", to https from ", r.Plain), listed(", without TLS at ", r.Clear), listed(", before another gateway at ", r.Sieve), listed(", gateways ask at ", r.Guard))
	_ = p.stdout.Flush() // who does not read it finds it in the log
	log.Info("ready", "sites", r.Sites, "listen", r.Listen, "plain", r.Plain, "clear", r.Clear, "sieve", r.Sieve, "guard", r.Guard)
	return g.Run(ctx)
}

// listed is a list of addresses after a word, "" where there are none.
func listed(word string, addresses []string) string {
	if len(addresses) == 0 {
		return ""
	}
	return word + strings.Join(addresses, " ")
}

type gatewayStatusCmd struct {
	gatewayFile
	Site string `arg:"" optional:"" help:"One site, as its document names it: with what the attack that runs there took so far."`
	All  bool   `help:"Print every site, and not just those at which something is not as usual."`
	JSON bool   `name:"json" help:"Print one JSON object, for machines."`
}

// Help is the long help.
func (*gatewayStatusCmd) Help() string {
	return `Prints how the gateway on this machine stands: sites at which something is not as usual, each with its stage and why, the
rules in force or in shadow with what was estimated of each and what came of it, rules that were taken back, a stop, and backends that are not up; documents with
faults, which are served as they were before. The exit code is 1 where a site is above observe, stopped, or has a backend that is
not up, or a document has a fault.

Examples:
  evenkeel gateway status
  evenkeel gateway status shop
  evenkeel gateway status --all --json`
}

// Run asks.
func (c *gatewayStatusCmd) Run(ctx context.Context, p *process) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	x, err := edge.AskStatus(ctx, s.Data, c.All)
	if c.Site != "" {
		x, err = edge.AskStatusOf(ctx, s.Data, site.ID(c.Site))
	}
	if err != nil {
		return refused(s.Data, err)
	}
	if c.JSON {
		err = p.line(x)
	} else {
		writeGateway(p.stdout, &x, evenkeel.MomentOf(p.now()))
	}
	if err != nil {
		return err
	}
	if len(x.Faults) > 0 {
		return errFailed
	}
	for i := range x.Standing {
		one := &x.Standing[i]
		for _, b := range one.Backends {
			if b.State != "up" {
				return errFailed
			}
		}
		if one.Stage != string(site.Observe) || one.Stopped != 0 || one.Ordered == evenkeel.MeasureShut.String() && !one.Pressed {
			return errFailed
		}
	}
	return nil
}

func writeGateway(w io.Writer, s *edge.Status, now evenkeel.Moment) {
	fmt.Fprintf(w, "gateway %s, for %s: %s, %s open, %s in flight, %s refused%s%s%s\n", s.Version, lasting(now.Sub(s.Began)), several(s.Sites, "site"),
		several(s.Open, "connection"), several(s.InFlight, "request"), severally(s.Refused, "address", "addresses"), listed(", TLS at ", s.Listen), listed(", to https from ", s.Plain), listed(", without TLS at ", s.Clear))
	for _, x := range []struct {
		of     string
		counts map[string]uint64
	}{{"questions of other gateways", s.Guard}, {"names of good bots", s.Bots}} {
		if len(x.counts) == 0 {
			continue
		}
		var counts []string
		for _, word := range slices.Sorted(maps.Keys(x.counts)) {
			counts = append(counts, fmt.Sprintf("%s %d", word, x.counts[word]))
		}
		fmt.Fprintf(w, "%s: %s\n", x.of, strings.Join(counts, ", "))
	}
	writeJoined(w, s.Control, now)
	writeDropped(w, s.Dropped)
	writeFleet(w, s.Fleet)
	for _, f := range s.Faults {
		fmt.Fprintf(w, "fault: %s\n", f)
	}
	for _, f := range s.Files {
		fmt.Fprintf(w, "%s: %s", f.Path, severally(f.Prefixes, "prefix", "prefixes"))
		if f.Written != 0 {
			fmt.Fprintf(w, ", written %s", at(f.Written))
		}
		fmt.Fprintln(w)
	}
	for i := range s.Standing {
		x := &s.Standing[i]
		fmt.Fprintf(w, "%s of %s: %s", x.Site, x.Tenant, x.Stage)
		if x.Since != 0 {
			fmt.Fprintf(w, " since %s", at(x.Since))
		}
		fmt.Fprintf(w, "; of %d requests within the last second %d were sent to the backends, which failed %d; %.1f requests a second are usual at this hour, and %s; at once %d of at most %d requests are in flight, and %d wait\n",
			x.Offered, x.Passed, x.Failed, x.Usual, bears(x.Capacity), x.InFlight, x.Limit, x.Waiting)
		if x.Stopped != 0 {
			fmt.Fprintf(w, "  stopped by hand until %s\n", at(x.Stopped))
		}
		if x.Decision != "" {
			fmt.Fprintf(w, "  %s\n", orderedOf(x))
		}
		if x.Why != "" {
			fmt.Fprintf(w, "  %s\n", x.Why)
		}
		writeSpent(w, x)
		for _, r := range x.Rules {
			fmt.Fprintf(w, "  rule: %s\n", r)
		}
		for _, r := range x.Back {
			fmt.Fprintf(w, "  rule taken back: %s\n", r)
		}
		for _, b := range x.Backends {
			fmt.Fprintf(w, "  backend %s: %s", b.URL, b.State)
			if b.Why != "" {
				fmt.Fprintf(w, ": %s", b.Why)
			}
			fmt.Fprintln(w)
		}
	}
	if len(s.Standing) == 0 && s.Sites > 0 {
		fmt.Fprintln(w, "every site is as usual")
	}
}

// bears says how much the backends of a site answer, as far as was seen. One request a second is what is taken where nothing is known.
func bears(capacity float64) string {
	if capacity <= 1 {
		return "how many the backends can answer is not known yet"
	}
	return fmt.Sprintf("the backends were seen to answer about %.0f requests a second", capacity)
}

// writeDropped says what the kernel drops, and of whom it does not.
func writeDropped(w io.Writer, d *edge.Dropped) {
	if d == nil {
		return
	}
	if d.Way == "" {
		fmt.Fprintf(w, "nothing is dropped in the kernel: %s\n", d.Why)
		return
	}
	fmt.Fprintf(w, "dropped in the kernel by %s: %s, %s", d.Way, severally(d.Addresses, "address", "addresses"), several(int(d.Packets), "packet"))
	for _, why := range slices.Sorted(maps.Keys(d.Rulings)) {
		fmt.Fprintf(w, "; %s %d", why, d.Rulings[why])
	}
	if d.Stopped != 0 {
		fmt.Fprintf(w, "; very many were to be dropped, so none is until %s", at(d.Stopped))
	}
	if d.Why != "" {
		fmt.Fprintf(w, "; it does not say how many packets: %s", d.Why)
	}
	fmt.Fprintln(w)
}

func writeFleet(w io.Writer, f *edge.FleetStatus) {
	if f == nil {
		return
	}
	fmt.Fprintf(w, "fleet: this is %s at %s, with %.0f %% of what there is for all; %d messages taken, %d late, %d refused, %d lost\n", f.Name, f.Address, 100*f.Part, f.Taken, f.Late, f.Refused, f.Lost)
	for _, e := range f.Edges {
		fmt.Fprintf(w, "  %s at %s: ", cmp.Or(e.Name, "an edge"), cmp.Or(e.Address, "no address"))
		if e.Left {
			fmt.Fprintln(w, "it said goodbye, and nobody waits for it")
			continue
		}
		if !e.Up {
			fmt.Fprintln(w, "not heard")
			continue
		}
		fmt.Fprintf(w, "heard since %s, last %.1f s ago; it has %.0f %%, its clock is ahead by %.1f s\n", at(e.Since), e.Heard, 100*e.Part, e.Ahead)
	}
}

type gatewayReloadCmd struct{ gatewayFile }

// Help is the long help.
func (*gatewayReloadCmd) Help() string {
	return `Has the gateway on this machine read the documents of sites again now, and prints what changed. It does so by itself within
seconds; this is for whoever waits for it. The exit code is 2 where a document has a fault: its sites are served as they were before.

Example:
  evenkeel gateway reload`
}

// Run asks.
func (c *gatewayReloadCmd) Run(ctx context.Context, p *process) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	r, err := edge.Reload(ctx, s.Data)
	if err != nil {
		return refused(s.Data, err)
	}
	fmt.Fprintf(p.stdout, "%s changed, %s served\n", several(r.Changed, "site"), several(r.Sites, "site"))
	if r.Faults != "" {
		return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: r.Faults, Hint: "what has a fault is served as it was before"}
	}
	return nil
}

type gatewayCheckCmd struct {
	Files []string `arg:"" help:"Documents of sites."`
}

// Help is the long help.
func (*gatewayCheckCmd) Help() string {
	return `Says all at once what the gateway would refuse in documents of sites, each with line and column, and whether two claim one name. Nothing
is started and no backend asked. The exit code is 2 where something does not hold.

Example:
  evenkeel gateway check /etc/evenkeel/sites/*.yaml`
}

// Run checks.
func (c *gatewayCheckCmd) Run(p *process) error {
	n, err := edge.CheckSites(c.Files)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s in %s: well\n", several(n, "site"), several(len(c.Files), "file"))
	return nil
}

type gatewayStopCmd struct {
	gatewayFile
	Site string        `arg:"" help:"The site, as its document names it."`
	For  time.Duration `required:"" placeholder:"1h" help:"For how long, 1m to 24h; it ends by itself then."`
	Why  string        `required:"" placeholder:"TEXT" help:"Why, for the log: 1 to 200 bytes on one line."`
}

// Help is the long help.
func (*gatewayStopCmd) Help() string {
	return `Stops one site at the gateway on this machine: until it ends every visitor is refused, with the reason, the end and a way to be heard. Other
sites notice nothing. It is for emergencies that stages do not meet, and is kept over a restart. Connections that were upgraded go
on.

Examples:
  evenkeel gateway stop shop --for 30m --why "leaks customers' orders, the tenant asked for it"
  evenkeel gateway start shop --why "mended"`
}

// Run asks.
func (c *gatewayStopCmd) Run(ctx context.Context, p *process) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	until := evenkeel.MomentOf(p.now()).Add(c.For)
	if err := edge.Stop(ctx, s.Data, edge.Wish{Site: site.ID(c.Site), Until: until, Why: c.Why}); err != nil {
		return refused(s.Data, err)
	}
	fmt.Fprintf(p.stdout, "%s is stopped until %s\n", c.Site, at(until))
	return nil
}

type gatewayStartCmd struct {
	gatewayFile
	Site string `arg:"" help:"The site, as its document names it."`
	Why  string `required:"" placeholder:"TEXT" help:"Why, for the log: 1 to 200 bytes on one line."`
}

// Help is the long help.
func (*gatewayStartCmd) Help() string {
	return `Ends the stop of a site before its time.

Example:
  evenkeel gateway start shop --why "mended"`
}

// Run asks.
func (c *gatewayStartCmd) Run(ctx context.Context, p *process) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	if err := edge.Stop(ctx, s.Data, edge.Wish{Site: site.ID(c.Site), Why: c.Why}); err != nil {
		return refused(s.Data, err)
	}
	fmt.Fprintf(p.stdout, "%s is open\n", c.Site)
	return nil
}

type gatewayRayCmd struct {
	gatewayFile
	Ray string `arg:"" help:"The reference, as the page shows it; hyphens and small letters do not matter."`
}

// Help is the long help.
func (*gatewayRayCmd) Help() string {
	return `Finds the refusal of which somebody reads out the reference: when, at which site, from which address, why and until when. The
gateway remembers the last 65,536 of them since its start.

Example:
  evenkeel gateway ray 7H3-9M2-5RXY`
}

// Run asks.
func (c *gatewayRayCmd) Run(ctx context.Context, p *process) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	x, err := edge.Ray(ctx, s.Data, c.Ray)
	if err != nil {
		return refused(s.Data, err)
	}
	fmt.Fprintf(p.stdout, "%s: at %s, %s was refused at %s: %s", x.Ray, at(x.At), x.From, x.Site, x.Reason)
	if x.Reason == answer.Stopped.String() {
		fmt.Fprintf(p.stdout, ", until %s\nto let visitors in: evenkeel gateway start %s --why TEXT", at(x.Until), x.Site)
	} else if x.Until != 0 {
		fmt.Fprintf(p.stdout, ", until %s\nto let the address in: evenkeel gateway pardon %s --why TEXT", at(x.Until), x.From)
	}
	fmt.Fprintln(p.stdout)
	return nil
}

type gatewayPardonCmd struct {
	gatewayFile
	Address string `arg:"" help:"The address."`
	Why     string `required:"" placeholder:"TEXT" help:"Why, for the log: 1 to 200 bytes on one line."`
}

// Help is the long help.
func (*gatewayPardonCmd) Help() string {
	return `Lets an address in again that is refused because it failed repeatedly at what it was asked. It would end by itself.

Example:
  evenkeel gateway pardon 192.0.2.7 --why "an office behind one address, they called"`
}

// Run asks.
func (c *gatewayPardonCmd) Run(ctx context.Context, p *process) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	if err := edge.Pardon(ctx, s.Data, edge.Wish{Address: c.Address, Why: c.Why}); err != nil {
		return refused(s.Data, err)
	}
	fmt.Fprintf(p.stdout, "%s is let in\n", c.Address)
	return nil
}

type gatewayConfigCmd struct {
	Print gatewayConfigPrintCmd `cmd:"" help:"Print every setting of the gateway with its meaning and default."`
	Check gatewayConfigCheckCmd `cmd:"" help:"Check a file of settings."`
}

type gatewayConfigPrintCmd struct{}

// Help is the long help.
func (*gatewayConfigPrintCmd) Help() string {
	return `What is printed is a file of settings that changes nothing: keep the lines that you change.

Example:
  evenkeel gateway config print > gateway.yaml`
}

// Run prints.
func (*gatewayConfigPrintCmd) Run(p *process) error {
	_, err := p.stdout.WriteString(edge.Text)
	return err
}

type gatewayConfigCheckCmd struct {
	File string `arg:"" help:"The file."`
}

// Help is the long help.
func (*gatewayConfigCheckCmd) Help() string {
	return `Says all at once whatever evenkeel gateway run would refuse at its start, and reads the files that say where visitors come from and
which ranges are good bots'. Nothing is started. The exit code is 2 where a setting does not hold or a file has a fault.

Example:
  evenkeel gateway config check gateway.yaml`
}

// Run checks.
func (c *gatewayConfigCheckCmd) Run(p *process) error {
	f := gatewayFile{c.File}
	s, err := f.settings()
	if err != nil {
		return err
	}
	var faults []string
	for _, x := range s.Files(p.now) {
		if x.Fault != "" {
			faults = append(faults, x.Fault)
			continue
		}
		fmt.Fprintf(p.stdout, "%s: %s\n", x.Path, severally(x.Prefixes, "prefix", "prefixes"))
	}
	if len(faults) > 0 {
		return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: strings.Join(faults, "\n"), Hint: "docs/gateway.md has the forms of such files"}
	}
	for _, dir := range s.Sites {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			fmt.Fprintf(p.stdout, "%s: there is no such folder on this machine, and no site to serve; on the edge: mkdir -p %[1]s\n", dir)
		}
	}
	fmt.Fprintf(p.stdout, "%s: well, with sites in %s\n", c.File, strings.Join(s.Sites, " "))
	return nil
}
