package main

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/cmd/evenkeel/internal/hostcheck"
	"github.com/evenkeel/evenkeel/cmd/evenkeel/internal/kernel"
	"github.com/evenkeel/evenkeel/lab/feed"
)

// commands are the program's; each field's type has Run.
type commands struct {
	Serve        serveCmd        `cmd:"" help:"Take telemetry in, watch, judge and keep what is decided."`
	Config       configCmd       `cmd:"" help:"Print or check the settings of evenkeel serve."`
	Demo         demoCmd         `cmd:"" help:"Show a company's account locked in 2019, and beside it the same days with Evenkeel."`
	Replay       replayCmd       `cmd:"" help:"Watch recorded telemetry and print what rules find and policy decides; nothing is enforced."`
	Lookback     lookbackCmd     `cmd:"" help:"Look back over your own metrics: who would have been suspected, who left alone, and whom the rule of 2019 would have locked."`
	Convert      convertCmd      `cmd:"" help:"Turn recorded series (CSV and others) into lines that replay reads."`
	Rehearse     rehearseCmd     `cmd:"" help:"Play written stories and compare what happened with what they want."`
	Rules        rulesCmd        `cmd:"" help:"Check, list and show detection rules, and explain their language."`
	Policy       policyCmd       `cmd:"" help:"Check, list and show policies, and explain what a machine may do alone."`
	Case         caseCmd         `cmd:"" help:"List and show cases that were kept, and decide about them."`
	Flag         flagCmd         `cmd:"" help:"List clearances that were kept, grant and end them."`
	Feed         feedCmd         `cmd:"" help:"See which sources send what they did not before, and accept it."`
	Incident     incidentCmd     `cmd:"" help:"See when the platform itself was hurt, and tell those who are touched."`
	Switch       switchCmd       `cmd:"" help:"Hold machines back by kill switches, see what holds them back, and let it go."`
	Credits      creditsCmd      `cmd:"" help:"List what is made good for measures that should not have been, grant and refuse it."`
	Availability availabilityCmd `cmd:"" help:"Show how available tenants' sites were, what that comes to, and what attacks on them cost."`
	Audit        auditCmd        `cmd:"" help:"Look at closed cases that nobody complained about, by lot, and say what you find."`
	Undo         undoCmd         `cmd:"" help:"Undo what a version of a rule let machines do."`
	Staff        staffCmd        `cmd:"" help:"Let somebody into the console who cannot sign in."`
	Tenant       tenantCmd       `cmd:"" help:"List who looked at a tenant's cases, and erase what the ledger knows a tenant by."`
	Rota         rotaCmd         `cmd:"" help:"Print and check who is on call."`
	Shield       shieldCmd       `cmd:"" help:"Have it shown that tenants reach their data, and print what was shown."`
	Fleet        fleetCmd        `cmd:"" help:"Invite hosts, list them, and shut them out."`
	Host         hostCmd         `cmd:"" help:"Be the agent on a host of guests: enrol, run, status, release; look at what of a machine stands open, and put a firewall up that lets go."`
	Gateway      gatewayCmd      `cmd:"" help:"Be the HTTP front of many tenants' sites, where one's flood stays its own; see how they stand."`
	Ledger       ledgerCmd       `cmd:"" help:"Verify and show the log in which decisions are sealed."`
	Bench        benchCmd        `cmd:"" help:"Measure HTTP edges under attack, this one beside others."`
	Report       reportCmd       `cmd:"" help:"Make the public record of a quarter, from the ledger alone."`

	Retention retentionCmd `cmd:"" help:"Say what is kept for how long, and what would be erased now."`
	Reporters reportersCmd `cmd:"" help:"Show how often those who report abuse were right."`
	Schemas   schemasCmd   `cmd:"" help:"Print the JSON Schemas of the events and acts that Evenkeel reads."`
	Version   versionCmd   `cmd:"" help:"Print which build this is."`
	Help      helpCmd      `cmd:"" help:"Explain a command, as its --help does."`

	VersionFlag versionFlag `name:"version" help:"Print which build this is."`
}

type helpCmd struct {
	Command []string `arg:"" optional:"" help:"The command's words, such as rules check; none: the program."`
}

// Help is the long help.
func (*helpCmd) Help() string {
	return `Examples:
  evenkeel help
  evenkeel help rules check`
}

// Run explains.
func (c *helpCmd) Run(k *kong.Context) error {
	_, err := k.Kong.Parse(append(c.Command, "--help"))
	return misused(err)
}

const description = `Abuse defence with due process, for clouds.

  evenkeel serve                                watch and judge, on this machine
  evenkeel rehearse miner                       a story: who did what, and what came of it
  evenkeel replay --inventory books.jsonl metrics.jsonl
  evenkeel replay --books ./march --inventory books.jsonl metrics.jsonl && evenkeel case list --books ./march
  evenkeel rules list
  evenkeel policy table                         what protects whom from a machine

Exit codes: 0 well; 1 not, such as what does not hold, is not there or may not be done; 2 wrong use, or a file that cannot
be read as what it should be; 130 interrupted.

"evenkeel help COMMAND" explains a command with examples.`

// caseID says which case is meant, wherever one is.
const caseID = "The case's id, or its first 6 characters or more; evenkeel case list prints it."

const (
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
	exitUnread      = 141
)

// failure ends a command with this exit code where all has been said already.
type failure int

// Error says nothing new.
func (f failure) Error() string { return "failed" }

const errFailed = failure(exitFailed)

// ended is how kong leaves after help: it would end the process.
type ended struct{ code int }

// run runs the command line and returns the exit code.
func run(ctx context.Context, p *process, args []string) (code int) {
	defer func() {
		if err := p.stdout.Flush(); err != nil && code == 0 {
			code = p.fail(unwritten(err))
		}
	}()
	defer func() {
		if e := recover(); e != nil {
			end, ok := e.(ended)
			if !ok {
				panic(e)
			}
			code = end.code
		}
	}()
	parser, err := kong.New(&commands{},
		kong.Name("evenkeel"), kong.Description(description),
		kong.Writers(p.stdout, p.stderr), kong.Exit(func(code int) { panic(ended{code}) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}), kong.Help(explain),
		vars(),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(p),
	)
	if err != nil {
		return p.fail(err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if err != nil {
		return p.fail(misused(err))
	}
	if err := once(command); err != nil {
		return p.fail(err)
	}
	err = command.Run()
	if err != nil && ctx.Err() != nil {
		err = ctx.Err() // whatever came of being interrupted
	}
	return p.fail(err)
}

// vars are what helps say and the program knows.
func vars() kong.Vars {
	return kong.Vars{"asset_attributes": strings.Join(feed.DefaultAssets(), ", "), "flag_days": strconv.Itoa(evenkeel.MaxFlag), "case_id": caseID, "data_dir": config.Default().Data, "host_state": hostcheck.Folder, "host_config": hostConfig, "gateway_config": gatewayConfig}
}

// unwritten says what was being done when standard output could not be written.
func unwritten(err error) error { return fmt.Errorf("write standard output: %w", err) }

// inFile is how what names a file and a line begins.
var inFile = regexp.MustCompile(`^[^ ]+(:[0-9]+)+: `)

// fail says what went wrong, if anything did, and returns the exit code.
func (p *process) fail(err error) int {
	failed, said := errors.AsType[failure](err)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(p.stderr, "evenkeel: interrupted")
		return exitInterrupted
	case said:
		return int(failed)
	case kernel.ReaderGone(err): // as a shell says it of a program that ended so
		return exitUnread
	}
	// Of several lines those that name a file and line stand alone, so that an editor can jump to them.
	says := seconds(err.Error())
	if first, _, several := strings.Cut(says, "\n"); !several || !inFile.MatchString(first) {
		says = "evenkeel: " + says
	}
	fmt.Fprintln(p.stderr, says)
	if hint := evenkeel.HintOf(err); hint != "" {
		fmt.Fprintln(p.stderr, "hint: "+seconds(hint))
	}
	if _, ok := errors.AsType[unchecked](err); ok {
		return exitUsage
	}
	return evenkeel.KindOf(err).ExitCode()
}

// misused makes an error of the command line one of ours, with a hint; nil stays nil.
func misused(err error) error {
	if err == nil {
		return nil
	}
	var of *kong.Context
	if wrong, ok := errors.AsType[*kong.ParseError](err); ok {
		of = wrong.Context
	}
	return &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: plainly(err.Error()) + longer(of, err.Error()), Hint: explained(of)}
}

// longer names the flag that an unknown one goes on from, such as --dry of --dry-run. Those with a letter wrong, and
// those that begin as the unknown one, the library names itself.
func longer(command *kong.Context, says string) string {
	given, unknown := strings.CutPrefix(says, "unknown flag --")
	if command == nil || !unknown || strings.Contains(given, " ") {
		return ""
	}
	for _, f := range command.Flags() {
		if !f.Hidden && strings.HasPrefix(given, f.Name+"-") {
			return fmt.Sprintf(", did you mean %q?", "--"+f.Name)
		}
	}
	return ""
}

var (
	anyOfNone = strings.NewReplacer(`must be one of "",`, "must be one of ")
	noAddress = regexp.MustCompile(`ParseAddr\((".*")\): .*$`)
)

// plainly is what is wrong with a command line without the words of the libraries that read it.
func plainly(says string) string {
	return noAddress.ReplaceAllString(anyOfNone.Replace(says), "$1 is no address; expected such as 198.51.100.7 or 2001:db8::7")
}

// explained says where the command that was meant is explained, as far as that is known.
func explained(command *kong.Context) string {
	if command != nil {
		if at := command.Selected(); at != nil {
			return "evenkeel help " + at.Path() + " explains it, with an example"
		}
	}
	return "evenkeel --help lists the commands, evenkeel help COMMAND explains one"
}
