package page

import (
	"context"

	"github.com/evenkeel/evenkeel"
)

// Heartbeat tells a watcher outside that all is well: a service that calls somebody when it has not been told for a
// while, also where this program, its machine or its network is gone (R21, a dead man's switch). Its address is a
// secret, since whoever knows it can say that all is well.
type Heartbeat struct {
	client  Client
	urlFile string
}

// NewHeartbeat returns it, or what is wrong with the file that holds the watcher's address.
func NewHeartbeat(urlFile string, c Client) (*Heartbeat, error) {
	h := &Heartbeat{c, urlFile}
	_, err := h.open()
	return h, err
}

func (h *Heartbeat) open() (web, error) {
	return webIn("the watcher", h.urlFile, h.client, "write the address that the watcher gave into it, and nothing else")
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
