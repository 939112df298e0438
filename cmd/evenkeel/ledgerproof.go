package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/ledger"
)

type ledgerProofCmd struct {
	fromBooks
	Decision string `required:"" xor:"what" placeholder:"ID" help:"The decision, by its whole id: the proof is of the state that it came into last, …"`
	Notice   string `required:"" xor:"what" placeholder:"ID" help:"… or the notice, by its whole id: of the decision, or the end of the case, that it tells of, …"`
	Leaf     *int64 `required:"" xor:"what" placeholder:"N" help:"… or the leaf, by its number, as evenkeel ledger show prints it."`
	Out      string `placeholder:"FILE" help:"Write the proof into this file instead of printing it."`
}

// Help is the long help.
func (*ledgerProofCmd) Help() string {
	return `The proof that a decision was sealed, under the newest signed head that covers it: a C2SP tlog-proof, in which the leaf, its
number, the hashes up to the root and the signed head stand. It needs no books to be checked, only the log's public key. It
holds no personal data. Notices carry such a proof themselves.

Examples:
  evenkeel ledger proof --data ./data --decision d-ujpxgtkyw6krtqg6gjozkcyaxe --out mine.tlog-proof
  evenkeel ledger verify --proof mine.tlog-proof --key ledger.pub`
}

// Run proves.
func (c *ledgerProofCmd) Run(ctx context.Context, p *process) error {
	var text string
	err := c.reading(func(books *app.Books) (err error) {
		text, err = c.prove(ctx, books)
		return err
	})
	if err != nil {
		return err
	}
	if c.Out == "" {
		_, err := io.WriteString(p.stdout, text)
		return err
	}
	file, err := replace("write proof", c.Out)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(file, text); err != nil {
		file.drop()
		return openError("write proof", c.Out, err)
	}
	return file.keep()
}

func (c *ledgerProofCmd) prove(ctx context.Context, books *app.Books) (string, error) {
	if id := c.Decision + c.Notice; c.Leaf == nil && !whole(id) {
		return "", &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("prove that %s was sealed: the id is not whole; expected all of it, %d letters and digits behind its kind", c.what(), wholeID),
			Hint: "evenkeel case show prints the ids of a case's decisions and notices whole",
		}
	}
	head, err := books.NewestHead()
	if err != nil {
		return "", err
	}
	n, leaf := int64(-1), []byte(nil)
	var tree *ledger.Copy
	err = books.Log(ctx, func(log ledger.Log) (err error) {
		tree, err = ledger.CopyOf(log.Lines, func(line ledger.Line) error {
			if c.means(&line) {
				n, leaf = line.N, line.Leaf
			}
			return ctx.Err()
		})
		return err
	})
	if err != nil {
		return "", err
	}
	if n < 0 {
		return "", &evenkeel.Error{
			Kind: evenkeel.KindNotFound, Says: "prove that " + c.what() + " was sealed: no leaf is known to be about it",
			Hint: "evenkeel ledger show lists the leaves; where the tenant's key was erased, nobody can tell any more which is whose, and --leaf N proves one by its number",
		}
	}
	return ledger.Prove(tree, n, leaf, head)
}

func (c *ledgerProofCmd) what() string {
	switch {
	case c.Decision != "":
		return "decision " + c.Decision
	case c.Notice != "":
		return "notice " + c.Notice
	default:
		return fmt.Sprintf("leaf %d", *c.Leaf)
	}
}

// means says whether a leaf is what is asked for, by what is kept beside it.
func (c *ledgerProofCmd) means(line *ledger.Line) bool {
	if c.Leaf != nil {
		return line.N == *c.Leaf
	}
	l, err := ledger.ParseLeaf(line.Leaf)
	if err != nil || len(line.Content) == 0 {
		return false
	}
	var is struct {
		ID string `json:"id"`
	}
	if json.Unmarshal(line.Content, &is) != nil {
		return false
	}
	switch l.Kind {
	case ledger.KindDecision:
		d := evenkeel.DecisionID(is.ID)
		return is.ID == c.Decision || c.Notice != "" && string(evenkeel.NewNoticeID(d, l.State)) == c.Notice
	case ledger.KindCase:
		return c.Notice != "" && l.Case == evenkeel.CaseClosed && string(evenkeel.NewClosingID(evenkeel.CaseID(is.ID), l.At)) == c.Notice
	default:
		return false
	}
}

// checkProof says what a proof shows, without books.
func checkProof(p *process, text, key string, by outsiders) error {
	v, err := ledger.NewVerifier(key)
	if err != nil {
		return unchecked{err}
	}
	proof, err := ledger.ParseProof(text)
	if err != nil {
		return unchecked{err}
	}
	l, head, err := proof.Check(v)
	if err != nil {
		fmt.Fprintf(p.stderr, "evenkeel: the proof does not hold: %v\n", err)
		return errFailed
	}
	fmt.Fprintf(p.stdout, "leaf      %d of %d under the head of ledger %s, signed at %s\n", proof.Index, head.Size, head.Origin, at(head.At))
	fmt.Fprintf(p.stdout, "sealed    at %s: %s, %s, by %s\n", at(l.At), l.Kind, leafSays(&l), leafBy(&l))
	for _, line := range strings.Split(strings.TrimSuffix(string(proof.Leaf), "\n"), "\n") {
		fmt.Fprintln(p.stdout, "  "+line)
	}
	fmt.Fprintln(p.stdout, "root      "+head.Root.String())
	if !by.check(p, proof.Head) {
		return errFailed
	}
	return nil
}
