package hostlink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/whole"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

func askSubject(key string) string    { return "enrol." + key + ".ask" }
func answerSubject(key string) string { return "enrol." + key + ".answer" }

type enrolAsk struct {
	Host   string `json:"host"`
	Secret []byte `json:"secret"`
}

type enrolAnswer struct {
	OK   bool   `json:"ok"`
	Says string `json:"says,omitempty"`
	Hint string `json:"hint,omitempty"`
}

// enrol answers one ask. The subject was allowed to the holder of the key alone.
func (c *Control) enrol(ctx context.Context, m *nats.Msg) {
	key, ok := strings.CutSuffix(strings.TrimPrefix(m.Subject, "enrol."), ".ask")
	if !ok {
		return
	}
	var ask enrolAsk
	err := json.Unmarshal(m.Data, &ask)
	if err != nil || len(m.Data) > maxToken || CheckHost(ask.Host) != nil {
		err = evenkeel.Invalid("the request to enrol cannot be read; expected a host and a secret")
	} else {
		err = c.registry.admit(ctx, ask.Host, key, ask.Secret, evenkeel.MomentOf(c.o.Now()))
	}
	answer := enrolAnswer{OK: err == nil}
	if err != nil {
		answer.Says, answer.Hint = err.Error(), evenkeel.HintOf(err)
		c.tally.refusedEnrolments.Add(1)
		c.o.Logger.Warn("a host was refused that wanted to enrol", "host", ask.Host, "key", key, "err", err)
	} else {
		c.tally.enrolled.Add(1)
		c.o.Logger.Info("a host has enrolled", "host", ask.Host, "key", key)
		c.end(ask.Host) // what is connected with an earlier key
	}
	text, err := json.Marshal(answer)
	if err == nil {
		err = c.enrolConn.Publish(answerSubject(key), text)
	}
	if err != nil {
		c.o.Logger.Warn("answer a host that enrols", "host", ask.Host, "err", err)
	}
}

// Enrolment is what a host keeps of its token: who it is and whom it trusts.
type Enrolment struct {
	Host      string   `json:"host"`
	Addresses []string `json:"addresses"`
	Pin       Pin      `json:"pin"`
}

const (
	enrolmentFile = "link.json" // 0600
	seedFile      = "host.seed" // the secret key, 0600; it never leaves the host
)

// LoadEnrolment reads what Enrol kept in a folder; KindNotFound where there is none.
func LoadEnrolment(dir string) (e Enrolment, err error) {
	b, err := os.ReadFile(filepath.Join(dir, enrolmentFile))
	if errors.Is(err, fs.ErrNotExist) {
		return e, &evenkeel.Error{Kind: evenkeel.KindNotFound, Says: "this host has not enrolled", Hint: "ask control for a token, and give it to the agent once"}
	}
	if err == nil {
		err = json.Unmarshal(b, &e)
	}
	if err == nil {
		err = CheckHost(e.Host)
	}
	if err == nil {
		err = checkAddresses(e.Addresses)
	}
	if err != nil {
		return e, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "read the enrolment in " + dir, Err: err, Hint: "enrol this host again"}
	}
	return e, nil
}

// Enrol makes the key of this host in a folder (kept where it is there already), brings its public half to control
// with the token, and keeps the enrolment. After an error, or a crash, the same token may be tried again; once
// another key has used it, it is refused with KindDenied.
func Enrol(ctx context.Context, dir string, t Token, now func() time.Time) (Enrolment, error) {
	e := Enrolment{Host: t.Host, Addresses: t.Addresses, Pin: t.Pin}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return e, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "make the folder of the agent", Err: err}
	}
	key, err := hostKey(dir, true)
	if err != nil {
		return e, err
	}
	if err := bring(ctx, t, key, now); err != nil {
		return e, err
	}
	text, err := json.MarshalIndent(e, "", " ")
	if err == nil {
		err = whole.Write(filepath.Join(dir, enrolmentFile), append(text, '\n'), 0o600)
	}
	if err != nil {
		return e, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "write the enrolment", Err: err, Hint: "make room on the disk and enrol with the same token"}
	}
	return e, nil
}

// hostKey reads the key of the host in a folder, or makes it.
func hostKey(dir string, create bool) (nkeys.KeyPair, error) {
	path := filepath.Join(dir, seedFile)
	seed, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && create {
		var fresh nkeys.KeyPair
		if fresh, err = nkeys.CreateUser(); err == nil {
			if seed, err = fresh.Seed(); err == nil {
				err = whole.Write(path, seed, 0o600)
			}
		}
	}
	if err == nil {
		var key nkeys.KeyPair
		if key, err = nkeys.FromSeed(seed); err == nil {
			return key, nil
		}
	}
	return nil, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "read the key of this host in " + path, Err: err, Hint: "remove the file and enrol this host again"}
}

// bring asks control to let the key in.
func bring(ctx context.Context, t Token, key nkeys.KeyPair, now func() time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, enrolWait)
	defer cancel()
	pub, err := key.PublicKey()
	if err != nil {
		return err
	}
	conn, err := dial(t.Addresses, t.Pin, key, now, nats.UserInfo(enrolUser, ""), nats.Name(t.Host))
	if err != nil {
		return linkError("enrol host "+t.Host, err)
	}
	defer conn.Close()
	answers, err := conn.SubscribeSync(answerSubject(pub))
	if err != nil {
		return linkError("enrol host "+t.Host, err)
	}
	ask, err := json.Marshal(enrolAsk{Host: t.Host, Secret: t.Secret[:]})
	if err == nil {
		err = conn.Publish(askSubject(pub), ask)
	}
	if err != nil {
		return linkError("enrol host "+t.Host, err)
	}
	m, err := answers.NextMsgWithContext(ctx)
	if err != nil {
		return linkError("enrol host "+t.Host+": control does not answer", err)
	}
	var answer enrolAnswer
	if err := json.Unmarshal(m.Data, &answer); err != nil {
		return linkError("enrol host "+t.Host+": the answer cannot be read", err)
	}
	if !answer.OK {
		return &evenkeel.Error{Kind: evenkeel.KindDenied, Says: "control refuses: " + cut(answer.Says, maxSays), Hint: cut(answer.Hint, maxSays)}
	}
	return nil
}

// dialWait bounds one attempt to connect, per address.
const dialWait = 5 * time.Second

// dialer keeps why nothing was reached: the library says that it has no servers instead.
type dialer struct {
	net.Dialer
	err error
}

// Dial dials.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	conn, err := d.Dialer.Dial(network, address)
	if d.err = err; err == nil {
		return conn, nil
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		d.err = op.Err // the address is named already
	}
	if call, ok := errors.AsType[*os.SyscallError](d.err); ok {
		d.err = call.Err
	}
	return conn, err
}

// dial connects once, to the first address that lets it in, with TLS from the first byte and the key.
func dial(addresses []string, pin Pin, key nkeys.KeyPair, now func() time.Time, more ...nats.Option) (conn *nats.Conn, err error) {
	pub, err := key.PublicKey()
	if err != nil {
		return nil, err
	}
	var all []error
	for _, a := range addresses {
		name, _, err := net.SplitHostPort(a)
		way := &dialer{Dialer: net.Dialer{Timeout: dialWait}}
		if err == nil {
			conn, err = nats.Connect("tls://"+a, append([]nats.Option{
				nats.Nkey(pub, key.Sign), nats.Secure(trusting(pin, name, now)), nats.TLSHandshakeFirst(),
				nats.NoReconnect(), nats.IgnoreDiscoveredServers(), nats.NoEcho(),
				nats.Timeout(dialWait), nats.SetCustomDialer(way),
				nats.PingInterval(20 * time.Second), nats.MaxPingsOutstanding(2),
				// Errors come to whoever calls; nothing is printed.
				nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
			}, more...)...)
		}
		if err == nil {
			return conn, nil
		}
		if way.err != nil {
			err = way.err
		}
		all = append(all, fmt.Errorf("%s: %w", a, err))
	}
	return nil, errors.Join(all...)
}

// linkError makes an Error of what went wrong between here and control.
func linkError(says string, err error) error {
	kind, hint := evenkeel.KindUnavailable, "see whether control runs and can be reached at its address"
	switch {
	case evenkeel.KindOf(err) == evenkeel.KindDenied:
		kind, hint = evenkeel.KindDenied, ""
	case errors.Is(err, nats.ErrAuthorization) || errors.Is(err, nats.ErrAuthExpired):
		kind, hint = evenkeel.KindDenied, "control does not know this host's key, or has revoked it: enrol it again with a new token"
	}
	return &evenkeel.Error{Kind: kind, Says: says, Hint: hint, Err: err}
}
