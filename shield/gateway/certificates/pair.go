package certificates

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

// mostFile is the longest PEM file that is read, in bytes. A chain of four certificates has some 8 KB.
const mostFile = 1 << 20

// mostNames is how many names of one certificate count; public authorities issue for 100 at most.
const mostNames = 1000

// pair is a certificate chain with its key. It never changes.
type pair struct {
	certificate tls.Certificate
	names       []string // DNS names that it is for, lower case, *. before some
	from, until time.Time
}

// fits says whether a pair is within its time.
func (p *pair) fits(now time.Time) bool { return !now.Before(p.from) && !now.After(p.until) }

// wrong says what is wrong with the time of a pair.
func (p *pair) wrong(now time.Time) string {
	switch {
	case now.Before(p.from):
		return "it holds only from " + stamp(p.from)
	case now.After(p.until):
		return "it ended at " + stamp(p.until)
	}
	return ""
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// decode reads a chain, the leaf first, and its key, in PEM. It fails where they do not belong together, and where the
// leaf is for no DNS name.
func decode(chain, key []byte) (*pair, error) {
	c, err := tls.X509KeyPair(chain, key)
	if err != nil {
		if strings.Contains(err.Error(), "does not match") {
			return nil, errors.New("the key is of another certificate; expected the private key that belongs to the first certificate of the chain")
		}
		return nil, fmt.Errorf("expected PEM, the chain with its leaf first and the key without a password: %w", err)
	}
	if c.Leaf == nil { // GODEBUG=x509keypairleaf=0
		if c.Leaf, err = x509.ParseCertificate(c.Certificate[0]); err != nil {
			return nil, err
		}
	}
	p := &pair{certificate: c, from: c.Leaf.NotBefore, until: c.Leaf.NotAfter}
	for _, name := range c.Leaf.DNSNames[:min(len(c.Leaf.DNSNames), mostNames)] {
		p.names = append(p.names, strings.ToLower(name))
	}
	if len(p.names) == 0 {
		return nil, errors.New("the certificate names no host; expected its names as DNS names (subjectAltName), for clients read no common name")
	}
	return p, nil
}

// covers says whether a certificate for one name serves another: both may begin with *. for one label.
func covers(of, name string) bool {
	if of == name {
		return true
	}
	if wild, ok := strings.CutPrefix(of, "*."); ok {
		_, rest, _ := strings.Cut(name, ".")
		return rest == wild
	}
	return false
}

// concerns says whether a pair is for any host of a site.
func (p *pair) concerns(s *site.Site) bool {
	for _, of := range p.names {
		for _, name := range s.Names {
			if covers(of, name) || covers(name, of) {
				return true
			}
		}
	}
	return false
}

// mark is what tells that a file is another one than before.
type mark struct {
	info fs.FileInfo // what os.Stat said, links followed
}

func markOf(path string) (mark, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return mark{}, err
	case !info.Mode().IsRegular(): // opening a pipe would wait for whoever writes to it
		return mark{}, fmt.Errorf("%s is no file; expected a regular one", path)
	case info.Size() > mostFile:
		return mark{}, fmt.Errorf("%s has %d bytes; expected %d at most", path, info.Size(), mostFile)
	}
	return mark{info}, nil
}

func (m mark) same(o mark) bool {
	return m.info != nil && o.info != nil && os.SameFile(m.info, o.info) && m.info.Size() == o.info.Size() && m.info.ModTime().Equal(o.info.ModTime())
}

// contents reads a file, within its bound.
func contents(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, mostFile+1))
	if err == nil && len(b) > mostFile {
		err = fmt.Errorf("%s has more than %d bytes", path, mostFile)
	}
	return b, err
}
