package app

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/evenkeel/evenkeel"
)

// fileUnowned says of which assets findings wait because nobody is known to hold them, for whoever looks.
const fileUnowned = "watch.unowned"

// mostUnowned is how many of them are named.
const mostUnowned = 8

// Unowned is what waits because nobody is known to hold it.
type Unowned struct {
	Assets []evenkeel.AssetID `json:"assets"` // the first ones
	More   int                `json:"more"`   // how many there are besides, as far as they are looked at
}

// Unowned is what waited while the books were served last; nothing where nothing did.
func (b *Books) Unowned() (u Unowned, err error) {
	path := filepath.Join(b.dir, fileUnowned)
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return u, nil
	case err != nil:
		return u, fileError("read", path, err)
	}
	if err := json.Unmarshal(text, &u); err != nil {
		return u, evenkeel.Invalid("read %s: %v; expected what evenkeel serve wrote", path, err)
	}
	return u, nil
}

// unownedTeller says whose findings wait: in the log once a day for each asset, and in a file.
type unownedTeller struct {
	path string // "": none is written
	told map[evenkeel.AssetID]time.Time
	last string
}

// tell takes in what is held, the oldest first, of at most heldShown findings.
func (u *unownedTeller) tell(held []evenkeel.Finding, now time.Time, log *slog.Logger) {
	var list Unowned
	seen := map[evenkeel.AssetID]bool{}
	for i := range held {
		f := &held[i]
		a := f.Subject.Asset
		if seen[a] {
			continue
		}
		if seen[a] = true; len(list.Assets) < mostUnowned {
			list.Assets = append(list.Assets, a)
		} else {
			list.More++
		}
		if before, told := u.told[a]; told && before.Equal(now.UTC().Truncate(24*time.Hour)) {
			continue
		}
		if u.told == nil || len(u.told) >= 4*heldShown {
			u.told = map[evenkeel.AssetID]time.Time{}
		}
		u.told[a] = now.UTC().Truncate(24 * time.Hour)
		log.Warn("a rule fires about an asset that nobody is known to hold: no case begins, and nothing is decided", "asset", a, "rule", f.Rule, "at", f.At,
			"hint", "tell the inventory who holds it, or look at Whose is this? in the console; what waits is judged then")
	}
	text, err := json.Marshal(list)
	if u.path == "" || err != nil || string(text) == u.last || u.last == "" && list.Assets == nil && notThere(u.path) {
		return
	}
	if err := writeFile(u.path, string(text)+"\n", 0o600); err != nil {
		log.Warn("what nobody is known to hold cannot be written down for evenkeel case list", "err", err, "hint", "see whether the disk is full")
		return
	}
	u.last = string(text)
}

func notThere(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}
