package ownsocket

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"path/filepath"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/kernel"
)

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 64 << 20

// Answer is what the other side said to a message.
type Answer struct {
	Code   int    // of HTTP
	Status string // the same in words
	Body   []byte
}

// Ask posts a message to the socket of a directory. dialled says that somebody listened: where it is true and there is
// an error nobody knows what became of the message.
func Ask(ctx context.Context, dir, name, at, contentType string, message []byte) (a Answer, dialled bool, err error) {
	path := filepath.Join(dir, name)
	if err := Fits("connect to", path); err != nil {
		return a, false, err
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err != nil {
		return a, false, err
	}
	defer conn.Close()
	one := http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(context.Context, string, string) (net.Conn, error) { return conn, nil },
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://control"+at, bytes.NewReader(message))
	if err != nil {
		return a, true, err
	}
	r.Header.Set("Content-Type", contentType)
	answer, err := one.RoundTrip(r)
	if err != nil {
		return a, true, err
	}
	defer answer.Body.Close()
	a.Code, a.Status = answer.StatusCode, answer.Status
	a.Body, err = io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	return a, true, err
}

// Nobody says whether an error of Ask means that nobody listens.
func Nobody(err error) bool { return errors.Is(err, fs.ErrNotExist) || kernel.Deserted(err) }

// problem is an RFC 9457 problem, with what our errors know beside.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Kind   string `json:"kind"`
	Hint   string `json:"hint,omitempty"`
}

// Refuse answers with an error.
func Refuse(w http.ResponseWriter, status int, err error) {
	Tell(w, "application/problem+json", status, problem{
		"about:blank", http.StatusText(status), status, err.Error(), evenkeel.KindOf(err).String(), evenkeel.HintOf(err),
	})
}

// Tell answers with JSON.
func Tell(w http.ResponseWriter, contentType string, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "the answer cannot be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // whoever is gone needs no answer
}

// Refusal is the error that an answer tells.
func (a *Answer) Refusal(path string) error {
	var p problem
	if err := json.Unmarshal(a.Body, &p); err != nil || p.Detail == "" {
		return &evenkeel.Error{Kind: evenkeel.KindInternal, Says: fmt.Sprintf("%s answers %s and does not say why", path, a.Status)}
	}
	e := &evenkeel.Error{Says: p.Detail, Hint: p.Hint}
	for k := evenkeel.KindInternal; k <= evenkeel.KindUnavailable; k++ {
		if k.String() == p.Kind {
			e.Kind = k
		}
	}
	return e
}
