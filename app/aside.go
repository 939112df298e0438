package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/whole"
)

// Where what could not be judged lies, and how much of it is kept in each.
const (
	fileAside     = "aside.jsonl"      // findings, assets that changed hands and what sources sent: people are called
	fileAsideActs = "aside-acts.jsonl" // bursts that could not be taken in: whoever announces nonsense calls nobody
	mostAside     = 64 << 20           // bytes
)

// aside is a file of what could not be judged, a line each, until a person removes it or its time is up. What goes
// beyond its bound is counted. Safe for concurrent use.
type aside struct {
	path string
	most int64

	mu     sync.Mutex
	size   int64           // of the file when its lines were counted
	lines  int             // that lie there
	beyond int             // that were not kept since, as the file was full
	last   evenkeel.Moment // when one came last
}

// asideLine is a line of the file.
type asideLine struct {
	At  time.Time `json:"at"`
	Why string    `json:"why"`
	Of  any       `json:"of"`
}

func newAside(path string) *aside { return &aside{path: path, most: mostAside} }

// keep writes down what could not be judged, and why. An error says that it is not kept.
func (a *aside) keep(of any, why error, now evenkeel.Moment) error {
	line, err := json.Marshal(asideLine{now.Time(), why.Error(), of})
	if err != nil {
		return err
	}
	line = append(line, '\n')
	a.mu.Lock()
	defer a.mu.Unlock()
	err = a.count()
	a.last = now
	switch {
	case err != nil:
	case a.size+int64(len(line)) > a.most:
		err = &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "keep a line in " + a.path + ": it is full", Hint: "read it, act on what it says, and remove the file: what comes until then is only counted"}
	default:
		err = a.append(line)
	}
	if err != nil {
		a.beyond++
	}
	return err
}

func (a *aside) append(line []byte) error {
	f, err := os.OpenFile(a.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fileError("open", a.path, err)
	}
	_, err = f.Write(line)
	if err = errors.Join(err, f.Close()); err != nil {
		return fileError("write", a.path, err)
	}
	a.size, a.lines = a.size+int64(len(line)), a.lines+1
	return nil
}

// count sees what a person did with the file since.
func (a *aside) count() error {
	i, err := os.Stat(a.path)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && i.Size() == 0:
		if a.size > 0 {
			a.beyond = 0 // whoever removed it was told how many those were
		}
		a.size, a.lines = 0, 0
		return nil
	case err != nil:
		return fileError("look at", a.path, err)
	case i.Size() == a.size:
		return nil
	}
	text, err := os.ReadFile(a.path)
	if err != nil {
		return fileError("read", a.path, err)
	}
	a.size, a.lines = int64(len(text)), bytes.Count(text, []byte("\n"))
	if a.last == 0 {
		a.last = evenkeel.MomentOf(i.ModTime())
	}
	return nil
}

// waiting returns how many lie there or were not kept, and when the last one came.
func (a *aside) waiting() (n int, last evenkeel.Moment, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	err = a.count()
	return a.lines + a.beyond, a.last, err
}

// forget takes out the lines that are to go, and returns how many those were.
func (a *aside) forget(goes func(at time.Time, tenant evenkeel.TenantID) bool) (n int, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	rest, n, err := a.older(goes)
	if err != nil || n == 0 {
		return 0, err
	}
	if len(rest) == 0 {
		err = os.Remove(a.path)
	} else {
		err = whole.Write(a.path, rest, 0o600)
	}
	if err != nil {
		return 0, fileError("forget lines of", a.path, err)
	}
	return n, nil
}

// older returns the lines that stay, and how many are to go. One that does not say when it was written is as old as
// the file.
func (a *aside) older(goes func(at time.Time, tenant evenkeel.TenantID) bool) (rest []byte, n int, err error) {
	i, err := os.Stat(a.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(a.path)
	}
	if err != nil {
		return nil, 0, fileError("read", a.path, err)
	}
	for line := range bytes.Lines(text) {
		l := struct {
			At time.Time `json:"at"`
			Of struct {
				Tenant evenkeel.TenantID `json:"tenant"`
			} `json:"of"`
		}{At: i.ModTime()}
		_ = json.Unmarshal(line, &l) // what is no such line has no tenant, and goes when it is time
		if goes(l.At, l.Of.Tenant) {
			n++
		} else {
			rest = append(rest, line...)
		}
	}
	return rest, n, nil
}

// writtenBefore says whether a line was written before a moment.
func writtenBefore(m evenkeel.Moment) func(time.Time, evenkeel.TenantID) bool {
	return func(at time.Time, _ evenkeel.TenantID) bool { return at.Before(m.Time()) }
}
