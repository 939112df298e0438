package edge

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/kernel"
	"github.com/evenkeel/evenkeel/instrument/challenge"
	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/gateway/share"
	"github.com/evenkeel/evenkeel/stream/edgelink"
)

// Fleet is how this edge is one of several.
type Fleet struct {
	Name        string   `yaml:"name"`
	Listen      string   `yaml:"listen"`
	Address     string   `yaml:"address"`
	Peers       []string `yaml:"peers"`
	Weight      int      `yaml:"weight"`
	Certificate string   `yaml:"certificate"`
	Key         string   `yaml:"key"`
	Authority   string   `yaml:"authority"`
}

func (f *Fleet) check(want func(bool, string, ...any)) {
	if f.Name == "" {
		return
	}
	err := share.CheckName(f.Name)
	want(err == nil, "fleet.name: %v", err)
	want(f.Weight >= 1 && f.Weight <= share.MaxWeight, "fleet.weight is %d; expected 1 to %d", f.Weight, share.MaxWeight)
	some := f.Certificate != "" || f.Key != "" || f.Authority != ""
	for _, x := range []struct{ key, path string }{{"certificate", f.Certificate}, {"key", f.Key}, {"authority", f.Authority}} {
		want(!some || filepath.IsAbs(x.path), "fleet.%s is %q; expected a path from the root, of all three or none", x.key, x.path)
	}
	o := edgelink.Options{Name: f.Name, Listen: f.Listen, Address: f.Address, Peers: f.Peers}
	if some { // Open says what is wrong with them, and this what is wrong with addresses
		o.Certificate, o.Authority = func() (*tls.Certificate, error) { return nil, nil }, x509.NewCertPool()
	}
	err = o.Check()
	want(err == nil, "fleet: %v", err)
}

// size is how many edges there are as it is set up, as far as addresses tell: who has two of them shows as he answers.
func (f *Fleet) size() int {
	n := 1
	for i, at := range f.Peers {
		if at != f.Listen && at != f.Address && !slices.Contains(f.Peers[:i], at) {
			n++
		}
	}
	return n
}

// openFleet listens for the other edges, and returns how the brain is one of them; nil: it is alone.
func (p *Process) openFleet() (*gateway.Fleet, error) {
	f := &p.o.Settings.Fleet
	if f.Name == "" {
		return nil, nil
	}
	o := edgelink.Options{Name: f.Name, Listen: f.Listen, Address: f.Address, Peers: f.Peers, Now: p.o.Now, Logger: p.o.Log}
	var err error
	if f.Certificate != "" {
		if o.Authority, err = rootsIn("fleet.authority", f.Authority); err != nil {
			return nil, err
		}
		o.Certificate = (&pair{p: p, certificate: f.Certificate, key: f.Key}).now
	}
	if p.link, err = edgelink.Open(o); err != nil {
		return nil, err
	}
	return &gateway.Fleet{Name: f.Name, Weight: f.Weight, Size: f.size(), Seeds: p.kept.fingerprints, Say: p.link.Say, Listed: p.link.Listed, Pardoned: p.pardonedElsewhere}, nil
}

// pair is a certificate in files, which are read again now and then.
type pair struct {
	p                *Process
	certificate, key string

	last atomic.Pointer[pairRead]
	mu   sync.Mutex // whoever reads has it
}

// pairRead is a certificate as it was read at a moment.
type pairRead struct {
	*tls.Certificate
	at time.Time
}

// pairFor is how long one that was read counts: whoever connects makes nobody read files.
const pairFor = 10 * time.Second

// now is the certificate. Once there is one, nobody waits for files: one reads them, and all others take what there is.
func (x *pair) now() (*tls.Certificate, error) {
	last, now := x.last.Load(), x.p.o.Now()
	switch {
	case last == nil:
		x.mu.Lock()
	case last.isFresh(now) || !x.mu.TryLock():
		return last.Certificate, nil
	}
	defer x.mu.Unlock()
	if last = x.last.Load(); last.isFresh(now) { // somebody else read it
		return last.Certificate, nil
	}
	made, err := x.load()
	switch {
	case err != nil && last == nil:
		return nil, err
	case err != nil:
		x.p.o.Log.Error("the certificate of this edge in the fleet cannot be read again: the one before it counts", "err", err, "hint", "docs/gateway.md, A fleet of edges")
		made = last.Certificate
	}
	x.last.Store(&pairRead{made, now})
	return made, nil
}

func (r *pairRead) isFresh(now time.Time) bool {
	return r != nil && now.Sub(r.at) >= 0 && now.Sub(r.at) < pairFor
}

func (x *pair) load() (*tls.Certificate, error) {
	key, err := x.p.kept.secretAt(x.key)
	if err != nil {
		return nil, err
	}
	chain, err := os.ReadFile(x.certificate)
	if err != nil {
		return nil, kernel.FileError("read", x.certificate, err)
	}
	made, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, evenkeel.Invalid("read fleet.certificate and fleet.key: %v", err)
	}
	return &made, nil
}

// fingerprintsOf tell seeds apart, and tell nothing of them.
func fingerprintsOf(text string) (out []uint64) {
	for line := range strings.Lines(text) {
		if secret, err := base64.StdEncoding.DecodeString(strings.TrimSpace(line)); err == nil && len(secret) > 0 {
			sum := sha256.Sum256(append([]byte("evenkeel fleet, fingerprint of a seed\x00"), secret...))
			out = append(out, binary.BigEndian.Uint64(sum[:]))
		}
	}
	return out
}

// heard takes what another edge says.
func (p *Process) heard(from string, message []byte) {
	keep, err := p.edge.Heard(from, message)
	if keep {
		offer(p.touched, struct{}{})
	}
	if now := p.o.Now().Unix(); err != nil && p.unheard.Swap(now) != now { // one line a second
		p.o.Log.Warn("what an edge says cannot be true, and counts for nothing", "edge", from, "err", err, "hint", "are all edges of one version? evenkeel gateway status counts such messages")
	}
}

// pardonedElsewhere lets an address in at the kernel too, because somebody spoke for it at another edge.
func (p *Process) pardonedElsewhere(a netip.Addr) {
	if _, err := p.pardonInKernel(a); err != nil {
		p.o.Log.Error("an address that was let in at another edge is still dropped in the kernel", "address", a, "err", err, "hint", "evenkeel gateway pardon lets it in here")
	}
}

// FleetStatus is how the fleet stands.
type FleetStatus struct {
	Name    string      `json:"name"`
	Address string      `json:"address"`
	Weight  int         `json:"weight"`
	Part    float64     `json:"part"` // of what there is for all, that this edge may give
	Most    bool        `json:"hears_most"`
	Edges   []FleetEdge `json:"edges"`
	Taken   uint64      `json:"taken"`   // messages since the start
	Late    uint64      `json:"late"`    // that came twice or too late
	Refused uint64      `json:"refused"` // that cannot be true, or came too fast; connections of others
	Lost    uint64      `json:"lost"`    // own ones that there was no room for
}

// FleetEdge is another edge.
type FleetEdge struct {
	Name    string          `json:"name"`
	Address string          `json:"address"`
	Up      bool            `json:"up"`
	Left    bool            `json:"left,omitempty"` // it said goodbye: nobody waits for it
	Since   evenkeel.Moment `json:"since,omitempty"`
	Why     string          `json:"why,omitempty"`   // it is not heard
	Heard   float64         `json:"heard_s"`         // since it said something, in seconds; negative: it never did
	Part    float64         `json:"part"`            // as it says
	Ahead   float64         `json:"ahead_s"`         // its clock, in seconds, what is on the way included
	Fault   string          `json:"fault,omitempty"` // what is wrong with it beside that
}

// fleetStatus is how the fleet stands; nil: this edge is alone.
func (p *Process) fleetStatus() *FleetStatus {
	f, ok := p.edge.Fleet()
	if !ok {
		return nil
	}
	s := &FleetStatus{Name: f.Name, Address: p.link.Address(), Weight: f.Weight, Part: f.Part, Most: f.Most, Edges: []FleetEdge{}, Taken: f.Taken, Late: f.Late, Refused: f.Refused + p.link.Refused(), Lost: f.Untold + p.link.Lost()}
	said := map[string]share.Standing{}
	for _, x := range f.Others {
		said[x.Name] = x
	}
	for _, e := range p.link.Edges() {
		one := FleetEdge{Name: e.Name, Address: e.Address, Up: e.Up, Since: e.Since, Why: e.Why, Heard: -1}
		if one.Left = slices.Contains(f.Gone, e.Name); one.Left {
			one.Up, one.Why = false, "it said goodbye"
		}
		s.Refused += e.Dropped
		if x, ok := said[e.Name]; ok {
			delete(said, e.Name)
			one.Heard, one.Part, one.Ahead, one.Fault = x.Heard.Seconds(), x.Part, x.Ahead.Seconds(), p.faultOf(&x)
		}
		s.Edges = append(s.Edges, one)
	}
	for _, x := range f.Others {
		if _, left := said[x.Name]; left {
			s.Edges = append(s.Edges, FleetEdge{Name: x.Name, Why: "it went", Heard: x.Heard.Seconds(), Part: x.Part, Ahead: x.Ahead.Seconds()})
		}
	}
	return s
}

// mostAhead is by how much clocks may differ before it is a fault: passes and tokens of an edge whose clock is ahead by more than challenge.Skew do not count.
const mostAhead = challenge.Skew / 2

// faultOf is what is wrong with an edge that lives.
func (p *Process) faultOf(x *share.Standing) string {
	own := p.kept.fingerprints
	switch {
	case !x.Lives:
		return ""
	case len(x.Seeds) > 0 && (!slices.Contains(own, x.Seeds[0]) || !slices.Contains(x.Seeds, own[0])):
		return "it signs passes with another seed: they do not count at both; copy the file seeds of one data directory to all"
	case x.Ahead > mostAhead || x.Ahead < -mostAhead:
		return fmt.Sprintf("its clock differs by %s; expected at most %s: see to both clocks", x.Ahead.Abs().Round(time.Second), mostAhead)
	case !x.Hears && x.Heard > share.Silence:
		return "it does not hear this edge"
	}
	return ""
}

// fleetFaults are what an operator has to see to.
func (s *FleetStatus) faults() (out []string) {
	if s == nil {
		return nil
	}
	for _, e := range s.Edges {
		name := e.Name
		if name == "" {
			name = e.Address
		}
		if e.Left {
			continue
		}
		if !e.Up {
			out = append(out, fmt.Sprintf("fleet: edge %s is not heard: %s", name, e.Why))
		} else if e.Fault != "" {
			out = append(out, fmt.Sprintf("fleet: edge %s: %s", name, e.Fault))
		}
	}
	if !s.Most && len(s.Edges) > 0 {
		out = append(out, fmt.Sprintf("fleet: this edge hears no more than half of the others, and goes on with %.0f %% of what there is for all", 100*s.Part))
	}
	return out
}

// fleetWatch is what the log has of the fleet.
type fleetWatch struct {
	faults []string
	gone   []string
	losses losses
}

// watchFleet writes to the log what is wrong with the fleet, where that is another thing than before, and who left it.
func (p *Process) watchFleet(w *fleetWatch) {
	const hint = "docs/gateway.md, A fleet of edges"
	s := p.fleetStatus()
	now := s.faults()
	for _, f := range now {
		if !slices.Contains(w.faults, f) {
			p.o.Log.Warn(f, "hint", hint)
		}
	}
	if len(now) == 0 && len(w.faults) > 0 {
		p.o.Log.Info("fleet: all edges are well")
	}
	w.faults = now
	var gone []string
	for _, e := range s.Edges {
		if e.Left {
			if gone = append(gone, e.Name); !slices.Contains(w.gone, e.Name) {
				p.o.Log.Info("fleet: an edge has said goodbye, and its part is the others'", "edge", e.Name, "part", s.Part)
			}
		}
	}
	w.gone = gone
	switch n, turn := w.losses.see(s.Lost, p.o.Now()); turn {
	case lossBegins:
		p.o.Log.Warn("fleet: messages of this edge to the others are lost: there is no room for them", "messages", n, "lost_in_all", s.Lost, "hint", hint)
	case lossEnds:
		p.o.Log.Info("fleet: messages of this edge to the others are lost no more, for a minute by now", "messages", n, "lost_in_all", s.Lost)
	}
}

// lossQuiet is how long nothing is lost until that has ended, and is between two lines about it.
const lossQuiet = time.Minute

// losses are when messages were lost that there was no room for.
type losses struct {
	count uint64 // as it was seen last
	told  uint64 // as the last line has it
	lost  time.Time
	said  time.Time // the last line
	open  bool      // the last line says that messages are lost
}

// turn is what a line is about.
type turn int

const (
	lossNone turn = iota
	lossBegins
	lossEnds
)

// see takes how many were lost by now, and says what there is to say, and of how many: that it begins, or that it has ended, and never twice within lossQuiet.
func (l *losses) see(count uint64, now time.Time) (n uint64, what turn) {
	if count > l.count {
		l.count, l.lost = count, now
	}
	if l.count == l.told && !l.open || !l.said.IsZero() && now.Sub(l.said) < lossQuiet {
		return 0, lossNone
	}
	if n = l.count - l.told; !l.open {
		what = lossBegins
	} else if now.Sub(l.lost) >= lossQuiet {
		what = lossEnds
	} else {
		return 0, lossNone
	}
	l.open, l.said, l.told = what == lossBegins, now, l.count
	return n, what
}

// How long visitors of an edge that begins wait until it knows what the others know.
const (
	joinWithin = time.Second
	joinLook   = 20 * time.Millisecond
	joinTakes  = 150 * time.Millisecond // from what was heard to a stage
)

// awaitFleet waits until the others have said where all sites stand, for joinWithin at most: so an edge that begins is no way around a stage.
func (p *Process) awaitFleet(ctx context.Context) {
	if p.link == nil || p.o.Settings.Fleet.size() == 1 {
		return
	}
	over, look := time.NewTimer(joinWithin), time.NewTicker(joinLook)
	defer over.Stop()
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-over.C:
			return
		case <-look.C:
			if p.isJoined() {
				over.Reset(joinTakes)
				look.Stop()
			}
		}
	}
}

// isJoined says whether all edges that are reached say that they hear this one.
func (p *Process) isJoined() bool {
	hears := map[string]bool{}
	f, _ := p.edge.Fleet()
	for _, x := range f.Others {
		hears[x.Name] = x.Hears
	}
	any := false
	for _, e := range p.link.Edges() {
		if e.Up && !hears[e.Name] {
			return false
		}
		any = any || e.Up
	}
	return any
}
