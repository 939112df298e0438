package gateway

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/instrument/challenge"
	"github.com/evenkeel/evenkeel/shield/gateway/admit"
	"github.com/evenkeel/evenkeel/shield/gateway/answer"
	"github.com/evenkeel/evenkeel/shield/gateway/site"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
	"github.com/evenkeel/evenkeel/shield/gateway/suspect"
)

// Verdict is what follows for a request: it may go to the site's backends, or it has its answer.
type Verdict struct {
	Forward   bool
	Answer    answer.Answer // where it may not
	SetCookie string        // for the answer to the visitor, whoever gives it; "" is none
}

// Judge decides on a request, into a buffer for the answer. It counts as one that came; whoever forwards it tells what came of it with Told.
func (e *Edge) Judge(a *Ask, dst []byte) Verdict {
	now := e.c.Clock()
	q := e.question(now, a)
	v := e.judge(&q, dst)
	if v.Forward {
		e.verdict(&q)
	}
	return v
}

// Told says what came of a request that was forwarded by somebody else's gateway: the status of the answer, how long the backend
// took until it began, and how many bytes it had. A status of 0 says that there was none.
func (e *Edge) Told(host string, status int, wait time.Duration, bytes uint64) {
	s, ok := e.Directory().Of(host)
	if !ok {
		return
	}
	if d := e.domain(s); d != nil {
		d.heard(e.now(), max(wait, 0), status, bytes)
	}
}

// question is one request on its way to a verdict.
type question struct {
	*Ask
	now    time.Time
	moment evenkeel.Moment
	about  challenge.Request
	site   *site.Site // nil: nobody has the name
	domain *domain
	visit  suspect.Visit
	bytes  int       // of the head
	ready  time.Time // when all that is held of it was there
	body   int64     // of the body that is held, as it is counted for the tenant
	cookie string    // for the answer

	misdirected bool // the connection was made for another site
	held        bool // a pass counts
	bot         int  // which good bot it is, from 1

	// For the counts.
	calm   bool // nothing presses
	lies   bool // its hello contradicts its user agent
	banned bool // its address is refused
	ruled  bool // a rule picks it
	spared bool // the site lets its network pass
	aside  bool // it is part of another visit, or the visitor's own fault: it says nothing of the site
	counts bool // it was counted
	wanted bool // it counts as one; see Edge.kin

	carried bool // by the own proxy, which knows what comes of it
}

// trusted says whether a visit is of somebody who showed a browser, or of a verified bot.
func (q *question) trusted() bool { return q.held || q.visit.Bot }

func (e *Edge) question(now time.Time, a *Ask) question {
	q := question{Ask: a, now: now, ready: now, moment: evenkeel.MomentOf(now), about: requestOf(a.Request), bytes: sizeOf(a.Request)}
	if s, ok := e.Directory().Of(a.Request.Host); ok {
		q.site, q.domain = s, e.domain(s)
	}
	return q
}

// came is a visit by what its connection and its address show.
func (q *question) came(e *Edge) suspect.Visit {
	v := suspect.Visit{Address: q.From.Unmap().WithZone("")}
	if e.c.Where != nil {
		p := e.c.Where(v.Address)
		v.AS, v.Country, v.Range = p.AS, p.Country, p.Range
	}
	if c := q.Client; c != nil {
		v.Hello, v.SYN, v.HTTP, v.Proven = c.Hello, c.SYN, c.HTTP, c.Proven
	}
	return v
}

// How much is asked at the stages: bits of work, or seconds of patience for those who cannot work. A browser on a server's core does
// 10⁶ tries a second, an old telephone a thirtieth (instrument/challenge): 2¹² are 4 to 120 ms, 2¹⁶ 65 ms to 2 s, 2¹⁸ a quarter of a second to 8 s.
var asks = [...]challenge.Demand{
	stage.Observe: {Bits: 12, Seconds: 3}, // whom a rule asks
	stage.Filter:  {Bits: 12, Seconds: 3},
	stage.Cookie:  {Bits: 12, Seconds: 3},
	stage.Proof:   {Bits: 16, Seconds: 10},
	stage.Queue:   {Bits: 18, Seconds: 20},
	stage.Page:    {Bits: 18, Seconds: 20},
}

// least is what answers have to have done at least: tokens of a milder stage are believed while they last.
var least = challenge.Demand{Bits: 12, Seconds: 3}

// What no stage holds back is bounded all the same: health checks and certificate authorities ask a few times a second.
const (
	openRate  = 10
	openBurst = 50
)

// judge decides.
func (e *Edge) judge(q *question, dst []byte) Verdict {
	if q.domain == nil || q.misdirected {
		return e.says(q, gone, e.pages.Unknown(dst, q.visitor(e), q.misdirected))
	}
	d, s := q.domain, q.site
	at, rules := d.at(), d.rules.Load()
	pressed := d.pressed.Load()
	calm := at == stage.Observe && rules == nil && !pressed
	q.calm = calm
	if until := d.stopped(q.moment); until != 0 {
		return e.refuse(q, dst, answer.Stopped, until)
	}
	if d.shuts(q.moment) != 0 {
		return e.down(q, dst)
	}
	v := &q.visit
	*v = q.came(e)
	path := q.Request.URL.EscapedPath()
	v.Shape = e.scribe.shaper.Of(path, q.Request.URL.RawQuery)
	agent := first(q.Request.Header, "User-Agent")
	if e.c.Bot != nil {
		q.bot = e.c.Bot(v.Address, agent)
		v.Bot = q.bot > 0
	}
	lies := q.Client.contradicts(agent)
	q.lies = lies
	if !calm {
		q.hold(e)
		v.Pass = q.held
		d.class(v)
	}
	if !q.Again {
		d.came(&e.inbox, v, lies)
		if e.c.Came != nil {
			e.c.Came(s.Tenant, *v, q.moment)
		}
	}
	if q.spared = allowed(s, v.Address); q.spared {
		return Verdict{Forward: true}
	}
	if calm && !e.Hot() {
		return Verdict{Forward: true}
	}
	if e.headers.Take(e.ticks(q.now), string(s.Tenant), prefixOf(v.Address), q.bytes) != admit.Granted {
		return e.later(q, dst)
	}
	if calm {
		return Verdict{Forward: true}
	}
	ban, refused := e.bans.of(s.ID, v.Address, q.moment)
	if q.banned = refused; refused && !q.trusted() {
		if e.c.Refusing != nil {
			e.c.Refusing(s.ID, v.Address)
		}
		return e.refuse(q, dst, answer.Failed, ban)
	}
	if challenge.Of(&q.about, e.c.Health) == challenge.Open && d.open.take(e.ticks(q.now), openRate, openBurst) { // nobody is there to answer, and something breaks
		return Verdict{Forward: true}
	}
	named := false
	if rules != nil {
		named = rules.Judge(q.moment, v, func(a netip.Addr) bool { return e.scribe.calm.has(d.id, a) }).Asks()
		q.ruled = named
	}
	purpose := s.Paths.Of(path)
	switch {
	case at == stage.Page:
		return e.down(q, dst)
	case v.Bot && !q.held && !q.Again && !e.affords(q):
		q.aside = true // no user of the tenant's went without
		return e.later(q, dst)
	case q.trusted():
		return Verdict{Forward: true}
	case purpose != site.ForPeople:
		return Verdict{Forward: true} // counted and limited as all others
	case at == stage.Queue:
		return e.wait(q, dst)
	case at == stage.Proof, named, at >= stage.Filter && lies, at == stage.Cookie && (d.broad.Load() && !e.scribe.calm.has(d.id, v.Address) || !d.usual(v)):
		return e.ask(q, dst, asks[at], q.target())
	}
	return Verdict{Forward: true}
}

// affords says whether a good bot's budget at the site has room for one more request.
func (e *Edge) affords(q *question) bool {
	budgets := q.domain.botsAre(len(e.c.BotRates))
	if q.bot > len(budgets) {
		return true
	}
	rate := e.c.BotRates[q.bot-1]
	return budgets[q.bot-1].take(e.ticks(q.now), int64(rate), int64(5*rate))
}

// says is an answer that stands in the way.
func (e *Edge) says(q *question, what treated, a answer.Answer) Verdict {
	if q.domain != nil {
		e.count(q, what, a.Status, len(a.Body))
	}
	return Verdict{Answer: a, SetCookie: q.cookie}
}

// later tells a visitor to come back, without a place in a line.
func (e *Edge) later(q *question, dst []byte) Verdict {
	return e.says(q, turned, e.pages.Waiting(dst, q.visitor(e), q.back(e)))
}

// soonFor is how long after a change of stage room is expected within seconds: the stage has not had the time to do what it does.
const soonFor = 5 * time.Second

// back is when a visitor for whom there is no room is to come back.
func (q *question) back(e *Edge) answer.Queue {
	w := answer.Queue{Lot: e.c.Lot()}
	if d := q.domain; d != nil && d.at() < stage.Queue {
		c := d.changed.Load()
		w.Soon = !d.pressed.Load() || c != nil && q.moment.Sub(c.At) < soonFor
	}
	return w
}

// refuse refuses a visitor, under a ray by which it is found.
func (e *Edge) refuse(q *question, dst []byte, why answer.Reason, until evenkeel.Moment) Verdict {
	ray := answer.RayOf(e.c.Lot())
	e.rays.keep(Refused{Ray: ray, At: q.moment, Site: q.site.ID, From: q.From, Reason: why, Until: until})
	what := refused
	if why == answer.Stopped { // for nothing that the visitor did
		what = turned
	}
	return e.says(q, what, e.pages.Refusal(dst, q.visitor(e), answer.Refusal{Ray: ray, Reason: why, Until: until}, q.moment))
}

// visitor is what a page has to know of who asks.
func (q *question) visitor(e *Edge) answer.Visitor {
	name := ""
	if q.site != nil {
		name = hostOf(q.Request.Host)
	}
	h := q.Request.Header
	return e.pages.VisitorOf(&q.about, first(h, "Accept-Language"), first(h, "Accept-Encoding"), name, e.c.Health)
}

// target is the path and query that was asked for, as it came.
func (q *question) target() string { return q.Request.URL.RequestURI() }

// scope is where and for whom tokens and passes count.
func (q *question) scope() challenge.Scope {
	s := challenge.Scope{Domain: challenge.DomainOf(hostOf(q.Request.Host))}
	if q.Client != nil {
		s.Client = q.Client.Hello
	}
	return s
}

// hostOf is a host without its port.
func hostOf(host string) string {
	if strings.IndexByte(host, ':') < 0 {
		return host
	}
	if h, _, err := net.SplitHostPort(host); err == nil {
		return h
	}
	return host
}

func (q *question) jar() challenge.Jar {
	if q.Secure {
		return challenge.SecureJar
	}
	return challenge.PlainJar
}

// hold finds the pass of a request, if it brings one that counts.
func (q *question) hold(e *Edge) {
	lines := q.Request.Header["Cookie"]
	if !mentions(lines, string(q.jar())) {
		return
	}
	p, err := e.keys.Admit(q.jar(), q.scope(), lines, q.now)
	if err != nil {
		return
	}
	if !q.Again && !q.domain.counts(e.fleet != nil).take(p.ID, e.ticks(q.now), e.partOf()) {
		return // more came with it than one visitor sends
	}
	q.held = true
}

// mentions says whether cookies may hold one of a name that begins so.
func mentions(lines []string, prefix string) bool {
	for _, l := range lines {
		if strings.Contains(l, prefix) {
			return true
		}
	}
	return false
}

// Write sends a verdict's answer.
func (v *Verdict) Write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	v.Answer.Put(h)
	if v.SetCookie != "" {
		h.Add("Set-Cookie", v.SetCookie)
	}
	h["Content-Length"] = []string{strconv.Itoa(len(v.Answer.Body))}
	w.WriteHeader(v.Answer.Status)
	if r.Method != http.MethodHead {
		w.Write(v.Answer.Body)
	}
}
