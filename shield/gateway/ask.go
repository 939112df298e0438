package gateway

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel/instrument/challenge"
	"github.com/evenkeel/evenkeel/shield/gateway/admit"
	"github.com/evenkeel/evenkeel/shield/gateway/answer"
	"github.com/evenkeel/evenkeel/shield/gateway/stage"
)

// cameBack is the field of an answer by which a browser shows, on its way back, that it keeps the cookie that it was given.
const cameBack = "kept"

// mostForm is how much of an answer to a challenge is read: token, nonce, and the longest way back.
const mostForm = 8 << 10

// ask asks a visitor's browser for work, or for patience where it cannot work, and then to come back to a target.
func (e *Edge) ask(q *question, dst []byte, want challenge.Demand, target string) Verdict {
	scope := q.scope()
	work, err := e.keys.Issue(scope, challenge.Ask{Form: challenge.FormWork, Amount: want.Bits}, e.c.Lot(), q.now)
	wait, err2 := e.keys.Issue(scope, challenge.Ask{Form: challenge.FormWait, Amount: want.Seconds}, e.c.Lot(), q.now)
	if err != nil || err2 != nil { // a clock before 1970: what cannot be asked is not held against anybody
		return Verdict{Forward: true}
	}
	v := q.visitor(e)
	if !q.Again && v.Askable {
		q.domain.tell(&e.inbox, &q.visit, asked)
	}
	what := queried
	if !v.Askable { // it is told that it cannot come
		what = refused
	}
	return e.says(q, what, e.pages.Challenge(dst, v, answer.Challenge{
		Work: work, Bits: want.Bits, Wait: answer.Patience{Token: wait, Seconds: want.Seconds, Return: target},
	}))
}

// Own says whether a path is the edge's own at every site: the script of challenges, and where they are answered.
func (e *Edge) Own(path string) bool {
	return path == e.pages.AnswerPath() || path == e.pages.ScriptPath()
}

// Answer gives the script, or takes the answer to a challenge: the pass for it is in SetCookie, and Location is where the visitor came from,
// by way of here once more where there is a pass, so that a browser which keeps no cookies is told so.
// It reads the request's body, a form of a few hundred bytes.
func (e *Edge) Answer(a *Ask, dst []byte) (v Verdict, location string) {
	now := e.c.Clock()
	q := e.question(now, a)
	switch {
	case q.domain == nil:
		return e.says(&q, gone, e.pages.Unknown(dst, q.visitor(e), false)), ""
	case a.Request.URL.Path == e.pages.ScriptPath():
		return Verdict{Answer: e.pages.Script(strings.Contains(first(a.Request.Header, "Accept-Encoding"), "gzip"))}, ""
	}
	if e.headers.Take(e.ticks(now), string(q.site.Tenant), prefixOf(q.From), q.bytes) != admit.Granted {
		return e.later(&q, dst), ""
	}
	q.visit = q.came(e)
	q.aside, q.lies = true, q.Client.contradicts(first(a.Request.Header, "User-Agent"))
	defer e.cameAside(&q)
	form := formOf(a.Request)
	to := answer.ReturnTo(form.Get("to"))
	if form.Has(cameBack) {
		if q.hold(e); q.held {
			return Verdict{}, to
		}
		return e.says(&q, gone, e.pages.Cookieless(dst, q.visitor(e), to)), "" // who were asked again would be asked for ever
	}
	given := challenge.Answer{Token: form.Get("token"), Nonce: form.Get("nonce")}
	ticket, err := e.keys.Check(q.scope(), given, least, now)
	d := q.domain
	switch {
	case errors.Is(err, challenge.ErrEarly):
		left := min(ticket.From().Sub(now)+time.Second-1, challenge.MaxSeconds*time.Second)
		return e.says(&q, gone, e.pages.Cookie(dst, q.visitor(e), answer.Patience{Token: given.Token, Seconds: uint8(left / time.Second), Return: to})), ""
	case errors.Is(err, challenge.ErrUnsolved): // a question that was asked here, and a wrong answer
		if first(a.Request.Header, "Sec-Fetch-Site") != "cross-site" {
			d.tell(&e.inbox, &q.visit, failed)
		}
		return Verdict{}, to
	case err != nil: // whoever has to be asked is asked where the visit leads
		return Verdict{}, to
	}
	if _, refused := e.bans.of(q.site.ID, q.visit.Address, q.moment); refused || d.at() == stage.Queue {
		return Verdict{}, to // who is refused is told there, and who has to wait waits there
	}
	grants := e.waits
	if ticket.Ask.Form == challenge.FormWork {
		grants = e.works
	}
	if grants.Take(e.ticks(now), string(q.site.Tenant), prefixOf(q.From)) != admit.Granted {
		return e.later(&q, dst), ""
	}
	if d.tickets().Take(&ticket) == challenge.Again {
		return Verdict{}, to // whoever used it has the pass already; whoever did not is asked there
	}
	if e.fleet != nil {
		e.fleet.use(q.site.ID, ticket.Used())
	}
	pass, err := e.keys.Grant(ticket, e.c.PassFor, now)
	if err != nil {
		return Verdict{}, to
	}
	shown := q.visit // it was asked for what it asked for
	path, query, _ := strings.Cut(to, "?")
	shown.Shape = e.scribe.shaper.Of(path, query)
	d.class(&shown)
	d.tell(&e.inbox, &shown, passed)
	if e.c.Came != nil {
		v := q.visit
		v.Pass = true
		e.c.Came(q.site.Tenant, v, q.moment)
	}
	e.solved(&q)
	return Verdict{SetCookie: q.jar().SetCookie(&pass)}, e.pages.AnswerPath() + "?" + cameBack + "=&to=" + url.QueryEscape(to)
}

// formOf reads the fields of an answer, from a query or from a form, as much as is bounded.
func formOf(r *http.Request) url.Values {
	if r.Method != http.MethodPost {
		values, _ := url.ParseQuery(r.URL.RawQuery[:min(len(r.URL.RawQuery), mostForm)])
		return values
	}
	r.Body = http.MaxBytesReader(nil, r.Body, mostForm)
	if r.ParseForm() != nil {
		return url.Values{}
	}
	return r.PostForm
}

// ServeOwn serves what is the edge's own; see Own.
func (e *Edge) ServeOwn(w http.ResponseWriter, a *Ask) {
	if m := a.Request.Method; m != http.MethodGet && m != http.MethodPost && m != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD, POST")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	dst := buffers.Get().(*buffer)
	defer buffers.Put(dst)
	v, location := e.Answer(a, dst[:0])
	if location == "" {
		v.Write(w, a.Request)
		return
	}
	h := w.Header()
	h.Set("Location", location)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	if v.SetCookie != "" {
		h.Add("Set-Cookie", v.SetCookie)
	}
	w.WriteHeader(http.StatusSeeOther)
}
