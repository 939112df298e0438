package app

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
	"net/url"
	"path/filepath"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/kernel"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/docket/actevent"
)

const maxAnswer = 64 << 20 // bytes

// ActID is the identity of an act that a person hands in at the control socket: the same one
// twice counts once.
func ActID(by evenkeel.PersonID, id string) string {
	return actevent.ID(actSource+url.PathEscape(string(by)), id)
}

// Send hands an act in at the data directory on which evenkeel serve runs, and returns what
// it changed. The act has an ActID. An error is of the kind that the other side says;
// KindUnavailable where nobody listens.
func Send(ctx context.Context, dir string, a docket.Act) (done Done, err error) {
	return send(ctx, dir, actsPath, a)
}

// insists is the query of a request by which what is pulled or undone need not be known.
const insists = "unknown=yes"

// SendUnknown is Send of what is done also where nobody knows the rule, the detector or the tenant that it
// names.
func SendUnknown(ctx context.Context, dir string, a docket.Act) (done Done, err error) {
	return send(ctx, dir, actsPath+"?"+insists, a)
}

func send(ctx context.Context, dir, at string, a docket.Act) (done Done, err error) {
	line, err := actevent.Encode(a)
	if err != nil {
		return done, fmt.Errorf("%s: %w", a.Kind, root(err))
	}
	body, err := ask(ctx, dir, at, actType, line)
	if err != nil {
		return done, err
	}
	if err := json.Unmarshal(body, &done); err != nil {
		return done, unanswered(filepath.Join(dir, fileControl), err)
	}
	return done, nil
}

// ask sends a message to the socket of a data directory and returns the answer.
func ask(ctx context.Context, dir, at, contentType string, message []byte) ([]byte, error) {
	path := filepath.Join(dir, fileControl)
	if err := sockPath("connect to", path); err != nil {
		return nil, err
	}
	conn, err := dialControl(ctx, dir)
	if err != nil {
		return nil, notServed(dir, path, err)
	}
	defer conn.Close()
	one := http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(context.Context, string, string) (net.Conn, error) { return conn, nil },
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://control"+at, bytes.NewReader(message))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", contentType)
	answer, err := one.RoundTrip(r)
	if err != nil {
		return nil, unanswered(path, err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, unanswered(path, err)
	}
	if answer.StatusCode != http.StatusOK {
		return nil, refusal(path, answer.Status, body)
	}
	return body, nil
}

// dialControl connects to the socket of a data directory.
func dialControl(ctx context.Context, dir string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(dir, fileControl))
}

// root is what is wrong with an act, without the way to it: whoever sends it knows which.
func root(err error) error {
	for {
		e, ok := errors.AsType[*evenkeel.Error](err)
		if !ok || e.Err == nil {
			return err
		}
		err = e.Err
	}
}

// notServed says why nobody can be reached.
func notServed(dir, path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), kernel.Deserted(err):
		return &evenkeel.Error{
			Kind: evenkeel.KindUnavailable, Says: "connect to " + path + ": nobody listens; expected evenkeel serve to run on this directory",
			Hint: "start it with evenkeel serve --data " + dir,
		}
	case errors.Is(err, fs.ErrPermission):
		return &evenkeel.Error{
			Kind: evenkeel.KindDenied, Says: "connect to " + path + ": permission denied",
			Hint: "only the owner of the data directory and root may write",
		}
	}
	return dialError("connect to", path, err)
}

// unanswered says that nobody knows whether the act was done.
func unanswered(path string, err error) error {
	return &evenkeel.Error{
		Kind: evenkeel.KindUnavailable, Says: "no answer from " + path + ", so it is not known whether the act was done",
		Hint: "evenkeel case show tells; or hand the same act in again with the same --id: it counts once", Err: err,
	}
}

// refusal is the error that an answer tells.
func refusal(path, status string, body []byte) error {
	var t trouble
	if err := json.Unmarshal(body, &t); err != nil || t.Detail == "" {
		return &evenkeel.Error{Kind: evenkeel.KindInternal, Says: fmt.Sprintf("%s answers %s and does not say why", path, status)}
	}
	e := &evenkeel.Error{Says: t.Detail, Hint: t.Hint}
	for k := evenkeel.KindInternal; k <= evenkeel.KindUnavailable; k++ {
		if k.String() == t.Kind {
			e.Kind = k
		}
	}
	return e
}
