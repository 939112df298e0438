package stream

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/evenkeel/evenkeel/instrument/whole"
)

// mark remembers, beside the log, a position that the log had reached. Where the server finds
// damage when it starts it may cut the log off there, and begin to give the positions behind
// it again; the mark is how that is noticed.
type mark struct {
	path string

	mu sync.Mutex // held while the file is replaced
}

func markIn(dir string) *mark { return &mark{path: filepath.Join(dir, "reached")} }

// advance moves the mark on; it never goes back.
func (m *mark) advance(at Position) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if before, err := m.read(); err == nil && at <= before {
		return nil
	}
	return m.write(at)
}

// read returns the position, or 0 where none was written.
func (m *mark) read() (Position, error) {
	text, err := os.ReadFile(m.path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	at, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s holds %.40q; expected a position", m.path, text)
	}
	return Position(at), nil
}

// write replaces the position whole and durably.
func (m *mark) write(at Position) error {
	return whole.Write(m.path, fmt.Appendln(nil, uint64(at)), 0o600)
}
