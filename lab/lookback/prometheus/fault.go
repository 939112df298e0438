package prometheus

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/evenkeel/evenkeel"
)

// errTooMuch says that a question was too large, for the server or for us.
var errTooMuch = &evenkeel.Error{
	Kind: evenkeel.KindUnavailable, Says: "the answer of the Prometheus is too large, or takes too long",
	Hint: "name fewer machines with --selector, or fewer --days",
}

// mostSaid is how much of a server's own words an error repeats.
const mostSaid = 300

func (s *Server) stranger(what string, err error) error {
	return &evenkeel.Error{
		Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("%s does not answer as a Prometheus: %s", s.Address(), what), Err: err,
		Hint: "give the address under which its own pages are, with the prefix if there is one: URL/api/v1/query must answer",
	}
}

func (s *Server) unreachable(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return errTooMuch
	}
	if cause, ok := errors.AsType[*url.Error](err); ok {
		err = cause.Err // the address, which may hold a password, is named already
	}
	return &evenkeel.Error{
		Kind: evenkeel.KindUnavailable, Says: "ask " + s.Address(), Err: err,
		Hint: "is the address right, and may this machine reach it? curl URL/api/v1/status/buildinfo shows it",
	}
}

// refused says what a status means, and whether asking again may help.
func (s *Server) refused(r *http.Response, kind, says string) (again bool, err error) {
	e := &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: fmt.Sprintf("%s answers %s", s.Address(), r.Status)}
	if says != "" {
		e.Says += fmt.Sprintf(": %.*s", mostSaid, says)
	}
	switch code := r.StatusCode; {
	case code == http.StatusUnauthorized:
		e.Kind, e.Hint = evenkeel.KindDenied, "it wants to know who asks: --bearer-token-file FILE, or a name and password in the address (http://NAME:PASSWORD@HOST)"
	case code == http.StatusForbidden:
		e.Kind, e.Hint = evenkeel.KindDenied, "whom you asked as may not read: it needs api/v1/query and api/v1/label/instance/values"
	case code == http.StatusUnprocessableEntity, code == http.StatusRequestEntityTooLarge,
		code == http.StatusServiceUnavailable && (kind == "timeout" || kind == "canceled"):
		return false, tooMuch{e}
	case code == http.StatusBadRequest && kind == "bad_data":
		e.Hint = `the server does not understand the question: is --selector such as {job="node"}?`
	case code == http.StatusTooManyRequests, code >= 500:
		e.Kind, e.Hint = evenkeel.KindUnavailable, "try again when it has less to do"
		return true, e
	case code >= 300 && code < 400:
		e.Hint = fmt.Sprintf("it points to %.200q, which is not asked by itself: give that address", r.Header.Get("Location"))
	default:
		return false, s.stranger("it answers "+r.Status, nil)
	}
	return false, e
}

// tooMuch marks a refusal as one that a smaller question may not meet.
type tooMuch struct{ error }

func (e tooMuch) Unwrap() error { return e.error }

// isTooMuch says whether a smaller question may be answered.
func isTooMuch(err error) bool {
	_, refused := errors.AsType[tooMuch](err)
	return refused || errors.Is(err, errTooMuch)
}
