package app

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/ownsocket"
)

// hostsPath is where the owner of the data directory lists hosts, invites them and shuts them out.
const hostsPath = "/hosts"

// The bounds of how long an invitation counts.
const (
	LeastInvited = time.Minute
	MostInvited  = 7 * 24 * time.Hour
)

// hostWish is what is asked about hosts. Without a host all are listed.
type hostWish struct {
	Host    string  `json:"host,omitempty"`
	Revoke  bool    `json:"revoke,omitempty"`
	Seconds float64 `json:"seconds,omitempty"` // for which an invitation counts
}

// hostAnswer is what comes of it.
type hostAnswer struct {
	Token string    `json:"token,omitempty"`
	Hosts []Hosting `json:"hosts,omitempty"`
}

// asksHosts lists, invites or shuts out, at the word of the directory's owner.
func (h *hatch) asksHosts(ctx context.Context, w http.ResponseWriter, r *http.Request, who ownsocket.Peer) {
	var x hostWish
	err := h.asks(r, who, &x, "what is asked about hosts", `{"host":"host-1","seconds":3600}`)
	var a hostAnswer
	if err == nil {
		a, err = h.hosts(ctx, &x)
	}
	told := []slog.Attr{slog.Int64("user", int64(who.User)), slog.Int64("process", int64(who.Process)), slog.String("host", fmt.Sprintf("%.80q", x.Host)), slog.Bool("revoke", x.Revoke)}
	if err != nil {
		h.log.LogAttrs(ctx, slog.LevelWarn, "what was asked about hosts was refused at the control socket", told...)
		ownsocket.Refuse(w, evenkeel.KindOf(err).HTTPStatus(), err)
		return
	}
	if x.Host != "" {
		h.log.LogAttrs(ctx, slog.LevelWarn, "a host was invited or shut out at the control socket", told...)
	}
	ownsocket.Tell(w, answerType, http.StatusOK, a)
}

// askedOfHosts does what is asked about hosts.
func (h *house) askedOfHosts(ctx context.Context, x *hostWish) (a hostAnswer, err error) {
	if h.hosts == nil {
		return a, noHosts()
	}
	switch valid := time.Duration(x.Seconds * float64(time.Second)); {
	case x.Host == "":
		a.Hosts, err = h.hosts.list(ctx)
	case x.Revoke:
		err = h.hosts.link.Revoke(ctx, x.Host)
	case valid < LeastInvited || valid > MostInvited:
		err = evenkeel.Invalid("an invitation that counts for %v; expected %v to %v", valid, LeastInvited, MostInvited)
	default:
		if err = hostsSender(&h.parts.Config, x.Host); err == nil {
			a.Token, err = h.hosts.invite(ctx, x.Host, h.parts.Now().Add(valid))
		}
	}
	return a, err
}

func askHosts(ctx context.Context, dir string, x hostWish) (a hostAnswer, err error) {
	message, err := json.Marshal(x)
	if err != nil {
		return a, err
	}
	body, err := ask(ctx, dir, hostsPath, answerType, message)
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(body, &a); err != nil {
		return a, unanswered(filepath.Join(dir, fileControl), err)
	}
	return a, nil
}

// InviteHost asks the process that serves a data directory for the token with which a host enrols, once, within a
// time of LeastInvited to MostInvited. Only the owner of the directory and root may, here and below.
func InviteHost(ctx context.Context, dir, host string, within time.Duration) (token string, err error) {
	a, err := askHosts(ctx, dir, hostWish{Host: host, Seconds: within.Seconds()})
	return a.Token, err
}

// RevokeHost shuts a host out, at once. KindNotFound where none of this name has enrolled.
func RevokeHost(ctx context.Context, dir, host string) error {
	_, err := askHosts(ctx, dir, hostWish{Host: host, Revoke: true})
	return err
}

// ListHosts returns all hosts that have enrolled, by name.
func ListHosts(ctx context.Context, dir string) ([]Hosting, error) {
	a, err := askHosts(ctx, dir, hostWish{})
	return a.Hosts, err
}
