package app

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/console/status"
	"github.com/evenkeel/evenkeel/instrument/challenge"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/shield/gateway"
	"github.com/evenkeel/evenkeel/shield/mandate"
	"github.com/evenkeel/evenkeel/stream"
	"github.com/evenkeel/evenkeel/watch/intake/visits"
)

// cloudy is a whole house that is opened and whose loops are gone through by hand, at a time of its own: what comes to sites goes in as
// the batches of edges, and people speak at its control socket.
type cloudy struct {
	*house
	clock evenkeel.Moment
	told  atomic.Int64 // the same, for those who serve meanwhile
	at    stream.Position
	log   *lines
}

// becomes lets it be a time.
func (x *cloudy) becomes(at evenkeel.Moment) {
	x.clock = at
	x.told.Store(int64(at))
}

// cloudOf opens one, at the whole minute that it is, since browsers go by their own clock, that knows some tenants, each with one site and one contact; every second one reads Chinese.
func cloudOf(t *testing.T, tenants int) *cloudy {
	t.Helper()
	x := &cloudy{log: &lines{}}
	x.becomes(evenkeel.MomentOf(time.Now().Truncate(time.Minute)))
	x.open(t, dataDir(t))
	b := evenkeel.NewBatch("books", x.clock)
	for n := range tenants {
		who, since := evenkeel.TenantID(fmt.Sprintf("tenant-%d", n)), x.clock.Add(-24*time.Hour)
		err := b.AddProfile(evenkeel.Profile{At: since, ID: uint64(n + 1), Tenant: who, Name: fmt.Sprintf("Customer %d Ltd", n), Contacts: []evenkeel.Contact{
			{Role: "owner", Email: fmt.Sprintf("owner-%d@example.net", n), Lang: []string{"en", "zh-CN"}[n%2]},
		}})
		if err != nil {
			t.Fatal(err)
		}
		b.AddTenancy(evenkeel.Tenancy{At: since, ID: uint64(100 + n), Asset: siteNo(n), Tenant: who, From: since})
	}
	x.take(t, b)
	return x
}

func siteNo(n int) evenkeel.AssetID { return evenkeel.AssetID(fmt.Sprintf("site-%d.example", n)) }

// open opens the house over a directory, and its control socket.
func (x *cloudy) open(t *testing.T, dir string) {
	t.Helper()
	p := partsIn(dir, x.log, nil)
	p.Now = func() time.Time { return evenkeel.Moment(x.told.Load()).Time() }
	p.Config.Courier.Operator = "Example Cloud"
	h := &house{parts: &p, dir: dir, reg: prometheus.NewRegistry()}
	if err := h.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	x.house = h
	ctx, end := context.WithCancel(context.Background())
	var failed failure
	served := failed.run(end, h.front.runs(ctx)...)
	t.Cleanup(func() {
		end()
		served.Wait()
		if err := errors.Join(failed.err(), h.close()); err != nil {
			t.Error(err)
		}
	})
}

func (x *cloudy) take(t *testing.T, b *evenkeel.Batch) {
	t.Helper()
	b.Arrived = x.clock
	x.at++
	if err := x.watcher.take(t.Context(), x.at, b); err != nil {
		t.Fatal(err)
	}
}

// pass lets time pass, ten seconds at a time: two edges tell of every site; at the first of them half of the requests is not served.
// What they tell goes in, and the platform is looked at, as often as when it runs. Until is asked after each look; nil: nobody.
func (x *cloudy) pass(t *testing.T, d time.Duration, sites, hurt int, until func() bool) {
	t.Helper()
	meters := map[string]*visits.Meter{}
	for _, edge := range []string{"edge-1", "edge-2"} {
		meters[edge] = visits.New([16]byte{1}, edge)
	}
	for range int(d / (10 * time.Second)) {
		since := x.clock
		x.becomes(since.Add(10 * time.Second))
		for _, edge := range []string{"edge-1", "edge-2"} {
			b := evenkeel.NewBatch(edge, x.clock)
			for n := range sites {
				c := visits.Counts{Visits: 40, Passed: 40, Wanted: 40, Served: 40}
				if n < hurt {
					c.Served = 20
				}
				meters[edge].Count(b, siteNo(n), since, x.clock, &c)
			}
			x.take(t, b)
		}
		x.look(t)
		if until != nil && until() {
			return
		}
	}
	if until != nil {
		t.Fatalf("not within %v", d)
	}
}

// look goes once through the loops that look at the platform and that bring notes.
func (x *cloudy) look(t *testing.T) {
	t.Helper()
	if err := x.platform.round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := x.noter.round(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// drafted is the newest incident, if there is one.
func (x *cloudy) drafted(t *testing.T) (i docket.Incident, there bool) {
	t.Helper()
	all, err := x.books.RecentIncidents(t.Context(), 0, 9)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		return i, false
	}
	return all[0], true
}

// posted are the letters that left, on paper: their plain texts below their subjects, by address.
func (x *cloudy) posted(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	err := filepath.WalkDir(x.path(dirMail), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".eml") {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		m, err := mail.ReadMessage(f)
		if err != nil {
			return err
		}
		to, err := m.Header.AddressList("To")
		if err != nil {
			return err
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if err != nil {
			return err
		}
		_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
		if err != nil {
			return err
		}
		part, err := multipart.NewReader(m.Body, params["boundary"]).NextRawPart()
		if err != nil {
			return err
		}
		var text strings.Builder
		if _, err := fmt.Fprintln(&text, subject); err != nil {
			return err
		}
		var body io.Reader = quotedprintable.NewReader(part)
		if part.Header.Get("Content-Transfer-Encoding") == "base64" {
			body = base64.NewDecoder(base64.StdEncoding, part)
		}
		if _, err := io.Copy(&text, body); err != nil {
			return err
		}
		out[to[0].Address] = append(out[to[0].Address], text.String())
		return nil
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return out
}

// shown is the public page, as it is served.
func (x *cloudy) shown(t *testing.T, name string) string {
	t.Helper()
	w := httptest.NewRecorder()
	status.Handler(x.platform.files).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/"+name, nil))
	if w.Code != http.StatusOK {
		t.Fatalf("%s: status %d: %s", name, w.Code, w.Body)
	}
	return w.Body.String()
}

// TestWhoIsTouchedHearsOfItWithinMinutes is row R28 from the records of edges to the letters: the platform is hurt at four tenants of
// six. Two minutes later it is drafted, and nothing has left; a person sends it at the control socket, and the four have one letter
// each about their own sites, the two others none; the page says it, here and in its folder. When all is served again
// that waits for a person too, and closes it.
func TestWhoIsTouchedHearsOfItWithinMinutes(t *testing.T) {
	const tenants, hurt = 6, 4
	x := cloudOf(t, tenants)
	x.pass(t, 3*time.Minute, tenants, 0, nil)
	if i, there := x.drafted(t); there {
		t.Fatalf("all is served, and there is %+v", i)
	}
	breach := x.clock
	var i docket.Incident
	x.pass(t, 2*time.Minute, tenants, hurt, func() (there bool) { i, there = x.drafted(t); return there })
	if took := i.Drafted.Sub(breach); took > 2*time.Minute || len(i.Tenants()) != hurt || i.Began != breach {
		t.Fatalf("drafted %v after the first breach, for %v, begun %v; expected at most 2 minutes, and %d tenants since %v", took, i.Tenants(), i.Began, hurt, breach)
	}
	if got, page := x.posted(t), x.shown(t, status.FilePage); len(got) > 0 || strings.Contains(page, string(i.ID)) {
		t.Fatalf("nobody sent it, and these have letters: %v; the page:\n%s", got, page)
	}

	// A text that names a customer is refused, and nothing of it leaves.
	said := docket.Texts{English: "We are mending a part of our network.", Chinese: "我们正在修复部分网络。"}
	for _, c := range []struct {
		says string
		wish IncidentWish
		kind evenkeel.Kind
		hint string
	}{
		{"the text names a customer: site-2.example", IncidentWish{ID: "bad-1", Incident: i.ID, By: "operator", Text: docket.Texts{English: "It is site-2.example.", Chinese: "是它。"}}, evenkeel.KindDenied, "say it without whose it is"},
		{"its words in one language are missing; expected English and Chinese", IncidentWish{ID: "bad-2", Incident: i.ID, By: "operator", Text: docket.Texts{English: "It is mended."}}, evenkeel.KindInvalid, ""},
		{"it corrects update 3; expected one of the 0 that were sent", IncidentWish{ID: "bad-3", Incident: i.ID, By: "operator", Text: said, Corrects: 3}, evenkeel.KindInvalid, ""},
		{"incident i-0000000000000000", IncidentWish{ID: "bad-4", Incident: "i-0000000000000000", By: "operator"}, evenkeel.KindNotFound, ""},
		{"", IncidentWish{ID: "bad-5", Incident: i.ID, By: "mallory"}, evenkeel.KindDenied, ""},
		{"it has no id; expected one, so that twice is once", IncidentWish{Incident: i.ID, By: "operator"}, evenkeel.KindInvalid, ""},
	} {
		_, err := OfIncident(t.Context(), x.dir, c.wish)
		if evenkeel.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) || !strings.Contains(evenkeel.HintOf(err), c.hint) {
			t.Errorf("%+v: %v (%s); expected %q", c.wish, err, evenkeel.HintOf(err), c.says)
		}
	}
	if x.look(t); len(x.posted(t)) > 0 {
		t.Fatal("what was refused left")
	}

	// A person sends it, twice by mistake.
	for range 2 {
		if i, err := OfIncident(t.Context(), x.dir, IncidentWish{ID: "a-1", Incident: i.ID, By: "operator", Text: said}); err != nil || len(i.Updates) != 1 || !i.Updates[0].Edited() || i.Updates[0].Notes != hurt {
			t.Fatalf("%+v (%v); expected one update with %d notes, edited", i.Updates, err, hurt)
		}
		x.look(t)
	}
	if took := x.clock.Sub(breach); took > 3*time.Minute {
		t.Errorf("the notes left %v after the first breach", took)
	}
	x.lettersAre(t, tenants, hurt, 1, said, "Requests to your sites are not all served", "您的站点有部分请求未得到应答")
	for _, name := range []string{status.FilePage, status.FileChinese, status.FileJSON, status.FileFeed} {
		kept, err := os.ReadFile(filepath.Join(x.path(dirStatus), name))
		page := x.shown(t, name)
		if err == nil && !strings.Contains(string(kept), string(i.ID)) { // it is written at the latest half a minute later
			x.pass(t, platformFiles+10*time.Second, tenants, hurt, nil)
			kept, err = os.ReadFile(filepath.Join(x.path(dirStatus), name))
		}
		if err != nil || !strings.Contains(string(kept), string(i.ID)) || !strings.Contains(page, string(i.ID)) || strings.Contains(page, "tenant-") || strings.Contains(page, "site-") {
			t.Errorf("%s (%v) does not hold the incident, or names somebody:\n%s", name, err, page)
		}
	}

	// It is over, and that is a person's to send too.
	x.pass(t, 15*time.Minute, tenants, 0, func() bool { i, _ = x.drafted(t); return i.Phase == docket.PhaseOver })
	if !i.Waits() || len(x.posted(t)["owner-0@example.net"]) != 1 {
		t.Fatalf("%+v; expected that the end waits for a person", i.Updates)
	}
	if _, err := OfIncident(t.Context(), x.dir, IncidentWish{ID: "a-2", Incident: i.ID, By: "operator"}); err != nil {
		t.Fatal(err)
	}
	x.look(t)
	i, _ = x.drafted(t)
	x.lettersAre(t, tenants, hurt, 2, i.Updates[1].Draft, "Requests to your sites are served again", "您的站点已恢复应答请求")
	if page := x.shown(t, status.FilePage); !strings.Contains(page, "Requests have been served again since") || strings.Contains(page, "goes on") {
		t.Errorf("the page does not say that it is over:\n%s", page)
	}
	if i.Waits() {
		t.Error("it waits for a person though all was sent")
	}
}

// lettersAre looks at the letters that left so far: so many to each tenant that is hurt, the last with the words that were sent, in the language
// of its contact, and with its own sites alone.
func (x *cloudy) lettersAre(t *testing.T, tenants, hurt, each int, said docket.Texts, subject, subjectZh string) {
	t.Helper()
	got := x.posted(t)
	for n := range tenants {
		all := got[fmt.Sprintf("owner-%d@example.net", n)]
		if want := map[bool]int{true: each}[n < hurt]; len(all) != want {
			t.Fatalf("tenant %d has %d letters; expected %d: %q", n, len(all), want, all)
		}
		if n >= hurt {
			continue
		}
		text, words := strings.Join(all, "\n"), said.English
		if subject := map[int]string{0: subject, 1: subjectZh}[n%2]; !strings.Contains(text, subject) {
			t.Errorf("tenant %d: no letter has the subject %q:\n%s", n, subject, text)
		}
		if n%2 == 1 {
			words = said.Chinese
		}
		flat := func(s string) string { return strings.Join(strings.Fields(s), "") }
		if !strings.Contains(flat(text), flat(words)) || !strings.Contains(text, string(siteNo(n))) {
			t.Errorf("tenant %d does not read %q, or not of its site:\n%s", n, words, text)
		}
		for other := range tenants {
			if other != n && (strings.Contains(text, string(siteNo(other))) || strings.Contains(text, fmt.Sprintf("Customer %d", other))) {
				t.Errorf("the letter to tenant %d names tenant %d:\n%s", n, other, text)
			}
		}
	}
}

// TestAPersonSendsAnIncidentAtTheConsole reads it there, edits it, and sends it: as at the socket, the touched have letters.
func TestAPersonSendsAnIncidentAtTheConsole(t *testing.T) {
	const tenants, hurt = 4, 3
	x := cloudOf(t, tenants)
	var i docket.Incident
	x.pass(t, 3*time.Minute, tenants, hurt, func() (there bool) { i, there = x.drafted(t); return there })
	person := newBrowser(t)
	person.send(x.front.at.SignIn, url.Values{})
	if docket := person.page("http://" + x.front.at.Console + "/"); !strings.Contains(docket, "1 incident waits to be sent") {
		t.Errorf("the docket does not say that one waits: %s", docket)
	}
	base := "http://" + x.front.at.Console
	if list := person.page(base + "/incidents"); !strings.Contains(list, `href="/incidents/`+string(i.ID)+`"`) {
		t.Fatalf("the list is %s", list)
	}
	page := person.page(base + "/incidents/" + string(i.ID) + "?note=tenant-1")
	expect(t, "the incident", page, "Part of our platform does not serve all requests.", "Customer 1 Ltd", "site-0.example", "240 of 480", "您的站点有部分请求未得到应答")
	said := docket.Texts{English: "A rack lost its power.", Chinese: "一个机柜断电。"}
	form := url.Values{"nonce": {hidden(t, page, "nonce")}, "english": {"It is site-1.example that is down."}, "chinese": {said.Chinese}}
	r, err := person.PostForm(base+"/incidents/"+string(i.ID)+"/send", form)
	expect(t, "the page after a text that names a customer", person.body(r, err, http.StatusForbidden), "The text names a customer: site-1.example", "say it without whose it is")
	form.Set("english", said.English)
	expect(t, "the page after it was sent", person.send(base+"/incidents/"+string(i.ID)+"/send", form), "It is sent", "by <bdi>operator</bdi>, edited", "Tenants written to: 3")
	x.look(t)
	x.lettersAre(t, tenants, hurt, 1, said, "Requests to your sites are not all served", "您的站点有部分请求未得到应答")
}

// TestWhatADraftWasMadeOfOutlivesARestart: the process ends in an incident and another one goes on with the same one; nobody has sent it, so people
// are called, once; it is discarded with a reason, and then nothing of it is sent.
func TestWhatADraftWasMadeOfOutlivesARestart(t *testing.T) {
	const tenants, hurt = 4, 3
	x := cloudOf(t, tenants)
	x.pass(t, time.Minute, tenants, 0, nil)
	var was docket.Incident
	x.pass(t, 2*time.Minute, tenants, hurt, func() (there bool) { was, there = x.drafted(t); return there })

	x.platform = newPlatform(x.house) // what the loop knew is gone
	x.watcher.sees = x.platform.see
	x.pass(t, 6*time.Minute, tenants, hurt, nil)
	now, _ := x.drafted(t)
	if all, err := x.books.RecentIncidents(t.Context(), 0, 9); err != nil || len(all) != 1 || now.ID != was.ID || now.Until <= was.Until {
		t.Fatalf("%d incidents (%v), the last %s until %v; expected that %s goes on", len(all), err, now.ID, now.Until, was.ID)
	}
	called := now.Called
	if called == 0 || called.Sub(now.Drafted) < x.parts.Config.Status.CallAfter || called.Sub(now.Drafted) > x.parts.Config.Status.CallAfter+10*time.Second {
		t.Errorf("people were called at %v for what was drafted at %v", called, now.Drafted)
	}
	x.pass(t, 2*time.Minute, tenants, hurt, nil)
	if now, _ = x.drafted(t); now.Called != called {
		t.Errorf("they were called again at %v", now.Called)
	}

	got, err := OfIncident(t.Context(), x.dir, IncidentWish{ID: "d-1", Incident: was.ID, By: "operator", Discard: "We restarted the edges."})
	if err != nil || got.Dropped == nil || got.Dropped.Why != "We restarted the edges." {
		t.Fatalf("%+v (%v)", got.Dropped, err)
	}
	if _, err := OfIncident(t.Context(), x.dir, IncidentWish{ID: "a-1", Incident: was.ID, By: "operator"}); evenkeel.KindOf(err) != evenkeel.KindConflict || !strings.Contains(err.Error(), "discarded by operator") {
		t.Errorf("what was discarded is sent: %v", err)
	}
	if x.look(t); len(x.posted(t)) > 0 || strings.Contains(x.shown(t, status.FilePage), string(was.ID)) {
		t.Error("something of it left")
	}
	if text := x.log.String(); !strings.Contains(text, "a person sent or discarded what is drafted about an incident") || !strings.Contains(text, "was refused at the control socket") {
		t.Errorf("the log does not say what was done at the socket:\n%s", text)
	}
}

// TestWhatIsSentAtTheConsoleStandsOnThePagesOfTouchedSites of each edge that serves some, and of no other site: from the form to what the gateway
// takes. The person's next word takes its place, and that it is over ends it.
func TestWhatIsSentAtTheConsoleStandsOnThePagesOfTouchedSites(t *testing.T) {
	const tenants, hurt = 4, 3
	x := cloudOf(t, tenants)
	var i docket.Incident
	x.pass(t, 3*time.Minute, tenants, hurt, func() (there bool) { i, there = x.drafted(t); return there })
	edges := map[string]*gateway.Edge{}
	for _, name := range []string{"edge-1", "edge-2"} {
		seed, err := challenge.NewSeed([]byte("a secret of a test, of 32 bytes."))
		if err != nil {
			t.Fatal(err)
		}
		e, err := gateway.New(gateway.Config{Clock: x.parts.Now, Lot: func() uint64 { return 7 }, Seeds: []challenge.Seed{seed}})
		if err != nil {
			t.Fatal(err)
		}
		edges[name] = e
	}
	var asked atomic.Int64 // edges are told side by side
	n := &news{
		books: x.books, now: x.now, log: x.parts.Log, told: map[string]toldNews{},
		edges: func() map[string][]evenkeel.AssetID {
			return map[string][]evenkeel.AssetID{"edge-1": {siteNo(0), siteNo(3)}, "edge-2": {siteNo(1), siteNo(2), siteNo(3)}}
		},
		ask: func(_ context.Context, edge string, question []byte) ([]byte, error) {
			asked.Add(1)
			says, is, err := mandate.ParseNews(question)
			if !is || err != nil {
				t.Errorf("%s is asked %q: %v", edge, question, err)
				return nil, err
			}
			if _, err := edges[edge].Announce(says); err != nil {
				return nil, err
			}
			return (&mandate.Taken{Sites: len(says.Sites)}).Answer(), nil
		},
	}
	shown := func(edge string, want ...evenkeel.AssetID) (text mandate.Text) {
		t.Helper()
		if err := n.round(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := edges[edge].Announced()
		if sites := slices.Sorted(maps.Keys(got.Sites)); !slices.Equal(sites, want) {
			t.Fatalf("%s shows something at %v; expected %v", edge, sites, want)
		}
		if len(got.Texts) > 0 {
			text = got.Texts[0]
		}
		return text
	}
	shown("edge-1")
	shown("edge-2")
	person := newBrowser(t)
	person.send(x.front.at.SignIn, url.Values{})
	there := "http://" + x.front.at.Console + "/incidents/" + string(i.ID)
	sends := func(english string, more url.Values) string {
		t.Helper()
		form := url.Values{"nonce": {hidden(t, person.page(there), "nonce")}, "english": {english}, "chinese": {"我们正在修复。"}}
		maps.Copy(form, more)
		return person.send(there+"/send", form)
	}
	expect(t, "the page after it was sent", sends("Customer 1 Ltd is a word here.", url.Values{"back": {"45"}, "none": {"tenant-1\nCustomer 1 Ltd"}}), "It is sent")
	i, _ = x.drafted(t)
	u := i.Updates[0]
	if u.NoCustomer != "tenant-1, Customer 1 Ltd" || u.Back != u.At.Add(45*time.Minute) {
		t.Errorf("it was sent as %+v", u)
	}
	got := shown("edge-1", siteNo(0))
	if want := (mandate.Text{At: u.At, Until: u.At.Add(24 * time.Hour), Back: u.Back, Says: map[string]string{"en": "Customer 1 Ltd is a word here.", "zh-Hans": "我们正在修复。"}}); !got.Same(&want) {
		t.Errorf("the page shows %+v; expected %+v", got, want)
	}
	shown("edge-2", siteNo(1), siteNo(2))
	before := asked.Load()
	if shown("edge-1", siteNo(0)); asked.Load() != before {
		t.Errorf("nothing changed, and edges were asked %d times", asked.Load()-before)
	}
	sends("We are mending it.", nil)
	if got := shown("edge-1", siteNo(0)); got.Says["en"] != "We are mending it." || got.Back != 0 {
		t.Errorf("after the next word the page shows %+v", got)
	}
	x.pass(t, 15*time.Minute, tenants, 0, nil)
	if i, _ = x.drafted(t); i.Over == 0 {
		t.Fatal("it is not over")
	}
	shown("edge-1", siteNo(0)) // nobody has said so yet
	sends("It is over.", nil)
	shown("edge-1")
	shown("edge-2")
}

// TestThePublicPageSaysThatASiteIsOutAndNamesNone: one tenant's site is no incident of the platform, and yet not all is well. The
// house has no mail, and does not say that notices leave.
func TestThePublicPageSaysThatASiteIsOutAndNamesNone(t *testing.T) {
	x := cloudOf(t, 6)
	const ill = "Some sites are disturbed"
	x.pass(t, 3*time.Minute, 6, 0, nil)
	if page := x.shown(t, status.FilePage); strings.Contains(page, ill) || strings.Contains(page, "Notices leave.") || !strings.Contains(page, "Notices are not set up.") {
		t.Fatalf("all is served, and nobody has mail:\n%s", page)
	}
	x.pass(t, 3*time.Minute, 6, 1, nil)
	if i, there := x.drafted(t); there {
		t.Fatalf("one tenant is touched, and there is %+v", i)
	}
	for _, name := range []string{status.FilePage, status.FileJSON} {
		if page := x.shown(t, name); !strings.Contains(page, ill) || strings.Contains(page, "site-") {
			t.Errorf("%s does not say it, or says whose:\n%s", name, page)
		}
	}
	x.pass(t, 3*time.Minute, 6, 0, nil)
	if page := x.shown(t, status.FilePage); strings.Contains(page, ill) {
		t.Errorf("it is over, and the page says:\n%s", page)
	}
}
