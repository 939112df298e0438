package guard

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/evenkeel/evenkeel/shield/gateway/answer"
)

// Bounds of what is read of one request, in bytes and in number of fields. What the gateways themselves take is less: 32 KiB in
// nginx (large_client_header_buffers), 15 KiB in HAProxy (tune.bufsize), 60 KiB in Envoy.
const (
	MostHeader  = 64 << 10
	MostFields  = 256
	MostTarget  = 16 << 10
	MostAnswer  = 64 << 10 // of the body of an answer to a challenge
	MostAtOnce  = 1024     // what Config.AtOnce is where it is not set
	MostSockets = 1024     // what Config.Sockets is where it is not set
)

// Ask is one request that a gateway asks about. It and all that it points to are lent for the call of the Judge only.
type Ask struct {
	// Request has method, URL (path and query), Host and the header fields as the visitor sent them, without those by which gateways
	// tell who a visitor is. It has neither a body nor a context.
	Request *http.Request
	From    netip.Addr // the visitor, as the gateway says
	Port    uint16     // of the visitor, by which a sieve of this process knows his connection; 0 is not told
	Secure  bool       // the visitor came over TLS
	// Again says that the same request was asked about a moment ago, and is asked about once more for its page. It counts once.
	Again bool
	// JA4 and Stable are of the visitor's hello, where a sieve told the gateway and Config.Hellos believes it; "" and 0 where not.
	JA4    string
	Stable uint64
}

// Verdict is what a gateway is to do.
type Verdict struct {
	Forward bool
	// Answer is what the visitor gets instead, if Forward is false.
	Answer answer.Answer
	// SetCookie is added to the Answer, or to what the backend answers; "" adds nothing.
	SetCookie string
}

// Judge decides on a request. It is called by many goroutines at once, has to return within a millisecond, and may use
// dst as room for the answer's body.
type Judge func(a *Ask, dst []byte) Verdict

// Outcome is what became of a request that was forwarded, where a gateway tells.
type Outcome struct {
	Host   string // as the visitor sent it
	From   netip.Addr
	Status int           // 100 to 599
	Took   time.Duration // from the question, or nginx's own, to the header of the answer; 0 is not known
	Bytes  int64         // of the answer's body as its header says; -1 is not known
}

// Config is what a Guard is made of.
type Config struct {
	// Trusted are the networks of the operator's gateways. Nobody else may ask, and their addresses are no visitors'.
	Trusted []netip.Prefix
	Judge   Judge
	// Answers serves what lies under Base, such as the script and the answers to challenges; From gives it the Ask.
	Answers http.Handler
	// Told hears how backends answered, where a gateway says so; nil hears nothing.
	Told func(Outcome)
	// Base is the path of the pages, as in answer.Settings; "" is answer.DefaultBase.
	Base string
	// RealIP takes the visitor's address from X-Real-IP and not from X-Forwarded-For. Every gateway must set it then.
	RealIP bool
	// Hellos believes what X-Evenkeel-JA4 and X-Evenkeel-Stable say. Every gateway must set or empty them then.
	Hellos bool
	// AtOnce bounds the requests that are decided on at the same time, MostAtOnce if 0. What comes beyond it is
	// forwarded without being asked about; with Closed it is told to come back in a second, 503.
	AtOnce int
	Closed bool
	// Sockets bounds the connections of HAProxy's agents protocol, MostSockets if 0.
	Sockets int
	// Now is the clock of deadlines.
	Now func() time.Time
}

// Guard gives verdicts. Make it with New.
type Guard struct {
	config  Config
	trusted []netip.Prefix
	base    string
	room    atomic.Int64
	asks    sync.Pool
	counts  [counted]atomic.Uint64
}

// New makes a guard.
func New(c Config) (*Guard, error) {
	switch {
	case c.Judge == nil:
		return nil, errors.New("a guard needs a Judge")
	case c.Now == nil:
		return nil, errors.New("a guard needs a clock")
	case len(c.Trusted) == 0:
		return nil, errors.New("a guard needs the networks of the gateways that may ask it (Trusted), such as 127.0.0.1/32")
	case c.AtOnce < 0 || c.Sockets < 0:
		return nil, errors.New("a guard's AtOnce and Sockets are 0 or more")
	}
	g := &Guard{config: c, base: c.Base}
	for _, p := range c.Trusted {
		if !p.IsValid() {
			return nil, errors.New("a network of gateways (Trusted) is none; expected such as 10.0.0.0/8")
		}
		if a := p.Addr(); a.Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
		}
		g.trusted = append(g.trusted, p.Masked())
	}
	if g.base == "" {
		g.base = answer.DefaultBase
	}
	if len(g.base) < 3 || g.base[0] != '/' || g.base[len(g.base)-1] != '/' {
		return nil, errors.New("the pages' path (Base) begins and ends with a slash and is not the whole site; expected such as " + answer.DefaultBase)
	}
	if g.config.AtOnce == 0 {
		g.config.AtOnce = MostAtOnce
	}
	if g.config.Sockets == 0 {
		g.config.Sockets = MostSockets
	}
	g.room.Store(int64(g.config.AtOnce))
	g.asks.New = func() any { return newAsking() }
	return g, nil
}

// trusts says whether an address is a gateway's.
func (g *Guard) trusts(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for _, p := range g.trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// Count is how a question ended.
type Count uint8

// The ends. A question that is asked again for its page counts again.
const (
	Forwarded  Count = iota // the judge let it pass
	Answered                // the judge gave an answer instead
	Beyond                  // there were too many at once
	Incomplete              // the gateway left out what it has to say: it is configured wrongly, and its visitors pass
	Malformed               // it could not be read, or was too large, and was refused
	Stranger                // no gateway of Trusted asked
	Told                    // not a question, but the outcome of one

	counted
)

// String returns the count's name.
func (c Count) String() string {
	return [counted + 1]string{"forwarded", "answered", "beyond", "incomplete", "malformed", "stranger", "told", "unknown"}[min(c, counted)]
}

// Counts returns how many questions ended how, by Count.
func (g *Guard) Counts() (all [counted]uint64) {
	for i := range all {
		all[i] = g.counts[i].Load()
	}
	return all
}

// asking is an Ask with all it points to, and the room of its answer.
type asking struct {
	Ask
	request http.Request
	url     url.URL
	header  http.Header
	dst     []byte
}

func newAsking() *asking {
	return &asking{dst: make([]byte, 0, answer.MostPage+1024)}
}

func (g *Guard) take() *asking { return g.asks.Get().(*asking) }

func (g *Guard) give(q *asking) {
	dst, header := q.dst, q.header
	clear(header)
	*q = asking{dst: dst, header: header}
	g.asks.Put(q)
}

// fault is why a question cannot be decided on as it is.
type fault uint8

const (
	whole   fault = iota
	lacking       // the gateway did not say all that it has to
	broken        // what is said cannot be read: 400
	large         // there is too much of it: 431
)

var (
	come     = &plain{status: http.StatusServiceUnavailable, retry: "1", body: []byte("Too much is going on here at this moment. Please try again.\n")}
	unread   = &plain{status: http.StatusBadRequest, body: []byte("This request cannot be read.\n")}
	tooLarge = &plain{status: http.StatusRequestHeaderFieldsTooLarge, body: []byte("The header of this request is too large.\n")}
)

// plain is an answer that is ready.
type plain struct {
	status int
	retry  string
	body   []byte
}

// judge decides on a question that was read with so much success. Of the two results, plain goes first.
func (g *Guard) judge(q *asking, f fault) (Verdict, *plain) {
	switch f {
	case lacking:
		g.counts[Incomplete].Add(1)
		return Verdict{Forward: true}, nil
	case broken:
		g.counts[Malformed].Add(1)
		return Verdict{}, unread
	case large:
		g.counts[Malformed].Add(1)
		return Verdict{}, tooLarge
	}
	defer g.room.Add(1)
	if g.room.Add(-1) < 0 {
		g.counts[Beyond].Add(1)
		if g.config.Closed {
			return Verdict{}, come
		}
		return Verdict{Forward: true}, nil
	}
	v := g.config.Judge(&q.Ask, q.dst)
	if v.Forward {
		g.counts[Forwarded].Add(1)
	} else {
		g.counts[Answered].Add(1)
		if v.Answer.Status < 200 || v.Answer.Status > 599 { // a judge that gives none must not let anybody wait
			return v, come
		}
	}
	if !fieldValue(v.SetCookie) || !utf8.ValidString(v.SetCookie) {
		v.SetCookie = ""
	}
	return v, nil
}
