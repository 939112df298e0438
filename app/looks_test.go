package app

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/ownsocket"
)

// P: a look is written down at the word of the directory's owner and nobody else's, and what cannot be written
// down is not answered as if it were: the command then shows nothing.
func TestALookByACommandIsWrittenDown(t *testing.T) {
	const ada = `{"case":"c-1","person":"ada"}`
	full := &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "the books are full"}
	for _, c := range []struct {
		name, method, body string
		who                ownsocket.Peer
		fails              error
		status             int
	}{
		{"the owner", "POST", ada, ownsocket.Peer{User: 1000, Known: true}, nil, http.StatusOK},
		{"books that take nothing", "POST", ada, ownsocket.Peer{User: 1000, Known: true}, full, http.StatusServiceUnavailable},
		{"somebody else", "POST", ada, ownsocket.Peer{User: 1001, Known: true}, nil, http.StatusForbidden},
		{"one of whom the kernel tells nothing", "POST", ada, ownsocket.Peer{}, nil, http.StatusForbidden},
		{"another method", "GET", ada, ownsocket.Peer{User: 1000, Known: true}, nil, http.StatusBadRequest},
		{"no case", "POST", "c-1", ownsocket.Peer{User: 1000, Known: true}, nil, http.StatusBadRequest},
	} {
		t.Run(c.name, func(t *testing.T) {
			looked := ""
			h := &hatch{owner: 1000, log: slog.New(slog.DiscardHandler), looks: func(_ context.Context, of evenkeel.CaseID, by evenkeel.PersonID) error {
				looked = string(by) + " looks at " + string(of)
				return c.fails
			}}
			r, w := httptest.NewRequest(c.method, looksPath, strings.NewReader(c.body)), httptest.NewRecorder()
			h.ServeHTTP(w, r.WithContext(c.who.Within(r.Context())))
			if asked := c.status == http.StatusOK || c.fails != nil; w.Code != c.status || (looked != "") != asked || asked && looked != "ada looks at c-1" {
				t.Errorf("%d %s, %q; expected %d", w.Code, w.Body, looked, c.status)
			}
		})
	}
}

// P: where nobody serves the books, whatever their path is, they are only read, as those of a replay are.
func TestBooksThatNobodyServesAreOnlyRead(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("a-long-name-", 12))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{long, t.TempDir(), filepath.Join(t.TempDir(), "none")} {
		if yes, err := Served(t.Context(), dir); yes || err != nil {
			t.Errorf("%s: %v, %v", dir, yes, err)
		}
	}
	if err := os.WriteFile(filepath.Join(long, fileControl), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Served(t.Context(), long); evenkeel.KindOf(err) != evenkeel.KindInvalid || evenkeel.HintOf(err) == "" {
		t.Errorf("where somebody may listen by a shorter path: %v", err)
	}
	d := atBureau(t)
	if yes, err := Served(t.Context(), d.dir); !yes || err != nil {
		t.Errorf("of a process that listens: %v, %v", yes, err)
	}
}
