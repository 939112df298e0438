package app

import (
	"cmp"
	"errors"
	"os"
	"path/filepath"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

// Stage holds books that a story is played on. Unlike those of Keep they are in their
// directory from the beginning, so that they can be read there (Open) while it plays.
type Stage struct {
	books *headed
	db    *sqlite.DB
}

// NewStage begins books in a directory, which is made where it is not there. KindConflict
// where it has books.
func NewStage(dir string) (_ *Stage, err error) {
	if err := vacant(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fileError("make the directory", dir, err)
	}
	defer func() {
		if err != nil { // none of them was there before
			for _, name := range []string{fileBooks, fileSecret, filePublic, fileHeads} {
				_ = os.Remove(filepath.Join(dir, name))
			}
		}
	}()
	signer, err := newSigner(dir)
	if err != nil {
		return nil, err
	}
	heads, err := create(dir, fileHeads, 0o644, "")
	if err != nil {
		return nil, err
	}
	db, err := sqlite.Open(filepath.Join(dir, fileBooks), sqlite.Options{})
	if err != nil {
		return nil, errors.Join(err, heads.Close())
	}
	return &Stage{books: &headed{Books: db, signer: signer, file: heads}, db: db}, nil
}

// Books are the books, for a judge.
func (s *Stage) Books() docket.Books { return s.books }

// Close signs the ledger as it stands and leaves the books. At is the last moment that they
// are about.
func (s *Stage) Close(at evenkeel.Moment) error {
	return cmp.Or(s.books.sign(at), s.db.Close(), s.books.file.Close())
}
