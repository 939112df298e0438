package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/console"
	"github.com/evenkeel/evenkeel/courier/page"
	"github.com/evenkeel/evenkeel/courier/page/pagetest"
	"github.com/evenkeel/evenkeel/judge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/staff/rota"
	"github.com/evenkeel/evenkeel/store/sqlite"
)

// R21 (ours): the watcher is told nothing while anything is wrong that would keep people from being called.
func TestWhatTheWatcherIsToldNothingFor(t *testing.T) {
	now := evenkeel.MomentOf(time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC))
	ago := func(d time.Duration) evenkeel.Moment { return now.Add(-d) }
	for name, c := range map[string]struct {
		is      fitness
		because quiet
		says    string // "": all is well
	}{
		"all is well":                       {fitness{swept: ago(time.Second)}, "", ""},
		"books that cannot be written":      {fitness{swept: now, books: evenkeel.Invalid("the disk is full")}, quietBooks, "look whether the books can be written and read: the disk is full"},
		"a judge that is stuck":             {fitness{swept: now, why: []string{"the judge is stuck: see the log"}}, quietNotReady, "the judge is stuck"},
		"clocks that ran out a while ago":   {fitness{swept: ago(2 * time.Minute)}, "", ""},
		"clocks that do not run out":        {fitness{swept: ago(2*time.Minute + 1)}, quietClocks, "no clock ran out since 2026-03-01T02:57:59"},
		"nobody who has a channel":          {fitness{swept: now, nobody: true}, quietNoChannel, "nobody has a channel"},
		"a page that is brought to people":  {fitness{swept: now, waits: ago(10 * time.Minute)}, "", ""},
		"a page that nobody has":            {fitness{swept: now, waits: ago(10*time.Minute + 1)}, quietPage, "a page waits since 2026-03-01T02:49:59"},
		"a page that was given up":          {fitness{swept: now, gaveUp: ago(time.Hour), after: time.Hour}, quietGivenUp, "a page reached nobody and was given up at 2026-03-01T02:00:00Z"},
		"a page that was given up long ago": {fitness{swept: now, gaveUp: ago(time.Hour + 1), after: time.Hour}, "", ""},
	} {
		because, err := c.is.unwell(now)
		if because != c.because || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %q, %v; expected %q, %q", name, because, err, c.because, c.says)
		}
	}
}

// R21 (ours): what the console says of each reason, so that nobody has to look for the log first.
func TestTheConsoleKnowsEveryReasonWhyTheWatcherIsToldNothing(t *testing.T) {
	for _, q := range quiets {
		if console.Unwatched[string(q)] == "" {
			t.Errorf("%s: no word of it", q)
		}
	}
	if len(quiets) != len(console.Unwatched) {
		t.Errorf("%d reasons and %d words", len(quiets), len(console.Unwatched))
	}
}

// R21 (ours): a channel is one of somebody who can be on call.
func TestAChannelOfSomebodyWhoIsNeverOnCallReachesNobody(t *testing.T) {
	r, err := rota.Parse("rota.yaml", []byte(teamRota))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		turns judge.Rota
		book  page.Book
		want  bool
	}{{nil, nil, false}, {nil, page.Book{"zoe": {nil}}, true}, {r, nil, false}, {r, page.Book{"zoe": {nil}}, false}, {r, page.Book{"zoe": {nil}, "lin": {nil}}, true}, {r, page.Book{"lin": nil}, false}} {
		if got := reaches(c.turns, c.book); got != c.want {
			t.Errorf("%v, %v: %t", c.turns, c.book, got)
		}
	}
}

// watcherAt is a watcher that listens, and the file with its address.
type watcherAt struct {
	beats  atomic.Int64
	refuse atomic.Int64 // answers so many requests with 503, each in other words
	file   string
}

func newWatcherAt(t *testing.T) *watcherAt {
	w := &watcherAt{file: filepath.Join(t.TempDir(), "watcher")}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	if err := os.WriteFile(w.file, []byte(server.URL+"/ping/geheim\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *watcherAt) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<10))
	if n := w.refuse.Add(-1); n >= 0 {
		http.Error(out, fmt.Sprintf("request %d of %s", n, r.URL.Path), http.StatusServiceUnavailable)
		return
	}
	if r.Method == http.MethodPost && r.URL.Path == "/ping/geheim" && regexp.MustCompile(`^{"evenkeel":"all is well","at":"[-0-9T:.]+Z"}$`).Match(body) {
		w.beats.Add(1)
	}
}

// near are settings of a page whose watcher listens on this machine.
func near(w *watcherAt, every time.Duration) config.Page {
	return config.Page{Networks: []config.Network{{Prefix: netip.MustParsePrefix("127.0.0.0/8")}}, Heartbeat: config.Heartbeat{URLFile: w.file, Every: every}}
}

// R21 (ours), round by round over real books and HTTP: what keeps people from being called stops the beats, and they
// go on when it is mended. What repeats itself is logged once, and the watcher's address never.
func TestBeatsStopWhileSomethingKeepsPeopleFromBeingCalled(t *testing.T) {
	db, err := sqlite.Open(filepath.Join(t.TempDir(), fileBooks), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	log, w, now := &lines{}, newWatcherAt(t), pagetest.Start.Time()
	clock := func() time.Time { return now }
	logger := slog.New(slog.NewTextHandler(log, nil))
	h := &house{
		parts: &Parts{Now: clock, Log: logger, Config: config.Document{Page: near(w, 10*time.Minute)}}, books: db,
		state: &state{now: clock, log: logger, began: now, backlog: backlog{read: func() uint64 { return 0 }}},
	}
	calls := NewCalls(judgeOf(t, db), db, h.now, Reach{Book: someBook})
	b, err := openHeartbeat(h, calls)
	if err != nil {
		t.Fatal(err)
	}
	later := func(d time.Duration) { now = now.Add(d); h.state.swept(nil) }
	call := pagetest.CallOf("1", "ada")
	for _, step := range []struct {
		what string
		do   func()
		want quiet
	}{
		{"all is well", func() {}, ""},
		{"a sweep fails", func() { h.state.swept(evenkeel.Invalid("the disk is full")) }, quietNotReady},
		{"the next goes well", func() { h.state.swept(nil) }, ""},
		{"no sweep comes", func() { now = now.Add(3 * time.Minute) }, quietClocks},
		{"one comes", func() { h.state.swept(nil) }, ""},
		{"a page waits for a moment", func() { call.At = h.now(); putCall(t, db, call) }, ""},
		{"nobody has it after eleven minutes", func() { later(11 * time.Minute) }, quietPage},
		{"also while the next try is far off", func() { _ = db.RetryPage(t.Context(), docket.PageID(call.ID), h.now().Add(time.Hour), "busy") }, quietPage},
		{"it is given up", func() { _ = calls.Failed(t.Context(), call.ID, "nobody answers") }, quietGivenUp},
		{"a watcher of ten minutes has waited", func() { later(69 * time.Minute) }, quietGivenUp},
		{"and has called", func() { later(2 * time.Minute) }, ""},
		{"the watcher does not take it", func() { w.refuse.Store(2) }, quietUntaken},
		{"nor the next", func() {}, quietUntaken},
		{"and takes it", func() {}, ""},
		{"the books are gone", func() { _ = db.Close() }, quietBooks},
	} {
		step.do()
		was := w.beats.Load()
		b.round(t.Context())
		if got, told := quiet(b.saysNothing()), w.beats.Load() > was; got != step.want || told != (step.want == "") {
			t.Errorf("%s: %q, and the watcher was told: %t; expected %q", step.what, got, told, step.want)
		}
	}
	text := log.String()
	for says, times := range map[string]int{"because=page": 1, "because=untaken": 1, "because=books": 1, "is told again that all is well": 4, "geheim": 0} {
		if n := strings.Count(text, says); n != times {
			t.Errorf("the log says %q %d times; expected %d\n%s", says, n, times, text)
		}
	}
}

// R21 (ours): a disk that hangs ends no statement; then too it is said why the watcher is told nothing.
func TestBooksThatDoNotAnswerAreAReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := func() evenkeel.Moment { return evenkeel.MomentOf(time.Now()) }
		log, hangs, told := &lines{}, make(chan struct{}), 0
		b := &heartbeat{
			beat: func(context.Context, evenkeel.Moment) error { told++; return nil }, now: now, log: slog.New(slog.NewTextHandler(log, nil)),
			look: func(context.Context) fitness { <-hangs; return fitness{swept: now()} },
		}
		go b.round(t.Context())
		time.Sleep(looksWithin + time.Second) // of the bubble: no time passes
		synctest.Wait()
		if b.saysNothing() != string(quietBooks) || told != 0 || !strings.Contains(log.String(), "have not answered for 15s") {
			t.Errorf("%q, told %d times\n%s", b.saysNothing(), told, log)
		}
		close(hangs)
		synctest.Wait()
		if b.saysNothing() != "" || told != 1 {
			t.Errorf("%q, told %d times; expected that it is told again", b.saysNothing(), told)
		}
	})
}

// R21 (ours), a whole process: while another program holds the books no beat leaves, the docket and the metrics say why, and
// pages are served; when it lets go beats leave again.
func TestNoBeatLeavesWhileTheBooksCannotBeWritten(t *testing.T) {
	w := newWatcherAt(t)
	s := serve(t, dataDir(t), func(p *Parts) {
		p.Config.Page = near(w, 20*time.Millisecond)
		p.Config.Page.Persons = []config.Callee{{ID: "lin", Channels: []config.Line{{By: "ntfy", URL: "http://127.0.0.1:1", To: "lin-topic"}}}}
	})
	person := newBrowser(t)
	person.send(s.at.SignIn, url.Values{})
	eventually(t, "the watcher is told again and again", func() bool { return w.beats.Load() > 2 })
	other, err := sqlite.Open(filepath.Join(s.dir, fileBooks), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	held, release, over := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		over <- other.Transact(t.Context(), func(docket.Tx) error { close(held); <-release; return nil })
	}()
	let := sync.OnceFunc(func() { close(release) })
	t.Cleanup(let)
	<-held
	const books = `evenkeel_heartbeat_silent{because="books"}`
	eventually(t, "the metrics say why the watcher is told nothing", func() bool { return s.metric(t, books) == "1" })
	was := w.beats.Load()
	expect(t, "the docket", person.page("http://"+s.at.Console+"/"), console.Unwatched["books"])
	if s.metric(t, books) != "1" || w.beats.Load() != was {
		t.Errorf("%d beats, then %d, while the books cannot be written", was, w.beats.Load())
	}
	let()
	eventually(t, "the watcher is told again", func() bool { return w.beats.Load() > was+1 && s.metric(t, books) == "0" })
	if err := errors.Join(<-over, other.Close()); err != nil {
		t.Error(err)
	}
	if docket := person.page("http://" + s.at.Console + "/"); strings.Contains(docket, "watcher outside") {
		t.Error("the docket still says that the watcher is told nothing")
	}
}

// R21 (ours), with real parts: a watcher is told that all is well until a page reaches nobody for ten minutes. The log and the
// docket say so; when somebody has it, the watcher is told again. Where the process is gone it is told nothing.
func TestAWatcherIsToldAsLongAsAllIsWell(t *testing.T) {
	w := newWatcherAt(t)
	lead := &telephone{off: true}
	phone := httptest.NewServer(lead)
	t.Cleanup(phone.Close)
	turns := filepath.Join(t.TempDir(), "rota.yaml")
	if err := os.WriteFile(turns, []byte(teamRota), 0o600); err != nil {
		t.Fatal(err)
	}
	f := newFilm()
	s := serve(t, dataDir(t), func(p *Parts) {
		p.Now = f.now
		p.Config.Rota = turns
		p.Config.Page = near(w, 20*time.Millisecond)
		p.Config.Page.Persons = []config.Callee{{ID: "lin", Channels: []config.Line{{By: "ntfy", URL: phone.URL, To: "lin-topic"}}}}
	})
	eventually(t, "the watcher is told again and again", func() bool { return w.beats.Load() > 2 })
	pull := docket.Act{ID: ActID("operator", "pull-1"), Kind: docket.ActPull, By: "operator", Says: "A feed changed.", Scope: &docket.Scope{Kind: docket.SwitchMeasure, Key: "isolate"}}
	pull.At = evenkeel.MomentOf(f.now())
	if _, err := Send(t.Context(), s.dir, pull); err != nil {
		t.Fatal(err)
	}
	f.behind.Add(-int64(11 * time.Minute))
	eventually(t, "the log says why the watcher is told nothing", func() bool {
		return strings.Contains(s.log.String(), "the watcher outside is not told that all is well") && strings.Contains(s.log.String(), "a page waits since")
	})
	if s.metric(t, `evenkeel_heartbeat_silent{because="page"}`) != "1" {
		t.Error("the metrics do not say that a page is why")
	}
	_, metrics := get(t, "http://"+s.at.Console+"/metrics")
	if age := regexp.MustCompile(`evenkeel_heartbeat_age_seconds (6[5-9]\d|7\d\d)`).FindString(metrics); age == "" {
		t.Errorf("the watcher was told within the eleven minutes:\n%s", regexp.MustCompile(`evenkeel_heartbeat.*`).FindAllString(metrics, -1))
	}
	was := w.beats.Load()
	lead.answers()
	f.behind.Add(-int64(11 * time.Minute)) // when the page is tried again
	eventually(t, "the watcher is told again once somebody has the page", func() bool { return w.beats.Load() > was+1 })
	if !lead.shows("lin-topic", "operator pulled the switch measure isolate") || !strings.Contains(s.log.String(), "is told again that all is well") {
		t.Error("the watcher is told again, and the lead does not know of the page, or the log of the watcher")
	}
	if strings.Contains(s.log.String(), "geheim") {
		t.Error("the log holds the watcher's address")
	}
}
