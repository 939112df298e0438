package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/policy/builtin"
)

type policyCmd struct {
	Check policyCheckCmd `cmd:"" help:"Read policies and say what is wrong with them."`
	List  policyListCmd  `cmd:"" help:"List the policies that come with the program."`
	Show  policyShowCmd  `cmd:"" help:"Print the document of a policy."`
	Table policyTableCmd `cmd:"" help:"Print what a policy's safeguards say, standing by standing."`
	Law   policyLawCmd   `cmd:"" help:"Print how far a machine may go alone, which no policy changes."`
	Game  policyGameCmd  `cmd:"" help:"Print what an abuser gains at most who plays against a policy."`
	Help  policyHelpCmd  `cmd:"" help:"Explain the language of policies."`
}

type policyCheckCmd struct {
	Policies []string `arg:"" name:"file" help:"Files of policies, or names of those that come with the program."`
}

// Help is the long help.
func (*policyCheckCmd) Help() string {
	return `Mistakes are named with file, line and column. Those of form (an unknown or missing key, a value of the wrong kind)
come first, at most 20 of them together; what the policy says is looked at once its form is right, and what is wrong
with that is then told together. A policy that is accepted is printed with its digest: the name by which decisions and
the ledger know it. The exit code is 2 where a policy has a mistake, 1 where there is none of the name.

Examples:
  evenkeel policy check my-policy.yaml
  evenkeel replay --policy my-policy.yaml --inventory books.jsonl metrics.jsonl`
}

// Run checks.
func (c *policyCheckCmd) Run(p *process) error {
	failed := failure(0)
	for _, name := range c.Policies {
		all, err := loadPolicies([]string{name})
		if err != nil {
			failed = max(failed, failure(p.fail(err)))
			continue
		}
		for _, one := range all {
			fmt.Fprintf(p.stdout, "ok  %s, %s, %s\n", one.ID(), one.Mode(), one.Digest())
		}
	}
	if failed > 0 {
		return failed
	}
	return nil
}

type policyListCmd struct {
	Policies []string `arg:"" optional:"" name:"file" help:"Files of policies; none: those that come with the program."`
}

// Help is the long help.
func (*policyListCmd) Help() string {
	return `Example:
  evenkeel policy list`
}

// Run lists.
func (c *policyListCmd) Run(p *process) error {
	names := c.Policies
	if len(names) == 0 {
		names = builtin.Names()
	}
	all, err := loadPolicies(names)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tPOLICY\tMODE\tSAYS")
	for i, one := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", names[i], one.ID(), one.Mode(), firstLine(one.About()))
	}
	return w.Flush()
}

type policyShowCmd struct {
	Policy string `arg:"" name:"name|file" help:"A name that evenkeel policy list prints, or a file."`
}

// Help is the long help.
func (*policyShowCmd) Help() string {
	return `What is printed is a policy document, to begin one of your own from.

Examples:
  evenkeel policy show default
  evenkeel policy show default > my-policy.yaml`
}

// Run shows.
func (c *policyShowCmd) Run(p *process) error {
	file, text, err := readPolicy(c.Policy)
	if err != nil {
		return err
	}
	one, err := policy.Parse(file, text)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "# %s, %s\n", file, one.Digest())
	_, err = p.stdout.Write(text)
	return err
}

type policyTableCmd struct {
	Policy string `arg:"" optional:"" name:"name|file" default:"default" help:"A name that evenkeel policy list prints, or a file (default ${default})."`
}

// Help is the long help.
func (*policyTableCmd) Help() string {
	return `A safeguard is a question that is asked before an automatic measure. It says permit, protect, unknown or n/a;
protect and unknown both hold the measure back, so what nobody knows never counts against a tenant.

Examples:
  evenkeel policy table
  evenkeel policy table my-policy.yaml`
}

// Run prints the table.
func (c *policyTableCmd) Run(p *process) error {
	all, err := loadPolicies([]string{c.Policy})
	if err != nil {
		return err
	}
	_, err = p.stdout.WriteString(all[0].SafeguardTable())
	return err
}

type policyLawCmd struct{}

// Help is the long help.
func (*policyLawCmd) Help() string {
	return `Example:
  evenkeel policy law`
}

// Run prints the table.
func (*policyLawCmd) Run(p *process) error {
	_, err := p.stdout.WriteString(policy.LawTable())
	return err
}

type policyHelpCmd struct{}

// Help is the long help.
func (*policyHelpCmd) Help() string {
	return `Example:
  evenkeel policy help | less`
}

// Run explains.
func (*policyHelpCmd) Run(p *process) error {
	_, err := p.stdout.WriteString(policy.Reference())
	return err
}
