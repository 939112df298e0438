package page_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/evenkeel/evenkeel/courier/page/pagetest"
)

// receiver is the other side of a channel over HTTP: it checks each request for its form, and
// keeps what a person would see.
type receiver struct {
	t   *testing.T
	url string
	// take checks one request and returns an id by which it tells the same message again ("":
	// it cannot), what a person sees, and its answer; or a status that is none of success.
	take func(r *http.Request, body []byte) (id, shown, answer string, status int)

	mu      sync.Mutex
	ids     []string
	all     []string
	refuses bool
	hangs   chan struct{}
	hung    bool
}

// received starts one on loopback.
func received(t *testing.T, take func(r *http.Request, body []byte) (id, shown, answer string, status int)) *receiver {
	t.Helper()
	rc := &receiver{t: t, take: take, hangs: make(chan struct{})}
	srv := httptest.NewServer(rc)
	t.Cleanup(func() {
		close(rc.hangs)
		srv.Close()
	})
	rc.url = srv.URL
	return rc
}

// ServeHTTP takes one request.
func (rc *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	rc.mu.Lock()
	hung := rc.hung
	rc.mu.Unlock()
	if hung {
		<-rc.hangs
		return
	}
	rc.mu.Lock()
	defer rc.mu.Unlock()
	if rc.refuses {
		http.Error(w, `{"errcode":"M_FORBIDDEN","error":"no"}`, http.StatusForbidden)
		return
	}
	id, shown, answer, status := rc.take(r, body)
	if status != http.StatusOK {
		rc.t.Errorf("%s %s is not as it should be: %d %s\n%s", r.Method, r.URL.Path, status, answer, body)
		http.Error(w, answer, status)
		return
	}
	if id == "" || !slices.Contains(rc.ids, id) {
		rc.ids, rc.all = append(rc.ids, id), append(rc.all, shown)
	}
	_, _ = io.WriteString(w, answer)
}

func (rc *receiver) bench(b pagetest.Bench) pagetest.Bench {
	b.Shown = func() []string {
		rc.mu.Lock()
		defer rc.mu.Unlock()
		return slices.Clone(rc.all)
	}
	b.Refuse = func() {
		rc.mu.Lock()
		defer rc.mu.Unlock()
		rc.refuses = true
	}
	b.Hang = func() {
		rc.mu.Lock()
		defer rc.mu.Unlock()
		rc.hung = true
	}
	return b
}

// strictly decodes a body in which every key is known and nothing follows.
func strictly(body []byte, into any) error {
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("something follows the body")
	}
	return nil
}

// secretFile writes a secret down for its owner alone.
func secretFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(name, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// form says what is wrong with a request's method and headers, or "".
func form(r *http.Request, method, token string) string {
	switch {
	case r.Method != method:
		return "the method is " + r.Method
	case r.Header.Get("Content-Type") != "application/json":
		return "the content type is " + r.Header.Get("Content-Type")
	case token != "" && r.Header.Get("Authorization") != "Bearer "+token:
		return "the token is not the one that was set"
	case r.URL.RawQuery != "":
		return "there is a query"
	}
	return ""
}

// serve starts a server on loopback and returns its address.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}
