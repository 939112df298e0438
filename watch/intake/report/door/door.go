package door

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/watch/intake/report"
)

// Desk takes reports that were read. Take returns nil once they are durable, and not before, and an
// error of KindInvalid where nothing can follow from them. It is called from many goroutines; the
// same reports may come again after a restart.
type Desk interface {
	Take(ctx context.Context, from string, all []*report.Report) error
	// Had says whether reports with a receipt were taken, before this process began too.
	Had(ctx context.Context, receipt string) (bool, error)
}

// Reporter is somebody who may send more than a stranger.
type Reporter struct {
	Name   string              // an id; what it sends is counted under it
	Tokens [][sha256.Size]byte // SHA-256 of its bearer tokens; two while one is exchanged
	Minute int                 // reports a minute; 0: 600
}

// Options is how a Door is to behave. A zero field means its default.
type Options struct {
	Stranger   int           // reports a minute from one network without a token; 5
	Strangers  int           // the same from all of them together; 60
	AtOnce     int           // requests that are worked on at a time; 4, each may cost 66 MiB
	BodyFor    time.Duration // for the whole body; 30 s
	TakeFor    time.Duration // for the Desk; 10 s
	AuthServer string        // see Read
	// Proxies are the networks of proxies whose word is taken for whom they speak for (X-Forwarded-For);
	// none: nobody's is.
	Proxies []netip.Prefix
	Now     func() time.Time
}

func (o Options) withDefaults() Options {
	o.Stranger, o.Strangers = cmp.Or(o.Stranger, 5), cmp.Or(o.Strangers, 60)
	o.AtOnce = cmp.Or(o.AtOnce, 4)
	o.BodyFor, o.TakeFor = cmp.Or(o.BodyFor, 30*time.Second), cmp.Or(o.TakeFor, 10*time.Second)
	return o
}

// Door lets reports in over HTTP. Its handler may be served by any number of servers.
type Door struct {
	desk   Desk
	tokens []token
	opt    Options
	rates  *rates
	seen   *seen
	turns  chan struct{} // one for each request at work; who finds it full is sent away
}

type token struct {
	digest [sha256.Size]byte
	from   Reporter
}

// New returns a Door that hands reports to a Desk. Reporters without a token, with one that
// another has, or of the same name are an error.
func New(desk Desk, reporters []Reporter, opt Options) (*Door, error) {
	if opt = opt.withDefaults(); opt.Now == nil {
		return nil, evenkeel.Invalid("open the door for reports: no clock; expected Options.Now")
	}
	d := &Door{desk: desk, opt: opt, rates: newRates(), seen: newSeen(), turns: make(chan struct{}, opt.AtOnce)}
	names, digests := map[string]bool{}, map[[sha256.Size]byte]bool{}
	for _, r := range reporters {
		if err := evenkeel.CheckID("reporter", r.Name); err != nil {
			return nil, err
		}
		r.Minute = cmp.Or(r.Minute, 600)
		switch {
		case names[r.Name]:
			return nil, evenkeel.Invalid("reporter %s is given twice", r.Name)
		case len(r.Tokens) == 0:
			return nil, evenkeel.Invalid("reporter %s has no token", r.Name)
		case r.Minute < 0:
			return nil, evenkeel.Invalid("reporter %s has a rate below zero", r.Name)
		}
		names[r.Name] = true
		for _, t := range r.Tokens {
			if digests[t] || t == ([sha256.Size]byte{}) || t == sha256.Sum256(nil) {
				return nil, evenkeel.Invalid("reporter %s has a token that is empty or another's", r.Name)
			}
			digests[t] = true
			d.tokens = append(d.tokens, token{t, r})
		}
	}
	return d, nil
}

// Handler returns the handler of POST /v1/reports.
func (d *Door) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/reports", d.serve)
	return mux
}

// identify finds out who sent a request; ok is false for a token that is not one of ours. A
// stranger has no name. All tokens are compared, so that the time tells nothing of any of them.
func (d *Door) identify(r *http.Request) (from Reporter, ok bool) {
	headers := r.Header["Authorization"]
	if len(headers) == 0 {
		return Reporter{}, true
	}
	scheme, given, _ := strings.Cut(headers[0], " ")
	if len(headers) > 1 || !strings.EqualFold(scheme, "Bearer") || len(given) > 512 {
		return Reporter{}, false
	}
	digest := sha256.Sum256([]byte(strings.TrimSpace(given)))
	for i := range d.tokens {
		if subtle.ConstantTimeCompare(digest[:], d.tokens[i].digest[:]) == 1 {
			from, ok = d.tokens[i].from, true
		}
	}
	return from, ok
}
