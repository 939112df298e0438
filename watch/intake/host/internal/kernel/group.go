package kernel

import (
	"errors"
	"os"
)

// ErrNotHere says that the system has nothing of the kind.
var ErrNotHere = errors.New("this system has neither fanotify nor inotify")

// Group is where events come from. Read is called by one goroutine; the others may be called meanwhile.
type Group interface {
	// Watch has changes of the files in an open folder told and returns the key that its events have.
	Watch(folder *os.File) (key string, err error)
	// WatchPrograms has programs that are started from the file system of an open file told.
	WatchPrograms(on *os.File) error
	// Read waits for events and calls f for each; it returns when there was at least one, or with os.ErrClosed
	// after Close.
	Read(f func(Event)) (bad int, err error)
	// Who says whether events say which process it was.
	Who() bool
	Close() error
}
