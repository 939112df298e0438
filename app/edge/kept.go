package edge

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/kernel"
	"github.com/evenkeel/evenkeel/instrument/challenge"
	"github.com/evenkeel/evenkeel/instrument/siphash"
	"github.com/evenkeel/evenkeel/instrument/whole"
	"github.com/evenkeel/evenkeel/shield/gateway"
)

// What is in the data directory of a gateway.
const (
	fileKey     = "key"     // under which what visitors choose is hashed
	fileSeeds   = "seeds"   // of tokens and passes: a line of base64 each, the first signs
	fileStages  = "stages"  // what is kept over a restart
	fileDropped = "dropped" // by the kernel
	fileSocket  = "gateway.sock"

	mostSecret = 4 << 10
)

// kept is what a gateway keeps on the disk.
type kept struct {
	dir   string
	key   siphash.Key
	seeds []challenge.Seed

	fingerprints []uint64 // of the seeds, in their order
	costs        uint64   // the version of attacks that was written last
}

// openKept opens a data directory, and makes it and its secrets where they are not there yet.
func openKept(dir string) (*kept, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, kernel.FileError("make", dir, err)
	}
	k := &kept{dir: dir}
	key, err := k.secret(fileKey, func() []byte { return lots(len(k.key)) })
	if err != nil {
		return nil, err
	}
	if len(key) != len(k.key) {
		return nil, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("read %s: it has %d bytes; expected %d", filepath.Join(dir, fileKey), len(key), len(k.key)), Hint: "remove it: what is usual at each site is learned anew then"}
	}
	k.key = siphash.Key(key)
	text, err := k.secret(fileSeeds, func() []byte {
		return []byte(base64.StdEncoding.EncodeToString(lots(challenge.LeastSeed)) + "\n")
	})
	if err != nil {
		return nil, err
	}
	k.fingerprints = fingerprintsOf(string(text))
	k.seeds, err = seedsOf(string(text))
	if err != nil {
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "read " + filepath.Join(dir, fileSeeds), Err: err,
			Hint: "expected 1 to 4 lines of base64, of 32 to 64 bytes each, as head -c 32 /dev/urandom | base64 writes one; the first signs, each is believed",
		}
	}
	return k, nil
}

func seedsOf(text string) (out []challenge.Seed, err error) {
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		secret, err := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
		if err != nil {
			return nil, evenkeel.Invalid("line %d is no base64", i+1)
		}
		seed, err := challenge.NewSeed(secret)
		if err != nil {
			return nil, evenkeel.Invalid("line %d: %v", i+1, err)
		}
		out = append(out, seed)
	}
	_, err = challenge.NewKeys(out...)
	return out, err
}

// secret reads a file that only its owner may read, or makes it.
func (k *kept) secret(name string, draw func() []byte) ([]byte, error) {
	path := filepath.Join(k.dir, name)
	_, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		b := draw()
		if err := whole.Write(path, b, 0o600); err != nil {
			return nil, kernel.FileError("write", path, err)
		}
		return b, nil
	case err != nil:
		return nil, kernel.FileError("read", path, err)
	}
	return k.secretAt(path)
}

// secretAt reads a file that only its owner may read.
func (k *kept) secretAt(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, kernel.FileError("read", path, err)
	case info.Mode().Perm()&0o077 != 0:
		return nil, &evenkeel.Error{Kind: evenkeel.KindDenied, Says: fmt.Sprintf("read %s: others may read it (%v); expected a file of its owner alone", path, info.Mode().Perm()), Hint: "chmod 600 " + path}
	case info.Size() > mostSecret:
		return nil, evenkeel.Invalid("read %s: it has %d bytes; expected at most %d", path, info.Size(), mostSecret)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, kernel.FileError("read", path, err)
	}
	return b, nil
}

// load takes up what was kept.
func (k *kept) load(e *gateway.Edge) error {
	path := filepath.Join(k.dir, fileStages)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return kernel.FileError("read", path, err)
	}
	defer f.Close()
	if err := e.Load(f); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// save keeps what the edge knows.
func (k *kept) save(e *gateway.Edge) error {
	var b bytes.Buffer
	if err := e.Save(&b); err != nil {
		return err
	}
	path := filepath.Join(k.dir, fileStages)
	if err := whole.Write(path, b.Bytes(), 0o600); err != nil {
		return kernel.FileError("write", path, err)
	}
	return nil
}

// lots are bytes that nobody can guess.
func lots(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // it never fails
	return b
}

func lot() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return binary.LittleEndian.Uint64(b[:])
}
