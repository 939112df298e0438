package answer

import (
	"time"

	"github.com/evenkeel/evenkeel/instrument/challenge"
)

// Challenge is what a browser is asked: work, or patience where it cannot work.
type Challenge struct {
	Work string // a token of challenge.FormWork
	Bits uint8  // that it asks
	Wait Patience
}

// Patience is a wait, after which the browser comes back by itself.
type Patience struct {
	Token   string // of challenge.FormWait
	Seconds uint8  // that it asks, or that are left of them
	Return  string // the path and query that was asked for, as it came; ReturnTo is applied to it
}

// Challenge asks a browser for work, with the wait as the way of those who have no script. Who cannot be asked is told to come
// back later, status 429 for all.
func (p *Pages) Challenge(dst []byte, v Visitor, c Challenge) Answer {
	if !v.Askable {
		return p.unasked(dst, &v, 429, retryAsked)
	}
	to := ReturnTo(c.Wait.Return)
	a := p.page(dst, pageChallenge, 429, &v, func(dst []byte, h hole) []byte {
		switch h {
		case holeWork:
			return appendHTML(dst, c.Work)
		case holeBits:
			return appendDigits(dst, int(min(c.Bits, challenge.MaxBits)))
		}
		return p.patience(dst, h, &v, &c.Wait, to)
	})
	a.retry = retryAfter(retryAsked)
	return a
}

// Cookie asks for nothing but to come back after some seconds, for a cookie. It is also what somebody gets who comes back too early
// (challenge.ErrEarly), with the token that was brought and the seconds that are left of it.
func (p *Pages) Cookie(dst []byte, v Visitor, w Patience) Answer {
	if !v.Askable {
		return p.unasked(dst, &v, 429, retryAsked)
	}
	to := ReturnTo(w.Return)
	a := p.page(dst, pageCookie, 429, &v, func(dst []byte, h hole) []byte { return p.patience(dst, h, &v, &w, to) })
	a.retry = retryAfter(int(w.seconds()))
	var room [64 + MostBase + challenge.TokenSize + 3*MostReturn]byte // on the stack
	b := appendDigits(room[:0], w.seconds())
	b = append(b, "; url="...)
	b = append(b, p.answerPath...)
	b = append(b, "?token="...)
	b = appendQuery(b, w.Token)
	b = append(b, "&to="...)
	b = appendQuery(b, to)
	a.refresh = one(string(b))
	return a
}

// Cookieless tells somebody whose browser did what it was asked, and brought no cookie back, that it has to keep it: whoever were asked again would be asked
// for ever. Status 403; who cannot be shown a page is told to come back later.
func (p *Pages) Cookieless(dst []byte, v Visitor, back string) Answer {
	if !v.Askable {
		return p.unasked(dst, &v, 429, retryAsked)
	}
	to := ReturnTo(back)
	return p.page(dst, pageCookieless, 403, &v, func(dst []byte, h hole) []byte {
		if h == holeReturn {
			return appendHTML(dst, to)
		}
		return appendHTML(dst, v.Host)
	})
}

// retryAsked is what programs are told that meet a challenge: a stage seldom ends sooner.
const retryAsked = 60

func (w *Patience) seconds() int { return int(min(max(w.Seconds, 1), challenge.MaxSeconds)) }

func (p *Pages) patience(dst []byte, h hole, v *Visitor, w *Patience, to string) []byte {
	switch h {
	case holeHost:
		return appendHTML(dst, v.Host)
	case holeWait:
		return appendHTML(dst, w.Token)
	case holeSeconds:
		return appendDigits(dst, w.seconds())
	case holeContinues:
		return appendIn(dst, v.lang(), time.Duration(w.seconds())*time.Second)
	case holeReturn:
		return appendHTML(dst, to)
	case holeQuery:
		return appendQuery(dst, to)
	}
	return dst
}

// unasked answers those to whom no question can be shown: people who sent a form, and all who are none.
func (p *Pages) unasked(dst []byte, v *Visitor, status, retry int) (a Answer) {
	switch {
	case v.Reader == Person:
		a = p.page(dst, pageUnsent, status, v, func(dst []byte, _ hole) []byte { return appendHTML(dst, v.Host) })
	case status == 503:
		a = p.brief(dst, codeMany, status, v, 0, 0)
	default:
		a = p.brief(dst, codeAsked, status, v, 0, 0)
	}
	a.retry = retryAfter(retry)
	return a
}

// Queue is what is known of somebody's turn.
type Queue struct {
	Place int           // from 1; 0 is not known
	Wait  time.Duration // 0 is not known
	Soon  bool          // it is not known, and room is expected within seconds
	// Lot spreads when those who wait look again, so that they do not all come at once.
	Lot uint64
}

// The bounds of how often a page of the waiting room looks again, in seconds, and what is taken where the wait is not known.
const (
	LeastRefresh   = 10
	MostRefresh    = 60
	unknownRefresh = 20
	soonRefresh    = 2 // and up to as much again
)

// refresh returns after how many seconds the page looks again: a quarter of the wait, and by lot up to a quarter of that more.
func (q *Queue) refresh() int {
	if q.Soon && q.Wait == 0 {
		return int(soonRefresh + q.Lot%(soonRefresh+1))
	}
	n := int64(unknownRefresh)
	if q.Wait > 0 {
		n = up(q.Wait/4, time.Second)
	}
	n = min(max(n, LeastRefresh), MostRefresh*4/5)
	return int(n + int64(q.Lot%uint64(n/4+1)))
}

// Waiting shows the waiting room, which looks again by itself at the address that it was asked for; who cannot wait there is told when to
// come back. Status 503 for all.
func (p *Pages) Waiting(dst []byte, v Visitor, q Queue) Answer {
	seconds := q.refresh()
	if !v.Askable {
		return p.unasked(dst, &v, 503, seconds)
	}
	l := v.lang()
	a := p.page(dst, pageWaiting, 503, &v, func(dst []byte, h hole) []byte {
		switch h {
		case holeHost:
			return appendHTML(dst, v.Host)
		case holePlace:
			if q.Place > 0 {
				return appendDigits(dst, q.Place)
			}
			return append(dst, said["not known"][l]...)
		case holeTime:
			if q.Wait > 0 {
				return appendAbout(dst, l, q.Wait)
			}
			return append(dst, said["not known"][l]...)
		case holeStays:
			return appendWith(dst, l, "stay", seconds)
		}
		return dst
	})
	a.retry = retryAfter(seconds)
	a.refresh = a.retry
	return a
}

// Unknown answers who asks for a name that nobody has. It says nothing of the names that there are, and not even repeats the one that was
// asked for. misdirected is for a connection that was made for another name (RFC 9110, section 15.5.20): 421 instead of 404.
func (p *Pages) Unknown(dst []byte, v Visitor, misdirected bool) Answer {
	status, c := 404, codeUnknown
	if misdirected {
		status, c = 421, codeMisdirected
	}
	l := v.lang()
	if v.Reader != Person {
		return p.brief(dst, c, status, &v, 0, 0)
	}
	return Answer{Status: status, Body: p.unknown[l][bit(v.Gzip)], fields: p.heads[pageUnknown][l][bit(v.Gzip)]}
}
