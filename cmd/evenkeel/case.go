package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/instrument/strict"
	"github.com/evenkeel/evenkeel/judge/docket"
)

type caseCmd struct {
	List caseListCmd `cmd:"" help:"List cases in the order in which a person should look at them."`
	Show caseShowCmd `cmd:"" help:"Print all that is kept about a case."`

	Letter caseLetterCmd `cmd:"" help:"Print the letter that would have gone out of a decision in shadow."`

	Answer   caseAnswerCmd   `cmd:"" help:"Pass on what the tenant answered."`
	Appeal   caseAppealCmd   `cmd:"" help:"Pass on that the tenant appeals against a measure."`
	Extend   caseExtendCmd   `cmd:"" help:"Pass on that the tenant asks for more time to answer."`
	Down     caseDownCmd     `cmd:"" help:"Pass on that production is down: people are called at once."`
	Answered caseAnsweredCmd `cmd:"" help:"Pass on that all questions are answered: people are called at once."`
	Told     caseToldCmd     `cmd:"" help:"Say that you told a contact what stands, where its notice reached nobody."`
	Confirm  caseConfirmCmd  `cmd:"" help:"Confirm a contact who came while the case is open, having checked who that is."`
	Approve  caseApproveCmd  `cmd:"" help:"Let a decision that is proposed or held take effect."`
	Refuse   caseRefuseCmd   `cmd:"" help:"Say no to a decision that is proposed or held."`
	Lower    caseLowerCmd    `cmd:"" help:"Put a milder measure in the place of one in force."`
	Lift     caseLiftCmd     `cmd:"" help:"End a measure in force."`
	Renew    caseRenewCmd    `cmd:"" help:"Let what is in force stand longer while a decision is due."`
	Shut     caseShutCmd     `cmd:"" help:"Have a site show its own page at once, with an end and a notice: the emergency stop."`
	Uphold   caseUpholdCmd   `cmd:"" help:"Find that what was appealed stays, with reasons."`
	Propose  caseProposeCmd  `cmd:"" help:"Ask a second person for what takes two, with your own verdict."`
	Verdict  caseVerdictCmd  `cmd:"" help:"Say what you found, where you opened a review or were drawn for it."`
	Recuse   caseRecuseCmd   `cmd:"" help:"Say that you were drawn and cannot decide."`
	Clear    caseClearCmd    `cmd:"" help:"Close a case in the tenant's favour, with a flag or a reason for none."`
	Close    caseCloseCmd    `cmd:"" help:"Close a case with another outcome."`
	XARF     caseXARFCmd     `cmd:"" name:"xarf" help:"Print a report for whoever was attacked, in XARF v4."`
}

// fromBooks is a command's way to books that are only read.
type fromBooks struct {
	Books string `xor:"books" placeholder:"DIR" help:"The directory of the books, as evenkeel replay --books keeps them, …"`
	Data  string `xor:"books" placeholder:"DIR" help:"… or the data directory of evenkeel serve, which may run meanwhile (default ${data_dir})."`
}

// dir is where the books are.
func (b *fromBooks) dir() string { return cmp.Or(b.Books, b.Data, config.Default().Data) }

// open opens the books; whoever calls it closes them.
func (b *fromBooks) open() (*app.Books, error) { return app.Open(b.dir()) }

// reading opens the books for as long as they are read.
func (b *fromBooks) reading(read func(*app.Books) error) error {
	books, err := b.open()
	if err != nil {
		return err
	}
	defer books.Close()
	return read(books)
}

// fromCase is a command's way to one case in books that are only read by it. Whoever looks is named: where a
// process serves the books it writes the look down first.
type fromCase struct {
	fromBooks
	By string `env:"EVENKEEL_PERSON" placeholder:"PERSON" help:"Who looks: the id of a person, as the console shows it, or the name of an account of theirs. Needed while evenkeel serve runs on the directory, which writes the look down."`
}

// look has it written down who looks at a case, where somebody serves the books. Where nobody does they are only read, and nobody can.
func (b *fromCase) look(ctx context.Context, books *app.Books, id evenkeel.CaseID) error {
	dir := b.dir()
	if served, err := app.Served(ctx, dir); !served || err != nil {
		return err
	}
	if err := evenkeel.CheckID("--by", b.By); err != nil {
		return &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "look at case " + shown(id) + ": evenkeel serve runs on " + dir + ", and it is not said who looks", Err: err,
			Hint: "say it with --by or EVENKEEL_PERSON: each look is written down, as at the console, and the tenant can be shown it",
		}
	}
	people, err := books.People(ctx)
	if err != nil {
		return err
	}
	return app.Look(ctx, dir, id, people.Who(b.By))
}

// readingCase is reading, with all that is kept about the case that is meant.
func (b *fromCase) readingCase(ctx context.Context, given string, read func(*app.Books, *docket.Folder) error) error {
	return b.reading(func(books *app.Books) error {
		f, err := b.folderOf(ctx, books, given)
		if err != nil {
			return err
		}
		return read(books, &f)
	})
}

// caseHint says where the ids of cases are printed.
func (b *fromBooks) caseHint() string { return caseHint(b.flags()) }

// flags is how the books were named.
func (b *fromBooks) flags() string {
	if b.Books != "" {
		return "--books " + b.Books
	}
	return "--data " + b.dir()
}

func caseHint(flags string) string {
	return "evenkeel case list " + flags + " prints their ids, with --closed those of closed ones too"
}

type caseListCmd struct {
	fromBooks
	Tenant string `placeholder:"ID" help:"Only those of this tenant."`
	Family string `placeholder:"NAME" help:"Only those under this family of rules."`
	Closed bool   `help:"Closed ones too."`
	JSON   bool   `name:"json" help:"Print a JSON object for each, for machines."`
}

// Help is the long help.
func (*caseListCmd) Help() string {
	return `The order is one of harm and clocks, not of age. First come tenants who are locked (isolate or more is in force) and
have spoken, and of them those who were cleared before; then cases in which nobody carries out a measure that keeps harm
from others; then those who wait for a person; then those who bear a measure that nobody told them of. After that decide, in
this order: the higher measure in force, more that is proposed, the clock that runs out first, the older case. Closed cases
come last, the newest first.
IN FORCE says that a lawful order withholds the data, how many measures nobody carries out, that nobody was told of what is in
force or held, how many measures are only on paper, and how many nobody has confirmed. Times are in UTC.

Examples:
  evenkeel case list --books ./march
  evenkeel case list --books ./march --closed --tenant raisup --json`
}

// Run lists.
func (c *caseListCmd) Run(ctx context.Context, p *process) (err error) {
	books, err := c.open()
	if err != nil {
		return err
	}
	defer books.Close()
	// All at once, and not page by page: a case that moves to the front meanwhile must not be left out.
	rows, err := books.Cases(ctx, docket.Query{Tenant: evenkeel.TenantID(c.Tenant), Family: c.Family, Closed: c.Closed, ByPlace: true})
	if err != nil {
		return err
	}
	if c.JSON {
		for _, r := range rows {
			if err := p.line(rowLineOf(r)); err != nil {
				return err
			}
		}
		return nil
	}
	if len(rows) == 0 {
		fmt.Fprintln(p.stdout, "none")
		return cmp.Or(c.unknownFamily(ctx, p, books), p.unowned(books))
	}
	w, now := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0), evenkeel.MomentOf(p.now())
	fmt.Fprintln(w, "CASE\tTENANT\tFAMILY\tSTATE\tIN FORCE\tPROPOSED\tHELD\tWAITS SINCE\tDUE\tWHAT IS DUE")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%d\t%d\t%s\t%s\t%s\n", r.Case.ID, shown(r.Case.Tenant), r.Case.Family, state(&r.Case), inForce(&r),
			r.Proposed, r.Held, orDash(r.Case.Waiting, now), orDash(r.Due, now), dueKind(r))
	}
	return cmp.Or(w.Flush(), p.unowned(books))
}

// unowned says at the foot of a list of cases of what no case begins, as nobody is known to hold it.
func (p *process) unowned(books *app.Books) error {
	u, err := books.Unowned()
	if err != nil || len(u.Assets) == 0 {
		return err
	}
	names := make([]string, len(u.Assets))
	for i, a := range u.Assets {
		names[i] = shown(a)
	}
	more := ""
	if u.More > 0 {
		more = fmt.Sprintf(" and %d more", u.More)
	}
	_, err = fmt.Fprintf(p.stdout, "no case: rules fire about %s%s, and nobody is known to hold that; tell the inventory whose it is, and it is judged\n", strings.Join(names, ", "), more)
	return err
}

// maxFamilies is how many families are named where no case is under the one that was asked for.
const maxFamilies = 200

// unknownFamily says so where no case is under the family that was asked for.
func (c *caseListCmd) unknownFamily(ctx context.Context, p *process, books *app.Books) error {
	if c.Family == "" {
		return nil
	}
	known, err := books.Families(ctx, docket.Query{Closed: true, Max: maxFamilies})
	if err != nil {
		return err
	}
	switch near := strict.Nearest(c.Family, known); {
	case slices.Contains(known, c.Family) || len(known) == 0:
	case near != "":
		fmt.Fprintf(p.stderr, "hint: no case is under family %s; did you mean %s?\n", shown(c.Family), near)
	default:
		fmt.Fprintf(p.stderr, "hint: no case is under family %s; there are cases under %s\n", shown(c.Family), strings.Join(known, ", "))
	}
	return nil
}

// state is a case's state, and why it is closed.
func state(c *evenkeel.Case) string {
	if c.State == evenkeel.CaseClosed {
		return c.State.String() + ": " + c.Outcome.String()
	}
	return c.State.String()
}

func dueKind(r docket.Row) string {
	word := "-"
	if r.Due != 0 {
		word = dueWord(r.DueKind)
	}
	if r.Asked != "" {
		word += "; a verdict waits for " + shown(r.Asked)
	}
	return word
}

func orDash(m, now evenkeel.Moment) string { return orNothing(near(m, now)) }

// rowLine is a case in a list, as JSON. Fields may be added; none is renamed.
type rowLine struct {
	Type     string           `json:"type"` // case
	Case     evenkeel.Case    `json:"case"`
	Highest  evenkeel.Measure `json:"in_force"`
	Proposed int              `json:"proposed"`
	Held     int              `json:"held"`
	Due      evenkeel.Moment  `json:"due,omitempty"`
	DueKind  string           `json:"due_kind,omitempty"`
	Cleared  bool             `json:"cleared_before"`
	// How many measures in force nobody has confirmed, nobody carries out (of these: those that
	// keep harm from others), and are only written down.
	Unconfirmed int `json:"unconfirmed"`
	Failed      int `json:"failed"`
	Unstopped   int `json:"unstopped"`
	OnPaper     int `json:"on_paper"`
	// How many notices of what is in force or held reached nobody, and of these: those of measures
	// in force that are enforced.
	Untold  int `json:"untold"`
	Unaware int `json:"unaware"`
	// Lawful are the lawful orders in force in the case, by which nobody fetches the tenant's data until their end.
	Lawful []docket.Withholding `json:"lawful"`
	// Whose verdict a review of the case waits for.
	Asked evenkeel.PersonID `json:"asked,omitempty"`
}

func rowLineOf(r docket.Row) rowLine {
	l := rowLine{
		Type: "case", Case: r.Case, Highest: r.Highest, Proposed: r.Proposed, Held: r.Held, Due: r.Due, Cleared: r.Cleared,
		Unconfirmed: r.Unconfirmed, Failed: r.Failed, Unstopped: r.Unstopped, OnPaper: r.OnPaper, Untold: r.Untold, Unaware: r.Unaware, Lawful: some(r.Lawful), Asked: r.Asked,
	}
	if r.Due != 0 {
		l.DueKind = r.DueKind.String()
	}
	return l
}

type caseShowCmd struct {
	fromCase
	JSON bool   `name:"json" help:"Print one JSON object, for machines."`
	Case string `arg:"" help:"${case_id}"`
}

// Help is the long help.
func (*caseShowCmd) Help() string {
	return `Prints what stands, and who does not carry it out; what was known of the tenant before: earlier cases and how they ended,
and its flags; what is due, the next first; what was decided and on which grounds, what waits for a person first; what was
seen, and the timeline. Lawful orders in force stand first, those of other cases of the tenant too. Times are in UTC, to the
second; --json has them in full.

While evenkeel serve runs on the directory the look is an entry of the case, as one at the console is, before anything is
printed. Of books that nobody serves the file is only read: nobody writes down who did, as with any database.

Examples:
  evenkeel case show --books ./march c-mrd7ybxxgc4sflmrmg7qmjq2wi
  evenkeel case show --books ./march --json c-mrd7ybxxgc4sflmrmg7qmjq2wi | jq .decisions`
}

// Run shows.
func (c *caseShowCmd) Run(ctx context.Context, p *process) error {
	return c.readingCase(ctx, c.Case, func(books *app.Books, whole *docket.Folder) error {
		f := blind(*whole)
		if c.JSON {
			return p.line(folderLineOf(f))
		}
		people, err := books.People(ctx)
		if err != nil {
			return err
		}
		v := view{w: p.stdout, now: evenkeel.MomentOf(p.now()), people: people}
		v.folder(&f)
		return nil
	})
}

// folderLine is all that is kept about a case, as JSON. Fields may be added; none is renamed.
type folderLine struct {
	rowLine
	Prior     []evenkeel.Case     `json:"prior"`
	Flags     []evenkeel.Flag     `json:"flags"`
	Clocks    []docket.Clock      `json:"clocks"`
	Decisions []evenkeel.Decision `json:"decisions"`
	Findings  []evenkeel.Finding  `json:"findings"`
	Entries   []evenkeel.Entry    `json:"entries"`
	Notices   []evenkeel.Notice   `json:"notices"`
	Orders    []evenkeel.Order    `json:"orders"`
	// Dispatches are what became of notices and orders, in their order.
	Dispatches []docket.Dispatch `json:"dispatches"`
	Reviews    []docket.Review   `json:"reviews"` // what was found in those that are not over is left out
	// Elsewhere are the lawful orders in force in other cases of the tenant.
	Elsewhere []docket.Withholding `json:"lawful_elsewhere"`
}

func folderLineOf(f docket.Folder) folderLine {
	return folderLine{
		rowLineOf(f.Row), some(f.Prior), some(f.Flags), some(f.Clocks), some(f.Decisions), some(f.Findings), some(f.Entries),
		some(f.Notices), some(f.Orders), some(f.Dispatches), some(f.Reviews), some(f.Elsewhere),
	}
}

// some is a list that is written as one, even where it is empty.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
