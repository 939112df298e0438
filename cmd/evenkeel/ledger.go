package main

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"golang.org/x/mod/sumdb/tlog"
)

type ledgerCmd struct {
	Verify  ledgerVerifyCmd  `cmd:"" help:"Check that what was decided is still as it was sealed."`
	Show    ledgerShowCmd    `cmd:"" help:"Print the leaves of the ledger."`
	Proof   ledgerProofCmd   `cmd:"" help:"Write the proof that a decision was sealed."`
	Cosign  ledgerCosignCmd  `cmd:"" help:"Ask outside witnesses to cosign the newest signed head."`
	Witness ledgerWitnessCmd `cmd:"" help:"Be a witness of the ledgers of others."`

	Witnesses ledgerWitnessesCmd `cmd:"" help:"Print what the witnesses said that evenkeel serve asks."`
}

type ledgerVerifyCmd struct {
	fromBooks
	Key   string `placeholder:"FILE" help:"The public key that heads must be signed with; without it the one that lies with the books."`
	Heads string `placeholder:"FILE" help:"Signed heads to check against, as they were kept elsewhere or stand in notices; without it those that lie with the books."`

	Checkpoint []string `sep:"none" placeholder:"FILE" help:"A signed head that was kept elsewhere: does the log go on with it? May be given again."`
	Proof      string   `placeholder:"FILE" help:"A proof, as a notice has it or evenkeel ledger proof writes it: checked with --key alone, without books."`

	Witnesses string `placeholder:"FILE" help:"With --checkpoint or --proof: who has to have cosigned the head, for each a line of its public key, or of its URL, a space and the key."`
	Quorum    int    `placeholder:"N" help:"How many of the witnesses have to have cosigned; without it all of them."`
}

// Help is the long help.
func (*ledgerVerifyCmd) Help() string {
	return `Each leaf is checked against its hash, the hashes against each other, all of it against the signed heads, what is kept
against what the leaves commit to, and the cases, decisions and flags in use, with the columns that they are found and
counted by, against what was sealed last. Every decision that took effect must have its notice and, where it is enforced,
its order. It needs no network.

The exit code is 0 where all of it fits; 1 where something does not: the first leaf that does not is named; 2 where it
could not be checked: without books, a public key or a single head; 3 where a --checkpoint is of another log.

With --checkpoint only that is checked: that the log begins with the leaves that somebody remembers the signed head of, such
as one that was kept last month or was cosigned by a witness. Two that cannot be of one log are a split view; both roots are
named. With --proof only that is: a leaf is under a signed head. Neither says anything of the rest.

With --witnesses the heads of these have to be cosigned besides, by so many of the witnesses as --quorum says: a log that shows two
histories would have to have all of them with it. It takes no books: the public keys of the log and of the witnesses, from wherever
you trust them. The exit code is 1 where too few have.

The ledger does not cover all that is kept. Timelines, findings and clocks are not sealed, nor what notices and orders
say and what became of them, nor which assets a case names and when it was last heard of: it shows no change of these.

Who can write to the books can write all of them anew, heads and key too. So keep the public key, and heads from time
to time, where others cannot write, and name them here.

Examples:
  evenkeel ledger verify --books ./march
  evenkeel ledger verify --books ./march --key elsewhere/ledger.pub --heads elsewhere/ledger.heads
  evenkeel ledger verify --books ./march --key elsewhere/ledger.pub --checkpoint last-month.txt
  evenkeel ledger verify --proof mine.tlog-proof --key ledger.pub
  evenkeel ledger verify --checkpoint cosigned.txt --key ledger.pub --witnesses witnesses.txt --quorum 2`
}

// unchecked is why a question has no answer, where exit code 1 is one of the answers.
type unchecked struct{ error }

// Unwrap returns the cause.
func (u unchecked) Unwrap() error { return u.error }

// Run verifies.
func (c *ledgerVerifyCmd) Run(ctx context.Context, p *process) error {
	by, err := outsidersOf(c.Witnesses, c.Quorum)
	switch {
	case err != nil:
		return unchecked{err}
	case c.Proof != "":
		return c.proof(p, by)
	case len(c.Checkpoint) > 0:
		return c.recall(ctx, p, by)
	case len(by.keys) > 0:
		return unchecked{evenkeel.Invalid("witnesses, and nothing that they may have cosigned; expected --checkpoint FILE or --proof FILE")}
	}
	r, err := c.verify(ctx)
	if err != nil {
		return unchecked{err}
	}
	printReport(p, &r)
	if r.Fault != nil {
		fmt.Fprintf(p.stderr, "evenkeel: the ledger does not fit: %s\n", r.Fault)
		return errFailed
	}
	return nil
}

// proof checks a proof, for which no books are needed.
func (c *ledgerVerifyCmd) proof(p *process, by outsiders) error {
	if c.Key == "" {
		return unchecked{&evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "a proof is checked against the log's public key; expected --key FILE", Hint: "it lies with the books as ledger.pub"}}
	}
	text, err := textOf("read proof", c.Proof, nil)
	if err != nil {
		return unchecked{err}
	}
	key, err := textOf("read public key", c.Key, nil)
	if err != nil {
		return unchecked{err}
	}
	return checkProof(p, text, key, by)
}

// recall holds remembered heads against the books, or, without any, against each other.
func (c *ledgerVerifyCmd) recall(ctx context.Context, p *process, by outsiders) error {
	var books *app.Books
	own := func() (string, error) {
		return "", evenkeel.Invalid("no public key; expected --key FILE, or books beside which one lies")
	}
	if c.Books != "" || c.Data != "" {
		var err error
		if books, err = c.open(); err != nil {
			return unchecked{err}
		}
		defer books.Close()
		own = books.PublicKey
	}
	key, err := textOf("read public key", c.Key, own)
	if err != nil {
		return unchecked{err}
	}
	heads, signed, err := remembered(c.Checkpoint, key)
	if err != nil {
		return unchecked{err}
	}
	enough := true
	for i := range signed {
		enough = by.check(p, signed[i]) && enough
	}
	if _, _, split := ledger.Split(heads); split || books != nil || len(by.keys) == 0 { // else nothing but the witnesses was asked about
		err = recall(ctx, p, books, heads)
	}
	if err == nil && !enough {
		return errFailed
	}
	return err
}

func (c *ledgerVerifyCmd) verify(ctx context.Context) (r ledger.Report, err error) {
	books, err := c.open()
	if err != nil {
		return r, err
	}
	defer books.Close()
	key, err := textOf("read public key", c.Key, books.PublicKey)
	if err != nil {
		return r, err
	}
	if _, err := ledger.NewVerifier(key); err != nil { // books.Verify does not know which file it was
		return r, fmt.Errorf("read public key %s: %w", cmp.Or(c.Key, "beside the books"), err)
	}
	heads, err := textOf("read heads", c.Heads, books.Heads)
	if err != nil {
		return r, err
	}
	if strings.TrimSpace(heads) == "" {
		return r, &evenkeel.Error{
			Kind: evenkeel.KindNotFound, Says: "read heads " + cmp.Or(c.Heads, "beside the books") + ": there are none; expected at least one signed head",
			Hint: "without one nothing says what the ledger was: name heads that were kept elsewhere with --heads; each notice has one at its foot",
		}
	}
	return books.Verify(ctx, key, heads)
}

// textOf reads a file, or what lies with the books where none is named.
func textOf(doing, file string, own func() (string, error)) (string, error) {
	if file == "" {
		return own()
	}
	text, err := os.ReadFile(file)
	return string(text), openError(doing, file, err)
}

func printReport(p *process, r *ledger.Report) {
	fmt.Fprintf(p.stdout, "leaves    %s fit, root %s\n", amount(r.Leaves), r.Root)
	fmt.Fprintf(p.stdout, "heads     %s fit\n", amount(r.Heads))
	fmt.Fprintf(p.stdout, "contents  %s of what leaves commit to, %s of what is in use\n", amount(r.Contents), amount(r.Rows))
	fmt.Fprintf(p.stdout, "sent      %s of the notices and orders that go with what took effect\n", amount(r.Sent))
	if r.Erased > 0 {
		fmt.Fprintf(p.stdout, "erased    %s cannot be checked any more: the tenant's key is gone\n", amount(r.Erased))
	}
	fmt.Fprintln(p.stdout, "not covered by the ledger: timelines, findings, clocks, breakers, budgets and promotions, credits that nobody granted, what notices and orders say and what became of them, and which assets a case names")
}

type ledgerShowCmd struct {
	fromBooks
	Raw bool `help:"Print each leaf as it was sealed, line by line."`
}

// Help is the long help.
func (*ledgerShowCmd) Help() string {
	return `A leaf holds no personal data and no id: what it is about is committed to under a key of the tenant's. SUBJECT is the
beginning of the commitment to the case, the same for all leaves of a case. BY is what the leaf says; where a person
brought a decision into its state, such as by lifting it, the name comes from the case's timeline, which is not sealed.

Examples:
  evenkeel ledger show --books ./march
  evenkeel ledger show --books ./march --raw`
}

// Run shows.
func (c *ledgerShowCmd) Run(ctx context.Context, p *process) error {
	books, err := c.open()
	if err != nil {
		return err
	}
	defer books.Close()
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	if !c.Raw {
		fmt.Fprintln(w, "LEAF\tAT\tKIND\tFAMILY\tSAYS\tBY\tSUBJECT")
	}
	who, err := books.People(ctx)
	if err != nil {
		return err
	}
	people := turners{books: books, people: who, of: map[evenkeel.CaseID][]evenkeel.Entry{}}
	err = books.Log(ctx, func(log ledger.Log) error {
		for line, err := range log.Lines {
			if err := cmp.Or(err, ctx.Err()); err != nil {
				return err
			}
			if err := c.print(ctx, w, line, people); err != nil {
				return fmt.Errorf("show leaf %d: %w", line.N, err)
			}
		}
		return nil
	})
	return cmp.Or(err, w.Flush())
}

func (c *ledgerShowCmd) print(ctx context.Context, w io.Writer, line ledger.Line, people turners) error {
	if c.Raw {
		_, err := fmt.Fprintf(w, "leaf %d\n%s\n", line.N, line.Leaf)
		return err
	}
	l, err := ledger.ParseLeaf(line.Leaf)
	if err != nil {
		return err
	}
	by := leafBy(&l)
	if l.Kind == ledger.KindDecision {
		person, err := people.who(ctx, line.Content)
		if err != nil {
			return err
		}
		by = cmp.Or(shown(people.people.Name(person)), by)
	}
	_, err = fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", line.N, at(l.At), l.Kind, orNothing(l.Family), leafSays(&l), by, subject(l.Subject))
	return err
}

// turners knows which persons brought decisions into their states, by the timelines of cases.
type turners struct {
	books  *app.Books
	people app.People
	of     map[evenkeel.CaseID][]evenkeel.Entry
}

// who is the person who brought the decision that a leaf commits to into its state; "" where
// nobody did, or nobody can tell any more.
func (t turners) who(ctx context.Context, content []byte) (evenkeel.PersonID, error) {
	var d evenkeel.Decision
	if len(content) == 0 || json.Unmarshal(content, &d) != nil {
		return "", nil
	}
	entries, read := t.of[d.Case]
	if !read {
		f, err := t.books.Folder(ctx, d.Case)
		if err != nil && evenkeel.KindOf(err) != evenkeel.KindNotFound {
			return "", err
		}
		entries = slices.DeleteFunc(f.Entries, func(e evenkeel.Entry) bool { return e.Actor.Person == "" })
		t.of[d.Case] = entries
	}
	for _, e := range entries {
		if e.Kind == evenkeel.EntryDecided && e.Ref == string(d.ID) && e.State == d.State.String() {
			return e.Actor.Person, nil
		}
	}
	return "", nil
}

func orNothing(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// leafSays is what a leaf tells of its kind.
func leafSays(l *ledger.Leaf) string {
	switch l.Kind {
	case ledger.KindDecision:
		says := fmt.Sprintf("%s %s, wanted %s, %s", l.Measure, l.State, l.Wanted, several(l.Assets, "asset"))
		return strings.TrimSuffix(says+", "+l.Mode.String(), ", live")
	case ledger.KindCase:
		return strings.TrimSuffix(l.Case.String()+" "+l.Outcome.String(), " none")
	case ledger.KindPolicy:
		return "in force: " + short(l.Policy)
	case ledger.KindCredit:
		return fmt.Sprintf("%d min, %d.%02d %s", l.Minutes, l.Amount/100, l.Amount%100, l.Currency)
	default:
		return orNothing(l.Act)
	}
}

// leafBy is who it was, where a leaf tells.
func leafBy(l *ledger.Leaf) string {
	switch {
	case l.Kind != ledger.KindDecision && l.Kind != ledger.KindAct:
		return "-"
	case l.Machine:
		return "machine"
	case l.Tenant:
		return "tenant"
	default:
		return "person"
	}
}

func subject(h tlog.Hash) string {
	if h == (tlog.Hash{}) {
		return "-"
	}
	return hex.EncodeToString(h[:4])
}
