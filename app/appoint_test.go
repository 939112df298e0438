package app

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/ownsocket"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// TestNobodyElseAppoints protects R5: whoever reaches the socket and does not own the directory makes
// nobody a second person.
func TestNobodyElseAppoints(t *testing.T) {
	const ada = `{"person":"ada","roles":"reviewer lead","by":"bo"}`
	for _, c := range []struct {
		name, method, body string
		who                ownsocket.Peer
		status             int
	}{
		{"the owner", "POST", ada, ownsocket.Peer{User: 1000, Known: true}, http.StatusOK},
		{"somebody else", "POST", ada, ownsocket.Peer{User: 1001, Known: true}, http.StatusForbidden},
		{"one of whom the kernel tells nothing", "POST", ada, ownsocket.Peer{}, http.StatusForbidden},
		{"who only looks", "GET", ada, ownsocket.Peer{User: 1000, Known: true}, http.StatusBadRequest},
		{"who does not say whom", "POST", "ada", ownsocket.Peer{User: 1000, Known: true}, http.StatusBadRequest},
		{"a role that does not exist", "POST", `{"person":"ada","roles":"owner","by":"bo"}`, ownsocket.Peer{User: 1000, Known: true}, http.StatusBadRequest},
	} {
		t.Run(c.name, func(t *testing.T) {
			done := ""
			h := &hatch{owner: 1000, log: slog.New(slog.DiscardHandler), roles: func(_ context.Context, by, person evenkeel.PersonID, roles []roll.Role) error {
				done = string(by) + " gives " + string(person) + " " + roll.JoinRoles(roles)
				return nil
			}}
			r, w := httptest.NewRequest(c.method, rolesPath, strings.NewReader(c.body)), httptest.NewRecorder()
			h.ServeHTTP(w, r.WithContext(c.who.Within(r.Context())))
			if w.Code != c.status || (done != "") != (c.status == http.StatusOK) || done != "" && done != "bo gives ada reviewer lead" {
				t.Errorf("%d %s, %q; expected %d", w.Code, w.Body, done, c.status)
			}
		})
	}
}
