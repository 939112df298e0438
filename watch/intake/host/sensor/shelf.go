package sensor

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path"
	"strings"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake/host"
)

// Bounds of what is read of a machine that may be hostile.
const (
	maxDigested = 64 << 20
	maxDatabase = 64 << 20
)

// Look reads a file of a machine, and what its package database has of it: that of dpkg, of apk; rpm keeps its own in
// a form of its own, so there nobody knows.
func (s *Sensor) Look(id evenkeel.AssetID, p string) host.File {
	r := s.roots[id]
	if r == nil {
		return host.File{}
	}
	f, err := r.open(p)
	if errors.Is(err, os.ErrNotExist) {
		return host.File{There: host.No}
	}
	if err != nil {
		return host.File{}
	}
	defer f.Close()
	sha2, sum5, sum1 := sha256.New(), md5.New(), sha1.New()
	if n, err := io.Copy(io.MultiWriter(sha2, sum5, sum1), io.LimitReader(f, maxDigested+1)); err != nil || n > maxDigested {
		return host.File{There: host.Yes}
	}
	out := host.File{There: host.Yes, SHA256: hex.EncodeToString(sha2.Sum(nil))}
	out.Packaged = r.packaged(p, hex.EncodeToString(sum5.Sum(nil)), hex.EncodeToString(sum1.Sum(nil)))
	return out
}

// packaged holds a file's digests against the databases. The ssh server's package has one of few names.
func (r *root) packaged(p, md5, sha1 string) host.Answer {
	answer := host.Unknown
	for _, name := range []string{"openssh-server", "openssh", "openssh-sftp-server", "dropbear-bin"} {
		text, err := r.readFile("/var/lib/dpkg/info/"+name+".md5sums", maxDatabase)
		if err != nil {
			continue
		}
		for _, as := range merged(p) {
			if want, ok := host.DpkgDigest(text, as); ok {
				return is(want == md5)
			}
		}
	}
	for _, db := range []string{"/lib/apk/db/installed", "/usr/lib/apk/db/installed"} {
		text, err := r.readFile(db, maxDatabase)
		if err != nil {
			continue
		}
		for _, as := range merged(p) {
			if want, ok := host.ApkDigest(text, as); ok {
				return is(want == sha1)
			}
		}
	}
	if _, err := r.readFile("/var/lib/dpkg/status", 1); err == nil {
		answer = host.No // there is a database, and it does not have the file
	}
	return answer
}

func is(yes bool) host.Answer {
	if yes {
		return host.Yes
	}
	return host.No
}

// merged are the paths under which a package may have a file: /sbin is /usr/sbin on most systems by now.
func merged(p string) []string {
	if rest, ok := strings.CutPrefix(p, "/usr"); ok {
		return []string{p, rest}
	}
	return []string{p, path.Join("/usr", p)}
}
