package witness

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// Cosignature is that a witness saw a checkpoint, and when.
type Cosignature struct {
	Name string
	At   time.Time
}

// Cosigned returns which of some witnesses cosigned a signed checkpoint, in the order of its lines, each once. An
// error where a line has the key of one of them and not its signature: somebody forged it.
func Cosigned(signed string, by []*Verifier) (all []Cosignature, err error) {
	known := make([]note.Verifier, len(by))
	for i := range by {
		known[i] = by[i]
	}
	n, err := note.Open([]byte(signed), note.VerifierList(known...))
	if _, none := errors.AsType[*note.UnverifiedNoteError](err); none {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cosignatures of a checkpoint: %w", err)
	}
	for _, s := range n.Sigs {
		b, err := base64.StdEncoding.DecodeString(s.Base64)
		if err != nil || len(b) != 4+signatureSize { // it was verified: it has them
			return nil, fmt.Errorf("cosignature of %s of %d bytes; expected %d", s.Name, len(b), 4+signatureSize)
		}
		all = append(all, Cosignature{s.Name, time.Unix(int64(binary.BigEndian.Uint64(b[4:12])), 0).UTC()})
	}
	return all, nil
}
