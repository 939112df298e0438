package app

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/courier/page"
	"github.com/evenkeel/evenkeel/courier/page/pagetest"
	"github.com/evenkeel/evenkeel/judge/docket"
)

// pagedBooks are books with their pages.
type pagedBooks interface {
	docket.Books
	docket.Reader
	docket.PageOutbox
}

// putCall puts a call into books, with a case of its own.
func putCall(t testing.TB, b docket.Books, c page.Call) {
	t.Helper()
	of := evenkeel.Case{ID: c.Case, Tenant: "raisup", Family: "mining", Opened: c.At, State: evenkeel.CaseOpen, Since: c.At, Latest: c.At}
	in := docket.Changes{Tenant: "raisup", Family: "mining", Cases: []evenkeel.Case{of}, Pages: []docket.Page{{
		ID: docket.PageID(c.ID), Case: c.Case, Tenant: "raisup", Family: "mining", Level: c.Level, At: c.At, Why: c.Why, For: c.Persons,
	}}}
	if err := b.Transact(t.Context(), func(tx docket.Tx) error { return tx.Put(in) }); err != nil {
		t.Fatal(err)
	}
}

func atCalls() evenkeel.Moment { return pagetest.Start }

// someBook is a book in which somebody has a channel; nothing is sent by it.
var someBook = page.Book{"ada": {nil}}

func TestThePagesOfBooksAreAList(t *testing.T) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			pagetest.RunList(t, func(t *testing.T) (page.List, func(page.Call)) {
				b := open(t).(pagedBooks)
				return NewCalls(judgeOf(t, b), b, atCalls, Reach{Book: someBook}), func(c page.Call) { putCall(t, b, c) }
			})
		})
	}
}

// team is a rota in which everybody always works.
type team struct{ onCall, lead []evenkeel.PersonID }

func (r team) OnCall(int, evenkeel.Moment) []evenkeel.PersonID { return r.onCall }
func (r team) Lead(evenkeel.Moment) []evenkeel.PersonID        { return r.lead }
func (r team) Staffed(evenkeel.Moment) bool                    { return true }

func TestAPageIsBroughtToThoseWhoCanBeCalled(t *testing.T) {
	at := pagetest.Start
	p := docket.Page{ID: "p-1", Case: "c-1", Tenant: "raisup", Level: 1, At: at, Why: "A tenant waits.", For: []evenkeel.PersonID{"ada"}}
	lead, house, nobody := p, p, p
	lead.Level, lead.For = docket.LevelLead, []evenkeel.PersonID{"lin"}
	house.Case, house.Tenant = "", docket.House
	nobody.For = nil
	rota := Reach{Rota: team{lead: []evenkeel.PersonID{"lin"}}, Base: "https://e.example"}
	for _, c := range []struct {
		name string
		page docket.Page
		with Reach
		want page.Call
	}{
		{"whoever was on call, and then whoever leads now", p, rota, page.Call{Case: "c-1", Level: 1, Persons: p.For, Lead: []evenkeel.PersonID{"lin"}, Link: "https://e.example/case/c-1"}},
		{"those who lead have the level 0", lead, rota, page.Call{Case: "c-1", Persons: lead.For, Lead: lead.For, Link: "https://e.example/case/c-1"}},
		{"without a rota everybody who has a channel", nobody, Reach{Book: page.Book{"ben": {nil}, "ada": {nil}}}, page.Call{Case: "c-1", Level: 1, Persons: []evenkeel.PersonID{"ada", "ben"}, Link: "/case/c-1"}},
		{"whose case it is, where that may be said", p, Reach{Rota: team{}, Tenant: true}, page.Call{Case: "c-1", Level: 1, Tenant: "raisup", Persons: p.For, Link: "/case/c-1"}},
		{"a page about no case leads to the docket, and names nobody", house, Reach{Rota: team{}, Tenant: true}, page.Call{Level: 1, Persons: p.For, Link: "/"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.want.ID, c.want.At, c.want.Why = "p-1", at, p.Why
			got := NewCalls(nil, nil, atCalls, c.with).call(&c.page, at)
			a, _ := json.Marshal(got)
			b, _ := json.Marshal(c.want)
			if string(a) != string(b) {
				t.Errorf("it is\n%s; expected\n%s", a, b)
			}
		})
	}
}

// TestWhereNobodyCanBeCalledThatIsSaidAtOnce: R21; a round that will never reach anybody is not
// repeated for a day.
func TestWhereNobodyCanBeCalledThatIsSaidAtOnce(t *testing.T) {
	b := stores["in memory"](t).(pagedBooks)
	putCall(t, b, pagetest.CallOf("a", "ada"))
	calls := NewCalls(judgeOf(t, b), b, atCalls, Reach{})
	if err := page.New(calls, nil, atCalls, page.Options{}).Bring(t.Context(), page.Waiting{Call: pagetest.CallOf("a", "ada")}); err != nil {
		t.Fatal(err)
	}
	f, err := b.Folder(t.Context(), "c-a")
	if err != nil || len(f.Pages) != 1 || !f.Pages[0].Failed || calls.givenUp.Load() != 1 {
		t.Fatalf("%+v (%v); expected one that failed", f.Pages, err)
	}
	if last := f.Entries[len(f.Entries)-1]; last.Says != "Nobody could be called at level 1." || !strings.Contains(last.Words, "no channel is set") {
		t.Errorf("the timeline ends with %+v", last)
	}
}

// telephone is a server that shows what is posted to it, or turns it away.
type telephone struct {
	mu    sync.Mutex
	off   bool
	shown []string
}

func (p *telephone) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.off {
		http.Error(w, "no network", http.StatusBadGateway)
		return
	}
	p.shown = append(p.shown, string(body))
	_ = json.NewEncoder(w).Encode(map[string]string{"id": "m1"})
}

// answers turns it on.
func (p *telephone) answers() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.off = false
}

func (p *telephone) shows(words ...string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.shown, func(s string) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(s, w) })
	})
}

const teamRota = "rota: team\nversion: 1\nzone: UTC\npersons: [{id: ada}, {id: cid}, {id: lin}]\nlevels: [{person: ada}, {person: cid}]\nlead: {person: lin}\n"

// TestServeCallsPeople is rows R21 and F8 with real parts: a tenant answers and nobody looks. A
// quarter of an hour later whoever is on call is called: their telephone is off, a program of theirs
// is not. After half an hour the second level gets a mail, after an hour the lead a push. A switch
// that is pulled calls the lead at once.
func TestServeCallsPeople(t *testing.T) {
	office, mailAt := openPostOffice(t)
	off, push := &telephone{off: true}, &telephone{}
	down, up := httptest.NewServer(off), httptest.NewServer(push)
	t.Cleanup(down.Close)
	t.Cleanup(up.Close)
	desk := t.TempDir()
	rings, program, rota := filepath.Join(desk, "rang"), filepath.Join(desk, "ring"), filepath.Join(desk, "rota.yaml")
	for path, text := range map[string]string{program: "#!/bin/sh\ncat >> \"$1\"\n", rota: teamRota} {
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	f := newFilm()
	s := serve(t, dataDir(t), func(p *Parts) {
		p.Now = f.now
		m := &p.Config.Courier.Mail
		m.Server, m.TLS, m.From = mailAt, "none", "Example Cloud <abuse@cloud.example>"
		p.Config.Rota = rota
		p.Config.Page.Networks = []config.Network{{Prefix: netip.MustParsePrefix("127.0.0.0/8")}}
		p.Config.Page.Persons = []config.Callee{
			{ID: "ada", Channels: []config.Line{{By: "ntfy", URL: down.URL, To: "ada-topic"}, {By: "command", Command: program, Args: []string{rings}}}},
			{ID: "cid", Channels: []config.Line{{By: "mail", To: "cid@cloud.example"}}},
			{ID: "lin", Channels: []config.Line{{By: "ntfy", URL: up.URL, To: "lin-topic"}}},
		}
	})
	pull := docket.Act{ID: ActID("operator", "pull-1"), Kind: docket.ActPull, By: "operator", Says: "A feed changed.", Scope: &docket.Scope{Kind: docket.SwitchMeasure, Key: "isolate"}}
	pull.At = evenkeel.MomentOf(f.now())
	if _, err := Send(t.Context(), s.dir, pull); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the lead knows of the switch", func() bool { return push.shows("lin-topic", "operator pulled the switch measure isolate") })

	f.play(t, s, mining(f.from(), 1))
	_, text := office.letter(t, "Question")
	link := regexp.MustCompile(`http://\S+/t/[\w-]+`).FindString(strings.ReplaceAll(text, "\n", ""))
	tenant := newBrowser(t)
	tenant.send(link+"/answer", url.Values{"nonce": {hidden(t, tenant.page(link), "nonce")}, "text": {"Our yearly scoring job."}})
	rang := func() string { text, _ := os.ReadFile(rings); return string(text) }
	if rang() != "" {
		t.Errorf("ada was called before a quarter of an hour: %s", rang())
	}
	f.behind.Store(-int64(16 * time.Minute))
	eventually(t, "ada is called by her program, once her telephone was tried", func() bool { return strings.Contains(rang(), `"level":1`) })
	f.behind.Store(-int64(31 * time.Minute))
	letter, mailed := office.letter(t, "level 2")
	expect(t, "the mail to the second level", mailed, "waits since", "/case/c-")
	if to := letter.Header.Get("To"); !strings.Contains(to, "cid@cloud.example") {
		t.Errorf("it went to %s", to)
	}
	f.behind.Store(-int64(61 * time.Minute))
	eventually(t, "the lead is called", func() bool { return push.shows("lin-topic", "for whoever leads", "was missed") })
	eventually(t, "no page waits", func() bool {
		return s.metric(t, `evenkeel_outbox_waiting{kind="pages"}`) == "0" && s.metric(t, `evenkeel_pages_total{fate="taken"}`) == "4"
	})
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	said := entriesIn(t, s.dir)
	for _, want := range []string{
		"Level 1 is called: ada.", "ada could not be called by ntfy.", "ada was called by command.", "Level 2 is called: cid.", "cid was called by mail.", "Level 3 is called: lin.", "lin was called by ntfy.",
	} {
		if strings.Count(said, want) != 1 {
			t.Errorf("the timeline says %q %d times; expected once\n%s", want, strings.Count(said, want), said)
		}
	}
	if strings.Contains(s.log.String(), "t-0@example.net") || strings.Contains(rang(), "t-0") {
		t.Error("a page or the log says whose case it is, which nobody allowed")
	}
}

// entriesIn is what the timelines of all cases say, a line each.
func entriesIn(t *testing.T, dir string) string {
	t.Helper()
	b, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	rows, err := b.Cases(t.Context(), docket.Query{Closed: true})
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for i := range rows {
		f, err := b.Folder(t.Context(), rows[i].Case.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range f.Entries {
			all.WriteString(e.Says + "\n")
		}
	}
	return all.String()
}
