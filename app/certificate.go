package app

import (
	"crypto/tls"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
)

// certificate is a pair of files that may be renewed while it is used.
type certificate struct {
	cert, key string
	mu        sync.Mutex
	pair      *tls.Certificate
	written   [2]time.Time
}

// certified returns how the console speaks TLS, or nil.
func certified(c *config.Console) (*tls.Config, error) {
	if !c.TLS() {
		return nil, nil
	}
	f := &certificate{cert: c.TLSCert, key: c.TLSKey}
	if _, err := f.current(nil); err != nil {
		return nil, &evenkeel.Error{
			Kind: evenkeel.KindInvalid, Says: "read console.tls_cert " + c.TLSCert + " and console.tls_key " + c.TLSKey, Err: err,
			Hint: "both are PEM files, the certificate with those between it and its root",
		}
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: f.current}, nil
}

// current returns the pair as the files have it. Where they cannot be read, as in the middle of
// being renewed, the pair before goes on.
func (f *certificate) current(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var written [2]time.Time
	var errs []error
	for i, name := range []string{f.cert, f.key} {
		info, err := os.Stat(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		written[i] = info.ModTime()
	}
	if len(errs) == 0 && (f.pair == nil || written != f.written) {
		pair, err := tls.LoadX509KeyPair(f.cert, f.key)
		if err == nil {
			f.pair, f.written = &pair, written
			return f.pair, nil
		}
		errs = append(errs, err)
	}
	if f.pair != nil {
		return f.pair, nil
	}
	return nil, errors.Join(errs...)
}
