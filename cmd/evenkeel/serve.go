package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/app/config"
)

type serveCmd struct {
	Config string `placeholder:"FILE" help:"What to go by; evenkeel config print writes every key with its default. None is needed."`
	Data   string `placeholder:"DIR" help:"The directory of everything that is kept; it is made for its owner alone (default ./evenkeel-data)."`
	Listen string `placeholder:"ADDR" help:"Where the console, /healthz, /readyz and /metrics are (default 127.0.0.1:7070). Port 0: any free port, which is printed."`
	Role   string `placeholder:"ROLES" help:"What of the work to do, with commas between: watch, judge, shield, courier, console (default all). Without shield orders wait, without courier notices do, without console no pages are shown."`
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
	d := config.Default()
	if c.Config != "" {
		var err error
		if d, err = readConfig(c.Config); err != nil {
			return err
		}
	}
	if c.Data != "" {
		d.Data = c.Data
	}
	if c.Listen != "" {
		d.Listen = c.Listen
	}
	parts := app.Parts{Config: d, Now: p.now, Version: build(), Log: slog.New(slog.NewTextHandler(p.stderr, nil))}
	var err error
	if c.Role != "" {
		if parts.Roles, err = app.ParseRoles(c.Role); err != nil {
			return err
		}
	}
	if parts.Rules, err = loadRules(d.Rules); err != nil {
		return err
	}
	policies, err := loadPolicies(d.Policies)
	if err != nil {
		return err
	}
	if parts.Policies, err = app.Choose(policies); err != nil {
		return err
	}
	parts.Ready = func(at app.Addresses) {
		fmt.Fprintf(p.stdout, "console    http://%s\notlp_http  http://%s\notlp_grpc  %s\n", at.Console, at.OTLPHTTP, at.OTLPgRPC)
		if at.SignIn != "" {
			fmt.Fprintf(p.stdout, "sign_in    %s\n", at.SignIn)
		}
		_ = p.stdout.Flush() // who does not read it finds it in the log
	}
	serving, err := app.New(parts)
	if err != nil {
		return err
	}
	return serving.Run(ctx)
}

// readConfig reads a document of settings.
func readConfig(file string) (config.Document, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return config.Document{}, openError("read config", file, err)
	}
	return config.Parse(file, text)
}
