package app

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// R21 (ours): the watcher is told nothing while anything is wrong that would keep people from being called.
func TestWhatTheWatcherIsToldNothingFor(t *testing.T) {
	now := evenkeel.MomentOf(time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC))
	ago := func(d time.Duration) evenkeel.Moment { return now.Add(-d) }
	for name, c := range map[string]struct {
		is   fitness
		says string // "": all is well
	}{
		"all is well":                       {fitness{swept: ago(time.Second)}, ""},
		"books that cannot be written":      {fitness{swept: now, books: evenkeel.Invalid("the disk is full")}, "the books cannot be written: the disk is full"},
		"books that cannot be read":         {fitness{swept: now, pages: evenkeel.Invalid("no such file")}, "the books cannot be read: no such file"},
		"a judge that is stuck":             {fitness{swept: now, why: []string{"the judge is stuck: see the log"}}, "the judge is stuck"},
		"clocks that ran out a while ago":   {fitness{swept: ago(2 * time.Minute)}, ""},
		"clocks that do not run out":        {fitness{swept: ago(2*time.Minute + 1)}, "no clock ran out since 2026-03-01T02:57:59"},
		"a page that is brought to people":  {fitness{swept: now, waits: ago(10 * time.Minute)}, ""},
		"a page that nobody has":            {fitness{swept: now, waits: ago(10*time.Minute + 1)}, "a page waits since 2026-03-01T02:49:59"},
		"a page that was given up":          {fitness{swept: now, gaveUp: ago(15 * time.Minute)}, "a page reached nobody and was given up at 2026-03-01T02:45:00Z"},
		"a page that was given up long ago": {fitness{swept: now, gaveUp: ago(15*time.Minute + 1)}, ""},
	} {
		if err := c.is.unwell(now); (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v; expected %q", name, err, c.says)
		}
	}
}

// R21 (ours), with real parts: a watcher is told that all is well until a page reaches nobody for ten minutes. The log and the
// docket say so; when somebody has it, the watcher is told again. Where the process is gone it is told nothing.
func TestAWatcherIsToldAsLongAsAllIsWell(t *testing.T) {
	var beats atomic.Int64
	watcher := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<10))
		if r.Method != http.MethodPost || r.URL.Path != "/ping/geheim" || !strings.HasPrefix(string(body), `{"evenkeel":"all is well","at":`) {
			t.Errorf("the watcher is told %s %s %s", r.Method, r.URL.Path, body)
		}
		beats.Add(1)
	}))
	t.Cleanup(watcher.Close)
	lead := &telephone{off: true}
	phone := httptest.NewServer(lead)
	t.Cleanup(phone.Close)
	desk := t.TempDir()
	rota, address := filepath.Join(desk, "rota.yaml"), filepath.Join(desk, "watcher")
	for path, text := range map[string]string{rota: teamRota, address: watcher.URL + "/ping/geheim\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := newFilm()
	s := serve(t, dataDir(t), func(p *Parts) {
		p.Now = f.now
		p.Config.Rota = rota
		p.Config.Page.Networks = []config.Network{{Prefix: netip.MustParsePrefix("127.0.0.0/8")}}
		p.Config.Page.Persons = []config.Callee{{ID: "lin", Channels: []config.Line{{By: "ntfy", URL: phone.URL, To: "lin-topic"}}}}
		p.Config.Page.Heartbeat = config.Heartbeat{URLFile: address, Every: 20 * time.Millisecond}
	})
	eventually(t, "the watcher is told again and again", func() bool { return beats.Load() > 2 })
	pull := docket.Act{ID: ActID("operator", "pull-1"), Kind: docket.ActPull, By: "operator", Says: "A feed changed.", Scope: &docket.Scope{Kind: docket.SwitchMeasure, Key: "isolate"}}
	pull.At = evenkeel.MomentOf(f.now())
	if _, err := Send(t.Context(), s.dir, pull); err != nil {
		t.Fatal(err)
	}
	f.behind.Add(-int64(11 * time.Minute))
	eventually(t, "the log says why the watcher is told nothing", func() bool {
		return strings.Contains(s.log.String(), "the watcher outside is not told that all is well") && strings.Contains(s.log.String(), "a page waits since")
	})
	_, metrics := get(t, "http://"+s.at.Console+"/metrics")
	if age := regexp.MustCompile(`evenkeel_heartbeat_age_seconds (6[5-9]\d|7\d\d)`).FindString(metrics); age == "" {
		t.Errorf("the watcher was told within the eleven minutes:\n%s", regexp.MustCompile(`evenkeel_heartbeat.*`).FindAllString(metrics, -1))
	}
	was := beats.Load()
	lead.answers()
	f.behind.Add(-int64(11 * time.Minute)) // when the page is tried again
	eventually(t, "the watcher is told again once somebody has the page", func() bool { return beats.Load() > was+1 })
	if !lead.shows("lin-topic", "operator pulled the switch measure isolate") || !strings.Contains(s.log.String(), "is told again that all is well") {
		t.Error("the watcher is told again, and the lead does not know of the page, or the log of the watcher")
	}
	if strings.Contains(s.log.String(), "geheim") {
		t.Error("the log holds the watcher's address")
	}
}
