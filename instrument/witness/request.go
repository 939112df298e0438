package witness

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// The most that a request holds.
const (
	MaxRequest = 64 << 10 // bytes
	maxHashes  = 63       // as the protocol has it
)

// Request is the body of add-checkpoint: a checkpoint, and the proof that it goes on with the
// tree of an older size.
type Request struct {
	Old        int64
	Proof      tlog.TreeProof
	Checkpoint string // signed
}

// String is the request as it is sent.
func (r Request) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "old %d\n", r.Old)
	for _, h := range r.Proof {
		b.WriteString(h.String() + "\n")
	}
	return b.String() + "\n" + r.Checkpoint
}

// ParseRequest reads a request. It does not look into the checkpoint.
func ParseRequest(body string) (r Request, err error) {
	if len(body) > MaxRequest {
		return r, fmt.Errorf("request of %d bytes; expected at most %d", len(body), MaxRequest)
	}
	top, checkpoint, found := strings.Cut(body, "\n\n")
	lines := strings.Split(top, "\n")
	old, isOld := strings.CutPrefix(lines[0], "old ")
	if r.Old, err = strconv.ParseInt(old, 10, 64); err != nil || !isOld || !found || r.Old < 0 || strconv.FormatInt(r.Old, 10) != old {
		return Request{}, fmt.Errorf("request that begins with %.40q; expected old and a size, hashes, and after an empty line a checkpoint", lines[0])
	}
	if len(lines)-1 > maxHashes {
		return Request{}, fmt.Errorf("request with %d hashes; expected at most %d", len(lines)-1, maxHashes)
	}
	for i, s := range lines[1:] {
		h, err := tlog.ParseHash(s)
		if err != nil || h.String() != s {
			return Request{}, fmt.Errorf("request: hash %d is %.60q; expected 32 bytes in base64", i+1, s)
		}
		r.Proof = append(r.Proof, h)
	}
	r.Checkpoint = checkpoint
	return r, nil
}
