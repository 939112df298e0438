package page

import (
	"context"
	"net/url"

	"github.com/evenkeel/evenkeel"
)

// Heartbeat tells a watcher outside that all is well: a service that calls somebody when it has not been told for a
// while, also where this program, its machine or its network is gone (R21, a dead man's switch). Its address is a
// secret, since whoever knows it can say that all is well.
type Heartbeat struct {
	client  Client
	urlFile string
	may     func(*url.URL) error
}

// NewHeartbeat returns it, or what is wrong with the file that holds the watcher's address. may says why an address
// is never spoken to, without what is secret in it; nil: any may be.
func NewHeartbeat(urlFile string, c Client, may func(*url.URL) error) (*Heartbeat, error) {
	h := &Heartbeat{c, urlFile, may}
	_, err := h.open()
	return h, err
}

func (h *Heartbeat) open() (web, error) {
	w, err := webIn("the watcher", h.urlFile, h.client, "write the address that the watcher gave into it, and nothing else")
	if err != nil || h.may == nil {
		return w, err
	}
	if err := h.may(w.at); err != nil {
		return w, &evenkeel.Error{Kind: evenkeel.KindOf(err), Says: "the file " + h.urlFile, Err: err, Hint: evenkeel.HintOf(err)}
	}
	return w, nil
}

// wellAt is what a watcher is told: nothing that only the operator may know.
type wellAt struct {
	Evenkeel string          `json:"evenkeel"`
	At       evenkeel.Moment `json:"at"`
}

// Beat says by a POST with a small body that all is well at a moment. Any answer of 2xx is taken.
func (h *Heartbeat) Beat(ctx context.Context, at evenkeel.Moment) error {
	w, err := h.open()
	if err != nil {
		return err
	}
	_, err = w.do(ctx, "POST", w.at, wellAt{"all is well", at}, nil)
	return err
}
