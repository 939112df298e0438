package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/availability"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

// Books are books in a directory that are only read, while somebody may write them.
type Books struct {
	docket.Pages
	db  *sqlite.DB
	dir string
}

// Open opens the books in a directory. KindNotFound where there are none.
func Open(dir string) (*Books, error) {
	path := filepath.Join(dir, fileBooks)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindNotFound, Says: "open books in " + dir + ": there are none; expected a directory with " + fileBooks,
			Hint: "expected is the data directory of evenkeel serve, which keeps its books there, or one in which evenkeel replay --books DIR kept them",
		}
	}
	db, err := sqlite.OpenReadOnly(path)
	if err != nil {
		return nil, err
	}
	return &Books{Pages: db, db: db, dir: dir}, nil
}

// Close ends the reading.
func (b *Books) Close() error { return b.db.Close() }

// Board is what holds machines back.
func (b *Books) Board(ctx context.Context) (docket.Board, error) { return b.db.Board(ctx) }

// Stands are what machines let stand.
func (b *Books) Stands(ctx context.Context, q docket.Standing) ([]evenkeel.Decision, error) {
	return b.db.Stands(ctx, q)
}

// RecentPages are the pages that were written last.
func (b *Books) RecentPages(ctx context.Context, most int) ([]docket.Calling, error) {
	return b.db.RecentPages(ctx, most)
}

// Log calls f with the ledger, as of one moment.
func (b *Books) Log(ctx context.Context, f func(ledger.Log) error) error { return b.db.Log(ctx, f) }

// PublicKey is the key that lies with the books.
func (b *Books) PublicKey() (string, error) { return b.text("read public key", filePublic) }

// Heads are the signed heads that lie with the books.
func (b *Books) Heads() (string, error) { return b.text("read heads", fileHeads) }

func (b *Books) text(doing, name string) (string, error) {
	path := filepath.Join(b.dir, name)
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fileError(doing, path, err)
	}
	return string(text), nil
}

// CutHeads cuts a text of signed heads, as Heads returns it, into them.
func CutHeads(text string) []string { return heads(text) }

// NewestHead is the signed head that was written down last. KindNotFound where there is none.
func (b *Books) NewestHead() (string, error) {
	text, err := b.Heads()
	if err != nil {
		return "", err
	}
	all := heads(text)
	if len(all) == 0 {
		return "", &evenkeel.Error{
			Kind: evenkeel.KindNotFound, Says: "read heads in " + b.dir + ": none was signed yet",
			Hint: "one is signed with each notice, and when evenkeel serve ends",
		}
	}
	return all[len(all)-1], nil
}

// Verify holds the ledger against itself, the values in use and a text of signed heads, which
// must be signed by a public key.
func (b *Books) Verify(ctx context.Context, publicKey, signed string) (r ledger.Report, err error) {
	v, err := ledger.NewVerifier(publicKey)
	if err != nil {
		return r, err
	}
	err = b.Log(ctx, func(log ledger.Log) (err error) {
		log.Fits = judge.DrawAgain()
		r, err = ledger.Verify(log, heads(signed), v)
		return err
	})
	return r, err
}

// Learned is what became of cases, by rule, then version.
func (b *Books) Learned(ctx context.Context) ([]docket.Learned, error) { return b.db.Learned(ctx) }

// Promoted is where each version of each rule stands, by rule, then version; of older books nothing.
func (b *Books) Promoted(ctx context.Context) ([]docket.Promoted, error) { return b.db.Promoted(ctx) }

// Audits are the cases that are looked at by lot, those drawn last first.
func (b *Books) Audits(ctx context.Context) ([]docket.Audit, error) { return b.db.AllAudits(ctx, 0) }

// Credits are what tenants are owed, were granted and refused, those that were closed last first.
func (b *Books) Credits(ctx context.Context) ([]docket.Credit, error) { return b.db.AllCredits(ctx, 0) }

// Reporters says how often those who report abuse were right, those of whom most is known first.
func (b *Books) Reporters(ctx context.Context, most int) ([]docket.Precision, error) {
	return b.db.Reporters().All(ctx, most)
}

// Sites is what came to sites of tenants.
func (b *Books) Sites() availability.Record { return b.db.Sites() }
