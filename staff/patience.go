package staff

import (
	"container/list"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// Who fails freeTries times waits a second before the next try, then two, four, and never more
// than MaxWait. Tries that are turned away meanwhile do not count. After a day without a try it
// is forgotten.
const (
	freeTries   = 5
	MaxWait     = 15 * time.Minute
	forgotten   = 24 * time.Hour
	maxPatience = 1 << 16 // names, sources and browsers that are remembered, some 10 MB
)

// patience remembers who failed how often: names, sources, browsers. It is bounded; who tried
// longest ago is forgotten first. Only tries that have a turn to hash are remembered, so to have a
// name forgotten early costs a hash for each that is remembered, or one for two where the source
// counts too: minutes of all turns, which buy a handful of tries. What turns away costs nothing,
// and has nobody forgotten.
type patience struct {
	mu    sync.Mutex
	most  int
	of    map[trier]*list.Element
	order *list.List // of *tries, the newest first
}

// trier is a name, a source or a browser: what it is, and a hash of which.
type trier [17]byte

type tries struct {
	of     trier
	failed int             // tries that did not turn out well, those under way among them
	last   evenkeel.Moment // the last that was let through
	until  evenkeel.Moment // before that, none is
	told   bool            // somebody was turned away since the last
}

func newPatience(most int) *patience {
	return &patience{most: most, of: map[trier]*list.Element{}, order: list.New()}
}

func newTrier(kind byte, what string) (t trier) {
	sum := sha256.Sum256([]byte(what))
	t[0] = kind
	copy(t[1:], sum[:])
	return t
}

func nameTrier(name string) trier      { return newTrier('n', name) }
func browserTrier(p roll.PassID) trier { return newTrier('b', string(p[:])) }
func sourceTrier(a netip.Addr) trier   { return newTrier('s', network(a).String()) }

// network is whom an address belongs to: with IPv6, one customer has at least a /64.
func network(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // fails for the zero address only, which is nobody's
	return p
}

// wait says whether somebody has to wait, until when, and whether this is the first who is told
// so since the last try. It counts nothing.
func (p *patience) wait(now evenkeel.Moment, who ...trier) (w wait, must bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waits(now, who)
}

// wait is until when somebody has to wait.
type wait struct {
	until evenkeel.Moment
	news  bool // nobody was told yet
}

func (p *patience) waits(now evenkeel.Moment, who []trier) (w wait, must bool) {
	for _, one := range who {
		if e := p.of[one]; e != nil {
			t := e.Value.(*tries)
			if t.until > now && !t.told {
				t.told, w.news = true, true
			}
			w.until = max(w.until, t.until)
		}
	}
	return w, w.until > now
}

// admit lets a try through that has a turn to hash. It counts as failed until it has succeeded,
// so that many at once count too; failed is the most that any of who tries has failed by then.
// Else it says when to come again, and counts nothing.
func (p *patience) admit(now evenkeel.Moment, who ...trier) (failed int, w wait, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w, must := p.waits(now, who); must {
		return 0, w, false
	}
	for _, one := range who {
		failed = max(failed, p.count(now, one))
	}
	return failed, wait{}, true
}

func (p *patience) count(now evenkeel.Moment, who trier) (failed int) {
	e := p.of[who]
	if e == nil {
		if p.order.Len() >= p.most {
			oldest := p.order.Back()
			delete(p.of, p.order.Remove(oldest).(*tries).of)
		}
		e = p.order.PushFront(&tries{of: who})
		p.of[who] = e
	}
	p.order.MoveToFront(e)
	t := e.Value.(*tries)
	if now.Sub(t.last) >= forgotten {
		t.failed = 0
	}
	t.failed, t.last, t.told = t.failed+1, now, false
	t.until = now.Add(waitAfter(t.failed))
	return t.failed
}

// waitAfter is how long to wait after so many failures.
func waitAfter(failed int) time.Duration {
	if failed < freeTries {
		return 0
	}
	return min(MaxWait, time.Second<<min(failed-freeTries, 20))
}

// succeeded forgets what failed.
func (p *patience) succeeded(who ...trier) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range who {
		if e := p.of[w]; e != nil {
			p.order.Remove(e)
			delete(p.of, w)
		}
	}
}

// takeBack takes one try back and forgets no other: who can sign in somewhere does not thereby
// get more tries at others.
func (p *patience) takeBack(who ...trier) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range who {
		if e := p.of[w]; e != nil {
			t := e.Value.(*tries)
			t.failed, t.until = max(0, t.failed-1), 0
		}
	}
}

// later is the cause of an error that says when to come again.
type later struct{ at evenkeel.Moment }

func (l later) Error() string { return "not before " + l.at.String() }

// ComeAgain says when to come again, if that is what an error says.
func ComeAgain(err error) (at evenkeel.Moment, ok bool) {
	l, ok := errors.AsType[later](err)
	return l.at, ok
}

func errLater(now, at evenkeel.Moment) error {
	wait := (at.Sub(now) + time.Second - 1).Truncate(time.Second)
	return &evenkeel.Error{
		Kind: evenkeel.KindUnavailable, Says: fmt.Sprintf("sign in: too many tries have failed; come again in %s", wait), Err: later{at},
		Hint: "what others try does not count in a browser in which you have signed in before; whoever runs the machine can make a link: evenkeel staff link --person NAME",
	}
}
