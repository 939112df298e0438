package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/judge/docket"
	"github.com/evenkeel/evenkeel/shield/paper"
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
