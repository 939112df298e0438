package console

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
)

// maxToken is the longest token, in bytes, that is asked about at all.
const maxToken = 256

// cookie is the name of the session's cookie. With the prefix browsers take it from this host
// by TLS only, so no other host of the domain can put one in its place. Consoles on one host have
// names of their own: else each would sign the other's people out.
func (s *Server) cookie() string {
	name := "evenkeel"
	if s.parts.Secure {
		name = "__Host-evenkeel"
	}
	if s.parts.Name != "" {
		name += "-" + s.parts.Name
	}
	return name
}

// origin is how links to here begin.
func (s *Server) origin(r *http.Request) string {
	switch {
	case s.parts.Base != "":
		return strings.TrimRight(s.parts.Base, "/")
	case s.parts.Secure:
		return "https://" + r.Host
	default:
		return "http://" + r.Host
	}
}

// whose returns who asks, nil where nobody is signed in.
func (s *Server) whose(r *http.Request) (*Session, error) {
	token := s.token(r)
	if token == "" {
		return nil, nil
	}
	who, err := s.parts.Door.Whose(r.Context(), token)
	switch evenkeel.KindOf(err) {
	case evenkeel.KindDenied, evenkeel.KindNotFound, evenkeel.KindInvalid:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	who.Token = token
	return &who, nil
}

// token is what the browser shows, or "".
func (s *Server) token(r *http.Request) string {
	c, err := r.Cookie(s.cookie())
	if err != nil || len(c.Value) > maxToken {
		return ""
	}
	return c.Value
}

// knownFor is how long a browser keeps the token of its last session, long after that is over:
// with it, whoever signs in there does not wait for what others tried (Credentials.Before).
const knownFor = 30 * 24 * time.Hour

// let gives the session to the browser. Strict: a link from elsewhere never comes in as somebody.
func (s *Server) let(w http.ResponseWriter, who *Session) {
	http.SetCookie(w, &http.Cookie{
		Name: s.cookie(), Value: who.Token, Path: "/", MaxAge: int(knownFor / time.Second), HttpOnly: true, Secure: s.parts.Secure, SameSite: http.SameSiteStrictMode,
	})
}

// askIn sends who is not signed in to the door, and from there back.
func (s *Server) askIn(v *visit) {
	if wantsJSON(v.r) {
		s.trouble(v.w, v.r, nil, http.StatusUnauthorized, &evenkeel.Error{Kind: evenkeel.KindDenied, Says: "nobody is signed in", Hint: "sign in at /enter"})
		return
	}
	to := "/enter"
	if v.r.Method == http.MethodGet && v.r.URL.Path != "/" {
		to += "?" + url.Values{"to": {v.r.URL.RequestURI()}}.Encode()
	}
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
}

// back is where to go after signing in: a path of ours, or the docket. What a browser could
// take for another host, or for a host at all, is none of ours.
func back(to string) string {
	u, err := url.Parse(to)
	switch {
	case err != nil, len(to) > 2048, !strings.HasPrefix(to, "/"), u.IsAbs(), u.Host != "", u.User != nil:
		return "/"
	case strings.ContainsFunc(to+u.Path, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }):
		return "/"
	case strings.Contains(u.Path, "//") || strings.HasPrefix(u.Path, "/enter") || strings.HasPrefix(u.Path, "/leave"):
		return "/"
	}
	if again := (&url.URL{Path: u.Path, RawQuery: u.RawQuery}).String(); strings.HasPrefix(again, "/") && !strings.HasPrefix(again, "//") {
		return again
	}
	return "/"
}
