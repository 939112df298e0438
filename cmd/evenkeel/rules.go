package main

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/story"
	"github.com/evenkeel/evenkeel/watch/rule"
	"github.com/evenkeel/evenkeel/watch/rule/builtin"
)

type rulesCmd struct {
	Check     rulesCheckCmd     `cmd:"" help:"Compile rules and play the stories in which they must and must not find something."`
	List      rulesListCmd      `cmd:"" help:"List rules: those that come with the program, or those of a directory."`
	Show      rulesShowCmd      `cmd:"" help:"Print the document of a rule."`
	Precision rulesPrecisionCmd `cmd:"" help:"Print how often each version of a rule was right, and how far a machine may go by it."`
	Promote   rulesPromoteCmd   `cmd:"" help:"Bring a version of a rule to a stage, if it has shown enough for it; or down, at any moment."`
	Backtest  rulesBacktestCmd  `cmd:"" help:"Keep what a version of a rule found over recorded time."`
	Help      rulesHelpCmd      `cmd:"" help:"Explain the language of rules."`
}

type rulesCheckCmd struct {
	Paths []string `arg:"" optional:"" name:"dir|file" help:"Directories or files of rules; none: the rules that come with the program."`
}

// Help is the long help.
func (*rulesCheckCmd) Help() string {
	return `Every mistake is named with file, line and column. Then each rule is played alone: in its "hit" stories it must
make a final finding, in its "miss" stories none. A story is looked for beside the rule, then among those that come
with the program. The exit code is 2 where a rule has a mistake, 1 where it does not do in its stories what it has to.

Examples:
  evenkeel rules check ./rules
  evenkeel rules check my-rule.yaml`
}

// Run checks.
func (c *rulesCheckCmd) Run(p *process) error {
	rules, err := loadRules(c.Paths)
	if err != nil {
		return err
	}
	failed := false
	for _, r := range rules {
		open := story.Text // a shipped rule has no folder that a story could lie in
		if len(c.Paths) > 0 {
			open = openFixture(r)
		}
		if err := story.Prove(r, open); err != nil {
			p.fail(err)
			failed = true
			continue
		}
		fmt.Fprintf(p.stdout, "ok  %s v%d, %s: %s, %s\n", r.ID, r.Version, r.Mode,
			several(len(r.Hit), "hit"), misses(len(r.Miss)))
	}
	if failed {
		return errFailed
	}
	return nil
}

func misses(n int) string {
	if n == 1 {
		return "1 miss"
	}
	return fmt.Sprint(n, " misses")
}

type rulesListCmd struct {
	Paths []string `arg:"" optional:"" name:"dir|file" help:"Directories or files of rules; none: the rules that come with the program."`
}

// Help is the long help.
func (*rulesListCmd) Help() string {
	return `Examples:
  evenkeel rules list
  evenkeel rules list ./rules`
}

// Run lists.
func (c *rulesListCmd) Run(p *process) error {
	rules, err := loadRules(c.Paths)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RULE\tVERSION\tMODE\tABOUT\tFAMILY\tLOOKS FOR")
	for _, r := range rules {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\n", r.ID, r.Version, r.Mode, r.Subject, r.Family, firstLine(r.About))
	}
	return w.Flush()
}

func firstLine(s string) string {
	line, _, more := strings.Cut(strings.TrimSpace(s), "\n")
	if more {
		line += " …"
	}
	return line
}

type rulesShowCmd struct {
	Rules []string `sep:"none" placeholder:"DIR" help:"Look here instead of among the rules that come with the program."`
	ID    string   `arg:"" help:"The rule's id; evenkeel rules list names them."`
}

// Help is the long help.
func (*rulesShowCmd) Help() string {
	return `What is printed is a rule document, to begin one of your own from.

Examples:
  evenkeel rules show crypto-mining
  evenkeel rules show crypto-mining > my-rule.yaml`
}

// Run shows.
func (c *rulesShowCmd) Run(p *process) error {
	rules, err := loadRules(c.Rules)
	if err != nil {
		return err
	}
	known := make([]string, len(rules))
	for i, r := range rules {
		known[i] = r.ID
		if r.ID == c.ID {
			return c.print(p, r)
		}
	}
	return noRule(c.ID, known)
}

// noRule says that there is no such rule, and which one was perhaps meant.
func noRule(id string, known []string) error {
	e := &evenkeel.Error{
		Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("rule %s: not found; there are %s", id, strings.Join(known, ", ")),
	}
	if near := strict.Nearest(id, known); near != "" {
		e.Hint = "did you mean " + near + "?"
	}
	return e
}

func (c *rulesShowCmd) print(p *process, r *rule.Rule) error {
	file, line := splitSource(r.Source)
	var data []byte
	var err error
	if data, err = fs.ReadFile(builtin.FS(), file); err != nil || len(c.Rules) > 0 {
		if own, unread := os.ReadFile(file); unread == nil || err != nil {
			data, err = own, unread
		}
	}
	if err != nil {
		return openError("read rule", file, err)
	}
	fmt.Fprintf(p.stdout, "# %s:%s, SHA-256 %s\n", file, line, r.Digest)
	_, err = p.stdout.Write(data)
	return err
}

type rulesHelpCmd struct{}

// Help is the long help.
func (*rulesHelpCmd) Help() string {
	return `Example:
  evenkeel rules help | less`
}

// Run explains.
func (*rulesHelpCmd) Run(p *process) error {
	_, err := p.stdout.WriteString(rule.Reference())
	return err
}
