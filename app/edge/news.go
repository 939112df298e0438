package edge

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/kernel"
	"github.com/evenkeel/evenkeel/instrument/whole"
	"github.com/evenkeel/evenkeel/shield/mandate"
)

// mostNews bounds the file of what is new at sites, in bytes: mandate.MostSites ids at their longest, and the texts.
const mostNews = 8 << 20

// announce has the pages of sites show what control tells, and keeps it over a restart: control may be what is down.
func (j *joined) announce(n mandate.News, err error) []byte {
	var t mandate.Taken
	if err == nil {
		t, err = j.p.edge.Announce(n)
	}
	if err == nil {
		var text []byte
		if text, err = json.Marshal(j.p.edge.Announced()); err == nil {
			path := filepath.Join(j.p.o.Settings.Data, fileNews)
			was, unread := readFile(path, mostNews)
			if unread == nil && (bytes.Equal(was, text) || was == nil && t == (mandate.Taken{})) { // it is told again and again
				return t.Answer()
			}
			if err = whole.Write(path, text, 0o600); err != nil {
				err = kernel.FileError("write", path, err)
			}
		}
	}
	if err != nil {
		j.p.o.Log.Warn("what is new at sites was not taken whole: their pages may not show it", "err", err, "hint", evenkeel.HintOf(err))
		t.Why = fmt.Sprintf("%.*s", maxWhy, err)
	}
	return t.Answer()
}

// recallNews takes up what was new at sites before a restart, where it has not ended.
func (j *joined) recallNews() error {
	path := filepath.Join(j.p.o.Settings.Data, fileNews)
	text, err := readFile(path, mostNews)
	if err != nil || text == nil {
		return err
	}
	var n mandate.News
	if err := json.Unmarshal(text, &n); err != nil {
		return evenkeel.Invalid("read %s: %v", path, err)
	}
	_, err = j.p.edge.Announce(n)
	return err
}

// readFile reads a file of at most so many bytes; nil: there is none.
func readFile(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && info.Size() > most {
		return nil, evenkeel.Invalid("read %s: it has %d bytes; expected at most %d", path, info.Size(), most)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, kernel.FileError("read", path, err)
	}
	return text, nil
}
