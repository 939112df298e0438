package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/app/config"
)

type serveCmd struct {
	Config string `placeholder:"FILE" help:"What to go by; evenkeel config print writes every key with its default. None is needed."`
	Data   string `placeholder:"DIR" help:"The directory of everything that is kept; it is made for its owner alone (default ${data_dir})."`
	Listen string `placeholder:"ADDR" help:"Where the console, /healthz, /readyz and /metrics are (default 127.0.0.1:7070). Port 0: any free port, which is printed."`
	Role   string `placeholder:"ROLES" help:"What of the work to do, with commas between (default all): watch and judge, which have to be there, and any of shield, courier and console. Without shield orders wait, without courier notices do, without console no pages are shown."`
}

// Help is the long help.
func (*serveCmd) Help() string {
	return `Takes telemetry in, watches, judges, and keeps cases, decisions, notices and orders in the data directory; has orders
carried out and tenants told; shows all of it in a console. It needs no configuration, no root and no network, and listens
on this machine only. As long as no receiver is configured (shield.webhook) orders are written down and nobody carries them
out; as long as no mail server is (courier.mail), mails are written into a folder and nobody gets them.

  127.0.0.1:7070   console, pages of tenants, /healthz, /readyz, /metrics
  127.0.0.1:4318   OTLP metrics over HTTP, Prometheus remote write, CloudEvents
  127.0.0.1:4317   OTLP metrics over gRPC

Where it listens goes to standard output as soon as senders are let in, the log to standard error; as long as nobody has
enrolled, both show a link that signs you in, once (evenkeel staff link makes another). An interrupt or
SIGTERM ends it within seconds, a second one at once; nothing that was acknowledged is lost, however it ends.

Examples:
  evenkeel serve
  evenkeel serve --data ./data --listen 127.0.0.1:0
  evenkeel config print > evenkeel.yaml && evenkeel serve --config evenkeel.yaml
  evenkeel case list --books ./evenkeel-data`
}

// Run serves.
func (c *serveCmd) Run(ctx context.Context, p *process) error {
	parts, err := c.parts(p)
	if err != nil {
		return err
	}
	warnings, err := app.Check(&parts)
	if err != nil {
		return err
	}
	for _, w := range warnings {
		parts.Log.Warn(w)
	}
	parts.Ready = func(at app.Addresses) {
		site := "http://"
		if parts.Config.Secure() {
			site = "https://"
		}
		for _, x := range []struct{ name, before, at string }{
			{"console", site, at.Console}, {"otlp_http", "http://", at.OTLPHTTP}, {"otlp_grpc", "", at.OTLPgRPC},
			{"reports", site, at.Reports}, {"hosts", "", at.Hosts}, {"lmtp", "", at.LMTP}, {"smtp", "", at.SMTP}, {"sign_in", "", at.SignIn},
		} {
			if x.at != "" {
				fmt.Fprintf(p.stdout, "%-9s  %s%s\n", x.name, x.before, x.at)
			}
		}
		_ = p.stdout.Flush() // who does not read it finds it in the log
	}
	serving, err := app.New(parts)
	if err != nil {
		return err
	}
	return serving.Run(ctx)
}

// parts are what is served, as the settings and the command line say.
func (c *serveCmd) parts(p *process) (parts app.Parts, err error) {
	d := config.Default()
	if c.Config != "" {
		if d, err = readConfig(c.Config); err != nil {
			return parts, err
		}
		if parts.Settings, err = filepath.Abs(c.Config); err != nil {
			return parts, err
		}
	}
	if c.Listen != "" {
		if err := config.CheckAddress("--listen", c.Listen); err != nil {
			return parts, err
		}
		d.Listen = c.Listen
	}
	d.Data = cmp.Or(c.Data, d.Data)
	if c.Role != "" {
		if parts.Roles, err = app.ParseRoles(c.Role); err != nil {
			return parts, err
		}
	}
	err = settle(&parts, d)
	parts.Now, parts.Version, parts.Log = p.now, build(), slog.New(slog.NewTextHandler(p.stderr, nil))
	return parts, err
}

// settle takes settings in, and loads what they name.
func settle(parts *app.Parts, d config.Document) error {
	rules, badRules := loadRules(d.Rules)
	policies, badPolicies := loadPolicies(d.Policies)
	if err := errors.Join(badRules, badPolicies); err != nil {
		return err
	}
	var err error
	parts.Config, parts.Rules = d, rules
	if parts.Policies, err = app.Choose(policies); err != nil {
		return err
	}
	return parts.Policies.Fit(rules)
}

// readConfig reads a document of settings.
func readConfig(file string) (config.Document, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		if err = openError("read config", file, err); evenkeel.KindOf(err) == evenkeel.KindNotFound {
			err = &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: err.Error(), Hint: "evenkeel config print > " + file + " writes one with every setting at its default"}
		}
		return config.Document{}, err
	}
	return config.Parse(file, text)
}
