package gateway

import (
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/evenkeel/evenkeel/instrument/challenge"
	"github.com/evenkeel/evenkeel/shield/gateway/answer"
)

// line is the waiting room of a domain. Nothing is kept of those who wait: each has a token that says since when, and all who came
// before a moment are let in as fast as the backend has room. The moment moves on each second in which room was left, so those who came first go first, and
// whoever does not come back holds nobody up.
type line struct {
	head atomic.Int64 // ms since 1970: who came before that is let in
	room atomic.Int64 // who may be let in still within this second
	pace atomic.Int64 // by how many ms the head moves a second, of about the last ten seconds
}

// lineStep is by how much the head moves in a second in which room was left: what waited long is soon through.
const lineStep = 2 * time.Second

func newLine(now time.Time, room int64) *line {
	l := new(line)
	l.head.Store(now.UnixMilli())
	l.room.Store(room)
	l.pace.Store(int64(lineStep / time.Millisecond))
	return l
}

// next begins another second, in which so many may be let in.
func (l *line) next(now time.Time, room int64) {
	moved := int64(0)
	if l.room.Swap(max(room, 1)) > 0 {
		was := l.head.Load()
		step := max(int64(lineStep/time.Millisecond), (now.UnixMilli()-was)/8) // whoever waited long, or waits by a clock that was set, is soon through
		to := min(was+step, now.UnixMilli())
		moved = max(to-was, 0)
		l.head.Store(max(to, was))
	}
	l.pace.Store((9*l.pace.Load() + moved) / 10)
}

// has says whether there is room now for somebody who waits since a moment; it is taken when he goes in.
func (l *line) has(since time.Time) bool {
	return since.UnixMilli() <= l.head.Load() && l.room.Load() > 0
}

// left is about how long somebody who waits since a moment waits still; 0 is not known.
func (l *line) left(since time.Time) time.Duration {
	pace, ahead := l.pace.Load(), since.UnixMilli()-l.head.Load()
	if pace <= 0 {
		return 0
	}
	return max(time.Duration(ahead*1000/pace)*time.Millisecond, time.Second)
}

// lineCookies are the cookies that hold the token of somebody who waits.
const (
	lineSecure = "__Host-evenkeel-line"
	linePlain  = "evenkeel-line"
)

func (q *question) lineCookie() string {
	if q.Secure {
		return lineSecure
	}
	return linePlain
}

// wait has a visitor wait until the backend has room.
func (e *Edge) wait(q *question, dst []byte) Verdict {
	l := q.domain.line.Load()
	if l == nil {
		return Verdict{Forward: true} // the stage is another since a moment ago
	}
	if q.about.Method != "GET" || challenge.Of(&q.about, e.c.Health) != challenge.Page {
		return e.later(q, dst)
	}
	since := q.now
	want := challenge.Demand{Bits: 1, Seconds: 1}
	brought := cookieOf(q.Request.Header["Cookie"], q.lineCookie())
	if brought != "" {
		ticket, err := e.keys.Check(q.scope(), challenge.Answer{Token: brought}, want, q.now)
		if err == nil && l.has(ticket.At) {
			if q.domain.tickets().Take(&ticket) != challenge.Again {
				if pass, err := e.keys.Grant(ticket, e.c.PassFor, q.now); err == nil {
					l.room.Add(-1)
					q.domain.tell(&e.inbox, &q.visit, passed)
					q.held = true
					return Verdict{Forward: true, SetCookie: q.jar().SetCookie(&pass)}
				}
			}
			brought = ""
		} else if err == nil {
			since = ticket.At
		} else if !errors.Is(err, challenge.ErrEarly) {
			brought = ""
		}
	}
	if brought == "" {
		q.domain.tell(&e.inbox, &q.visit, asked)
		if token, err := e.keys.Issue(q.scope(), challenge.Ask{Form: challenge.FormWait, Amount: 1}, e.c.Lot(), q.now); err == nil {
			q.cookie = q.lineCookie() + "=" + token + "; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"
			if q.Secure {
				q.cookie += "; Secure"
			}
		}
	}
	return e.says(q, turned, e.pages.Waiting(dst, q.visitor(e), answer.Queue{Wait: l.left(since), Lot: e.c.Lot()}))
}

// cookieOf finds a cookie by its name; "" where there is none, or it is too long for a token.
func cookieOf(lines []string, name string) string {
	for _, l := range lines {
		for part := range strings.SplitSeq(l[:min(len(l), challenge.MaxCookies)], ";") {
			if k, v, ok := strings.Cut(strings.TrimSpace(part), "="); ok && k == name && len(v) == challenge.TokenSize {
				return v
			}
		}
	}
	return ""
}
