package main

import (
	"errors"
	"fmt"

	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/app/config"
)

type configCmd struct {
	Print configPrintCmd `cmd:"" help:"Print every setting of evenkeel serve with its meaning and default."`
	Check configCheckCmd `cmd:"" help:"Check a file of settings, and the rules and policies that it names."`
}

type configPrintCmd struct{}

// Run prints.
func (*configPrintCmd) Run(p *process) error {
	_, err := p.stdout.WriteString(config.Text)
	return err
}

type configCheckCmd struct {
	File string `arg:"" help:"The file."`
}

// Help is the long help.
func (*configCheckCmd) Help() string {
	return `Each fault is named with its line and column, or with its key. Nothing is started.

Examples:
  evenkeel config print > evenkeel.yaml
  evenkeel config check evenkeel.yaml`
}

// Run checks.
func (c *configCheckCmd) Run(p *process) error {
	d, err := readConfig(c.File)
	if err != nil {
		return err
	}
	rules, badRules := loadRules(d.Rules)
	policies, badPolicies := loadPolicies(d.Policies)
	if err := errors.Join(d.Reachable(), badRules, badPolicies); err != nil {
		return err
	}
	if _, err := app.Choose(policies); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s: well, with %s\n", c.File, several(len(rules), "rule"))
	return nil
}
