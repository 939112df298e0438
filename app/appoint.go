package app

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/ownsocket"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// rolesPath is where the owner of the data directory says what somebody's roles are.
const rolesPath = "/roles"

// appointment is who shall have which roles from now on, and the admin who answers for it.
type appointment struct {
	Person evenkeel.PersonID `json:"person"`
	Roles  string            `json:"roles"` // with spaces between; "" for none
	By     evenkeel.PersonID `json:"by"`
}

// appoint gives a person exactly some roles, at the word of the directory's owner.
func (h *hatch) appoint(ctx context.Context, w http.ResponseWriter, r *http.Request, who ownsocket.Peer) {
	var x appointment
	err := h.asks(r, who, &x, "who is appointed", `{"person":"ada","roles":"reviewer","by":"bo"}`)
	var roles []roll.Role
	if err == nil {
		roles, err = roll.ParseRoles(x.Roles)
	}
	if err == nil {
		err = h.roles(ctx, x.By, x.Person, roles)
	}
	if err != nil {
		h.log.LogAttrs(ctx, slog.LevelWarn, "an appointment was refused at the control socket",
			slog.Int64("user", int64(who.User)), slog.Int64("process", int64(who.Process)), slog.String("person", fmt.Sprintf("%.80q", x.Person)), slog.String("by", fmt.Sprintf("%.80q", x.By)))
		ownsocket.Refuse(w, evenkeel.KindOf(err).HTTPStatus(), err)
		return
	}
	ownsocket.Tell(w, answerType, http.StatusOK, appointment{x.Person, roll.JoinRoles(roles), x.By})
}

// Appoint asks the process that serves a data directory to give a person exactly some roles. by is
// the admin who answers for it; "" until somebody who administers has enrolled. Only the owner of the
// directory and root may. What follows is what staff.Desk.Appoint says.
func Appoint(ctx context.Context, dir string, by, person evenkeel.PersonID, roles []roll.Role) error {
	message, err := json.Marshal(appointment{person, roll.JoinRoles(roles), by})
	if err != nil {
		return err
	}
	_, err = ask(ctx, dir, rolesPath, answerType, message)
	return err
}
