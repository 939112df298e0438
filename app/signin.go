package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/ownsocket"
	"github.com/evenkeel/evenkeel/staff/roll"
)

const (
	linksPath = "/links" // where the owner of the data directory is given a link that signs somebody in
	maxAsked  = 4 << 10
)

// wish is whom a link is asked for, and gift the link.
type (
	wish struct {
		Account string `json:"account,omitempty"` // its name, its id, or its person's id; "": the operator, before anybody has enrolled
	}
	gift struct {
		Link string `json:"link"`
	}
)

// asks reads what the owner of the data directory asks for, in JSON.
func (h *hatch) asks(r *http.Request, who ownsocket.Peer, into any, what, such string) error {
	if err := who.Owns(h.owner); err != nil {
		return err
	}
	if r.Method != http.MethodPost {
		return evenkeel.Invalid("%.20s %s; expected POST", r.Method, r.URL.Path)
	}
	if bad := json.NewDecoder(io.LimitReader(r.Body, maxAsked)).Decode(into); bad != nil {
		return evenkeel.Invalid("read %s: %v; expected such as %s", what, bad, such)
	}
	return nil
}

// give makes a link for the owner of the data directory.
func (h *hatch) give(ctx context.Context, w http.ResponseWriter, r *http.Request, who ownsocket.Peer) {
	var x wish
	err := h.asks(r, who, &x, "whom the link is for", `{"account":"ada"}`)
	var link string
	if err == nil {
		link, err = h.link(ctx, x.Account)
	}
	told := []slog.Attr{slog.Int64("user", int64(who.User)), slog.Int64("process", int64(who.Process)), slog.String("account", fmt.Sprintf("%.80s", x.Account))}
	if err != nil {
		h.log.LogAttrs(ctx, slog.LevelWarn, "a link to sign in was refused at the control socket", told...)
		ownsocket.Refuse(w, evenkeel.KindOf(err).HTTPStatus(), err)
		return
	}
	h.log.LogAttrs(ctx, slog.LevelWarn, "a link to sign in was given at the control socket", told...)
	ownsocket.Tell(w, answerType, http.StatusOK, gift{link})
}

// signIn makes a link that signs somebody in, once.
func (h *house) signIn(ctx context.Context, account string) (string, error) {
	if account == "" {
		token, first, err := h.staff.FirstLink(ctx)
		if err == nil && !first {
			err = &evenkeel.Error{
				Kind: evenkeel.KindConflict, Says: "a link for nobody in particular: somebody has enrolled already",
				Hint: "name the account, such as --person ada",
			}
		}
		return h.entrance(token), err
	}
	token, err := h.staff.Link(ctx, evenkeel.PersonID(account))
	if evenkeel.KindOf(err) == evenkeel.KindNotFound {
		token, err = h.staff.LinkTo(ctx, account)
	}
	return h.entrance(token), err
}

// appoint gives a person exactly some roles, in the name of an admin.
func (h *house) appoint(ctx context.Context, by, person evenkeel.PersonID, roles []roll.Role) error {
	return h.staff.AppointAs(ctx, by, person, roles)
}

// entrance is the address of a link that signs somebody in.
func (h *house) entrance(token string) string { return h.base + "/enter/" + token }

// SignIn asks the process that serves a data directory for a link that signs somebody in, once:
// to enrol again when the phone or the password is lost. account is the name or the id of an
// account, or the id of its person; "" is the operator, before anybody has enrolled. Only the
// owner of the directory and root may.
func SignIn(ctx context.Context, dir, account string) (string, error) {
	message, err := json.Marshal(wish{account})
	if err != nil {
		return "", err
	}
	body, err := ask(ctx, dir, linksPath, answerType, message)
	if err != nil {
		return "", err
	}
	var g gift
	if err := json.Unmarshal(body, &g); err != nil || g.Link == "" {
		return "", unanswered(filepath.Join(dir, fileControl), err)
	}
	return g.Link, nil
}
