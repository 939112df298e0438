package app

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/kernel"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

// The files of books that are kept in a directory.
const (
	fileBooks  = "books.db"
	fileSecret = "ledger.key"   // signs tree heads; for its owner alone
	filePublic = "ledger.pub"   // whoever has it can check them
	fileHeads  = "ledger.heads" // the signed heads, the oldest first
)

// Keep returns a judge whose books are begun for a directory, which is made where it is not
// there. KindConflict where it has books. They are made aside, and are in the directory once
// Close has put them there: of what does not come to its end nothing is left, and whatever
// ends the process, the directory is free for another attempt. What Close leaves can be read
// with Open.
func Keep(dir string, p Policies) (_ *Judge, err error) {
	dir = filepath.Clean(dir)
	if err := vacant(dir); err != nil {
		return nil, err
	}
	aside, err := beside(dir)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(aside)
		}
	}()
	signer, err := newSigner(aside)
	if err != nil {
		return nil, err
	}
	file, err := create(aside, fileHeads, 0o644, "")
	if err != nil {
		return nil, err
	}
	j, db, err := preside(aside, judge.Parts{Policy: p.Force, Shadow: p.Shadow, Means: onPaper}, signer, file, sqlite.Options{})
	if err != nil {
		return nil, err
	}
	whole := j.end
	j.end = func(at evenkeel.Moment) error {
		err := whole(at)
		if err == nil {
			err = settle(aside, dir)
		}
		if err != nil {
			_ = os.RemoveAll(aside)
		}
		return err
	}
	j.drop = func() error { return cmp.Or(db.Close(), file.Close(), os.RemoveAll(aside)) }
	return j, nil
}

// preside opens the books of a directory and gives them to a judge, beside whose signer and
// file of heads they are kept.
func preside(dir string, parts judge.Parts, signer *ledger.Signer, heads *os.File, o sqlite.Options) (*Judge, *sqlite.DB, error) {
	db, err := sqlite.Open(filepath.Join(dir, fileBooks), o)
	if err != nil {
		return nil, nil, errors.Join(err, heads.Close())
	}
	books := &headed{Books: db, signer: signer, file: heads}
	parts.Books, parts.Head, parts.Bench = books, signer.Sign, db.Staff()
	d, err := judge.New(parts)
	if err == nil {
		err = books.mend()
	}
	if err != nil {
		return nil, nil, errors.Join(err, db.Close(), heads.Close())
	}
	return &Judge{Docket: d, heads: books, head: books.head, end: func(at evenkeel.Moment) error {
		return cmp.Or(books.sign(at), db.Close(), heads.Close())
	}}, db, nil
}

// vacant says whether a directory has no books.
func vacant(dir string) error {
	for _, name := range []string{fileBooks, fileSecret, filePublic, fileHeads} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return &evenkeel.Error{
				Kind: evenkeel.KindConflict, Says: "keep books in " + dir + ": it has books already (" + name + "); expected a directory without",
				Hint: "name another directory; evenkeel case list --books " + dir + " shows what these hold",
			}
		}
	}
	return nil
}

// beside makes the directory in which books are made for another, on the same disk: in it
// where it is there, else next to it.
func beside(dir string) (aside string, err error) {
	in, name := filepath.Dir(dir), filepath.Base(dir)+".partial-*"
	if _, err := os.Lstat(dir); err == nil {
		in, name = dir, ".partial-*"
	}
	if err := os.MkdirAll(in, 0o700); err != nil {
		return "", fileError("make the directory", in, err)
	}
	if aside, err = os.MkdirTemp(in, name); err != nil {
		return "", fileError("make a directory in", in, err)
	}
	return aside, nil
}

// settle puts books where they belong: the whole directory, or, where that is there, file by
// file, the books themselves last.
func settle(aside, dir string) error {
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return renamed(aside, dir)
	}
	if err := vacant(dir); err != nil { // somebody else was faster
		return err
	}
	entries, err := os.ReadDir(aside)
	if err != nil {
		return fileError("read", aside, err)
	}
	var names, there []string
	for _, e := range entries {
		if e.Name() != fileBooks {
			names = append(names, e.Name())
		}
	}
	for _, name := range append(names, fileBooks) {
		to := filepath.Join(dir, name)
		if err := renamed(filepath.Join(aside, name), to); err != nil {
			for _, file := range there { // they would be in the way next time
				_ = os.Remove(file)
			}
			return err
		}
		there = append(there, to)
	}
	return os.Remove(aside)
}

func renamed(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return fileError("put books into", to, err)
	}
	return nil
}

// newSigner makes the keys of a ledger, which has a name that no other has.
func newSigner(dir string) (*ledger.Signer, error) {
	var name [8]byte
	if _, err := rand.Read(name[:]); err != nil {
		return nil, err
	}
	secret, err := ledger.GenerateKey(rand.Reader, "evenkeel-"+hex.EncodeToString(name[:]))
	if err != nil {
		return nil, err
	}
	signer, err := ledger.NewSigner(secret)
	if err != nil {
		return nil, err
	}
	for _, f := range []struct {
		name, text string
		mode       fs.FileMode
	}{{fileSecret, secret, 0o600}, {filePublic, signer.Verifier(), 0o644}} {
		file, err := create(dir, f.name, f.mode, f.text+"\n")
		if err != nil {
			return nil, err
		}
		if err := file.Close(); err != nil {
			return nil, fileError("write", file.Name(), err)
		}
	}
	return signer, nil
}

// create makes a file that is not there.
func create(dir, name string, mode fs.FileMode, text string) (*os.File, error) {
	path := filepath.Join(dir, name)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, mode)
	if err != nil {
		return nil, fileError("make", path, err)
	}
	if _, err := f.WriteString(text); err != nil {
		return nil, fileError("write", path, errors.Join(err, f.Close()))
	}
	return f, nil
}

func fileError(doing, path string, err error) error { return kernel.FileError(doing, path, err) }
