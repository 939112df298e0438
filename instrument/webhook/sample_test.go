package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// verify is what docs/notices.md shows to tenants.
func verify(secret string, h http.Header, body []byte, now time.Time) error {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return err
	}
	id, stamp := h.Get("webhook-id"), h.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return errors.New("it is too old, or a clock is wrong")
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + stamp + "."))
	mac.Write(body) // the bytes as they came
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, got := range strings.Fields(h.Get("webhook-signature")) {
		if hmac.Equal([]byte(got), []byte(want)) {
			return nil
		}
	}
	return errors.New("no signature fits")
}

// TestTheSampleInTheDocumentsVerifies what is posted to an endpoint, and nothing else; and it is the one that is printed.
func TestTheSampleInTheDocumentsVerifies(t *testing.T) {
	k := keys(t, longText, shortText).For("raisup", "https://hooks.raisup.example/")
	body := []byte(`{"type":"evenkeel.notice.v1"}`)
	h := http.Header{}
	if err := k.Sign(h, "nm-1", signedAt, body); err != nil {
		t.Fatal(err)
	}
	for _, s := range k { // while the secret is changed either verifies
		if err := verify(s.Reveal(), h, body, signedAt.Add(time.Minute)); err != nil {
			t.Error(err)
		}
	}
	for name, err := range map[string]error{
		"another secret":    verify(longText, h, body, signedAt),
		"another body":      verify(k[0].Reveal(), h, append(body, ' '), signedAt),
		"an hour later":     verify(k[0].Reveal(), h, body, signedAt.Add(time.Hour)),
		"without a header":  verify(k[0].Reveal(), http.Header{}, body, signedAt),
		"a secret in shape": verify("whsec_!", h, body, signedAt),
	} {
		if err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	source, err := os.ReadFile("sample_test.go")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/notices.md")
	if err != nil {
		t.Fatal(err)
	}
	_, sample, _ := strings.Cut(string(source), "to tenants.\n")
	sample, _, _ = strings.Cut(sample, "\n}\n")
	if !strings.Contains(string(page), "```go\n"+sample+"\n}\n```") {
		t.Errorf("docs/notices.md does not show the sample as it is:\n%s", sample)
	}
}
