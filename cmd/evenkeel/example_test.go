package main

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/evenkeel/evenkeel/app/config"
	"github.com/evenkeel/evenkeel/instrument/strict"
)

// TestTheExampleOfAWholeDeskIsWell: docs/example/evenkeel.yaml is taken as it stands, without a warning, where the
// files are that it names, and sets something in every section that there is.
func TestTheExampleOfAWholeDeskIsWell(t *testing.T) {
	dir := t.TempDir()
	read := func(name string) string {
		text, err := os.ReadFile(filepath.FromSlash("../../" + name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text := read("docs/example/evenkeel.yaml")
	for _, m := range regexp.MustCompile(`/etc/evenkeel/([\w.]+)`).FindAllStringSubmatch(text, -1) {
		switch filepath.Ext(m[1]) {
		case ".secret":
			write(m[1], "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")
		case ".url":
			write(m[1], "https://hooks.slack.com/services/T0/B0/x\n")
		case ".token", ".password":
			write(m[1], "a-word-that-nobody-guesses-"+m[1]+"\n")
		}
	}
	write("rota.yaml", read("docs/example/rota.yaml"))
	write("sla.yaml", read("docs/example/sla.yaml"))
	credits := regexp.MustCompile("(?s)```yaml\n(credits:.*?)```").FindStringSubmatch(read("docs/credits.md"))
	p, stdout, stderr := inMemory(nil)
	p.now = time.Now
	if code := run(t.Context(), p, []string{"policy", "show", "default"}); code != 0 || credits == nil {
		t.Fatalf("exit code %d, %s, credits %q", code, stderr, credits)
	}
	write("policy.yaml", stdout.String()+"\n"+credits[1]+"promotion: {canary: {crypto-mining: 10}}\n")
	selfSigned(t, filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key"))
	there := strings.NewReplacer("/etc/evenkeel", dir, "/var/lib/evenkeel", filepath.Join(dir, "data"), "//evenkeel.example.net", "//evenkeel.example.com").Replace(text)
	file := write("evenkeel.yaml", there)

	stdout.Reset()
	if code := run(t.Context(), p, []string{"config", "check", file}); code != 0 || stderr.Len() > 0 || !strings.Contains(stdout.String(), ": well, with 13 rules") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	if code := run(t.Context(), p, []string{"rota", "check", "--file", filepath.Join(dir, "rota.yaml")}); code != 0 {
		t.Errorf("the rota: exit code %d\n%s%s", code, stdout, stderr)
	}

	d := config.Document{}
	if err := strict.Decode("evenkeel.yaml", []byte(there), &d); err != nil { // over nothing, so that what is not set is empty
		t.Fatal(err)
	}
	for v, i := reflect.ValueOf(d), 0; i < v.NumField(); i++ {
		if v.Field(i).IsZero() {
			t.Errorf("the example sets nothing of %s", v.Type().Field(i).Tag.Get("yaml"))
		}
	}
}

// selfSigned writes a pair for TLS: that of the servers of tests, which is for names under example.com.
func selfSigned(t *testing.T, cert, key string) {
	t.Helper()
	s := httptest.NewTLSServer(http.NotFoundHandler())
	defer s.Close()
	pair := s.TLS.Certificates[0]
	private, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
