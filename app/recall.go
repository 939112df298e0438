package app

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/checkpoint"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/inventory"
	"github.com/evenkeel/evenkeel/stream"
	"github.com/evenkeel/evenkeel/watch"
)

// secret is the key that identities are made with. It stays the same for ever.
type secret = siphash.Key

// The parts of a checkpoint.
const (
	partEngine    = "engine"
	partInventory = "inventory"
)

func (h *house) path(name string) string { return filepath.Join(h.dir, name) }

// keyIn reads the key of a data directory, or makes it.
func keyIn(dir string) (key secret, err error) {
	path := filepath.Join(dir, "key")
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := rand.Read(key[:]); err != nil {
			return key, err
		}
		return key, writeFile(path, hex.EncodeToString(key[:])+"\n", 0o600)
	case err != nil:
		return key, fileError("read", path, err)
	}
	n, err := hex.Decode(key[:], []byte(strings.TrimSpace(string(text[:min(len(text), 2*len(key)+1)]))))
	if err != nil || n != len(key) {
		return key, &evenkeel.Error{
			Kind: evenkeel.KindConflict, Says: "read " + path + ": it is not a key; expected 32 hex digits",
			Hint: "put the file back from a copy; without it repeats are not recognised: remove it to go on with another key",
		}
	}
	return key, nil
}

// recall restores the newest good checkpoint. Of those that are damaged it says so, and goes
// back to the one before; without any good one all begins anew with the oldest of the log.
func recall(shelf *checkpoint.Shelf, p *Parts, key secret) (recollection, error) {
	w := &p.Config.Watch
	opt := watch.Options{
		Lateness: w.Lateness, Horizon: w.Horizon, Key: key, Subjects: w.Subjects, Lines: w.Lines, TenantShare: w.TenantShare,
		Identities: w.Identities, Held: w.Held,
	}
	all, err := shelf.Positions()
	for _, at := range all {
		m, err := load(shelf, at, p, opt)
		if err == nil {
			p.Log.Info("goes on from a checkpoint", "position", at)
			return m, nil
		}
		if u, unfit := errors.AsType[*watch.Unfit](err); unfit {
			p.Log.Warn("the engine begins afresh: its checkpoint is of other settings", "position", at, "err", u)
			m.at = 0
			m.engine, err = watch.New(p.Rules, opt)
			return m, err
		}
		p.Log.Error("a checkpoint cannot be read; it is set aside and the one before is used", "position", at, "err", err,
			"hint", cmp.Or(evenkeel.HintOf(err), "see whether the disk is damaged"))
		if err := shelf.SetAside(at); err != nil {
			return recollection{}, err
		}
	}
	if len(all) > 0 {
		p.Log.Error("no checkpoint could be read: the engine and the inventory begin empty, with the oldest of the log",
			"hint", "send the inventory again: tenants, assets and payments that are older than the log are not known")
	}
	m := recollection{registry: inventory.New(inventory.Options{})}
	if err == nil {
		m.engine, err = watch.New(p.Rules, opt)
	}
	return m, err
}

// load reads a checkpoint. Under other rules than its own it keeps what is the same.
func load(shelf *checkpoint.Shelf, at uint64, p *Parts, opt watch.Options) (m recollection, err error) {
	m.at = stream.Position(at)
	err = read(shelf, at, partInventory, func(in io.Reader) (err error) {
		m.registry, err = inventory.Restore(in, inventory.Options{})
		return err
	})
	if err != nil {
		return m, err
	}
	err = read(shelf, at, partEngine, func(in io.Reader) (err error) {
		m.engine, err = watch.Restore(in, p.Rules, opt)
		return err
	})
	if u, unfit := errors.AsType[*watch.Unfit](err); !unfit || u.What != "rules" && u.What != "layout" {
		return m, err
	}
	return m, read(shelf, at, partEngine, func(in io.Reader) error {
		engine, kept, err := watch.Adopt(in, p.Rules, opt)
		m.engine = engine
		if err == nil {
			p.Log.Info("the rules are others than before", "unchanged", kept.Whole, "partly", kept.Partly, "anew", kept.Anew)
		}
		return err
	})
}

func read(shelf *checkpoint.Shelf, at uint64, part string, f func(io.Reader) error) error {
	in, err := shelf.Open(at, part)
	if err != nil {
		return err
	}
	return cmp.Or(f(in), in.Close())
}
