package prometheus

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/evenkeel/evenkeel"
)

const (
	mostAnswer  = 64 << 20 // bytes of an answer
	longestURL  = 4000     // bytes of a question that goes by GET; others go by POST
	mostTries   = 5
	oneQuestion = 2 * time.Minute // that a question may take
)

// Options say which server is asked, and how.
type Options struct {
	URL    string // such as http://prometheus:9090, with the prefix under which it answers
	Token  string // bearer token; "" sends none
	Client *http.Client
	Pause  time.Duration // before the first repetition; it doubles each time; 0 is a second
}

// Server is a Prometheus, or whatever answers as one does. It is only asked.
type Server struct {
	base   *url.URL
	token  string
	client *http.Client
	pause  time.Duration
}

// New returns a server. No question is asked yet. KindInvalid where the address is none.
func New(o Options) (*Server, error) {
	base, err := url.Parse(o.URL)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		e := evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "address of a Prometheus: expected such as http://prometheus:9090"}
		if err == nil { // an address that cannot be read may hold a password anywhere
			e.Says = "address " + base.Redacted() + " of a Prometheus: expected such as http://prometheus:9090"
		}
		return nil, &e
	}
	base.RawQuery, base.Fragment = "", ""
	base.Path = strings.TrimRight(base.Path, "/")
	s := &Server{base: base, token: o.Token, client: o.Client, pause: o.Pause}
	if s.client == nil {
		s.client = &http.Client{}
	}
	client := *s.client
	client.CheckRedirect = sameHost
	s.client = &client
	if s.pause <= 0 {
		s.pause = time.Second
	}
	return s, nil
}

// sameHost follows redirects on the server itself only: what authenticates us to it is nobody
// else's.
func sameHost(to *http.Request, via []*http.Request) error {
	if len(via) > 3 || to.URL.Host != via[0].URL.Host || to.URL.Scheme != via[0].URL.Scheme {
		return http.ErrUseLastResponse
	}
	return nil
}

// Address is the server's, without what is secret in it.
func (s *Server) Address() string {
	shown := *s.base
	shown.User = nil
	return shown.String()
}

// Version says which server answers, such as "Prometheus 2.42.0"; "" where it does not tell, as
// some do not that answer like a Prometheus. The error says what to do where it is none. It is
// asked once: whoever mistyped an address wants to know at once.
func (s *Server) Version(ctx context.Context) (string, error) {
	var built struct{ Version string }
	_, err := s.once(ctx, "status/buildinfo", nil, &built)
	if err == nil && built.Version != "" {
		return "Prometheus " + built.Version, nil
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if evenkeel.KindOf(err) == evenkeel.KindDenied {
		return "", err
	}
	var one struct{ ResultType string }
	_, err = s.once(ctx, "query", url.Values{"query": {"vector(1)"}}, &one)
	return "", err
}

// Values returns the values of a label among the series that a selector names, in a stretch of
// time.
func (s *Server) Values(ctx context.Context, label, selector string, from, until evenkeel.Moment) ([]string, error) {
	var values []string
	err := s.ask(ctx, "label/"+label+"/values", url.Values{
		"match[]": {selector}, "start": {seconds(from)}, "end": {seconds(until)},
	}, &values)
	return values, err
}

// Raw returns the samples of the series that a selector names, with the times at which they were
// scraped, from after one moment up to another. The first moment may be among them.
func (s *Server) Raw(ctx context.Context, selector string, after, until evenkeel.Moment) ([]Series, error) {
	var m struct {
		ResultType string
		Result     []Series
	}
	span := strconv.FormatInt(until.Sub(after).Milliseconds(), 10) + "ms"
	err := s.ask(ctx, "query", url.Values{"query": {selector + "[" + span + "]"}, "time": {seconds(until)}}, &m)
	if err == nil && m.ResultType != "matrix" {
		err = s.stranger("its answer is of type "+strconv.Quote(m.ResultType)+"; expected a matrix", nil)
	}
	return m.Result, err
}

func seconds(m evenkeel.Moment) string {
	return strconv.FormatFloat(float64(m/1e6)/1e3, 'f', 3, 64)
}

// ask asks until there is an answer, or until asking again would not help.
func (s *Server) ask(ctx context.Context, path string, args url.Values, into any) (err error) {
	pause := s.pause
	for try := 1; ; try++ {
		var again bool
		if again, err = s.once(ctx, path, args, into); err == nil || !again || try == mostTries || ctx.Err() != nil {
			break
		}
		wait := time.NewTimer(pause)
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
		}
		pause *= 2
	}
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// once asks one question, and says whether asking again may help.
func (s *Server) once(ctx context.Context, path string, args url.Values, into any) (again bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, oneQuestion)
	defer cancel()
	q, err := s.question(ctx, path, args)
	if err != nil {
		return false, err
	}
	r, err := s.client.Do(q)
	if err != nil {
		err = s.unreachable(err)
		return !isTooMuch(err), err
	}
	defer r.Body.Close()
	body, err := io.ReadAll(io.LimitReader(r.Body, mostAnswer+1))
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return false, errTooMuch
	case err != nil:
		return true, s.unreachable(err)
	case len(body) > mostAnswer:
		return false, errTooMuch
	}
	return s.answer(r, body, into)
}

func (s *Server) question(ctx context.Context, path string, args url.Values) (*http.Request, error) {
	to := *s.base
	to.User = nil
	to.Path += "/api/v1/" + path
	method, body, form := http.MethodGet, "", args.Encode()
	if len(form) > longestURL {
		method, body = http.MethodPost, form
	} else {
		to.RawQuery = form
	}
	q, err := http.NewRequestWithContext(ctx, method, to.String(), strings.NewReader(body))
	if err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "ask " + s.Address(), Err: err}
	}
	q.Header.Set("User-Agent", "evenkeel-lookback")
	if method == http.MethodPost {
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if s.token != "" {
		q.Header.Set("Authorization", "Bearer "+s.token)
	} else if u := s.base.User; u != nil {
		password, _ := u.Password()
		q.SetBasicAuth(u.Username(), password)
	}
	return q, nil
}

// answer reads what a server said.
func (s *Server) answer(r *http.Response, body []byte, into any) (again bool, err error) {
	var said struct {
		Status, ErrorType, Error string
		Data                     json.RawMessage
	}
	bad := json.Unmarshal(body, &said)
	if r.StatusCode != http.StatusOK {
		return s.refused(r, said.ErrorType, said.Error)
	}
	if bad != nil || said.Status != "success" {
		return false, s.stranger("its answer is not what a Prometheus says", bad)
	}
	if err := json.Unmarshal(said.Data, into); err != nil {
		return false, s.stranger("its answer is not what a Prometheus says", err)
	}
	return false, nil
}
