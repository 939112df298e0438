package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/mail"
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

	"github.com/emersion/go-smtp"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	signed "github.com/evenkeel/evenkeel/instrument/webhook"
	dockets "github.com/evenkeel/evenkeel/judge/docket"
)

const spineSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"

// postOffice is a mail server that keeps what it takes.
type postOffice struct {
	mu    sync.Mutex
	mails []*mail.Message
}

func (o *postOffice) NewSession(*smtp.Conn) (smtp.Session, error) { return &counter{o}, nil }

// counter is a session of it.
type counter struct{ office *postOffice }

func (*counter) Reset()                               { /* nothing is kept between mails */ }
func (*counter) Logout() error                        { return nil }
func (*counter) Mail(string, *smtp.MailOptions) error { return nil }
func (*counter) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (c *counter) Data(r io.Reader) error {
	all, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := mail.ReadMessage(bytes.NewReader(all))
	if err != nil {
		return err
	}
	c.office.mu.Lock()
	defer c.office.mu.Unlock()
	c.office.mails = append(c.office.mails, m)
	return nil
}

// open begins an office on a port of its own.
func openPostOffice(t *testing.T) (o *postOffice, at string) {
	t.Helper()
	o = &postOffice{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := smtp.NewServer(o)
	s.Domain = "mail.example"
	var served sync.WaitGroup
	served.Go(func() { _ = s.Serve(l) })
	t.Cleanup(func() { _ = s.Close(); served.Wait() })
	return o, l.Addr().String()
}

// letter waits for a mail whose subject has a word, and returns it with its plain text.
func (o *postOffice) letter(t *testing.T, word string) (m *mail.Message, text string) {
	t.Helper()
	return o.letterTo(t, word, "")
}

// letterTo waits for one to an address that has a text in it.
func (o *postOffice) letterTo(t *testing.T, word, to string) (m *mail.Message, text string) {
	t.Helper()
	eventually(t, "a mail about "+word, func() bool {
		o.mu.Lock()
		defer o.mu.Unlock()
		for _, x := range o.mails {
			subject, _ := new(mime.WordDecoder).DecodeHeader(x.Header.Get("Subject"))
			if strings.Contains(subject, word) && strings.Contains(x.Header.Get("To"), to) {
				m = x
				return true
			}
		}
		return false
	})
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	part, err := multipart.NewReader(m.Body, params["boundary"]).NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(quotedprintable.NewReader(part))
	if err != nil {
		t.Fatal(err)
	}
	return m, string(all)
}

// hypervisor carries orders out, if they are signed.
type hypervisor struct {
	mu     sync.Mutex
	orders []evenkeel.Order
}

func (h *hypervisor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	keys, err := signed.ParseKeys(spineSecret)
	body, _ := io.ReadAll(r.Body)
	if err == nil {
		_, err = keys.Verify(r.Header, body, time.Now())
	}
	var o evenkeel.Order
	if err == nil {
		err = json.Unmarshal(body, &o)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.orders = append(h.orders, o)
	state := evenkeel.ReceiptApplied
	if o.Lift {
		state = evenkeel.ReceiptLifted
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"order": string(o.ID), "state": state.String(), "effect": "CPU quota " + o.Params["cpu"]})
}

// browser follows no links by itself, and keeps cookies.
type browser struct {
	http.Client
	t *testing.T
}

func newBrowser(t *testing.T) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, t}
}

func (b *browser) page(url string) string {
	b.t.Helper()
	r, err := b.Get(url)
	return b.body(r, err, http.StatusOK)
}

// send sends a form and returns the page to which it leads.
func (b *browser) send(at string, form url.Values) string {
	b.t.Helper()
	r, err := b.PostForm(at, form)
	says := b.body(r, err, http.StatusSeeOther)
	to, err := r.Request.URL.Parse(r.Header.Get("Location"))
	if err != nil {
		b.t.Fatalf("%v: %s", err, says)
	}
	return b.page(to.String())
}

func (b *browser) body(r *http.Response, err error, want int) string {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer r.Body.Close()
	all, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != want {
		b.t.Fatalf("%s %s: %s (%v); expected %d\n%s", r.Request.Method, r.Request.URL, r.Status, err, want, all)
	}
	return html.UnescapeString(string(all))
}

// hidden is a hidden field of a page's form.
func hidden(t *testing.T, page, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("the page has no %s:\n%s", name, page)
	}
	return m[1]
}

func expect(t *testing.T, what, text string, words ...string) {
	t.Helper()
	folded := strings.Join(strings.Fields(text), " ")
	for _, w := range words {
		if !strings.Contains(folded, w) {
			t.Errorf("%s does not say %q:\n%s", what, w, text)
		}
	}
}

// TestOneRecordWalksTheWholeWay sends telemetry in at the front door and follows it: the order
// that a node carries out, the mail that the tenant gets, the link in it, the answer, the case
// in the console, the person's decision, and what follows from that.
func TestOneRecordWalksTheWholeWay(t *testing.T) {
	office, mailAt := openPostOffice(t)
	node := &hypervisor{}
	receiver := httptest.NewServer(node)
	t.Cleanup(receiver.Close)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(spineSecret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := newFilm()
	s := serve(t, dataDir(t), func(p *Parts) {
		p.Now = f.now
		w, m := &p.Config.Shield.Webhook, &p.Config.Courier.Mail
		w.URL, w.Name, w.SecretFile, w.Networks = receiver.URL, "hypervisor", secret, []config.Network{{Prefix: netip.MustParsePrefix("127.0.0.0/8")}}
		w.Measures, w.Keeps = []config.Carried{{Measure: evenkeel.MeasureLimit}, {Measure: evenkeel.MeasureThrottle}, {Measure: evenkeel.MeasureIsolate}}, []string{"console"}
		m.Server, m.TLS, m.From = mailAt, "none", "Example Cloud <abuse@cloud.example>"
		p.Config.Courier.Operator = "Example Cloud"
	})
	from := f.from()
	all := append([]request{event("tenant", "contacts", from, map[string]any{
		"tenant": "t-0", "name": "Raisup", "contacts": []map[string]string{{"role": "owner", "email": "ann@raisup.example", "lang": "en"}},
	})}, mining(from, 1)...)
	person := newBrowser(t)
	person.send(s.at.SignIn, url.Values{}) // before an hour has passed, which outlasts the link and an idle session
	f.play(t, s, all[:len(all)/2])
	person.page("http://" + s.at.Console + "/")
	f.play(t, s, all[len(all)/2:])

	// Carried out: what declared its ways and has not shown them gets nothing above throttle.
	first, text := office.letter(t, "CPU limit:")
	eventually(t, "the node has the order", func() bool { return len(node.taken()) > 0 })
	order := node.taken()[0]
	if order.Measure != evenkeel.MeasureThrottle || !slices.Equal(order.Assets, []evenkeel.AssetID{"x-0"}) || order.Until <= order.From {
		t.Errorf("the node was told %+v", order)
	}

	// Told, and answered by the link, which changes nothing when it is only opened.
	expect(t, "the mail", text, "x-0", "What keeps working", "a machine")
	link := regexp.MustCompile(`http://\S+/t/[\w-]+`).FindString(strings.ReplaceAll(text, "\n", ""))
	tenant := newBrowser(t)
	page := tenant.page(link)
	expect(t, "the tenant's page", page, "x-0", "100 % busy", "Example Cloud")
	page = tenant.send(link+"/answer", url.Values{"nonce": {hidden(t, page, "nonce")}, "text": {"Our yearly scoring job; it ends tonight."}, "down": {"yes"}})
	expect(t, "the page after the answer", page, "Our yearly scoring job", "UTC")

	// Seen by a person: the look is an entry, the receipt stands by the measure.
	at := "http://" + s.at.Console
	docket := person.page(at + "/")
	path := regexp.MustCompile(`/case/c-[a-z0-9]+`).FindString(docket)
	expect(t, "the docket", docket, "Raisup")
	person.page(at + path)
	page = person.page(at + path) // it shows the look before
	expect(t, "the case", page, "Our yearly scoring job", "hypervisor", "CPU quota 20%", "operator looked at the case", "owner")

	// Decided by the person, and that is carried out and told as well.
	lift := regexp.MustCompile(`value="(lift d-[a-z0-9]+)"`).FindStringSubmatch(page)
	if lift == nil {
		t.Fatalf("no measure can be lifted:\n%s", page)
	}
	form := url.Values{"act": {lift[1]}, "reason": {"It is the yearly job that you told us about."}}
	for _, name := range []string{"nonce", "seen", "terms"} {
		form.Set(name, hidden(t, page[strings.Index(page, `/act"`):], name))
	}
	page = person.send(at+path+"/act", form)
	expect(t, "the case after the decision", page, "It is the yearly job")
	second, text := office.letter(t, "CPU limit lifted")
	expect(t, "the mail about the end", text, "It is the yearly job that you told us about.", "x-0")
	if a, b := first.Header.Get("References"), second.Header.Get("References"); a == "" || a != b || first.Header.Get("Message-Id") == second.Header.Get("Message-Id") {
		t.Errorf("the mails are no thread: %v and %v", first.Header, second.Header)
	}
	eventually(t, "the node lets go", func() bool {
		return slices.ContainsFunc(node.taken(), func(o evenkeel.Order) bool { return o.Lift && o.Decision == order.Decision })
	})
	eventually(t, "nothing waits", func() bool {
		return s.metric(t, `evenkeel_outbox_waiting{kind="orders"}`) == "0" && s.metric(t, `evenkeel_outbox_waiting{kind="notices"}`) == "0"
	})

	// Kept: the books have all of it, and the ledger fits.
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	books, err := Open(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer books.Close()
	kept, err := books.Folder(context.Background(), evenkeel.CaseID(strings.TrimPrefix(path, "/case/")))
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range kept.Entries {
		kinds = append(kinds, e.Kind.String())
	}
	for _, want := range []string{"found", "decided", "told", "enforced", "said", "looked", "acted"} {
		if !slices.Contains(kinds, want) {
			t.Errorf("no entry %s among %v", want, kinds)
		}
	}
	for _, d := range kept.Dispatches {
		if d.Over == 0 || d.Failed {
			t.Errorf("%+v is not over, or failed", d)
		}
	}
	key, _ := books.PublicKey()
	heads, _ := books.Heads()
	if r, err := books.Verify(context.Background(), strings.TrimSpace(key), heads); err != nil || r.Fault != nil {
		t.Errorf("the ledger: %+v, %v", r, err)
	}
}

// TestALetterSaysWhatIsOnPaper (N): with no settings at all measures are written down, and so are letters; they say of a
// measure what the tenant's page does.
func TestALetterSaysWhatIsOnPaper(t *testing.T) {
	s := serve(t, dataDir(t))
	for _, r := range mining(ago(), 1) {
		if err := r.to(s.at); err != nil {
			t.Fatal(err)
		}
	}
	var a *dockets.Act
	eventually(t, "a letter that says what is on paper", func() bool {
		files, _ := filepath.Glob(filepath.Join(s.dir, dirMail, "*.eml"))
		if len(files) > 0 && a == nil {
			fam, _ := partsIn(s.dir, nil, nil).Policies.Force.Family("mining")
			a = &dockets.Act{
				ID: ActID("operator", "approves"), Kind: dockets.ActApprove, Tenant: "t-0", Family: "mining", At: evenkeel.MomentOf(time.Now()), By: "operator",
				Measure: evenkeel.MeasureThrottle, Says: answered("The flow records name a pool.", len(dockets.PointsAsked(fam.Criteria))),
			}
			if _, err := Send(context.Background(), s.dir, *a); err != nil {
				t.Fatal(err)
			}
		}
		return slices.ContainsFunc(files, func(name string) bool {
			text, _ := os.ReadFile(name)
			return strings.Contains(strings.Join(strings.Fields(strings.NewReplacer("=\r\n", "", "=\n", "").Replace(string(text))), " "), "on paper only: it was written down, and nobody carries it out")
		})
	})
}

// TestNobodyIsToldOfWhatNobodyCarriesOut has mail and no receiver of orders.
func TestNobodyIsToldOfWhatNobodyCarriesOut(t *testing.T) {
	office, mailAt := openPostOffice(t)
	s := serve(t, dataDir(t), func(p *Parts) {
		m := &p.Config.Courier.Mail
		m.Server, m.TLS, m.From = mailAt, "none", "abuse@cloud.example"
	})
	from := ago()
	for _, r := range append([]request{event("tenant", "contacts", from, map[string]any{
		"tenant": "t-0", "contacts": []map[string]string{{"role": "owner", "email": "ann@raisup.example"}},
	})}, mining(from, 1)...) {
		if err := r.to(s.at); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all is watched and judged", func() bool {
		return s.metric(t, `evenkeel_watch_records_total{fate="counted"}`) == fmt.Sprint(60*4+10+1) && s.metric(t, "evenkeel_judge_waiting") == "0"
	})
	_, text := office.letter(t, "Question")
	expect(t, "the mail", text, "Nothing was limited")
	for _, l := range decisionsIn(t, s.dir) {
		if strings.Contains(l, "throttle of") || strings.Contains(l, "ordered") || strings.Contains(l, ": isolate of") {
			t.Errorf("%s, though nobody carries it out", l)
		}
	}
	if !strings.Contains(s.log.String(), "nobody carries measures out") {
		t.Errorf("the log does not say so:\n%s", s.log)
	}
	if !strings.Contains(s.log.String(), "where no tenant is") { // N: links in letters by a mail server of one's own
		t.Errorf("the log does not say where the links lead:\n%s", s.log)
	}
}

func (h *hypervisor) taken() []evenkeel.Order {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.orders)
}

// TestALinkThatNobodyWasGivenOpensNothing tries tokens that we did not make.
func TestALinkThatNobodyWasGivenOpensNothing(t *testing.T) {
	s := serve(t, dataDir(t))
	for _, token := range []string{"x", "AAAA", strings.Repeat("A", 200), strings.Repeat("A", 5000)} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			r, err := http.NewRequest(method, fmt.Sprintf("http://%s/t/%s", s.at.Console, token), nil)
			if err != nil {
				t.Fatal(err)
			}
			if method == http.MethodPost {
				r.URL.Path += "/answer"
			}
			got, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = got.Body.Close()
			if got.StatusCode < 400 || got.StatusCode >= 500 {
				t.Errorf("%s %.20s…: %s", method, token, got.Status)
			}
		}
	}
}
