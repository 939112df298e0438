package main

import (
	"context"
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app"
	"github.com/evenkeel/evenkeel/judge/ledger"
)

// exitSplit ends a command that found a log that is not the one that was signed, or two of them.
const exitSplit = 3

// remembered reads the checkpoints that somebody kept, of which each must be signed by the log's key.
// It returns them as they were signed, too.
func remembered(files []string, key string) (heads []ledger.Head, all []string, err error) {
	v, err := ledger.NewVerifier(key)
	if err != nil {
		return nil, nil, err
	}
	for _, file := range files {
		text, err := textOf("read checkpoint", file, nil)
		if err != nil {
			return nil, nil, hinted(err)
		}
		found := app.CutHeads(ledger.HeadOf(text))
		if len(found) == 0 {
			return nil, nil, hinted(evenkeel.Invalid("read checkpoint %s: there is none in it; expected a signed head", file))
		}
		for _, signed := range found {
			h, err := ledger.ParseHead(signed, v)
			if err != nil {
				return nil, nil, hinted(fmt.Errorf("read checkpoint %s: %w", file, err))
			}
			heads, all = append(heads, h), append(all, signed)
		}
	}
	return heads, all, nil
}

// hinted is an error about a checkpoint that says what one is, and whose.
func hinted(err error) error {
	return &evenkeel.Error{
		Kind: evenkeel.KindOf(err), Says: err.Error(),
		Hint: "a checkpoint is a signed head of this log, as the foot of each notice and ledger.heads beside the books have them; of another log, --key names the public key",
	}
}

// recall holds checkpoints that somebody kept against each other and, where there are books,
// against those. It says all of it and ends with exitSplit where one is of another log.
func recall(ctx context.Context, p *process, books *app.Books, heads []ledger.Head) error {
	if a, b, found := ledger.Split(heads); found {
		fmt.Fprintf(p.stderr, "evenkeel: a split view of ledger %s: over %d leaves it signed the root %s at %s and the root %s at %s; "+
			"it showed different logs to different people\n", a.Origin, a.Size, a.Root, at(a.At), b.Root, at(b.At))
		return failure(exitSplit)
	}
	if books == nil {
		return unchecked{&evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "the checkpoints are of different sizes: without the log nobody can tell whether one goes on with the other",
			Hint: "name the books with --books or --data",
		}}
	}
	var all []ledger.Recalled
	err := books.Log(ctx, func(log ledger.Log) (err error) {
		all, err = ledger.Recall(log.Lines, heads)
		return err
	})
	if err != nil {
		return unchecked{err}
	}
	bad := false
	for _, r := range all {
		switch r.Is {
		case ledger.Same:
			fmt.Fprintf(p.stdout, "checkpoint  over %d leaves, signed at %s: the log begins with the same leaves\n", r.Head.Size, at(r.Head.At))
		case ledger.Different:
			bad = true
			fmt.Fprintf(p.stderr, "evenkeel: the log was written anew, or shown differently to others: the checkpoint over %d leaves signed at %s has the root %s; "+
				"as many leaves of these books have the root %s\n", r.Head.Size, at(r.Head.At), r.Head.Root, r.Root)
		case ledger.Shorter:
			bad = true
			fmt.Fprintf(p.stderr, "evenkeel: the log ends before the checkpoint over %d leaves, signed at %s with the root %s: leaves were taken out, or these books are older\n",
				r.Head.Size, at(r.Head.At), r.Head.Root)
		}
	}
	if bad {
		return failure(exitSplit)
	}
	return nil
}
