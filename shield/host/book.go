package host

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/whole"
	"github.com/evenkeel/evenkeel/shield/host/internal/kernel"
)

// The bounds of a book.
const (
	MostEntries = 4096     // decisions, those that were lifted and have not ended too
	MostBook    = 64 << 20 // bytes
)

// version is the first byte of a book: then 32 bytes of SHA-256 of what follows, then JSON.
const version = 1

const bookName, lockName = "book", "lock"

// entry is what the book says of one decision until it ends.
type entry struct {
	Order  evenkeel.Order  `json:"order"`            // the lift, where it came first
	Lifted bool            `json:"lifted,omitempty"` // whatever comes of this decision is not carried out
	Why    string          `json:"why,omitempty"`    // it was lifted by hand
	Told   string          `json:"told,omitempty"`   // what was said of it last, see telling; "": that all of it is applied
	Took   evenkeel.Moment `json:"took"`             // since boot
	Ends   evenkeel.Moment `json:"ends"`             // since boot
	// Over is when what was lifted by hand was let go of, by the wall clock: that is told whenever control asks. 0: it is not yet.
	Over evenkeel.Moment `json:"over,omitempty"`

	// Before is what the ports of an asset had dropped, by their indices, when its part of the order was first read back.
	Before map[evenkeel.AssetID]map[int]uint64 `json:"before,omitempty"`
}

// page is all of a book. Moments that go by Boot count on the boot that it names.
type page struct {
	Boot    string          `json:"boot"`
	Wrote   evenkeel.Moment `json:"wrote"` // since boot
	Entries []*entry        `json:"entries"`
}

// encode writes a book; the same entries are the same bytes, but for the time.
func (p *page) encode() ([]byte, error) {
	slices.SortFunc(p.Entries, func(a, b *entry) int { return cmp.Compare(a.Order.Decision, b.Order.Decision) })
	return stamp(p)
}

// decode reads a book, or says what is wrong with it.
func decode(b []byte) (*page, error) {
	var p page
	if err := unstamp(b, &p); err != nil {
		return nil, err
	}
	if len(p.Entries) > MostEntries {
		return nil, evenkeel.Invalid("it has %d entries; expected at most %d", len(p.Entries), MostEntries)
	}
	for _, e := range p.Entries {
		if e == nil || e.Order.ID == "" || e.Order.Decision == "" {
			return nil, evenkeel.Invalid("it has an entry without an order")
		}
	}
	return &p, nil
}

// stamp writes a version, a digest and x as JSON.
func stamp(x any) ([]byte, error) {
	text, err := json.Marshal(x)
	if err != nil {
		return nil, &evenkeel.Error{Says: "write what stands on this host", Err: err}
	}
	if len(text) > MostBook {
		return nil, evenkeel.Invalid("what stands on this host would take %d bytes; expected at most %d", len(text), MostBook)
	}
	sum := sha256.Sum256(text)
	return slices.Concat([]byte{version}, sum[:], text), nil
}

// unstamp reads what stamp wrote, or says what is wrong with it.
func unstamp(b []byte, x any) error {
	switch {
	case len(b) < 1+sha256.Size:
		return evenkeel.Invalid("it has %d bytes; expected a version, a digest and what they are of", len(b))
	case b[0] != version:
		return evenkeel.Invalid("its version is %d; expected %d", b[0], version)
	}
	text := b[1+sha256.Size:]
	if sum := sha256.Sum256(text); !bytes.Equal(sum[:], b[1:1+sha256.Size]) {
		return evenkeel.Invalid("its digest does not fit: it was cut off, or changed")
	}
	if err := json.Unmarshal(text, x); err != nil {
		return evenkeel.Invalid("it is nothing that this program wrote: %v", err)
	}
	return nil
}

// here are the entries of a book as they count on the clock of this boot. After another boot an entry has what its
// order says by the wall clock, and no more than it had when the book was written.
func (p *page) here(c *Clock) []*entry {
	now := c.now()
	if p.Boot != c.BootID {
		slices.SortStableFunc(p.Entries, func(a, b *entry) int { return cmp.Compare(a.Took, b.Took) })
		for i, e := range p.Entries {
			e.Ends = c.end(e.Order.Until, e.Ends.Sub(p.Wrote))
			e.Took, e.Before = evenkeel.Moment(i), nil
		}
	}
	return slices.DeleteFunc(p.Entries, func(e *entry) bool { return e.Ends <= now })
}

// openBook reads the book in a folder. A damaged one is moved aside, and why is said; then there are no entries.
func openBook(folder string, c *Clock) (entries []*entry, damaged, err error) {
	name := filepath.Join(folder, bookName)
	b, err := readBounded(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, fileError("read the book of orders", err)
	}
	p, wrong := decode(b)
	if wrong == nil {
		return p.here(c), nil, nil
	}
	aside, err := setAside(name, b)
	if err != nil {
		return nil, nil, err
	}
	return nil, &evenkeel.Error{
		Kind: evenkeel.KindInvalid, Says: "the book of orders was damaged and is set aside as " + aside, Err: wrong,
		Hint: "what stood by it is let go; see in the docket which measures have to be ordered again",
	}, nil
}

// setAside moves a damaged file out of the way, under a name that its content gives it.
func setAside(name string, b []byte) (aside string, err error) {
	sum := sha256.Sum256(b)
	aside = fmt.Sprintf("%s.damaged-%x", name, sum[:4])
	if err = os.Rename(name, aside); err == nil {
		err = whole.Settle(filepath.Dir(name))
	}
	if err != nil {
		return "", fileError("set a damaged file aside", err)
	}
	return aside, nil
}

// readBounded reads a file that is not larger than a book may be.
func readBounded(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(f, MostBook+1+sha256.Size+1))
	return b, errors.Join(err, f.Close())
}

// writeBook puts the book on the disk.
func writeBook(folder string, c *Clock, entries []*entry) error {
	p := page{Boot: c.BootID, Wrote: c.now(), Entries: entries}
	b, err := p.encode()
	if err == nil {
		err = whole.Write(filepath.Join(folder, bookName), b, 0o600)
	}
	if err != nil {
		return fileError("write the book of orders", err)
	}
	return nil
}

// lockFolder takes a folder for this process, until the file is closed or the process ends.
func lockFolder(folder, name string) (*os.File, error) {
	path := filepath.Join(folder, lockName)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fileError("open the lock of the book of orders", err)
	}
	held, err := kernel.Lock(f)
	if err == nil && !held {
		err = f.Truncate(0)
		if err == nil {
			_, err = fmt.Fprintf(f, "process %d, %s", os.Getpid(), name)
		}
	}
	switch {
	case err != nil:
		return nil, errors.Join(fileError("lock the book of orders", err), f.Close())
	case held:
		who, _ := io.ReadAll(io.LimitReader(f, 400))
		_ = f.Close()
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindConflict, Says: fmt.Sprintf("the book of orders in %s is held by %s", folder, cmp.Or(string(who), "another process")),
			Hint: "one agent runs on a host: stop the other, or give this one a folder and ports of its own",
		}
	}
	return f, nil
}

// fileError says what went wrong with a file. It may pass: a disk may be full.
func fileError(doing string, err error) error {
	return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: doing, Hint: "see that the disk has room and that the folder is ours", Err: err}
}

// left is how long an entry stands from a moment on.
func (e *entry) left(now evenkeel.Moment) time.Duration { return max(0, e.Ends.Sub(now)) }
