package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/agent"
)

// hostFile is which settings a command about the agent goes by.
type hostFile struct {
	Config string `placeholder:"FILE" help:"What the agent goes by (default ${host_config} where that is there, else what evenkeel host config print writes)."`
}

// hostConfig is the file of settings that counts where none is named.
const hostConfig = "/etc/evenkeel/host.yaml"

// settingsFile is which file of settings counts: the one that is named, else the standard one; "" is none.
func settingsFile(named, standard string) string {
	if named != "" {
		return named
	}
	if _, err := os.Stat(standard); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return standard // what cannot be looked at is said where it is read
}

// settingsText reads the file of settings that counts, which is "" where there is none; print is the command that writes one.
func settingsText(named, standard, print string) (file string, text []byte, err error) {
	if file = settingsFile(named, standard); file == "" {
		return "", nil, nil
	}
	if text, err = os.ReadFile(file); err == nil {
		return file, text, nil
	}
	if err = openError("read", file, err); evenkeel.KindOf(err) == evenkeel.KindNotFound {
		err = &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: err.Error(), Hint: print + " > " + file + " writes one with every setting at its default"}
	}
	return file, nil, refused("", err)
}

// refused says who may, where the kernel or the agent refused somebody else something in a data directory; other errors stay.
func refused(dir string, err error) error {
	if err == nil || os.Geteuid() == 0 || !errors.Is(err, fs.ErrPermission) && (evenkeel.KindOf(err) != evenkeel.KindDenied || evenkeel.HintOf(err) != "") {
		return err
	}
	hint := "run it as root"
	if dir != "" {
		hint += ", or as the owner of " + dir
	}
	return &evenkeel.Error{Kind: evenkeel.KindDenied, Says: err.Error(), Hint: hint}
}

// settings reads them.
func (f *hostFile) settings() (agent.Settings, error) {
	name, text, err := settingsText(f.Config, hostConfig, "evenkeel host config print")
	switch {
	case err != nil:
		return agent.Settings{}, err
	case name == "":
		return agent.Default(), nil
	}
	return agent.Parse(name, text)
}

// options are what the agent is made by.
func (f *hostFile) options(p *process) (agent.Options, error) {
	s, err := f.settings()
	return agent.Options{Settings: s, Version: build(), Now: p.now, Log: slog.New(slog.NewTextHandler(p.stderr, nil))}, err
}

// typed is the flag again, for commands that are named in hints.
func (f *hostFile) typed() string {
	if f.Config == "" {
		return ""
	}
	return " --config " + f.Config
}

type hostEnrolCmd struct {
	hostFile
	TokenFile string `placeholder:"FILE" default:"-" help:"Where the token is read from; - is standard input (default ${default})."`
}

// Help is the long help.
func (*hostEnrolCmd) Help() string {
	return `Lets this host in at control, once: makes its key, brings the public half there with the token that evenkeel fleet invite
printed, and keeps who control is. The key never leaves this host, and the token is never an argument: whoever lists processes
would read it. Where it fails the same token may be tried again until it was used. A host that has enrolled already goes on
with its key under the name that the new token gives.

Examples:
  evenkeel host enrol
  evenkeel host enrol --token-file ./token --config /etc/evenkeel/host.yaml
  evenkeel fleet invite host-1 | ssh root@host-1 evenkeel host enrol`
}

// mostToken is how much is read as a token, in bytes.
const mostToken = 64 << 10

// Run enrols.
func (c *hostEnrolCmd) Run(ctx context.Context, p *process) error {
	s, err := c.settings()
	if err != nil {
		return err
	}
	text, err := tokenText(p, c.TokenFile, "host enrol")
	if err != nil {
		return err
	}
	e, err := agent.Enrol(ctx, s, text, p.now)
	if err != nil {
		return refused(s.Data, err)
	}
	fmt.Fprintf(p.stdout, "this host is %s to control at %s\nnext: evenkeel host run%s\n", e.Host, strings.Join(e.Addresses, ", "), c.typed())
	return nil
}

// tokenText reads a token from a file, - is standard input.
func tokenText(p *process, file, command string) (string, error) {
	in := p.stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return "", openError("read the token from", file, err)
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, mostToken))
	if err != nil {
		return "", fmt.Errorf("read the token: %w", err)
	}
	if strings.TrimSpace(string(text)) == "" {
		return "", &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: command + ": there is no token; expected one on standard input, or in the file of --token-file",
			Hint: "evenkeel fleet invite NAME makes one, where control runs",
		}
	}
	return string(text), nil
}

type hostRunCmd struct {
	hostFile
}

// Help is the long help.
func (*hostRunCmd) Help() string {
	return `Sees what passes the ports of this host's guests and tells control, second by second; puts what control orders in force where the
guest is, and says what came of it. Needs root, on Linux; at its start it gives up every right that it does not need. Where
the kernel does not take the programs it says so, sees nothing, and holds packets back by nftables.

A line on standard output says when it is ready, the log goes to standard error. As long as control is away what was seen is
kept on the disk, and measures end by themselves. An interrupt or SIGTERM ends it, and everything that is in force stays so
until its end, also where it is killed: started again, it takes over what stands. evenkeel host release lifts by hand.

Examples:
  evenkeel host run
  evenkeel host run --config /etc/evenkeel/host.yaml`
}

// Run runs the agent.
func (c *hostRunCmd) Run(ctx context.Context, p *process) error {
	o, err := c.options(p)
	if err != nil {
		return err
	}
	if err := agent.Confine(); err != nil {
		o.Log.Warn("this process has rights that it does not need", "err", err)
	}
	if o.Keeper, err = c.keeper(); err != nil {
		o.Log.Warn("quotas and pauses do not end if this process is killed", "err", err)
	}
	a, err := agent.OpenProcess(ctx, o)
	if err != nil {
		return fmt.Errorf("host run: %w", refused(o.Settings.Data, err))
	}
	r := a.Ready()
	fmt.Fprintf(p.stdout, "ready: host %s, control %s, %s of %s, packets held back by %s\n",
		r.Host, strings.Join(r.Control, ","), several(r.Ports, "port"), several(r.Guests, "guest"), r.Traffic)
	_ = p.stdout.Flush() // who does not read it finds it in the log
	o.Log.Info("ready", "host", r.Host, "control", r.Control, "ports", r.Ports, "guests", r.Guests, "traffic", r.Traffic)
	return a.Run(ctx)
}

type hostConfigCmd struct {
	Print hostConfigPrintCmd `cmd:"" help:"Print every setting of the agent with its meaning and default."`
	Check hostConfigCheckCmd `cmd:"" help:"Check a file of settings."`
}

type hostConfigPrintCmd struct{}

// Help is the long help.
func (*hostConfigPrintCmd) Help() string {
	return `What is printed is a file of settings that changes nothing: keep the lines that you change.

Example:
  evenkeel host config print > host.yaml`
}

// Run prints.
func (*hostConfigPrintCmd) Run(p *process) error {
	_, err := p.stdout.WriteString(agent.Text)
	return err
}

type hostConfigCheckCmd struct {
	File string `arg:"" help:"The file."`
}

// Help is the long help.
func (*hostConfigCheckCmd) Help() string {
	return `Says all at once whatever evenkeel host run would refuse at its start. Nothing is started and no interface looked at. The exit
code is 2 where a setting does not hold.

Example:
  evenkeel host config check host.yaml`
}

// Run checks.
func (c *hostConfigCheckCmd) Run(p *process) error {
	f := hostFile{c.File}
	s, err := f.settings()
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s: well, with %s and %s\n", c.File, several(len(s.Ports), "pattern"), several(len(s.Guests), "guest"))
	for _, x := range []struct {
		none bool
		says string
	}{
		{len(s.Ports) == 0 && len(s.Guests) == 0, "neither ports nor guests are named: every interface that nobody else claims is nobody's"},
		{len(s.DataPath) == 0, "no data_path is named: nobody is isolated or paused on this host"},
		{s.Canary.Asset == "", "no canary is named: nothing shows here that data is reached, and control orders nothing above limit and throttle"},
	} {
		if x.none {
			fmt.Fprintln(p.stderr, "warning: "+x.says)
		}
	}
	for _, says := range s.SharedAddresses() {
		fmt.Fprintln(p.stderr, "warning: "+says)
	}
	return nil
}

// params are those of a measure, in order.
func paramsOf(m map[string]string) string {
	var all []string
	for k, v := range m {
		all = append(all, k+" "+v)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}
