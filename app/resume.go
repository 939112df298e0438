package app

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/whole"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

// resume returns a judge that goes on with the books in a directory, or begins them where
// there are none. It is for whoever has the directory for itself.
func resume(dir string, parts judge.Parts, o sqlite.Options) (*Judge, *sqlite.DB, error) {
	signer, err := signerIn(dir)
	if err != nil {
		return nil, nil, err
	}
	path := filepath.Join(dir, fileHeads)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, nil, fileError("open", path, err)
	}
	return preside(dir, parts, signer, file, o)
}

// signerIn reads the keys of the ledger. They are made where neither they nor books are there,
// and anew where the process ended before they were whole and nothing was signed with them.
func signerIn(dir string) (*ledger.Signer, error) {
	path := filepath.Join(dir, fileSecret)
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fileError("read", path, err)
	}
	signer, bad := ledger.NewSigner(strings.TrimSpace(string(text)))
	_, err = os.Stat(filepath.Join(dir, fileBooks))
	switch {
	case bad == nil:
		return signer, writeFile(filepath.Join(dir, filePublic), signer.Verifier()+"\n", 0o644)
	case errors.Is(err, fs.ErrNotExist):
		for _, name := range []string{fileSecret, filePublic, fileHeads} {
			if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, fileError("remove", filepath.Join(dir, name), err)
			}
		}
		return newSigner(dir)
	}
	return nil, &evenkeel.Error{
		Kind: evenkeel.KindConflict, Says: "go on with the books in " + dir + ": the key that signs their ledger cannot be read (" + fileSecret + ")", Err: bad,
		Hint: "put the file back from a copy; evenkeel ledger verify shows that the books are whole without it",
	}
}

// writeFile writes a file whole, or leaves it as it was.
func writeFile(path, text string, mode fs.FileMode) error {
	if was, err := os.ReadFile(path); err == nil && string(was) == text {
		return nil
	}
	if err := whole.Write(path, []byte(text), mode); err != nil {
		return fileError("write", path, err)
	}
	return nil
}

const fileRan = "ran" // until when clocks ran out in time

// ran is a mark of that, so that the next process knows how long nobody could be heard.
type ran struct {
	file *os.File
	at   atomic.Int64    // the moment; 0: nobody knows. Errands are judged beside the sweeper
	kept evenkeel.Moment // what the file says
}

// ranEvery is how old the mark may be: much less than what counts as an absence.
const ranEvery = 10 * time.Second

// openRan reads the mark. One that cannot be read is none.
func openRan(path string) (*ran, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fileError("open", path, err)
	}
	text, err := io.ReadAll(io.LimitReader(f, 64))
	if err != nil {
		return nil, errors.Join(fileError("read", path, err), f.Close())
	}
	r := &ran{file: f}
	if at, err := time.Parse(time.RFC3339, strings.TrimSpace(string(text))); err == nil {
		r.at.Store(int64(evenkeel.MomentOf(at)))
	}
	return r, nil
}

// until is until when clocks ran out in time; 0: nobody knows.
func (r *ran) until() evenkeel.Moment { return evenkeel.Moment(r.at.Load()) }

// note marks a moment. Where the loss of power takes the mark, hearings only get more time.
func (r *ran) note(now evenkeel.Moment) error {
	r.at.Store(int64(now))
	if now.Sub(r.kept).Abs() < ranEvery {
		return nil
	}
	if _, err := r.file.WriteAt([]byte(now.Time().UTC().Format(time.RFC3339)+"\n"), 0); err != nil {
		return fileError("write", r.file.Name(), err)
	}
	r.kept = now
	return nil
}
