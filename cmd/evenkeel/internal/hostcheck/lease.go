package hostcheck

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/evenkeel/evenkeel/instrument/baseline"
	"github.com/evenkeel/evenkeel/instrument/whole"
)

// lease is what is noted while a firewall waits to be confirmed.
type lease struct {
	ID     string        `json:"id"`
	Undo   string        `json:"undo"` // what nft -f is given when it ends
	Wall   baseline.Wall `json:"wall"`
	After  time.Duration `json:"after_ns"`
	Until  time.Time     `json:"until"` // by the clock on the wall, for people and for what a dead keeper left
	Netns  string        `json:"netns"` // of whoever put it up: the rules are of one network namespace
	Keeper string        `json:"keeper"`
}

// Folder is where leases are noted. It is gone after a restart, as the rules are.
const Folder = "/run/evenkeel"

func leasePath(dir string) string { return filepath.Join(dir, "baseline-lease.json") }

func newID() string {
	var id [8]byte
	_, _ = rand.Read(id[:]) // never fails: crypto/rand ends the process instead
	return hex.EncodeToString(id[:])
}

func (l *lease) write(dir string) error {
	text, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return whole.Write(leasePath(dir), append(text, '\n'), 0o600)
}

// ErrNoLease says that nothing waits to be confirmed.
var ErrNoLease = errors.New("no firewall waits to be confirmed")

func readLease(dir string) (*lease, error) {
	text, err := os.ReadFile(leasePath(dir))
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrNoLease
	}
	if err != nil {
		return nil, err
	}
	var l lease
	if err := json.Unmarshal(text, &l); err != nil {
		return nil, fmt.Errorf("read %s: %w", leasePath(dir), err)
	}
	return &l, nil
}

func (l *lease) drop(dir string) error {
	err := os.Remove(leasePath(dir))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// claim takes the lease: of the keeper and whoever confirms, one gets it. Who does not gets ErrNoLease.
func (l *lease) claim(dir string) error {
	err := os.Rename(leasePath(dir), leasePath(dir)+"."+l.ID)
	if errors.Is(err, os.ErrNotExist) {
		return ErrNoLease
	}
	return err
}

// settle ends a claim: the lease is gone, or back where what was claimed for went wrong.
func (l *lease) settle(dir string, err error) error {
	if err != nil {
		return errors.Join(err, os.Rename(leasePath(dir)+"."+l.ID, leasePath(dir)))
	}
	return os.Remove(leasePath(dir) + "." + l.ID)
}
