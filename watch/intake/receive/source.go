package receive

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake"
)

// SourceHeader is where a sender without a token says its name.
const SourceHeader = "X-Evenkeel-Source"

// DefaultSource is the name of a sender without a token that says none.
const DefaultSource = "default"

const (
	maxToken = 1024 // bytes of a token
	maxNamed = 64   // different names that senders without a token may say
)

// Source is a sender: the name that goes into the identities of its records and has a clock of
// its own, how it is known, and what it may send.
type Source struct {
	Name   string
	Tokens [][sha256.Size]byte // SHA-256 of each of its tokens; two while one replaces the other
	May    intake.Grant        // the zero Grant is refused: say what it may send
	Points float64             // points and events per second; 0 is 1,000,000
	Bytes  float64             // bytes of unpacked bodies per second; 0 is 256 MiB
}

// Sources knows senders by their tokens.
type Sources struct {
	tokens    []token
	named     map[string]bool          // names that a token stands for
	tokenless func(*http.Request) bool // may a request do without a token?
	open      func(Source) *caller     // set by admit

	mu   sync.Mutex
	free map[string]*caller // senders without a token, by name; at most maxNamed
}

type token struct {
	digest [sha256.Size]byte
	source Source
	caller *caller
}

// caller is a source while the door is open: what is left of its shares.
type caller struct {
	Source
	points, bytes *budget
	turns         *turns
}

// NewSources returns the senders of a list. tokenless says of which requests no token is asked;
// they may send everything, under the name in SourceHeader. nil: of none. Loopback is a good
// one.
func NewSources(tokenless func(*http.Request) bool, list ...Source) (*Sources, error) {
	s := &Sources{named: map[string]bool{}, tokenless: tokenless, free: map[string]*caller{}}
	digests := map[[sha256.Size]byte]string{}
	for _, src := range list {
		if err := evenkeel.CheckID("source", src.Name); err != nil {
			return nil, err
		}
		switch {
		case s.named[src.Name]:
			return nil, evenkeel.Invalid("source %s is given twice", src.Name)
		case len(src.Tokens) == 0:
			return nil, evenkeel.Invalid("source %s has no token", src.Name)
		case src.May == 0:
			return nil, evenkeel.Invalid("source %s may send nothing; expected telemetry, inventory or both", src.Name)
		case src.Points < 0 || src.Bytes < 0:
			return nil, evenkeel.Invalid("source %s has a rate below zero", src.Name)
		}
		s.named[src.Name] = true
		for _, t := range src.Tokens {
			if t == ([sha256.Size]byte{}) || t == sha256.Sum256(nil) {
				return nil, evenkeel.Invalid("source %s has an empty token", src.Name)
			}
			if other, taken := digests[t]; taken {
				return nil, evenkeel.Invalid("sources %s and %s have the same token", other, src.Name)
			}
			digests[t] = src.Name
			s.tokens = append(s.tokens, token{digest: t, source: src})
		}
	}
	return s, nil
}

// admit opens the shares of all sources: atOnce requests at a time each.
func (s *Sources) admit(atOnce, waiting int) {
	s.open = func(src Source) *caller {
		if src.Points == 0 {
			src.Points = 1_000_000
		}
		if src.Bytes == 0 {
			src.Bytes = 256 << 20
		}
		return &caller{
			Source: src, points: newBudget(src.Points), bytes: newBudget(src.Bytes), turns: newTurns(atOnce, waiting),
		}
	}
	byName := map[string]*caller{}
	for i := range s.tokens {
		t := &s.tokens[i]
		if byName[t.source.Name] == nil {
			byName[t.source.Name] = s.open(t.source)
		}
		t.caller = byName[t.source.Name]
	}
}

// identify finds out who sent a request.
func (s *Sources) identify(r *http.Request) (*caller, *refusal) {
	switch headers := r.Header["Authorization"]; len(headers) {
	case 0:
		return s.withoutToken(r)
	case 1:
		scheme, given, _ := strings.Cut(headers[0], " ")
		if strings.EqualFold(scheme, "Bearer") && len(given) <= maxToken {
			if c := s.withToken(strings.TrimSpace(given)); c != nil {
				return c, nil
			}
		}
	}
	return nil, refuse(causeToken, "the token is not one of ours; expected Authorization: Bearer and the token of a source")
}

// withToken compares with every token, so that the time tells nothing about any of them.
func (s *Sources) withToken(given string) (found *caller) {
	digest := sha256.Sum256([]byte(given))
	for i := range s.tokens {
		if subtle.ConstantTimeCompare(digest[:], s.tokens[i].digest[:]) == 1 {
			found = s.tokens[i].caller
		}
	}
	return found
}

func (s *Sources) withoutToken(r *http.Request) (*caller, *refusal) {
	if s.tokenless == nil || !s.tokenless(r) {
		return nil, refuse(causeToken, "there is no token; expected Authorization: Bearer and the token of a source")
	}
	name := DefaultSource
	if said := r.Header[SourceHeader]; len(said) > 0 {
		name = said[0]
	}
	if err := evenkeel.CheckID(SourceHeader, name); err != nil {
		return nil, refuse(causeHeader, err.Error())
	}
	if s.named[name] {
		return nil, refuse(causeToken, "this source has a token; expected Authorization: Bearer and that token")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.free[name]
	if c == nil {
		if len(s.free) >= maxNamed {
			return nil, refuse(causeHeader, "too many different names in "+SourceHeader+" since the start; expected the few that are yours")
		}
		c = s.open(Source{Name: strings.Clone(name), May: intake.GrantTelemetry | intake.GrantInventory})
		s.free[c.Name] = c
	}
	return c, nil
}

// Loopback says whether a request came from a program on this machine that meant to come here.
// The address alone does not say so: a proxy on this machine passes strangers on, and a web page
// can have the browser of somebody who sits here ask in its name. So a request that was
// forwarded, was sent by a page, or asks for a host that is not this one, is a stranger's.
func Loopback(r *http.Request) bool {
	for _, h := range [...]string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Origin", "Sec-Fetch-Site"} {
		if len(r.Header[h]) > 0 {
			return false
		}
	}
	return OwnMachine(r)
}

// OwnMachine says whether a request was sent from this machine and asks for this machine,
// whoever passed it on.
func OwnMachine(r *http.Request) bool {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !remote.Addr().Unmap().IsLoopback() {
		return false
	}
	host := r.Host
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && addr.Unmap().IsLoopback()
}
