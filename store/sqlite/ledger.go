package sqlite

import (
	"context"
	"fmt"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"golang.org/x/mod/sumdb/tlog"
)

// log is the ledger as a transaction sees it.
type log struct{ x *tx }

// Size is how many leaves the log has. Nobody else adds any before the transaction ends.
func (l log) Size() (n int64, err error) {
	if l.x.sized {
		return l.x.size, nil
	}
	_, err = l.x.one(context.Background(), []any{&n}, "SELECT coalesce(max(n) + 1, 0) FROM leaves")
	l.x.size, l.x.sized = n, err == nil
	return n, told("count the leaves of the ledger", err)
}

// ReadHashes returns stored hashes by tlog's index, each from the leaf that it is kept with.
func (l log) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if h, ok := l.x.hashes[x]; ok {
			out[i] = h
			continue
		}
		doing := fmt.Sprintf("read hash %d of the ledger", x)
		n, nth, err := ledger.HashAt(x)
		if err != nil {
			return nil, told(doing, err)
		}
		var h []byte
		found, err := l.x.one(context.Background(), []any{&h}, "SELECT substr(hashes, ?, 32) FROM leaves WHERE n = ?", 1+tlog.HashSize*nth, n)
		switch {
		case err != nil:
			return nil, told(doing, err)
		case !found:
			return nil, notFound("hash of the ledger", fmt.Sprint(x))
		case len(h) != tlog.HashSize:
			return nil, &evenkeel.Error{Says: fmt.Sprintf("%s: leaf %d has no hash %d", doing, n, nth), Hint: hintCorrupt}
		}
		out[i] = tlog.Hash(h)
		l.x.remember(x, out[i])
	}
	return out, nil
}

// remembered is how many hashes of the ledger a session remembers at most, 300 KB: what is sealed next, and its
// proof, need those at the right edge of the tree again and again.
const remembered = 4096

func (s *session) remember(index int64, h tlog.Hash) {
	if s.hashes == nil { // it only reads
		return
	}
	if len(s.hashes) >= remembered {
		clear(s.hashes)
	}
	s.hashes[index] = h
}

func (x *tx) keepSealed(ctx context.Context, c *docket.Changes) error {
	size, err := log{x}.Size()
	switch {
	case err != nil:
		return err
	case c.Sealed.Size != size && (c.Sealed.Size != 0 || len(c.Sealed.Leaves) > 0): // nothing sealed may leave it open
		return &evenkeel.Error{Kind: evenkeel.KindConflict, Says: fmt.Sprintf("leaves were sealed after %d of the ledger, which has %d", c.Sealed.Size, size)}
	case len(c.Sealed.Leaves) == 0:
		return nil
	}
	lines, err := c.Sealed.Lines()
	if err != nil {
		return err
	}
	for _, line := range lines {
		var hashes []byte
		for _, h := range line.Hashes {
			hashes = append(hashes, h[:]...)
		}
		err := x.exec(ctx, "INSERT OR FAIL INTO leaves (n, leaf, hashes) VALUES (?, ?, ?)", line.N, string(line.Leaf), hashes)
		if err == nil && line.Content != nil {
			err = x.exec(ctx, "INSERT OR FAIL INTO contents (n, tenant, body) VALUES (?, ?, ?)", line.N, string(c.Tenant), string(line.Content))
		}
		if err != nil {
			return told(fmt.Sprintf("keep leaf %d of the ledger", line.N), err)
		}
		for nth, h := range line.Hashes {
			x.remember(tlog.StoredHashIndex(0, line.N)+int64(nth), h)
		}
		x.size = line.N + 1
	}
	return nil
}
