package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/kernel"
	"github.com/evenkeel/evenkeel/app/internal/ownsocket"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// looksPath is where a command says who looks at a case, before it shows it.
const looksPath = "/looks"

// glance is who looks at which case.
type glance struct {
	Case   evenkeel.CaseID   `json:"case"`
	Person evenkeel.PersonID `json:"person"`
}

// look writes a look down at the word of the directory's owner.
func (h *hatch) look(ctx context.Context, w http.ResponseWriter, r *http.Request, who ownsocket.Peer) {
	var x glance
	err := h.asks(r, who, &x, "who looks at a case", `{"case":"c-mrd7ybxxgc4sflmrmg7qmjq2wi","person":"ada"}`)
	if err == nil {
		err = h.looks(ctx, x.Case, x.Person)
	}
	if err != nil {
		h.log.LogAttrs(ctx, slog.LevelInfo, "a look was refused at the control socket", slog.Int64("user", int64(who.User)), slog.Int64("process", int64(who.Process)), slog.String("person", fmt.Sprintf("%.80q", x.Person)))
		ownsocket.Refuse(w, evenkeel.KindOf(err).HTTPStatus(), err)
		return
	}
	ownsocket.Tell(w, answerType, http.StatusOK, x)
}

// looksAt writes down that a person looks at a case from the command line, as the console does.
func (h *house) looksAt(ctx context.Context, c evenkeel.CaseID, by evenkeel.PersonID) error {
	if err := h.maySee(ctx, by); err != nil {
		return err
	}
	return looks{h}.Look(ctx, c, by)
}

// maySee says why a person may not look at cases from the command line, or nil. Until anybody has enrolled
// there is one person, as in works.
func (h *house) maySee(ctx context.Context, by evenkeel.PersonID) error {
	who, _, err := h.named(ctx, by)
	if err != nil || who == nil || who.May(roll.SeeCases) {
		return err
	}
	return &evenkeel.Error{
		Kind: evenkeel.KindDenied, Says: fmt.Sprintf("to look at a case is for those with the role %s, and %.80q has %q", roll.JoinRoles(roll.With(roll.SeeCases)), by, roll.JoinRoles(who.Roles)),
		Hint: "ask one of them; evenkeel staff list shows who they are",
	}
}

// Served says whether a process serves the books of a directory: then it writes down who looks.
func Served(ctx context.Context, dir string) (bool, error) {
	path := filepath.Join(dir, fileControl)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err := ownsocket.Fits("connect to", path); err != nil { // somebody may listen there, by a shorter name
		return false, err
	}
	conn, err := dialControl(ctx, dir)
	switch {
	case err == nil:
		return true, conn.Close()
	case errors.Is(err, fs.ErrNotExist), kernel.Deserted(err):
		return false, nil
	}
	return false, notServed(dir, path, err)
}

// Look asks the process that serves a data directory to write down that a person looks at a case, as each
// look at the console is. The error is one of the other side, or KindUnavailable where nobody serves it.
func Look(ctx context.Context, dir string, c evenkeel.CaseID, by evenkeel.PersonID) error {
	message, err := json.Marshal(glance{c, by})
	if err != nil {
		return err
	}
	_, err = ask(ctx, dir, looksPath, answerType, message)
	return err
}

// Looks are the looks at the cases of a tenant, the newest first, as many as most says, and how many there are.
func (b *Books) Looks(ctx context.Context, t evenkeel.TenantID, most int) (list []evenkeel.Entry, all int, err error) {
	return b.db.Looks(ctx, t, most)
}
