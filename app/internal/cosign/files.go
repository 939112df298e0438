package cosign

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/evenkeel/evenkeel/instrument/whole"
	"github.com/evenkeel/evenkeel/instrument/witness"
	"golang.org/x/mod/sumdb/tlog"
)

// Files keep what was cosigned last of each log in a directory, a file for each.
type Files string

func (d Files) path(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return filepath.Join(string(d), hex.EncodeToString(sum[:16])+".cosigned")
}

// Last returns what was cosigned last; the zero value where nothing was. A file that does not
// say it is an error: to begin anew would allow a second history.
func (d Files) Last(origin string) (s witness.State, err error) {
	text, err := os.ReadFile(d.path(origin))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) == 4 && lines[0] == origin {
		size, badSize := strconv.ParseInt(lines[1], 10, 64)
		root, badRoot := tlog.ParseHash(lines[2])
		if badSize == nil && badRoot == nil && size >= 0 {
			return witness.State{Size: size, Root: root}, nil
		}
	}
	return s, fmt.Errorf("%s does not say what was cosigned last of %s", d.path(origin), origin)
}

// Keep writes what is cosigned, whole and to the disk, or leaves what was there.
func (d Files) Keep(origin string, s witness.State) error {
	return whole.Write(d.path(origin), fmt.Appendf(nil, "%s\n%d\n%s\n", origin, s.Size, s.Root), 0o600)
}
