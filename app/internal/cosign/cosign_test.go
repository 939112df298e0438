package cosign_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/cosign"
	"github.com/evenkeel/evenkeel/instrument/witness"
	"github.com/evenkeel/evenkeel/judge/ledger"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var start = evenkeel.MomentOf(time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC))

// book is a ledger in memory.
type book struct {
	hashes []tlog.Hash
	size   int64
	signer *ledger.Signer
}

func newBook(t *testing.T) *book {
	t.Helper()
	secret, err := ledger.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{3}, 64)), "ledger.example.com")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ledger.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	return &book{signer: signer}
}

func (b *book) Size() (int64, error) { return b.size, nil }

func (b *book) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		out[i] = b.hashes[x]
	}
	return out, nil
}

// add seals policies, whose digests are the history.
func (b *book) add(t *testing.T, digests ...string) {
	t.Helper()
	for _, d := range digests {
		s, err := ledger.Seal(b, ledger.OfPolicy(d, start))
		if err != nil {
			t.Fatal(err)
		}
		b.hashes, b.size = append(b.hashes, s.Hashes...), b.size+1
	}
}

func (b *book) head(t *testing.T) string {
	t.Helper()
	signed, err := b.signer.Sign(b, start)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// told collects what is logged.
type told struct {
	mu sync.Mutex
	strings.Builder
}

func (w *told) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.Builder.Write(b)
}

// peer is a witness of somebody else's, on the loopback.
func peer(t *testing.T, name string, of *book, dir string) (cosign.Peer, *told) {
	t.Helper()
	secret, public, err := witness.GenerateKey(strings.NewReader(strings.Repeat(name, 32)), name)
	if err != nil {
		t.Fatal(err)
	}
	key, err := witness.NewCosigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	v, err := witness.NewVerifier(public)
	if err != nil {
		t.Fatal(err)
	}
	lv, err := ledger.NewVerifier(of.signer.Verifier())
	if err != nil {
		t.Fatal(err)
	}
	w := &told{}
	s := httptest.NewServer(&cosign.Server{
		Key: key, Logs: map[string]note.Verifier{lv.Name(): lv}, Kept: cosign.Files(dir), Now: func() time.Time { return start.Time() }, Log: slog.New(slog.NewTextHandler(w, nil)),
	})
	t.Cleanup(s.Close)
	return cosign.Peer{URL: s.URL, Key: v}, w
}

// TestTwoPeersCosignALogThatGrows is R10: outside witnesses, of which a peer operator's Evenkeel can
// be one.
func TestTwoPeersCosignALogThatGrows(t *testing.T) {
	b := newBook(t)
	one, _ := peer(t, "one.example.com", b, t.TempDir())
	two, _ := peer(t, "two.example.com", b, t.TempDir())
	for n := range 4 {
		b.add(t, fmt.Sprint("sha256:", n), "more")
		signed, got, err := cosign.Gather(t.Context(), http.DefaultClient, []cosign.Peer{one, two}, b, b.head(t))
		if err != nil || got != 2 {
			t.Fatalf("%d cosigned %d leaves (%v); expected 2", got, b.size, err)
		}
		lv, _ := ledger.NewVerifier(b.signer.Verifier())
		opened, err := note.Open([]byte(signed), note.VerifierList(lv, one.Key, two.Key))
		if err != nil || len(opened.Sigs) != 3 {
			t.Fatalf("%v: %s", err, signed)
		}
		if h, err := ledger.ParseHead(signed, lv); err != nil || h.Size != b.size {
			t.Fatalf("a cosigned head is %+v (%v); expected one of ours still", h, err)
		}
		if again, err := cosign.Ask(t.Context(), http.DefaultClient, one, b, b.head(t)); err != nil || again == "" {
			t.Fatalf("the same asked again: %v", err)
		}
	}
}

// TestASplitViewIsRefusedAndToldLoudly: a log that was written anew from some leaf on, of the same
// size, longer, and shorter.
func TestASplitViewIsRefusedAndToldLoudly(t *testing.T) {
	for _, c := range []struct {
		name  string
		other []string
		loud  bool // the witness can tell that it was asked for two histories
	}{
		{"as many leaves", []string{"a", "b", "x"}, true},
		{"more leaves", []string{"a", "b", "x", "d", "e"}, true},
		{"fewer leaves", []string{"a", "b"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, other, dir := newBook(t), newBook(t), t.TempDir()
			w, says := peer(t, "witness.example.com", b, dir)
			b.add(t, "a", "b", "c")
			if _, err := cosign.Ask(t.Context(), http.DefaultClient, w, b, b.head(t)); err != nil {
				t.Fatal(err)
			}
			other.add(t, c.other...)
			line, err := cosign.Ask(t.Context(), http.DefaultClient, w, other, other.head(t))
			if _, split := errors.AsType[*cosign.Split](err); !split || line != "" || evenkeel.HintOf(err) == "" {
				t.Errorf("it answers %q, %v; expected that it holds another history", line, err)
			}
			if loud := strings.Contains(says.String(), "level=ERROR"); loud != c.loud {
				t.Errorf("the witness says %q; expected an error: %v", says.String(), c.loud)
			}
			if s, err := cosign.Files(dir).Last("ledger.example.com"); err != nil || s.Size != 3 {
				t.Errorf("%+v (%v) is kept; expected what was cosigned", s, err)
			}
		})
	}
}

// TestWhatCannotBeReadIsNotBegunAnew: a damaged file would else allow a second history.
func TestWhatCannotBeReadIsNotBegunAnew(t *testing.T) {
	b, dir := newBook(t), t.TempDir()
	w, says := peer(t, "witness.example.com", b, dir)
	b.add(t, "a")
	if _, err := cosign.Ask(t.Context(), http.DefaultClient, w, b, b.head(t)); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("%q (%v); expected one file", files, err)
	}
	if err := os.WriteFile(files[0], []byte("ledger.example.com\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.add(t, "b")
	line, err := cosign.Ask(t.Context(), http.DefaultClient, w, b, b.head(t))
	if line != "" || evenkeel.KindOf(err) != evenkeel.KindUnavailable || !strings.Contains(says.String(), "nothing can be cosigned") {
		t.Errorf("it answers %q, %v, and says %q; expected that it cannot", line, err, says.String())
	}
}

// TestBadAnswersCostOnlyThemselves: a witness that answers anything at all.
func TestBadAnswersCostOnlyThemselves(t *testing.T) {
	b := newBook(t)
	good, _ := peer(t, "good.example.com", b, t.TempDir())
	b.add(t, "a")
	for _, c := range []struct {
		name, body string
		status     int
		kind       evenkeel.Kind
	}{
		{"no cosignature", "hello\n", 200, evenkeel.KindDenied},
		{"another's", "— other.example.com AAAAAAAA\n", 200, evenkeel.KindDenied},
		{"endless", strings.Repeat("x", 1<<20), 200, evenkeel.KindDenied},
		{"an unknown log", "", 404, evenkeel.KindDenied},
		{"a size that is none", "many\n", 409, evenkeel.KindUnavailable},
		{"broken", "", 500, evenkeel.KindUnavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}))
			defer s.Close()
			bad := cosign.Peer{URL: s.URL, Key: good.Key}
			_, err := cosign.Ask(t.Context(), http.DefaultClient, bad, b, b.head(t))
			if evenkeel.KindOf(err) != c.kind {
				t.Errorf("%v is %v; expected %v", err, evenkeel.KindOf(err), c.kind)
			}
			if _, n, err := cosign.Gather(t.Context(), http.DefaultClient, []cosign.Peer{bad, good}, b, b.head(t)); n != 1 || err == nil {
				t.Errorf("%d cosigned (%v); expected the other one", n, err)
			}
		})
	}
}

// TestRequestsThatAreNone: statuses of the protocol, over HTTP.
func TestRequestsThatAreNone(t *testing.T) {
	b := newBook(t)
	w, _ := peer(t, "witness.example.com", b, t.TempDir())
	b.add(t, "a")
	for _, c := range []struct {
		name, method, path, body string
		status                   int
	}{
		{"elsewhere", "POST", "/", "", 404},
		{"only looked at", "GET", "/add-checkpoint", "", 405},
		{"nothing", "POST", "/add-checkpoint", "", 400},
		{"too much", "POST", "/add-checkpoint", strings.Repeat("x", 1<<20), 400},
		{"another log", "POST", "/add-checkpoint", "old 0\n\nother\n1\n" + tlog.Hash{}.String() + "\n\n— other AAAAAAAA\n", 404},
		{"not signed by it", "POST", "/add-checkpoint", "old 0\n\nledger.example.com\n1\n" + tlog.Hash{}.String() + "\n\n— other AAAAAAAA\n", 403},
		{"well", "POST", "/w/add-checkpoint", "old 0\n\n" + b.head(t), 200},
		{"from a size that it is not at", "POST", "/add-checkpoint", "old 0\n\n" + b.head(t), 409},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), c.method, w.URL+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			answer, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			if err != nil || answer.StatusCode != c.status {
				t.Errorf("%d %s (%v); expected %d", answer.StatusCode, body, err, c.status)
			}
			if c.status == 409 && (string(body) != "1\n" || answer.Header.Get("Content-Type") != "text/x.tlog.size") {
				t.Errorf("%q of type %s; expected the size", body, answer.Header.Get("Content-Type"))
			}
		})
	}
}
