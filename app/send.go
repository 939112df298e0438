package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"path/filepath"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/kernel"
	"github.com/evenkeel/evenkeel/app/internal/ownsocket"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/docket/actevent"
)

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
	if err := ownsocket.Fits("connect to", path); err != nil {
		return nil, err
	}
	a, dialled, err := ownsocket.Ask(ctx, dir, fileControl, at, contentType, message)
	switch {
	case err != nil && !dialled:
		return nil, notServed(dir, path, err)
	case err != nil:
		return nil, unanswered(path, err)
	case a.Code != http.StatusOK:
		return nil, a.Refusal(path)
	}
	return a.Body, nil
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
			Hint: startAsBefore(dir),
		}
	case errors.Is(err, fs.ErrPermission):
		return &evenkeel.Error{
			Kind: evenkeel.KindDenied, Says: "connect to " + path + ": permission denied",
			Hint: "only the owner of the data directory and root may write",
		}
	}
	return ownsocket.DialError("connect to", path, err)
}

// unanswered says that nobody knows whether the act was done.
func unanswered(path string, err error) error {
	return &evenkeel.Error{
		Kind: evenkeel.KindUnavailable, Says: "no answer from " + path + ", so it is not known whether the act was done",
		Hint: "evenkeel case show tells; or hand the same act in again with the same --id: it counts once", Err: err,
	}
}
