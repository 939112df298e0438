package sqlite

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// askedFile names, in the environment of a process that a test starts, the file whose locks it
// asks for: a process is not told of its own.
const askedFile = "EVENKEEL_TEST_BOOKS_ASKED"

// askForLocks fails where nobody holds a lock on the bytes that SQLite locks while it has a file
// open to read (SHARED_FIRST and SHARED_SIZE of its file format).
func askForLocks(path string) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	lock := syscall.Flock_t{Type: syscall.F_WRLCK, Start: 0x40000000 + 2, Len: 510}
	if err := syscall.FcntlFlock(f.Fd(), syscall.F_GETLK, &lock); err != nil {
		return err
	}
	if lock.Type == syscall.F_UNLCK {
		return fmt.Errorf("nobody has a lock on %s", path)
	}
	return nil
}

// TestWhatIsSettledStaysLocked: whoever settles the books keeps SQLite's locks on the file. Without
// them another program that has read it takes itself for the last one, brings in what was written
// lately and removes it, and what is kept from then on is written into nothing.
func TestWhatIsSettledStaysLocked(t *testing.T) {
	path := fileOf(t)
	db := openAt(t, path, Options{})
	put(t, db, 0)
	if err := db.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	other := exec.Command(exe)
	other.Env = append(os.Environ(), askedFile+"="+path)
	if out, err := other.CombinedOutput(); err != nil {
		t.Errorf("another program asks: %v: %s", err, out)
	}
}
