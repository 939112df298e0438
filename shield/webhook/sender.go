package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync/atomic"

	"github.com/evenkeel/evenkeel"
)

// Bounds of what is sent and of what is read in answer.
const (
	MaxBody    = 4 << 20
	MaxAnswer  = 64 << 10
	maxHeaders = 16 << 10
)

// Sender posts signed messages to one endpoint. Safe for concurrent use.
type Sender struct {
	to     Endpoint
	at     *url.URL
	now    func() evenkeel.Moment
	client *http.Client
	gone   atomic.Bool // the receiver wants nothing any more
}

// NewSender returns one, or what is wrong with the endpoint.
func NewSender(to Endpoint, now func() evenkeel.Moment) (*Sender, error) {
	to, at, err := to.filled()
	if err != nil {
		return nil, err
	}
	return &Sender{to: to, at: at, now: now, client: clientOf(&to, at.Scheme == "http")}, nil
}

// NewClient returns a client that speaks to whom a Sender would: to public addresses and to those
// in allow, by TLS or, where it is plain, only to those in allow. It follows no redirect and asks
// no proxy; whoever uses it bounds what is read of an answer.
func NewClient(allow []netip.Prefix, plain bool) *http.Client {
	to := Endpoint{Allow: allow, Connect: defaultConnect, Whole: defaultWhole, resolve: lookUp}
	return clientOf(&to, plain)
}

func clientOf(to *Endpoint, plain bool) *http.Client {
	g := &guard{allow: to.Allow, connect: to.Connect, resolve: to.resolve, reach: new(net.Dialer).DialContext, plain: plain}
	return &http.Client{
		Timeout:       to.Whole,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{ // Proxy stays nil: a proxy would dial what was never checked
			DialContext:            g.dial,
			TLSClientConfig:        &tls.Config{RootCAs: to.Roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    to.Connect,
			ForceAttemptHTTP2:      true,
			DisableCompression:     true, // a small answer could grow without bound
			MaxResponseHeaderBytes: maxHeaders,
			MaxConnsPerHost:        16,
			MaxIdleConnsPerHost:    4,
			IdleConnTimeout:        to.Whole,
		},
	}
}

// Close ends the connections that nobody uses. The sender can go on: it opens new ones.
func (s *Sender) Close() { s.client.CloseIdleConnections() }

// Answer is what a receiver said to a message that it took.
type Answer struct {
	Status int
	Body   []byte // at most MaxAnswer bytes
	// Broken says why the body could not be read to its end, or "".
	Broken string
}

// Post sends one message, once. The id is its key of idempotency: the same in every attempt.
// Any status of success is an Answer, whatever became of its body. The errors say by their
// kind what follows: unavailable, come again (with shield.After where the receiver said
// when); all others, never come again with this message. After 410 Gone nothing is sent any
// more.
func (s *Sender) Post(ctx context.Context, id string, body []byte) (Answer, error) {
	if s.gone.Load() {
		return Answer{}, s.goneError()
	}
	if len(body) > MaxBody {
		return Answer{}, evenkeel.Invalid("message %s has %d bytes; expected at most %d", id, len(body), MaxBody)
	}
	req, err := s.request(ctx, id, body)
	if err != nil {
		return Answer{}, err
	}
	res, err := s.client.Do(req)
	if err != nil {
		return Answer{}, s.silence(ctx, id, err)
	}
	defer func() { _ = res.Body.Close() }() // nothing is left to be done about it
	said, err := io.ReadAll(io.LimitReader(res.Body, MaxAnswer+1))
	a := Answer{Status: res.StatusCode, Body: said}
	switch {
	case err != nil:
		a.Broken = "its answer broke off"
	case len(said) > MaxAnswer:
		a.Body, a.Broken = said[:MaxAnswer], fmt.Sprintf("its answer has more than %d bytes", MaxAnswer)
	}
	return a, s.judge(id, res, a)
}

func (s *Sender) request(ctx context.Context, id string, body []byte) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.at.String(), bytes.NewReader(body))
	if err == nil {
		err = s.to.Keys.Sign(req.Header, id, s.now().Time(), body)
	}
	if err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "send to " + name(s.at), Err: bare(err)}
	}
	req.Header.Set("Content-Type", s.to.Type)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "Evenkeel")
	return req, nil
}

// silence is the error of an attempt that got no answer.
func (s *Sender) silence(ctx context.Context, id string, err error) error {
	e := &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: fmt.Sprintf("send message %s to %s", id, name(s.at)), Err: bare(err)}
	if t, ok := e.Err.(net.Error); ok && t.Timeout() && ctx.Err() == nil {
		e.Says, e.Err = fmt.Sprintf("%s: it did not answer in time (%v to connect, %v in all)", e.Says, s.to.Connect, s.to.Whole), nil
	}
	return e
}

// bare takes the address off an error of the client: its path or query may hold a token.
func bare(err error) error {
	if u, ok := err.(*url.Error); ok {
		return u.Err
	}
	return err
}
