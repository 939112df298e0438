package app

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/ownsocket"
)

func TestTheOwnerOfTheDirectoryIsGivenALink(t *testing.T) {
	s := serve(t, dataDir(t))
	link, err := SignIn(context.Background(), s.dir, "")
	if err != nil {
		t.Fatal(err)
	}
	if page := newBrowser(t).send(link, url.Values{}); !strings.Contains(page, "operator") {
		t.Errorf("the link leads to\n%s", page)
	}
	for _, old := range []string{link, s.at.SignIn} { // used, and made void by a newer one
		r, err := http.PostForm(old, url.Values{})
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close()
		if r.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s; expected 403", old, r.Status)
		}
	}
	if _, err := SignIn(context.Background(), s.dir, "nobody"); evenkeel.KindOf(err) != evenkeel.KindNotFound {
		t.Errorf("%v of somebody who does not work here", err)
	}
	if !strings.Contains(s.log.String(), `a link to sign in was given at the control socket`) {
		t.Errorf("the log does not say that a link was given:\n%s", s.log)
	}
	if _, err := SignIn(context.Background(), dataDir(t), ""); evenkeel.KindOf(err) != evenkeel.KindUnavailable {
		t.Errorf("%v where nobody serves", err)
	}
}

func TestNobodyElseIsGivenALink(t *testing.T) {
	for _, c := range []struct {
		name, method, body string
		who                ownsocket.Peer
		status             int
	}{
		{"somebody else", "POST", "{}", ownsocket.Peer{User: 1001, Known: true}, http.StatusForbidden},
		{"one of whom the kernel tells nothing", "POST", "{}", ownsocket.Peer{}, http.StatusForbidden},
		{"who only looks", "GET", "{}", ownsocket.Peer{User: 1000, Known: true}, http.StatusBadRequest},
		{"who does not say for whom", "POST", "for me", ownsocket.Peer{User: 1000, Known: true}, http.StatusBadRequest},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := &hatch{owner: 1000, log: slog.New(slog.DiscardHandler), link: func(context.Context, string) (string, error) {
				t.Error("a link was made")
				return "", nil
			}}
			r, w := httptest.NewRequest(c.method, linksPath, strings.NewReader(c.body)), httptest.NewRecorder()
			h.ServeHTTP(w, r.WithContext(c.who.Within(r.Context())))
			if w.Code != c.status {
				t.Errorf("%d %s; expected %d", w.Code, w.Body, c.status)
			}
		})
	}
}
