package witness

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// State is what was cosigned last of a log. The zero value: nothing was.
type State struct {
	Size int64
	Root tlog.Hash
}

// Refusal is why a checkpoint is not cosigned, with the status that the protocol has for it: 400
// malformed, 403 not signed by the log, 404 no such log here, 409 the size is not what was
// cosigned last, or another tree of that size was, 422 it is not shown to go on with it.
type Refusal struct {
	Status int
	Size   int64 // that was cosigned last; of a 409
	Split  bool  // the log signed what cannot be of one log, or could not show that it is
	Says   string
}

// Error is the reason.
func (r *Refusal) Error() string { return r.Says }

func refuse(status int, format string, args ...any) *Refusal {
	return &Refusal{Status: status, Says: fmt.Sprintf(format, args...)}
}

// Checkpoint is a signed tree head, as far as a witness reads it.
type Checkpoint struct {
	Text   string // that is signed
	Origin string
	State
}

// Open reads a checkpoint that has to be signed by its log.
func Open(signed string, log func(origin string) (note.Verifier, bool)) (Checkpoint, *Refusal) {
	text, _, _ := strings.Cut(signed, "\n\n")
	c := Checkpoint{Text: text + "\n"}
	lines := strings.Split(text, "\n")
	if len(lines) < 3 {
		return c, refuse(400, "checkpoint of %d lines; expected an origin, a size and a root", len(lines))
	}
	c.Origin = lines[0]
	v, known := log(c.Origin)
	if !known {
		return c, refuse(404, "log %.60q is not witnessed here", c.Origin)
	}
	n, err := note.Open([]byte(signed), note.VerifierList(v))
	_, unsigned := errors.AsType[*note.UnverifiedNoteError](err)
	_, forged := errors.AsType[*note.InvalidSignatureError](err)
	switch {
	case unsigned || forged:
		return c, refuse(403, "checkpoint of %s without a signature of its log", c.Origin)
	case err != nil || n.Text != c.Text:
		return c, refuse(400, "checkpoint of %s; expected a signed note", c.Origin)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return c, refuse(400, "checkpoint of %s: size %.30q; expected a decimal number", c.Origin, lines[1])
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil || root.String() != lines[2] {
		return c, refuse(400, "checkpoint of %s: root %.60q; expected 32 bytes in base64", c.Origin, lines[2])
	}
	c.State = State{size, root}
	return c, nil
}

// Consider says whether a checkpoint that its log signed may be cosigned, where was is what was
// cosigned of that log last. nil: it may, and c.State has to be kept first.
func Consider(was State, r Request, c Checkpoint) *Refusal {
	switch {
	case r.Old > c.Size:
		return refuse(400, "checkpoint over %d leaves after %d; expected as many or more", c.Size, r.Old)
	case r.Old != was.Size:
		x := refuse(409, "%s: the request is from %d leaves on; what was cosigned last has %d", c.Origin, r.Old, was.Size)
		x.Size = was.Size
		return x
	case r.Old == 0 && len(r.Proof) > 0, r.Old == c.Size && len(r.Proof) > 0:
		return refuse(422, "%s: a proof of %d hashes from %d leaves to %d; expected none", c.Origin, len(r.Proof), r.Old, c.Size)
	case r.Old == c.Size && was.Size > 0 && was.Root != c.Root:
		x := refuse(409, "%s signed two trees of %d leaves: the root %s was cosigned, this one is %s", c.Origin, c.Size, was.Root, c.Root)
		x.Size, x.Split = was.Size, true
		return x
	case c.Size == 0:
		if empty, _ := tlog.TreeHash(0, nil); c.Root != empty {
			return refuse(422, "%s: the empty log with the root %s", c.Origin, c.Root)
		}
		return nil
	case r.Old == 0 || r.Old == c.Size:
		return nil
	}
	if err := tlog.CheckTree(r.Proof, c.Size, c.Root, was.Size, was.Root); err != nil {
		x := refuse(422, "%s: %d leaves with the root %s are not shown to go on with the %d that were cosigned, with the root %s", c.Origin, c.Size, c.Root, was.Size, was.Root)
		x.Split = true
		return x
	}
	return nil
}
