package app

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
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/internal/ownsocket"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/judge/docket/actevent"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

// bureau is a judge on books in a data directory, whose control socket is open.
type bureau struct {
	dir  string
	now  evenkeel.Moment
	log  *lines
	stop func() error // ends Run, and says how it ended
}

// lines is a log that several may write to.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// dataDir is a directory with a short name, as the path of a socket has to have.
func dataDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ek")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// atBureau opens a control socket over a judge with one case, which notifies acme.
func atBureau(t *testing.T) *bureau {
	t.Helper()
	d := &bureau{dir: dataDir(t), now: start.Add(30 * time.Minute), log: &lines{}}
	p, err := Choose(nil)
	if err != nil {
		t.Fatal(err)
	}
	j, _, err := resume(d.dir, judge.Parts{Policy: p.Force, Shadow: p.Shadow, Means: onPaper}, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(d.now); err != nil {
			t.Error(err)
		}
	})
	if _, err := j.Consider(context.Background(), []evenkeel.Finding{found(20)}, nobody{}, 0); err != nil {
		t.Fatal(err)
	}
	d.stop = runControl(t, d, func(ctx context.Context, a docket.Act) (judge.Heard, error) { return j.Do(ctx, a, nobody{}) })
	return d
}

// runControl opens and runs the socket of a bureau.
func runControl(t *testing.T, d *bureau, do func(context.Context, docket.Act) (judge.Heard, error)) (stop func() error) {
	t.Helper()
	c, err := openControl(d.dir, hatch{do: do, now: func() time.Time { return d.now.Time() }, log: slog.New(slog.NewTextHandler(d.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return stop
}

// row is the one case of the books.
func (d *bureau) row(t *testing.T) docket.Row {
	t.Helper()
	rows, err := open(t, d.dir).Cases(context.Background(), docket.Query{Closed: true})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d cases (%v); expected one", len(rows), err)
	}
	return rows[0]
}

// act is an act about that case that a person brings.
func (d *bureau) act(t *testing.T, kind docket.ActKind, by evenkeel.PersonID, id string) docket.Act {
	t.Helper()
	a := docket.Act{ID: ActID(by, id), Kind: kind, At: d.now, Case: d.row(t).Case.ID, Says: "Said on the telephone."}
	if !kind.OfTenant() {
		a.By = by
	}
	if kind == docket.ActClear {
		a.Says = answered(a.Says, 5)
		a.Outcome, a.NoFlag = evenkeel.OutcomeFalsePositive, docket.NoFlagGone
	}
	return a
}

func TestAPersonClearsACaseAtTheSocket(t *testing.T) {
	d := atBureau(t)
	a := d.act(t, docket.ActClear, "anna maría", "7")
	a.NoFlag, a.Grant = docket.NoFlagMissing, &docket.Grant{Selector: evenkeel.Selector{TenantWide: true}, Until: d.now.Add(24 * time.Hour)}
	d.now = d.now.Add(30 * time.Second) // what is done here is done at our time
	done, err := Send(context.Background(), d.dir, a)
	if err != nil {
		t.Fatal(err)
	}
	if done.Type != "done" || done.Kind != docket.ActClear || done.Person != "anna maría" || done.At != d.now || done.Repeated {
		t.Errorf("done: %+v", done)
	}
	if len(done.Cases) != 1 || done.Cases[0].Outcome != evenkeel.OutcomeFalsePositive || len(done.Flags) != 1 || len(done.Decisions) != 1 ||
		done.Decisions[0].State != evenkeel.Lifted || len(done.Notices) == 0 {
		t.Errorf("done: %+v; want a case closed, a flag granted, a decision lifted and its notice", done)
	}
	f, err := open(t, d.dir).Folder(context.Background(), a.Case)
	if err != nil || f.Case.State != evenkeel.CaseClosed || len(f.Flags) != 1 || f.Flags[0].By.Person != "anna maría" {
		t.Errorf("the books hold %+v, %+v (%v)", f.Case, f.Flags, err)
	}
	if says := d.log.String(); !strings.Contains(says, fmt.Sprintf("user=%d process=%d status=200", os.Geteuid(), os.Getpid())) ||
		!strings.Contains(says, `kind=clear person="anna maría"`) || strings.Contains(says, "acme") {
		t.Errorf("the log says %s; expected who connected and who acts, and nothing of the tenant", says)
	}
}

func TestTheTenantsWordsNameWhoPassedThemOn(t *testing.T) {
	d := atBureau(t)
	a := d.act(t, docket.ActAnswer, "anna", "7")
	done, err := Send(context.Background(), d.dir, a)
	if err != nil || done.Person != "anna" {
		t.Fatalf("%+v, %v", done, err)
	}
	for _, e := range done.Entries {
		if e.Kind == evenkeel.EntrySaid && (e.Ref != "control/anna 7" || e.Actor.Person != "" || e.Words != a.Says) {
			t.Errorf("the timeline says %+v; expected that the tenant spoke and anna passed it on", e)
		}
	}
	if c := d.row(t).Case; c.Waiting != d.now {
		t.Errorf("the tenant waits since %v; expected %v", c.Waiting, d.now)
	}
}

func TestTheSameActTwiceCountsOnce(t *testing.T) {
	d := atBureau(t)
	a := d.act(t, docket.ActClear, "anna", "7")
	for i := range 2 {
		done, err := Send(context.Background(), d.dir, a)
		if err != nil || done.Repeated != (i == 1) || (len(done.Cases) == 0) != (i == 1) {
			t.Errorf("time %d: %+v, %v", i+1, done, err)
		}
	}
}

func TestOfTwoWhoClearACaseOneIsTold(t *testing.T) {
	d := atBureau(t)
	acts := []docket.Act{d.act(t, docket.ActClear, "anna", "7"), d.act(t, docket.ActClear, "ben", "7")}
	errs := make([]error, len(acts))
	var all sync.WaitGroup
	for i, a := range acts {
		all.Go(func() { _, errs[i] = Send(context.Background(), d.dir, a) })
	}
	all.Wait()
	won, lost := errs[0], errs[1]
	if won != nil {
		won, lost = lost, won
	}
	if won != nil || evenkeel.KindOf(lost) != evenkeel.KindConflict || !strings.Contains(lost.Error(), "was closed at") {
		t.Errorf("%v and %v; expected one done, and a conflict that says when it was closed", won, lost)
	}
}

// post sends what a client of ours would not.
func (d *bureau) post(t *testing.T, method, path, contentType string, body io.Reader) (int, string) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(d.dir, fileControl))
		},
	}}
	r, err := http.NewRequest(method, "http://control"+path, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := answer.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("the answer is %s; expected a problem: %s", got, text)
	}
	return answer.StatusCode, string(text)
}

func TestWhatIsNoActOfAPersonNowIsRefused(t *testing.T) {
	d := atBureau(t)
	before := d.row(t)
	line, err := actevent.Encode(d.act(t, docket.ActClear, "anna", "7"))
	if err != nil {
		t.Fatal(err)
	}
	good := string(line)
	but := func(from, to string) io.Reader {
		if !strings.Contains(good, from) {
			t.Fatalf("%s is not in %s", from, good)
		}
		return strings.NewReader(strings.Replace(good, from, to, 1))
	}
	long := strings.Repeat(" ", actevent.MaxBytes) + good
	for _, c := range []struct {
		name, method, path, contentType string
		body                            io.Reader
		status                          int
		says                            string
	}{
		{"garbage", "POST", "/acts", actType, strings.NewReader("\x00\xff"), 400, "not valid UTF-8"},
		{"nothing", "POST", "/acts", actType, nil, 400, "it is not JSON"},
		{"half an act", "POST", "/acts", actType, strings.NewReader(good[:len(good)/2]), 400, "it is not JSON"},
		{"two acts", "POST", "/acts", actType, strings.NewReader(good + good), 400, "it is not JSON"},
		{"too long, as it says", "POST", "/acts", actType, strings.NewReader(long), 413, "expected at most 65536"},
		{"too long, without saying so", "POST", "/acts", actType, io.MultiReader(strings.NewReader(long)), 413, "expected at most 65536"},
		{"another content type", "POST", "/acts", "application/json", strings.NewReader(good), 415, "expected application/cloudevents+json"},
		{"another method", "GET", "/acts", actType, nil, 405, "expected POST"},
		{"another path", "POST", "/", actType, strings.NewReader(good), 404, "expected POST /acts"},
		{"nobody does it", "POST", "/acts", actType, but(`"by":"anna",`, ""), 400, "data.by is missing"},
		{"one person for another", "POST", "/acts", actType, but(`"by":"anna"`, `"by":"ben"`), 403, "expected one person for both"},
		{"a source that names nobody", "POST", "/acts", actType, but("control/anna", "control/"), 400, "such as control/anna"},
		{"a source of elsewhere", "POST", "/acts", actType, but("control/anna", "mail.example"), 400, "such as control/anna"},
		{"a source that is no path", "POST", "/acts", actType, but("control/anna", "control/%zz"), 400, "such as control/anna"},
		{"a time that is past", "POST", "/acts", actType, but("T08:30:00Z", "T08:28:59Z"), 400, "expected within 1m0s of now"},
		{"a time to come", "POST", "/acts", actType, but("T08:30:00Z", "T08:31:01Z"), 400, "expected within 1m0s of now"},
		{"a case that is not there", "POST", "/acts", actType, but(`"case":"c-`, `"case":"c-x`), 404, "not found"},
		{"a clearance without a flag or a reason", "POST", "/acts", actType, but(`"no_flag":"gone",`, ""), 400, "neither a flag nor a reason for none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, says := d.post(t, c.method, c.path, c.contentType, c.body)
			if status != c.status || !strings.Contains(says, c.says) {
				t.Errorf("%d %s; expected %d with %q", status, says, c.status, c.says)
			}
		})
	}
	if after := d.row(t); after.Case.State != before.Case.State || after.Case.Spoke != 0 {
		t.Errorf("the case is %+v; expected %+v", after.Case, before.Case)
	}
	if _, err := Send(context.Background(), d.dir, d.act(t, docket.ActClear, "anna", "7")); err != nil {
		t.Errorf("the good act is refused: %v", err)
	}
}

func TestOnlyTheOwnerAndRootAreHeard(t *testing.T) {
	for _, c := range []struct {
		name  string
		who   func(context.Context) context.Context
		heard bool
	}{
		{"the owner", ownsocket.Peer{User: 1000, Known: true}.Within, true},
		{"root", ownsocket.Peer{User: 0, Known: true}.Within, true},
		{"somebody else", ownsocket.Peer{User: 1001, Known: true}.Within, false},
		{"one of whom the kernel tells nothing, which is not root", ownsocket.Peer{}.Within, false},
		{"nobody", func(ctx context.Context) context.Context { return ctx }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			heard := false
			h := &hatch{
				do:  func(context.Context, docket.Act) (judge.Heard, error) { heard = true; return judge.Heard{}, nil },
				now: start.Time, log: slog.New(slog.DiscardHandler), owner: 1000,
			}
			line, err := actevent.Encode(docket.Act{ID: ActID("anna", "7"), Kind: docket.ActLift, At: start, Case: "c-1", By: "anna", Says: "Over."})
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest("POST", actsPath, bytes.NewReader(line))
			r.Header.Set("Content-Type", actType)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r.WithContext(c.who(r.Context())))
			if heard != c.heard || !heard && w.Code != http.StatusForbidden {
				t.Errorf("heard %t, %d %s; expected %t", heard, w.Code, w.Body, c.heard)
			}
			asked := false
			h.hosts = func(context.Context, *hostWish) (hostAnswer, error) { asked = true; return hostAnswer{}, nil }
			r, w = httptest.NewRequest("POST", hostsPath, strings.NewReader(`{"host":"host-1","seconds":60}`)), httptest.NewRecorder()
			h.ServeHTTP(w, r.WithContext(c.who(r.Context())))
			if asked != c.heard || !asked && w.Code != http.StatusForbidden {
				t.Errorf("asked about hosts: %t, %d %s; expected %t", asked, w.Code, w.Body, c.heard)
			}
		})
	}
}
