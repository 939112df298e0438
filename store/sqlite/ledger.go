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

// Size is how many leaves the log has.
func (l log) Size() (n int64, err error) {
	_, err = l.x.one(context.Background(), []any{&n}, "SELECT coalesce(max(n) + 1, 0) FROM leaves")
	return n, told("count the leaves of the ledger", err)
}

// ReadHashes returns stored hashes by tlog's index, each from the leaf that it is kept with.
func (l log) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
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
	}
	return out, nil
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
	}
	return nil
}
