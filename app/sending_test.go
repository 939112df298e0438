package app

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/courier"
	noticetest "github.com/evenkeel/evenkeel/courier/outboxtest"
	signed "github.com/evenkeel/evenkeel/instrument/webhook"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/shield/paper"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestWithoutAServerMailsAreOnPaper(t *testing.T) {
	c := config.Default().Courier
	all, err := channels(&c, t.TempDir(), atStart)
	if err != nil || len(all) != 1 || all[0].Name() != docket.ChannelPaper {
		t.Errorf("%v, %v; expected the one channel that the books know as on paper", all, err)
	}
	if paper.Effect != docket.EffectPaper {
		t.Errorf("the backend on paper says %q, and the books know %q", paper.Effect, docket.EffectPaper)
	}
}

func TestSettingsOfWhatIsSentAreCheckedAtTheStart(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad")
	if err := os.WriteFile(bad, []byte("whsec_short\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for says, change := range map[string]func(*config.Document){
		"read the secret of shield.webhook from nowhere": func(d *config.Document) {
			d.Shield.Webhook.URL, d.Shield.Webhook.SecretFile = "https://node.example/orders", "nowhere"
		},
		"read the secret of courier.webhook from " + bad: func(d *config.Document) {
			d.Courier.Webhook.URL, d.Courier.Webhook.SecretFile = "https://told.example/", bad
		},
		"no TLS; expected https": func(d *config.Document) {
			d.Courier.Webhook.URL, d.Courier.Webhook.SecretFile = "http://told.example/", good(t, dir)
		},
		"read the secret of mail server": func(d *config.Document) {
			m := &d.Courier.Mail
			m.Server, m.From, m.User, m.PasswordFile = "mail.example:587", "a@b.example", "ann", "nowhere"
		},
		"the sender of mails": func(d *config.Document) {
			d.Courier.Mail.Server, d.Courier.Mail.From = "mail.example:587", "not an address"
		},
		"read the keys of links": func(d *config.Document) {
			if err := os.WriteFile(filepath.Join(d.Data, fileLinks), []byte("key\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		parts := partsIn(dataDir(t), &lines{}, nil)
		change(&parts.Config)
		p, err := New(parts)
		if err == nil {
			err = p.Run(t.Context())
		}
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v (%v); expected %q", err, evenkeel.KindOf(err), says)
		}
	}
}

// good is a file with a secret.
func good(t *testing.T, dir string) string {
	t.Helper()
	name := filepath.Join(dir, "good")
	if err := os.WriteFile(name, []byte(spineSecret), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestAWebhookOfNoticesThatIsGoneIsAskedAgainTheNextDay, with the secret that its file holds then.
func TestAWebhookOfNoticesThatIsGoneIsAskedAgainTheNextDay(t *testing.T) {
	const other = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	clock, asked, status, secret := start, 0, http.StatusGone, spineSecret
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		body, _ := io.ReadAll(r.Body)
		keys, err := signed.ParseKeys(secret)
		if err == nil {
			_, err = keys.Verify(r.Header, body, clock.Time())
		}
		if err != nil {
			t.Error(err)
		}
		w.WriteHeader(status)
	}))
	defer srv.Close()
	c := config.Default().Courier
	c.Webhook = config.Teller{URL: srv.URL, SecretFile: good(t, t.TempDir()), Networks: []config.Network{{Prefix: netip.MustParsePrefix("127.0.0.0/8")}}}
	all, err := channels(&c, t.TempDir(), func() evenkeel.Moment { return clock })
	if err != nil {
		t.Fatal(err)
	}
	n := noticetest.Notice("n-1")
	send := func() error {
		_, err := all[1].Send(t.Context(), &courier.Letter{Notice: &n, To: courier.Recipient{Role: "owner"}})
		return err
	}
	for range 3 {
		if err := send(); !errors.Is(err, courier.ErrShut) || evenkeel.HintOf(err) == "" || asked != 1 {
			t.Errorf("%v, hint %q, asked %d times", err, evenkeel.HintOf(err), asked)
		}
	}
	clock, status, secret = clock.Add(24*time.Hour), http.StatusNoContent, other
	if err := os.WriteFile(c.Webhook.SecretFile, []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := send(); err != nil || asked != 2 {
		t.Errorf("a day later: %v, asked %d times", err, asked)
	}
}

func TestWhatIsSilentIsInTheMetrics(t *testing.T) {
	key := marksUnder(secret{1})
	if a, b := key.Mark("n-1", "a@b.example"), marksUnder(secret{1}).Mark("n-1", "a@b.example"); a != b || a == marksUnder(secret{2}).Mark("n-1", "a@b.example") {
		t.Errorf("the marks of one directory are %q and %q", a, b)
	}
	out := &noticetest.Memory{}
	n := noticetest.Notice("n-1")
	out.Put(n)
	lost := mute{}
	c, err := courier.New(courier.Parts{
		Outbox: out, Contacts: lost, Channels: []courier.Channel{lost}, Marks: key,
		Head: courier.Letterhead{Operator: "Example Cloud", Domain: "abuse.example.com", ReplyTo: "help@example.com"},
	}, atStart, courier.Options{})
	if err != nil {
		t.Fatal(err)
	}
	silent := func() float64 { return testutil.ToFloat64((*voices)(c)) }
	if silent() != 0 {
		t.Error("it is silent before anything was sent")
	}
	if err := c.Deliver(t.Context(), courier.Waiting{Notice: n}); err != nil {
		t.Fatal(err)
	}
	if silent() != 1 {
		t.Error("it is not silent when a letter was lost")
	}
}

// mute is a tenant with a contact, and a channel that nothing goes through on.
type mute struct{}

func (mute) Of(evenkeel.TenantID) []evenkeel.Contact {
	return []evenkeel.Contact{{Role: "owner", Email: "o@acme.example"}}
}
func (mute) Name() string { return "mail" }
func (mute) Send(context.Context, *courier.Letter) (string, error) {
	return "", &evenkeel.Error{Kind: evenkeel.KindUnavailable, Says: "reach", Err: courier.ErrSilent}
}

// R3: a letter says that one can answer by mail where somebody reads what comes, and only there.
func TestALetterSaysThatAReplyIsReadWhereThereIsAnInbox(t *testing.T) {
	for _, c := range []struct {
		name, from, reply string
		inbox             config.Inbox
		want              string
	}{
		{"no inbox", "Desk <abuse@cloud.example>", "", config.Inbox{}, ""},
		{"what is set", "Desk <abuse@cloud.example>", "help@cloud.example", config.Inbox{}, "help@cloud.example"},
		{"an inbox for it", "Desk <abuse@cloud.example>", "", config.Inbox{SMTP: "127.0.0.1:2525", Recipients: []string{"Abuse@cloud.example"}}, "abuse@cloud.example"},
		{"an inbox for another address", "Desk <abuse@cloud.example>", "", config.Inbox{SMTP: "127.0.0.1:2525", Recipients: []string{"other@cloud.example"}}, ""},
		{"no sender", "", "", config.Inbox{SMTP: "127.0.0.1:2525"}, ""},
	} {
		d := config.Default()
		d.Courier.Mail.From, d.Courier.Mail.ReplyTo, d.Inbox = c.from, c.reply, c.inbox
		if got := replyTo(&d); got != c.want {
			t.Errorf("%s: %q; expected %q", c.name, got, c.want)
		}
	}
}
