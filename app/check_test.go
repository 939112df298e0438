package app

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel"
	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/judge/policy"
	"github.com/evenkeel/evenkeel/judge/policy/builtin"
)

const goodSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"

// checkParts are parts with secrets in files that are as they should be.
func checkParts(t *testing.T) (p Parts, write func(name, text string) string) {
	t.Helper()
	dir := t.TempDir()
	write = func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	policies, err := Choose(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := config.Default()
	c.Data = filepath.Join(dir, "data")
	c.Console.URL = "https://127.0.0.1"
	c.Console.TLSCert, c.Console.TLSKey = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certify(t, c.Console.TLSCert, c.Console.TLSKey, 1, time.Now())
	c.Intake.Sources = []config.Source{{Name: "fleet", TokenFile: write("token", "abc\n"), May: []string{"telemetry"}}}
	c.Shield.Webhook.URL, c.Shield.Webhook.SecretFile = "https://r.example/orders", write("orders", goodSecret+"\n")
	c.Courier.Webhook.URL, c.Courier.Webhook.SecretFile = "https://r.example/notices", write("notices", goodSecret)
	m := &c.Courier.Mail
	m.Server, m.From, m.User, m.PasswordFile = "mail.example:587", "abuse@e.example", "abuse", write("mail", "secret\n")
	return Parts{Config: c, Policies: policies, Now: time.Now}, write
}

func TestWhatServeWouldRefuseIsFoundWithoutStarting(t *testing.T) {
	p, _ := checkParts(t)
	if warnings, err := Check(&p); err != nil || len(warnings) > 0 {
		t.Fatalf("what is well: %v, %q", err, warnings)
	}
	if _, err := os.Stat(p.Config.Data); !os.IsNotExist(err) {
		t.Errorf("the data directory was made: %v", err)
	}
	for _, c := range []struct {
		name   string
		change func(c *config.Document, write func(name, text string) string)
		says   string
	}{
		{"no token", func(c *config.Document, _ func(string, string) string) { c.Intake.Sources[0].TokenFile = "nowhere" }, "intake.sources: read the token of source fleet from nowhere: "},
		{"an empty token", func(c *config.Document, write func(string, string) string) { write("token", "\n") }, "token: expected one line that is not empty"},
		{"a token of two lines", func(c *config.Document, write func(string, string) string) { write("token", "a\nb") }, "token: expected one line"},
		{"one token for two", func(c *config.Document, _ func(string, string) string) {
			c.Intake.Sources = append(c.Intake.Sources, config.Source{Name: "other", TokenFile: c.Intake.Sources[0].TokenFile, May: []string{"inventory"}})
		}, "intake.sources: sources fleet and other have the same token"},
		{"no secret of the receiver", func(c *config.Document, _ func(string, string) string) { c.Shield.Webhook.SecretFile = "nowhere" }, "read the secret of shield.webhook from nowhere: "},
		{"what is no secret", func(_ *config.Document, write func(string, string) string) { write("orders", "abc") }, "read the secret of shield.webhook from "},
		{"a receiver in the clear", func(c *config.Document, _ func(string, string) string) { c.Shield.Webhook.URL = "http://r.example" }, "shield.webhook: the webhook at r.example has no TLS; expected https://"},
		{"a receiver without a name", func(c *config.Document, _ func(string, string) string) { c.Shield.Webhook.Name = "" }, "shield.webhook: the name of a webhook backend is empty"},
		{"an empty secret of notices", func(_ *config.Document, write func(string, string) string) { write("notices", "") }, "read the secret of courier.webhook from "},
		{"an empty password", func(_ *config.Document, write func(string, string) string) { write("mail", "") }, "courier: read the secret of mail server mail.example:587 from "},
		{"no address that mails come from", func(c *config.Document, _ func(string, string) string) { c.Courier.Mail.From = "nobody" }, "courier: the sender of mails: "},
		{"no domain", func(c *config.Document, _ func(string, string) string) { c.Courier.Domain = "a b" }, `courier: a letterhead of domain "a b"; expected one such as`},
		{"links in the clear", func(c *config.Document, _ func(string, string) string) { c.Console.URL = "http://e.example" }, `console.url: links under "http://e.example"; expected https`},
		{"a key that is not of the certificate", func(c *config.Document, write func(string, string) string) {
			certify(t, write("other.pem", ""), c.Console.TLSKey, 2, time.Now())
		}, "read console.tls_cert "},
		{"no certificate", func(c *config.Document, _ func(string, string) string) { c.Console.TLSCert = "nowhere" }, "read console.tls_cert nowhere and console.tls_key "},
		{"all addresses, and no TLS", func(c *config.Document, _ func(string, string) string) {
			c.Listen, c.Console.TLSCert, c.Console.TLSKey = ":7070", "", ""
		}, "listen: :7070 can be reached from other machines, and the console has no TLS"},
		{"a file where the data should be", func(c *config.Document, write func(string, string) string) { c.Data = write("data", "") }, " is a file; expected a directory"},
		{"a data directory that is too deep", func(c *config.Document, _ func(string, string) string) { c.Data = strings.Repeat("deep/", 30) }, "expected at most 103, as for any socket"},
		{"a data directory into which others may write", func(c *config.Document, _ func(string, string) string) {
			c.Data = t.TempDir()
			if err := os.Chmod(c.Data, 0o777); err != nil {
				t.Fatal(err)
			}
		}, "others may write to the directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, write := checkParts(t)
			c.change(&p.Config, write)
			if _, err := Check(&p); err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v; expected only %q", err, c.says)
			}
		})
	}
}

func TestAllFaultsAreToldAtOnce(t *testing.T) {
	p, write := checkParts(t)
	write("token", "")
	write("mail", "")
	if _, err := Check(&p); err == nil || !strings.Contains(err.Error(), "intake.sources: ") || !strings.Contains(err.Error(), "\ncourier: ") || evenkeel.KindOf(err) != evenkeel.KindInvalid {
		t.Errorf("%v (%v); expected both faults", err, evenkeel.KindOf(err))
	}
}

// TestNoFileOfASecretHidesBehindAnotherFault: whatever else is wrong in its section is told
// before the file is needed, and each file is told once.
func TestNoFileOfASecretHidesBehindAnotherFault(t *testing.T) {
	p, _ := checkParts(t)
	c := &p.Config
	c.Shield.Webhook.SecretFile, c.Courier.Webhook.SecretFile, c.Courier.Mail.PasswordFile = "no-orders", "no-notices", "no-mail"
	_, err := CheckBeside(&p, evenkeel.Invalid("e.yaml: shield.webhook.measures: none"))
	for _, says := range []string{"no-orders", "no-notices", "no-mail"} {
		if err == nil || strings.Count(err.Error(), says) != 1 {
			t.Errorf("%v; expected %q once", err, says)
		}
	}
}

// TestAMeasureThatIsNeverOrderedIsAWarning: by what the receiver declares, whatever it shows.
func TestAMeasureThatIsNeverOrderedIsAWarning(t *testing.T) {
	for _, c := range []struct{ keeps, destroys, want string }{
		{"", "", "shield.webhook.measures: isolate is never ordered: it has not declared what it keeps and destroys, so it gets nothing above limit and throttle: name the ways to the data that it keeps open in shield.webhook.keeps"},
		{"export", "connections", ""},
		{"export", "connections disk", "shield.webhook.measures: isolate is never ordered: it destroys disk, and no order may"},
	} {
		p, _ := checkParts(t)
		w := &p.Config.Shield.Webhook
		w.Measures = []config.Carried{{Measure: evenkeel.MeasureThrottle}, {Measure: evenkeel.MeasureIsolate}}
		w.Keeps, w.Destroys = strings.Fields(c.keeps), strings.Fields(c.destroys)
		if warnings, err := Check(&p); err != nil || strings.Join(warnings, "\n") != c.want {
			t.Errorf("keeps %q, destroys %q: %q, %v; expected %q", c.keeps, c.destroys, warnings, err, c.want)
		}
	}
}

func TestWhatItStartsWithAndShouldBeMendedIsAWarning(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(p *Parts)
		says   string
	}{
		{"a secret for all to read", func(p *Parts) { _ = os.Chmod(p.Config.Courier.Mail.PasswordFile, 0o644) }, "courier.mail.password_file: others can get at "},
		{"a key for the group", func(p *Parts) { _ = os.Chmod(p.Config.Console.TLSKey, 0o640) }, "console.tls_key: others can get at "},
		{"a certificate that expired", func(p *Parts) { p.Now = func() time.Time { return time.Now().Add(2 * time.Hour) } }, "console.tls_cert: it expired at "},
		{"a certificate of tomorrow", func(p *Parts) { p.Now = func() time.Time { return time.Now().Add(-2 * time.Hour) } }, "console.tls_cert: it holds from "},
		{"a certificate of somebody else", func(p *Parts) { p.Config.Console.URL = "https://e.example" }, "console.tls_cert: it is not for e.example, "},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, _ := checkParts(t)
			c.change(&p)
			warnings, err := Check(&p)
			if err != nil || len(warnings) != 1 || !strings.HasPrefix(warnings[0], c.says) {
				t.Errorf("%v, %q; expected the warning %q", err, warnings, c.says)
			}
		})
	}
}

// TestWhoCreditsByItselfHasSomebodyWhoBills (R10): a tenant that reads "0.20 EUR is credited to you" finds it on a
// bill, or the operator was warned.
func TestWhoCreditsByItselfHasSomebodyWhoBills(t *testing.T) {
	text, err := builtin.Text("default")
	if err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[string]bool{"auto": true, "propose": false} {
		ours, err := policy.Parse("ours.yaml", append(text, "\ncredits: {mode: "+mode+", up_to: 20, currency: EUR, other: 0.05}\n"...))
		if err != nil {
			t.Fatal(err)
		}
		p, _ := checkParts(t)
		if p.Policies, err = Choose([]*policy.Policy{ours}); err != nil {
			t.Fatal(err)
		}
		warnings, err := Check(&p)
		if warned := slices.ContainsFunc(warnings, func(w string) bool { return strings.HasPrefix(w, "billing.webhook: not set") }); err != nil || warned != want {
			t.Errorf("%s: %v, %q", mode, err, warnings)
		}
		p.Config.Billing.Webhook.URL = "https://billing.example"
		if w := unbilled(&p.Config, p.Policies.Force); len(w) != 0 {
			t.Errorf("%s, with somebody who bills: %q", mode, w)
		}
	}
}

// TestWhoIsLimitedHearsOfIt (N): where hosts carry measures out and notices stay on paper, the operator was warned.
func TestWhoIsLimitedHearsOfIt(t *testing.T) {
	for _, c := range []struct {
		measures []config.Carried
		change   func(c *config.Document)
		warned   bool
	}{
		{[]config.Carried{{Measure: evenkeel.MeasureLimit}}, func(*config.Document) {}, false},
		{[]config.Carried{{Measure: evenkeel.MeasureLimit}}, func(c *config.Document) { c.Courier.Mail, c.Courier.Webhook.URL = config.Mail{}, "" }, true},
		{[]config.Carried{{Measure: evenkeel.MeasureLimit}}, func(c *config.Document) {
			c.Courier.Mail = config.Mail{}
			c.Courier.Webhook.URL = "https://mailer.example"
		}, false},
		{nil, func(c *config.Document) { c.Courier.Mail, c.Courier.Webhook.URL = config.Mail{}, "" }, false},
	} {
		p, _ := checkParts(t)
		p.Config.Hosts.Measures, p.Config.Shield.Webhook.Measures = c.measures, nil
		c.change(&p.Config)
		if warned := len(unsent(&p.Config)) > 0; warned != c.warned {
			t.Errorf("%v, mail %q, webhook %q: warned %v", c.measures, p.Config.Courier.Mail.Server, p.Config.Courier.Webhook.URL, warned)
		}
	}
}

// TestWhoTellsThoseWhoWereAttackedHasAMailServer: else the policy's word would be kept by nobody, in silence.
func TestWhoTellsThoseWhoWereAttackedHasAMailServer(t *testing.T) {
	for _, c := range []struct {
		name, when string
		change     func(m *config.Mail)
		says       string // "": it is well
	}{
		{"no server", "confirmed", func(m *config.Mail) { *m = config.Mail{} }, "courier.mail.server, courier.mail.from: not set"},
		{"no address", "in_force", func(m *config.Mail) { m.From = "" }, "courier.mail.from: not set"},
		{"nobody is told", "never", func(m *config.Mail) { *m = config.Mail{} }, ""},
		{"both", "confirmed", func(*config.Mail) {}, ""},
	} {
		p, _ := checkParts(t)
		var err error
		if p.Policies, err = Choose([]*policy.Policy{telling(t, c.when)}); err != nil {
			t.Fatal(err)
		}
		c.change(&p.Config.Courier.Mail)
		_, err = Check(&p)
		if (err == nil) != (c.says == "") || err != nil && (!strings.Contains(err.Error(), c.says) || !strings.Contains(evenkeel.HintOf(untellable(&p.Config, p.Policies.Force)), "tell_attacked")) {
			t.Errorf("%s: %v; expected %q, and what to set", c.name, err, c.says)
		}
	}
	parts := partsIn(dataDir(t), &lines{}, func(Addresses) { t.Error("it serves") })
	var err error
	if parts.Policies, err = Choose([]*policy.Policy{telling(t, "confirmed")}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // where it is not refused
	defer cancel()
	p, err := New(parts)
	if err == nil {
		err = p.Run(ctx)
	}
	if evenkeel.KindOf(err) != evenkeel.KindInvalid || !strings.Contains(err.Error(), "courier.mail.server") {
		t.Errorf("the start: %v; expected that it is refused", err)
	}
}

// TestLinksToThisMachineAreAWarning (N): a mail server of one's own carries letters to tenants as any other does, and who gets
// one has to get somewhere by its links: both config check and the start say what to set.
func TestLinksToThisMachineAreAWarning(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(c *config.Document)
		says   string
	}{
		{"a server here and no address", func(c *config.Document) {}, "where no tenant is, and their Message-IDs end in evenkeel.invalid; set it to"},
		{"with a domain of its own", func(c *config.Document) { c.Courier.Domain = "abuse.example.net" }, "where no tenant is; set it to"},
		{"with an address", func(c *config.Document) { c.Console.URL = "https://abuse.example.net" }, ""},
		{"no mail server", func(c *config.Document) { c.Courier.Mail.Server = "" }, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := Parts{Config: config.Default(), Now: time.Now}
			var err error
			if p.Policies, err = Choose(nil); err != nil {
				t.Fatal(err)
			}
			p.Config.Data = filepath.Join(t.TempDir(), "data")
			p.Config.Courier.Mail.Server, p.Config.Courier.Mail.TLS, p.Config.Courier.Mail.From = "127.0.0.1:2525", "none", "abuse@e.example"
			c.change(&p.Config)
			warnings, err := Check(&p)
			warnings = slices.DeleteFunc(warnings, func(w string) bool { return !strings.HasPrefix(w, "console.url: ") })
			if err != nil || (c.says == "") != (len(warnings) == 0) || c.says != "" && !strings.Contains(warnings[0], c.says) {
				t.Errorf("%v, %q; expected the warning %q", err, warnings, c.says)
			}
		})
	}
}
