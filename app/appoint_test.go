package app

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/staff/roll"
)

// TestNobodyElseAppoints protects R5: whoever reaches the socket and does not own the directory makes
// nobody a second person.
func TestNobodyElseAppoints(t *testing.T) {
	const ada = `{"person":"ada","roles":"reviewer lead","by":"bo"}`
	for _, c := range []struct {
		name, method, body string
		who                peer
		status             int
	}{
		{"the owner", "POST", ada, peer{user: 1000, known: true}, http.StatusOK},
		{"somebody else", "POST", ada, peer{user: 1001, known: true}, http.StatusForbidden},
		{"one of whom the kernel tells nothing", "POST", ada, peer{}, http.StatusForbidden},
		{"who only looks", "GET", ada, peer{user: 1000, known: true}, http.StatusBadRequest},
		{"who does not say whom", "POST", "ada", peer{user: 1000, known: true}, http.StatusBadRequest},
		{"a role that does not exist", "POST", `{"person":"ada","roles":"owner","by":"bo"}`, peer{user: 1000, known: true}, http.StatusBadRequest},
	} {
		t.Run(c.name, func(t *testing.T) {
			done := ""
			h := &hatch{owner: 1000, log: slog.New(slog.DiscardHandler), roles: func(_ context.Context, by, person evenkeel.PersonID, roles []roll.Role) error {
				done = string(by) + " gives " + string(person) + " " + roll.JoinRoles(roles)
				return nil
			}}
			r, w := httptest.NewRequest(c.method, rolesPath, strings.NewReader(c.body)), httptest.NewRecorder()
			h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), peerKey{}, c.who)))
			if w.Code != c.status || (done != "") != (c.status == http.StatusOK) || done != "" && done != "bo gives ada reviewer lead" {
				t.Errorf("%d %s, %q; expected %d", w.Code, w.Body, done, c.status)
			}
		})
	}
}
