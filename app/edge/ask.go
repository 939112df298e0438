package edge

import (
	"context"
	"encoding/json"
	"net/http"
	"path/filepath"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/ownsocket"
)

// AskStatus asks the gateway of a data directory how it stands; all: every site, and not just those at which something is not as usual.
func AskStatus(ctx context.Context, dir string, all bool) (s Status, err error) {
	err = ask(ctx, dir, statusPath, Wish{All: all}, &s)
	return s, err
}

// Reload has the documents of sites read again.
func Reload(ctx context.Context, dir string) (r Read, err error) {
	err = ask(ctx, dir, reloadPath, Wish{}, &r)
	return r, err
}

// Stop stops a site until a moment, or lets go of it where that is 0.
func Stop(ctx context.Context, dir string, w Wish) error {
	return ask(ctx, dir, stopPath, w, new(struct{}))
}

// Pardon lets an address in again.
func Pardon(ctx context.Context, dir string, w Wish) error {
	return ask(ctx, dir, pardonPath, w, new(struct{}))
}

// Ray finds out whom a reference was given to.
func Ray(ctx context.Context, dir, ray string) (x Refused, err error) {
	err = ask(ctx, dir, rayPath, Wish{Ray: ray}, &x)
	return x, err
}

// Release lets go of what a decision of control ordered here.
func Release(ctx context.Context, dir string, w Wish) (r evenkeel.Receipt, err error) {
	err = ask(ctx, dir, freePath, w, &r)
	return r, err
}

func ask(ctx context.Context, dir, at string, w Wish, into any) error {
	message, err := json.Marshal(w)
	if err != nil {
		return err
	}
	a, dialled, err := ownsocket.Ask(ctx, dir, fileSocket, at, jsonType, message)
	path := filepath.Join(dir, fileSocket)
	switch {
	case err != nil && !dialled && ownsocket.Nobody(err):
		return &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "no gateway runs in " + dir, Hint: "evenkeel gateway run starts it; --config names the settings that it goes by"}
	case err != nil:
		return ownsocket.DialError("ask at", path, err)
	case a.Code != http.StatusOK:
		return a.Refusal(path)
	}
	if err := json.Unmarshal(a.Body, into); err != nil {
		return &evenkeel.Error{Kind: evenkeel.KindInternal, Says: "ask at " + path + ": the answer cannot be read", Err: err}
	}
	return nil
}
