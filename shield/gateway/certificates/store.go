package certificates

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel/shield/gateway/site"
)

// Config is how a Store is set up.
type Config struct {
	Clock func() time.Time // time.Now of the process
	Log   *slog.Logger     // nil: what is wrong is in States alone

	Authority *Authority // nil: nothing comes by ACME, whatever sites want
	Limits    Limits
	Seed      uint64 // of the lots that pauses are drawn by: another one for each edge
}

// Store holds the certificates of all sites.
type Store struct {
	config Config
	view   atomic.Pointer[view]

	mu      sync.Mutex // of whoever changes what look-ups read
	book    book
	checked time.Time // up to when ends and beginnings of pairs were looked for

	refreshing sync.Mutex
	demand     *demand       // nil: there is no authority
	wake       chan struct{} // one that renews is to look what is due
}

// New makes a Store that knows no site yet. It fails where a Config lacks what it needs.
func New(config Config) (*Store, error) {
	if config.Clock == nil {
		return nil, errors.New("open the store of certificates: no clock is given")
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	s := &Store{config: config, book: book{sources: map[site.KeyPair]*source{}}, checked: config.Clock()}
	if config.Authority != nil {
		if err := config.Authority.check(); err != nil {
			return nil, err
		}
		limits := config.Limits.filled()
		s.demand, s.wake = newDemand(config.Authority, limits, config.Seed), make(chan struct{}, limits.Orders)
	}
	s.view.Store(&view{directory: &site.Directory{}})
	return s, nil
}

// Follow makes a directory the one that is served. It reads the files that sites name for the first time, and no others.
func (s *Store) Follow(d *site.Directory) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.view.Store(s.book.next(s.view.Load(), d, s.config.Clock(), nil))
	s.tell()
}

// chunk is how many files are looked at before whoever wants to change what is served gets a turn.
const chunk = 256

// Refresh reads the files that changed, and puts those before others that are within their time now; it looks what the storage has of new names,
// and has renewed what comes to its end. It is called once a minute, and once before the first client comes.
func (s *Store) Refresh(now time.Time) {
	s.refreshing.Lock()
	defer s.refreshing.Unlock()
	s.mu.Lock()
	sources := slices.Collect(maps.Values(s.book.sources))
	since := s.checked
	s.checked = now
	s.mu.Unlock()
	changed := map[*source]bool{}
	for some := range slices.Chunk(sources, chunk) {
		s.mu.Lock()
		for _, x := range some {
			before := x.pair
			if x.read(now) || before != nil && before.fits(now) != before.fits(since) {
				changed[x] = true
			}
		}
		s.mu.Unlock()
	}
	s.mu.Lock()
	if len(changed) > 0 {
		was := s.view.Load()
		s.view.Store(s.book.next(was, was.directory, now, changed))
	}
	s.tell()
	s.mu.Unlock()
	if s.demand == nil {
		return
	}
	s.refresh(now)
	for range cap(s.wake) {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

// Run renews certificates until the context ends, and waits then for what it began. A Store without an authority has nothing to run.
// After it nothing new is asked for.
func (s *Store) Run(ctx context.Context) error {
	if s.demand == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	var renewers sync.WaitGroup
	for range s.demand.limits.Orders {
		renewers.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case <-s.wake:
					s.renew()
				}
			}
		})
	}
	<-ctx.Done()
	s.demand.close()
	renewers.Wait()
	return ctx.Err()
}

// tell logs each fault of files once.
func (s *Store) tell() {
	for _, x := range s.book.sources {
		says := ""
		if x.fault != nil {
			says = x.fault.Error()
		}
		if says != x.logged {
			if says != "" {
				s.config.Log.Warn("a certificate from files is not taken", "certificate", x.files.Certificate, "key", x.files.Key, "in force", x.pair != nil, "error", says)
			} else {
				s.config.Log.Info("a certificate from files is whole again", "certificate", x.files.Certificate)
			}
			x.logged = says
		}
	}
}

// ErrNone is what there is for a name: no site has it, or its site has no certificate.
var ErrNone = errors.New("there is no certificate for this name")

// Certificate is the one for what a hello asks for. Where several stand for the name, it is the first that the client can use, and the first of all
// if it can use none, so that the handshake says why.
func (s *Store) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	v := s.view.Load()
	of, kind := v.directory.Find(hello.ServerName)
	if kind != site.Named || of == nil || strings.IndexByte(hello.ServerName, ':') >= 0 { // Find allows a port, RFC 6066 does not
		return nil, ErrNone
	}
	name := normal(hello.ServerName)
	if f := v.filed[of]; f != nil {
		return pick(hello, f.of(name))
	}
	if s.demand == nil || !of.Certificates.ACME {
		return nil, ErrNone
	}
	if challenged(hello) {
		return s.challenge(hello, name)
	}
	if p := s.demand.issued.of(name); p != nil {
		return &p.certificate, nil
	}
	return s.wait(hello, of, name)
}

// normal is a name that Find found, as sites write theirs. It allocates where there are capital letters.
func normal(name string) string { return strings.TrimSuffix(strings.ToLower(name), ".") }

func pick(hello *tls.ClientHelloInfo, from []*tls.Certificate) (*tls.Certificate, error) {
	if len(from) == 0 {
		return nil, ErrNone
	}
	if len(from) > 1 {
		for _, c := range from {
			if hello.SupportsCertificate(c) == nil {
				return c, nil
			}
		}
	}
	return from[0], nil
}

// Source is where a certificate comes from.
type Source string

// Where certificates come from.
const (
	Files Source = "files"
	ACME  Source = "acme"
)

// State is how one certificate stands, for an operator.
type State struct {
	Site   site.ID // empty: it concerns all
	Source Source
	Path   string    // of the certificate's file; the storage where that is what is wrong
	Names  []string  // that it is for; none where there is none
	Until  time.Time // its end; the zero time where there is none
	Wrong  string    // a sentence; empty: nothing
}

// States are the certificates of all sites that have any or want some, by site.
func (s *Store) States() []State {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.config.Clock()
	var out []State
	for of, f := range s.view.Load().filed {
		for i, x := range f.sources {
			state := State{Site: of.ID, Source: Files, Path: x.files.Certificate}
			var wrong []string
			if x.fault != nil {
				wrong = append(wrong, x.fault.Error())
			}
			if p := x.pair; p != nil && p != f.pairs[i] {
				wrong = append(wrong, fmt.Sprintf("it is for %s; expected one of the site's names, such as %s", p.names[0], of.Names[0]))
			}
			if p := f.pairs[i]; p != nil {
				state.Names, state.Until = slices.Clone(p.names), p.until
				if says := p.wrong(now); says != "" {
					wrong = append(wrong, says)
				}
			}
			state.Wrong = strings.Join(wrong, "; ")
			out = append(out, state)
		}
		if bare := f.bare(of); len(bare) > 0 {
			out = append(out, State{Site: of.ID, Source: Files, Wrong: "no file has a certificate for " + strings.Join(bare, ", ")})
		}
	}
	if directory := s.view.Load().directory; s.demand != nil {
		out = append(out, s.demand.states(directory, now)...)
	} else {
		for _, of := range directory.All() {
			if of.Certificates.ACME {
				out = append(out, State{Site: of.ID, Source: ACME, Names: slices.Clone(of.Names), Wrong: "this edge has no certificate authority"})
			}
		}
	}
	slices.SortFunc(out, func(a, b State) int {
		return cmp.Or(cmp.Compare(a.Site, b.Site), cmp.Compare(a.Path, b.Path), slices.Compare(a.Names, b.Names))
	})
	return out
}
