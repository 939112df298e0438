package ledger

import (
	"fmt"

	"github.com/evenkeel/evenkeel"
)

// Fault is the first thing in a log that does not fit.
type Fault struct {
	How How
	// Leaf is the number of the first leaf that does not fit. Where only a stretch can be
	// named, it is the leaves from Leaf up to and without Until; else Until is Leaf + 1. Both
	// are -1 where no leaf is to blame.
	Leaf  int64
	Until int64
	Kind  Kind            // of the leaf as it stands there; 0 where there is none to read
	At    evenkeel.Moment // of the same
	Says  string          // a sentence
}

// String is the fault as one line.
func (f *Fault) String() string {
	switch {
	case f.Leaf < 0:
		return f.Says
	case f.Until > f.Leaf+1:
		return fmt.Sprintf("leaves %d to %d: %s", f.Leaf, f.Until-1, f.Says)
	case f.Kind == 0:
		return fmt.Sprintf("leaf %d: %s", f.Leaf, f.Says)
	default:
		return fmt.Sprintf("leaf %d (%s at %s): %s", f.Leaf, f.Kind, f.At, f.Says)
	}
}

// How is what is wrong.
type How uint8

// What may be wrong with a log.
const (
	Altered        How = iota + 1 // the leaf is not the one that was sealed
	HashAltered                   // the leaf is, and a stored hash is not
	Moved                         // the leaf belongs elsewhere
	Missing                       // the leaf is not there
	Rewritten                     // the leaves fit each other, and not what was signed
	ContentAltered                // what is kept beside the leaf is not what it commits to
	RowAltered                    // what is in use is not what was sealed last, or what stands beside it is not
	Unsent                        // a notice or an order that goes with the leaf is not there, or altered
	HeadUnfit                     // what is given as a signed tree head is none
	Unfit                         // what the leaf commits to cannot be so, by what it says itself (Log.Fits)
)

var hows = [...]string{
	Altered: "altered", HashAltered: "hash_altered", Moved: "moved", Missing: "missing", Rewritten: "rewritten",
	ContentAltered: "content_altered", RowAltered: "row_altered", Unsent: "unsent", HeadUnfit: "head_unfit",
	Unfit: "unfit",
}

// String returns the word, such as "altered".
func (h How) String() string {
	if int(h) >= len(hows) || hows[h] == "" {
		return "invalid"
	}
	return hows[h]
}

// MarshalText writes String.
func (h How) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// faultAt is a fault of one leaf.
func faultAt(n int64, l Leaf, how How, format string, args ...any) *Fault {
	return &Fault{How: how, Leaf: n, Until: n + 1, Kind: l.Kind, At: l.At, Says: fmt.Sprintf(format, args...)}
}
