package webhook

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/shield"
)

// judge says what the status of an answer means: nil for success.
func (s *Sender) judge(id string, res *http.Response, a Answer) error {
	says := fmt.Sprintf("send message %s to %s: it answered %d", id, name(s.at), a.Status)
	if text := http.StatusText(a.Status); text != "" {
		says += " " + text
	}
	switch {
	case a.Status >= 200 && a.Status < 300:
		return nil
	case a.Status == http.StatusGone:
		s.gone.Store(true)
		return s.goneError()
	case a.Status >= 300 && a.Status < 400:
		return &evenkeel.Error{
			Kind: evenkeel.KindUnavailable, Says: says + elsewhere(res) + "; redirects are not followed",
			Hint: "set the webhook's address to the one that answers itself",
		}
	case a.Status < 400 || a.Status >= 500 || passing(a.Status):
		err := &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: says + excerpt(a.Body), Hint: "look at the receiver's log"}
		return shield.After(retryAfter(res.Header.Get("Retry-After"), s.now()), err)
	}
	err := &evenkeel.Error{
		Kind: refusal(a.Status), Says: says + excerpt(a.Body),
		Hint: "the receiver does not take this message: compare its address, its secret and its clock with ours, then what it expects",
	}
	if err.Kind == evenkeel.KindUnavailable {
		return shield.After(retryAfter(res.Header.Get("Retry-After"), s.now()), err)
	}
	return err
}

// passing are the refusals that say to come again: too slow, too early, too often.
func passing(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusTooEarly || status == http.StatusTooManyRequests
}

// refusal is the kind of an error for a refusal. One that speaks of the secret, the clock or the
// address says nothing of the message: a person puts that right, and until then it comes again.
func refusal(status int) evenkeel.Kind {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		return evenkeel.KindUnavailable
	case http.StatusConflict:
		return evenkeel.KindConflict
	}
	return evenkeel.KindInvalid
}

func (s *Sender) goneError() error {
	return &evenkeel.Error{
		Kind: evenkeel.KindDenied, Says: name(s.at) + " answered 410 Gone: it wants nothing any more, and nothing is sent to it",
		Hint: "set up another receiver, or start Evenkeel again once this one is back",
	}
}

// elsewhere names the host that a redirect points at, and nothing of its path.
func elsewhere(res *http.Response) string {
	u, err := url.Parse(res.Header.Get("Location"))
	if err != nil || u.Host == "" || len(u.Host) > 255 {
		return ""
	}
	return " and points at " + strconv.QuoteToASCII(u.Host)
}

// retryAfter reads seconds or a date; 0 where there is neither.
func retryAfter(s string, now evenkeel.Moment) time.Duration {
	const most = 24 * time.Hour // whoever asks for more means later, not never
	if n, err := strconv.ParseUint(s, 10, 32); err == nil {
		return min(time.Duration(n)*time.Second, most)
	}
	at, err := http.ParseTime(s)
	if err != nil {
		return 0
	}
	return max(0, min(evenkeel.MomentOf(at).Sub(now), most))
}

// excerpt is the beginning of what a receiver said, made safe to print.
func excerpt(body []byte) string {
	const most = 200
	if len(body) > most {
		body = body[:most]
	}
	text := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(string(body), " "))
	if text = strings.Join(strings.Fields(text), " "); text == "" {
		return ""
	}
	return ": " + text
}
