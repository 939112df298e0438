package edge

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/ownsocket"
)

// running is a gateway that runs until the test ends.
type running struct {
	*Process
	dir, sites string
	log        *logged
	stop       func() error
}

// logged is a log that a test may look into.
type logged struct {
	lines chan string
	all   atomic.Pointer[string]
}

func (l *logged) Write(b []byte) (int, error) {
	text := string(b)
	if was := l.all.Load(); was != nil {
		text = *was + text
	}
	l.all.Store(&text)
	select {
	case l.lines <- string(b):
	default:
	}
	return len(b), nil
}

// waits until the log has a line that holds a text.
func (l *logged) waits(t *testing.T, want string) {
	t.Helper()
	over := time.After(30 * time.Second)
	for {
		select {
		case line := <-l.lines:
			if strings.Contains(line, want) {
				return
			}
		case <-over:
			t.Fatalf("the log has no line with %q:\n%s", want, *l.all.Load())
		}
	}
}

// folder is a data directory and a folder of sites, with these documents.
func folder(t testing.TB, documents map[string]string) (dir, sites string) {
	t.Helper()
	dir, sites = filepath.Join(t.TempDir(), "data"), t.TempDir()
	for name, text := range documents {
		write(t, filepath.Join(sites, name), text)
	}
	return dir, sites
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// document is a site of its own tenant.
func document(name, backend, more string) string {
	return fmt.Sprintf("site: %s\ntenant: t-%s\nasset: %s.example\nnames: [%s.example]\nbackends: [{url: %q}]\n%s", name, name, name, name, backend, more)
}

// run starts a gateway that is served without TLS, on loopback.
func run(t testing.TB, dir, sites string, set func(*Settings)) *running {
	t.Helper()
	return runWith(t, dir, sites, set, nil)
}

// runWith is run with somebody who takes records.
func runWith(t testing.TB, dir, sites string, set func(*Settings), publish Publish) *running {
	t.Helper()
	s := Default()
	s.Data, s.Sites, s.Listen, s.Clear = dir, []string{sites}, nil, []string{"127.0.0.1:0"}
	s.Operator, s.Contact = "Example Hosting", "abuse@example.net"
	if set != nil {
		set(&s)
	}
	r := &running{dir: dir, sites: sites, log: &logged{lines: make(chan string, 1000)}}
	var err error
	r.Process, err = Open(t.Context(), Options{Settings: s, Version: "test", Now: time.Now, Log: slog.New(slog.NewTextHandler(r.log, nil)), Publish: publish})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	ended := false
	r.stop = func() error {
		if ended {
			return nil
		}
		ended = true
		cancel()
		return <-done
	}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// asks gets a page of a host.
func (r *running) asks(t testing.TB, host, path string) (status int, body string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+r.Ready().Clear[0]+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	q.Host = host
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, string(b)
}

// backend answers with a text and the host that it was asked for.
func backend(t testing.TB, says string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s for %s at %s", says, r.Host, r.Header.Get("X-Real-Ip"))
	}))
	t.Cleanup(s.Close)
	return s
}

func TestADocumentThatChangesIsServedAndOneWithAFaultStaysAsItWas(t *testing.T) {
	a, b := backend(t, "a"), backend(t, "b")
	dir, sites := folder(t, map[string]string{"shop.yaml": document("shop", a.URL, ""), "blog.yaml": document("blog", b.URL, ""), "notes.txt": "no site"})
	r := run(t, dir, sites, nil)
	says := func(host string, status int, want string) {
		t.Helper()
		if code, body := r.asks(t, host, "/"); code != status || !strings.Contains(body, want) {
			t.Errorf("%s: %d %q; expected %d %q", host, code, body, status, want)
		}
	}
	reload := func(changed, served int, fault string) {
		t.Helper()
		x, err := Reload(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		if x.Changed != changed || x.Sites != served || (x.Faults == "") != (fault == "") || !strings.Contains(x.Faults, fault) {
			t.Errorf("reading again: %+v; expected %d changed, %d served, a fault with %q", x, changed, served, fault)
		}
	}
	says("shop.example", 200, "a for shop.example at 127.0.0.1")
	says("nobody.example", 404, "")
	write(t, filepath.Join(sites, "new.yaml"), document("new", b.URL, ""))
	reload(1, 3, "")
	says("new.example", 200, "b for new.example")
	write(t, filepath.Join(sites, "shop.yaml"), document("shop", b.URL, "weight: none\n"))
	write(t, filepath.Join(sites, "blog.yaml"), document("blog", a.URL, ""))
	reload(1, 3, "shop.yaml:6:")
	says("shop.example", 200, "a for")
	says("blog.example", 200, "a for")
	write(t, filepath.Join(sites, "shop.yaml"), strings.Replace(document("shop", b.URL, ""), "names: [shop.example]", "names: [shop.example, blog.example]", 1))
	write(t, filepath.Join(sites, "new.yaml"), document("new", a.URL, ""))
	reload(1, 3, "blog.example")
	says("new.example", 200, "a for")
	says("shop.example", 200, "a for")
	os.Remove(filepath.Join(sites, "new.yaml"))
	write(t, filepath.Join(sites, "shop.yaml"), document("shop", b.URL, "---\n"+document("new", b.URL, "")))
	reload(2, 3, "")
	says("new.example", 200, "b for")
	os.Remove(filepath.Join(sites, "blog.yaml"))
	reload(1, 2, "")
	says("blog.example", 404, "")
	x, err := AskStatus(t.Context(), dir, true)
	if err != nil || x.Sites != 2 || len(x.Standing) != 2 || len(x.Faults) != 0 {
		t.Errorf("it stands %+v, %v", x, err)
	}
}

func TestADeadBackendIsAPageThatSaysSoAndNever404(t *testing.T) {
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := "http://" + dead.Addr().String()
	dead.Close()
	dir, sites := folder(t, map[string]string{"shop.yaml": document("shop", at, "maintenance: {en: \"Our disks are being changed.\"}\nupdates: [{at: 2026-11-18T12:00:00Z, says: {en: \"Half of them are.\"}}]\n")})
	r := run(t, dir, sites, nil)
	q, _ := http.NewRequest("GET", "http://"+r.Ready().Clear[0]+"/", nil)
	q.Host = "shop.example"
	q.Header.Set("Accept", "text/html")
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	body, _ := io.ReadAll(a.Body)
	if a.StatusCode != 503 || a.Header.Get("Retry-After") == "" || !bytes.Contains(body, []byte("Our disks are being changed.")) || !bytes.Contains(body, []byte("Half of them are.")) {
		t.Errorf("%d, Retry-After %q: %s", a.StatusCode, a.Header.Get("Retry-After"), body)
	}
	x, err := AskStatus(t.Context(), dir, false)
	if err != nil {
		t.Fatal(err)
	}
	for len(x.Standing) == 0 { // its checks need a moment
		if x, err = AskStatus(t.Context(), dir, false); err != nil {
			t.Fatal(err)
		}
	}
	if len(x.Standing) != 1 || len(x.Standing[0].Backends) != 1 || x.Standing[0].Backends[0].Why == "" {
		t.Errorf("it stands %+v", x)
	}
}

func TestASiteIsStoppedAndStartedByHand(t *testing.T) {
	a := backend(t, "a")
	dir, sites := folder(t, map[string]string{"shop.yaml": document("shop", a.URL, "")})
	r := run(t, dir, sites, nil)
	until := evenkeel.MomentOf(time.Now()).Add(time.Hour)
	for name, w := range map[string]Wish{
		"no reason": {Site: "shop", Until: until}, "a site that is not there": {Site: "other", Until: until, Why: "x"},
		"too long": {Site: "shop", Until: until.Add(48 * time.Hour), Why: "x"}, "over already": {Site: "shop", Until: until.Add(-2 * time.Hour), Why: "x"},
	} {
		if err := Stop(t.Context(), dir, w); err == nil {
			t.Errorf("%s: it is stopped", name)
		}
	}
	if err := Stop(t.Context(), dir, Wish{Site: "shop", Until: until, Why: "leaks orders"}); err != nil {
		t.Fatal(err)
	}
	r.log.waits(t, "leaks orders")
	if code, _ := r.asks(t, "shop.example", "/"); code == 200 {
		t.Error("a stopped site answers")
	}
	if err := Stop(t.Context(), dir, Wish{Site: "shop", Why: "mended"}); err != nil {
		t.Fatal(err)
	}
	if code, _ := r.asks(t, "shop.example", "/"); code != 200 {
		t.Errorf("a started site answers %d", code)
	}
	if _, err := Ray(t.Context(), dir, "nonsense"); evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("a reference that is none: %v", err)
	}
	if err := Pardon(t.Context(), dir, Wish{Address: "192.0.2.7", Why: "x"}); evenkeel.KindOf(err) != evenkeel.KindNotFound {
		t.Errorf("who is not refused is pardoned: %v", err)
	}
}

func TestOneGatewayRunsOnADataDirectoryAndNobodyIsHeardWhereNoneRuns(t *testing.T) {
	dir, sites := folder(t, map[string]string{"shop.yaml": document("shop", "http://127.0.0.1:1", "")})
	if _, err := AskStatus(t.Context(), dir, false); evenkeel.KindOf(err) != evenkeel.KindUnavailable || evenkeel.HintOf(err) == "" {
		t.Errorf("no gateway runs: %v", err)
	}
	r := run(t, dir, sites, nil)
	s := r.o.Settings
	if _, err := Open(t.Context(), Options{Settings: s, Now: time.Now, Log: slog.New(slog.DiscardHandler)}); evenkeel.KindOf(err) != evenkeel.KindConflict {
		t.Errorf("a second one: %v", err)
	}
	if code, _ := r.asks(t, "shop.example", "/"); code != 503 {
		t.Errorf("after a second one came the first answers %d", code)
	}
}

func TestSecretsAreTheirOwnersAlone(t *testing.T) {
	dir, _ := folder(t, nil)
	k, err := openKept(dir)
	if err != nil {
		t.Fatal(err)
	}
	again, err := openKept(dir)
	if err != nil || again.key != k.key || fmt.Sprint(again.seeds) != fmt.Sprint(k.seeds) {
		t.Errorf("a second time the secrets are others: %v", err)
	}
	for _, name := range []string{fileKey, fileSeeds} {
		path := filepath.Join(dir, name)
		was, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for what, do := range map[string]func(){
			"others may read it": func() { os.Chmod(path, 0o644) }, "it is cut": func() { os.WriteFile(path, was[:len(was)/2+1], 0o600) }, "it is large": func() { os.WriteFile(path, bytes.Repeat(was, 1000), 0o600) },
		} {
			do()
			if _, err := openKept(dir); err == nil {
				t.Errorf("%s: %s, and it is believed", name, what)
			}
			os.Remove(path)
			os.WriteFile(path, was, 0o600)
		}
	}
	if _, err := openKept(dir); err != nil {
		t.Error(err)
	}
}

func TestOnlyTheOwnerAndRootSpeakToTheGateway(t *testing.T) {
	p := &Process{socket: &ownsocket.Socket{Owner: 1000}, o: Options{Log: slog.New(slog.DiscardHandler), Now: time.Now}}
	for name, who := range map[string]ownsocket.Peer{"somebody else": {User: 1001, Known: true}, "one of whom the kernel tells nothing": {}} {
		for _, path := range []string{statusPath, costPath, reloadPath, stopPath, rayPath, pardonPath, freePath, "/other"} {
			r, w := httptest.NewRequest("POST", path, strings.NewReader(`{"why":"x"}`)), httptest.NewRecorder()
			p.socketHandler().ServeHTTP(w, r.WithContext(who.Within(r.Context())))
			if w.Code != http.StatusForbidden {
				t.Errorf("%s at %s: %d %s", name, path, w.Code, w.Body)
			}
		}
	}
	for _, c := range []struct {
		path, text string
		code       int
	}{
		{"/other", "", http.StatusNotFound}, {stopPath, "x", http.StatusBadRequest}, {stopPath, `{"site":"shop"}`, http.StatusBadRequest},
		{stopPath, `{"site":"shop","why":"a\nb"}`, http.StatusBadRequest}, {stopPath, `{"why":"` + strings.Repeat("x", maxAsked) + `"}`, http.StatusBadRequest},
		{rayPath, `{"ray":"?"}`, http.StatusBadRequest}, {pardonPath, `{"address":"x","why":"x"}`, http.StatusBadRequest},
	} {
		r, w := httptest.NewRequest("POST", c.path, strings.NewReader(c.text)), httptest.NewRecorder()
		p.socketHandler().ServeHTTP(w, r.WithContext(ownsocket.Peer{User: 1000, Known: true}.Within(r.Context())))
		if w.Code != c.code {
			t.Errorf("%s %.40s: %d %s; expected %d", c.path, c.text, w.Code, w.Body, c.code)
		}
	}
}

func TestSettingsSayAllThatIsWrong(t *testing.T) {
	text := "data: here\nsites: []\nlisten: [\"443\", \"name:443\"]\nclear: [\"127.0.0.1:80\"]\nplain: [\"127.0.0.1:80\"]\npass: 1s\nlease: 90d\n"
	_, err := Parse("g.yaml", []byte(text))
	if err == nil {
		t.Fatal("it is taken")
	}
	text = strings.Replace(text, "lease: 90d", "lease: 9000h", 1)
	_, err = Parse("g.yaml", []byte(text))
	for _, want := range []string{"data is", "sites is empty", `"443"`, `"name:443"`, "stands at", "pass is 1s", "lease is"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("nothing is said of %q: %v", want, err)
		}
	}
	if s, err := Parse("g.yaml", []byte(Text)); err != nil || fmt.Sprint(s) != fmt.Sprint(Default()) {
		t.Errorf("what is printed changes something: %v", err)
	}
	for _, bad := range []string{"trusted: [10.0.0.1/8]\n", "operator: \"" + strings.Repeat("x", 200) + "\"\n", "form: \"http://plain.example\"\n", "nothing: 1\n"} {
		if _, err := Parse("g.yaml", []byte(bad)); err == nil {
			t.Errorf("%.40q is taken", bad)
		}
	}
}
