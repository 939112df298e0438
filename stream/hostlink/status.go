package hostlink

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/evenkeel/evenkeel"
	"github.com/nats-io/nats.go"
)

// Heartbeat is how often an agent says that it lives; Silence is after how long control holds it for away.
const (
	Heartbeat = 10 * time.Second
	Silence   = 3 * Heartbeat
)

// About is what the agent says of its host.
type About struct {
	Version string      `json:"version"`
	Can     []string    `json:"can,omitempty"`   // such as limit, throttle, isolate
	Blind   []BlindPort `json:"blind,omitempty"` // guests' ports whose traffic it cannot see
	// Nobodys are interfaces at which no guest hangs as far as the host knows: its own, or a guest's that nobody named.
	Nobodys []BlindPort `json:"nobodys,omitempty"`
	// Canary is the guest by which the host shows that data is reached; "": it has none, or does not say.
	Canary evenkeel.AssetID `json:"canary,omitempty"`
	// Holds are the guests that are there, by what the inventory calls them: at most MaxHolds.
	Holds []evenkeel.AssetID `json:"-"`
	// Named are those of Holds that the settings name and no port leads to: what another host has counts for more.
	Named []evenkeel.AssetID `json:"-"`
	// Watches are other assets of which this host tells something: itself, and machines whose files it watches.
	Watches []evenkeel.AssetID `json:"-"`
	// Edge says that this is an HTTP edge: what it holds are sites, and other edges may hold the same ones. Nothing is shared between an
	// edge and a host that is none.
	Edge bool `json:"edge,omitempty"`
	// Stratum is why the first payload of guests' conversations is looked at; "": it is not.
	Stratum string `json:"stratum,omitempty"`
	// Stands are the decisions of which the host carries something out, told when it connects and now and then: at most
	// MaxStands. nil: nothing is said of it.
	Stands []evenkeel.DecisionID `json:"stands,omitzero"`
}

// MaxStands is of how many decisions one host may say that something stands.
const MaxStands = 4096

// MaxHolds is how many guests, or sites, one host may say that it holds; MaxReason is how long About.Stratum may be, in bytes.
const (
	MaxHolds  = 30_000
	MaxReason = 500
)

// BlindPort is a port that is not seen, and why.
type BlindPort struct {
	Port string `json:"port"`
	Why  string `json:"why"`
}

// Fill is how full an agent's buffer is, and what became of what had no room since the agent was started.
type Fill struct {
	Bytes          int64  `json:"bytes"`
	MaxBytes       int64  `json:"max_bytes"`
	Batches        int    `json:"batches"`
	Merged         uint64 `json:"merged"`
	Dropped        uint64 `json:"dropped"` // batches and receipts that it had no room for, and batches that were too large for it
	DroppedRecords uint64 `json:"dropped_records"`
	Damaged        uint64 `json:"damaged"`
	Refused        uint64 `json:"refused"` // batches and receipts that control will never take
}

// Status is what an agent says every Heartbeat.
type Status struct {
	About
	Buffer Fill            `json:"buffer"`
	Hello  bool            `json:"hello,omitempty"` // the first of a connection
	At     evenkeel.Moment `json:"at"`              // by the host's clock
	// Held are About.Holds where they may be news to control; nil: as they were told before.
	Held *[]evenkeel.AssetID `json:"held,omitempty"`
	// HeldByName and Watched are told with Held.
	HeldByName []evenkeel.AssetID `json:"held_by_name,omitempty"`
	Watched    []evenkeel.AssetID `json:"watched,omitempty"`
	// Packed is Held where it is long, see pack; then there is no Held.
	Packed []byte `json:"held_packed,omitempty"`
}

// Presence is what control knows of a host.
type Presence struct {
	Host
	Here   bool      // it spoke within Silence
	Last   time.Time // when it spoke last; zero: not since control was started
	Status Status    // what it said then
}

// presence remembers when hosts spoke, and what they hold.
type presence struct {
	mu      sync.Mutex
	hosts   map[string]*present
	holders map[evenkeel.AssetID][]string // sorted
	claims  claims
}

type present struct {
	last   time.Time
	status Status
}

// take notes what a host said, and returns what it said before, or nil. The lock is held.
func (p *presence) take(host string, s Status, now time.Time) (before *present) {
	before = p.hosts[host]
	var had []evenkeel.AssetID
	if before != nil {
		had = before.status.Holds
	}
	if s.Holds = had; s.Held != nil {
		s.Holds, s.Held = *s.Held, nil
		named := map[evenkeel.AssetID]bool{}
		for _, a := range s.HeldByName {
			named[a] = true
		}
		has := slices.DeleteFunc(slices.Concat(s.Holds, s.Watched), func(a evenkeel.AssetID) bool { return named[a] })
		p.claims.take(host, s.Edge, has, s.HeldByName, now)
		for _, a := range had {
			p.holders[a] = slices.DeleteFunc(p.holders[a], func(h string) bool { return h == host })
			if len(p.holders[a]) == 0 {
				delete(p.holders, a)
			}
		}
		for _, a := range s.Holds {
			if at, there := slices.BinarySearch(p.holders[a], host); !there {
				p.holders[a] = slices.Insert(p.holders[a], at, host)
			}
		}
	}
	s.HeldByName, s.Watched = nil, nil
	p.hosts[host] = &present{last: now, status: s}
	return before
}

// Holders returns the hosts that said last that they hold an asset, by id, also those that are silent since; nil
// where none did. One that was shut out holds nothing.
func (c *Control) Holders(a evenkeel.AssetID) (hosts []string) {
	c.presence.mu.Lock()
	defer c.presence.mu.Unlock()
	for _, h := range c.presence.holders[a] {
		if c.registry.admitted(h) {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// checkHeld says what is wrong with what a host says that it holds, or nil.
func checkHeld(s *Status) error {
	if len(s.Stratum) > MaxReason || strings.ContainsFunc(s.Stratum, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return evenkeel.Invalid("the reason %.60q why payload is looked at; expected at most %d bytes in one line", s.Stratum, MaxReason)
	}
	if s.Held == nil {
		return nil
	}
	for what, all := range map[string][]evenkeel.AssetID{"holds": *s.Held, "names": s.HeldByName, "watches": s.Watched} {
		if len(all) > MaxHolds {
			return evenkeel.Invalid("it %s %d guests; expected at most %d", what, len(all), MaxHolds)
		}
		for _, a := range all {
			if err := evenkeel.CheckID("asset", string(a)); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkStands says what is wrong with what a host says that it carries out, or nil.
func checkStands(all []evenkeel.DecisionID) error {
	if len(all) > MaxStands {
		return evenkeel.Invalid("it carries out %d decisions; expected at most %d", len(all), MaxStands)
	}
	for _, d := range all {
		if err := evenkeel.CheckID("decision", string(d)); err != nil {
			return err
		}
	}
	return nil
}

// isHere says whether a host spoke within Silence.
func (p *presence) isHere(host string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.hosts[host]
	return h != nil && now.Sub(h.last) < Silence
}

// hear takes a status; greet is called where the host has come.
func (c *Control) hear(m *nats.Msg, greet func(host string)) {
	host, _, ok := splitSubject(m.Subject)
	if !ok || !c.registry.admitted(host) {
		return
	}
	var s Status
	err := json.Unmarshal(m.Data, &s)
	if len(m.Data) > maxStatus {
		err = evenkeel.Invalid("a status of %d bytes; expected at most %d", len(m.Data), maxStatus)
	}
	if err == nil {
		err = s.unpack()
	}
	if err == nil {
		err = cmp.Or(checkHeld(&s), checkStands(s.Stands))
	}
	if err != nil {
		c.o.Logger.Warn("the status of a host cannot be read", "host", host, "err", err)
		return
	}
	now, stands := c.o.Now(), s.Stands
	s.Stands = nil // it is held against the books, and not remembered
	c.presence.mu.Lock()
	before := c.presence.take(host, s, now)
	c.presence.mu.Unlock()
	c.tellStratum(host, before, &s)
	if s.Hello || before == nil || now.Sub(before.last) >= Silence {
		greet(host)
	}
	if c.o.Heard != nil {
		c.o.Heard(host)
	}
	if stands != nil && c.o.Stands != nil {
		c.o.Stands(host, stands)
	}
}

// tellStratum says when a host begins to look at payload, says another reason, or ends it.
func (c *Control) tellStratum(host string, before *present, s *Status) {
	was := ""
	if before != nil {
		was = before.status.Stratum
	}
	switch {
	case was == s.Stratum:
	case s.Stratum == "":
		c.o.Logger.Info("a host looks at payload no more", "host", host)
	default:
		c.o.Logger.Warn("a host looks at the first payload of what its guests say, for Stratum", "host", host, "reason", s.Stratum,
			"hint", "the policy that you publish must name this; payload.stratum in its settings turns it off")
	}
}

// Hosts returns all hosts that have enrolled, by id, and since when each is silent.
func (c *Control) Hosts() []Presence {
	now := c.o.Now()
	all := c.registry.hosts()
	out := make([]Presence, len(all))
	c.presence.mu.Lock()
	for i, h := range all {
		out[i].Host = h
		if p := c.presence.hosts[h.ID]; p != nil {
			out[i].Last, out[i].Status = p.last, p.status
			out[i].Here = h.Revoked == 0 && now.Sub(p.last) < Silence
		}
	}
	c.presence.mu.Unlock()
	slices.SortFunc(out, func(a, b Presence) int { return strings.Compare(a.ID, b.ID) })
	return out
}
