package ledger

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// MaxProof is the longest proof in bytes.
const MaxProof = MaxHead + 2*MaxLeaf + maxPath*(tlog.HashSize*4/3+4)

// maxPath is the most hashes from a leaf to a root: a log has fewer than 2^63 leaves.
const maxPath = 63

// bundled is the first line of a proof.
const bundled = "c2sp.org/tlog-proof@v1"

// Proof shows that a leaf is in the log, to whoever has the log's public key and nothing else.
// Written it is a C2SP tlog-proof: the line "c2sp.org/tlog-proof@v1", "extra" and the leaf in
// base64, "index" and its number, the hashes from the leaf's neighbour up, an empty line, and
// the signed head.
type Proof struct {
	Leaf  []byte
	Index int64
	Path  tlog.RecordProof
	Head  string // signed
}

// Prove makes the proof that leaf n, as it is kept, is under a signed head of the tree. The
// head may be older than the tree. KindNotFound where the head does not reach so far.
func Prove(t Tree, n int64, leaf []byte, signed string) (string, error) {
	head, err := ParseHead(signed, nil)
	if err != nil {
		return "", fmt.Errorf("prove leaf %d: %w", n, err)
	}
	if n < 0 || n >= head.Size {
		return "", &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: fmt.Sprintf("leaf %d under a head over %d leaves: not found", n, head.Size)}
	}
	path, err := tlog.ProveRecord(head.Size, n, t)
	if err != nil {
		return "", fmt.Errorf("prove leaf %d under the head over %d: %w", n, head.Size, err)
	}
	return Proof{leaf, n, path, signed}.String(), nil
}

// String is the proof as text.
func (p Proof) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nextra %s\nindex %d\n", bundled, base64.StdEncoding.EncodeToString(p.Leaf), p.Index)
	for _, h := range p.Path {
		b.WriteString(h.String() + "\n")
	}
	b.WriteString("\n" + p.Head)
	return b.String()
}

// ParseProof reads what String wrote. It checks nothing but the form; KindInvalid where that is
// another one.
func ParseProof(text string) (p Proof, err error) {
	if len(text) > MaxProof {
		return p, evenkeel.Invalid("proof of %d bytes; expected at most %d", len(text), MaxProof)
	}
	top, head, found := strings.Cut(text, "\n\n")
	lines := strings.Split(top, "\n")
	if !found || len(lines) < 3 || lines[0] != bundled {
		return p, evenkeel.Invalid("proof: it begins with %.40q; expected the line %q, extra, index, hashes, and after an empty line a signed head", lines[0], bundled)
	}
	p.Head = head
	extra, isExtra := strings.CutPrefix(lines[1], "extra ")
	if p.Leaf, err = base64.StdEncoding.Strict().DecodeString(extra); err != nil || !isExtra {
		return p, evenkeel.Invalid("proof: its second line is %.40q; expected extra and a leaf in base64", lines[1])
	}
	index, isIndex := strings.CutPrefix(lines[2], "index ")
	if p.Index, err = strconv.ParseInt(index, 10, 64); err != nil || !isIndex || p.Index < 0 || strconv.FormatInt(p.Index, 10) != index {
		return p, evenkeel.Invalid("proof: its third line is %.40q; expected index and a number from 0", lines[2])
	}
	if len(lines)-3 > maxPath {
		return p, evenkeel.Invalid("proof of %d hashes; expected at most %d", len(lines)-3, maxPath)
	}
	for i, s := range lines[3:] {
		h, err := tlog.ParseHash(s)
		if err != nil || h.String() != s {
			return p, evenkeel.Invalid("proof: hash %d is %.60q; expected 32 bytes in base64", i+1, s)
		}
		p.Path = append(p.Path, h)
	}
	return p, nil
}

// Check says what the proof shows: the leaf, and the head that it is under. KindDenied where it
// does not show that, or the head is not signed by the verifier's key; KindInvalid where what is
// in it is no leaf.
func (p Proof) Check(v note.Verifier) (Leaf, Head, error) {
	head, err := ParseHead(p.Head, v)
	if err != nil {
		return Leaf{}, head, err
	}
	if err := head.Includes(p.Path, p.Index, p.Leaf); err != nil {
		return Leaf{}, head, err
	}
	l, err := ParseLeaf(p.Leaf)
	return l, head, err
}

// HeadOf is the signed head in what stands at the foot of a notice: in a proof, or alone.
func HeadOf(foot string) string {
	if strings.HasPrefix(foot, bundled+"\n") {
		_, foot, _ = strings.Cut(foot, "\n\n")
	}
	return foot
}

// ReadOnce is a tree that reads each hash at most once: a head and the proofs under it need
// nearly the same ones.
func ReadOnce(t Tree) Tree { return remembering{t, map[int64]tlog.Hash{}} }

type remembering struct {
	Tree
	read map[int64]tlog.Hash
}

// ReadHashes reads those together that were not read before.
func (r remembering) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var missing []int64
	for _, x := range indexes {
		if _, ok := r.read[x]; !ok {
			missing = append(missing, x)
		}
	}
	if len(missing) > 0 {
		hashes, err := r.Tree.ReadHashes(missing)
		if err != nil {
			return nil, err
		}
		for i, x := range missing {
			r.read[x] = hashes[i]
		}
	}
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = r.read[x]
	}
	return out, nil
}
