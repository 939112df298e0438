package hostlink

import (
	"crypto/subtle"
	"encoding/base64"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
)

// enrolUser is who connects to enrol, under a key of its own.
const enrolUser = "enrol"

// Bounds of the door.
const (
	enrolWait    = 15 * time.Second // how long a connection may take to enrol
	maxMisses    = 10               // refusals per address within missWindow; then it waits
	missWindow   = time.Minute
	maxAddressed = 4096 // addresses whose misses are counted; beyond it they count as one
)

// door lets connections in: control's own inside the process, hosts by their key, and who enrols into an account
// of its own. What each may do is computed here, when it connects.
type door struct {
	registry *registry
	secret   string // of control's own connections, drawn at each start
	hosts    *server.Account
	enrol    *server.Account
	now      func() time.Time
	kick     func(cid uint64) // ends a connection, soon
	refused  func(address string, why string)

	open atomic.Bool // control hears hosts: what they send is not lost

	mu     sync.Mutex
	live   map[string]uint64 // by host: its newest connection
	misses map[netip.Prefix]misses
}

type misses struct {
	n     int
	since time.Time
}

// Check is asked by the server for each connection.
func (d *door) Check(c server.ClientAuthentication) bool {
	o := c.GetOpts()
	if remote := c.RemoteAddress(); c.GetTLSConnectionState() == nil {
		// Only a connection inside the process has no TLS.
		inside := remote == nil || remote.Network() == "pipe"
		if !inside || subtle.ConstantTimeCompare([]byte(o.Token), []byte(d.secret)) != 1 {
			return d.refuse(c, "it has no TLS")
		}
		c.RegisterUser(&server.User{Username: "control", Account: map[bool]*server.Account{true: d.enrol, false: d.hosts}[o.Name == enrolUser]})
		return true
	}
	if !d.open.Load() {
		return d.refuse(c, "control is not ready to hear hosts yet")
	}
	if d.isWaiting(c) {
		return d.refuse(c, "too many of its attempts were refused; it waits for a minute")
	}
	if !proven(o.Nkey, o.Sig, c.GetNonce()) {
		return d.miss(c, "it does not prove a key")
	}
	if o.Username == enrolUser {
		if !d.registry.open(evenkeel.MomentOf(d.now())) {
			return d.miss(c, "nobody is invited")
		}
		c.RegisterUser(&server.User{
			Username: enrolUser, Account: d.enrol, ConnectionDeadline: d.now().Add(enrolWait),
			Permissions: only([]string{askSubject(o.Nkey)}, []string{answerSubject(o.Nkey)}),
		})
		return true
	}
	id, ok := d.registry.holder(o.Nkey)
	if !ok {
		return d.miss(c, "its key is not that of a host that may connect")
	}
	c.RegisterUser(&server.User{
		Username: id, Account: d.hosts,
		Permissions: only(
			[]string{subject(id, kindRecords), subject(id, kindReceipts), subject(id, kindStatus), subject(id, kindAnswers)},
			[]string{subject(id, kindOrders), subject(id, kindAcks), subject(id, kindAsks)}),
	})
	d.mu.Lock()
	before, had := d.live[id]
	d.live[id] = c.GetID()
	d.mu.Unlock()
	if had {
		go d.kick(before) // the server holds locks of the new one here; an old one that is gone is no error
	}
	// Who was revoked while it was let in is not let in.
	if _, ok := d.registry.holder(o.Nkey); !ok {
		return d.refuse(c, "it was revoked")
	}
	return true
}

// only allows exact subjects, and nothing else. Nobody may answer to a reply subject.
func only(publish, subscribe []string) *server.Permissions {
	return &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: publish},
		Subscribe: &server.SubjectPermission{Allow: subscribe},
	}
}

// proven says whether a signature of the nonce is by a user's public key.
func proven(key, sig string, nonce []byte) bool {
	if len(key) > 64 || len(sig) > 128 || len(nonce) == 0 || !nkeys.IsValidPublicUserKey(key) {
		return false
	}
	raw, err := base64.RawURLEncoding.DecodeString(sig)
	if err != nil {
		return false
	}
	pub, err := nkeys.FromPublicKey(key)
	return err == nil && pub.Verify(nonce, raw) == nil
}

// connection returns the newest connection of a host.
func (d *door) connection(host string) (cid uint64, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	cid, ok = d.live[host]
	return cid, ok
}

func (d *door) refuse(c server.ClientAuthentication, why string) bool {
	d.refused(addressOf(c), why)
	return false
}

// miss refuses, and counts that against the address.
func (d *door) miss(c server.ClientAuthentication, why string) bool {
	d.count(addressOf(c))
	return d.refuse(c, why)
}

func addressOf(c server.ClientAuthentication) string {
	if a := c.RemoteAddress(); a != nil {
		return a.String()
	}
	return ""
}

// network returns what is counted as one: an IPv4 address, or the /64 of an IPv6 address.
func network(address string) netip.Prefix {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return netip.Prefix{}
	}
	a, bits := ap.Addr().Unmap().WithZone(""), 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits)
	return p
}

func (d *door) count(address string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, now := network(address), d.now()
	m, ok := d.misses[n]
	if !ok && len(d.misses) >= maxAddressed {
		for p, old := range d.misses {
			if now.Sub(old.since) > missWindow {
				delete(d.misses, p)
			}
		}
		if len(d.misses) >= maxAddressed {
			n = netip.Prefix{}
			m = d.misses[n]
		}
	}
	if now.Sub(m.since) > missWindow {
		m = misses{since: now}
	}
	m.n++
	d.misses[n] = m
}

// isWaiting says whether too many attempts from an address were refused.
func (d *door) isWaiting(c server.ClientAuthentication) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	m, ok := d.misses[network(addressOf(c))]
	return ok && m.n >= maxMisses && d.now().Sub(m.since) <= missWindow
}
