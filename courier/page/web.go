package page

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/evenkeel/evenkeel"
)

// Client does one request. It verifies certificates, follows no redirect and speaks to no address
// that it may not speak to; an http.Client does the first only.
type Client interface {
	Do(req *http.Request) (*http.Response, error)
}

// maxAnswer is how much of an answer is read, in bytes.
const maxAnswer = 4 << 10

// web is what the channels over HTTP share: a request with a body of JSON, and what its answer means.
type web struct {
	kind   string
	client Client
	at     *url.URL
	secret bool // whoever knows the address may send: no error says what is in it
}

// newWeb returns it, or what is wrong with the address, of which errors name the host only: a
// path may hold a token.
func newWeb(kind, address string, c Client) (web, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return web{}, evenkeel.Invalid("the address of %s is none; expected such as https://host/path", kind)
	case u.User != nil:
		return web{}, evenkeel.Invalid("the address of %s at %s holds a user; expected none", kind, u.Hostname())
	case c == nil:
		return web{}, evenkeel.Invalid("%s has no client", kind)
	}
	u.Fragment, u.RawFragment = "", ""
	return web{kind: kind, client: c, at: u}, nil
}

// webIn is newWeb of an address that is a secret, and stands alone in a file. It is read each time, so that it can be changed.
func webIn(kind, file string, c Client, hint string) (web, error) {
	address, err := secretIn(file)
	if err != nil {
		return web{}, err
	}
	w, err := newWeb(kind, address, c)
	if err != nil {
		return web{}, &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "the file " + file, Err: err, Hint: hint}
	}
	w.secret = true
	return w, nil
}

// leastSecret is the shortest part of an address, in bytes, that may be a secret.
const leastSecret = 4

// echoes says whether an answer holds a part of an address that is a secret: many servers say of which path they
// know nothing.
func (w *web) echoes(answer string) bool {
	if !w.secret {
		return false
	}
	parts := strings.FieldsFunc(w.at.Path+"/"+w.at.EscapedPath()+"/"+w.at.RawQuery, func(r rune) bool { return strings.ContainsRune("/&=", r) })
	answer = strings.ToLower(answer)
	return slices.ContainsFunc(parts, func(p string) bool {
		return len(p) >= leastSecret && strings.Contains(answer, strings.ToLower(p))
	})
}

// do sends one request, with what prepare adds to it, and returns the answer's beginning.
func (w *web) do(ctx context.Context, method string, at *url.URL, body any, prepare func(*http.Request, []byte) error) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		return nil, &evenkeel.Error{Says: "write a page for " + w.name(), Err: err}
	}
	text := bytes.TrimRight(b.Bytes(), "\n")
	req, err := http.NewRequestWithContext(ctx, method, at.String(), bytes.NewReader(text))
	if err == nil {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("User-Agent", "Evenkeel")
		if prepare != nil {
			err = prepare(req, text)
		}
	}
	if err != nil {
		return nil, &evenkeel.Error{Kind: evenkeel.KindOf(err), Says: "send a page to " + w.name(), Err: bare(err), Hint: evenkeel.HintOf(err)}
	}
	res, err := w.client.Do(req)
	if err != nil {
		hint := evenkeel.HintOf(bare(err))
		if hint == "" {
			hint = "see that it runs and can be reached from here, and that its certificate is right"
		}
		return nil, &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "send a page to " + w.name(), Err: bare(err), Hint: hint}
	}
	defer func() { _ = res.Body.Close() }() // nothing is left to be done about it
	answer, _ := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	return answer, w.judge(res.StatusCode, answer)
}

// judge says what a status means: nil for success.
func (w *web) judge(status int, answer []byte) error {
	if status >= 200 && status < 300 {
		return nil
	}
	e := &evenkeel.Error{
		Kind: evenkeel.KindUnavailable, Says: strings.TrimSpace(fmt.Sprintf("send a page to %s: it answered %d %s", w.name(), status, http.StatusText(status))),
		Hint: "look at the receiver's log",
	}
	if text := said(string(answer), 200); text != "" && !w.echoes(string(answer)) {
		e.Says += ": " + text
	}
	switch {
	case status >= 300 && status < 400:
		e.Hint = "set the address that answers itself: redirects are not followed"
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		e.Hint = "see that the secret in its file is the right one, and allows to publish"
	case status >= 400 && status < 500 && status != http.StatusTooManyRequests && status != http.StatusRequestTimeout:
		e.Kind, e.Hint = evenkeel.KindInvalid, "compare address, topic or room with what the receiver has"
	}
	return e
}

func (w *web) name() string { return w.kind + " at " + strings.ToLower(w.at.Host) }

// bare takes the address off an error of the client: its path may hold a token.
func bare(err error) error {
	if u, ok := err.(*url.Error); ok {
		return u.Err
	}
	return err
}

// maxSecret is the longest secret in bytes.
const maxSecret = 4096

// secretIn reads the one line of a file. It is read for each page, so that a secret can be changed.
// Errors name the file and say nothing of what is in it.
func secretIn(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "read a secret for pages", Err: err, Hint: "see that the file is there, and that Evenkeel may read it"}
	}
	defer func() { _ = f.Close() }() // it was only read
	b, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	text := strings.TrimSpace(string(b))
	if err != nil || len(b) > maxSecret || text == "" || strings.ContainsAny(text, " \t\r\n\x00") {
		return "", &evenkeel.Error{Kind: evenkeel.KindInvalid, Says: "read a secret for pages from " + file + ": expected one line without spaces", Hint: "write the secret into it, and nothing else"}
	}
	return text, nil
}

// bearer sets who sends, where a file with a token is named.
func bearer(file string) func(*http.Request, []byte) error {
	return func(req *http.Request, _ []byte) error {
		if file == "" {
			return nil
		}
		token, err := secretIn(file)
		if err == nil {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		return err
	}
}
