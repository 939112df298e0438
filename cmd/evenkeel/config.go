package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/app/config"
)

type configCmd struct {
	Print configPrintCmd `cmd:"" help:"Print every setting of evenkeel serve with its meaning and default."`
	Check configCheckCmd `cmd:"" help:"Check a file of settings, and the files that it names."`
}

type configPrintCmd struct{}

// Help is the long help.
func (*configPrintCmd) Help() string {
	return `What is printed is a file of settings that changes nothing: keep the lines that you change.

Example:
  evenkeel config print > evenkeel.yaml`
}

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
	return `Says all at once whatever evenkeel serve would refuse at its start, and the files that the settings name are read for it: secrets,
the pair for TLS, rules and policies. Each fault is named with its line and column, or with its key. Secrets that others
can read, a certificate that browsers refuse and measures that are never ordered are warnings. Nothing is started, and
whether the addresses are free is not asked. The exit code is 2 where a setting does not hold, also in a file that it names.

Examples:
  evenkeel config print > evenkeel.yaml
  evenkeel config check evenkeel.yaml`
}

// Run checks.
func (c *configCheckCmd) Run(p *process) error {
	d, unfit := readConfig(c.File)
	if d.Data == "" && unfit != nil { // there is no file, or no document in it
		return unfit
	}
	parts := app.Parts{Now: p.now}
	bad := settle(&parts, d)
	parts.Config = d // which is checked whatever is wrong with rules and policies
	warnings, err := app.CheckBeside(&parts, unfit)
	for _, w := range warnings {
		fmt.Fprintln(p.stderr, "warning: "+w)
	}
	if err := errors.Join(unfit, bad, err); err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindInvalid, Err: err, Hint: evenkeel.HintOf(err)} // also where a file is not there
	}
	fmt.Fprintf(p.stdout, "%s: well, with %s\n", c.File, several(len(parts.Rules), "rule"))
	if left := notNamed(parts.Rules); len(left) > 0 {
		fmt.Fprintf(p.stdout, "not in force, though they come with the program: %s\n", strings.Join(left, ", "))
	}
	return nil
}
