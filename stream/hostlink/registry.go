package hostlink

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/whole"
)

// Host is one that has enrolled.
type Host struct {
	ID       string          `json:"id"`
	Key      string          `json:"key"` // its public nkey
	Enrolled evenkeel.Moment `json:"enrolled"`
	Revoked  evenkeel.Moment `json:"revoked,omitempty"` // 0: it may connect
}

// Invite is a token that was given, without its secret.
type Invite struct {
	Host  string          `json:"host"`
	Hash  []byte          `json:"hash"` // SHA-256 of the secret
	Until evenkeel.Moment `json:"until"`
	Used  evenkeel.Moment `json:"used,omitempty"` // 0: not yet
	Key   string          `json:"key,omitempty"`  // who used it
}

// Registered is all that control has to remember of who may connect.
type Registered struct {
	Hosts   []Host   `json:"hosts"`
	Invites []Invite `json:"invites"` // at most one per host
}

// Keeper remembers it. Save returns nil only once all of it is durable; the next Load then returns it.
type Keeper interface {
	Load(ctx context.Context) (Registered, error)
	Save(ctx context.Context, r Registered) error
}

// File keeps it in one file that its owner alone may read. The folder has to be there.
type File string

// Load reads the file; one that is not there holds nobody.
func (f File) Load(context.Context) (r Registered, err error) {
	b, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	if err != nil {
		return r, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "read the list of hosts", Err: err,
			Hint: "put the file back from a backup: " + string(f)}
	}
	return r, nil
}

// Save writes the file whole.
func (f File) Save(_ context.Context, r Registered) error {
	b, err := json.MarshalIndent(r, "", " ")
	if err == nil {
		err = whole.Write(string(f), append(b, '\n'), 0o600)
	}
	if err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "write the list of hosts", Err: err, Hint: "look at the disk of " + string(f)}
	}
	return nil
}

const (
	maxHosts   = 20_000
	keptInvite = 30 * 24 * time.Hour // after its end, so that who comes late is told why
)

// registry answers who may connect, and changes that one step at a time.
type registry struct {
	keeper Keeper

	mu    sync.Mutex
	now   Registered
	byKey map[string]int // in now.Hosts
	byID  map[string]int
}

func openRegistry(ctx context.Context, k Keeper) (*registry, error) {
	r := &registry{keeper: k}
	all, err := k.Load(ctx)
	if err != nil {
		return nil, err
	}
	r.put(all)
	return r, nil
}

func (r *registry) put(all Registered) {
	r.now, r.byKey, r.byID = all, map[string]int{}, map[string]int{}
	for i, h := range all.Hosts {
		r.byKey[h.Key], r.byID[h.ID] = i, i
	}
}

// change saves what edit makes of a copy, and then it holds.
func (r *registry) change(ctx context.Context, edit func(*Registered) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := Registered{Hosts: slices.Clone(r.now.Hosts), Invites: slices.Clone(r.now.Invites)}
	if err := edit(&next); err != nil {
		return err
	}
	if err := r.keeper.Save(ctx, next); err != nil {
		return err
	}
	r.put(next)
	return nil
}

// holder returns the host with a key that may connect.
func (r *registry) holder(key string) (id string, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i, ok := r.byKey[key]
	if !ok || r.now.Hosts[i].Revoked != 0 {
		return "", false
	}
	return r.now.Hosts[i].ID, true
}

// admitted says whether a host may be heard.
func (r *registry) admitted(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	i, ok := r.byID[id]
	return ok && r.now.Hosts[i].Revoked == 0
}

func (r *registry) hosts() []Host {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.now.Hosts)
}

func (r Registered) host(id string) int {
	return slices.IndexFunc(r.Hosts, func(h Host) bool { return h.ID == id })
}

func (r Registered) invite(id string) int {
	return slices.IndexFunc(r.Invites, func(v Invite) bool { return v.Host == id })
}

// open says whether anybody could enrol now.
func (r *registry) open(now evenkeel.Moment) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, v := range r.now.Invites {
		if v.Until.Add(keptInvite) > now {
			return true // late or twice: they are told so
		}
	}
	return false
}

// invite makes the secret for one host. An earlier one for it works no more.
func (r *registry) invite(ctx context.Context, host string, until, now evenkeel.Moment) (secret [32]byte, err error) {
	if err := CheckHost(host); err != nil {
		return secret, err
	}
	if until <= now {
		return secret, evenkeel.Invalid("a token for host %s that ends at %s; expected a time after now", host, until.Time().Format(time.RFC3339))
	}
	if _, err := rand.Read(secret[:]); err != nil {
		return secret, err
	}
	hash := sha256.Sum256(secret[:])
	err = r.change(ctx, func(n *Registered) error {
		n.Invites = slices.DeleteFunc(n.Invites, func(v Invite) bool { return v.Host == host || v.Until.Add(keptInvite) <= now })
		if len(n.Invites) >= maxHosts {
			return evenkeel.Invalid("%d tokens are open; expected fewer: wait until some have ended", len(n.Invites))
		}
		n.Invites = append(n.Invites, Invite{Host: host, Hash: hash[:], Until: until})
		return nil
	})
	return secret, err
}

// admit lets a host in with the secret of its invite. Only who knows the secret is told more than no.
func (r *registry) admit(ctx context.Context, host, key string, secret []byte, now evenkeel.Moment) error {
	denied := func(format string, args ...any) error {
		return &evenkeel.Error{Kind: evenkeel.KindDenied, Says: evenkeel.Invalid(format, args...).Error(),
			Hint: "ask the operator for a new token for this host"}
	}
	return r.change(ctx, func(n *Registered) error {
		hash, known := sha256.Sum256(secret), make([]byte, sha256.Size)
		i := n.invite(host)
		if i >= 0 {
			known = n.Invites[i].Hash
		}
		if subtle.ConstantTimeCompare(hash[:], known) != 1 || i < 0 {
			return denied("the token for host %s is not known; expected one that control gave and did not replace", host)
		}
		v := &n.Invites[i]
		at := n.host(host)
		switch {
		case v.Used != 0 && v.Key == key && at >= 0 && n.Hosts[at].Key == key && n.Hosts[at].Revoked == 0:
			return nil // the same host: it did not hear the answer
		case v.Used != 0:
			return denied("the token for host %s was used at %s; a token works once", host, v.Used.Time().Format(time.RFC3339))
		case v.Until <= now:
			return denied("the token for host %s ended at %s", host, v.Until.Time().Format(time.RFC3339))
		}
		if other := slices.IndexFunc(n.Hosts, func(h Host) bool { return h.Key == key && h.ID != host }); other >= 0 {
			return denied("the key is that of host %s; expected a key of its own for host %s", n.Hosts[other].ID, host)
		}
		v.Used, v.Key = now, key
		h := Host{ID: host, Key: key, Enrolled: now}
		if at >= 0 {
			n.Hosts[at] = h
			return nil
		}
		if len(n.Hosts) >= maxHosts {
			return denied("%d hosts have enrolled; expected fewer", len(n.Hosts))
		}
		n.Hosts = append(n.Hosts, h)
		return nil
	})
}

// revoke shuts a host out.
func (r *registry) revoke(ctx context.Context, host string, now evenkeel.Moment) error {
	return r.change(ctx, func(n *Registered) error {
		i := n.host(host)
		if i < 0 {
			return &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "revoke host " + host + ": it has not enrolled"}
		}
		if n.Hosts[i].Revoked == 0 {
			n.Hosts[i].Revoked = now
		}
		n.Invites = slices.DeleteFunc(n.Invites, func(v Invite) bool { return v.Host == host && v.Used == 0 })
		return nil
	})
}
